"""What may happen to questionnaires in the making, question by question, and the reason when it may not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from intake.domain.conditions import Condition
from intake.domain.editing import Entry, means_the_same, questions_of
from intake.domain.instrument_editing import scored_alike, worded_alike
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import Evidence
from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.domain.asking import Use, User, uses_of
from plans.domain.check import Flaw, Level, blocking, cannot_hold, check
from plans.domain.guards import Guard, Lowered, all_lowered, flags_resting_on, judged_otherwise, lowered
from plans.domain.protocol import Protocol
from plans.models import ProtocolCase, ProtocolVersion
from plans.policies.versions import (
    FailedCase,
    check_based_on_what_is_in_use,
    check_second_person,
    check_sound,
    failed_case,
)
from practice.models import Staff

USES_NAMED = 5  # of those who use a question; how many more there are is said as a number


@dataclass(frozen=True, slots=True)
class QuestionsReadiness:
    """What stands in the way of publishing a version of a questionnaire.

    `flaws` are what the check of the protocols in use finds with these questions. `lost` are questions that are not
    asked any more though something uses them. `altered` are questions whose answers mean something else than in
    another version in use, by its name; `rescored` are instruments whose scores do. `unmarked` are questions that are
    no red flag any more, with the rules that raise a red flag on them. `failed` are test cases that come out otherwise,
    of `cases` in all. What does not stand in the way, and the second person should know: `lowered` and `rejudged`.
    """

    flaws: tuple[Flaw, ...]
    lost: Mapping[str, tuple[Use, ...]]
    altered: Mapping[str, str]
    rescored: Mapping[str, str]
    unmarked: Mapping[str, tuple[str, ...]]
    cases: int
    failed: tuple[FailedCase, ...]
    lowered: tuple[Lowered, ...]
    rejudged: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing that the check found stands in the way; test cases apart."""
        return not (self.flaws or self.lost or self.altered or self.rescored or self.unmarked)


def questions_readiness(version: QuestionnaireVersion) -> QuestionsReadiness:
    """How ready a version of a questionnaire is, beside the protocols and the other questionnaires in use."""
    draft, published = version.questionnaire, list(QuestionnaireVersion.objects.published())
    asked = {one.code: one.questionnaire for one in published} | {version.code: draft}
    protocols = [one.protocol for one in ProtocolVersion.objects.published()]
    in_use = next((one.questionnaire for one in published if one.code == version.code), None)
    gone = (in_use.items.keys() if in_use else set()) - draft.items.keys()
    cases = list(ProtocolCase.objects.filter(questionnaire=version.code, retired_at=None))
    by_code = {protocol.code: protocol for protocol in protocols}
    known = [(case, by_code[case.protocol]) for case in cases if case.protocol in by_code]
    let_go = all_lowered(in_use, draft) if in_use else ()
    return QuestionsReadiness(
        flaws=tuple(flaw for protocol in protocols for flaw in blocking(check(protocol, asked.values()))),
        lost={code: uses for code in sorted(gone) if (uses := uses_of(code, draft, protocols))},
        altered=_altered(draft, published),
        rescored=_rescored(draft, published),
        unmarked=_unmarked(let_go, draft, protocols),
        cases=len(known),
        failed=tuple(found for case, protocol in known if (found := failed_case(case, protocol, asked))),
        lowered=let_go,
        rejudged=judged_otherwise(in_use, draft) if in_use else (),
    )


def _altered(draft: Questionnaire, others: Iterable[QuestionnaireVersion]) -> dict[str, str]:
    own = questions_of(draft.content)
    return {
        code: str(other)
        for other in others
        for code, item in questions_of(other.content).items()
        if code in own and code in other.questionnaire.items and not means_the_same(own[code], item)
    }


def _rescored(draft: Questionnaire, others: Iterable[QuestionnaireVersion]) -> dict[str, str]:
    own = draft.content["instruments"]
    return {
        code: str(other)
        for other in others
        for code, instrument in other.content["instruments"].items()
        if code in own and not scored_alike(own[code], instrument)
    }


def _unmarked(
    let_go: Iterable[Lowered], draft: Questionnaire, protocols: Sequence[Protocol]
) -> dict[str, tuple[str, ...]]:
    flags = [one.code for one in let_go if one.guard is Guard.RED_FLAG and not one.gone]
    return {code: rules for code in flags if (rules := flags_resting_on(code, draft, protocols))}


