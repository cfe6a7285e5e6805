"""The life of a plan and its visits: what happens to the one has consequences for the others, in one transaction."""

import datetime as dt

from django.db import transaction

from plans import actions as plans_actions
from plans.models import Plan
from practice import audit
from practice.audit import Checks
from practice.models import Staff
from scheduling.actions.visits import cancel_all
from scheduling.domain.step import InStep
from scheduling.models import Appointment, DroppedSession
from scheduling.policies import check_drop
from scheduling.steps import step_of


@transaction.atomic
def pause_plan(*, plan: Plan, cancel_visits: bool, by: Staff, now: dt.datetime) -> int:
    """Pause a plan, and cancel its visits to come if that is wanted; gives how many were cancelled."""
    plans_actions.pause(plan=plan, by=by, now=now)
    return _cancel_to_come(plan, by=by, now=now) if cancel_visits else 0


@transaction.atomic
def end_plan(*, plan: Plan, to: str, reason: str, cancel_visits: bool, by: Staff, now: dt.datetime) -> int:
    """End a plan as `completed` or `stopped`; gives how many visits were cancelled.

    Sessions that have no visit then will not be given any more: they are dropped, with that reason.
    """
    plans_actions.end(plan=plan, to=to, reason=reason, by=by, now=now)
    cancelled = _cancel_to_come(plan, by=by, now=now) if cancel_visits else 0
    rows = [
        DroppedSession(plan=plan, number=number, reason="plan_ended", by=by, at=now)
        for number in step_of(plan, now).to_book
    ]
    DroppedSession.objects.bulk_create(rows)
    return cancelled


@transaction.atomic
def cancel_beyond(*, plan: Plan, by: Staff, now: dt.datetime) -> int:
    """Cancel the visits to come that a changed plan does not ask for any more; gives how many."""
    numbers = step_of(plan, now).beyond
    visits = Appointment.objects.filter(plan=plan, session_number__in=numbers, state="booked", starts__gte=now)
    return cancel_all(visits=visits, because="plan_ended", by=by, now=now)


@transaction.atomic
def drop_session(*, plan: Plan, number: int, reason: str, by: Staff, now: dt.datetime) -> None:
    """Note that a session that is still to be booked will not be given, and why."""
    step: InStep = step_of(plan, now)
    check_drop(step, number)
    DroppedSession.objects.create(plan=plan, number=number, reason=reason, by=by, at=now)
    _log(plan, event="session_dropped", detail=f"{number}: {reason}", by=by, now=now)


def _cancel_to_come(plan: Plan, *, by: Staff, now: dt.datetime) -> int:
    visits = Appointment.objects.filter(plan=plan, state="booked", starts__gt=now)
    return cancel_all(visits=visits, because="plan_ended", by=by, now=now)


def _log(plan: Plan, *, event: str, detail: str, by: Staff, now: dt.datetime) -> None:
    audit.record(
        by=by,
        event=event,
        action="U",
        now=now,
        patient_id=plan.episode.patient_id,
        object_type="plans.plan",
        object_id=plan.pk,
        detail=detail,
        checks=Checks(authorised=True, treatment_relationship=True),
    )
