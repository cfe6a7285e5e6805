"""The desk schedules plans on its screens: proposal, hold, changes, booking, and what it may not read."""

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from plans.models import Plan
from practice.models import Location, Practitioner, RoleGrant, Staff
from scheduling.actions.bookings import placements_of
from scheduling.models import Appointment, PlanWishes, Series
from tests.factories.patients import PatientFactory
from tests.factories.plans import adopted
from tests.factories.practice import AbsenceFactory, PractitionerFactory
from tests.factories.scheduling import AppointmentFactory
from tests.scheduling.test_booking import NOW, desk, place, plan, sanne, sessions
from tests.screens import queries, text

__all__ = ["desk", "place", "plan", "sanne"]
pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
WISHES = {"propose": "1", "minimum_days": "2", "rhythm": "same_time"}


@pytest.fixture
def client(desk: Staff) -> Client:
    """The browser of the desk, in English."""
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(desk)
    return browser


def address(plan: Plan) -> str:
    """The page of the series of a plan."""
    return reverse("series", args=[plan.pk])


def propose(client: Client, plan: Plan, **fields: object) -> Series:
    """Press the button that makes a proposal."""
    client.post(address(plan), WISHES | {"request_key": str(uuid.uuid4())} | fields)
    return Series.objects.filter(plan=plan).latest("held_at")


def kept(series: Series) -> dict[int, str]:
    """The places of a proposal by number."""
    return {one.number: f"{one.start:%Y-%m-%d %H:%M}" for one in placements_of(series)}


@pytest.fixture(autouse=True)
def at_nine() -> object:
    """It is Monday the 23rd."""
    with time_machine.travel(NOW, tick=True):
        yield


def test_a_plan_is_on_the_list_until_all_of_it_is_booked(client: Client, plan: Plan) -> None:
    name = str(plan.patient)
    assert name in text(client.get("/to-schedule/"))
    series = propose(client, plan)
    assert name in text(client.get("/to-schedule/"))
    answer = client.post(reverse("series_book", args=[series.pk]), follow=True)
    assert f"{sessions(plan)} visits are booked" in text(answer)
    assert name not in text(client.get("/to-schedule/"))


def test_the_page_shows_a_row_for_each_session_and_until_when_it_is_held(client: Client, plan: Plan) -> None:
    propose(client, plan)
    page = text(client.get(address(plan)))
    assert "held until 10:05" in page
    assert len(re.findall('class="proposal-(?:free|adjusted)"', page)) == sessions(plan)
    assert f"Book all {sessions(plan)} visits" in page


def test_wishes_are_kept_and_followed(client: Client, plan: Plan) -> None:
    series = propose(client, plan, weekdays=["4"], day_parts=["afternoon"], strict=["day_parts"], minimum_days="3")
    assert PlanWishes.objects.get().weekdays == [4]
    assert {place.start.hour >= 12 for place in placements_of(series)} == {True}


def test_dates_in_the_wrong_order_are_refused(client: Client, plan: Plan) -> None:
    fields = WISHES | {"not_before": "2026-12-10", "not_after": "2026-12-01"}
    answer = client.post(address(plan), fields)
    assert answer.status_code == 422
    assert "The last day is before the first." in text(answer)


def test_another_place_is_taken_and_stays_when_the_rest_is_proposed_again(client: Client, plan: Plan) -> None:
    before = kept(propose(client, plan))
    values = re.findall(r'name="place" value="(2\|[^"]+)"', text(client.get(address(plan))))
    client.post(address(plan), {"place": values[0]})
    after = kept(Series.objects.latest("held_at"))
    moved = values[0].split("|")[1].replace("T", " ")
    assert after == before | {2: moved}
    with time_machine.travel(NOW + dt.timedelta(minutes=1), tick=False):
        assert kept(propose(client, plan))[2] == moved


def test_a_place_that_was_not_offered_is_refused(client: Client, plan: Plan) -> None:
    before = kept(propose(client, plan))
    answer = client.post(address(plan), {"place": "2|2026-12-01T03:00|1|1"}, follow=True)
    assert "That place is not free any more" in text(answer)
    assert kept(Series.objects.latest("held_at")) == before


