"""Signing in and out, the limits of a session, and what people decide about themselves."""

import datetime as dt
import re

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from practice.domain.grants import Role
from practice.models import AccessEvent, RoleGrant, Staff
from tests.factories.practice import StaffFactory

pytestmark = pytest.mark.django_db

PASSWORD = "zeven-bomen-op-een-rij"
NOW = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)


@pytest.fixture
def sanne() -> Staff:
    return StaffFactory(email="sanne@example.org", name="Sanne Bakker", password=PASSWORD)


def sign_in(client: Client, email: str = "sanne@example.org", password: str = PASSWORD, **fields: str):
    return client.post("/sign-in/", {"username": email, "password": password} | fields)


def is_signed_in(client: Client) -> bool:
    return client.get("/").status_code == 200


@pytest.mark.parametrize("email", ["sanne@example.org", "Sanne@Example.ORG", " sanne@example.org "])
def test_people_sign_in_by_e_mail_whatever_its_capitals(client: Client, sanne: Staff, email: str) -> None:
    assert sign_in(client, email)["Location"] == "/"
    assert is_signed_in(client)
    row = AccessEvent.objects.get(event="sign_in")
    assert (row.outcome, row.user_id) == ("allowed", str(sanne.pk))


@pytest.mark.parametrize(
    ("roles", "landing"),
    [
        (["physiotherapist"], "/"),
        (["front_desk"], "/to-schedule/"),
        (["manager"], "/admin/"),
        (["administrator"], "/admin/"),
        (["manager", "administrator"], "/admin/"),
        (["manager", "physiotherapist"], "/"),
        ([], "/"),
    ],
)
def test_each_role_lands_where_its_work_is(client: Client, roles: list[str], landing: str) -> None:
    StaffFactory(email="sanne@example.org", password=PASSWORD, roles=roles)
    assert sign_in(client)["Location"] == landing


def test_people_go_on_to_the_page_they_wanted(client: Client, sanne: Staff) -> None:
    response = client.get("/profile/")
    assert response["Location"] == "/sign-in/?next=/profile/"
    assert 'name="next" value="/profile/"' in client.get(response["Location"]).content.decode()
    assert sign_in(client, next="/profile/")["Location"] == "/profile/"


@pytest.mark.parametrize("role", [None, *Role])
def test_who_is_signed_in_is_not_asked_again(client: Client, role: Role | None) -> None:
    client.force_login(StaffFactory(roles=[role] if role else []))
    assert client.get("/sign-in/").status_code == 302
    assert client.get("/sign-in/?next=/profile/")["Location"] == "/profile/"


def test_a_session_gets_another_name_at_signing_in(client: Client, sanne: Staff) -> None:
    session = client.session
    session["began"] = 0
    session.save()
    before = session.session_key
    sign_in(client)
    assert client.session.session_key != before


def without_token(response) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())


def test_a_refusal_does_not_tell_whether_the_account_exists(client: Client, sanne: Staff) -> None:
    StaffFactory(email="left@example.org", password=PASSWORD, is_active=False)
    StaffFactory(email="demo@example.org", password=PASSWORD, is_demo=True)
    StaffFactory(email="late@example.org", password=PASSWORD, temporary_password_until=NOW - dt.timedelta(days=9))
    refused = [
        sign_in(client, email, password)
        for email, password in [
            ("sanne@example.org", "wrong"),
            ("left@example.org", PASSWORD),
            ("demo@example.org", PASSWORD),
            ("late@example.org", PASSWORD),
            ("nobody@example.org", PASSWORD),
        ]
    ]
    assert {response.status_code for response in refused} == {200}
    pages = [re.sub(r"[a-z]+@example\.org", "", without_token(response)) for response in refused]
    assert len(set(pages)) == 1
    rows = AccessEvent.objects.filter(event="sign_in")
    assert [(row.outcome, row.check_authorisation) for row in rows] == [("denied", False)] * 5
    assert len({row.query_hash for row in rows}) == 5
    assert not any("example" in str(row.content()) for row in rows)


def test_guessing_locks_the_address_for_that_account_only(client: Client, sanne: Staff, time_machine) -> None:
    time_machine.move_to(NOW)
    answers = [sign_in(client, email, "wrong").status_code for email in ["sanne@example.org", "SANNE@example.org"] * 5]
    assert (answers[0], answers[-1]) == (200, 429)
    locked = sign_in(client)
    assert locked.status_code == 429
    assert "quarter of an hour" in locked.content.decode() or "kwartier" in locked.content.decode()
    assert sign_in(Client(REMOTE_ADDR="192.0.2.9")).status_code == 302
    time_machine.move_to(NOW + dt.timedelta(minutes=16))
    assert sign_in(client).status_code == 302


@pytest.mark.parametrize("field", ["username", "password"])
def test_a_field_that_is_missing_is_named(client: Client, sanne: Staff, field: str) -> None:
    response = client.post("/sign-in/", {"username": "sanne@example.org", "password": PASSWORD, field: ""})
    assert response.status_code == 200
    assert field in response.context["form"].errors


