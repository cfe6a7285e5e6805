"""Plans, leave and free places on the screens of who plans: what is short, what must move, whom a place helps."""

import datetime as dt
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from plans.models import Plan
from practice.models import Absence, AccessEvent, Location, PracticeSettings, Practitioner, Staff
from scheduling import actions
from scheduling.models import Appointment, CalendarFeed, DroppedSession, Message, Offer, WaitingListEntry
from scheduling.steps import step_of
from scheduling.templatetags.agenda import time_away
from tests.factories.patients import ConsentFactory, PatientFactory
from tests.factories.plans import adopted, suggested
from tests.factories.practice import (
    AbsenceFactory,
    LocationFactory,
    PractitionerFactory,
    RoomFactory,
    StaffFactory,
    WorkingHoursFactory,
)
from tests.factories.scheduling import MONDAY_AT_NINE, AppointmentFactory
from tests.screens import queries, text

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 27, 8, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _friday_morning() -> Any:
    """It is Friday 27 November 2026, nine in the morning."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def place() -> Location:
    """A location with a room."""
    return RoomFactory(location=LocationFactory(name="Utrecht")).location


@pytest.fixture
def sanne(place: Location) -> Practitioner:
    """Works on weekdays from eight to five."""
    return working("Sanne", place)


@pytest.fixture
def desk() -> Client:
    """Somebody at the desk, signed in."""
    return signed_in(StaffFactory(roles=["front_desk"]))


def working(name: str, place: Location) -> Practitioner:
    """A practitioner with hours on weekdays."""
    who = PractitionerFactory(staff=StaffFactory(name=name))
    for weekday in range(1, 6):
        WorkingHoursFactory(practitioner=who, location=place, weekday=weekday)
    return who


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def visit(who: Practitioner, place: Location, **fields: Any) -> Appointment:
    """A visit with somebody in the room of a location."""
    room = place.rooms.first()
    return AppointmentFactory(**{"practitioner": who, "location": place, "room": room, **fields})


def at(name: str, *arguments: object) -> str:
    return reverse(name, args=arguments)


def again(row: Appointment) -> Appointment:
    return Appointment.objects.get(pk=row.pk)


# --- the buttons of a visit -----------------------------------------------------------------------------------------


def test_a_visit_is_cancelled_in_words_and_leads_to_whom_the_place_helps(
    desk: Client, sanne: Practitioner, place: Location
) -> None:
    booked = visit(sanne, place)
    refused = desk.post(at("appointment_cancel", booked.pk), {"version": 1})
    assert refused.status_code == 422
    done = desk.post(at("appointment_cancel", booked.pk), {"version": 1, "because": "patient"})
    assert done.url == at("freed_place", booked.pk)
    assert again(booked).state == "cancelled"


def test_an_old_page_changes_nothing_and_says_what_the_visit_is_now(
    desk: Client, sanne: Practitioner, place: Location
) -> None:
    booked = visit(sanne, place, starts=NOW, version=2)
    answer = desk.post(at("appointment_act", booked.pk), {"act": "arrive", "version": 1}, follow=True)
    assert "geboekt" in text(answer)
    assert again(booked).state == "booked"
    desk.post(at("appointment_act", booked.pk), {"act": "arrive", "version": 2})
    assert again(booked).state == "arrived"


def taken_up(desk: Client, gone: Appointment, **more: Any) -> Any:
    """The answer to booking a cancelled visit again after all."""
    return desk.post(at("appointment_act", gone.pk), {"act": "take_up", "version": gone.version} | more)


def test_a_place_that_was_given_away_says_so_and_one_click_books_another(
    desk: Client, sanne: Practitioner, place: Location
) -> None:
    gone = visit(sanne, place, state="cancelled", cancelled_at=NOW)
    visit(sanne, place, room=None)
    answer = taken_up(desk, gone)
    assert answer.status_code == 409
    assert text(answer).count("De behandelaar heeft dan inmiddels een andere afspraak.") == 1
    first, second = answer.context["nearest"]
    assert [str(one.start) for one in (first, second)] == ["2026-11-30 08:30:00", "2026-11-30 09:30:00"]
    assert first.value in text(answer)
    assert again(gone).state == "cancelled"

    taken_up(desk, gone, place=second.value)
    stored = again(gone)
    assert (stored.state, stored.starts, stored.cancelled_at) == ("booked", MONDAY_AT_NINE + HOUR / 2, None)
    assert AccessEvent.objects.filter(event="appointment_taken_up", object_id=str(gone.pk)).count() == 1


def test_another_place_that_is_taken_by_now_is_refused_with_others(
    desk: Client, sanne: Practitioner, place: Location
) -> None:
    gone = visit(sanne, place, state="cancelled", cancelled_at=NOW)
    visit(sanne, place)
    first = taken_up(desk, gone).context["nearest"][0]
    visit(sanne, place, starts=MONDAY_AT_NINE - HOUR / 2)
    answer = taken_up(desk, gone, place=first.value)
    assert answer.status_code == 409
    assert "Sanne is dan bezet." in text(answer)
    assert first.value not in [one.value for one in answer.context["nearest"]]
    assert again(gone).state == "cancelled"


def test_a_session_that_is_booked_on_another_day_is_not_booked_twice(
    desk: Client, sanne: Practitioner, place: Location
) -> None:
    plan = booked_plan(sanne, place)
    numbered = {"plan": plan, "patient": plan.patient, "session_number": 1}
    gone = visit(sanne, place, state="cancelled", cancelled_at=NOW, starts=MONDAY_AT_NINE + 10 * DAY, **numbered)
    answer = taken_up(desk, gone)
    assert answer.status_code == 409
    assert answer.context["nearest"] == []
    assert "Er is niets meer te boeken" in text(answer)


def test_a_hold_that_is_over_keeps_no_visit_from_being_taken_up(
    desk: Client, sanne: Practitioner, place: Location
) -> None:
    gone = visit(sanne, place, state="cancelled", cancelled_at=NOW)
    visit(sanne, place, state="held", held_until=NOW)
    taken_up(desk, gone)
    assert again(gone).state == "booked"


def test_the_tick_removes_holds_that_are_over_and_writes_that_down(sanne: Practitioner, place: Location) -> None:
    over = visit(sanne, place, state="held", held_until=NOW)
    held = visit(sanne, place, starts=MONDAY_AT_NINE + HOUR, state="held", held_until=NOW + HOUR)
    booked = visit(sanne, place, starts=MONDAY_AT_NINE + 2 * HOUR)
    said = StringIO()
    call_command("tick", stdout=said)
    assert set(Appointment.objects.all()) == {held, booked}
    assert "scheduling.actions.expire_holds: 1" in said.getvalue()
    written = AccessEvent.objects.get(event="hold_expired")
    assert (written.object_id, str(written.patient_id)) == (str(over.pk), str(over.patient_id))
    call_command("tick", stdout=said)
    assert AccessEvent.objects.filter(event="hold_expired").count() == 1


# --- plans ----------------------------------------------------------------------------------------------------------


def booked_plan(sanne: Practitioner, place: Location) -> Plan:
    """A plan of which the first three sessions are booked."""
    plan = adopted(suggested(author=sanne.staff))
    for number in (1, 2, 3):
        starts = MONDAY_AT_NINE + (number + 1) * DAY
        visit(sanne, place, plan=plan, patient=plan.patient, session_number=number, starts=starts)
    return plan


def test_a_plan_page_says_where_the_plan_stands_in_the_calendar(sanne: Practitioner, place: Location) -> None:
    plan = booked_plan(sanne, place)
    page = text(signed_in(sanne.staff).get(at("plan", plan.pk)))
    assert "In de agenda" in page
    assert "3 geboekt" in page


@pytest.mark.parametrize(("ticked", "left"), [({}, 3), ({"cancel_visits": "on"}, 0)])
def test_pausing_a_plan_keeps_or_cancels_its_visits(
    sanne: Practitioner, place: Location, ticked: dict[str, str], left: int
) -> None:
    plan, client = booked_plan(sanne, place), signed_in(sanne.staff)
    assert text(client.get(at("plan_pause", plan.pk))).count('class="row-title"') == 3
    client.post(at("plan_pause", plan.pk), ticked)
    assert Plan.objects.get().life == "paused"
    assert Appointment.objects.live().count() == left


def test_a_paused_plan_says_since_when_and_how_many_days_are_left(sanne: Practitioner, place: Location) -> None:
    plan, client = booked_plan(sanne, place), signed_in(sanne.staff)
    client.post(at("plan_pause", plan.pk))
    days = 7 * plan.current_revision.weeks - 1
    with time_machine.travel(NOW + 30 * DAY, tick=False):
        page = text(signed_in(sanne.staff).get(at("plan", plan.pk)))
    assert "Gepauzeerd sinds 27-nov" in page
    assert f"nog {days} dagen over" in page


def test_a_plan_that_never_started_can_only_be_stopped(sanne: Practitioner) -> None:
    PracticeSettings.objects.update_or_create(id=1, defaults={"review_before_care": True})
    plan, client = adopted(suggested(author=sanne.staff)), signed_in(sanne.staff)
    page = text(client.get(at("plan_end", plan.pk)))
    assert ('value="stopped"' in page, 'value="completed"' in page) == (True, False)


def test_stopping_a_plan_drops_what_will_not_be_given(sanne: Practitioner, place: Location) -> None:
    plan, client = booked_plan(sanne, place), signed_in(sanne.staff)
    first = Appointment.objects.get(session_number=1)
    Appointment.objects.filter(pk=first.pk).update(state="done")
    client.post(at("plan_end", plan.pk), {"to": "stopped", "reason": "Verhuisd", "cancel_visits": "on"})
    step = step_of(Plan.objects.get(), NOW)
    assert (step.done, step.booked, step.to_book) == ((1,), (), ())
    assert set(DroppedSession.objects.values_list("reason", flat=True)) == {"plan_ended"}


def test_a_refused_end_cancels_nothing(sanne: Practitioner, place: Location) -> None:
    plan, client = booked_plan(sanne, place), signed_in(sanne.staff)
    refused = client.post(at("plan_end", plan.pk), {"to": "stopped", "reason": "", "cancel_visits": "on"})
    assert refused.status_code == 422
    assert Appointment.objects.live().count() == 3


def test_a_session_is_dropped_with_its_reason_and_once(sanne: Practitioner, place: Location) -> None:
    plan, client = booked_plan(sanne, place), signed_in(sanne.staff)
    for number in (4, 4, 1):  # a second time, and one that is booked
        client.post(at("plan_drop_session", plan.pk), {"number": number, "reason": "goal_reached"})
    assert step_of(plan, NOW).dropped == (4,)


# --- leave that comes later -----------------------------------------------------------------------------------------


def test_leave_entered_later_names_every_visit_and_moves_all_at_once(
    desk: Client, sanne: Practitioner, place: Location
) -> None:
    plan = booked_plan(sanne, place)
    loose = visit(sanne, place)
    AbsenceFactory(practitioner=sanne, starts=MONDAY_AT_NINE - 9 * HOUR, ends=MONDAY_AT_NINE + 3 * DAY + HOUR)
    page = desk.get(at("leave_conflicts"))
    assert page.context["count"] == 3  # the loose one, and two of the plan
    assert "verlof" in text(page) or "afwezig" in text(page)
    keys = [swap.key for swap in page.context["swaps"] if swap.place]
    assert len(keys) == 3
    desk.post(at("leave_conflicts_move"), {"swap": keys})
    assert desk.get(at("leave_conflicts")).context["count"] == 0
    moved = Appointment.objects.filter(plan=plan, state="booked").order_by("starts")
    assert sorted(one.session_number for one in moved) == [1, 2, 3]
    assert len({one.starts.date() for one in moved}) == 3
    assert again(loose).starts != loose.starts
    assert again(loose).sequence == 1


def swapped_to(desk: Client) -> list[dt.datetime]:
    """The places that are proposed on the page."""
    return [swap.place.start for swap in desk.get(at("leave_conflicts")).context["swaps"] if swap.place]


def test_a_patient_is_asked_to_come_at_most_once_a_day(desk: Client, sanne: Practitioner, place: Location) -> None:
    working("Thomas", place)
    patient = PatientFactory()
    for days in range(3):
        visit(sanne, place, patient=patient, starts=MONDAY_AT_NINE + days * DAY)
    visit(sanne, place, patient=patient, starts=MONDAY_AT_NINE + 4 * DAY)  # stays
    AbsenceFactory(practitioner=sanne, starts=MONDAY_AT_NINE - HOUR, ends=MONDAY_AT_NINE + 2 * DAY + HOUR)
    places = swapped_to(desk)
    assert len(places) == 3
    assert len({place.date() for place in places}) == 3
    assert (MONDAY_AT_NINE + 4 * DAY).date() not in {place.date() for place in places}
    keys = [swap.key for swap in desk.get(at("leave_conflicts")).context["swaps"]]
    desk.post(at("leave_conflicts_move"), {"swap": keys})
    assert desk.get(at("leave_conflicts")).context["count"] == 0


def test_visits_that_were_on_one_day_may_stay_so(desk: Client, sanne: Practitioner, place: Location) -> None:
    working("Thomas", place)
    patient = PatientFactory()
    visit(sanne, place, patient=patient)
    visit(sanne, place, patient=patient, starts=MONDAY_AT_NINE + HOUR)
    AbsenceFactory(practitioner=sanne, starts=MONDAY_AT_NINE - HOUR, ends=MONDAY_AT_NINE + 30 * DAY)
    places = swapped_to(desk)
    assert len(places) == 2
    assert len(set(places)) == 2


def moved_together(desk: Client, sanne: Practitioner, place: Location) -> list[Appointment]:
    """Two visits in leave, after they were moved together; as they were before."""
    before = [visit(sanne, place), visit(sanne, place, starts=MONDAY_AT_NINE + HOUR)]
    AbsenceFactory(practitioner=sanne, starts=MONDAY_AT_NINE - HOUR, ends=MONDAY_AT_NINE + 3 * HOUR)
    keys = [swap.key for swap in desk.get(at("leave_conflicts")).context["swaps"]]
    answer = desk.post(at("leave_conflicts_move"), {"swap": keys}, follow=True)
    assert at("leave_conflicts_undo") in text(answer)
    return before


def test_visits_that_were_moved_together_are_put_back_and_nobody_is_told(
    desk: Client, sanne: Practitioner, place: Location
) -> None:
    before = moved_together(desk, sanne, place)
    assert Message.objects.waiting().count() == 2
    desk.post(at("leave_conflicts_undo"))
    assert [again(one).starts for one in before] == [one.starts for one in before]
    assert {again(one).sequence for one in before} == {2}
    assert not Message.objects.waiting().exists()
    assert AccessEvent.objects.filter(event="appointment_undone").count() == 2
    assert "niets" in text(desk.post(at("leave_conflicts_undo"), follow=True)).lower()


def test_moves_are_undone_for_half_a_minute_only(desk: Client, sanne: Practitioner, place: Location) -> None:
    before = moved_together(desk, sanne, place)
    with time_machine.travel(NOW + dt.timedelta(seconds=31), tick=False):
        assert at("leave_conflicts_undo") not in text(desk.get(at("leave_conflicts")))
        desk.post(at("leave_conflicts_undo"))
    assert [one for one in before if again(one).starts == one.starts] == []


def test_moves_are_not_undone_when_a_colleague_changed_one_of_them(
    desk: Client, sanne: Practitioner, place: Location
) -> None:
    before = moved_together(desk, sanne, place)
    Appointment.objects.filter(pk=before[0].pk).update(version=9)
    desk.post(at("leave_conflicts_undo"))
    assert [one for one in before if again(one).starts == one.starts] == []


def test_a_visit_for_which_there_is_no_other_place_says_why(desk: Client, sanne: Practitioner, place: Location) -> None:
    visit(sanne, place)
    AbsenceFactory(practitioner=sanne, starts=MONDAY_AT_NINE - 9 * HOUR, ends=MONDAY_AT_NINE + 30 * DAY)
    page = desk.get(at("leave_conflicts"))
    (swap,) = page.context["swaps"]
    assert swap.place is None
    assert swap.why_not == "Sanne is er niet (verlof)."
    assert f"{swap.why_not} <span" in text(page)


def test_a_swap_that_was_not_shown_moves_nothing(desk: Client, sanne: Practitioner, place: Location) -> None:
    booked = visit(sanne, place)
    AbsenceFactory(practitioner=sanne, starts=MONDAY_AT_NINE, ends=MONDAY_AT_NINE + HOUR)
    answer = desk.post(at("leave_conflicts_move"), {"swap": f"{booked.pk} 1 2026-12-24T09:00:00 1 1"}, follow=True)
    assert "niets verzet" in text(answer)
    assert again(booked).starts == booked.starts


def test_a_visit_within_working_hours_is_no_conflict(desk: Client, sanne: Practitioner, place: Location) -> None:
    visit(sanne, place)
    assert desk.get(at("leave_conflicts")).context["count"] == 0


def test_the_number_of_queries_does_not_grow_with_the_visits(
    desk: Client, sanne: Practitioner, place: Location
) -> None:
    visit(sanne, place, starts=MONDAY_AT_NINE + 8 * DAY)
    one = queries(desk, at("waiting_list"))
    for hours in range(1, 6):
        visit(sanne, place, starts=MONDAY_AT_NINE + hours * HOUR)
    assert queries(desk, at("waiting_list")) == one


# --- free places ----------------------------------------------------------------------------------------------------


def freed(who: Practitioner, place: Location, **fields: Any) -> Appointment:
    """A visit that was cancelled."""
    return visit(who, place, state="cancelled", cancelled_at=NOW, cancel_reason="patient", **fields)


def test_a_free_place_is_offered_kept_and_accepted(desk: Client, sanne: Practitioner, place: Location) -> None:
    later = visit(sanne, place, starts=MONDAY_AT_NINE + 3 * DAY)
    desk.post(at("wants_earlier", later.pk))
    free = freed(sanne, place)
    assert str(later.patient) in text(desk.get(at("freed_place", free.pk)))
    entry = WaitingListEntry.objects.get()
    desk.post(at("offer_make", free.pk), {"entry": entry.pk, "hours": 2})
    with pytest.raises(IntegrityError, match="at_once"), transaction.atomic():
        visit(sanne, place)  # nobody else gets it meanwhile
    desk.post(at("offer_answer", Offer.objects.get().pk), {"answer": "accept"})
    assert again(later).starts == free.starts
    assert (again(later).state, again(later).sequence) == ("booked", 1)
    assert Appointment.objects.filter(state="held").count() == 0
    assert WaitingListEntry.objects.open().count() == 0
    desk.post(at("offer_answer", Offer.objects.get().pk), {"answer": "decline"})
    assert Offer.objects.get().state == "accepted"


@pytest.mark.django_db(transaction=True)
def test_somebody_who_waits_for_a_first_place_gets_it(desk: Client, sanne: Practitioner, place: Location) -> None:
    patient, free = PatientFactory(), freed(sanne, place)
    desk.post(at("waiting_list_add", patient.pk), {"minutes": 30, "weekdays": [1], "day_parts": ["morning"]})
    entry = WaitingListEntry.objects.get()
    desk.post(at("offer_make", free.pk), {"entry": entry.pk, "hours": 2})
    desk.post(at("offer_answer", Offer.objects.get().pk), {"answer": "accept"})
    assert Appointment.objects.booked().get().patient == patient


def test_an_offer_that_expires_lets_the_place_go_to_others(desk: Client, sanne: Practitioner, place: Location) -> None:
    patient, free = PatientFactory(), freed(sanne, place)
    desk.post(at("waiting_list_add", patient.pk), {"minutes": 30})
    desk.post(at("offer_make", free.pk), {"entry": WaitingListEntry.objects.get().pk, "hours": 1})
    assert actions.expire_offers(now=NOW + HOUR - dt.timedelta(seconds=1)) == 0
    assert actions.expire_offers(now=NOW + HOUR) == 1
    assert Offer.objects.get().state == "expired"
    assert Appointment.objects.live().count() == 0
    assert WaitingListEntry.objects.open().count() == 1


def test_a_declined_place_is_not_offered_to_the_same_person_again(
    desk: Client, sanne: Practitioner, place: Location
) -> None:
    patient, free = PatientFactory(), freed(sanne, place)
    desk.post(at("waiting_list_add", patient.pk), {"minutes": 30})
    desk.post(at("offer_make", free.pk), {"entry": WaitingListEntry.objects.get().pk, "hours": 1})
    desk.post(at("offer_answer", Offer.objects.get().pk), {"answer": "decline"})
    page = desk.get(at("waiting_list"))
    assert [place.helped for place in page.context["freed"]] == [()]


def test_a_place_that_is_taken_again_is_not_shown(desk: Client, sanne: Practitioner, place: Location) -> None:
    freed(sanne, place)
    assert len(desk.get(at("waiting_list")).context["freed"]) == 1
    visit(sanne, place)
    assert desk.get(at("waiting_list")).context["freed"] == []


def test_a_visit_that_cannot_be_is_helped_first(desk: Client, sanne: Practitioner, place: Location) -> None:
    tom = working("Tom", place)
    desk.post(at("waiting_list_add", PatientFactory().pk), {"minutes": 30})
    stuck = visit(tom, place, starts=MONDAY_AT_NINE + DAY)
    AbsenceFactory(practitioner=tom, starts=MONDAY_AT_NINE, ends=MONDAY_AT_NINE + 2 * DAY)
    free = freed(sanne, place)
    helped = desk.get(at("freed_place", free.pk)).context["freed"].helped
    assert helped[0].visit == stuck
    desk.post(at("offer_make", free.pk), {"visit": stuck.pk, "hours": 2})
    desk.post(at("offer_answer", Offer.objects.get().pk), {"answer": "accept"})
    assert (again(stuck).practitioner, again(stuck).starts) == (sanne, free.starts)


def test_an_offer_is_told_by_email_only_while_it_is_open(desk: Client, sanne: Practitioner, place: Location) -> None:
    patient, free = ConsentFactory(kind="email_reminders").patient, freed(sanne, place)
    desk.post(at("waiting_list_add", patient.pk), {"minutes": 30})
    desk.post(at("offer_make", free.pk), {"entry": WaitingListEntry.objects.get().pk, "hours": 1})
    actions.send_messages(now=NOW + dt.timedelta(minutes=5))
    assert "vrijgekomen" in str(mail.outbox[0].body)
    assert mail.outbox[0].attachments == []


# --- calendar files -------------------------------------------------------------------------------------------------


def feed_of(who: Practitioner) -> str:
    """The address of somebody's calendar, made on screen."""
    page = signed_in(who.staff).post(at("own_calendar"), {"act": "make"})
    return str(page.context["address"])


