"""What may happen to suggestions, plans, referrals, protocols and questionnaires, and the reason when it may not."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from intake.domain.conditions import Condition
from intake.domain.editing import Entry, means_the_same, questions_of
from intake.domain.findings import AnswersRefusedError, derive
from intake.domain.questionnaire import Questionnaire
from intake.models import Intake, QuestionnaireVersion
from patients.policies import Refused
from plans.domain.asking import Use, User, uses_of
from plans.domain.check import Flaw, Level, blocking, cannot_hold, check
from plans.domain.expectation import Expectation, Unmet
from plans.domain.hold import Hold
from plans.domain.lifecycle import (
    PLAN_TRANSITIONS,
    PROTOCOL_TRANSITIONS,
    REFERRAL_TRANSITIONS,
    REVIEW_TRANSITIONS,
    PlanLife,
    ProtocolLife,
    ReferralStatus,
    Review,
)
from plans.domain.protocol import Protocol
from plans.domain.review import flags_were_asked, matters_in
from plans.domain.trace import Trace, hold_of
from plans.models import Plan, PlanRevision, ProtocolCase, ProtocolVersion, Referral, Replay
from practice.domain.grants import Act, Role, may
from practice.models import PracticeSettings, RoleGrant, Staff

LIFTS_HOLD = "may_start"
USES_NAMED = 5  # of those who use a question; how many more there are is said as a number

Governed = ProtocolVersion | QuestionnaireVersion


def answered_matters(intake: Intake) -> frozenset[str]:
    """The codes of flags and other matters whose recorded contact says that treatment may start or go on.

    Contacts count in the order they were recorded: a later contact about a matter replaces an earlier one.
    """
    outcomes: dict[str, str] = {}
    for follow_up in intake.follow_ups.all():
        outcomes.update(dict.fromkeys(follow_up.flags, follow_up.outcome))
    return frozenset(code for code, outcome in outcomes.items() if outcome == LIFTS_HOLD)


def contacted_matters(intake: Intake) -> frozenset[str]:
    """The codes of matters about which any contact is recorded, whatever came of it."""
    return frozenset(code for follow_up in intake.follow_ups.all() for code in follow_up.flags)


def hold_on(intake: Intake, trace: Trace) -> Hold:
    """What holds a plan for this intake now: its matters less those that a recorded contact has answered."""
    return hold_of(trace, answered_matters(intake))


def check_conclude(intake: Intake, trace: Trace) -> None:
    """Raise `Refused` unless the intake may end in a plan or without a course."""
    if hasattr(intake, "no_course"):
        raise Refused(_("This intake ended without a course. Start a new intake when the patient comes back."))
    if intake.status != "completed":
        raise Refused(_("Complete the intake first: a plan is adopted from a completed intake."))
    if trace["not_evaluated"]:
        raise Refused(_("Some rules could not be evaluated, so nothing is called clear. Tell the administrator."))
    if hold_on(intake, trace).held:
        raise Refused(
            _("A red flag holds this plan. Record the contact about it first: who was reached, when, what was advised.")
        )


def check_adopt(intake: Intake, trace: Trace) -> None:
    """Raise `Refused` unless a plan may be adopted from this intake."""
    check_conclude(intake, trace)
    if intake.episode.plans.filter(life__in=["active", "paused"]).exists():
        raise Refused(_("This episode has an active plan already. Complete or stop it before adopting another."))


def check_end_without_course(intake: Intake, trace: Trace) -> None:
    """Raise `Refused` unless the intake may end without a course."""
    check_conclude(intake, trace)
    if intake.plans.exclude(life__in=["completed", "stopped"]).exists():
        raise Refused(_("A plan was adopted from this intake. Stop that plan instead."))


def check_blocked_techniques(blocked: Iterable[str]) -> None:
    """Raise `Refused` when a chosen technique is blocked by what was found."""
    names = ", ".join(blocked)
    if names:
        raise Refused(_("Not possible with these findings: %(techniques)s.") % {"techniques": names})


def check_life(plan: Plan, to: str) -> None:
    """Raise `Refused` unless the plan's life may go to `to`."""
    if to not in PLAN_TRANSITIONS[PlanLife(plan.life)]:
        raise Refused(
            _("A plan that is %(now)s cannot become %(to)s.")
            % {"now": plan.get_life_display(), "to": dict(Plan._meta.get_field("life").flatchoices)[to]}
        )


