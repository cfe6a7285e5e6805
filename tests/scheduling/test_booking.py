"""A series is proposed, held, booked and taken back through its actions; what stands in the way is said."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from patients.policies import Refused
from plans import actions as plan_actions
from plans.models import Plan
from practice.models import AccessEvent, Location, PracticeSettings, Practitioner, Staff
from scheduling import actions
from scheduling.actions.bookings import HOLD, as_json, from_json, pins_of, placements_of
from scheduling.availability import placement_of
from scheduling.domain.clock import wall_time
from scheduling.domain.instance import Placement
from scheduling.models import Appointment, AppointmentKind, Message, Series
from tests.factories.patients import PatientFactory
from tests.factories.plans import adopted
from tests.factories.practice import (
    AbsenceFactory,
    LocationFactory,
    OpeningHoursFactory,
    PractitionerFactory,
    RoomFactory,
    StaffFactory,
    WorkingHoursFactory,
)
from tests.factories.scheduling import AppointmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons_in_english")]
NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
NINE = dt.datetime.combine(dt.date(2026, 12, 1), dt.time(9))


@pytest.fixture
def place() -> Location:
    """A location with two rooms that is open on working days."""
    location = LocationFactory()
    for weekday in range(1, 6):
        OpeningHoursFactory(location=location, weekday=weekday)
    RoomFactory.create_batch(2, location=location)
    return location


@pytest.fixture
def sanne(place: Location) -> Practitioner:
    """Who works there on working days."""
    return works(PractitionerFactory(staff__name="Sanne"), place)


@pytest.fixture
def desk() -> Staff:
    """Who answers the telephone."""
    return StaffFactory(roles=["front_desk"])


@pytest.fixture
def plan(sanne: Practitioner, place: Location) -> Plan:
    """An active plan of somebody whom Sanne treats."""
    return adopted(fields={"episode__practitioner": sanne, "episode__location": place})


def works(who: Practitioner, place: Location) -> Practitioner:
    """Give somebody working hours on working days."""
    for weekday in range(1, 6):
        WorkingHoursFactory(practitioner=who, location=place, weekday=weekday)
    return who


def proposed(plan: Plan, by: Staff, now: dt.datetime = NOW, **options: Any) -> Series:
    """A proposal that is held."""
    return actions.propose_series(plan=plan, request_key=uuid.uuid4(), by=by, now=now, **options)


def booked(plan: Plan, by: Staff, now: dt.datetime = NOW) -> Series:
    """A series that is booked."""
    return actions.book_series(series=proposed(plan, by, now), by=by, now=now)


def states(series: Series) -> list[str]:
    """Where the visits of a series stand."""
    return list(series.appointments.order_by("session_number").values_list("state", flat=True))


def sessions(plan: Plan) -> int:
    """How many sessions a plan asks for."""
    return plan.current_revision.planned_sessions.count()


# --- held -----------------------------------------------------------------------------------------------------------


def test_a_proposal_holds_a_place_for_each_session_for_five_minutes(plan: Plan, desk: Staff) -> None:
    series = proposed(plan, desk)
    assert states(series) == ["held"] * sessions(plan)
    assert set(series.appointments.values_list("held_until", flat=True)) == {NOW + HOLD}
    assert AccessEvent.objects.filter(event="series_held", patient_id=plan.episode.patient_id).count() == 1


def test_the_same_request_proposes_once(plan: Plan, desk: Staff) -> None:
    key = uuid.uuid4()
    first, second = (actions.propose_series(plan=plan, request_key=key, by=desk, now=NOW) for _ in range(2))
    assert first == second
    assert Appointment.objects.count() == sessions(plan)


def test_proposing_again_lets_go_of_what_was_held_before(plan: Plan, desk: Staff) -> None:
    first = proposed(plan, desk)
    second = proposed(plan, desk, NOW + MINUTE)
    assert states(first) == []
    assert len(states(second)) == sessions(plan)


def test_a_colleague_who_schedules_the_plan_goes_first(plan: Plan, desk: Staff) -> None:
    proposed(plan, desk)
    with pytest.raises(Refused, match=f"{desk.name} is scheduling this plan and holds places until 10:05"):
        proposed(plan, StaffFactory(), NOW + MINUTE)
    assert proposed(plan, StaffFactory(), NOW + HOLD).pk


def test_a_hold_is_extended_until_it_is_over(plan: Plan, desk: Staff) -> None:
    series = proposed(plan, desk)
    actions.extend_hold(series=series, by=desk, now=NOW + 4 * MINUTE)
    assert series.appointments.first().held_until == NOW + 4 * MINUTE + HOLD
    with pytest.raises(Refused, match="The hold is over"):
        actions.extend_hold(series=series, by=desk, now=NOW + 9 * MINUTE)


def test_places_that_were_held_are_free_for_others_when_the_hold_is_over(plan: Plan, desk: Staff) -> None:
    first = proposed(plan, desk)
    visit = first.appointments.order_by("starts").first()
    other = PatientFactory()
    there = replace(placement_of(visit), number=1)
    kind = AppointmentKind.objects.named("session")
    with pytest.raises(actions.NotPossible, match="Sanne is taken then"):
        actions.book_one(patient=other, kind=kind, placement=there, by=desk, now=NOW + 4 * MINUTE)
    assert actions.book_one(patient=other, kind=kind, placement=there, by=desk, now=NOW + HOLD).state == "booked"


def test_pinned_sessions_stay_and_skipped_ones_are_left_out(plan: Plan, desk: Staff) -> None:
    before = placements_of(proposed(plan, desk))
    pin = replace(before[1], start=before[1].start.replace(hour=15, minute=30))
    series = proposed(plan, desk, pins=[pin], skips=[3])
    after = {one.number: one for one in placements_of(series)}
    assert after[2] == pin
    assert 3 not in after
    assert pins_of(series) == {2}
    assert len(states(series)) == sessions(plan) - 1


def test_another_place_for_one_session_leaves_the_others_where_they_are(plan: Plan, desk: Staff) -> None:
    series = proposed(plan, desk)
    before = {one.number: one for one in placements_of(series)}
    elsewhere = replace(before[2], start=before[2].start.replace(hour=16, minute=0))
    changed = actions.change_proposal(series=series, place=elsewhere, by=desk, now=NOW + MINUTE)
    assert {one.number: one for one in placements_of(changed)} == before | {2: elsewhere}
    assert pins_of(changed) == {2}


def test_a_placement_is_kept_whole() -> None:
    for one in (
        Placement(1, NINE, 30, "3", "4", "5"),
        Placement(2, NINE, 45, "3", None, "5"),
    ):
        assert from_json(as_json(one)) == one


def test_a_plan_that_is_not_active_is_not_scheduled(plan: Plan, desk: Staff) -> None:
    plan_actions.pause(plan=plan, by=plan.author, now=NOW)
    plan.refresh_from_db()
    with pytest.raises(Refused, match="This plan is paused"):
        proposed(plan, desk)


def test_a_plan_that_waits_for_its_review_is_not_scheduled(sanne: Practitioner, desk: Staff) -> None:
    PracticeSettings.objects.update_or_create(id=1, defaults={"review_before_care": True})
    with pytest.raises(Refused, match="waits for its review"):
        proposed(adopted(fields={"episode__practitioner": sanne}), desk)


# --- booked ---------------------------------------------------------------------------------------------------------


def test_a_proposal_is_booked_whole(plan: Plan, desk: Staff) -> None:
    series = booked(plan, desk)
    assert states(series) == ["booked"] * sessions(plan)
    assert series.booked_at == NOW
    message = Message.objects.get()
    assert (message.kind, message.series) == ("booked", series)
    assert message.send_after > NOW + 30 * SECOND
    assert AccessEvent.objects.filter(event="series_booked").count() == 1


def test_sent_twice_it_is_booked_once(plan: Plan, desk: Staff) -> None:
    series = proposed(plan, desk)
    for second in range(2):
        actions.book_series(series=series, by=desk, now=NOW + second * SECOND)
    assert Appointment.objects.booked().count() == sessions(plan)
    assert Message.objects.count() == 1


def test_only_some_are_booked_and_the_others_let_go(plan: Plan, desk: Staff) -> None:
    series = proposed(plan, desk)
    actions.book_series(series=series, by=desk, now=NOW, numbers=[1, 3])
    assert list(series.appointments.values_list("session_number", "state")) == [(1, "booked"), (3, "booked")]


def test_a_hold_that_is_over_is_booked_when_the_places_are_still_free(plan: Plan, desk: Staff) -> None:
    series = proposed(plan, desk)
    Appointment.objects.expired_holds(NOW + HOLD).delete()
    actions.book_series(series=series, by=desk, now=NOW + HOLD)
    assert states(series) == ["booked"] * sessions(plan)


Spoil = Callable[[Practitioner, Appointment], Any]
SPOILED: dict[str, tuple[Spoil, str]] = {
    "leave": (
        lambda sanne, visit: AbsenceFactory(practitioner=sanne, starts=visit.starts - DAY, ends=visit.ends + DAY),
        "Sanne is away (leave).",
    ),
    "another booking": (
        lambda sanne, visit: AppointmentFactory(
            practitioner=sanne, location=visit.location, starts=visit.starts, ends=visit.ends
        ),
        "Sanne is taken then.",
    ),
    "the patient elsewhere": (
        lambda _sanne, visit: AppointmentFactory(patient=visit.patient, starts=visit.starts, ends=visit.ends),
        "The patient has another appointment then.",
    ),
}


@pytest.mark.parametrize("what", SPOILED)
def test_what_changed_since_the_proposal_is_listed_and_nothing_is_booked(
    what: str, plan: Plan, sanne: Practitioner, desk: Staff
) -> None:
    series = proposed(plan, desk)
    visit = series.appointments.get(session_number=2)
    Appointment.objects.expired_holds(NOW + HOLD).delete()
    spoil, said = SPOILED[what]
    spoil(sanne, visit)
    with pytest.raises(actions.SeriesChanged) as refusal:
        actions.book_series(series=series, by=desk, now=NOW + HOLD)
    changed = {
        change.placement.number: [reason.text.en for reason in change.reasons] for change in refusal.value.changes
    }
    assert said in changed[2]
    assert not Appointment.objects.booked().filter(plan=plan).exists()
    assert Series.objects.get(pk=series.pk).booked_at is None
    again = actions.propose_series(plan=plan, request_key=uuid.uuid4(), by=desk, now=NOW + HOLD)
    assert again.appointments.get(session_number=2).starts != visit.starts


def test_a_booking_is_taken_back_within_thirty_seconds(plan: Plan, desk: Staff) -> None:
    series = booked(plan, desk)
    actions.undo_series(series=series, by=desk, now=NOW + 30 * SECOND)
    assert states(series) == ["cancelled"] * sessions(plan)
    assert Message.objects.waiting().count() == 0
    assert booked(plan, desk, NOW + MINUTE).pk != series.pk


@pytest.mark.parametrize(("after", "reason"), [(31, "for 30 seconds"), (0, "nothing to undo")])
def test_a_booking_is_not_taken_back_later_or_twice(after: int, reason: str, plan: Plan, desk: Staff) -> None:
    series = booked(plan, desk)
    if not after:
        actions.undo_series(series=series, by=desk, now=NOW)
    with pytest.raises(Refused, match=reason):
        actions.undo_series(series=series, by=desk, now=NOW + after * SECOND)


def test_the_rest_of_a_plan_is_booked_beside_what_has_a_place(plan: Plan, desk: Staff) -> None:
    first = actions.book_series(series=proposed(plan, desk), numbers=[1, 2], by=desk, now=NOW)
    rest = booked(plan, desk, NOW + MINUTE)
    assert rest.appointments.count() == sessions(plan) - 2
    assert max(first.appointments.values_list("starts")) < min(rest.appointments.values_list("starts"))


# --- together -------------------------------------------------------------------------------------------------------


def test_several_plans_are_proposed_such_that_all_can_be_booked(
    sanne: Practitioner, place: Location, desk: Staff
) -> None:
    plans = [adopted(fields={"episode__practitioner": sanne, "episode__location": place}) for _ in range(3)]
    held = actions.propose_together(plans=plans, by=desk, now=NOW)
    for series in held:
        actions.book_series(series=series, by=desk, now=NOW)
    assert Appointment.objects.booked().count() == sum(sessions(plan) for plan in plans)


def test_no_more_than_forty_plans_go_together(plan: Plan, desk: Staff) -> None:
    with pytest.raises(Refused, match="At most 40"):
        actions.propose_together(plans=[plan] * 41, by=desk, now=NOW)


# --- one visit ------------------------------------------------------------------------------------------------------


@pytest.fixture
def visit(plan: Plan, desk: Staff) -> Appointment:
    """The second visit of a booked series."""
    return booked(plan, desk).appointments.get(session_number=2)


def test_a_visit_is_moved_where_it_can_be(visit: Appointment, desk: Staff) -> None:
    there = replace(placement_of(visit), start=wall_time(visit.starts).replace(hour=16))
    moved = actions.move_appointment(appointment=visit, version=visit.version, placement=there, by=desk, now=NOW)
    assert (wall_time(moved.starts), moved.version, moved.sequence) == (there.start, visit.version + 1, 1)
    assert Message.objects.filter(kind="changed", appointment=visit).exists()


def test_a_move_says_what_stands_in_the_way(visit: Appointment, sanne: Practitioner, desk: Staff) -> None:
    there = replace(placement_of(visit), start=wall_time(visit.starts) + DAY)
    AbsenceFactory(practitioner=sanne, starts=visit.starts, ends=visit.starts + 2 * DAY)
    with pytest.raises(actions.NotPossible, match="away"):
        actions.move_appointment(appointment=visit, version=visit.version, placement=there, by=desk, now=NOW)


def test_nobody_moves_a_visit_that_was_moved_meanwhile(visit: Appointment, desk: Staff) -> None:
    with pytest.raises(actions.Stale):
        actions.move_appointment(appointment=visit, version=0, placement=placement_of(visit), by=desk, now=NOW)


@pytest.mark.parametrize(
    ("role", "because", "outcome"),
    [
        ("physiotherapist", "Stagiair onder toezicht", ""),
        ("physiotherapist", " ", "Write why"),
        ("front_desk", "Stagiair onder toezicht", "Only a practitioner or a manager"),
    ],
)
def test_visits_share_a_practitioner_on_purpose_with_a_right_and_a_reason(
    role: str, because: str, outcome: str, visit: Appointment
) -> None:
    staff, kind = StaffFactory(roles=[role]), AppointmentKind.objects.named("session")

    def book() -> Appointment:
        there = replace(placement_of(visit), number=1)
        return actions.book_one(
            patient=PatientFactory(), kind=kind, placement=there, by=staff, now=NOW, overlap_because=because
        )

    if outcome:
        with pytest.raises(Refused, match=outcome):
            book()
    else:
        assert book().overlap_by == staff


def test_one_visit_sent_twice_is_booked_once(sanne: Practitioner, place: Location, desk: Staff) -> None:
    kind, patient = AppointmentKind.objects.named("session"), PatientFactory()
    room = place.rooms.first()
    there = Placement(1, NINE, 30, str(sanne.pk), str(room.pk), str(place.pk))
    first, second = (
        actions.book_one(patient=patient, kind=kind, placement=there, by=desk, now=NOW + again * SECOND)
        for again in range(2)
    )
    assert first == second