def test_sessions_are_fixed_and_skipped_and_booked_after_all(client: Client, plan: Plan) -> None:
    propose(client, plan)
    client.post(address(plan), {"pin": "1"})
    assert 'class="proposal-pinned"' in text(client.get(address(plan)))
    client.post(address(plan), {"skip": "3"})
    assert 3 not in kept(Series.objects.order_by("-pk").get(appointments__session_number=1))
    assert 'class="proposal-skipped"' in text(client.get(address(plan)))
    client.post(address(plan), {"unskip": "3"})
    assert 'class="proposal-skipped"' not in text(client.get(address(plan)))


def test_a_session_that_is_booked_after_all_leaves_the_others_as_they_were(client: Client, plan: Plan) -> None:
    before = kept(propose(client, plan))
    for sent in ({"pin": "1"}, {"skip": "3"}, {"unskip": "3"}):
        client.post(address(plan), sent)
    assert kept(Series.objects.latest("held_at")).items() >= {one: before[one] for one in before if one != 3}.items()
    assert text(client.get(address(plan))).count('class="proposal-pinned"') == 1
    with time_machine.travel(NOW + dt.timedelta(minutes=1), tick=False):
        again = kept(propose(client, plan, day_parts=["afternoon"], strict=["day_parts"]))
    assert again[1] == before[1]
    assert {place for number, place in again.items() if number != 1}.isdisjoint(before.values())


def test_a_fixed_session_that_breaks_a_new_condition_says_so(client: Client, plan: Plan) -> None:
    last = max(kept(propose(client, plan)))
    client.post(address(plan), {"pin": str(last)})
    with time_machine.travel(NOW + dt.timedelta(minutes=1), tick=False):
        propose(client, plan, not_after="2026-12-01")
        pinned = text(client.get(address(plan))).split('class="proposal-pinned"')[1].split("</li>")[0]
    assert "After the last day on which the patient can come." in pinned


def test_without_any_place_nothing_is_said_about_holding_places(client: Client, full: Plan) -> None:
    propose(client, full)
    page = text(client.get(address(full)))
    assert "no place in its days" in page
    assert "These places are not held any more" not in page


def test_what_changed_is_said_beside_a_new_proposal(client: Client, plan: Plan, sanne: Practitioner) -> None:
    series = propose(client, plan)
    visit = series.appointments.get(session_number=2)
    AbsenceFactory(practitioner=sanne, starts=visit.starts - DAY, ends=visit.ends + DAY)
    answer = client.post(reverse("series_book", args=[series.pk]))
    assert answer.status_code == 409
    assert "Sanne is away (leave)." in text(answer)
    assert "held until" in text(answer)
    assert not Appointment.objects.booked().exists()


def test_only_what_is_as_wished_is_booked(client: Client, plan: Plan, sanne: Practitioner) -> None:
    AbsenceFactory(practitioner=sanne, starts=NOW + 8 * DAY, ends=NOW + 15 * DAY)
    series = propose(client, plan)
    page = text(client.get(address(plan)))
    found = re.search(r'name="numbers" value="([\d,]+)"', page)
    assert found
    client.post(reverse("series_book", args=[series.pk]), {"numbers": found[1]})
    booked = Appointment.objects.booked().filter(plan=plan)
    assert sorted(booked.values_list("session_number", flat=True)) == [int(one) for one in found[1].split(",")]
    assert booked.count() < sessions(plan)


def test_a_booking_is_undone_on_the_page_that_shows_it(client: Client, plan: Plan) -> None:
    series = propose(client, plan)
    client.post(reverse("series_book", args=[series.pk]))
    assert "Undo the booking" in text(client.get(reverse("series_booked", args=[series.pk])))
    client.post(reverse("series_undo", args=[series.pk]))
    assert not Appointment.objects.booked().exists()


