"""The world that the security tests walk through: two locations, one of everything at each, people with each role."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.conf import LazySettings, settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from practice.domain.grants import Role
from tests.factories.practice import LocationFactory, RoleGrantFactory, StaffFactory
from tests.security.objects import Rows, arguments_of
from tests.security.routes import ROUTES, Route

# What every request may write: the access log, and the sessions of people and of those who guess.
ALWAYS_WRITTEN = {"practice_accessevent", "django_session", "axes_accessattempt"}
WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)


@pytest.fixture(autouse=True)
def _demo(settings: LazySettings) -> None:
    """Some addresses exist in a demo only, and are to be as safe."""
    settings.DEMO = True


@dataclass
class World:
    """Addresses with rows of our location and of another one, and the sessions of our people."""

    here: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    sessions: dict[Role | None, str] = field(default_factory=dict)

    def address(self, name: str) -> str:
        """The address of a route with rows of our location; fails where a row cannot be made."""
        assert name not in self.missing, self.missing[name]
        return self.here[name]

    def browser(self, role: Role | None, **options: object) -> Client:
        """A browser in which somebody with one role at our location is signed in; without any role with None."""
        client = Client(**options)
        client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]
        return client


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: pytest.FixtureDef) -> Iterator[World]:
    """Made once, in a transaction around the tests of one file; each test undoes what it does to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield made()
        transaction.set_rollback(True)


def made() -> World:
    """Everything anew, with the people who look at it."""
    world, place = World(), LocationFactory(name="Hier")
    here, elsewhere = Rows(place), Rows(LocationFactory(name="Elders"))
    people = {role: RoleGrantFactory(role=role, location=place).staff for role in Role}
    people |= {None: StaffFactory(roles=[]), Role.PHYSIOTHERAPIST: here.therapist}
    for role, staff in people.items():
        client = Client()
        client.force_login(staff)
        world.sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    for route in ROUTES:
        try:
            world.here[route.name] = _address(route, here)
            world.elsewhere[route.name] = _address(route, elsewhere)
        except AssertionError as missing:
            world.missing[route.name] = str(missing)
    return world


def _address(route: Route, rows: Rows) -> str:
    table = route.admin.opts.label_lower if route.admin else ""
    return reverse(route.name, kwargs=arguments_of(route.name, route.arguments, table, rows))


@contextmanager
def written() -> Iterator[set[str]]:
    """The tables that are written to meanwhile, without those that every request may write."""
    tables: set[str] = set()

    def watch(execute: Callable, sql: str, params: object, many: bool, context: dict) -> object:
        found = WRITE.match(sql)
        if found and found[1] not in ALWAYS_WRITTEN:
            tables.add(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield tables


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside leaves nothing in the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
