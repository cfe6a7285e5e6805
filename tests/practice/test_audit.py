"""The access log: what a row holds, that it cannot be changed, and that tampering is found."""

import datetime as dt
from contextlib import suppress
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.http import Http404
from django.test import Client, RequestFactory
from django.utils import timezone

from practice import audit
from practice.access import get_visible, requires
from practice.audit import Checks
from practice.domain.grants import Act
from practice.models import AccessEvent, Staff
from tests.factories.practice import StaffFactory
from tests.protected_tables import protection_off

NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def recorded(**changes: object) -> AccessEvent:
    audit.record(**{"by": None, "event": "patient_read", "action": "R", "now": NOW} | changes)
    return AccessEvent.objects.order_by("id").last()


def check_output(**options: str) -> str:
    out = StringIO()
    call_command("check_access_log", stdout=out, **options)
    return out.getvalue()


def test_a_row_tells_who_did_what_for_whom_when_and_by_which_checks() -> None:
    staff = StaffFactory(name="Sanne Bakker", roles=["physiotherapist", "manager"])
    row = recorded(
        by=staff,
        patient_id="p-1",
        object_type="patients.patient",
        object_id=7,
        checks=Checks(authorised=True, treatment_relationship=True),
        purpose="care",
    )
    assert (row.at_utc, row.user_id, row.user_name) == (NOW, str(staff.pk), "Sanne Bakker")
    assert row.user_roles == "manager physiotherapist"
    assert (row.patient_id, row.object_type, row.object_id, row.outcome) == ("p-1", "patients.patient", "7", "allowed")
    checks = (row.check_authorisation, row.check_relationship, row.check_consent, row.check_emergency)
    assert checks == (True, True, None, False)


def test_a_row_of_a_request_names_address_and_session_but_does_not_give_the_session_away() -> None:
    client = Client(REMOTE_ADDR="192.0.2.7")
    client.force_login(StaffFactory(roles=["front_desk"]))
    assert client.get("/admin/").status_code in {302, 403}
    with audit.coming_from("192.0.2.7", client.session):
        row = recorded()
    assert row.ip == "192.0.2.7"
    assert len(row.session) == 64
    assert client.session.session_key not in row.session


@pytest.mark.parametrize("column", [f.attname for f in AccessEvent._meta.local_concrete_fields if f.attname != "id"])
def test_no_column_of_a_sealed_row_can_be_changed(column: str) -> None:
    row = recorded()
    call_command("tick", stdout=StringIO())
    other = {"sequence": 99, "at_utc": timezone.now(), "action": "D", "outcome": "denied"}
    value = other.get(column, not getattr(row, column) if column.startswith("check_") else "f" * 10)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessEvent.objects.filter(pk=row.pk).update(**{column: value})


@pytest.mark.parametrize(
    "column", [f.attname for f in AccessEvent._meta.local_concrete_fields if f.attname not in {"id", "sequence"}]
)
def test_no_column_of_a_waiting_row_can_be_changed_not_even_while_it_is_sealed(column: str) -> None:
    row = recorded()
    other = {"at_utc": timezone.now(), "action": "D", "outcome": "denied"}
    value = other.get(column, not getattr(row, column) if column.startswith("check_") else "f" * 10)
    seal = {} if column in {"hash", "prev_hash"} else {"sequence": 1, "prev_hash": "0", "hash": "1"}
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessEvent.objects.filter(pk=row.pk).update(**seal | {column: value})


def test_a_row_cannot_be_removed() -> None:
    row = recorded()
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessEvent.objects.filter(pk=row.pk).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.delete()


@pytest.mark.postgres
def test_the_log_cannot_be_emptied() -> None:
    recorded()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE practice_accessevent")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has INSERT OR REPLACE")
def test_a_row_cannot_be_replaced() -> None:
    row = recorded()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("REPLACE INTO practice_accessevent SELECT * FROM practice_accessevent WHERE id = %s", [row.pk])


@pytest.mark.parametrize("wrong", [{"action": "X"}, {"action": ""}])
def test_an_unknown_action_is_refused(wrong: dict) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        recorded(**wrong)


def test_a_row_belongs_to_the_transaction_of_what_it_tells() -> None:
    with suppress(RuntimeError), transaction.atomic():
        recorded()
        raise RuntimeError
    assert not AccessEvent.objects.exists()


def test_the_tick_seals_the_log_and_the_check_finds_it_whole() -> None:
    for number in range(5):
        recorded(object_id=number)
    call_command("tick", stdout=StringIO())
    recorded()
    assert list(AccessEvent.objects.sealed().values_list("sequence", flat=True)) == [1, 2, 3, 4, 5]
    assert "whole: head 5:" in check_output()
    assert "wait for their seal: 1." in check_output()
    call_command("tick", stdout=StringIO())
    assert "whole: head 6:" in check_output()