def check_publish_questions(version: QuestionnaireVersion, by: Staff, ready: QuestionsReadiness) -> None:
    """Raise `Refused` unless `by` may put this version of a questionnaire in use now."""
    check_second_person(version, by)
    check_sound(ready)
    check_based_on_what_is_in_use(version)


def can_publish_questions(version: QuestionnaireVersion, by: Staff, ready: QuestionsReadiness) -> bool:
    """Whether `by` may put this version of a questionnaire in use now."""
    try:
        check_publish_questions(version, by, ready)
    except Refused:
        return False
    return True


def users_of(code: str, version: QuestionnaireVersion) -> tuple[Use, ...]:
    """Everything that uses a question: in this version, in the protocols in use, and their test cases."""
    protocols = [one.protocol for one in ProtocolVersion.objects.published()]
    cases = ProtocolCase.objects.filter(questionnaire=version.code, retired_at=None, answers__has_key=code)
    return (
        *uses_of(code, version.questionnaire, protocols),
        *(Use(User.CASE, str(case)) for case in cases.only("title", "title_en")),
    )


def uses_in_words(uses: Sequence[Use]) -> str:
    """Who uses a question, in one line."""
    named = ", ".join(_use_in_words(use) for use in uses[:USES_NAMED])
    more = len(uses) - USES_NAMED
    return named if more <= 0 else _("%(named)s and %(n)s more") % {"named": named, "n": more}


def _use_in_words(use: Use) -> str:
    words = {
        User.TRAJECT: _("Traject itself, in letters and lists"),
        User.RULE: _("the rule %(name)s"),
        User.DERIVED: _("the derived finding %(name)s"),
        User.INSTRUMENT: _("the scoring of %(name)s"),
        User.QUESTION: _("the question %(name)s, which is shown by it"),
        User.CASE: _("the test case “%(name)s”"),
    }
    return words[use.by] % {"name": use.name}


def check_remove_question(uses: Sequence[Use]) -> None:
    """Raise `Refused` when something uses the question."""
    if uses:
        raise Refused(_("This question stays: it is used by %(uses)s.") % {"uses": uses_in_words(uses)})


def check_code_is_free(version: QuestionnaireVersion, question: Entry) -> None:
    """Raise `Refused` when the code of a new question has another meaning somewhere, now or in the past."""
    code, asked = question["code"], version.questionnaire
    if code in asked.items or code in asked.terms:
        raise Refused(_("There is a question or finding %(code)s already. Choose another code.") % {"code": code})
    if any(code in one.protocol.derivations.terms for one in ProtocolVersion.objects.published()):
        raise Refused(_("%(code)s is a finding of the protocol. Choose another code.") % {"code": code})
    for other in QuestionnaireVersion.objects.exclude(pk=version.pk).iterator():
        known = questions_of(other.content).get(code)
        if known and not means_the_same(known, question):
            raise Refused(
                _("%(code)s was another question in %(version)s, and its answers are kept. Choose another code.")
                % {"code": code, "version": other}
            )


def check_meaning_stays(known: Entry, question: Entry) -> None:
    """Raise `Refused` when the answers to a question would mean something else than they did."""
    if not means_the_same(known, question):
        raise Refused(_("What an answer means cannot be changed. Remove this question and add one with another code."))


def check_meanings_stay(questionnaire: Questionnaire) -> None:
    """Raise `Refused` when a question of a file was another question in any version, whose answers are kept."""
    own = {code: one for code, one in questions_of(questionnaire.content).items() if code in questionnaire.items}
    for other in QuestionnaireVersion.objects.iterator():
        _check_no_other_question(own, other)


def check_instrument_stays(known: Entry, instrument: Entry) -> None:
    """Raise `Refused` when the same answers would give other scores than they did."""
    if not scored_alike(known, instrument):
        raise Refused(_("How a score is computed cannot be changed: earlier scores are kept under its code."))


