"""Every address, for every role: the table of grants decides, and an address that nobody thought of fails."""

import datetime as dt
import re

import pytest
from django.contrib import admin
from django.test import Client

from practice.domain.grants import Role
from practice.models import AccessEvent, Staff
from tests.security.conftest import World, undone, written
from tests.security.objects import ADMIN_ROWS, NEEDS_MORE, is_scoped
from tests.security.routes import BY_NAME, EVERY_ROUTE, ROUTES, Route, opens_row_of_team

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.either_engine,  # who may do what does not depend on the database
]

EVIL = ("//evil.example", "/\\evil.example")
FROM_ELSEWHERE = {"headers": {"Origin": "https://evil.example"}, "content_type": "text/plain", "data": "x"}
NOT_ANSWERED = ("PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "FOO")
REFUSALS = AccessEvent.objects.filter(outcome="denied")
OTHER_IDS = re.compile(r"(?<=[0-9a-f]{4}-)[0-9a-f]{12}")
CHANGING = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|\b\d\d:\d\d\b')
every_route = pytest.mark.parametrize("name", EVERY_ROUTE)
both_methods = pytest.mark.parametrize("method", ["get", "post"])


@every_route
def test_a_view_declares_who_may_open_it_and_asks_for_the_token_of_forms(name: str) -> None:
    assert BY_NAME[name].declares, f"{name}: put @requires(Act...) or @public before the view"
    assert not getattr(BY_NAME[name].view, "csrf_exempt", False)


def test_every_table_in_the_admin_can_be_opened_here() -> None:
    tables = {model._meta.label_lower for model in admin.site._registry}
    assert tables == set(ADMIN_ROWS), "add how to make a row to ADMIN_ROWS in tests/security/objects.py"


@every_route
@both_methods
def test_who_is_not_signed_in_is_asked_to(name: str, method: str, world: World) -> None:
    with written() as tables:
        response = getattr(Client(), method)(world.address(name))
    if BY_NAME[name].is_public:
        assert response.status_code < 500
        assert response.status_code != 403
    else:
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in/?next=")
        assert not tables


@every_route
@both_methods
def test_the_table_of_grants_decides(name: str, method: str, world: World) -> None:
    """Who is granted the act gets in; who is not gets 403, a row in the log, and no change anywhere.

    Looking changes nothing for anybody.
    """
    route, target = BY_NAME[name], world.address(name)
    wrong = {}
    for role in [None, *Role]:
        with undone(), written() as tables:
            before = REFUSALS.count()
            status = getattr(world.browser(role), method)(target).status_code
            answer = (status, REFUSALS.count() - before, sorted(tables))
        if not _is_right(route, role, method, answer):
            wrong[role] = answer
    assert not wrong, "status, refusals logged, tables written to"


def _is_right(route: Route, role: Role | None, method: str, answer: tuple[int, int, list[str]]) -> bool:
    status, _refusals, tables = answer
    if not route.is_open_to(role, method):
        return answer == (403, 1, [])
    found = status < 400 or status in (405, 422) or (status == 404 and not route.arguments) or route.name in NEEDS_MORE
    return found and not (tables and method == "get")


@pytest.mark.parametrize("name", [route.name for route in ROUTES if is_scoped(route.arguments)])
@both_methods
def test_a_row_of_another_team_is_as_absent_as_one_that_never_was(name: str, method: str, world: World) -> None:
    route, theirs = BY_NAME[name], world.elsewhere[name]
    nowhere = OTHER_IDS.sub(lambda found: found[0][::-1], theirs)
    for role in (role for role in Role if route.is_open_to(role, method)):
        client, before = world.browser(role), REFUSALS.count()
        with undone(), written() as tables:
            hidden, absent = (getattr(client, method)(target) for target in (theirs, nowhere))
            refusals = REFUSALS.count() - before
        if hidden.status_code != 405:
            assert (hidden.status_code, absent.status_code, refusals, tables) == (404, 404, 2, set())
            assert told(hidden.content, theirs) == told(absent.content, nowhere)


def told(page: bytes, address: str) -> str:
    """What a page says, without the token of its forms, its own address and the time."""
    return CHANGING.sub("", page.decode()).replace(address, "ADDRESS")


@pytest.mark.parametrize("name", [route.name for route in ROUTES if opens_row_of_team(route)])
def test_a_row_of_another_team_is_absent_from_the_admin(name: str, world: World) -> None:
    client, before = world.browser(Role.MANAGER), REFUSALS.count()
    answer = client.get(world.elsewhere[name])
    assert answer.status_code in (302, 403)
    assert REFUSALS.count() > before


@every_route
def test_only_looking_and_sending_from_our_own_forms_is_answered(name: str, world: World) -> None:
    client, target = world.browser(Role.PHYSIOTHERAPIST, enforce_csrf_checks=True), world.address(name)
    with written() as tables:
        assert client.post(target, **FROM_ELSEWHERE).status_code == 403
        assert {client.generic(method, target).status_code for method in NOT_ANSWERED} == {405}
    assert not tables


@pytest.mark.parametrize("name", [route.name for route in ROUTES if not route.arguments and not route.admin])
def test_nobody_is_sent_to_another_site(name: str, world: World) -> None:
    role = next((role for role in Role if BY_NAME[name].is_open_to(role)), Role.ADMINISTRATOR)
    for evil in EVIL:
        for method in ("get", "post"):
            place = getattr(world.browser(role), method)(world.address(name), {"next": evil}).get("Location", "/")
            assert place.startswith("/")
            assert not place.startswith(("//", "/\\"))


@pytest.mark.parametrize("name", [route.name for route in ROUTES if not route.is_public])
@pytest.mark.parametrize(
    ("state", "sent_to"),
    [
        ({"is_active": False}, "/sign-in/?next="),
        ({"temporary_password_until": dt.datetime(2999, 1, 1, tzinfo=dt.UTC)}, "/profile/password/"),
    ],
)
def test_who_left_or_has_a_temporary_password_gets_nowhere(
    name: str, state: dict[str, object], sent_to: str, world: World
) -> None:
    Staff.objects.update(**state)
    response = world.browser(Role.ADMINISTRATOR).get(world.address(name))
    if (name, sent_to) != ("change_password", "/profile/password/"):
        assert response.status_code == 302
        assert response["Location"].startswith(sent_to)
