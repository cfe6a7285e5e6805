"""Reads plans and their visits into where they stand in the calendar, for one plan or for many at once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from plans.models import Plan, PlannedSession
from scheduling.domain.clock import wall_time
from scheduling.domain.life import AppointmentState
from scheduling.domain.step import InStep, PlannedVisit, Visit, in_step
from scheduling.models import Appointment, DroppedSession


def step_of(plan: Plan, now: dt.datetime) -> InStep:
    """Where one plan stands at this moment."""
    return steps_of([plan], now)[plan.pk]


def steps_of(plans: Iterable[Plan], now: dt.datetime) -> dict[object, InStep]:
    """Where each of these plans stands, by its id, in three queries however many there are."""
    known = {plan.pk: plan for plan in plans}
    planned, visits, dropped = _planned(known.values()), _visits(known), _dropped(known)
    return {
        pk: in_step(
            planned[plan.current_revision_id],
            visits[pk],
            dropped[pk],
            began=_began(plan, now),
            weeks=plan.current_revision.weeks if plan.current_revision else 0,
            now=wall_time(now),
        )
        for pk, plan in known.items()
    }


def _began(plan: Plan, now: dt.datetime) -> dt.date | None:
    """The first day of week 1, later by the length of all pauses."""
    counted_from = plan.weeks_from(now)
    return wall_time(counted_from).date() if counted_from else None


def _planned(plans: Iterable[Plan]) -> dict[object, list[PlannedVisit]]:
    found = defaultdict(list)
    sessions = PlannedSession.objects.filter(revision__in=[plan.current_revision_id for plan in plans])
    for revision, number, week, measures in sessions.values_list("revision_id", "number", "week", "measurement"):
        found[revision].append(PlannedVisit(number, week, measures))
    return found


def _visits(plans: Iterable[object]) -> dict[object, list[Visit]]:
    found = defaultdict(list)
    rows = Appointment.objects.filter(plan__in=list(plans))
    for plan, number, starts, state in rows.values_list("plan_id", "session_number", "starts", "state"):
        found[plan].append(Visit(number, wall_time(starts), AppointmentState(state)))
    return found


def _dropped(plans: Iterable[object]) -> dict[object, set[int]]:
    found = defaultdict(set)
    for plan, number in DroppedSession.objects.filter(plan__in=list(plans)).values_list("plan_id", "number"):
        found[plan].add(number)
    return found