def test_a_feed_holds_times_initials_and_rooms_in_wall_time_and_no_name(sanne: Practitioner, place: Location) -> None:
    patient = PatientFactory(initials="J.", given_name="Jan", family_name="Zonderling")
    visit(sanne, place, patient=patient)
    file = text(Client().get(feed_of(sanne)))
    assert "DTSTART;TZID=Europe/Amsterdam:20261130T090000" in file
    assert "SUMMARY:J.Z." in file
    assert "Zonderling" not in file
    assert "BEGIN:VTIMEZONE" in file


def test_a_calendar_follows_a_move_and_a_cancellation_by_the_same_uid(sanne: Practitioner, place: Location) -> None:
    booked = visit(sanne, place)
    address = feed_of(sanne)
    before = text(Client().get(address))
    actions.cancel(appointment=booked, version=1, because="patient", by=sanne.staff, now=NOW)
    after = text(Client().get(address))
    assert f"UID:{booked.pk}@traject" in before
    assert f"UID:{booked.pk}@traject" in after
    assert ("SEQUENCE:0" in before, "STATUS:CONFIRMED" in before) == (True, True)
    assert ("SEQUENCE:1" in after, "STATUS:CANCELLED" in after) == (True, True)


def test_the_address_is_kept_as_a_hash_and_can_be_revoked_and_replaced(sanne: Practitioner) -> None:
    first, second = feed_of(sanne), feed_of(sanne)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    assert second.split("/")[-2] not in str(list(CalendarFeed.objects.values_list()))
    signed_in(sanne.staff).post(at("own_calendar"), {"act": "revoke"})
    assert Client().get(second).status_code == 404


