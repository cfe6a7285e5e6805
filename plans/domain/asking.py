"""Who uses a question: what would miss its answers if it were not asked any more. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from intake.domain.derived import Derived, Drawn
from intake.domain.instruments import Instrument
from intake.domain.items import Item
from intake.domain.questionnaire import Questionnaire
from plans.domain.protocol import Protocol

# Questions whose answers Traject reads by their code: in letters, goals, lists and the graph of a course.
READ_BY_TRAJECT = frozenset(
    {"dcsph_code", "diagnosis_text", "goal_activity", "goal_weeks", "request_for_help", "weeks_since_onset"}
)


class User(Enum):
    """What kind of thing uses a question."""

    TRAJECT = "traject"
    RULE = "rule"
    DERIVED = "derived"
    INSTRUMENT = "instrument"
    QUESTION = "question"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that uses a question: a rule or finding by its code, a test case by its title."""

    by: User
    name: str = ""


def uses_of(code: str, questionnaire: Questionnaire, protocols: Iterable[Protocol]) -> tuple[Use, ...]:
    """Everything in this questionnaire, and in the protocols for its region, that names the code."""
    return tuple(dict.fromkeys(_uses(code, questionnaire, protocols)))


def _uses(code: str, questionnaire: Questionnaire, protocols: Iterable[Protocol]) -> Iterator[Use]:
    if code in READ_BY_TRAJECT:
        yield Use(User.TRAJECT)
    for protocol in protocols:
        if questionnaire.region in protocol.regions:
            yield from (Use(User.RULE, rule.code) for rule in protocol.rules if code in rule.when.codes())
            yield from _derived_from(code, protocol.derivations.derived)
    yield from _derived_from(code, questionnaire.derivations.derived)
    yield from (Use(User.INSTRUMENT, one.code) for one in questionnaire.instruments if code in _scored_by(one))
    yield from (Use(User.QUESTION, one.code) for one in questionnaire.items.values() if code in _shown_by(one))


def _scored_by(instrument: Instrument) -> frozenset[str]:
    scores = (frozenset(score.items) for score in instrument.scores)
    return frozenset[str]().union(*scores, *(group.needs for group in instrument.groups))


def _shown_by(item: Item) -> frozenset[str]:
    return frozenset[str]().union(*(when.codes() for when in (item.ask_when, item.core_when) if when))


def _derived_from(code: str, derived: Iterable[Derived]) -> Iterator[Use]:
    for one in derived:
        denied = one.denied_when.codes() if isinstance(one, Drawn) and one.denied_when else frozenset()
        if code in one.needs | denied:
            yield Use(User.DERIVED, one.code)