def check_activate(plan: Plan, hold: Hold, practice: PracticeSettings) -> None:
    """Raise `Refused` unless care under this plan may start."""
    check_life(plan, "active")
    if plan.episode.plans.filter(life__in=["active", "paused"]).exclude(pk=plan.pk).exists():
        raise Refused(_("This episode has an active plan already. Complete or stop it first."))
    if hold.held:
        raise Refused(_("A red flag without a recorded contact holds this plan."))
    if practice.review_before_care and plan.current_revision.review != "approved":
        raise Refused(_("This practice reviews plans before care starts. The plan waits for its review."))


def check_revise(plan: Plan) -> None:
    """Raise `Refused` when the plan has ended."""
    if not PLAN_TRANSITIONS[PlanLife(plan.life)]:
        raise Refused(_("This plan has ended and cannot be changed."))


def can_revise(plan: Plan) -> bool:
    """Whether the plan may be changed now."""
    try:
        check_revise(plan)
    except Refused:
        return False
    return True


def check_review(revision: PlanRevision, by: Staff, to: str, *, self_approved_because: str, managers: int) -> None:
    """Raise `Refused` unless `by` may give this revision the review `to`."""
    if revision.plan.current_revision_id != revision.pk:
        raise Refused(_("The plan was changed meanwhile. Review its current revision."))
    if to not in REVIEW_TRANSITIONS[Review(revision.review)]:
        raise Refused(_("This revision was reviewed already."))
    if to == "approved" and revision.author_id == by.pk:
        _check_self_approval(self_approved_because, managers)


def can_review(revision: PlanRevision, by: Staff, to: str, *, managers: int) -> bool:
    """Whether `by` may give this revision the review `to`, with a reason where one is needed."""
    return not why_not_review(revision, by, to, managers=managers)


def why_not_review(revision: PlanRevision, by: Staff, to: str, *, managers: int) -> str:
    """Why `by` may not give this revision the review `to`; empty when they may, with a reason where one is needed."""
    try:
        check_review(revision, by, to, self_approved_because="-", managers=managers)
    except Refused as refusal:
        return str(refusal)
    return ""


def reviewers_of(plan: Plan, day: dt.date) -> list[Staff]:
    """Who may review this plan on that day: by a role for all locations, or for one that treats the patient."""
    roles = [role.value for role in Role if may(frozenset({role}), Act.REVIEW_PLAN)]
    teams = plan.episode.patient.relationships.values("location_id")
    grants = RoleGrant.objects.valid_on(day).filter(
        Q(location__isnull=True) | Q(location_id__in=teams), role__in=roles, staff__is_active=True
    )
    return list(Staff.objects.filter(pk__in=grants.values("staff_id")))


def reasons_against_bulk(revision: PlanRevision, by: Staff) -> list[str]:
    """Why a plan is looked at by itself, and not approved together with others; empty when nothing is against it."""
    if not revision.is_current or revision.review != "submitted":
        return [_("It was changed or reviewed meanwhile.")]
    found = []
    if revision.author_id == by.pk:
        found.append(_("It is one's own plan."))
    deviations = len(revision.deviations.all())
    if deviations:
        text = ngettext("It differs from its template on %(n)s point.", "It differs on %(n)s points.", deviations)
        found.append(text % {"n": deviations})
    return found + _matters_against_bulk(revision)


def _matters_against_bulk(revision: PlanRevision) -> list[str]:
    brief = revision.brief
    if brief is None or brief["screening"] == "not_evaluated":
        return [_("Not all rules could be evaluated.")]
    if not matters_in(brief) and not flags_were_asked(brief):
        return [_("No red flag was asked, so nobody knows whether there are any.")]
    matters = len(matters_in(brief))
    text = ngettext("It has %(n)s red flag or concern.", "It has %(n)s red flags or concerns.", matters)
    return [text % {"n": matters}] if matters else []


def _check_self_approval(because: str, managers: int) -> None:
    """Raise `Refused` unless this is a practice with one manager, and the reason is written down."""
    if managers > 1:
        raise Refused(_("Only another manager can approve this plan, because it is one's own."))
    if not because.strip():
        raise Refused(_("Write why one's own plan is approved: this practice has one manager."))


