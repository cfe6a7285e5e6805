"""The manager's worklist: what waits, since when and with whom, in numbers that lead to the same rows."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from config.admin import Tally, worklist
from intake.models import Measurement
from plans import actions
from plans.domain.trace import may_be_followed_up
from plans.models import OpenIntake, Plan
from practice.models import Staff
from tests.factories.intake import IntakeFactory
from tests.factories.patients import EpisodeFactory, ExternalProviderFactory
from tests.factories.plans import adopted, suggested
from tests.factories.practice import LocationFactory, RoleGrantFactory, StaffFactory
from tests.plans.test_review import ASKED, contact
from tests.screens import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons_in_english")]
CONCERN = {"screening": "concern", "deviating_findings": "Oogt ziek", **ASKED}


@pytest.fixture
def manager(client: Client) -> Staff:
    staff = StaffFactory(name="Marieke de Wit", roles=["manager"], language="en")
    client.force_login(staff)
    return staff


def tallies(staff: Staff) -> dict[str, Tally]:
    found = worklist(staff, timezone.now())
    return {str(tally.work.label): tally for tally in [*found["decide"], *found["attend"]]}


def rows(client: Client, tally: Tally) -> list[object]:
    return [row.pk for row in client.get(tally.url).context["cl"].result_list]


def running(days: int, **measured: float) -> Plan:
    """A plan that has run so many days, and what was measured today."""
    with time_machine.travel(timezone.now() - dt.timedelta(days=days), tick=False):
        plan = adopted(suggested(ASKED))
    for instrument, score in measured.items():
        measurement(plan, "interim", **{instrument: score})
    return plan


def measurement(plan: Plan, moment: str, **scores: float) -> None:
    for code, score in scores.items():
        Measurement.objects.create(
            episode=plan.episode,
            instrument=code,
            instrument_version=1,
            items={code: score},
            scores={code: score},
            moment=moment,
            taken_on=timezone.localdate(),
            recorded_at=timezone.now(),
            by=plan.author,
        )


def test_what_waits_is_counted_with_the_oldest_and_with_whom(client: Client, manager: Staff) -> None:
    with time_machine.travel(timezone.now() - dt.timedelta(hours=30), tick=False):
        plan = adopted(suggested(ASKED, author=StaffFactory(name="Tom Vos")))
    adopted(suggested(ASKED, author=StaffFactory(name="Sanne Bakker")))
    tally = tallies(manager)["Plans to review"]
    assert (tally.count, tally.owners) == (2, ("Tom Vos", "Sanne Bakker"))
    assert tally.waited >= dt.timedelta(hours=30)
    assert tally.start.endswith(f"/{plan.current_revision_id}/change/")
    page = text(client.get("/admin/"))
    assert "30 hours" in page
    assert "Tom Vos, Sanne Bakker" in page


def test_what_there_is_none_of_is_one_line(client: Client, manager: Staff) -> None:
    page = client.get("/admin/")
    assert page.context["worklist"]["decide"] == page.context["worklist"]["attend"] == []
    assert "In order:" in text(page)


def test_a_concern_waits_until_a_contact_is_recorded(client: Client, manager: Staff) -> None:
    suggestion = suggested(CONCERN, reason="Huisarts belt terug")
    suggested(ASKED)
    tally = tallies(manager)["Niet-pluis or urgent flag without a recorded contact"]
    assert tally.count == 1
    assert rows(client, tally) == [suggestion.intake_id]
    contact(suggestion, sorted(may_be_followed_up(suggestion.trace)))
    assert not OpenIntake.objects.unanswered()
    assert "Niet-pluis or urgent flag without a recorded contact" not in tallies(manager)


def test_a_contact_about_one_of_two_matters_leaves_the_other_waiting() -> None:
    flags = {"saddle_numbness": True, **CONCERN}
    suggestion = suggested(flags, reason="Huisarts belt terug")
    contact(suggestion, ["screening"])
    assert [intake.pk for intake in OpenIntake.objects.unanswered()] == [suggestion.intake_id]


def test_who_watches_over_intakes_reads_none_of_their_answers(client: Client, manager: Staff) -> None:
    suggestion = suggested(CONCERN, reason="Huisarts belt terug")
    page = text(client.get(f"/admin/plans/openintake/{suggestion.intake_id}/change/"))
    assert "Huisarts belt terug" in page
    assert "Oogt ziek" not in page


def test_a_draft_waits_from_a_day_on(client: Client, manager: Staff) -> None:
    IntakeFactory()
    old = IntakeFactory(started_at=timezone.now() - dt.timedelta(hours=25))
    tally = tallies(manager)["Draft intakes older than 24 hours"]
    assert (tally.count, rows(client, tally)) == (1, [old.pk])


def test_a_returned_plan_waits_until_it_is_handed_in_again(client: Client, manager: Staff) -> None:
    revision = adopted(suggested(ASKED)).current_revision
    actions.review(revision=revision, to="returned", by=manager, now=timezone.now(), comment="Licht toe", managers=1)
    tally = tallies(manager)["Returned, not changed yet"]
    assert (tally.count, rows(client, tally)) == (1, [revision.pk])


def test_halfway_it_counts_whether_anything_changed_that_matters(client: Client, manager: Staff) -> None:
    better, same, worse = running(30, nprs=2), running(30, nprs=4), running(30, nprs=8)
    unmeasured, early = running(30), running(7, nprs=5)
    found = tallies(manager)
    assert set(rows(client, found["Halfway without a relevant change"])) == {same.pk, worse.pk}
    assert rows(client, found["Halfway, not measured since the intake"]) == [unmeasured.pk]
    assert {better.pk, early.pk}.isdisjoint(rows(client, found["Halfway without a relevant change"]))


def test_an_evaluation_is_late_when_the_weeks_are_over_without_a_final_measurement(
    client: Client, manager: Staff
) -> None:
    late, done = running(90), running(90)
    measurement(done, "final", nprs=1)
    tally = tallies(manager)["Final evaluation late"]
    assert (tally.count, rows(client, tally)) == (1, [late.pk])


def test_a_referral_is_named_before_it_expires(client: Client, manager: Staff) -> None:
    today = timezone.localdate()

    def referred(days: int) -> object:
        return EpisodeFactory(
            route="referral",
            referrer=ExternalProviderFactory(),
            referred_on=today - dt.timedelta(days=60),
            referral_valid_until=today + dt.timedelta(days=days),
        ).pk

    soon, over, later = referred(10), referred(-3), referred(40)
    tally = tallies(manager)["Referrals that expire within two weeks"]
    assert set(rows(client, tally)) == {soon, over}
    assert later not in rows(client, tally)


def test_each_manager_sees_the_work_of_the_own_locations(client: Client) -> None:
    here, elsewhere = LocationFactory(), LocationFactory()
    staff = RoleGrantFactory(role="manager", location=here).staff
    for place in (here, elsewhere):
        adopted(suggested(ASKED, episode=EpisodeFactory(patient__location=place)))
        IntakeFactory(episode=EpisodeFactory(patient__location=place), started_at=timezone.now() - dt.timedelta(days=2))
    assert {label: tally.count for label, tally in tallies(staff).items()} == {
        "Plans to review": 1,
        "Sessions without a place in the agenda": 1,
        "Draft intakes older than 24 hours": 1,
    }


def test_an_administrator_has_no_such_list(client: Client) -> None:
    client.force_login(StaffFactory(roles=["administrator"]))
    assert client.get("/admin/").context["worklist"] is None