def test_a_hold_is_extended(client: Client, plan: Plan) -> None:
    series = propose(client, plan)
    with time_machine.travel(NOW + dt.timedelta(minutes=3), tick=False):
        client.post(reverse("series_extend", args=[series.pk]))
        assert "held until 10:08" in text(client.get(address(plan)))


def test_a_colleague_sees_who_holds_places_and_until_when_and_that_none_of_them_is_booked(
    client: Client, plan: Plan, desk: Staff
) -> None:
    first = propose(client, plan)
    client.post(reverse("series_book", args=[first.pk]), {"numbers": "1,2"})
    propose(client, plan)
    colleague = Client(headers={"Accept-Language": "en"})
    colleague.force_login(plan.author)
    page = text(colleague.get(address(plan)))
    assert f"{desk} is scheduling this plan until 10:05" in page
    assert f"{sessions(plan) - 2} sessions are held and not booked yet" in page
    assert "come free by themselves at 10:05" in page
    assert "2 have a place already." in page
    assert "Every session of this plan has a place" not in page
    assert "Make a proposal" not in page
    assert "is scheduling this plan" not in text(client.get(address(plan)))
    with time_machine.travel(NOW + dt.timedelta(minutes=6), tick=False):
        page = text(colleague.get(address(plan)))
        assert "is scheduling this plan" not in page
        assert "Make a proposal" in page


def test_plans_are_scheduled_together(client: Client, plan: Plan, sanne: Practitioner, place: Location) -> None:
    other = adopted(fields={"episode__practitioner": sanne, "episode__location": place})
    answer = client.post("/to-schedule/together/", {"plan": [plan.pk, other.pk, "nonsense"]}, follow=True)
    assert "Book all 2 plans" in text(answer)
    answer = client.post("/to-schedule/together/book/", {"series": "all"}, follow=True)
    assert "2 plans are booked completely." in text(answer)
    assert Appointment.objects.booked().count() == sessions(plan) + sessions(other)


@pytest.fixture
def half_full(plan: Plan, sanne: Practitioner) -> Plan:
    """A plan whose practitioner is away from the second week on, so that only its first sessions find a place."""
    AbsenceFactory(practitioner=sanne, starts=NOW + 8 * DAY, ends=NOW + 200 * DAY)
    return plan


def test_plans_scheduled_together_say_which_of_their_sessions_have_no_place(client: Client, half_full: Plan) -> None:
    together = client.post("/to-schedule/together/", {"plan": [half_full.pk]}, follow=True)
    placed = Appointment.objects.filter(plan=half_full, state="held").count()
    lost = sessions(half_full) - placed
    assert 0 < placed < sessions(half_full)
    page = text(together)
    assert "{#" not in page
    assert f"{placed} of {sessions(half_full)} sessions have a place, {lost} have none." in page
    assert "1 plan is not complete." in page
    assert f'href="{address(half_full)}"' in page
    assert "leave" in page
    assert "change of the wishes" in page or "Every session would have a place" in page
    booked = text(client.post("/to-schedule/together/book/", {"series": "all"}, follow=True))
    assert "1 plan is booked in part" in booked
    assert f'<a href="{address(half_full)}">{half_full.patient}</a> ({lost} of {sessions(half_full)}' in booked
    assert "booked completely" not in booked


def test_another_place_is_taken_from_the_page_of_several_plans(client: Client, plan: Plan, sanne: Practitioner) -> None:
    weeks = plan.current_revision.weeks
    AbsenceFactory(practitioner=sanne, starts=NOW + 8 * DAY, ends=NOW + (7 * weeks + 9) * DAY)
    page = text(client.post("/to-schedule/together/", {"plan": [plan.pk]}, follow=True))
    found = re.search(r'formaction="([^"]+)" name="place" value="([^"]+)"', page)
    assert found
    number, start = found[2].split("|")[:2]
    client.post(found[1], {"place": found[2]})
    assert kept(Series.objects.latest("held_at"))[int(number)] == start.replace("T", " ")


