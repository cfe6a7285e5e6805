"""The demo as each role finds it: every page opens, and anybody can use it at every width, in light and in dark."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from intake.models import Intake
from plans.models import Plan
from practice.models import Staff
from tests.browser.conftest import NewPage
from tests.browser.driving import (
    assert_accessible,
    assert_accessible_at_every_width,
    assert_focus_walks,
    assert_narrow,
    sign_in_as,
)

# Whose record shows most: an intake that waits for the examination, and a plan that differs from its template.
DRAFT_OF = "Idrissi"
PLAN_OF = "Hoekstra"
KEY_SCREENS = ("today", "intake", "suggestions", "plan", "patient", "plans-in-admin")


def physiotherapists_pages() -> Iterator[tuple[str, str]]:
    """Name and address of what a physiotherapist works with."""
    draft = Intake.objects.get(episode__patient__family_name=DRAFT_OF)
    plan = Plan.objects.get(episode__patient__family_name=PLAN_OF)
    intake = Intake.objects.get(episode=plan.episode)
    yield "today", reverse("today")
    yield "patient", reverse("patient", args=[plan.episode.patient_id])
    yield "episode", reverse("episode", args=[plan.episode_id])
    yield "intake", reverse("intake", args=[draft.pk])
    yield "suggestions", reverse("suggestions", args=[intake.pk])
    yield "plan", reverse("plan", args=[plan.pk])


def desk_pages() -> Iterator[tuple[str, str]]:
    """Name and address of what the front desk works with."""
    plan = Plan.objects.get(episode__patient__family_name=PLAN_OF)
    yield "today-front-desk", reverse("today")
    yield "patient-front-desk", reverse("patient", args=[plan.episode.patient_id])


def managers_pages() -> Iterator[tuple[str, str]]:
    """Name and address of what a manager works with."""
    plan = Plan.objects.get(episode__patient__family_name=PLAN_OF)
    yield "management", reverse("admin:index")
    yield "plans-in-admin", reverse("admin:plans_plan_changelist")
    yield "management-plan", reverse("admin:plans_plan_change", args=[plan.pk])


PEOPLE = {
    "sanne@traject.example": physiotherapists_pages,
    "karim@traject.example": desk_pages,
    "marieke@traject.example": managers_pages,
}


def visit(page: Page, name: str, address: str) -> None:
    """Open one page and hold it to what every page promises; the key screens at every width and in both colours."""
    response = page.goto(address)
    assert response is not None
    assert response.status == 200, address
    if name in KEY_SCREENS:
        assert_accessible_at_every_width(page)
    else:
        assert_accessible(page)
    assert_narrow(page)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_role_can_use_every_page(new_page: NewPage, demo: None, language: str) -> None:
    page = new_page(language=language)
    page.goto(reverse("sign_in"))
    assert_accessible_at_every_width(page)
    for email, pages in PEOPLE.items():
        page = new_page(language=language)
        sign_in_as(page, Staff.objects.get(email=email))
        for name, address in pages():
            visit(page, name, address)


def test_every_page_is_walked_through_with_the_tab_key(new_page: NewPage, demo: None) -> None:
    page = new_page()
    for email, pages in PEOPLE.items():
        sign_in_as(page, Staff.objects.get(email=email))
        for name, address in pages():
            if name != "intake":  # walked through at two widths beside its other states
                page.goto(address)
                assert_focus_walks(page)
