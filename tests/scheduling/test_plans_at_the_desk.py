"""The desk reads where plans stand in the calendar, on the pages where it works, and nothing clinical."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localtime

from plans import actions as plan_actions
from plans.models import Plan
from practice.models import Location, Practitioner, Staff
from scheduling import actions
from scheduling.models import Appointment, Series
from tests.factories.plans import ACUTE, adopted, choice
from tests.factories.practice import StaffFactory
from tests.factories.scheduling import AppointmentFactory
from tests.scheduling.test_booking import DAY, NOW, booked, desk, place, plan, proposed, sanne, sessions
from tests.screens import queries, text

__all__ = ["desk", "place", "plan", "sanne"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons_in_english")]


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    """It is Monday the 23rd."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(desk: Staff) -> Client:
    """The browser of the desk, in English."""
    return signed_in(desk)


@pytest.fixture
def series(plan: Plan, desk: Staff) -> Series:
    """The whole plan, booked."""
    return booked(plan, desk)


def signed_in(staff: Staff) -> Client:
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(staff)
    return browser


def at(name: str, *arguments: object) -> str:
    return reverse(name, args=arguments)


def first_of(series: Series) -> Appointment:
    return series.appointments.order_by("starts")[0]


def shortened(plan: Plan) -> int:
    """Take sessions out of a plan whose visits are all booked; gives how many visits are beyond it now."""
    was = sessions(plan)
    kept = choice(plan.suggestion, ACUTE)
    fewer = {phase.code: {"sessions_per_week": phase.sessions_per_week / 2} for phase in kept.phases}
    reasons = {name: ("planning", "") for phase in kept.phases for name in [f"{phase.code}.sessions_per_week"]}
    plan_actions.revise(
        plan=plan,
        base=1,
        choice=choice(plan.suggestion, ACUTE, **fewer, reasons=reasons),
        by=plan.author,
        now=NOW,
    )
    return was - Plan.objects.get(pk=plan.pk).current_revision.sessions


# --- on the page of a visit -----------------------------------------------------------------------------------------


def test_after_a_no_show_the_desk_reads_that_the_plan_is_short_and_one_click_finds_a_place(
    client: Client, plan: Plan, series: Series
) -> None:
    visit = first_of(series)
    with time_machine.travel(visit.ends, tick=False):
        browser = signed_in(StaffFactory(roles=["front_desk"]))
        page = at("appointment", visit.pk)
        assert "visit short" not in text(browser.get(page))
        browser.post(at("appointment_act", visit.pk), {"act": "miss", "version": visit.version, "next": page})
        shown = text(browser.get(page))
        assert "1 visit short" in shown
        assert f'action="{at("series", plan.pk)}"' in shown
        found = text(browser.post(at("series", plan.pk), {"propose": "1"}, follow=True))
    assert "Book the 1 visit" in found


def test_the_page_after_a_cancellation_says_that_the_plan_is_short(client: Client, plan: Plan, series: Series) -> None:
    visit = first_of(series)
    asked = {"version": visit.version, "because": "patient"}
    landed = text(client.post(at("appointment_cancel", visit.pk), asked, follow=True))
    assert f"The plan of {plan.patient} is 1 visit short." in landed
    assert f'action="{at("series", plan.pk)}"' in landed
    assert "1 visit short" in text(client.get(at("appointment", visit.pk)))


def test_a_visit_without_a_plan_says_nothing_of_one(client: Client, plan: Plan, series: Series) -> None:
    Appointment.objects.update(plan=None, session_number=None)
    assert "In the calendar" not in text(client.get(at("appointment", first_of(series).pk)))


def test_nothing_on_these_pages_is_clinical_or_closed_to_the_desk(client: Client, plan: Plan, series: Series) -> None:
    shortened(plan)
    visit = first_of(series)
    client.post(at("appointment_cancel", visit.pk), {"version": visit.version, "because": "patient"})
    shown = [text(client.get(at("appointment", visit.pk))), text(client.get(at("freed_place", visit.pk)))]
    shown += [text(client.get(at("series", plan.pk))), text(client.get("/to-schedule/")), text(client.get("/"))]
    protocol = plan.protocol_version.protocol
    clinical = [plan.title["nl"], plan.title["en"], *(technique.title.en for technique in protocol.techniques.values())]
    clinical += [phase["title"]["en"] for phase in plan.current_revision.content["phases"]]
    closed = [at(name, plan.pk) for name in ("plan", "plan_cancel_beyond", "plan_drop_session", "plan_pause")]
    assert [word for word in (*clinical, *(f'"{page}"' for page in closed)) for page in shown if word in page] == []


# --- visits beyond the plan -----------------------------------------------------------------------------------------


