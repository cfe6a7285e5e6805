"""What makes sure that a question is answered and taken seriously, and where a questionnaire lets go of it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from intake.domain.editing import Entry, questions_of
from intake.domain.items import Required
from intake.domain.questionnaire import Questionnaire
from plans.domain.protocol import Protocol, RaiseFlag

ROUTES: Mapping[str, frozenset[str]] = {
    Required.NEVER.value: frozenset(),
    Required.ALWAYS.value: frozenset({"direct_access", "referral"}),
    Required.DIRECT_ACCESS.value: frozenset({"direct_access"}),
    Required.REFERRAL.value: frozenset({"referral"}),
}


class Guard(Enum):
    """What can be let go of: the mark of a red flag, or that an answer is due."""

    RED_FLAG = "red_flag"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Lowered:
    """A question of which a guard was let go; `gone` says that it is not asked any more at all."""

    code: str
    guard: Guard
    gone: bool = False


def lowered(before: Entry, after: Entry) -> tuple[Guard, ...]:
    """What a question lets go of: its mark as a red flag, or that it must be answered on some route."""
    found = {
        Guard.RED_FLAG: bool(before.get("red_flag")) and not after.get("red_flag"),
        Guard.REQUIRED: not _routes(before) <= _routes(after),
    }
    return tuple(guard for guard, is_lowered in found.items() if is_lowered)


def _routes(question: Entry) -> frozenset[str]:
    return ROUTES.get(question.get("required", Required.NEVER.value), frozenset())


def all_lowered(before: Questionnaire, after: Questionnaire) -> tuple[Lowered, ...]:
    """Every guard that was there and is not any more, question by question; those that are not asked any more too."""
    old, new = ({code: questions_of(one.content)[code] for code in _asked(one)} for one in (before, after))
    return tuple(
        Lowered(code, guard, gone=code not in new) for code in old for guard in lowered(old[code], new.get(code, {}))
    )


def _asked(questionnaire: Questionnaire) -> list[str]:
    known = questions_of(questionnaire.content)
    return [code for code in questionnaire.items if code in known]


def judged_otherwise(before: Questionnaire, after: Questionnaire) -> tuple[str, ...]:
    """The instruments of which the same change would be called something else: their direction or threshold differs."""
    old, new = before.content["instruments"], after.content["instruments"]
    return tuple(code for code in old if code in new and _judgement(old[code]) != _judgement(new[code]))


def _judgement(instrument: Entry) -> object:
    changes = {
        score["code"]: [(one["kind"], one["value"]) for one in score.get("relevant_change", ())]
        for score in instrument.get("scores", ())
    }
    return instrument["direction"], changes


def flags_resting_on(code: str, questionnaire: Questionnaire, protocols: Iterable[Protocol]) -> tuple[str, ...]:
    """The rules that raise a red flag on the answer to a question, through derived findings too, by code."""
    found: list[str] = []
    for protocol in protocols:
        if questionnaire.region in protocol.regions:
            derivations = questionnaire.derivations.extended(protocol.derivations)
            flags = (rule for rule in protocol.rules if isinstance(rule.conclude, RaiseFlag))
            found += [rule.code for rule in flags if code in derivations.expand(rule.when).codes()]
    return tuple(dict.fromkeys(found))