def test_signing_out_ends_the_session(client: Client, sanne: Staff) -> None:
    sign_in(client)
    stolen = client.cookies["sessionid"].value
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    client.cookies["sessionid"] = stolen
    assert not is_signed_in(client)
    assert AccessEvent.objects.filter(event="sign_out", user_id=str(sanne.pk)).exists()


def test_an_idle_session_ends(client: Client, sanne: Staff, time_machine) -> None:
    time_machine.move_to(NOW, tick=False)
    sign_in(client)
    for minutes in (14, 28):
        time_machine.move_to(NOW + dt.timedelta(minutes=minutes), tick=False)
        assert is_signed_in(client)
    time_machine.move_to(NOW + dt.timedelta(minutes=28 + 15), tick=False)
    assert not is_signed_in(client)
    assert not is_signed_in(client)


def test_a_session_ends_after_a_working_day_however_active(client: Client, sanne: Staff, time_machine) -> None:
    time_machine.move_to(NOW, tick=False)
    sign_in(client)
    for minutes in range(10, 12 * 60, 10):
        time_machine.move_to(NOW + dt.timedelta(minutes=minutes), tick=False)
        assert is_signed_in(client)
    time_machine.move_to(NOW + dt.timedelta(hours=12), tick=False)
    assert not is_signed_in(client)


def test_a_change_of_roles_holds_from_the_next_request(client: Client, sanne: Staff) -> None:
    client.force_login(sanne)
    assert client.get("/admin/").status_code == 403
    grant = RoleGrant.objects.create(staff=sanne, role="manager")
    assert client.get("/admin/").status_code == 200
    grant.delete()
    assert client.get("/admin/").status_code == 403


def test_deactivation_ends_every_session(client: Client, sanne: Staff) -> None:
    client.force_login(sanne)
    Staff.objects.filter(pk=sanne.pk).update(is_active=False)
    assert not is_signed_in(client)


def test_outside_a_demo_there_is_no_demo_account(client: Client, settings) -> None:
    assert "demo" not in client.get("/sign-in/").content.decode().lower()
    assert client.post("/sign-in/demo/", {"role": "manager"}).status_code == 404
    assert not Staff.objects.exists()


@pytest.mark.parametrize("role", Role)
def test_in_a_demo_one_click_plays_a_role(client: Client, settings, role: Role) -> None:
    settings.DEMO = True
    assert f'value="{role}"' in client.get("/sign-in/").content.decode()
    for _again in range(2):
        response = client.post("/sign-in/demo/", {"role": role, "next": "/profile/"})
        assert response["Location"] == "/profile/"
        assert client.get("/profile/").context["user"].roles == {role}
    assert Staff.objects.get().is_demo
    settings.DEMO = False
    assert not is_signed_in(client)


@pytest.mark.parametrize("role", ["", "owner"])
def test_a_role_that_is_not_there_cannot_be_played(client: Client, settings, role: str) -> None:
    settings.DEMO = True
    assert client.post("/sign-in/demo/", {"role": role}).status_code == 404


def test_a_temporary_password_opens_nothing_but_the_choice_of_an_own_one(client: Client, time_machine) -> None:
    time_machine.move_to(NOW)
    sanne = StaffFactory(
        email="sanne@example.org", password=PASSWORD, temporary_password_until=NOW + dt.timedelta(days=3)
    )
    sign_in(client)
    for address in ("/", "/profile/", "/admin/", "/nowhere/"):
        assert client.get(address)["Location"] == "/profile/password/"
    new = "vijf-groene-fietsen"
    passwords = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/profile/password/", passwords)["Location"] == "/profile/"
    assert is_signed_in(client)
    assert Staff.objects.get(pk=sanne.pk).temporary_password_until is None
    assert sign_in(Client()).status_code == 200


def test_a_temporary_password_that_is_too_old_ends_the_session(client: Client, time_machine) -> None:
    time_machine.move_to(NOW)
    StaffFactory(email="sanne@example.org", password=PASSWORD, temporary_password_until=NOW + dt.timedelta(minutes=5))
    sign_in(client)
    assert client.get("/profile/password/").status_code == 200
    time_machine.move_to(NOW + dt.timedelta(minutes=5))
    assert client.get("/profile/password/")["Location"].startswith("/sign-in/")
    assert sign_in(client).status_code == 200


def test_another_password_ends_the_other_sessions_and_needs_the_old_one(client: Client, sanne: Staff) -> None:
    elsewhere = Client()
    sign_in(client)
    sign_in(elsewhere)
    new = "vijf-groene-fietsen"
    wrong = {"old_password": "wrong", "new_password1": new, "new_password2": new}
    assert client.post("/profile/password/", wrong).status_code == 200
    assert is_signed_in(elsewhere)
    client.post("/profile/password/", wrong | {"old_password": PASSWORD})
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert AccessEvent.objects.filter(event="own_password_changed").count() == 1


