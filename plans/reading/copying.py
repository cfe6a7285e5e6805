"""What may be taken over from earlier intakes, in words."""

from dataclasses import dataclass

from intake.models import Intake
from plans.reading.words import answer_in_words, language
from practice.models import Staff


@dataclass(frozen=True, slots=True)
class CopyOffer:
    """What may be taken over in one section from an earlier intake, in words."""

    source: Intake
    rows: tuple[tuple[str, str], ...]


EARLIER_INTAKES = 5  # so many are looked through for something to copy


def copy_sources(intake: Intake, staff: Staff) -> dict[str, Intake]:
    """For each section the latest earlier intake that this person may read and that has something to take over."""
    found: dict[str, Intake] = {}
    for source in Intake.objects.visible_to(staff).before(intake).with_answers()[:EARLIER_INTAKES]:
        found = dict.fromkeys(intake.copyable_from(source), source) | found
    return found


def copy_offers(intake: Intake, staff: Staff) -> dict[str, CopyOffer]:
    """What may be taken over from earlier intakes, by section."""
    return {code: _copy_offer(intake, source, code) for code, source in copy_sources(intake, staff).items()}


def _copy_offer(intake: Intake, source: Intake, section: str) -> CopyOffer:
    items = intake.questionnaire.items
    values = [(items[code], value) for code, value in intake.copyable_from(source)[section].items()]
    rows = ((item.label.in_language(language()), answer_in_words(item, value)) for item, value in values)
    return CopyOffer(source, tuple(rows))
