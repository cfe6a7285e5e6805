"""The life of a plan: care under it starts, pauses and ends."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from patients.policies import Refused
from plans.actions.writing import log
from plans.models import Plan
from plans.policies import check_activate, check_life, hold_on
from practice.models import PracticeSettings, Staff


@transaction.atomic
def activate(*, plan: Plan, by: Staff, now: dt.datetime) -> None:
    """Start care under this plan, or go on after a pause."""
    hold = hold_on(plan.intake, plan.suggestion.trace)
    check_activate(plan, hold, PracticeSettings.objects.current())
    plan.activated_at = plan.activated_at or now
    plan.counted_from = plan.weeks_from(now) or now
    _live(plan, "active", by=by, now=now)


@transaction.atomic
def pause(*, plan: Plan, by: Staff, now: dt.datetime) -> None:
    """Pause care under this plan; the weeks of a pause do not count."""
    check_life(plan, "paused")
    plan.paused_at = now
    _live(plan, "paused", by=by, now=now)


@transaction.atomic
def end(*, plan: Plan, to: str, reason: str, by: Staff, now: dt.datetime) -> None:
    """End the plan as `completed` or `stopped`; stopping needs a reason."""
    check_life(plan, to)
    if to == "stopped" and not reason.strip():
        raise Refused(_("Write why the plan is stopped."))
    plan.counted_from = plan.weeks_from(now)
    plan.ended_at, plan.end_reason = now, reason.strip()
    _live(plan, to, by=by, now=now)


def _live(plan: Plan, to: str, *, by: Staff, now: dt.datetime) -> None:
    """Move the plan to another state of its life."""
    plan.life = to
    if to != "paused":
        plan.paused_at = None
    plan.save(update_fields=["life", "activated_at", "counted_from", "paused_at", "ended_at", "end_reason"])
    log(plan.intake, plan, by=by, event=f"plan_{to}", action="U", now=now)