def check_referral(referral: Referral, to: str) -> None:
    """Raise `Refused` unless the referral may take the step `to`."""
    if to not in REFERRAL_TRANSITIONS[ReferralStatus(referral.status)]:
        raise Refused(_("This referral cannot take that step now."))


@dataclass(frozen=True, slots=True)
class FailedCase:
    """A test case that comes out otherwise: on what, or why it cannot be run."""

    case: ProtocolCase
    misses: tuple[Unmet, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What stands in the way of publishing a version, and what was done to see it through."""

    flaws: tuple[Flaw, ...]
    cases: int
    failed: tuple[FailedCase, ...]
    replay: Replay | None

    @property
    def blocks(self) -> tuple[Flaw, ...]:
        """The flaws that may not be published."""
        return blocking(self.flaws)

    @property
    def warnings(self) -> tuple[Flaw, ...]:
        """The flaws that may."""
        return tuple(flaw for flaw in self.flaws if flaw.level is Level.WARN)

    @property
    def replayed(self) -> bool:
        """Whether the draft, as it is now, was run over all past intakes."""
        return self.replay is not None and self.replay.status == "done"


def readiness_of(
    version: ProtocolVersion, flaws: tuple[Flaw, ...], questionnaires: Iterable[Questionnaire]
) -> Readiness:
    """How ready a version is, given the flaws of its check."""
    by_code = {one.code: one for one in questionnaires}
    cases = list(ProtocolCase.objects.of(version.code))
    failed = tuple(found for case in cases if (found := _failed(case, version.protocol, by_code)))
    replay = version.replays.filter(content_hash=version.content_hash).order_by("-asked_at").first()
    return Readiness(flaws, len(cases), failed, replay)


def _failed(case: ProtocolCase, protocol: Protocol, questionnaires: Mapping[str, Questionnaire]) -> FailedCase | None:
    """The case, if it does not come out as expected or cannot be run."""
    try:
        misses = case.misses(protocol, questionnaires)
    except AnswersRefusedError as error:
        return FailedCase(case, (), str(error))
    except KeyError:
        return FailedCase(case, (), _("This questionnaire is not in use."))
    return FailedCase(case, misses) if misses else None


def check_version_life(version: Governed, to: str) -> None:
    """Raise `Refused` unless the version's life may go to `to`."""
    if to not in PROTOCOL_TRANSITIONS[ProtocolLife(version.status)]:
        raise Refused(
            _("A version that is %(now)s cannot become %(to)s.")
            % {"now": version.get_status_display(), "to": dict(version._meta.get_field("status").flatchoices)[to]}
        )


def check_change_version(version: Governed) -> None:
    """Raise `Refused` unless the content of this version may be changed."""
    if not version.may_be_changed:
        raise Refused(_("Only a draft can be changed. Make a draft of this version first."))


def check_submit(version: ProtocolVersion, ready: Readiness) -> None:
    """Raise `Refused` unless the draft may go to a second person."""
    check_version_life(version, "in_review")
    _check_sound(ready)


def _check_sound(ready: Readiness) -> None:
    """Raise `Refused` when the check blocks, or a test case comes out otherwise."""
    if ready.blocks:
        raise Refused(_("The check found what may not be published. It is listed below."))
    if ready.failed:
        raise Refused(_("Not every test case comes out as expected. Those that do not are listed below."))


def check_publish_draft(version: ProtocolVersion, by: Staff, ready: Readiness) -> None:
    """Raise `Refused` unless `by` may put this version in use now."""
    _check_second_person(version, by)
    _check_sound(ready)
    if version.based_on_id is not None and not ready.replayed:
        raise Refused(_("Replay this draft over the past intakes first, and look at what changes."))
    _check_based_on_what_is_in_use(version)


def _check_second_person(version: Governed, by: Staff) -> None:
    """Raise `Refused` unless the version was submitted, and by others than `by`."""
    check_version_life(version, "published")
    if by.pk in authors_of(version):
        raise Refused(_("Somebody else publishes this version: whoever wrote or submitted it does not."))


def _check_based_on_what_is_in_use(version: Governed) -> None:
    """Raise `Refused` when another version was put in use after this one was drafted."""
    in_use = type(version).objects.filter(code=version.code, status="published").first()
    if in_use and version.based_on_id != in_use.pk:
        raise Refused(
            _("Meanwhile version %(version)s was published. Make a draft of that one and take the changes over.")
            % {"version": in_use.version}
        )


def can_publish_draft(version: ProtocolVersion, by: Staff, ready: Readiness) -> bool:
    """Whether `by` may put this version in use now."""
    try:
        check_publish_draft(version, by, ready)
    except Refused:
        return False
    return True


def authors_of(version: Governed) -> frozenset[object]:
    """The ids of everybody who wrote on this version or submitted it."""
    wrote = version.steps.exclude(what__in=["returned", "published", "set_aside"]).values_list("by", flat=True)
    return frozenset(wrote) | {version.drafted_by_id, version.submitted_by_id} - {None}


def check_replay(version: ProtocolVersion) -> None:
    """Raise `Refused` unless this version can be replayed now."""
    if version.status not in ("draft", "in_review"):
        raise Refused(_("Only a version in the making is replayed."))
    if version.replays.open().exists():
        raise Refused(_("A replay of this draft is waiting or running already."))


def check_case(case: ProtocolCase, expected: Expectation, questionnaires: Iterable[Questionnaire]) -> None:
    """Raise `Refused` unless the case expects something of answers that can be given now."""
    if expected.is_empty:
        raise Refused(_("Say what must come out: a case that expects nothing can never fail."))
    known = {one.code: one for one in questionnaires}
    if case.questionnaire not in known:
        raise Refused(_("This questionnaire is not in use."))
    try:
        derive(case.answers, case.context(), known[case.questionnaire])
    except AnswersRefusedError as error:
        raise Refused("\n".join(str(problem) for problem in error.problems)) from error


@dataclass(frozen=True, slots=True)
class QuestionsReadiness:
    """What stands in the way of publishing a version of a questionnaire.

    `flaws` are what the check of the protocols in use finds with these questions. `lost` are questions that are not
    asked any more though something uses them. `altered` are questions whose answers mean something else than in
    another version in use, by its name. `failed` are test cases that come out otherwise, of `cases` in all.
    """

    flaws: tuple[Flaw, ...]
    lost: Mapping[str, tuple[Use, ...]]
    altered: Mapping[str, str]
    cases: int
    failed: tuple[FailedCase, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing that the check found stands in the way; test cases apart."""
        return not (self.flaws or self.lost or self.altered)


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
    return QuestionsReadiness(
        flaws=tuple(flaw for protocol in protocols for flaw in blocking(check(protocol, asked.values()))),
        lost={code: uses for code in sorted(gone) if (uses := uses_of(code, draft, protocols))},
        altered=_altered(draft, published),
        cases=len(known),
        failed=tuple(found for case, protocol in known if (found := _failed(case, protocol, asked))),
    )


def _altered(draft: Questionnaire, others: Iterable[QuestionnaireVersion]) -> dict[str, str]:
    own = questions_of(draft.content)
    return {
        code: str(other)
        for other in others
        for code, item in questions_of(other.content).items()
        if code in own and code in other.questionnaire.items and not means_the_same(own[code], item)
    }


def check_questions_sound(ready: QuestionsReadiness) -> None:
    """Raise `Refused` when the check blocks, or a test case comes out otherwise."""
    if not ready.is_sound:
        raise Refused(_("The check found what may not be published. It is listed below."))
    if ready.failed:
        raise Refused(_("Not every test case comes out as expected. Those that do not are listed below."))


def check_publish_questions(version: QuestionnaireVersion, by: Staff, ready: QuestionsReadiness) -> None:
    """Raise `Refused` unless `by` may put this version of a questionnaire in use now."""
    _check_second_person(version, by)
    check_questions_sound(ready)
    _check_based_on_what_is_in_use(version)


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
        *(Use(User.CASE, title) for title in cases.values_list("title", flat=True)),
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


def flaws_of_question(questionnaire: Questionnaire, code: str) -> tuple[Flaw, ...]:
    """The conditions of a question that can never hold."""
    item = questionnaire.items[code]
    conditions: dict[str, Condition | None] = {"ask_when": item.ask_when, "core_when": item.core_when}
    return tuple(
        Flaw(Level.BLOCK, f"{code}.{part}", message, part)
        for part, condition in conditions.items()
        if condition
        for message in cannot_hold(condition, questionnaire.terms)
    )