@pytest.mark.parametrize("weak", ["kort", "elf-letters", "sanne@example.org", "Sanne Bakker", "qwerty123456"])
def test_a_weak_password_is_refused(client: Client, sanne: Staff, weak: str) -> None:
    sign_in(client)
    response = client.post(
        "/profile/password/", {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak}
    )
    assert response.context["form"].errors["new_password2"]


def test_a_long_password_counts_to_its_last_character(client: Client) -> None:
    long = "p" * 40 + "q" * 40
    StaffFactory(email="sanne@example.org", password=long)
    assert sign_in(client, password=long[:-1] + "x").status_code == 200
    assert sign_in(client, password=long).status_code == 302


def test_people_choose_their_language_and_colours(client: Client, sanne: Staff) -> None:
    client.force_login(sanne)
    response = client.post("/profile/", {"language": "en", "colour_mode": "dark"})
    assert response["Location"] == "/profile/"
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["Your profile is saved."]
    page = client.get("/profile/", HTTP_ACCEPT_LANGUAGE="nl").content.decode()
    assert '<html lang="en"' in page
    assert 'data-bs-theme="dark"' in page
    client.post("/profile/", {"language": "", "colour_mode": "system"})
    assert '<html lang="nl"' in client.get("/profile/", HTTP_ACCEPT_LANGUAGE="nl").content.decode()


@pytest.mark.parametrize("wrong", [{"language": "de"}, {"colour_mode": "pink"}, {"colour_mode": ""}])
def test_a_choice_that_is_not_offered_is_refused(client: Client, sanne: Staff, wrong: dict[str, str]) -> None:
    client.force_login(sanne)
    response = client.post("/profile/", {"language": "nl", "colour_mode": "dark"} | wrong)
    assert set(response.context["form"].errors) == set(wrong)
    sanne.refresh_from_db()
    assert (sanne.language, sanne.colour_mode) == ("", "system")


def test_only_language_and_colours_can_be_changed_on_the_profile(client: Client, sanne: Staff) -> None:
    client.force_login(sanne)
    before = Staff.objects.filter(pk=sanne.pk).values().get()
    others = {field.name: "1" for field in Staff._meta.fields if field.name not in ("language", "colour_mode")}
    client.post("/profile/", others | {"language": "nl", "colour_mode": "dark", "roles": "manager"})
    after = Staff.objects.filter(pk=sanne.pk).values().get()
    assert after == before | {"language": "nl", "colour_mode": "dark"}


@pytest.mark.parametrize("signed_in", [True, False])
def test_the_language_switch_keeps_the_page(client: Client, sanne: Staff, signed_in: bool) -> None:
    if signed_in:
        client.force_login(sanne)
    for language in ("en", "nl"):
        response = client.post("/language/", {"language": language, "next": "/sign-in/?next=/profile/"})
        assert response["Location"] == "/sign-in/?next=/profile/"
        page = client.get("/profile/" if signed_in else "/sign-in/", HTTP_ACCEPT_LANGUAGE="de").content.decode()
        assert f'<html lang="{language}"' in page
    client.post("/sign-out/")
    assert '<html lang="nl"' in client.get("/sign-in/", HTTP_ACCEPT_LANGUAGE="en").content.decode()


def test_a_language_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.post("/language/", {"language": "xx"}).status_code == 404


EVIL = [
    "//evil.example",
    "https://evil.example",
    "https:evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "http:///evil.example",
    " //evil.example",
]


@pytest.mark.parametrize("evil", EVIL)
def test_nobody_is_sent_to_another_site(client: Client, sanne: Staff, settings, evil: str) -> None:
    settings.DEMO = True
    assert client.post("/language/", {"language": "nl", "next": evil})["Location"] == "/"
    assert client.post(f"/sign-out/?next={evil}", {"next": evil})["Location"] == "/sign-in/"
    assert sign_in(client, next=evil)["Location"] == "/"
    assert client.get("/sign-in/", {"next": evil})["Location"] == "/"
    assert client.post("/sign-in/demo/", {"role": "front_desk", "next": evil})["Location"] == "/to-schedule/"


def test_the_admin_has_no_way_in_of_its_own(client: Client, sanne: Staff) -> None:
    assert client.get("/admin/")["Location"] == "/sign-in/?next=/admin/"
    assert client.post("/admin/login/", {"username": sanne.email, "password": PASSWORD})["Location"] == "/sign-in/"
    assert not is_signed_in(client)
    client.force_login(StaffFactory(roles=["manager"]))
    assert client.get(reverse("admin:password_change"))["Location"] == "/profile/password/"
    assert client.get(reverse("admin:password_change_done"))["Location"] == "/profile/"
    assert client.post(reverse("admin:logout"), follow=True).redirect_chain[-1][0] == "/sign-in/"
    assert not is_signed_in(client)
