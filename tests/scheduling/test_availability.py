"""Hours, leave, holidays, rooms and appointments become the values that a series is proposed from."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.models import Plan
from practice.models import Location, Practitioner
from scheduling.availability import Calendar, calendar_for, instance_for, judged, placement_of, with_sessions
from scheduling.domain.clock import moment
from scheduling.domain.constraints import covers, why_closed
from scheduling.domain.instance import DayPart, Span, Wish
from scheduling.domain.propose import propose
from scheduling.models import Appointment, AppointmentKind, DroppedSession, PlanWishes
from tests.factories.plans import adopted
from tests.factories.practice import (
    AbsenceFactory,
    ClosureFactory,
    HolidayOverrideFactory,
    LocationFactory,
    OpeningHoursFactory,
    PractitionerFactory,
    RoomFactory,
    StaffFactory,
    WorkingHoursFactory,
)
from tests.factories.scheduling import MADE_AT, AppointmentFactory, RecurringBlockFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
MONDAY = dt.date(2026, 11, 30)


def at(date: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """A wall time."""
    return dt.datetime.combine(date, dt.time(hour, minute))


def utc(date: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """The moment of a wall time."""
    return moment(at(date, hour, minute))


def day(date: dt.date = MONDAY, **options: Any) -> Calendar:
    """The calendar of one day."""
    return calendar_for(first=date, last=date, now=NOW, **options)


def free(calendar: Calendar, who: Practitioner) -> list[str]:
    """When somebody is free, as a person would say it."""
    one = next(one for one in calendar.practitioners if one.code == str(who.pk))
    return [f"{part.span.start:%H:%M}-{part.span.end:%H:%M}" for part in one.free]


def why(calendar: Calendar, who: Practitioner, start: dt.datetime) -> str:
    """What the desk reads about a quarter of an hour that is not free."""
    one = next(one for one in calendar.practitioners if one.code == str(who.pk))
    reason = why_closed(one.closed, Span(start, start + dt.timedelta(minutes=15)))
    return reason.text.nl if reason else ""


@pytest.fixture
def location() -> Location:
    """A location that is open on every day of the week."""
    place = LocationFactory()
    for weekday in range(1, 8):
        OpeningHoursFactory(location=place, weekday=weekday)
    return place


@pytest.fixture
def sanne(location: Location) -> Practitioner:
    """Somebody who works on every day of the week from eight to five."""
    practitioner = PractitionerFactory(staff__name="Sanne")
    for weekday in range(1, 8):
        WorkingHoursFactory(practitioner=practitioner, location=location, weekday=weekday)
    return practitioner


def test_working_hours_hold_within_opening_hours(location: Location) -> None:
    early = WorkingHoursFactory(location=location, starts=dt.time(7), ends=dt.time(20)).practitioner
    assert free(day(), early) == ["08:00-18:00"]


def test_a_location_without_opening_hours_is_open_when_somebody_works_there() -> None:
    who = WorkingHoursFactory().practitioner
    assert free(day(), who) == ["08:00-17:00"]


def test_hours_that_touch_are_one_stretch(location: Location) -> None:
    who = WorkingHoursFactory(location=location, starts=dt.time(8), ends=dt.time(12)).practitioner
    WorkingHoursFactory(practitioner=who, location=location, starts=dt.time(12), ends=dt.time(17))
    assert free(day(), who) == ["08:00-17:00"]


def test_leave_closes_its_time_and_says_whose(sanne: Practitioner) -> None:
    AbsenceFactory(practitioner=sanne, starts=utc(MONDAY, 10), ends=utc(MONDAY, 12))
    assert free(day(), sanne) == ["08:00-10:00", "12:00-17:00"]
    assert why(day(), sanne, at(MONDAY, 11)) == "Sanne is er niet (verlof)."


def test_leave_of_days_ends_at_its_midnight(sanne: Practitioner) -> None:
    AbsenceFactory(practitioner=sanne, starts=utc(MONDAY - dt.timedelta(days=3), 0), ends=utc(MONDAY, 0))
    assert free(day(MONDAY - dt.timedelta(days=1)), sanne) == []
    assert free(day(), sanne) == ["08:00-17:00"]


@pytest.mark.parametrize("here", [True, False])
def test_a_closure_holds_at_its_location(here: bool, sanne: Practitioner, location: Location) -> None:
    closed = location if here else LocationFactory()
    ClosureFactory(location=closed, starts=utc(MONDAY, 12), ends=utc(MONDAY, 18), reason="schilders")
    assert free(day(), sanne) == (["08:00-12:00"] if here else ["08:00-17:00"])
    assert why(day(), sanne, at(MONDAY, 13)) == ("De praktijk is gesloten: schilders." if here else "")


def test_a_closure_of_the_practice_holds_everywhere(sanne: Practitioner) -> None:
    ClosureFactory(location=None, starts=utc(MONDAY, 0), ends=utc(MONDAY + dt.timedelta(days=1), 0))
    assert free(day(), sanne) == []


def test_a_public_holiday_is_closed_and_named(sanne: Practitioner) -> None:
    kingsday = dt.date(2027, 4, 27)
    assert free(day(kingsday), sanne) == []
    assert why(day(kingsday), sanne, at(kingsday, 10)) == "Gesloten: Koningsdag."


def test_what_is_decided_for_a_location_goes_before_what_is_decided_for_all(
    sanne: Practitioner, location: Location
) -> None:
    friday = dt.date(2027, 3, 26)
    assert free(day(friday), sanne) == []
    HolidayOverrideFactory(date=friday, location=None, is_open=True)
    assert free(day(friday), sanne) == ["08:00-17:00"]
    HolidayOverrideFactory(date=friday, location=location, is_open=False)
    assert free(day(friday), sanne) == []


def test_the_practice_may_close_on_any_day(sanne: Practitioner) -> None:
    HolidayOverrideFactory(date=MONDAY, is_open=False)
    assert free(day(), sanne) == []
    assert why(day(), sanne, at(MONDAY, 9)) == "Gesloten."


def test_what_comes_back_every_other_week_is_counted_from_its_first_week(location: Location) -> None:
    who = WorkingHoursFactory(location=location, valid_from=dt.date(2026, 11, 25), every_n_weeks=2).practitioner
    mondays = [dt.date(2026, 11, 23) + dt.timedelta(weeks=week) for week in range(1, 5)]
    assert [bool(free(day(monday), who)) for monday in mondays] == [False, True, False, True]


def test_weeks_are_counted_across_week_53(location: Location) -> None:
    who = WorkingHoursFactory(location=location, valid_from=dt.date(2026, 12, 21), every_n_weeks=2).practitioner
    mondays = [dt.date(2026, 12, 21), dt.date(2026, 12, 28), dt.date(2027, 1, 4), dt.date(2027, 1, 11)]
    assert [bool(free(day(monday), who)) for monday in mondays] == [True, False, True, False]


def test_hours_hold_from_their_first_day_up_to_and_including_their_last(location: Location) -> None:
    who = WorkingHoursFactory(
        location=location, valid_from=MONDAY, valid_until=MONDAY + dt.timedelta(weeks=1)
    ).practitioner
    mondays = [MONDAY + dt.timedelta(weeks=week) for week in (-1, 0, 1, 2)]
    calendar = calendar_for(first=mondays[0], last=mondays[-1], now=NOW)
    days = [part.span.start.date() for one in calendar.practitioners if one.code == str(who.pk) for part in one.free]
    assert days == mondays[1:3]


@pytest.mark.parametrize("whose", ["everybody", "own", "another", "elsewhere"])
def test_a_recurring_block_holds_for_whom_and_where_it_is(whose: str, sanne: Practitioner) -> None:
    fields: dict[str, Any] = {
        "everybody": {},
        "own": {"practitioner": sanne},
        "another": {"practitioner": PractitionerFactory()},
        "elsewhere": {"location": LocationFactory()},
    }[whose]
    RecurringBlockFactory(**fields)
    closed = whose in ("everybody", "own")
    assert free(day(), sanne) == (["08:00-12:00", "13:00-17:00"] if closed else ["08:00-17:00"])
    assert why(day(), sanne, at(MONDAY, 12, 30)) == ("Bezet: Teamoverleg." if closed else "")


def test_a_live_appointment_takes_its_practitioner_and_its_room(sanne: Practitioner, location: Location) -> None:
    room = RoomFactory(location=location)
    visit = AppointmentFactory(practitioner=sanne, room=room, location=location, starts=utc(MONDAY, 9))
    assert free(day(), sanne) == ["08:00-09:00", "09:30-17:00"]
    assert why(day(), sanne, at(MONDAY, 9)) == "Sanne is dan bezet."
    nine = Span(at(MONDAY, 9), at(MONDAY, 9, 30))
    of_room = next(one for one in day().rooms if one.code == str(room.pk))
    assert not covers(of_room.free, nine, str(location.pk))
    assert free(day(leaving_out=[visit.pk]), sanne) == ["08:00-17:00"]


def test_a_cancelled_appointment_and_a_hold_that_is_over_take_nothing(sanne: Practitioner) -> None:
    AppointmentFactory(practitioner=sanne, state="cancelled", cancelled_at=MADE_AT)
    AppointmentFactory(practitioner=sanne, state="held", held_until=NOW)
    assert free(day(), sanne) == ["08:00-17:00"]


def test_a_hold_that_lasts_takes_its_place(sanne: Practitioner) -> None:
    AppointmentFactory(practitioner=sanne, state="held", held_until=NOW + dt.timedelta(minutes=1))
    assert free(day(), sanne) == ["08:00-09:00", "09:30-17:00"]


def test_what_is_past_is_not_free(sanne: Practitioner) -> None:
    calendar = calendar_for(first=MONDAY, last=MONDAY, now=utc(MONDAY, 10, 20))
    assert free(calendar, sanne) == ["10:20-17:00"]
    assert why(calendar, sanne, at(MONDAY, 9)) == "Dat is al voorbij."


def test_who_left_is_not_there(sanne: Practitioner) -> None:
    sanne.staff.is_active = False
    sanne.staff.save()
    assert not day().practitioners


@pytest.mark.parametrize(("date", "offset"), [(dt.date(2027, 3, 29), 2), (dt.date(2026, 11, 2), 1)])
def test_hours_keep_their_wall_time_when_the_clock_has_changed(date: dt.date, offset: int, sanne: Practitioner) -> None:
    if date.year == 2027:  # that Monday is a public holiday
        HolidayOverrideFactory(date=date)
    AppointmentFactory(
        practitioner=sanne,
        starts=dt.datetime.combine(date, dt.time(9 - offset), dt.UTC),
    )
    calendar = calendar_for(first=date, last=date, now=dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
    assert free(calendar, sanne) == ["08:00-09:00", "09:30-17:00"]


def test_leave_in_the_hour_that_comes_twice_is_not_lost(sanne: Practitioner) -> None:
    change = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    AbsenceFactory(practitioner=sanne, starts=change, ends=change + dt.timedelta(minutes=45))
    sunday = change.date()
    calendar = calendar_for(first=sunday, last=sunday, now=dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
    assert why(calendar, sanne, at(sunday, 2, 35)) == "Sanne is er niet (verlof)."


def test_each_location_has_its_own_hours(sanne: Practitioner, location: Location) -> None:
    other = LocationFactory()
    OpeningHoursFactory(location=other)
    both = WorkingHoursFactory(location=location, starts=dt.time(8), ends=dt.time(12)).practitioner
    WorkingHoursFactory(practitioner=both, location=other, starts=dt.time(13), ends=dt.time(17))
    ClosureFactory(location=other, starts=utc(MONDAY, 0), ends=utc(MONDAY, 15))
    assert free(day(), both) == ["08:00-12:00", "15:00-17:00"]
    assert free(day(locations=[location.pk]), both) == ["08:00-12:00"]
    assert [one.code for one in day(practitioners=[both.pk]).practitioners] == [str(both.pk)]


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(location: Location) -> None:
    def fill() -> None:
        for _ in range(3):
            who = WorkingHoursFactory(location=location, practitioner__competences=["taping"]).practitioner
            AbsenceFactory(practitioner=who)
            RecurringBlockFactory(practitioner=who)
            AppointmentFactory(practitioner=who, location=location)
            ClosureFactory(location=location)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            calendar_for(first=MONDAY, last=MONDAY + dt.timedelta(days=60), now=NOW)
        return len(queries)

    fill()
    few = count()
    fill()
    assert count() == few <= 12


# --- what a plan needs ----------------------------------------------------------------------------------------------


@pytest.fixture
def plan(sanne: Practitioner, location: Location) -> Plan:
    """A plan of somebody whom Sanne treats, in a practice with one room."""
    RoomFactory(location=location)
    adopt = adopted(fields={"episode__practitioner": sanne, "episode__location": location})
    return with_sessions(Plan.objects.filter(pk=adopt.pk)).get()


def again(plan: Plan) -> Plan:
    """The plan as it now is in the database."""
    return with_sessions(Plan.objects.filter(pk=plan.pk)).get()


def visit(plan: Plan, number: int, date: dt.date, **fields: Any) -> Appointment:
    """A booked session of a plan at nine."""
    patient = plan.episode.patient
    return AppointmentFactory(plan=plan, patient=patient, session_number=number, starts=utc(date, 9), **fields)


def test_an_adopted_plan_asks_for_each_of_its_sessions_in_its_week(plan: Plan, sanne: Practitioner) -> None:
    instance = instance_for(plan=plan, wishes=None, now=NOW)
    planned = list(plan.current_revision.planned_sessions.all())
    assert [need.number for need in instance.needs] == [session.number for session in planned]
    for need, session in zip(instance.needs, planned, strict=True):
        assert need.earliest == NOW.date() + dt.timedelta(days=1, weeks=session.week - 1)
        assert need.latest == need.earliest + dt.timedelta(days=13)
        assert (need.minutes, need.room_kind) == (session.minutes, "treatment_room")
    assert instance.preferences.practitioner == str(sanne.pk)


def test_what_is_asked_can_be_booked(plan: Plan) -> None:
    assert propose(instance_for(plan=plan, wishes=None, now=NOW)).is_complete


def test_techniques_ask_for_who_is_able_to_give_them(plan: Plan) -> None:
    content = plan.current_revision.content
    content["phases"][0]["techniques"].append({"code": "dry_needling", "dose": None})
    protocol = plan.protocol_version.protocol
    assert protocol.techniques["dry_needling"].competence == "dry_needling"
    instance = instance_for(plan=plan, wishes=None, now=NOW)
    assert "dry_needling" in instance.needs[0].competences


def test_wishes_become_preferences_and_conditions(plan: Plan) -> None:
    other = PractitionerFactory()
    wishes = PlanWishes(
        plan=plan,
        practitioner=other,
        day_parts=["morning"],
        weekdays=[1, 4],
        strict=["day_parts"],
        same_time=True,
        not_before=MONDAY,
        not_after=MONDAY + dt.timedelta(weeks=10),
        minimum_days=2,
    )
    instance = instance_for(plan=plan, wishes=wishes, now=NOW)
    wished = instance.preferences
    assert (wished.practitioner, wished.day_parts) == (str(other.pk), {DayPart.MORNING})
    assert (wished.weekdays, wished.strict, wished.same_time) == ({1, 4}, {Wish.DAY_PARTS}, True)
    assert (wished.not_before, instance.minimum_days) == (MONDAY, 2)
    assert instance.needs[0].earliest == MONDAY


def test_the_end_of_the_referral_is_a_condition(sanne: Practitioner, location: Location) -> None:
    last = NOW.date() + dt.timedelta(weeks=2)
    adopt = adopted(fields={"episode__practitioner": sanne, "episode__location": location})
    episode = adopt.episode
    episode.referral_valid_until = last
    assert instance_for(plan=adopt, wishes=None, now=NOW).referral_until == last


def test_sessions_with_a_place_stay_and_the_rest_follows_them(plan: Plan) -> None:
    visit(plan, 1, MONDAY)
    visit(plan, 2, MONDAY + dt.timedelta(days=3))
    instance = instance_for(plan=again(plan), wishes=None, now=NOW)
    assert [pin.number for pin in instance.pins] == [1, 2]
    third = next(need for need in instance.needs if need.number == 3)
    week = plan.current_revision.planned_sessions.get(number=3).week
    assert third.earliest == MONDAY + dt.timedelta(weeks=week - 1)
    rows = propose(instance).rows
    assert [row.placement.start.date() > MONDAY + dt.timedelta(days=3) for row in rows[2:] if row.placement]


def test_a_plan_that_fell_behind_moves_up_as_a_whole(plan: Plan) -> None:
    visit(plan, 1, MONDAY)
    now = NOW + dt.timedelta(weeks=8)
    needs = instance_for(plan=again(plan), wishes=None, now=now).needs
    assert needs[1].earliest == now.date() + dt.timedelta(days=1)
    weeks = [session.week for session in plan.current_revision.planned_sessions.all()]
    assert (needs[-1].earliest - needs[1].earliest).days == 7 * (weeks[-1] - weeks[1])


def test_a_missed_session_may_come_any_time_until_the_end_of_the_plan(plan: Plan) -> None:
    planned = list(plan.current_revision.planned_sessions.all())
    for session in planned:
        fields = {"state": "no_show"} if session.number == 2 else {}
        visit(plan, session.number, MONDAY + dt.timedelta(days=4 * (session.number - 1)), **fields)
    instance = instance_for(plan=again(plan), wishes=None, now=NOW)
    assert [need.number for need in instance.needs] == [1, 2]
    proposal = propose(instance)
    missed = proposal.rows[1].placement
    assert missed is not None
    taken = set(Appointment.objects.exclude(state="no_show").values_list("starts__date", flat=True))
    assert missed.start.date() not in taken


def test_dropped_sessions_are_not_asked_for(plan: Plan) -> None:
    DroppedSession.objects.create(plan=plan, number=2, reason="patient", by=StaffFactory(), at=NOW)
    assert 2 not in [need.number for need in instance_for(plan=again(plan), wishes=None, now=NOW).needs]


def test_the_patients_other_appointments_are_not_double_booked(plan: Plan) -> None:
    other = AppointmentFactory(patient=plan.episode.patient, starts=utc(MONDAY, 9))
    instance = instance_for(plan=again(plan), wishes=None, now=NOW)
    assert Span(at(MONDAY, 9), at(MONDAY, 9, 30)) in instance.busy
    left_out = instance_for(plan=again(plan), wishes=None, now=NOW, leaving_out=[other.pk])
    assert not left_out.busy


def test_a_move_by_hand_meets_the_same_conditions(plan: Plan, sanne: Practitioner, location: Location) -> None:
    room = RoomFactory(location=location)
    first = visit(plan, 1, MONDAY, practitioner=sanne, location=location, room=room)
    second = visit(plan, 2, MONDAY + dt.timedelta(days=2), practitioner=sanne, location=location, room=room)
    first = Appointment.objects.get(pk=first.pk)

    def reasons(start: dt.datetime, **fields: Any) -> set[str]:
        there = replace(placement_of(first), start=start, **fields)
        return {reason.code for reason in judged(appointment=first, placement=there, now=NOW)}

    tuesday = MONDAY + dt.timedelta(days=1)
    assert reasons(at(MONDAY, 9)) == set()
    assert reasons(at(MONDAY + dt.timedelta(days=9), 9)) == set()
    assert "full" in reasons(at(MONDAY, 17))
    assert "spacing" in reasons(at(second.starts.date(), 14))
    AbsenceFactory(practitioner=sanne, starts=utc(tuesday, 0), ends=utc(tuesday, 12))
    assert reasons(at(tuesday, 9)) == {"leave"}
    assert reasons(at(tuesday, 9), practitioner=str(PractitionerFactory().pk)) == {"full"}
    AppointmentFactory(room=room, location=location, starts=utc(tuesday, 14))
    assert reasons(at(tuesday, 14)) == {"room"}


def test_a_kind_of_visit_that_is_out_of_use_still_says_what_it_takes() -> None:
    AppointmentKind.objects.filter(code="session").update(minutes=40, room_kind="", is_active=False)
    assert (day().kinds["session"].minutes, day().kinds["session"].room_kind) == (40, "")
