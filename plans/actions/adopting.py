"""What is decided from a suggestion: a plan from a template, its revisions with their reasons, or no course."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from intake.models import Intake
from patients.policies import Refused
from plans.actions.lifecycle import activate
from plans.actions.reviewing import brief_for, put_in_line
from plans.actions.writing import log
from plans.domain import plan as planning
from plans.domain.plan import PhaseChoice
from plans.domain.protocol import Protocol
from plans.domain.trace import Trace, blocked
from plans.models import Deviation, Goal, NoCourse, Plan, PlannedSession, PlanRevision, Suggestion
from plans.policies import check_adopt, check_blocked_techniques, check_end_without_course, check_revise
from practice.models import PracticeSettings, Staff


@dataclass(frozen=True, slots=True)
class GoalChoice:
    """A goal as agreed with the patient; `measure` is a score code, `due_week` counts from the start of the plan."""

    text: str
    measure: str = ""
    baseline: float | None = None
    target: float | None = None
    due_week: int | None = None


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """All that the therapist decided when adopting a template.

    The goals are set at adoption; a revision leaves them as they are. `reasons` gives, for each difference by its key,
    the code of the reason and an explanation in words.
    """

    template: str
    phases: tuple[PhaseChoice, ...]
    session_minutes: int
    main_goal: GoalChoice = GoalChoice(text="")
    goals: tuple[GoalChoice, ...] = ()
    reasons: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    extended_because: str = ""
    consents_to_special_procedures: bool = False
    discussed_with_patient: bool = False


class DeviationsWithoutReason(Exception):
    """The plan differs from its template on points that have no reason yet."""

    def __init__(self, differences: list[planning.Difference]) -> None:
        """`differences` are the points without a reason."""
        super().__init__("deviations without reason")
        self.differences = differences


class StalePlan(Exception):
    """Somebody revised the plan after the revision that a change started from. `current` is the revision now."""

    def __init__(self, current: PlanRevision) -> None:
        super().__init__("stale plan")
        self.current = current


@transaction.atomic
def adopt(*, suggestion: Suggestion, choice: PlanChoice, by: Staff, now: dt.datetime) -> Plan:
    """Make a plan from a template of the protocol the suggestion was drawn from.

    The plan is pinned to the versions of protocol and template. Every difference from the template needs a reason:
    raises `DeviationsWithoutReason` for those that lack one, and `Refused` when findings, flags or policy forbid it.
    """
    intake = Intake.objects.select_for_update().get(pk=suggestion.intake_id)
    version = suggestion.protocol_version
    check_adopt(intake, suggestion.trace)
    _check_techniques(version.protocol, suggestion.trace, choice)
    template = version.protocol.templates[choice.template]
    plan = Plan.objects.create(
        episode=intake.episode,
        intake=intake,
        suggestion=suggestion,
        protocol_version=version,
        template=template.code,
        template_version=template.version,
        title={"nl": template.title.nl, "en": template.title.en},
        author=by,
        created_at=now,
    )
    _revise(plan, choice, by=by, now=now)
    _store_goals(plan, choice)
    log(intake, plan, by=by, event="plan_adopted", action="C", now=now)
    if not PracticeSettings.objects.current().review_before_care:
        activate(plan=plan, by=by, now=now)
    return plan


def _check_techniques(protocol: Protocol, trace: Trace, choice: PlanChoice) -> None:
    """Refuse blocked techniques, and special procedures without recorded consent."""
    chosen = {code for phase in choice.phases for code in phase.techniques}
    check_blocked_techniques(_titles(protocol, chosen & blocked(trace)))
    special = {code for code in chosen if protocol.techniques[code].special_procedure}
    if special and not choice.consents_to_special_procedures:
        raise Refused(_("Record the patient's consent for the special procedures in this plan."))


def _titles(protocol: Protocol, codes: Iterable[str]) -> list[str]:
    """The titles of these techniques in the reader's language."""
    return sorted(protocol.techniques[code].title.in_language(get_language() or "nl") for code in codes)


@transaction.atomic
def revise(*, plan: Plan, base: int, choice: PlanChoice, by: Staff, now: dt.datetime) -> PlanRevision:
    """Change a plan: a new revision is made and submitted; the earlier one stays readable.

    `base` is the number of the revision that the change started from; raises `StalePlan` when that was replaced.
    """
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    check_revise(plan)
    current = plan.revisions.latest("number")
    if current.number != base:
        raise StalePlan(current)
    _check_techniques(plan.protocol_version.protocol, plan.suggestion.trace, choice)
    revision = _revise(plan, choice, by=by, now=now)
    log(plan.intake, plan, by=by, event="plan_revised", action="U", now=now)
    return revision