def test_a_plan_without_any_place_is_named(client: Client, full: Plan, sanne: Practitioner, place: Location) -> None:
    page = text(client.post("/to-schedule/together/", {"plan": [full.pk]}, follow=True))
    assert "no session has a place" in page
    assert f'<a href="{address(full)}">{full.patient}</a>' in page


def test_the_desk_reads_nothing_clinical(client: Client, plan: Plan) -> None:
    series = propose(client, plan)
    pages = [text(client.get(page)) for page in ("/to-schedule/", address(plan), "/to-schedule/together/")]
    client.post(reverse("series_book", args=[series.pk]))
    pages.append(text(client.get(reverse("series_booked", args=[series.pk]))))
    protocol = plan.protocol_version.protocol
    clinical = [plan.title["nl"], plan.title["en"], *(technique.title.en for technique in protocol.techniques.values())]
    clinical += [phase["title"]["en"] for phase in plan.current_revision.content["phases"]]
    assert [word for word in clinical for page in pages if word in page] == []


def test_the_list_takes_as_many_queries_for_many_plans_as_for_one(
    client: Client, plan: Plan, sanne: Practitioner, place: Location
) -> None:
    one = queries(client, "/to-schedule/")
    for _number in range(2):
        adopted(fields={"episode__practitioner": sanne, "episode__location": place})
    assert queries(client, "/to-schedule/") == one


def test_who_treats_finds_the_visits_on_the_page_of_the_plan(plan: Plan, client: Client) -> None:
    therapist = Client(headers={"Accept-Language": "en"})
    therapist.force_login(plan.author)
    page = reverse("plan", args=[plan.pk])
    assert "Book the visits" in text(therapist.get(page))
    series = propose(client, plan)
    client.post(reverse("series_book", args=[series.pk]))
    assert "Book the visits" not in text(therapist.get(page))
    assert "Medewerker" in text(therapist.get(page)) or "Sanne" in text(therapist.get(page))


def test_a_patient_of_another_team_is_not_found(client: Client, plan: Plan) -> None:
    PatientFactory()
    assert client.get(reverse("series", args=[uuid.uuid4()])).status_code == 404


# --- an overlap on purpose ------------------------------------------------------------------------------------------


@pytest.fixture
def full(plan: Plan, sanne: Practitioner, place: Location) -> Plan:
    """A plan whose practitioner is booked all day, every day, so that no session finds a place."""
    tomorrow = dt.datetime.combine(NOW.date() + DAY, dt.time(), tzinfo=dt.UTC)
    for number in range(120):
        starts = tomorrow + number * DAY
        AppointmentFactory(practitioner=sanne, location=place, room=None, starts=starts, ends=starts + DAY)
    return plan


@pytest.fixture
def may_overlap(desk: Staff) -> None:
    """Who answers the telephone treats as well."""
    RoleGrant.objects.create(staff=desk, role="physiotherapist")


def shared(client: Client, plan: Plan, **fields: object) -> HttpResponse:
    """The answer to putting the first session where another visit is, next Tuesday at nine."""
    practitioner = plan.episode.practitioner_id
    sent = {"day": "2026-12-01", "time": "09:00", "practitioner": practitioner, "overlap_because": "Stagiair"} | fields
    return client.post(address(plan), {"share": "1"} | {f"share-1-{name}": value for name, value in sent.items()})


def named(answer: HttpResponse) -> dict[str, str]:
    """The first place on the page that says what it doubles, as its button sends it, with what was named."""
    page = text(answer)
    place = re.search(r'name="share-1-place" value="([^"]+)"', page)
    doubled = re.search(r'name="share-1-named" value="([^"]+)"', page)
    assert place
    assert doubled
    return {"place": place[1], "named": doubled[1]}