def test_a_feed_of_somebody_who_left_is_closed(sanne: Practitioner) -> None:
    address = feed_of(sanne)
    Staff.objects.filter(pk=sanne.staff_id).update(is_active=False)
    assert Client().get(address).status_code == 404


def test_guessing_addresses_and_reading_too_often_are_slowed_down(sanne: Practitioner) -> None:
    address = feed_of(sanne)
    assert [Client().get(address).status_code for _ in range(31)] == [200] * 30 + [429]
    guesses = [Client().get(at("calendar_feed", f"guess-{n}")).status_code for n in range(21)]
    assert guesses == [404] * 20 + [429]


# --- leave of one's own ---------------------------------------------------------------------------------------------


def test_a_practitioner_enters_leave_and_hears_how_many_visits_it_touches(sanne: Practitioner, place: Location) -> None:
    visit(sanne, place)
    client = signed_in(sanne.staff)
    page = client.post(at("own_leave"), {"first": "2026-11-30", "last": "2026-12-01"}, follow=True)
    assert "1 bezoek valt erin" in text(page)
    assert "ma 30 november 2026 – di 1 december 2026" in text(page)
    absence = sanne.absences.get()
    assert absence.ends - absence.starts == 2 * DAY
    client.post(at("own_leave_remove", absence.pk))
    assert not sanne.absences.exists()


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ((0, 24), "ma 30 november 2026"),
        ((0, 72), "ma 30 november 2026 – wo 2 december 2026"),
        ((9, 12), "ma 30 november 2026 09:00–12:00"),
        ((0, 12), "ma 30 november 2026 00:00–12:00"),
        ((13, 48), "ma 30 november 2026 13:00 – wo 2 december 2026 00:00"),
    ],
)
def test_leave_is_said_in_days_where_these_are_whole(hours: tuple[int, int], said: str) -> None:
    starts, ends = (MONDAY_AT_NINE + (hour - 9) * HOUR for hour in hours)
    with translation.override("nl"):
        assert time_away(Absence(starts=starts, ends=ends)) == said


