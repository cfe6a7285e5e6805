"""What may happen to suggestions, plans and referrals, and the reason when it may not."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

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
from plans.domain.trace import Trace, hold_of
from plans.models import Plan, PlanRevision, Referral
from practice.models import PracticeSettings, Staff

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
