"""From a suggestion to a plan: what is kept, what is refused and why, and what a plan may become."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

import pytest
from django.utils import timezone

from intake.domain.reading import content_hash
from patients.policies import Refused
from plans import actions
from plans.actions import DeviationsWithoutReason, GoalChoice, OpenFlags
from plans.domain.protocol import compose
from plans.management.content_files import read_protocol_content
from plans.models import Letter, Plan, PlanRevision, Referral, Suggestion
from practice.models import AccessEvent, PracticeSettings, Staff
from tests.factories.intake import IntakeFactory
from tests.factories.plans import (
    ACUTE,
    CONTENT,
    adopted,
    choice,
    draft,
    published_protocol,
    shipped_protocol,
    suggested,
)
from tests.factories.practice import StaffFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons_in_english")]

EMERGENCY = {"saddle_numbness": True, "bladder_retention": True}
WITHIN_24H = {"cancer_history": True, "unexplained_weight_loss": True, "night_pain": True}
ONE_WITHIN_WEEK = {"iv_drug_use": True}
TWO_WITHIN_WEEK = {"iv_drug_use": True, "abdominal_pain_with_back_pain": True}
CONCERN = {"screening": "concern"}
LATER = "De huisarts belt terug."


def contact(suggestion: Suggestion, *, outcome: str = "may_start", only: list[str] | None = None) -> None:
    """Record a contact about these matters; by default about all that may hold."""
    codes = {code for reason in suggestion.trace["hold"]["reasons"] for code in reason["codes"]}
    actions.record_follow_up(
        intake=suggestion.intake,
        flags=codes if only is None else only,
        reached="Huisarts Jansen",
        reached_at=timezone.now(),
        advised="Behandeling mag starten",
        outcome=outcome,
        by=suggestion.by,
        now=timezone.now(),
    )


def publish(version: int, rules: list[dict[str, Any]] | None = None) -> None:
    """Publish the shipped protocol under another version, with these rules added."""
    parts = read_protocol_content(CONTENT)
    parts["protocol"] = {**parts["protocol"], "version": version}
    parts["rules"] = {**parts["rules"], "added": {"rules": rules or []}}
    actions.publish_protocol(protocol=compose(parts), now=timezone.now())


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_a_plan_is_pinned_to_what_it_was_adopted_from_and_the_trace_is_kept() -> None:
    suggestion = suggested()
    plan = adopted(suggestion)
    assert plan.protocol_version.content_hash == shipped_protocol().hash
    assert (plan.template, plan.template_version) == (ACUTE, shipped_protocol().templates[ACUTE].version)
    (template,) = [one for one in plan.suggestion.trace["templates"] if one["code"] == ACUTE]
    assert template["reasons"][0]["held"]
    assert plan.suggestion.findings_hash == content_hash(suggestion.intake.findings().to_json())
    assert (plan.life, plan.current_revision.number, plan.current_revision.review) == ("active", 1, "submitted")
    assert plan.current_revision.planned_sessions.count() == plan.current_revision.sessions == 5
    assert plan.goals.get(main=True).target == 2
    assert AccessEvent.objects.filter(event="plan_adopted", patient_id=str(plan.patient.pk)).exists()


def test_a_new_version_of_the_protocol_leaves_a_plan_as_it_was() -> None:
    plan = adopted()
    publish(version=2)
    plan = Plan.objects.get(pk=plan.pk)
    assert plan.protocol_version.version == 1
    newer = actions.suggest_again(intake=plan.intake, by=plan.author, now=timezone.now())
    assert newer.protocol_version.version == 2
    assert Plan.objects.get(pk=plan.pk).suggestion.protocol_version.version == 1


def test_a_plan_needs_a_completed_intake() -> None:
    published_protocol()
    with pytest.raises(Refused, match="Complete the intake"):
        actions.latest_suggestion(draft())


# --- what holds a plan, and what lifts the hold ---------------------------------------------------------------------


@pytest.mark.parametrize("answers", [EMERGENCY, WITHIN_24H, TWO_WITHIN_WEEK, CONCERN])
def test_open_flags_hold_completion_until_there_is_a_reason_and_the_plan_even_then(answers: Mapping[str, Any]) -> None:
    published_protocol()
    intake = draft(answers)
    with pytest.raises(OpenFlags):
        actions.complete_intake(intake=intake, by=intake.author, now=timezone.now())
    suggestion = actions.complete_intake(intake=intake, by=intake.author, now=timezone.now(), reason=LATER)
    with pytest.raises(Refused, match="red flag holds"):
        adopted(suggestion)
    assert not Plan.objects.exists()


@pytest.mark.parametrize("answers", [EMERGENCY, WITHIN_24H, TWO_WITHIN_WEEK, CONCERN])
def test_a_recorded_contact_that_lets_treatment_start_lifts_the_hold(answers: Mapping[str, Any]) -> None:
    suggestion = suggested(answers, reason=LATER)
    contact(suggestion)
    assert adopted(suggestion).life == "active"


@pytest.mark.parametrize("outcome", ["await_result", "no_treatment"])
def test_a_contact_with_another_outcome_keeps_the_hold(outcome: str) -> None:
    suggestion = suggested(WITHIN_24H, reason=LATER)
    contact(suggestion, outcome=outcome)
    with pytest.raises(Refused, match="red flag holds"):
        adopted(suggestion)


def test_the_last_contact_counts() -> None:
    suggestion = suggested(WITHIN_24H, reason=LATER)
    contact(suggestion)
    contact(suggestion, outcome="await_result")
    with pytest.raises(Refused, match="red flag holds"):
        adopted(suggestion)


def test_a_contact_about_something_else_keeps_the_hold() -> None:
    suggestion = suggested(WITHIN_24H, reason=LATER)
    contact(suggestion, only=["night_or_rest_pain"])
    with pytest.raises(Refused, match="red flag holds"):
        adopted(suggestion)


def test_one_flag_for_within_a_week_does_not_hold() -> None:
    suggestion = suggested(ONE_WITHIN_WEEK)
    assert [flag["urgency"] for flag in suggestion.trace["red_flags"]] == ["within_week"]
    assert adopted(suggestion).life == "active"


def test_answering_one_of_two_flags_for_within_a_week_lifts_their_hold() -> None:
    suggestion = suggested(TWO_WITHIN_WEEK, reason=LATER)
    contact(suggestion, only=["infection"])
    assert adopted(suggestion).life == "active"


def test_a_contact_lies_in_the_past_and_is_about_something() -> None:
    suggestion = suggested(WITHIN_24H, reason=LATER)
    with pytest.raises(Refused, match="at least one flag"):
        contact(suggestion, only=[])
    now = timezone.now()
    with pytest.raises(Refused, match="future"):
        actions.record_follow_up(
            intake=suggestion.intake,
            flags=["tumour"],
            reached="Huisarts",
            reached_at=now + timezone.timedelta(minutes=1),
            advised="Mag",
            outcome="may_start",
            by=suggestion.by,
            now=now,
        )


def test_a_flag_that_is_recorded_as_open_again_holds_activation_too() -> None:
    suggestion = suggested(WITHIN_24H, reason=LATER)
    contact(suggestion)
    plan = adopted(suggestion)
    actions.pause(plan=plan, by=plan.author, now=timezone.now())
    contact(suggestion, outcome="await_result")
    with pytest.raises(Refused, match="without a recorded contact"):
        actions.activate(plan=Plan.objects.get(pk=plan.pk), by=plan.author, now=timezone.now())


def test_a_rule_that_fails_is_not_evaluated_and_blocks_adoption() -> None:
    broken = {
        "code": "broken_rule",
        "when": "course >= 3",
        "conclude": {"note": "fear_of_movement"},
        "explanation": {"nl": "Kapot", "en": "Broken"},
        "sources": [next(iter(shipped_protocol().sources))],
        "evidence": "proposal",
        "reviewed": timezone.localdate(),
    }
    publish(version=2, rules=[broken])
    intake = draft()
    suggestion = actions.complete_intake(intake=intake, by=intake.author, now=timezone.now())
    assert [one["rule"] for one in suggestion.trace["not_evaluated"]] == ["broken_rule"]
    assert suggestion.trace["screening"] == "not_evaluated"
    with pytest.raises(Refused, match="could not be evaluated"):
        adopted(suggestion)


# --- techniques -----------------------------------------------------------------------------------------------------


def test_a_technique_that_the_findings_block_is_refused_by_name() -> None:
    suggestion = suggested({"osteoporosis": True, "severe_osteoporosis": True})
    with pytest.raises(Refused, match="anipula"):
        adopted(suggestion, settle={"techniques": ("manipulation",)}, consents_to_special_procedures=True)


def test_a_special_procedure_needs_consent() -> None:
    suggestion = suggested({"trigger_points": True})
    needling = {"settle": {"techniques": ("education", "exercise_mobilising", "dry_needling")}}
    because = {"reasons": {"settle.techniques": ("patient_preference", "")}}
    with pytest.raises(Refused, match="consent"):
        adopted(suggestion, **needling, **because)
    plan = adopted(suggestion, **needling, **because, consents_to_special_procedures=True)
    assert plan.current_revision.content["consent_special_procedures"] is True


# --- deviations -----------------------------------------------------------------------------------------------------


def test_every_difference_from_the_template_needs_its_reason() -> None:
    suggestion = suggested()
    changes = {"settle": {"sessions_per_week": 1.0}, "build": {"exercises": ("bridge",)}, "session_minutes": 45}
    with pytest.raises(DeviationsWithoutReason) as refused:
        adopted(suggestion, **changes, reasons={"session_minutes": ("planning", "")})
    assert [one.what for one in refused.value.differences] == ["settle.sessions_per_week", "build.exercises"]
    assert not Plan.objects.exists()
    reasons = {"session_minutes": ("planning", ""), "settle.sessions_per_week": ("load_capacity", "")}
    plan = adopted(suggestion, **changes, reasons={**reasons, "build.exercises": ("other", "Alleen thuis")})
    kept = {
        one.what: (one.template_value, one.plan_value, one.reason) for one in plan.current_revision.deviations.all()
    }
    assert kept["session_minutes"] == (30, 45, "planning")
    assert kept["settle.sessions_per_week"] == (2.0, 1.0, "load_capacity")
    assert kept["build.exercises"][2] == "other"


def test_another_reason_is_explained() -> None:
    with pytest.raises(Refused, match="in words"):
        adopted(suggested(), session_minutes=45, reasons={"session_minutes": ("other", " ")})


def test_a_plan_has_a_main_goal() -> None:
    with pytest.raises(Refused, match="main goal"):
        adopted(suggested(), main_goal=GoalChoice(text="  "))


# --- length and kind ------------------------------------------------------------------------------------------------


def lasting(suggestion: Suggestion, weeks: int, **changes: Any) -> Plan:
    """A plan from the acute template (1 + 3 weeks) that lasts this many weeks."""
    return adopted(suggestion, build={"weeks": weeks - 1}, reasons={"build.weeks": ("load_capacity", "")}, **changes)


@pytest.mark.parametrize("weeks", [5, 8])
def test_a_course_lasts_at_most_eight_weeks(weeks: int) -> None:
    plan = lasting(suggested(), weeks)
    assert (plan.current_revision.kind, plan.current_revision.weeks) == ("course", weeks)


def test_a_course_of_less_than_four_weeks_is_refused() -> None:
    with pytest.raises(Refused, match="4 to 8 weeks; this one lasts 3"):
        lasting(suggested(), 3)


def test_beyond_eight_weeks_a_plan_is_extended_and_says_why() -> None:
    suggestion = suggested()
    with pytest.raises(Refused, match="longer than 8 weeks"):
        lasting(suggestion, 9)
    plan = lasting(suggestion, 9, extended_because="Werkhervatting in week negen")
    assert (plan.current_revision.kind, plan.current_revision.weeks) == ("extended", 9)


def test_self_management_has_at_most_three_sessions() -> None:
    suggestion = suggested()
    more = {"start": {"sessions_per_week": 3.0}}
    with pytest.raises(Refused, match="at most 3 sessions; this one has 4"):
        adopted(
            suggestion,
            "self_management_profile_1",
            **more,
            reasons={"start.sessions_per_week": ("patient_preference", "")},
        )
    assert adopted(suggestion, "self_management_profile_1").current_revision.kind == "self_management"


# --- the life of a plan ---------------------------------------------------------------------------------------------


def test_an_episode_has_one_active_plan() -> None:
    suggestion = suggested()
    first = adopted(suggestion)
    with pytest.raises(Refused, match="active plan already"):
        adopted(suggestion)
    actions.end(plan=first, to="stopped", reason="Verhuisd", by=first.author, now=timezone.now())
    assert adopted(suggestion).life == "active"


def test_of_two_plans_that_wait_for_review_one_becomes_active() -> None:
    PracticeSettings.objects.update_or_create(id=1, defaults={"review_before_care": True})
    suggestion = suggested()
    plans = [adopted(suggestion), adopted(suggestion)]
    PracticeSettings.objects.update(review_before_care=False)
    actions.activate(plan=plans[0], by=suggestion.by, now=timezone.now())
    with pytest.raises(Refused, match="active plan already"):
        actions.activate(plan=plans[1], by=suggestion.by, now=timezone.now())


def test_stopping_says_why_and_an_ended_plan_does_not_live_on() -> None:
    plan = adopted()
    with pytest.raises(Refused, match="why the plan is stopped"):
        actions.end(plan=plan, to="stopped", reason=" ", by=plan.author, now=timezone.now())
    actions.end(plan=plan, to="completed", reason="", by=plan.author, now=timezone.now())
    plan = Plan.objects.get(pk=plan.pk)
    assert plan.ended_at
    for go_on in (actions.activate, actions.pause):
        with pytest.raises(Refused, match="cannot become"):
            go_on(plan=plan, by=plan.author, now=timezone.now())
    with pytest.raises(Refused, match="has ended"):
        actions.revise(plan=plan, base=1, choice=choice(plan.suggestion), by=plan.author, now=timezone.now())


def test_the_first_start_of_care_is_kept_through_a_pause() -> None:
    plan = adopted()
    started = plan.activated_at
    actions.pause(plan=plan, by=plan.author, now=timezone.now())
    actions.activate(plan=plan, by=plan.author, now=timezone.now())
    assert Plan.objects.get(pk=plan.pk).activated_at == started


def test_the_weeks_of_a_pause_do_not_count() -> None:
    plan, week = adopted(), dt.timedelta(weeks=1)
    started, by = plan.activated_at, plan.author
    for paused, resumed in ((1, 3), (4, 5)):
        actions.pause(plan=plan, by=by, now=started + paused * week)
        assert plan.weeks_from(started + (paused + 1) * week) == plan.counted_from + week
        actions.activate(plan=plan, by=by, now=started + resumed * week)
    plan = Plan.objects.get(pk=plan.pk)
    over = started + plan.current_revision.weeks * week
    assert (plan.paused_at, plan.weeks_from(over)) == (None, started + 3 * week)
    assert not Plan.objects.evaluation_late(over + 2 * week).exists()
    assert Plan.objects.evaluation_late(over + 3 * week).exists()


def test_a_plan_that_never_started_is_stopped_and_not_completed() -> None:
    PracticeSettings.objects.update_or_create(id=1, defaults={"review_before_care": True})
    plan = adopted()
    with pytest.raises(Refused, match="cannot become"):
        actions.end(plan=plan, to="completed", reason="", by=plan.author, now=timezone.now())
    actions.end(plan=plan, to="stopped", reason="Verhuisd", by=plan.author, now=timezone.now())
    assert Plan.objects.get().life == "stopped"


# --- review ---------------------------------------------------------------------------------------------------------


def judge(revision: PlanRevision, by: Staff, to: str = "approved", **fields: Any) -> PlanRevision:
    actions.review(revision=revision, to=to, by=by, now=timezone.now(), **{"managers": 2, **fields})
    return PlanRevision.objects.get(pk=revision.pk)


@pytest.fixture
def manager() -> Staff:
    return StaffFactory(roles=["manager"])


def test_approval_names_the_revision_and_who_gave_it(manager: Staff) -> None:
    revision = judge(adopted().current_revision, manager)
    assert (revision.review, revision.reviewed_by) == ("approved", manager)
    with pytest.raises(Refused, match="reviewed already"):
        judge(revision, manager, to="returned", comment="Toch niet")


def test_a_plan_is_returned_with_a_comment_and_comes_back_as_a_new_revision(manager: Staff) -> None:
    plan = adopted()
    with pytest.raises(Refused, match="what should change"):
        judge(plan.current_revision, manager, to="returned")
    judge(plan.current_revision, manager, to="returned", comment="Minder sessies")
    actions.revise(plan=plan, base=1, choice=choice(plan.suggestion), by=plan.author, now=timezone.now())
    plan = Plan.objects.get(pk=plan.pk)
    assert (plan.current_revision.number, plan.current_revision.review) == (2, "submitted")
    assert [revision.review for revision in plan.revisions.all()] == ["returned", "submitted"]
    assert plan.life == "active"


def test_a_revision_that_was_replaced_cannot_be_approved(manager: Staff) -> None:
    plan = adopted()
    stale = plan.current_revision
    actions.revise(plan=plan, base=1, choice=choice(plan.suggestion), by=plan.author, now=timezone.now())
    with pytest.raises(Refused, match="changed meanwhile"):
        judge(stale, manager)


def test_nobody_approves_their_own_plan_unless_there_is_one_manager_and_a_reason() -> None:
    both = StaffFactory(roles=["physiotherapist", "manager"])
    plan = adopted(fields={"author": both})
    with pytest.raises(Refused, match="another manager"):
        judge(plan.current_revision, both, self_approved_because="Druk", managers=2)
    with pytest.raises(Refused, match="why one's own plan"):
        judge(plan.current_revision, both, managers=1)
    revision = judge(plan.current_revision, both, self_approved_because="Enige manager", managers=1)
    assert revision.self_approved_because == "Enige manager"


def test_where_review_comes_first_a_plan_waits_for_its_approval(manager: Staff) -> None:
    PracticeSettings.objects.update_or_create(id=1, defaults={"review_before_care": True})
    plan = adopted()
    assert plan.life == "draft"
    with pytest.raises(Refused, match="waits for its review"):
        actions.activate(plan=plan, by=plan.author, now=timezone.now())
    judge(plan.current_revision, manager)
    actions.activate(plan=Plan.objects.get(pk=plan.pk), by=plan.author, now=timezone.now())
    assert Plan.objects.get(pk=plan.pk).life == "active"


# --- referrals, letters and ends without a course -------------------------------------------------------------------


def referred(suggestion: Suggestion, discipline: str = "gp") -> Referral:
    return actions.draft_referral(
        suggestion=suggestion, discipline=discipline, language="nl", by=suggestion.by, now=timezone.now()
    )


def test_a_referral_is_drafted_once_with_a_letter_that_gives_its_reasons() -> None:
    suggestion = suggested(WITHIN_24H, reason=LATER)
    referral = referred(suggestion)
    letter = referral.letters.get()
    assert (referral.urgency, referral.status) == ("within_24h", "drafted")
    assert "binnen 24 uur" in letter.subject
    assert suggestion.intake.answers()["request_for_help"] in letter.text
    assert referred(suggestion) == referral
    assert Letter.objects.count() == 1


def test_nothing_is_drafted_to_a_discipline_that_nothing_asks_for() -> None:
    with pytest.raises(Refused, match="asks for this discipline"):
        referred(suggested(), "occupational_physician")


def test_a_signed_letter_keeps_its_pdf_and_nothing_changes_any_more() -> None:
    letter = referred(suggested(WITHIN_24H, reason=LATER)).letters.get()
    change = {"recipient": "Huisarts Jansen", "subject": "Verzoek", "text": "Graag uw oordeel."}
    actions.change_letter(letter=letter, **change, by=letter.by, now=timezone.now())
    actions.sign_letter(letter=letter, by=letter.by, now=timezone.now())
    letter = Letter.objects.get(pk=letter.pk)
    assert bytes(letter.pdf).startswith(b"%PDF")
    assert letter.pdf_hash == hashlib.sha256(bytes(letter.pdf)).hexdigest()
    with pytest.raises(Refused, match="signed"):
        actions.change_letter(letter=letter, **change, by=letter.by, now=timezone.now())
    with pytest.raises(Refused, match="signed"):
        actions.sign_letter(letter=letter, by=letter.by, now=timezone.now())


def test_a_referral_takes_its_steps_in_order() -> None:
    referral = referred(suggested(WITHIN_24H, reason=LATER))
    with pytest.raises(Refused, match="cannot take that step"):
        actions.step_referral(referral=referral, to="accepted", note="", by=referral.by, now=timezone.now())
    for step in ("sent", "accepted", "reported", "closed"):
        actions.step_referral(referral=referral, to=step, note="", by=referral.by, now=timezone.now())
    assert [step.status for step in referral.steps.all()] == ["drafted", "sent", "accepted", "reported", "closed"]


def without_course(suggestion: Suggestion, when: str = "Bij toename") -> Any:
    return actions.end_without_course(
        suggestion=suggestion, advice=["keep_moving"], come_back_when=when, by=suggestion.by, now=timezone.now()
    )


def test_an_intake_may_end_with_advice_and_when_to_come_back() -> None:
    suggestion = suggested()
    with pytest.raises(Refused, match="when the patient should come back"):
        without_course(suggestion, " ")
    assert without_course(suggestion).advice == ["keep_moving"]


def test_an_intake_with_an_open_flag_does_not_end_without_a_course() -> None:
    with pytest.raises(Refused, match="red flag holds"):
        without_course(suggested(WITHIN_24H, reason=LATER))


def test_an_intake_ends_without_a_course_once_and_not_beside_a_plan() -> None:
    suggestion = suggested()
    without_course(suggestion)
    with pytest.raises(Refused, match="ended without a course"):
        without_course(suggestion)
    with pytest.raises(Refused, match="ended without a course"):
        adopted(suggestion)


def test_beside_a_plan_an_intake_does_not_end_without_a_course() -> None:
    suggestion = suggested()
    adopted(suggestion)
    with pytest.raises(Refused, match="plan was adopted"):
        without_course(suggestion)


def test_an_intake_that_is_entered_in_error_has_no_suggestion() -> None:
    published_protocol()
    intake = IntakeFactory(status="entered_in_error")
    with pytest.raises(Refused, match="Complete the intake"):
        actions.latest_suggestion(intake)


# --- protocols ------------------------------------------------------------------------------------------------------


def test_a_protocol_is_signed_by_two_people() -> None:
    version = published_protocol()
    first, second = StaffFactory(roles=["manager"]), StaffFactory(roles=["manager"])
    actions.sign_protocol(version=version, by=first, now=timezone.now())
    with pytest.raises(Refused, match="another person"):
        actions.sign_protocol(version=version, by=first, now=timezone.now())
    actions.sign_protocol(version=version, by=second, now=timezone.now())
    version.refresh_from_db()
    assert version.is_signed
    with pytest.raises(Refused, match="lacks a signature"):
        actions.sign_protocol(version=version, by=StaffFactory(), now=timezone.now())


def test_a_published_version_is_not_published_with_other_content() -> None:
    published_protocol()
    added = {
        "code": "another_rule",
        "when": "stress is yes",
        "conclude": {"note": "fear_of_movement"},
        "explanation": {"nl": "Nieuw", "en": "New"},
        "sources": [next(iter(shipped_protocol().sources))],
        "evidence": "proposal",
        "reviewed": timezone.localdate(),
    }
    with pytest.raises(Refused, match="Give it a new version"):
        publish(version=shipped_protocol().version, rules=[added])
