"""The demo as each role finds it: every page opens, and anybody can use it at every width, in light and in dark."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from intake.models import Intake
from plans.models import Plan, ProtocolVersion
from practice.models import Staff
from tests.browser.conftest import NewPage
from tests.browser.driving import (
    assert_accessible,
    assert_accessible_at_every_width,
    assert_focus_walks,
    assert_narrow,
    screenshot,
    sign_in_as,
)

# Whose record shows most: an intake that waits for the examination, and a plan that differs from its template.
DRAFT_OF = "Idrissi"
PLAN_OF = "Hoekstra"
SANNE, KARIM, MARIEKE = "sanne@traject.example", "karim@traject.example", "marieke@traject.example"


def draft() -> Intake:
    """The intake under way that shows most."""
    return Intake.objects.get(episode__patient__family_name=DRAFT_OF)


def plan() -> Plan:
    """The plan that shows most."""
    return Plan.objects.select_related("episode").get(episode__patient__family_name=PLAN_OF)


def intake_of_plan() -> Intake:
    """The completed intake behind that plan."""
    return Intake.objects.get(episode=plan().episode)


def protocol() -> ProtocolVersion:
    """The protocol that ships."""
    return ProtocolVersion.objects.get(status="published")


@dataclass(frozen=True)
class Screen:
    """A page of the demo: who opens it, where it is, and whether it is a key screen (decided once, for all tests)."""

    email: str
    route: str
    of: Callable[[], object] | None = None
    key: bool = False

    def address(self) -> str:
        """Where the page is; the demo must be loaded."""
        return reverse(self.route, args=[self.of()] if self.of else [])

    def open(self, page: Page) -> None:
        """Sign its person in and open it."""
        if self.email:
            sign_in_as(page, Staff.objects.get(email=self.email))
        response = page.goto(self.address())
        assert response is not None
        assert response.status == 200, page.url


SCREENS = {
    "sign-in": Screen("", "sign_in", key=True),
    "today": Screen(SANNE, "today", key=True),
    "patient": Screen(SANNE, "patient", lambda: plan().episode.patient_id, key=True),
    "episode": Screen(SANNE, "episode", lambda: plan().episode_id),
    "intake": Screen(SANNE, "intake", lambda: draft().pk, key=True),
    "suggestions": Screen(SANNE, "suggestions", lambda: intake_of_plan().pk, key=True),
    "plan": Screen(SANNE, "plan", lambda: plan().pk, key=True),
    "measuring": Screen(SANNE, "plan_measure", lambda: plan().pk),
    "look-along": Screen(SANNE, "plan_look_along", lambda: plan().pk),
    "today-front-desk": Screen(KARIM, "today"),
    "registration": Screen(KARIM, "patient_register"),
    "patient-front-desk": Screen(KARIM, "patient", lambda: plan().episode.patient_id),
    "to-schedule": Screen(KARIM, "to_schedule"),
    "agenda": Screen(KARIM, "agenda"),
    "telephone": Screen(KARIM, "dock"),
    "waiting-list": Screen(KARIM, "waiting_list"),
    "visits-to-move": Screen(KARIM, "leave_conflicts"),
    "management": Screen(MARIEKE, "admin:index"),
    "management-plans": Screen(MARIEKE, "admin:plans_plan_changelist", key=True),
    "management-plan": Screen(MARIEKE, "admin:plans_plan_change", lambda: plan().pk),
    "management-protocol": Screen(MARIEKE, "admin:plans_protocolversion_change", lambda: protocol().pk),
    "management-test-set": Screen(MARIEKE, "admin:plans_protocolcase_changelist"),
}
EVERY_SCREEN = pytest.mark.parametrize("name", SCREENS)


@EVERY_SCREEN
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_screen_can_be_used_by_anybody(new_page: NewPage, demo: None, name: str, language: str) -> None:
    """The key screens are held to it at every width and in both colours, the others at one."""
    page = new_page(language=language)
    SCREENS[name].open(page)
    if language == "nl":
        screenshot(page, f"{name}-{language}")
    if SCREENS[name].key:
        assert_accessible_at_every_width(page)
    else:
        assert_accessible(page)
    assert_narrow(page)


@EVERY_SCREEN
def test_a_screen_is_walked_through_with_the_tab_key(page: Page, demo: None, name: str) -> None:
    SCREENS[name].open(page)
    assert_focus_walks(page)