@pytest.mark.usefixtures("may_overlap")
def test_a_session_without_a_place_overlaps_on_purpose_and_is_booked_so(
    client: Client, full: Plan, desk: Staff, sanne: Practitioner
) -> None:
    propose(client, full)
    page = text(client.get(address(full)))
    assert page.count("Overlap on purpose") == sessions(full)
    asked = shared(client, full)
    assert "It shares its time with:" in text(asked)
    assert "Sanne</li>" in text(asked)
    assert kept(Series.objects.latest("held_at")) == {}
    assert shared(client, full, **named(asked)).status_code == 302
    shown = text(client.get(address(full)))
    assert "overlap on purpose: Stagiair" in shown
    propose(client, full)
    assert kept(Series.objects.latest("held_at")) == {1: "2026-12-01 09:00"}
    client.post(reverse("series_book", args=[Series.objects.latest("held_at").pk]))
    booked = Appointment.objects.get(plan=full, state="booked")
    assert (booked.practitioner, booked.overlap_because, booked.overlap_by) == (sanne, "Stagiair", desk)
    assert booked.room is not None


@pytest.mark.usefixtures("may_overlap")
def test_a_room_that_a_colleague_uses_is_shared_only_when_it_was_named_and_chosen(
    client: Client, full: Plan, place: Location
) -> None:
    nine = dt.datetime(2026, 12, 1, 8, tzinfo=dt.UTC)
    for number, room in enumerate(place.rooms.all()):
        thomas = PractitionerFactory(staff__name=f"Thomas {number}")
        AppointmentFactory(
            practitioner=thomas, location=place, room=room, starts=nine, ends=nine + dt.timedelta(minutes=60)
        )
    propose(client, full)
    asked = shared(client, full)
    assert "No room is free then." in text(asked)
    assert "which Thomas 0 uses then" in text(asked)
    assert shared(client, full, place=named(asked)["place"]).status_code == 200
    assert kept(Series.objects.latest("held_at")) == {}
    assert shared(client, full, **named(asked)).status_code == 302
    series = Series.objects.latest("held_at")
    client.post(reverse("series_book", args=[series.pk]))
    assert Appointment.objects.get(plan=full, state="booked").room == place.rooms.first()


@pytest.mark.usefixtures("may_overlap")
def test_a_room_that_a_colleague_took_meanwhile_is_not_shared_when_the_series_is_booked(
    client: Client, full: Plan, place: Location
) -> None:
    propose(client, full)
    shared(client, full, **named(shared(client, full)))
    held = Appointment.objects.get(plan=full, state="held")
    AppointmentFactory(
        location=place, room=held.room, starts=held.starts, ends=held.ends, practitioner__staff__name="Thomas"
    )
    answer = client.post(reverse("series_book", args=[held.series_id]))
    assert answer.status_code == 409
    assert "Thomas uses" in text(answer)
    assert not Appointment.objects.filter(plan=full, state="booked").exists()


@pytest.mark.usefixtures("may_overlap")
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("overlap_because", " ", "such as a trainee under supervision"),
        ("time", "25:00", "Write a time such as 09:20."),
        ("day", "", "Choose a day."),
        ("practitioner", "0", "Select a valid choice"),
    ],
)
def test_what_cannot_be_read_is_told_and_what_was_typed_is_kept(
    client: Client, full: Plan, field: str, value: str, said: str
) -> None:
    propose(client, full)
    answer = shared(client, full, **{field: value})
    assert answer.status_code == 422
    assert said in text(answer)
    assert 'value="2026-12-01"' in text(answer) or field == "day"
    assert kept(Series.objects.latest("held_at")) == {}


@pytest.mark.usefixtures("may_overlap")
def test_leave_is_not_set_aside_by_a_reason(client: Client, full: Plan, sanne: Practitioner) -> None:
    nine = dt.datetime(2026, 12, 1, 8, tzinfo=dt.UTC)
    AbsenceFactory(practitioner=sanne, starts=nine - DAY, ends=nine + DAY)
    propose(client, full)
    answer = shared(client, full)
    assert answer.status_code == 409
    assert "Sanne is away (leave)." in text(answer)
    assert 'value="Stagiair"' in text(answer)


def test_without_the_right_no_overlap_is_shown_and_none_is_made(client: Client, full: Plan) -> None:
    propose(client, full)
    assert "Overlap on purpose" not in text(client.get(address(full)))
    assert shared(client, full).status_code == 409
    assert kept(Series.objects.latest("held_at")) == {}
