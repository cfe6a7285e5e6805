"""No list asks the database more for many rows than for one."""

import datetime as dt
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from plans import actions
from plans.models import Plan, Suggestion
from practice.domain.grants import Role
from practice.models import Location, Staff
from tests.factories.intake import IntakeFactory
from tests.factories.patients import ConsentFactory, EpisodeFactory, PatientFactory, RelationshipFactory
from tests.factories.plans import adopted, suggested
from tests.factories.practice import LocationFactory, StaffFactory
from tests.screens import queries
from tests.security.objects import ADMIN_ROWS, Rows

pytestmark = pytest.mark.django_db
MANY = 25
WORK = {
    "plans.openintake",
    "plans.plan",
    "plans.plantoreview",
    "plans.protocolversion",
    "scheduling.plantoschedule",
}  # made by `work`: each takes long to make by hand
TABLES = sorted(model._meta.label_lower for model in admin.site._registry if model._meta.label_lower not in WORK)


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def therapist() -> Staff:
    return StaffFactory(roles=["physiotherapist"])


@pytest.fixture
def office() -> Client:
    return signed_in(StaffFactory(roles=list(Role)))


def copied(row: Model, **changes: Any) -> Any:
    """Another row like this one, with these changes."""
    copy = type(row).objects.get(pk=row.pk)
    copy.pk, copy._state.adding = None, True
    for name, value in changes.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)
    return copy


def another_plan(plan: Plan, **changes: Any) -> None:
    """A plan like this one for another patient."""
    copy = copied(plan, episode=EpisodeFactory(), current_revision=None, **changes)
    copy.current_revision = copied(plan.current_revision, plan=copy)
    copy.save()
    for deviation in plan.current_revision.deviations.all():
        copied(deviation, revision=copy.current_revision)
    for session in plan.current_revision.planned_sessions.all()[:2]:
        copied(session, revision=copy.current_revision)
    for goal in plan.goals.all():
        copied(goal, plan=copy)


def work(therapist: Staff) -> tuple[Plan, Suggestion]:
    """A returned plan that differs from its template, and an intake that waits for a decision."""
    plan = adopted(suggested(author=therapist), session_minutes=45, reasons={"session_minutes": ("planning", "")})
    manager = StaffFactory(roles=["manager"])
    actions.review(
        revision=plan.current_revision, to="returned", by=manager, now=timezone.now(), comment="Waarom?", managers=1
    )
    flags = {"cancer_history": True, "unexplained_weight_loss": True, "night_pain": True}
    return Plan.objects.get(pk=plan.pk), suggested(flags, author=therapist, reason="Huisarts belt terug")


def more_work(plan: Plan, undecided: Suggestion) -> None:
    """The same again, for another patient each time, with a draft and a plan that waits."""
    for number in range(MANY - 1):
        IntakeFactory(author=plan.author, started_at=timezone.now() - dt.timedelta(days=3))
        copied(plan.protocol_version, version=number + 100, status="retired")
        copied(undecided, intake=copied(undecided.intake, episode=EpisodeFactory()))
        another_plan(plan)
        another_plan(plan, life="draft", activated_at=None, counted_from=None)


def test_the_lists_of_work_take_as_many_queries_for_many_as_for_one(therapist: Staff, office: Client) -> None:
    client = signed_in(therapist)
    plan, undecided = work(therapist)
    IntakeFactory(author=therapist, started_at=timezone.now() - dt.timedelta(days=3))
    another_plan(plan, life="draft", activated_at=None, counted_from=None)
    tables = ("plan/", "plan/?watch=unmeasured", "protocolversion/", "plantoreview/", "plantoreview/?state=all")
    tables += ("plantoreview/?state=all&_facets=True", "openintake/", "openintake/?what=unanswered")
    lists = [(client, "/"), (office, "/admin/"), *((office, f"/admin/plans/{table}") for table in tables)]
    lists += [(office, "/admin/scheduling/plantoschedule/"), (office, "/to-schedule/")]
    one = [queries(reader, address) for reader, address in lists]
    more_work(plan, undecided)
    assert [queries(reader, address) for reader, address in lists] == one


def test_a_search_takes_as_many_queries_for_many_as_for_one(therapist: Staff) -> None:
    client = signed_in(therapist)
    PatientFactory(family_name="Jansen")
    one = queries(client, "/patients/", q="jansen")
    for _number in range(MANY - 1):
        PatientFactory(family_name="Jansen")
    assert queries(client, "/patients/", q="jansen") == one


def test_a_record_takes_as_many_queries_for_much_as_for_little(therapist: Staff) -> None:
    client = signed_in(therapist)
    episode = EpisodeFactory()
    ConsentFactory(patient=episode.patient)
    IntakeFactory(episode=episode)
    pages = [reverse("patient", args=[episode.patient_id]), reverse("episode", args=[episode.pk])]
    one = [queries(client, page) for page in pages]
    for _number in range(MANY - 1):
        EpisodeFactory(patient=episode.patient)
        ConsentFactory(patient=episode.patient)
        RelationshipFactory(patient=episode.patient)
        IntakeFactory(episode=episode)
    assert [queries(client, page) for page in pages] == one


@pytest.mark.parametrize("table", TABLES)
def test_a_list_in_the_admin_takes_as_many_queries_for_many_as_for_one(table: str, office: Client) -> None:
    place: Location = LocationFactory()
    address = reverse(f"admin:{table.replace('.', '_')}_changelist")
    ADMIN_ROWS[table](Rows(place))
    one = queries(office, address)
    for _number in range(MANY - 1):
        ADMIN_ROWS[table](Rows(place))
    assert queries(office, address) == one