def test_the_desk_sees_visits_beyond_the_plan_and_who_treats_cancels_them(
    client: Client, plan: Plan, series: Series
) -> None:
    beyond = shortened(plan)
    page = at("series", plan.pk)
    shown = text(client.get(page))
    assert f"{beyond} visits are booked that the plan does not ask for any more." in shown
    assert shown.count("· beyond the plan") == beyond
    therapist = signed_in(plan.author)
    assert at("plan_cancel_beyond", plan.pk) in text(therapist.get(page))
    answer = therapist.post(at("plan_cancel_beyond", plan.pk), {"next": page})
    assert answer.url == page
    assert "beyond the plan" not in text(client.get(page))


def test_today_counts_what_is_out_of_step_and_the_list_names_it(client: Client, plan: Plan, series: Series) -> None:
    assert "short of visits" not in text(client.get("/"))
    assert "beyond" not in text(client.get("/to-schedule/"))
    beyond = shortened(plan)
    visit = first_of(series)
    client.post(at("appointment_cancel", visit.pk), {"version": visit.version, "because": "patient"})
    today, listed = text(client.get("/")), text(client.get("/to-schedule/"))
    assert "1 running plan is short of visits" in today
    assert f"{beyond} visits are booked beyond their plan" in today
    assert "1 visit short" in listed
    last = series.appointments.order_by("starts").last()
    assert at("appointment", last.pk) in listed


def test_a_plan_that_was_never_booked_is_to_be_scheduled_and_not_short(client: Client, plan: Plan) -> None:
    assert str(plan.patient) in text(client.get("/to-schedule/"))
    assert "visits short" not in text(client.get("/to-schedule/"))
    assert "short of visits" not in text(client.get("/"))


def test_today_and_the_list_take_as_many_queries_for_many_plans(
    client: Client, plan: Plan, series: Series, desk: Staff, sanne: Practitioner, place: Location
) -> None:
    def out_of_step(plan: Plan, series: Series) -> None:
        shortened(plan)
        series.appointments.filter(session_number=1).update(state="no_show")

    out_of_step(plan, series)
    one = [queries(client, page) for page in ("/", "/to-schedule/")]
    for days in (1, 2):
        other = adopted(fields={"episode__practitioner": sanne, "episode__location": place})
        out_of_step(other, booked(other, desk, NOW + days * DAY))
    assert [queries(client, page) for page in ("/", "/to-schedule/")] == one


# --- from the patient -----------------------------------------------------------------------------------------------


def visit_links(page: str, series: Series) -> list[bool]:
    """For each visit of a series, in their order, whether the page links to it."""
    return [at("appointment", visit.pk) in page for visit in series.appointments.order_by("starts")]


def test_the_record_of_a_patient_lists_the_visits_to_come_and_folds_away_the_others(
    client: Client, plan: Plan, series: Series, sanne: Practitioner
) -> None:
    first, second, third = series.appointments.order_by("starts")[:3]
    client.post(at("appointment_cancel", third.pk), {"version": third.version, "because": "patient"})
    with time_machine.travel(first.ends + DAY / 24, tick=False):
        page = text(signed_in(StaffFactory(roles=["front_desk"])).get(at("patient", plan.patient.pk)))
    to_come, others = page.split("Past and cancelled visits")
    assert visit_links(to_come, series) == [False, True, False] + [True] * (sessions(plan) - 3)
    assert visit_links(others, series) == [True, False, True] + [False] * (sessions(plan) - 3)
    for said in (localtime(second.starts).strftime("%H:%M"), "Sanne", str(second.room.name), "booked"):
        assert said in to_come
    assert "cancelled" in others
    assert at("series", plan.pk) in to_come


def test_a_record_without_visits_says_so_and_leads_to_booking(client: Client, plan: Plan) -> None:
    page = text(client.get(at("patient", plan.patient.pk)))
    assert "No visits to come." in page
    assert at("series", plan.pk) in page


def test_only_who_books_is_led_to_booking_and_only_who_reads_the_planning_sees_visits(
    client: Client, plan: Plan, series: Series
) -> None:
    page = text(signed_in(StaffFactory(roles=["manager"])).get(at("patient", plan.patient.pk)))
    assert visit_links(page, series) == [True] * sessions(plan)
    assert at("series", plan.pk) not in page


def test_a_booking_that_was_undone_and_a_place_that_is_held_are_not_on_the_record(
    client: Client, plan: Plan, desk: Staff
) -> None:
    held = proposed(plan, desk)
    assert visit_links(text(client.get(at("patient", plan.patient.pk))), held) == [False] * sessions(plan)
    actions.undo_series(series=actions.book_series(series=held, by=desk, now=NOW), by=desk, now=NOW)
    assert visit_links(text(client.get(at("patient", plan.patient.pk))), held) == [False] * sessions(plan)


def test_a_plan_without_visits_can_be_booked_from_a_record_with_other_visits(client: Client, plan: Plan) -> None:
    AppointmentFactory(patient=plan.patient, starts=NOW + DAY)
    page = text(client.get(at("patient", plan.patient.pk)))
    assert "No visits to come." not in page
    assert at("series", plan.pk) in page