def _revise(plan: Plan, choice: PlanChoice, *, by: Staff, now: dt.datetime) -> PlanRevision:
    """Add the next revision of the plan with its deviations and sessions, and submit it for review."""
    template = plan.plan_template
    differences = planning.differences(template, choice.phases, choice.session_minutes)
    _check_reasons(differences, choice)
    kind = planning.kind_of_plan(template, choice.phases)
    _check_length(kind, choice)
    revision = PlanRevision.objects.create(
        plan=plan,
        number=plan.revisions.count() + 1,
        kind=kind,
        weeks=planning.total_weeks(choice.phases),
        sessions=planning.total_sessions(choice.phases),
        session_minutes=choice.session_minutes,
        content=_content(plan, choice),
        extended_because=choice.extended_because.strip() if kind == "extended" else "",
        author=by,
        made_at=now,
        review="submitted",
    )
    _store_deviations(revision, differences, choice)
    _store_sessions(revision, choice)
    put_in_line(revision, brief_for(plan), len(differences))
    plan.current_revision = revision
    plan.save(update_fields=["current_revision"])
    return revision


def _check_reasons(differences: Iterable[planning.Difference], choice: PlanChoice) -> None:
    """Raise `DeviationsWithoutReason` for differences that have no reason, `Refused` for another one without words."""
    given = [(difference, choice.reasons.get(difference.what, ("", ""))) for difference in differences]
    without = [difference for difference, (reason, _words) in given if not reason]
    if without:
        raise DeviationsWithoutReason(without)
    if any(reason == "other" and not words.strip() for _difference, (reason, words) in given):
        raise Refused(_("Write the other reason in words."))


def _check_length(kind: str, choice: PlanChoice) -> None:
    """Refuse a length that this kind of plan cannot have."""
    weeks, sessions = planning.total_weeks(choice.phases), planning.total_sessions(choice.phases)
    if kind == "course" and weeks < planning.COURSE_WEEKS[0]:
        raise Refused(_("A course lasts 4 to 8 weeks; this one lasts %(weeks)s.") % {"weeks": weeks})
    if kind == "extended" and not choice.extended_because.strip():
        raise Refused(_("This plan is longer than 8 weeks. Write why."))
    if kind == "self_management" and sessions > planning.SELF_MANAGEMENT_SESSIONS:
        raise Refused(
            _("A self-management plan has at most 3 sessions; this one has %(sessions)s.") % {"sessions": sessions}
        )


def _content(plan: Plan, choice: PlanChoice) -> dict[str, Any]:
    """The content of the new revision, from the template's data and the choices."""
    data = plan.protocol_version.content["templates"][plan.template]
    rest = {
        key: data.get(key)
        for key in ("measurements", "evaluation_weeks", "later_check_week", "advice", "prevention", "safety_net")
    }
    rest["discussed_with_patient"] = choice.discussed_with_patient
    rest["consent_special_procedures"] = choice.consents_to_special_procedures
    return planning.content_of(
        plan.plan_template, choice.phases, {phase["code"]: phase for phase in data["phases"]}, rest
    )


def _store_deviations(revision: PlanRevision, differences: Iterable[planning.Difference], choice: PlanChoice) -> None:
    """One row for each difference from the template, with its reason."""
    Deviation.objects.bulk_create(
        Deviation(
            revision=revision,
            what=difference.what,
            template_value=difference.template_value,
            plan_value=difference.plan_value,
            reason=choice.reasons[difference.what][0],
            explanation=choice.reasons[difference.what][1].strip(),
        )
        for difference in differences
    )


def _store_sessions(revision: PlanRevision, choice: PlanChoice) -> None:
    """One row for each session the revision asks for."""
    weeks = [moment["week"] for moment in revision.content["measurements"] or []]
    PlannedSession.objects.bulk_create(
        PlannedSession(
            revision=revision,
            number=need.number,
            phase=need.phase,
            week=need.week,
            minutes=need.minutes,
            measurement=need.measurement,
        )
        for need in planning.sessions_needed(choice.phases, choice.session_minutes, weeks)
    )


def _store_goals(plan: Plan, choice: PlanChoice) -> None:
    """The main goal and the other goals of the plan."""
    if not choice.main_goal.text.strip():
        raise Refused(_("Write the main goal: what the patient wants to be able to do, and by when."))
    goals = [(True, choice.main_goal), *((False, goal) for goal in choice.goals if goal.text.strip())]
    Goal.objects.bulk_create(
        Goal(
            plan=plan,
            main=main,
            text=goal.text.strip(),
            measure=goal.measure,
            baseline=goal.baseline,
            target=goal.target,
            due_week=goal.due_week,
        )
        for main, goal in goals
    )


@transaction.atomic
def end_without_course(
    *, suggestion: Suggestion, advice: Iterable[str], come_back_when: str, by: Staff, now: dt.datetime
) -> NoCourse:
    """End an intake without a course: the advice given, and when to come back. Never while a flag holds."""
    intake = Intake.objects.select_for_update().get(pk=suggestion.intake_id)
    check_end_without_course(intake, suggestion.trace)
    if not come_back_when.strip():
        raise Refused(_("Write when the patient should come back."))
    no_course = NoCourse.objects.create(
        intake=intake,
        suggestion=suggestion,
        advice=sorted(advice),
        come_back_when=come_back_when.strip(),
        by=by,
        at=now,
    )
    log(intake, no_course, by=by, event="ended_without_course", action="C", now=now)
    return no_course
