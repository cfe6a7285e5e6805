"""Copying from an earlier intake on the intake page: offered, marked until confirmed, and never silently."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from intake import actions
from intake.actions import Incomplete
from intake.models import Intake
from patients.policies import Refused
from practice.models import AccessEvent, Staff
from tests.factories.intake import IntakeFactory
from tests.factories.patients import EpisodeFactory
from tests.factories.plans import draft, suggested
from tests.factories.practice import StaffFactory
from tests.screens import as_posted, text

pytestmark = pytest.mark.django_db

THEN = {"hypertension": True, "medication_other": "kruidenmengsel", "occupation": "lasser", "epilepsy": False}


@pytest.fixture
def therapist() -> Staff:
    return StaffFactory(roles=["physiotherapist"], language="nl")


@pytest.fixture
def client(therapist: Staff) -> Client:
    client = Client()
    client.force_login(therapist)
    return client


@pytest.fixture
def earlier(therapist: Staff) -> Intake:
    """A completed intake of a year ago."""
    return suggested(THEN, author=therapist, date=timezone.localdate() - dt.timedelta(days=365)).intake


@pytest.fixture
def intake(earlier: Intake, therapist: Staff) -> Intake:
    """A new draft for the same patient."""
    return IntakeFactory(episode=EpisodeFactory(patient=earlier.patient), author=therapist)


def page(intake: Intake) -> str:
    return reverse("intake", args=[intake.pk])


def fresh(intake: Intake) -> Intake:
    return Intake.objects.with_patient().get(pk=intake.pk)


def shown_on(client: Client, intake: Intake) -> dict[str, Any]:
    """What the intake page sends when nothing on it is changed."""
    data: dict[str, Any] = {}
    for form in client.get(page(intake)).context["page"].forms:
        data[f"shown_{form.section.code}"] = form.shown
        data |= {code: as_posted(value) for code, value in form.initial.items() if value is not None}
    return data


def press(client: Client, intake: Intake, button: str) -> str:
    """Press a button of the intake page as it is shown, and read the page that follows."""
    shown = shown_on(client, intake)
    return text(client.post(page(intake), shown | {button: "yes"}, follow=True))


def test_an_earlier_intake_is_offered_by_section_with_its_date_and_nothing_is_recorded(
    client: Client, earlier: Intake, intake: Intake
) -> None:
    said = text(client.get(page(intake)))
    assert f"Intake van {earlier.date.day}-" in said
    assert "kruidenmengsel" in said
    assert "lasser" in said
    assert fresh(intake).answers() == {}


def test_what_is_taken_over_is_marked_until_it_is_confirmed(client: Client, earlier: Intake, intake: Intake) -> None:
    said = press(client, intake, "copy_medical")
    assert fresh(intake).answers() == {"hypertension": True, "medication_other": "kruidenmengsel"}
    assert fresh(intake).recorded["hypertension"]["how"] == "copied"
    assert f"overgenomen uit de intake van {earlier.date:%d-%m-%Y}, nog niet bevestigd" in said
    said = press(client, intake, "confirm_medical")
    kept = fresh(intake).recorded["hypertension"]
    assert kept["how"] == "copied_confirmed"
    assert kept["from"] == {"intake": str(earlier.pk), "on": earlier.date.isoformat()}
    assert "nog niet bevestigd" not in said
    assert f"overgenomen uit de intake van {earlier.date:%d-%m-%Y}, bevestigd" in said


def test_an_answer_that_is_changed_is_no_copy_any_more(client: Client, intake: Intake) -> None:
    press(client, intake, "copy_medical")
    shown = shown_on(client, intake)
    client.post(page(intake), shown | {"medication_other": "geen", "save": "medical"})
    assert fresh(intake).recorded["medication_other"]["how"] == "single"
    assert "from" not in fresh(intake).recorded["medication_other"]


def test_what_was_typed_is_saved_with_the_copy(client: Client, intake: Intake) -> None:
    shown = shown_on(client, intake)
    client.post(page(intake), shown | {"request_for_help": "Weer werken", "copy_functioning": "yes"})
    assert fresh(intake).answers() == {"request_for_help": "Weer werken", "occupation": "lasser"}


def test_an_intake_with_an_unconfirmed_copy_is_not_completed(client: Client, earlier: Intake, therapist: Staff) -> None:
    intake = draft(episode=EpisodeFactory(patient=earlier.patient), author=therapist)
    actions.copy_section(intake=intake, source=earlier, section="medical", by=therapist, now=timezone.now())
    with pytest.raises(Incomplete) as refused:
        actions.check_complete(fresh(intake))
    assert [item.code for item in refused.value.unconfirmed] == ["hypertension", "medication_other"]
    said = press(client, intake, "complete")
    assert "overgenomen uit een eerdere intake. Bevestig het, of wijzig het." in said
    actions.confirm_copied(intake=intake, section="medical", by=therapist, now=timezone.now())
    actions.check_complete(fresh(intake))


def test_what_was_copied_is_told_when_the_intake_is_read_back(client: Client, intake: Intake) -> None:
    press(client, intake, "copy_medical")
    press(client, intake, "confirm_medical")
    assert "overgenomen uit de intake van" in text(client.get(reverse("intake_answers", args=[intake.pk])))


def test_another_patients_intake_is_neither_offered_nor_copied(
    client: Client, earlier: Intake, therapist: Staff
) -> None:
    other = IntakeFactory(author=therapist)
    assert "kruidenmengsel" not in text(client.get(page(other)))
    assert "copy_medical" not in text(client.get(page(other)))
    with pytest.raises(Refused):
        actions.copy_section(intake=other, source=earlier, section="medical", by=therapist, now=timezone.now())
    press(client, other, "copy_medical")
    assert fresh(other).answers() == {}


def test_copying_and_confirming_are_in_the_access_log_without_content(client: Client, intake: Intake) -> None:
    press(client, intake, "copy_medical")
    press(client, intake, "confirm_medical")
    details = list(AccessEvent.objects.filter(event__contains="cop").values_list("event", "detail").order_by("id"))
    assert details == [("intake_section_copied", "medical: 2"), ("intake_copies_confirmed", "medical: 2")]
