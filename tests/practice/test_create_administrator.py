"""The command that makes the first account of a practice."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from practice.domain.grants import Role
from practice.models import AccessEvent, Staff

pytestmark = pytest.mark.django_db
PASSWORD = "zeven-bomen-op-een-rij"


def create(monkeypatch: pytest.MonkeyPatch, password: str | None, email: str = "bas@example.org") -> None:
    monkeypatch.delenv("ADMINISTRATOR_PASSWORD", raising=False)
    if password is not None:
        monkeypatch.setenv("ADMINISTRATOR_PASSWORD", password)
    call_command("create_administrator", email, "Bas Jansen", stdout=StringIO())


def test_the_administrator_signs_in_with_the_password_that_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch, PASSWORD, " Bas@Example.org ")
    staff = Staff.objects.get()
    assert (staff.email, staff.roles, staff.temporary_password_until) == ("bas@example.org", {Role.ADMINISTRATOR}, None)
    answer = Client().post("/sign-in/", {"username": "bas@example.org", "password": PASSWORD})
    assert answer["Location"] == "/admin/"
    assert AccessEvent.objects.filter(event="administrator_added", object_id=str(staff.pk)).exists()


@pytest.mark.parametrize(
    ("password", "email", "words"),
    [
        (None, "bas@example.org", "ADMINISTRATOR_PASSWORD"),
        ("", "bas@example.org", "ADMINISTRATOR_PASSWORD"),
        ("short", "bas@example.org", "too short"),
        ("bas@example.org", "bas@example.org", "too similar"),
        (PASSWORD, "bas", "valid email"),
    ],
)
def test_what_is_wrong_is_told_and_nobody_is_added(
    monkeypatch: pytest.MonkeyPatch, password: str | None, email: str, words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        create(monkeypatch, password, email)
    assert not Staff.objects.exists()


def test_an_address_is_one_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    create(monkeypatch, PASSWORD)
    with pytest.raises(CommandError, match="already exists"):
        create(monkeypatch, PASSWORD, "BAS@example.org")


@pytest.mark.parametrize(("typed", "again"), [(PASSWORD, PASSWORD), (PASSWORD, "another")])
def test_the_password_is_asked_twice(monkeypatch: pytest.MonkeyPatch, typed: str, again: str) -> None:
    answers = iter([typed, again])
    monkeypatch.setattr("practice.management.commands.create_administrator.getpass", lambda _prompt: next(answers))
    monkeypatch.setattr("os.isatty", lambda _file: True)
    if typed == again:
        create(monkeypatch, None)
        assert Staff.objects.get().check_password(typed)
    else:
        with pytest.raises(CommandError, match="differ"):
            create(monkeypatch, None)
