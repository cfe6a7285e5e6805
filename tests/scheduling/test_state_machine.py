"""Whatever the desk does in whatever order: nothing overlaps, and every planned session is accounted for."""

import datetime as dt
import uuid
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from patients.policies import Refused
from plans import actions as plan_actions
from plans.models import Plan
from practice.models import Absence, Practitioner, Staff
from scheduling import actions
from scheduling.availability import placement_of
from scheduling.domain.clock import wall_time
from scheduling.domain.instance import Placement
from scheduling.models import Appointment, AppointmentKind, DroppedSession
from scheduling.steps import step_of
from tests.factories.patients import PatientFactory
from tests.factories.practice import AbsenceFactory
from tests.scheduling.test_booking import NOW, desk, place, plan, sanne
from tests.scheduling.test_races import overlaps

__all__ = ["desk", "place", "plan", "sanne"]
pytestmark = pytest.mark.django_db
EXAMPLES, STEPS = 15, 20


class Desk(RuleBasedStateMachine):
    """Books, moves, cancels and takes up again, while leave is entered and plans pause; time goes on."""

    plan: Plan
    by: Staff
    sanne: Practitioner

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.now = NOW
        self.kind = AppointmentKind.objects.named("session")

    def teardown(self) -> None:
        """Leave the database as it was found."""
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def tried(self, act: Any, **how: Any) -> Any:
        """Do it, or be refused in words."""
        with suppress(Refused, actions.Stale):
            return act(by=self.by, now=self.now, **how)
        return None

    def visit(self, at: int) -> Appointment | None:
        """One of the visits, whatever its state."""
        visits = list(Appointment.objects.exclude(state="held").order_by("starts", "pk"))
        return visits[at % len(visits)] if visits else None

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        """Holds end, visits become past."""
        self.now += dt.timedelta(hours=hours)

    @rule(act=st.sampled_from(["arrive", "finish", "miss"]), then_booked=st.booleans())
    def the_next_visit_begins(self, act: str, then_booked: bool) -> None:
        """Time goes on to a visit, the patient comes or not, and perhaps the rest is booked at once."""
        visit = Appointment.objects.booked().filter(starts__gte=self.now).order_by("starts", "pk").first()
        if visit is not None:
            self.now = visit.starts + dt.timedelta(minutes=5)
            self.tried(getattr(actions, act), appointment=visit, version=visit.version)
        if then_booked:
            self.book_a_series(some=False)

    @rule(some=st.booleans())
    def book_a_series(self, some: bool) -> None:
        """Propose the rest of the plan and book it, or a part of it."""
        plan = Plan.objects.get(pk=self.plan.pk)
        series = self.tried(actions.propose_series, plan=plan, request_key=uuid.uuid4())
        if series is not None:
            self.tried(actions.book_series, series=series, numbers=[1, 2, 4] if some else None)

    @rule(days=st.integers(1, 20), slot=st.integers(0, 17))
    def book_one(self, days: int, slot: int) -> None:
        """Book a visit of somebody else."""
        there = self.somewhere(days, slot)
        self.tried(actions.book_one, patient=PatientFactory(), kind=self.kind, placement=there)

    def somewhere(self, days: int, slot: int) -> Placement:
        """A place in the agenda of Sanne, that may be taken or closed."""
        start = dt.datetime.combine(wall_time(self.now).date(), dt.time(8)) + dt.timedelta(days=days, minutes=30 * slot)
        work = self.sanne.working_hours.first()
        room = work.location.rooms.first()
        return Placement(1, start, 30, str(self.sanne.pk), str(room.pk), str(work.location_id))

    @rule(at=st.integers(0, 9), days=st.integers(1, 20), slot=st.integers(0, 17))
    def move(self, at: int, days: int, slot: int) -> None:
        """Move a visit."""
        visit = self.visit(at)
        if visit is not None:
            there = replace(placement_of(visit), start=self.somewhere(days, slot).start)
            self.tried(actions.move_appointment, appointment=visit, version=visit.version, placement=there)

    @rule(at=st.integers(0, 9), act=st.sampled_from(["cancel", "take_up", "arrive", "finish", "miss", "step_back"]))
    def live(self, at: int, act: str) -> None:
        """A visit takes a step in its life."""
        visit = self.visit(at)
        if visit is not None:
            more = {"because": "patient"} if act == "cancel" else {}
            self.tried(getattr(actions, act), appointment=visit, version=visit.version, **more)

    @rule(days=st.integers(1, 20))
    def leave(self, days: int) -> None:
        """Sanne takes a day off; visits that were booked on it stay for the desk to see."""
        AbsenceFactory(
            practitioner=self.sanne,
            starts=self.now + dt.timedelta(days=days),
            ends=self.now + dt.timedelta(days=days + 1),
        )

    @precondition(lambda self: Absence.objects.exists())
    @rule()
    def back_from_leave(self) -> None:
        """The leave is withdrawn."""
        Absence.objects.all().delete()

    @rule(cancels=st.booleans())
    def pause(self, cancels: bool) -> None:
        """The plan pauses, with or without its visits."""
        self.tried(actions.pause_plan, plan=Plan.objects.get(pk=self.plan.pk), cancel_visits=cancels)

    @rule()
    def go_on(self) -> None:
        """The plan goes on."""
        self.tried(plan_actions.activate, plan=Plan.objects.get(pk=self.plan.pk))

    @rule(number=st.integers(1, 5))
    def drop(self, number: int) -> None:
        """A session is not needed any more."""
        plan = Plan.objects.get(pk=self.plan.pk)
        if not DroppedSession.objects.filter(plan=plan, number=number).exists():
            self.tried(actions.drop_session, plan=plan, number=number, reason="patient")

    @invariant()
    def nothing_overlaps(self) -> None:
        """Invariant 1 of the domain."""
        assert overlaps() == 0

    @invariant()
    def no_session_has_two_places(self) -> None:
        """Whatever was moved, cancelled or booked again."""
        given = Appointment.objects.filter(plan=self.plan, state__in=["booked", "arrived", "done"])
        numbers = list(given.exclude(session_number=None).values_list("session_number", flat=True))
        assert len(numbers) == len(set(numbers))

    @invariant()
    def every_session_is_accounted_for(self) -> None:
        """Invariant 8: planned = booked + to book + done + dropped, each number once."""
        step = step_of(Plan.objects.get(pk=self.plan.pk), self.now)
        parts = [*step.booked, *step.to_book, *step.done, *step.dropped]
        assert sorted(parts) == sorted(step.planned)


def test_nothing_overlaps_and_no_session_is_lost_whatever_is_done(plan: Plan, desk: Staff, sanne: Practitioner) -> None:
    Desk.plan, Desk.by, Desk.sanne = plan, desk, sanne
    limits = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Desk, settings=limits)