def test_nobody_takes_back_the_leave_of_somebody_else(sanne: Practitioner, place: Location) -> None:
    absence = AbsenceFactory(practitioner=working("Tom", place))
    assert signed_in(sanne.staff).post(at("own_leave_remove", absence.pk)).status_code == 404


def test_leave_that_ends_before_it_begins_is_refused(sanne: Practitioner) -> None:
    refused = signed_in(sanne.staff).post(at("own_leave"), {"first": "2026-12-02", "last": "2026-12-01"})
    assert refused.status_code == 422


# --- today ----------------------------------------------------------------------------------------------------------


def test_today_shows_the_own_visits_of_the_day_in_their_order(sanne: Practitioner, place: Location) -> None:
    later = visit(sanne, place, starts=NOW + 3 * HOUR)
    first = visit(sanne, place, starts=NOW + HOUR)
    cancelled = visit(sanne, place, starts=NOW + 2 * HOUR, state="cancelled", cancelled_at=NOW)
    others = visit(working("Tom", place), place, starts=NOW + 5 * HOUR)
    tomorrow = visit(sanne, place, starts=NOW + 3 * DAY)
    page = signed_in(sanne.staff).get("/").content.decode()
    shown = [page.find(at("appointment", one.pk)) for one in (first, later)]
    assert 0 < shown[0] < shown[1]
    assert all(at("appointment", one.pk) not in page for one in (cancelled, others, tomorrow))


def test_a_day_without_visits_says_when_the_next_one_is(sanne: Practitioner, place: Location) -> None:
    visit(sanne, place, starts=NOW + 3 * DAY)
    assert "Geen bezoeken vandaag. Het volgende is op ma 30 november 09:00." in text(signed_in(sanne.staff).get("/"))


def test_a_manager_sees_which_plans_lack_visits_and_not_for_what(place: Location) -> None:
    plan = adopted(suggested())
    page = text(signed_in(StaffFactory(roles=["manager"])).get("/admin/scheduling/plantoschedule/"))
    assert plan.patient.family_name in page
    assert plan.title["nl"] not in page
