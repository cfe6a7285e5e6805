"""What is wrong with an instrument of a questionnaire in the making, beyond what cannot be read. Pure."""

from collections.abc import Iterator

from intake.domain.instruments import Instrument, Score, ThresholdKind
from intake.domain.reading import Backing
from plans.domain.check import Flaw, Level


def flaws_of_instrument(instrument: Instrument) -> tuple[Flaw, ...]:
    """Bounds that a score can leave, and a relevant change that rests on nothing or can never be seen."""
    return tuple(
        Flaw(Level.BLOCK, f"instruments.{instrument.code}.{part}", message, part)
        for position, score in enumerate(instrument.scores)
        for part, message in _wrong(instrument, score, f"scores[{position}]")
    )


def _wrong(instrument: Instrument, score: Score, path: str) -> Iterator[tuple[str, str]]:
    low, high = instrument.reach(score)
    if low < score.minimum:
        yield f"{path}.minimum", f"the score can be as low as {low:g}"
    if high > score.maximum:
        yield f"{path}.maximum", f"the score can be as high as {high:g}"
    for position, threshold in enumerate(score.relevant_change):
        where = f"{path}.relevant_change[{position}]"
        if threshold.kind is ThresholdKind.ABSOLUTE and threshold.value > high - low:
            yield f"{where}.value", f"the score can change by {high - low:g} at most"
        yield from ((f"{where}.{part}", message) for part, message in _unbacked(threshold.backing))


def _unbacked(backing: Backing) -> Iterator[tuple[str, str]]:
    if not backing.sources:
        yield "sources", "has no source"
    if not backing.evidence:
        yield "evidence", "does not say how well it is supported"
