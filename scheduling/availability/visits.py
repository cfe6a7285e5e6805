"""Reads what booking or moving one visit depends on."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace

from patients.models import Patient
from plans.models import Plan
from scheduling.availability.calendar import Calendar, calendar_for, span_of
from scheduling.availability.plans import Asked, Sessions, grid_of, is_over, placement_of, sessions_of, wishes_of
from scheduling.domain.constraints import (
    asked_day_part,
    asked_practitioner,
    asked_weekday,
    judge,
    not_after,
    not_before,
    within_window,
)
from scheduling.domain.instance import (
    Instance,
    Need,
    Placement,
    Preferences,
    Reason,
)
from scheduling.domain.life import GONE
from scheduling.models import Appointment, AppointmentKind


def instance_for_visit(
    *,
    patient: Patient,
    kind: AppointmentKind,
    minutes: int,
    first: dt.date,
    last: dt.date,
    now: dt.datetime,
    preferences: Preferences = Preferences(),
    referral_until: dt.date | None = None,
    leaving_out: Collection[uuid.UUID] = (),
    calendar: Calendar | None = None,
) -> Instance:
    """What booking one visit beside any plan depends on; it is session 1 of the instance."""
    calendar = calendar or calendar_for(first=first, last=last, now=now, leaving_out=leaving_out)
    rows = [row for row in patient.appointments.all() if row.pk not in leaving_out]
    need = Need(1, minutes, first, last, frozenset(kind.competences), kind.room_kind or None)
    return Instance(
        practitioners=calendar.practitioners,
        rooms=calendar.rooms,
        needs=(need,),
        busy=tuple(span_of(row.starts, row.ends) for row in rows if row.state not in GONE and not is_over(row, now)),
        preferences=preferences,
        slot_minutes=grid_of((need,)),
        referral_until=referral_until,
    )


# A person who moves a visit by hand has asked the patient: the days of the plan and wishes do not bind then.
NOT_BY_HAND = (within_window, not_before, not_after, asked_practitioner, asked_day_part, asked_weekday)


@dataclass(frozen=True, slots=True)
class Move:
    """What moving one appointment by hand depends on, for a stretch of days; `beside` are the rest of its plan."""

    instance: Instance
    beside: tuple[Placement, ...] = ()

    def why_not(self, placement: Placement) -> tuple[Reason, ...]:
        """Every condition that stands in the way of a place; none when the appointment can be there."""
        date = placement.start.date()
        asked = self.instance.needs[0]
        need = replace(asked, number=placement.number, minutes=placement.minutes, earliest=date, latest=date)
        others = [_beside(other, placement) for other in self.beside]
        return judge(replace(self.instance, needs=(need,)), placement, others, except_for=NOT_BY_HAND)


def move_of(
    *,
    appointment: Appointment,
    first: dt.date,
    last: dt.date,
    now: dt.datetime,
    leaving_out: Collection[uuid.UUID] = (),
) -> Move:
    """What moving an appointment to one of these days depends on; it does not stand in its own way.

    Neither do the appointments that are left out, because they are let go of once it is moved.
    """
    episode, plan, left_out = appointment.episode, appointment.plan, [appointment.pk, *leaving_out]
    instance = instance_for_visit(
        patient=appointment.patient,
        kind=appointment.kind,
        minutes=appointment.kind.minutes,
        first=first,
        last=last,
        now=now,
        referral_until=episode.referral_valid_until if episode else None,
        leaving_out=left_out,
    )
    if plan is None:
        return Move(instance)
    sessions = sessions_of(plan, now=now, leaving_out=left_out)
    beside = tuple(placement_of(row, other) for other, row in sessions.placed.items())
    return Move(_as_in_plan(instance, plan, sessions, appointment.session_number, now), beside)


def judged(*, appointment: Appointment, placement: Placement, now: dt.datetime) -> tuple[Reason, ...]:
    """Every condition that stands in the way of moving an appointment to a place by hand; none when it can be there."""
    date = placement.start.date()
    return move_of(appointment=appointment, first=date, last=date, now=now).why_not(placement)


def _as_in_plan(instance: Instance, plan: Plan, sessions: Sessions, number: int | None, now: dt.datetime) -> Instance:
    """With what the session of the plan takes, and the days that the patient wishes between two of them."""
    wishes = wishes_of(plan)
    asked = {
        need.number: need
        for need in Asked(plan, sessions, wishes, now, AppointmentKind.objects.all().by_code()).needs()
    }
    own = asked.get(number or 0)
    competences = own.competences if own else frozenset()
    need = replace(instance.needs[0], competences=instance.needs[0].competences | competences)
    return replace(instance, needs=(need,), minimum_days=wishes.minimum_days if wishes else 1)


def _beside(other: Placement, placement: Placement) -> Placement:
    """Another session, numbered by which of the two is first: a person may change their order."""
    before = other.start < placement.start
    return replace(other, number=placement.number + (-1 if before else 1))
