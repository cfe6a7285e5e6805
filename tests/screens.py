"""Fills in pages as somebody does who reads them: what a page shows goes back with what was typed."""

from collections.abc import Mapping
from typing import Any

import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from intake.models import Intake
from tests.factories.plans import QUIET, quiet_answer


def text(response: HttpResponse) -> str:
    """The page as the browser gets it."""
    return response.content.decode()


def as_posted(value: Any) -> Any:
    """An answer as its control sends it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def answer(client: Client, address: str, answers: Mapping[str, Any]) -> HttpResponse:
    """Save these answers, by code, on the intake page at this address; what it does not ask is left out."""
    data: dict[str, Any] = {}
    for form in client.get(address, {"open": "everything"}).context["page"].forms:
        data[f"shown_{form.section.code}"] = form.shown
        current = {code: value for code, value in form.initial.items() if value is not None}
        given = {code: answers[code] for code in form.fields if code in answers}
        data |= {code: as_posted(value) for code, value in (current | given).items()}
    return client.post(address, data)


def answer_everything(client: Client, address: str, answers: Mapping[str, Any]) -> None:
    """Answer every required question of the intake; quietly, unless `answers` say otherwise."""
    given: dict[str, Any] = {**QUIET, **answers}
    while given:
        answer(client, address, given)
        intake = Intake.objects.get(pk=address.split("/")[2])
        given = {item.code: quiet_answer(item) for item in intake.missing()}


def as_shown(response: HttpResponse) -> dict[str, Any]:
    """What the form of this page sends when nothing in it is changed."""
    form = response.context["form"]
    shown = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in shown.items() if value is not None}


def queries(client: Client, address: str, **posted: Any) -> int:
    """How many queries a page takes once everything that a process keeps is there. `posted` sends a form.

    The clock stands still: a session notes now and then that somebody is there, and that would be counted by chance.
    """
    send = client.post if posted else client.get
    with time_machine.travel(timezone.now(), tick=False):
        send(address, posted or None)
        with CaptureQueriesContext(connection) as captured:
            assert send(address, posted or None).status_code == 200
    return len(captured)
