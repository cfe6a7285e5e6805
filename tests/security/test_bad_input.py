"""Whatever is sent to a form: no address fails, and what is refused changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import cycle
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from practice.domain.grants import Role
from tests.security.conftest import World, undone
from tests.security.routes import BY_NAME, ROUTES, Route

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.either_engine,  # what a form refuses does not depend on the database
]

GARBAGE = {
    "nothing": "",
    "a null byte": "a\x00b",
    "control characters": "\x1b[31m\x07\u202e\u2028",
    "a number past 64 bits": "-99999999999999999999",
    "infinity": "1e999",
    "a year past all calendars": "01-01-99999",
    "a very long text": "é" * 20_000,
    "markup": "<script>alert(1)</script>{{7*7}}{% x %}",
    "a list": ["a", "b", "\x00"],
    "other digits": "１２٣",
}
SEPARATELY = 25  # fields of a form, up to which each is spoilt alone too
ON_EVERY_PAGE = ("set_language", "sign_out", "admin:logout", "patient_search")
# What nobody types: the token, and the counts with which Django keeps the rows of a form apart.
NOT_TYPED = ("csrfmiddlewaretoken", "TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")


@dataclass
class Form:
    """A form of a page: where it is sent and what it sends when nothing is changed."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)


class Forms(HTMLParser):
    """Reads the forms that are posted from a page."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.found, self._open = address, [], None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or a control in the one that is open."""
        given = dict(attrs)
        if tag == "form":
            self._open = (
                Form(given.get("action") or self.address) if given.get("method", "").lower() == "post" else None
            )
            self.found += [self._open] if self._open else []
        elif self._open and given.get("name"):
            self._control(tag, given)
        elif self._open and tag == "option" and "selected" in given:
            self._open.fields[self._select].append(given.get("value") or "")

    def _control(self, tag: str, given: dict[str, str | None]) -> None:
        name = given["name"] or ""
        values = self._open.fields.setdefault(name, [])
        self._select = name if tag == "select" else self._select
        unchecked = given.get("type") in ("checkbox", "radio") and "checked" not in given
        if tag == "input" and not unchecked:
            values.append(given.get("value") or "")


def forms_of(client: Client, address: str) -> list[Form]:
    """The forms on a page."""
    page = client.get(address)
    reader = Forms(address)
    if page.status_code < 400 and page.get("Content-Type", "").startswith("text/html"):
        reader.feed(page.content.decode())
    return reader.found


def people_for(route: Route) -> Iterator[Role]:
    """One role that may open an address, if there is one."""
    yield from [role for role in Role if route.is_open_to(role)][:1]


def is_of_page(form: Form, name: str) -> bool:
    """Whether a form belongs to this page: not one that stands on every page, nor one without an address."""
    try:
        found = resolve(urlsplit(form.action).path)
    except Resolver404:
        return False
    return found.view_name == name or found.view_name not in ON_EVERY_PAGE


def spoilt(form: Form) -> Iterator[tuple[str, str, dict[str, object]]]:
    """The form with each piece of garbage in every field at once, and each field alone with one of them."""
    names = [name for name in form.fields if not name.endswith(NOT_TYPED)]
    for what, value in GARBAGE.items():
        yield "every field", what, {**form.fields, **dict.fromkeys(names, value)}
    for name, (what, value) in zip(names[:SEPARATELY], cycle(GARBAGE.items()), strict=False):
        yield name, what, {**form.fields, name: value}


@pytest.mark.parametrize("name", [route.name for route in ROUTES])
def test_no_form_of_a_page_fails_on_what_is_sent(name: str, world: World) -> None:
    route, failures = BY_NAME[name], []
    for role in people_for(route):
        client = world.browser(role, raise_request_exception=False)
        for form in forms_of(client, world.address(name)):
            if is_of_page(form, name):
                failures += failing(client, form)
    assert not failures


def failing(client: Client, form: Form) -> Iterator[str]:
    """In which field the server fails on what."""
    for where, what, data in spoilt(form):
        with undone():
            if client.post(form.action, data).status_code >= 500:
                yield f"{form.action} {where}: {what}"


@pytest.mark.parametrize("name", [route.name for route in ROUTES if not route.is_public])
def test_no_address_fails_on_a_body_that_is_no_form(name: str, world: World) -> None:
    for role in people_for(BY_NAME[name]):
        client = world.browser(role, raise_request_exception=False)
        for kind in ("application/json", "multipart/form-data", "multipart/form-data; boundary=x", "text/xml"):
            with undone():
                assert client.post(world.address(name), b'{"a": "\x00\xff', content_type=kind).status_code < 500
