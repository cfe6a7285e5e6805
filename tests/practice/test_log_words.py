"""The access log in words: whatever the code writes down can be read in the language of the reader."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.utils import timezone, translation

from plans.admin.sheets import Exported
from plans.models import Plan, Referral
from practice import audit
from practice.domain.grants import Act
from practice.models import GovernedStep
from practice.reading import event_in_words, object_in_words
from scheduling.actions import visits
from tests.factories.practice import StaffFactory

APPS = ("practice", "patients", "intake", "plans", "scheduling")
ROOT = Path(__file__).resolve().parent.parent.parent
OF_A_TABLE = {"added", "changed", "deleted", "read"}  # what the back office says of a row of any table


def _modules() -> Iterator[ast.Module]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield ast.parse(path.read_text())


def _written_events() -> set[str]:
    """Every event that stands in the code as text: by its name, by its place, or as a constant or default."""
    modules = list(_modules())
    places = {
        function.name: [argument.arg for argument in function.args.args if argument.arg not in {"self", "cls"}]
        for module in modules
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef) and "event" in [one.arg for one in function.args.args]
    }
    found = set()
    for module in modules:
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                place = places[name].index("event") if name in places else len(node.args)
                given = [word.value for word in node.keywords if word.arg == "event"] + node.args[place : place + 1]
                found |= {one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return found


def test_events_are_found_in_the_code() -> None:
    assert {"patient_read", "roles_changed", "replay_asked", "intake_exported"} <= _written_events()


def test_every_event_that_stands_in_the_code_has_words() -> None:
    assert [code for code in _written_events() - OF_A_TABLE if event_in_words(code) == code] == []


def _of_families() -> Iterator[str]:
    yield from visits.EVENTS.values()
    yield from (f"plan_{life}" for life, _words in Plan._meta.get_field("life").choices if life != "draft")
    yield from (f"plan_{review}" for review in ("approved", "returned"))
    yield from (f"referral_{status}" for status, _words in Referral._meta.get_field("status").choices)
    for step in GovernedStep.__subclasses__():
        table = step._meta.get_field("version").related_model._meta.model_name.removesuffix("version")
        yield from (f"{table}_{what}" for what, _words in step._meta.get_field("what").choices)
    for row, of_row in admin.site._registry.items():
        yield from (f"{row._meta.model_name}_{what}" for what in OF_A_TABLE)
        if isinstance(of_row, Exported):
            yield f"{of_row.export_name}_exported"
        yield from filter(None, [getattr(of_row, "list_event", "")])
    yield from (act.value for act in Act)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_event_of_a_family_has_words(language: str) -> None:
    with translation.override(language):
        assert [code for code in _of_families() if event_in_words(code) == code] == []


@pytest.mark.parametrize(
    ("code", "nl", "en"),
    [
        ("patient_read", "dossier ingezien", "record of a patient read"),
        ("plan_approved", "behandelplan: goedgekeurd", "treatment plan: approved"),
        ("location_changed", "locatie: gewijzigd", "location: changed"),
        ("protocol_rule_added", "protocol: regel toegevoegd", "protocol: rule added"),
        ("reveal_bsn", "een BSN volledig zien", "see a BSN in full"),
        ("of_a_version_that_is_no_more", "of_a_version_that_is_no_more", "of_a_version_that_is_no_more"),
    ],
)
def test_an_event_is_said_in_the_language_of_the_reader(code: str, nl: str, en: str) -> None:
    with translation.override("nl"):
        assert event_in_words(code) == nl
    with translation.override("en"):
        assert event_in_words(code) == en


@pytest.mark.parametrize(
    ("kind", "words"),
    [("practice.location", "locatie"), ("protocolversion", "protocolversie"), ("old.table", "old.table"), ("", "")],
)
def test_what_an_event_was_about_is_said_too(kind: str, words: str) -> None:
    with translation.override("nl"):
        assert object_in_words(kind) == words


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "words"), [("nl", "intake ingezien"), ("en", "intake read")])
def test_the_list_of_the_log_and_a_row_of_it_say_what_happened(language: str, words: str) -> None:
    reader = StaffFactory(roles=["administrator"], language=language)
    audit.record(by=reader, event="intake_read", action="R", now=timezone.now(), object_type="intake.intake")
    client = Client()
    client.force_login(reader)
    listed = client.get("/admin/practice/accessevent/?object_type=intake.intake").content.decode()
    assert words in listed
    event = apps.get_model("practice", "AccessEvent").objects.get(event="intake_read")
    row = client.get(f"/admin/practice/accessevent/{event.pk}/change/").content.decode()
    assert words in row
    assert "intake_read" in row
