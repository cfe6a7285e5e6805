"""What every answer carries, whatever its status, and what a request cannot make us believe."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from config import urls
from config.middleware import client_address
from practice.models import AccessEvent
from tests.factories.practice import StaffFactory

pytestmark = pytest.mark.django_db

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
POLICY = {
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
}


def fall_over(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def refuse(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


class Addresses:
    """The addresses of Traject, and two that fail."""

    urlpatterns = [path("fall-over/", fall_over), path("refuse/", refuse), *urls.urlpatterns]


ANSWERS: list[tuple[int, str, Callable[[Client], HttpResponse]]] = [
    (200, "guest", lambda client: client.get("/sign-in/")),
    (200, "staff", lambda client: client.get("/")),
    (200, "staff", lambda client: client.get("/admin/")),
    (302, "guest", lambda client: client.get("/")),
    (302, "staff", lambda client: client.get("/sign-in/")),
    (400, "guest", lambda client: client.get("/", headers={"Host": "evil.example"})),
    (403, "guest", lambda client: client.post("/sign-in/")),
    (403, "staff", lambda client: client.get("/refuse/")),
    (404, "guest", lambda client: client.get("/nowhere/")),
    (404, "staff", lambda client: client.get("/nowhere/")),
    (405, "guest", lambda client: client.put("/sign-in/")),
    (405, "staff", lambda client: client.get("/sign-out/")),
    (500, "staff", lambda client: client.get("/fall-over/")),
    (200, "static", lambda client: client.get("/static/css/traject.css")),
]


@pytest.fixture
def browser(settings) -> Callable[[str], Client]:
    settings.ROOT_URLCONF = Addresses

    def made(who: str) -> Client:
        client = Client(raise_request_exception=False, enforce_csrf_checks=True)
        if who == "staff":
            client.force_login(StaffFactory(roles=["physiotherapist", "manager"]))
        return client

    return made


@pytest.mark.parametrize(("status", "who", "ask"), ANSWERS)
def test_every_answer_carries_the_headers(status: int, who: str, ask: Callable, browser: Callable) -> None:
    answer = ask(browser(who))
    assert answer.status_code == status
    missing = {name: answer.get(name) for name, value in ALWAYS.items() if answer.get(name) != value}
    assert missing == {}
    if who != "static":
        assert {part.strip() for part in answer["Content-Security-Policy"].split(";")} == POLICY


@pytest.mark.parametrize(("status", "who", "ask"), [answer for answer in ANSWERS if answer[1] == "staff"])
def test_no_cache_keeps_what_somebody_who_is_signed_in_saw(
    status: int, who: str, ask: Callable, browser: Callable
) -> None:
    kept = ask(browser(who))["Cache-Control"]
    assert {"no-store", "private"} <= {word.strip() for word in kept.split(",")}


def test_the_sign_in_page_is_not_kept_either(client: Client) -> None:
    assert "no-store" in client.get("/sign-in/")["Cache-Control"]


def test_scripts_and_neighbours_cannot_read_the_cookies(client: Client) -> None:
    client.force_login(StaffFactory())
    client.get("/profile/")
    client.post("/language/", {"language": "nl"})
    cookies = client.cookies
    assert cookies["sessionid"]["httponly"]
    assert {cookie["samesite"] for cookie in cookies.values()} == {"Lax"}


FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Real-IP": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Original-URL": "/admin/",
    "X-Rewrite-URL": "/admin/",
    "X-HTTP-Method-Override": "POST",
    "Remote-User": "bas@example.org",
    "Authorization": "Basic YmFzQGV4YW1wbGUub3JnOng=",
}


@pytest.mark.parametrize("header", FORGED)
def test_a_header_that_a_browser_can_forge_changes_nothing(client: Client, header: str) -> None:
    forged = {header: FORGED[header]}
    assert client.get("/", headers=forged)["Location"] == "/sign-in/?next=/"
    client.force_login(StaffFactory(roles=["front_desk"]))
    assert client.get("/sign-out/", headers=forged).status_code == 405
    assert client.get("/admin/", headers=forged).status_code == 403
    assert AccessEvent.objects.get(outcome="denied").ip == "127.0.0.1"


@pytest.mark.parametrize("query", ["ignoreAuth=1", "debug=1", "skip_timeout_reset=1", "user=1", "is_staff=1"])
def test_a_parameter_opens_nothing(client: Client, query: str) -> None:
    assert client.get(f"/?{query}")["Location"].startswith("/sign-in/")
    client.force_login(StaffFactory(roles=["front_desk"]))
    assert client.get(f"/admin/?{query}").status_code == 403


@pytest.mark.parametrize(
    ("behind", "forwarded", "address"),
    [
        (False, "203.0.113.9", "192.0.2.1"),
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (True, "", "192.0.2.1"),
    ],
)
def test_only_our_own_proxy_tells_the_address(settings, behind: bool, forwarded: str, address: str) -> None:
    settings.BEHIND_PROXY = behind
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_address(RequestFactory(REMOTE_ADDR="192.0.2.1").get("/", headers=headers)) == address


@pytest.mark.parametrize("ip", ["x" * 300, "not an address", "203.0.113.9\r\nX: y"])
def test_an_address_that_makes_no_sense_is_cut_not_believed(settings, ip: str) -> None:
    settings.BEHIND_PROXY = True
    request = RequestFactory(REMOTE_ADDR="192.0.2.1").get("/", headers={"X-Forwarded-For": ip})
    assert client_address(request) == "192.0.2.1"