def check_instrument_is_free(version: QuestionnaireVersion, questionnaire: Questionnaire, code: str) -> None:
    """Raise `Refused` when an instrument added to a draft, or one of its codes, was something else somewhere.

    `questionnaire` is the draft with that instrument.
    """
    added, instrument = questionnaire.content["instruments"][code], questionnaire.instrument(code)
    scores = [*instrument.terms, *(item.code for item in instrument.entered)]
    own = {**{score: {} for score in scores}, **{one["code"]: one for one in added["items"]}}
    for one in ProtocolVersion.objects.published():
        if taken := own.keys() & one.protocol.derivations.terms.keys():
            raise Refused(_("%(code)s is a finding of the protocol. Choose another code.") % {"code": min(taken)})
    for other in QuestionnaireVersion.objects.exclude(pk=version.pk).iterator():
        _check_no_other_question(own, other)
        if not scored_alike(other.content["instruments"].get(code, added), added):
            raise Refused(
                _("The scores of %(code)s are computed otherwise than in %(version)s. Give them another code.")
                % {"code": code, "version": other}
            )


def _check_no_other_question(own: Mapping[str, Entry], other: QuestionnaireVersion) -> None:
    """Raise `Refused` when a question, or what yields answers under its code, was another question in a version."""
    for code, known in questions_of(other.content).items():
        if code in own and not means_the_same(known, own[code]):
            raise Refused(
                _("%(code)s was another question in %(version)s, and its answers are kept. Choose another code.")
                % {"code": code, "version": other}
            )


def check_remove_instrument(version: QuestionnaireVersion, code: str) -> None:
    """Raise `Refused` when an instrument of a draft was measured with before, or when something uses it."""
    if not is_added(version, code):
        raise Refused(_("This instrument stays: only one that was added in this draft is taken out."))
    instrument = version.questionnaire.instrument(code)
    codes = [*(item.code for item in instrument.all_items), *instrument.terms]
    uses = dict.fromkeys(use for each in codes for use in users_of(each, version))
    uses.pop(Use(User.INSTRUMENT, code), None)
    if uses:
        raise Refused(_("This instrument stays: it is used by %(uses)s.") % {"uses": uses_in_words(tuple(uses))})


def is_added(version: QuestionnaireVersion, code: str) -> bool:
    """Whether an instrument of a draft does not stand in the version that the draft was made of."""
    return version.based_on is not None and code not in version.based_on.content["instruments"]


def check_words_may_change(known: Entry, instrument: Entry) -> None:
    """Raise `Refused` when questions in the official words would be asked in other words."""
    if known.get("official_words") and not worded_alike(known, instrument):
        raise Refused(_("These are the official words of this instrument. They are not changed here."))


def flaws_of_question(questionnaire: Questionnaire, code: str) -> tuple[Flaw, ...]:
    """What is wrong with a question that can be read: a condition that can never hold, or no source where one is due.

    What is said to be verified was read in a source, and so was every red flag.
    """
    item = questionnaire.items[code]
    conditions: dict[str, Condition | None] = {"ask_when": item.ask_when, "core_when": item.core_when}
    wrong = [
        (part, message)
        for part, condition in conditions.items()
        if condition
        for message in cannot_hold(condition, questionnaire.terms)
    ]
    is_verified = item.backing.evidence in (Evidence.VERIFIED, Evidence.VERIFIED_SECONDARY)
    if not item.backing.sources and (item.red_flag or is_verified):
        wrong.append(("sources", "has no source"))
    if item.red_flag and not item.backing.evidence:
        wrong.append(("evidence", "does not say how well it is supported"))
    return _blocking(code, wrong)


def flaws_of_letting_go(questionnaire: Questionnaire, known: Entry, question: Entry, reason: str) -> tuple[Flaw, ...]:
    """What stands in the way of taking a mark from a question: a rule that needs it, or no reason for it."""
    code, let_go = question["code"], lowered(known, question)
    rules: tuple[str, ...] = ()
    if Guard.RED_FLAG in let_go:
        protocols = [one.protocol for one in ProtocolVersion.objects.published()]
        rules = flags_resting_on(code, questionnaire, protocols)
    wrong = [("red_flag", f"is a red flag in {', '.join(rules[:USES_NAMED])}")] if rules else []
    if let_go and not reason.strip():
        wrong.append(("reason", "does not say why a mark is taken away"))
    return _blocking(code, wrong)


def _blocking(code: str, wrong: Iterable[tuple[str, str]]) -> tuple[Flaw, ...]:
    return tuple(Flaw(Level.BLOCK, f"{code}.{part}", message, part) for part, message in wrong)