def three_sealed_rows() -> list[AccessEvent]:
    for number in range(3):
        recorded(object_id=number)
    call_command("tick", stdout=StringIO())
    return list(AccessEvent.objects.sealed())


def test_the_check_names_a_row_that_was_changed() -> None:
    row = three_sealed_rows()[1]
    with protection_off(connection):
        AccessEvent.objects.filter(pk=row.pk).update(user_name="somebody else")
    with pytest.raises(CommandError, match=rf"sequence 2 \(row {row.pk}\): the row was changed"):
        check_output()


def test_the_check_names_a_row_that_was_changed_and_sealed_again() -> None:
    row = three_sealed_rows()[1]
    row.user_name = "somebody else"
    row.hash = row.content() and audit.query_hash("forged")
    with protection_off(connection):
        row.save()
    with pytest.raises(CommandError, match="sequence 2"):
        check_output()


def test_the_check_names_a_row_that_was_removed() -> None:
    row = three_sealed_rows()[1]
    with protection_off(connection):
        row.delete()
    with pytest.raises(CommandError, match=r"sequence 2 .*missing"):
        check_output()


def test_the_check_misses_the_newest_row_by_a_head_noted_earlier() -> None:
    row = three_sealed_rows()[2]
    head = f"3:{row.hash}"
    assert "whole" in check_output(head=head)
    with protection_off(connection):
        row.delete()
    assert "whole: head 2" in check_output()
    with pytest.raises(CommandError, match="noted as 3:"):
        check_output(head=head)


@pytest.mark.parametrize("head", ["three", "x:y", "3"])
def test_a_head_that_cannot_be_read_is_a_clear_error(head: str) -> None:
    with pytest.raises(CommandError, match="SEQUENCE:HASH"):
        check_output(head=head)


@pytest.mark.django_db(transaction=True)
def test_a_refusal_survives_the_rollback_of_what_was_refused() -> None:
    client = Client()
    with audit.coming_from("192.0.2.7", client.session):
        with suppress(PermissionDenied), transaction.atomic():
            audit.record(by=None, event="plan_approved", action="U", now=NOW, allowed=False)
            raise PermissionDenied
        assert not AccessEvent.objects.exists()
    row = AccessEvent.objects.get()
    assert (row.event, row.outcome, row.ip) == ("plan_approved", "denied", "192.0.2.7")


def test_a_person_without_the_grant_gets_403_and_the_refusal_is_in_the_log() -> None:
    staff = StaffFactory(roles=["front_desk"])

    @requires(Act.READ_CLINICAL)
    def view(request: object) -> None:
        raise AssertionError

    request = RequestFactory().get("/")
    request.user, request.resolver_match = staff, None
    with pytest.raises(PermissionDenied):
        view(request)
    row = AccessEvent.objects.get()
    assert (row.event, row.outcome, row.check_authorisation) == ("read_clinical", "denied", False)


def test_a_row_that_is_visible_is_handed_over_and_its_reading_is_logged() -> None:
    staff, colleague = StaffFactory(), StaffFactory()
    request = RequestFactory().get("/")
    request.user = staff
    visible = Staff.objects.filter(pk=colleague.pk)
    assert get_visible(request, visible, colleague.pk, event="staff_read", patient=lambda row: row.pk) == colleague
    row = AccessEvent.objects.get()
    assert (row.event, row.outcome, row.object_type) == ("staff_read", "allowed", "practice.staff")
    assert (row.patient_id, row.check_relationship) == (str(colleague.pk), True)


def test_nothing_is_handed_over_when_its_reading_cannot_be_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise DatabaseError

    request = RequestFactory().get("/")
    request.user = StaffFactory()
    monkeypatch.setattr(AccessEvent, "save", fails)
    with pytest.raises(DatabaseError):
        get_visible(request, Staff.objects.all(), request.user.pk, event="staff_read")


def test_a_row_that_is_not_visible_is_not_found_and_the_attempt_is_logged() -> None:
    request = RequestFactory().get("/")
    request.user, hidden = StaffFactory(), StaffFactory()
    with pytest.raises(Http404):
        get_visible(request, Staff.objects.none(), hidden.pk, event="staff_read", patient=lambda row: row.pk)
    row = AccessEvent.objects.get()
    assert (row.outcome, row.patient_id, row.check_relationship) == ("denied", str(hidden.pk), False)


def test_equal_searches_have_equal_hashes_that_do_not_tell_the_words() -> None:
    assert audit.query_hash("de boer") == audit.query_hash("de boer") != audit.query_hash("de boers")
    assert "boer" not in audit.query_hash("de boer")