def test_a_record_costs_the_same_however_many_visits_there_are(client: Client, plan: Plan, series: Series) -> None:
    page = at("patient", plan.patient.pk)
    many = queries(client, page)
    series.appointments.exclude(session_number=1).delete()
    assert queries(client, page) == many
    assert many <= 11


def test_the_episode_says_what_is_left_to_book_or_that_all_is_booked(client: Client, plan: Plan, desk: Staff) -> None:
    page, left = at("episode", plan.episode_id), sessions(plan)
    assert f"{left} sessions to book" in text(client.get(page))
    series = booked(plan, desk)
    assert "All sessions are booked" in text(client.get(page))
    assert "to book" not in text(client.get(page))
    visit = first_of(series)
    client.post(at("appointment_cancel", visit.pk), {"version": visit.version, "because": "patient"})
    assert "1 visit short" in text(client.get(page))
    assert at("series", plan.pk) in text(client.get(page))


def test_the_episode_shows_who_treats_what_is_left_to_book_too(plan: Plan) -> None:
    assert f"{sessions(plan)} sessions to book" in text(signed_in(plan.author).get(at("episode", plan.episode_id)))


# --- the calendar file ----------------------------------------------------------------------------------------------


def test_the_desk_finds_the_calendar_file_after_booking_and_on_the_page_of_the_series(
    client: Client, plan: Plan, series: Series
) -> None:
    file = at("series_ics", series.pk)
    assert file in text(client.get(at("series_booked", series.pk)))
    assert file in text(client.get(at("series", plan.pk)))
    assert client.get(file)["Content-Type"].startswith("text/calendar")


def test_every_series_of_a_plan_has_its_own_calendar_file(
    client: Client, plan: Plan, series: Series, desk: Staff
) -> None:
    visit = first_of(series)
    actions.cancel(appointment=visit, version=visit.version, because="patient", by=desk, now=NOW)
    made_up = booked(plan, desk, NOW + DAY)
    page = text(client.get(at("series", plan.pk)))
    assert [at("series_ics", one.pk) in page for one in (series, made_up)] == [True, True]
    assert "booked on 24-nov-2026 10:00" in page


def test_a_booking_that_was_undone_has_no_calendar_file(
    client: Client, plan: Plan, series: Series, desk: Staff
) -> None:
    actions.undo_series(series=series, by=desk, now=NOW)
    assert "appointments.ics" not in text(client.get(at("series_booked", series.pk)))
    assert "appointments.ics" not in text(client.get(at("series", plan.pk)))


# --- plans that cannot be booked now --------------------------------------------------------------------------------


def test_the_series_of_a_paused_plan_says_so_and_offers_no_button(client: Client, plan: Plan, desk: Staff) -> None:
    held = proposed(plan, desk)
    buttons = [at("series_book", held.pk), at("series_extend", held.pk), "Recalculate", 'name="place"', 'name="skip"']
    page = text(client.get(at("series", plan.pk)))
    assert [one in page for one in buttons] == [True] * len(buttons)
    plan_actions.pause(plan=plan, by=plan.author, now=NOW)
    page = text(client.get(at("series", plan.pk)))
    assert "This plan is paused. Visits are booked for an active plan." in page
    assert "Paused since 23-nov" in page
    assert [one for one in (*buttons, f'action="{at("series", plan.pk)}"') if one in page] == []


def test_the_series_of_a_plan_that_goes_on_can_be_booked_again(client: Client, plan: Plan) -> None:
    plan_actions.pause(plan=plan, by=plan.author, now=NOW)
    plan_actions.activate(plan=Plan.objects.get(pk=plan.pk), by=plan.author, now=NOW)
    page = text(client.get(at("series", plan.pk)))
    assert "Visits are booked for an active plan." not in page
    assert "Make a proposal" in page


def test_a_visit_of_a_paused_plan_says_so_and_offers_no_make_up_place(
    client: Client, plan: Plan, series: Series
) -> None:
    visit = first_of(series)
    client.post(at("appointment_cancel", visit.pk), {"version": visit.version, "because": "patient"})
    plan_actions.pause(plan=plan, by=plan.author, now=NOW)
    for page in ("appointment", "freed_place"):
        assert "Find a make-up place" not in text(client.get(at(page, visit.pk)))
    assert "Paused since" in text(client.get(at("appointment", visit.pk)))
    assert "Paused since" in text(client.get(at("episode", plan.episode_id)))


@pytest.mark.parametrize("sent", ["nowhere", "https://elsewhere.example/", ""])
def test_who_sends_no_address_of_ours_to_go_back_to_lands_on_the_plan(plan: Plan, sent: str) -> None:
    answer = signed_in(plan.author).post(at("plan_cancel_beyond", plan.pk), {"next": sent})
    assert answer.url == at("plan", plan.pk)
