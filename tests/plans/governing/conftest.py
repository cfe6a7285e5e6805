"""Two managers who govern, the first of whom is signed in, and a draft of the shipped protocol."""

import pytest
from django.test import Client
from django.utils import timezone

from plans.actions import governing
from plans.models import ProtocolVersion
from practice.models import Staff
from tests.factories.intake import published
from tests.factories.plans import published_protocol
from tests.factories.practice import StaffFactory


@pytest.fixture
def writer() -> Staff:
    return StaffFactory(roles=["manager"], language="en")


@pytest.fixture
def second() -> Staff:
    return StaffFactory(roles=["manager"], language="en")


@pytest.fixture
def client(writer: Staff) -> Client:
    return signed_in(writer)


@pytest.fixture
def draft(writer: Staff) -> ProtocolVersion:
    return drafted(writer)


def drafted(by: Staff) -> ProtocolVersion:
    """A draft of the shipped protocol, with a questionnaire that it is held against."""
    published()
    return governing.draft_protocol(of=published_protocol(), by=by, now=timezone.now())


def signed_in(staff: Staff) -> Client:
    client = Client()
    client.force_login(staff)
    return client
