"""How far a patient has come since the intake, by what was measured and by the change that matters. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from intake.domain.instruments import Change, Instrument

Scores = Mapping[str, float]


class Progress(StrEnum):
    """What the measurements since the intake say. That nothing was measured again is not that nothing changed."""

    IMPROVED = "improved"
    NO_CHANGE = "no_change"
    WORSE = "worse"
    NOT_MEASURED = "not_measured"


STRONGEST_FIRST = (
    (Change.IMPROVED, Progress.IMPROVED),
    (Change.WORSE, Progress.WORSE),
    (Change.NOT_RELEVANT, Progress.NO_CHANGE),
)


def progress_of(measured: Iterable[tuple[str, bool, Scores]], instruments: Iterable[Instrument]) -> Progress:
    """What came of it: one relevant improvement counts as improved, else one relevant worsening as worse.

    `measured` gives instrument, whether it was at the intake, and its scores, the oldest first: the first at the intake
    is compared with the last one after it.
    """
    before: dict[str, Scores] = {}
    after: dict[str, Scores] = {}
    for code, at_intake, scores in measured:
        if at_intake:
            before.setdefault(code, scores)
        else:
            after[code] = scores
    found = set(_changes(before, after, instruments))
    return next((progress for change, progress in STRONGEST_FIRST if change in found), Progress.NOT_MEASURED)


def _changes(
    before: Mapping[str, Scores], after: Mapping[str, Scores], instruments: Iterable[Instrument]
) -> Iterable[Change]:
    """The change of every score that was computed at both moments and of which is known what change matters."""
    for instrument in instruments:
        first, last = before.get(instrument.code, {}), after.get(instrument.code, {})
        for score in instrument.scores:
            yield score.compare(first.get(score.code), last.get(score.code), instrument.direction)
