"""What the database itself refuses, by raw SQL: every named constraint and every trigger of the plans app."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from plans import actions
from plans.actions import governing
from plans.domain.expectation import Expectation
from plans.models import (
    Deviation,
    FollowUp,
    Goal,
    Letter,
    MovedIntake,
    NoCourse,
    PatientAlarm,
    Plan,
    PlannedSession,
    PlanRevision,
    ProtocolCase,
    ProtocolStep,
    ProtocolVersion,
    Replay,
    Suggestion,
)
from practice.models import Staff
from tests.factories.plans import adopted, alarm, suggested
from tests.factories.practice import StaffFactory

pytestmark = pytest.mark.django_db

FROZEN = import_module("plans.migrations.0002_what_is_final_stays").RULES
CHANGES = {
    "a_suggestion_does_not_change": "urgency = 'routine'",
    "a_published_protocol_does_not_change": "title = '{}'",
    "a_recorded_contact_does_not_change": "outcome = 'no_treatment'",
    "an_end_without_a_course_does_not_change": "come_back_when = 'nooit'",
    "what_was_agreed_in_a_revision_does_not_change": "sessions = 1",
    "a_deviation_does_not_change": "reason = 'competence'",
    "a_step_of_a_referral_does_not_change": "note = 'anders'",
    "a_signed_letter_does_not_change": "text = 'anders'",
}


@pytest.fixture
def staff() -> Staff:
    """Who did all there is: a plan with a deviation, a contact, a signed letter, no course, an alarm."""
    suggestion = suggested({"iv_drug_use": True})
    by, now = suggestion.by, timezone.now()
    adopted(suggestion, session_minutes=45, reasons={"session_minutes": ("planning", "")})
    referral = actions.draft_referral(suggestion=suggestion, discipline="gp", language="nl", by=by, now=now)
    actions.sign_letter(letter=referral.letters.get(), by=by, now=now)
    actions.record_follow_up(
        intake=suggestion.intake,
        flags=["infection"],
        reached="Huisarts",
        reached_at=now,
        advised="Mag starten",
        outcome="may_start",
        by=by,
        now=now,
    )
    actions.end_without_course(
        suggestion=suggested(), advice=["warmth"], come_back_when="Bij toename", by=by, now=timezone.now()
    )
    alarm()
    governed(by)
    return by


def copied(model: type[models.Model], row: models.Model, changes: dict[str, Any]) -> None:
    """Insert a copy of a row with these changes, by SQL, past everything but the database."""
    fields = [field for field in model._meta.concrete_fields if not (field.primary_key and field.name == "id")]
    values = {field: changes.get(field.name, getattr(row, field.attname)) for field in fields}
    if isinstance(model._meta.pk, models.UUIDField):
        values[model._meta.pk] = uuid4()
    names = ", ".join(connection.ops.quote_name(field.column) for field in values)
    marks = ", ".join("%s" for _ in values)
    given = [
        field.get_db_prep_save(getattr(value, "pk", value), connection=connection) for field, value in values.items()
    ]
    table = connection.ops.quote_name(model._meta.db_table)
    run(f"INSERT INTO {table} ({names}) VALUES ({marks})", given)  # noqa: S608 - names are the model's own


def run(statement: str, given: list[Any] | None = None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, given)


def breaches(staff: Staff) -> Iterator[tuple[str, type[models.Model], dict[str, Any]]]:
    """For each constraint the changes to a good row that break it."""
    now, manager = timezone.now(), StaffFactory(roles=["manager"])
    approved = {"number": 9, "review": "approved", "reviewed_at": now}
    yield "a_protocol_version_exists_once", ProtocolVersion, {"status": "retired"}
    yield "one_published_version_per_protocol", ProtocolVersion, {"version": 9}
    both = {"version": 9, "status": "retired", "signed_by_first": staff, "signed_by_second": staff}
    yield "a_protocol_is_signed_by_two_people", ProtocolVersion, both
    yield from _breaches_of_drafts(staff)
    yield "a_follow_up_says_who_and_what", FollowUp, {"reached": ""}
    yield "a_follow_up_is_recorded_after_the_contact", FollowUp, {"reached_at": now + timezone.timedelta(days=1)}
    yield "one_active_plan_per_episode", Plan, {}
    yield "a_plan_in_care_was_activated", Plan, {"life": "draft"}
    yield "weeks_count_from_the_activation_or_later", Plan, {"counted_from": None}
    yield "a_plan_is_paused_iff_paused_at", Plan, {"paused_at": now}
    yield "a_plan_has_ended_iff_ended_at", Plan, {"life": "completed"}
    yield "a_stopped_plan_says_why", Plan, {"life": "stopped", "ended_at": now}
    yield "a_revision_number_exists_once_per_plan", PlanRevision, {}
    yield "plan_lasts_4_to_8_weeks", PlanRevision, {"number": 9, "weeks": 9}
    yield "plan_lasts_4_to_8_weeks", PlanRevision, {"number": 9, "weeks": 3}
    alone = {"number": 9, "kind": "self_management", "sessions": 4}
    yield "self_management_has_at_most_3_sessions", PlanRevision, alone
    yield "an_extended_plan_is_longer_and_says_why", PlanRevision, {"number": 9, "kind": "extended", "weeks": 9}
    shorter = {"number": 9, "kind": "extended", "weeks": 8, "extended_because": "Werk"}
    yield "an_extended_plan_is_longer_and_says_why", PlanRevision, shorter
    yield "a_reviewed_revision_names_its_reviewer", PlanRevision, approved
    yield "author_and_approver_differ_or_the_reason_is_there", PlanRevision, approved | {"reviewed_by": staff}
    returned = approved | {"review": "returned", "reviewed_by": manager}
    yield "a_returned_revision_has_a_comment", PlanRevision, returned
    yield "a_deviation_is_named_once_per_revision", Deviation, {}
    yield "another_reason_is_explained", Deviation, {"what": "build.weeks", "reason": "other"}
    yield "a_session_number_exists_once_per_revision", PlannedSession, {}
    yield "a_plan_has_one_main_goal", Goal, {}
    yield "a_goal_says_something", Goal, {"main": False, "text": ""}
    yield "a_signed_letter_has_its_pdf", Letter, {"pdf_hash": ""}
    yield "no_course_says_when_to_come_back", NoCourse, {"come_back_when": ""}
    yield "a_link_has_one_open_alarm", PatientAlarm, {}
    answered = {"contacted_at": now, "contacted_by": staff, "reached": "patient", "agreed": "Belt de huisarts"}
    yield "an_alarm_cannot_wait_for_the_visit", PatientAlarm, answered | {"urgency": "routine"}
    for nothing in ({"reached": ""}, {"agreed": ""}, {"contacted_by": None}, {"contacted_at": None}):
        yield "an_alarm_ends_with_who_was_reached_and_what_was_agreed", PatientAlarm, answered | nothing


def _breaches_of_drafts(staff: Staff) -> Iterator[tuple[str, type[models.Model], dict[str, Any]]]:
    """The same for what belongs to protocols in the making."""
    now, other = timezone.now(), StaffFactory(roles=["manager"])
    next_one = {"version": 9, "status": "retired"}
    handed_in = {"submitted_by": other, "submitted_at": now}
    approved = handed_in | {"approved_by": staff, "approved_at": now}
    for own in ({"drafted_by": staff}, {"submitted_by": staff}):
        yield "who_approves_a_protocol_did_not_write_it", ProtocolVersion, next_one | approved | own
    yield "a_submitted_protocol_says_by_whom_and_when", ProtocolVersion, next_one | {"submitted_by": staff}
    unsubmitted = {"approved_by": staff, "approved_at": now}
    yield "an_approved_protocol_was_submitted", ProtocolVersion, next_one | unsubmitted
    yield "a_protocol_in_review_was_submitted", ProtocolVersion, {"version": 9, "status": "in_review"}
    yield "what_is_approved_is_no_draft", ProtocolVersion, approved | {"version": 9, "status": "draft"}
    alone = {"code": "neck", "based_on": ProtocolVersion.objects.first()}
    yield "a_draft_is_published_by_a_second_person", ProtocolVersion, alone
    yield "a_returned_protocol_has_a_comment", ProtocolStep, {"what": "returned"}
    yield "a_test_case_has_a_title_of_its_own", ProtocolCase, {}
    yield "a_test_case_has_a_title", ProtocolCase, {"title": ""}
    yield "a_replay_does_no_more_than_all", Replay, {"done": 9}
    yield "a_replay_is_over_iff_finished_at", Replay, {"finished_at": None}
    yield "a_draft_is_replayed_once_at_a_time", Replay, {"status": "waiting", "finished_at": None}
    yield "an_intake_moves_once_in_a_replay", MovedIntake, {}


def governed(by: Staff) -> None:
    """A draft with a test case, a replay that is over with an intake that moved, and one that waits."""
    now = timezone.now()
    version = ProtocolVersion.objects.get(status="published")
    draft = governing.draft_protocol(of=version, by=by, now=now)
    case = ProtocolCase(protocol="back_pain", title="Geval", questionnaire="low_back", answers={})
    governing.save_case(case=case, expected=Expectation(urgency="none"), seen=0, by=by, now=now)
    kept = {"version": draft, "against": version, "content_hash": draft.content_hash, "by": by, "asked_at": now}
    over = Replay.objects.create(id=UUID(int=0), status="done", finished_at=now, **kept)
    MovedIntake.objects.create(replay=over, intake=Suggestion.objects.first().intake, gravest=1, shifts="", moved=[])
    Replay.objects.create(**kept)


def test_the_database_refuses_what_breaks_a_constraint(staff: Staff) -> None:
    constraints = [one for table in apps.get_app_config("plans").get_models() for one in table._meta.constraints]
    unique = {one.name for one in constraints if isinstance(one, models.UniqueConstraint)}
    tried = set()
    for name, model, changes in breaches(staff):
        tried.add(name)
        said = rf"{name}|UNIQUE constraint failed" if name in unique else name  # SQLite leaves the name of these out
        with pytest.raises(IntegrityError, match=said):
            copied(model, model.objects.order_by("pk").first(), changes)
    assert tried == {one.name for one in constraints}


def test_the_database_refuses_to_change_or_remove_what_is_final(staff: Staff) -> None:
    assert {rule.name for rule in FROZEN} == set(CHANGES)
    for rule in FROZEN:
        with pytest.raises(IntegrityError, match=rule.name):
            run(f"UPDATE {rule.table} SET {CHANGES[rule.name]}")  # noqa: S608 - written above
        with pytest.raises(IntegrityError, match=rule.name):
            run(f"DELETE FROM {rule.table}")  # noqa: S608 - a name of the migration


def test_what_is_not_final_may_change(staff: Staff) -> None:
    run("UPDATE plans_planrevision SET review_comment = 'Goed zo'")
    run("UPDATE plans_protocolversion SET status = 'retired'")
    run("UPDATE plans_goal SET status = 'reached'")
    assert PlanRevision.objects.get().review_comment == "Goed zo"
