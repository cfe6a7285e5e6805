"""Managers review by exception: the line, the page of one plan, its decision, and approval of many at once."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from plans import actions
from plans.models import Plan, PlanRevision, Suggestion
from practice.models import AccessEvent, PracticeSettings, Staff
from tests.factories.patients import EpisodeFactory
from tests.factories.plans import adopted, choice, suggested
from tests.factories.practice import LocationFactory, RoleGrantFactory, StaffFactory
from tests.screens import text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons_in_english")]

LINE = reverse("admin:plans_plantoreview_changelist")
ASKED = {"fever_or_chills": False}
OTHERWISE = {"session_minutes": 45, "reasons": {"session_minutes": ("planning", "Past in het rooster")}}
LONGER = {"session_minutes": 50, "reasons": {"session_minutes": ("load_capacity", "")}}
ROUTINE_FLAG = {"night_pain": True}
WEEK_FLAG = {"unexplained_fatigue": True, "general_malaise": True}


@pytest.fixture
def manager(client: Client) -> Staff:
    staff = StaffFactory(name="Marieke de Wit", roles=["manager"], language="en")
    client.force_login(staff)
    return staff


def page_of(revision: PlanRevision) -> str:
    return reverse("admin:plans_plantoreview_change", args=[revision.pk])


def handed_in(hours_ago: float = 0, answers: dict[str, Any] | None = None, **changes: Any) -> PlanRevision:
    """A plan that was handed in so many hours ago; `changes` are of the choice."""
    with time_machine.travel(timezone.now() - dt.timedelta(hours=hours_ago), tick=False):
        return adopted(suggested({**ASKED, **(answers or {})}), **changes).current_revision


def again(revision: PlanRevision) -> PlanRevision:
    return PlanRevision.objects.get(pk=revision.pk)


def line(client: Client, **query: str) -> list[PlanRevision]:
    return list(client.get(LINE, query).context["cl"].result_list)


def decide(client: Client, revision: PlanRevision, decision: str, **fields: str) -> HttpResponse:
    return client.post(page_of(revision), {"decision": decision, **fields})


def revised(revision: PlanRevision, **changes: Any) -> PlanRevision:
    """The plan of this revision, changed by its author."""
    plan = Plan.objects.get(pk=revision.plan_id)
    return actions.revise(
        plan=plan,
        base=plan.current_revision.number,
        choice=choice(plan.suggestion, **changes),
        by=plan.author,
        now=timezone.now(),
    )


class TestTheLine:
    def test_what_is_riskier_comes_first_and_what_is_old_is_not_forgotten(self, client: Client, manager: Staff) -> None:
        fresh = handed_in(1)
        old = handed_in(80)
        differing = handed_in(30, **OTHERWISE)
        flagged = handed_in(30, ROUTINE_FLAG)
        assert line(client) == [flagged, old, differing, fresh]

    def test_a_row_says_what_differs_which_flags_there_are_and_how_long_it_waits(
        self, client: Client, manager: Staff
    ) -> None:
        handed_in(30, ROUTINE_FLAG, **OTHERWISE)
        page = text(client.get(LINE))
        for said in ("minutes per session", "Night or rest pain: stays open", "30 hours", "chip-warning"):
            assert said in page

    def test_a_plan_without_a_single_red_flag_asked_is_not_called_clean(self, client: Client, manager: Staff) -> None:
        revision = handed_in()
        PlanRevision.objects.filter(pk=revision.pk).update(brief=revision.brief | {"flags_asked": 0})
        assert "none was asked" in text(client.get(LINE))

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"waits": "24"}, {"old"}),
            ({"waits": "72"}, set()),
            ({"deviates": "yes"}, {"differing"}),
            ({"deviates": "no"}, {"old", "flagged"}),
            ({"flags": "followed"}, {"flagged"}),
            ({"flags": "none"}, {"old", "differing"}),
            ({"flags": "open"}, set()),
            ({"template": "low_back_acute_profile_2"}, {"old", "differing", "flagged"}),
            ({"state": "returned"}, set()),
            ({"state": "all", "_facets": "True"}, {"old", "differing", "flagged"}),
        ],
    )
    def test_filters_narrow_the_line(
        self, client: Client, manager: Staff, query: dict[str, str], expected: set[str]
    ) -> None:
        rows = {"old": handed_in(30), "differing": handed_in(2, **OTHERWISE), "flagged": handed_in(1, ROUTINE_FLAG)}
        assert {name for name, row in rows.items() if row in line(client, **query)} == expected

    def test_dates_above_the_line_lead_to_what_was_handed_in_then(self, client: Client, manager: Staff) -> None:
        with time_machine.travel(dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC), tick=False):
            spring = adopted(suggested(ASKED)).current_revision
        with time_machine.travel(dt.datetime(2026, 6, 9, 12, tzinfo=dt.UTC), tick=False):
            summer = adopted(suggested(ASKED)).current_revision
        assert "made_at__month=6&amp;made_at__year=2026" in text(client.get(LINE))
        assert line(client, made_at__year="2026", made_at__month="6") == [summer]
        assert line(client, made_at__year="2026", made_at__month="3", made_at__day="5") == [spring]
        for nowhere in ({"made_at__year": "2026", "made_at__month": "99", "made_at__day": "5"}, {"made_at__year": "x"}):
            assert client.get(LINE, nowhere).status_code in (200, 302)

    def test_a_search_puts_no_name_in_an_address(self, client: Client, manager: Staff) -> None:
        wanted, other = handed_in(), handed_in()
        name = wanted.plan.patient.family_name
        answer = client.post(LINE, {"find": name})
        assert name not in answer.url
        assert line(client, patient=wanted.plan.patient.pk.hex) == [wanted]
        assert list(client.get(answer.url).context["cl"].result_list) == [wanted]
        assert other in line(client)
        assert list(client.get(client.post(LINE, {"find": "nobody"}).url).context["cl"].result_list) == []
        assert AccessEvent.objects.filter(event="patients_searched").count() == 2

    def test_plans_of_other_locations_and_replaced_revisions_are_not_in_it(self, client: Client) -> None:
        here, elsewhere = LocationFactory(), LocationFactory()
        client.force_login(RoleGrantFactory(role="manager", location=here).staff)
        mine = adopted(suggested(ASKED, episode=EpisodeFactory(patient__location=here))).current_revision
        adopted(suggested(ASKED, episode=EpisodeFactory(patient__location=elsewhere)))
        newer = revised(mine, **OTHERWISE)
        assert line(client) == [newer]


class TestOnePlan:
    def test_it_shows_what_differs_and_folds_what_is_equal(self, client: Client, manager: Staff) -> None:
        page = client.get(page_of(handed_in(**OTHERWISE)))
        (row,) = page.context["rows"]
        assert (row.what, row.template_value, row.plan_value) == ("minutes per session", "30", "45")
        assert (row.reason, row.explanation) == ("planning", "Past in het rooster")
        assert row.what not in {one.what for one in page.context["equal"]}
        assert len(page.context["equal"]) >= 4
        assert "The protocol" in text(page)

    def test_it_leads_to_a_test_case_of_its_intake(self, client: Client, manager: Staff) -> None:
        revision = handed_in()
        address = reverse("admin:plans_protocolcase_of_intake", args=[revision.plan.intake_id])
        assert f'href="{address}"' in text(client.get(page_of(revision)))
        assert client.get(address).status_code == 200

    def test_reading_it_is_written_down_with_its_purpose(self, client: Client, manager: Staff) -> None:
        revision = handed_in()
        client.get(page_of(revision))
        event = AccessEvent.objects.get(event="plantoreview_read")
        assert (event.patient_id, event.purpose) == (str(revision.plan.patient.pk), "plan_review")

    def test_approving_names_the_revision_and_goes_on_to_the_next(self, client: Client, manager: Staff) -> None:
        first, second = handed_in(20), handed_in(10)
        answer = decide(client, first, "approve_next")
        assert answer.url == page_of(second)
        assert (again(first).review, again(first).reviewed_by) == ("approved", manager)
        assert AccessEvent.objects.filter(event="plan_approved", user_id=str(manager.pk)).count() == 1
        assert decide(client, second, "approve_next").url == LINE
        assert 'name="decision"' not in text(client.get(page_of(first)))

    def test_returning_needs_a_comment(self, client: Client, manager: Staff) -> None:
        revision = handed_in()
        assert decide(client, revision, "return", comment="  ").status_code == 422
        assert again(revision).review == "submitted"
        assert decide(client, revision, "return", comment="Waarom 45 minuten?").status_code == 302
        assert (again(revision).review, again(revision).review_comment) == ("returned", "Waarom 45 minuten?")

    def test_a_plan_that_was_changed_meanwhile_is_refused_with_the_difference(
        self, client: Client, manager: Staff
    ) -> None:
        revision = handed_in()
        newer = revised(revision, **OTHERWISE)
        answer = decide(client, revision, "approve")
        assert answer.status_code == 409
        assert again(revision).review == again(newer).review == "submitted"
        (row,) = answer.context["newer_rows"]
        assert (row.what, row.template_value, row.plan_value) == ("minutes per session", "30", "45")
        assert page_of(newer) in text(answer)

    def test_what_a_colleague_reviewed_meanwhile_is_refused(self, client: Client, manager: Staff) -> None:
        revision = handed_in()
        colleague = StaffFactory(roles=["manager"])
        actions.review(revision=revision, to="approved", by=colleague, now=timezone.now(), managers=2)
        assert decide(client, revision, "return", comment="Toch niet").status_code == 409
        assert again(revision).review == "approved"

    def test_what_changed_since_it_was_returned_stands_beside_the_comment(self, client: Client, manager: Staff) -> None:
        revision = handed_in(**OTHERWISE)
        decide(client, revision, "return", comment="Waarom 45 minuten?")
        newer = revised(again(revision), **LONGER)
        page = client.get(page_of(newer))
        (row,) = page.context["earlier"]["rows"]
        assert (row.template_value, row.plan_value, row.reason) == ("45", "50", "load capacity")
        assert "Waarom 45 minuten?" in text(page)

    def test_a_review_that_was_given_never_changes(self, manager: Staff) -> None:
        revision = handed_in()
        actions.review(revision=revision, to="approved", by=manager, now=timezone.now(), managers=1)
        with pytest.raises(Exception, match="a_review_does_not_change"):
            PlanRevision.objects.filter(pk=revision.pk).update(review="submitted")

    def test_only_who_reviews_opens_it(self, client: Client) -> None:
        revision = handed_in()
        client.force_login(StaffFactory(roles=["physiotherapist", "administrator"]))
        assert client.get(page_of(revision)).status_code == 403
        assert decide(client, revision, "approve").status_code == 403


class TestOnesOwnPlan:
    @pytest.fixture
    def both(self, client: Client) -> Staff:
        """A therapist who is a manager too."""
        staff = StaffFactory(name="Tom Vos", roles=["physiotherapist", "manager"], language="en")
        client.force_login(staff)
        return staff

    def own(self, both: Staff) -> PlanRevision:
        return adopted(suggested(ASKED, author=both)).current_revision

    def test_another_manager_must_approve_it_and_the_page_says_who(self, client: Client, both: Staff) -> None:
        StaffFactory(name="Marieke de Wit", roles=["manager"])
        revision = self.own(both)
        page = text(client.get(page_of(revision)))
        assert "Only another manager can approve this plan" in page
        assert "May approve: Marieke de Wit" in page
        assert decide(client, revision, "approve", self_approved_because="Haast").status_code == 422
        assert again(revision).review == "submitted"

    def test_the_only_manager_approves_it_with_a_reason_that_stays_visible(self, client: Client, both: Staff) -> None:
        revision = self.own(both)
        assert decide(client, revision, "approve").status_code == 422
        assert decide(client, revision, "approve", self_approved_because="Enige manager").status_code == 302
        assert again(revision).self_approved_because == "Enige manager"
        assert "Enige manager" in text(client.get(page_of(revision)))

    def test_who_is_no_manager_any_more_does_not_count(self, client: Client, both: Staff) -> None:
        StaffFactory(roles=["manager"], is_active=False)
        RoleGrantFactory(role="manager", valid_until=timezone.localdate() - dt.timedelta(days=1))
        assert decide(client, self.own(both), "approve", self_approved_because="Enige manager").status_code == 302


class TestManyAtOnce:
    def approve(self, client: Client, *chosen: PlanRevision, **more: str) -> HttpResponse:
        data = {"action": "approve_selected", "_selected_action": [revision.pk for revision in chosen]}
        return client.post(LINE, data | more)

    def test_it_names_what_it_leaves_out_and_why_and_approves_the_rest(self, client: Client, manager: Staff) -> None:
        clean, differing, flagged = handed_in(), handed_in(**OTHERWISE), handed_in(0, ROUTINE_FLAG)
        page = self.approve(client, clean, differing, flagged)
        assert page.context["clean"] == [clean]
        why = dict(page.context["left_out"])
        assert why == {
            differing: ["It differs from its template on 1 point."],
            flagged: ["It has 1 red flag or concern."],
        }
        assert {again(one).review for one in (clean, differing, flagged)} == {"submitted"}
        self.approve(client, clean, differing, flagged, sure="yes")
        assert [again(one).review for one in (clean, differing, flagged)] == ["approved", "submitted", "submitted"]
        assert AccessEvent.objects.filter(event="plan_approved").count() == 1

    def test_ones_own_plan_and_a_plan_without_screening_are_left_out(self, client: Client) -> None:
        both = StaffFactory(roles=["physiotherapist", "manager"])
        client.force_login(both)
        own, unasked = adopted(suggested(ASKED, author=both)).current_revision, handed_in()
        PlanRevision.objects.filter(pk=unasked.pk).update(brief=unasked.brief | {"flags_asked": 0})
        page = self.approve(client, own, unasked, sure="yes")
        assert page.status_code == 302
        assert {again(own).review, again(unasked).review} == {"submitted"}


class TestTheTurn:
    def test_a_recorded_contact_gives_a_flag_another_turn(self) -> None:
        suggestion = suggested(WEEK_FLAG)
        revision = adopted(suggestion).current_revision
        assert revision.risk == "open_flag"
        contact(suggestion, [flag["code"] for flag in suggestion.trace["red_flags"]])
        assert again(revision).risk == "flag"
        assert again(revision).due_at == revision.due_at + dt.timedelta(hours=12)

    def test_a_plan_without_anything_may_wait_longest(self) -> None:
        revision = handed_in()
        assert revision.due_at == revision.made_at + dt.timedelta(hours=72)


def contact(suggestion: Suggestion, flags: list[str]) -> None:
    """Record that the GP was reached about these flags."""
    actions.record_follow_up(
        intake=suggestion.intake,
        flags=flags,
        reached="Huisarts",
        reached_at=timezone.now(),
        advised="Mag starten",
        outcome="may_start",
        by=suggestion.by,
        now=timezone.now(),
    )


class TestTheAuthorsToday:
    def test_a_returned_plan_is_on_it_with_the_comment_until_it_is_handed_in_again(
        self, client: Client, manager: Staff
    ) -> None:
        revision = handed_in(**OTHERWISE)
        decide(client, revision, "return", comment="Waarom 45 minuten?")
        client.force_login(revision.author)
        today = text(client.get("/"))
        assert "Waarom 45 minuten?" in today
        assert "Marieke de Wit" in today
        assert reverse("plan_revise", args=[revision.plan_id]) in today
        revised(again(revision), **LONGER)
        assert "Waarom 45 minuten?" not in text(client.get("/"))

    def test_where_care_waits_for_review_a_returned_plan_does_not_wait_for_its_review_too(
        self, client: Client, manager: Staff
    ) -> None:
        PracticeSettings.objects.create(name="Rug & Co", review_before_care=True)
        revision = handed_in()
        decide(client, revision, "return", comment="Licht toe")
        client.force_login(revision.author)
        page = client.get("/")
        assert [plan.pk for plan in page.context["returned"]] == [revision.plan_id]
        assert list(page.context["waiting"]) == []
