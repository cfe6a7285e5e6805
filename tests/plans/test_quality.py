"""Figures about quality of care: added up rightly, and silent about too few people."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from plans.models import Plan
from practice.models import AccessEvent, Staff
from tests.factories.plans import adopted, suggested
from tests.factories.practice import LocationFactory, RoleGrantFactory, StaffFactory
from tests.plans.test_review import ASKED, OTHERWISE
from tests.plans.test_worklist import measurement
from tests.screens import queries, text
from tests.test_list_queries import another_plan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons_in_english")]
QUALITY = reverse("admin:plans_plantoreview_quality")


@pytest.fixture
def manager(client: Client) -> Staff:
    staff = StaffFactory(name="Marieke de Wit", roles=["manager"], language="en")
    client.force_login(staff)
    return staff


def therapist_with(count: int, name: str = "Tom Vos", **changes: object) -> Staff:
    """Somebody with so many plans alike, each for another patient; `changes` are of the choice."""
    staff = StaffFactory(name=name)
    plan = adopted(suggested(ASKED, author=staff), **changes)
    for _number in range(count - 1):
        another_plan(plan)
    return staff


def measured(staff: Staff, *changes: tuple[float, float]) -> None:
    """Pain at the intake and later, for as many patients of this therapist."""
    unmeasured = Plan.objects.filter(author=staff, episode__measurements=None)
    for plan, (before, after) in zip(unmeasured, changes, strict=True):
        measurement(plan, "intake", nprs=before)
        measurement(plan, "interim", nprs=after)


def group(client: Client, name: str, **query: str):
    found = client.get(QUALITY, query).context["groups"]
    return next(one for one in found if one.name == name)


def test_plans_are_added_up_per_therapist(client: Client, manager: Staff) -> None:
    staff = therapist_with(6, **OTHERWISE)
    Plan.objects.filter(pk=Plan.objects.first().pk).update(
        life="stopped", ended_at=timezone.now(), end_reason="Verhuisd"
    )
    therapist_with(5, "Sanne Bakker")
    found = group(client, "Tom Vos")
    assert (found.plans, found.as_template, found.stopped, found.ended) == (6, 0, 1, 1)
    assert found.reasons == {"planning": 6}
    assert found.sessions == sum(plan.current_revision.sessions for plan in Plan.objects.filter(author=staff))
    assert group(client, "Sanne Bakker").kept.percent == 100
    assert "planning (6)" in text(client.get(QUALITY))


def test_a_change_counts_when_it_is_as_large_as_matters(client: Client, manager: Staff) -> None:
    staff = therapist_with(7)  # the first one was measured at the intake only
    measured(staff, (6, 4), (6, 5), (6, 6), (4, 7), (3, 2), (2, 2))
    found = group(client, "Tom Vos")
    assert (found.improved, found.compared) == (2, 6)  # two points less; a third less
    assert found.better.percent == 33


def test_what_is_too_little_is_not_shown(client: Client, manager: Staff) -> None:
    therapist_with(4, **OTHERWISE)
    page = client.get(QUALITY)
    assert "fewer than 5 plans: not shown" in text(page)
    assert "planning" not in text(page)
    exported = b"".join(client.get(QUALITY, {"_export": "csv"}).streaming_content).decode()
    assert "Tom Vos;fewer than 5;fewer than 5" in exported


def test_plans_are_added_up_per_template_and_per_quarter(client: Client, manager: Staff) -> None:
    therapist_with(5)
    now = timezone.localtime()
    assert group(client, "Acute low back pain, profile 2", by="template").plans == 5
    assert group(client, f"{now.year}, quarter {(now.month + 2) // 3}", by="quarter").plans == 5


def test_it_takes_as_many_queries_for_many_plans_as_for_one(client: Client, manager: Staff) -> None:
    measured(therapist_with(2), (6, 4))
    one = queries(client, QUALITY)
    for name in ("A", "B", "C"):
        measured(therapist_with(3, name), (6, 4), (5, 5))
    assert queries(client, QUALITY) == one


def test_plans_of_other_locations_do_not_count(client: Client) -> None:
    therapist_with(5)
    client.force_login(RoleGrantFactory(role="manager", location=LocationFactory()).staff)
    assert client.get(QUALITY).context["groups"] == []


def test_taking_the_figures_out_is_written_down(client: Client, manager: Staff) -> None:
    therapist_with(5)
    client.get(QUALITY, {"_export": "xlsx"})
    assert AccessEvent.objects.get(event="quality_exported").user_id == str(manager.pk)
