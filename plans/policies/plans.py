"""What may happen to plans, their review and referrals, and the reason when it may not."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from intake.models import Intake
from patients.policies import Refused
from plans.domain.hold import Hold
from plans.domain.lifecycle import (
    PLAN_TRANSITIONS,
    REFERRAL_TRANSITIONS,
    REVIEW_TRANSITIONS,
    PlanLife,
    ReferralStatus,
    Review,
)
from plans.domain.review import flags_were_asked, matters_in
from plans.domain.trace import Trace, hold_of
from plans.models import Plan, PlanRevision, Referral
from practice.domain.grants import Act, Role, may
from practice.models import PracticeSettings, RoleGrant, Staff

LIFTS_HOLD = "may_start"


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
