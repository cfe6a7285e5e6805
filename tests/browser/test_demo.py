"""The demo as each role finds it: every page opens, and anybody can use it at every width, in light and in dark."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from intake.models import Intake, QuestionnaireVersion
from plans.models import Letter, PatientAlarm, Plan, ProtocolVersion
from practice.models import PracticeSettings, Practitioner, Staff
from scheduling.models import Appointment
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
BAS = "bas@traject.example"
SENT_ON = "Heuvel"  # the one who was sent to the GP at once
UNDECIDED = "Schouten"  # the one whose intake was completed, and for whom no plan is chosen yet


def draft() -> Intake:
    """The intake under way that shows most."""
    return Intake.objects.get(episode__patient__family_name=DRAFT_OF)


def plan() -> Plan:
    """The plan that shows most."""
    return Plan.objects.select_related("episode").get(episode__patient__family_name=PLAN_OF)


def intake_of_plan() -> Intake:
    """The completed intake behind that plan."""
    return Intake.objects.get(episode=plan().episode)


def intake_of(family_name: str) -> Intake:
    """The completed intake of this patient."""
    return Intake.objects.get(episode__patient__family_name=family_name, status="completed")


def letter() -> Letter:
    """The letter about the one who was sent on."""
    return Letter.objects.get(referral__suggestion__intake=intake_of(SENT_ON))


def questionnaire() -> QuestionnaireVersion:
    """The questionnaire about the low back that ships."""
    return QuestionnaireVersion.objects.get(code="low_back", status="published")


def protocol() -> ProtocolVersion:
    """The protocol that ships."""
    return ProtocolVersion.objects.get(status="published")


@dataclass(frozen=True)
class Screen:
    """A page of the demo: who opens it, where it is, and whether it is a key screen (decided once, for all tests).

    `of` gives the argument of its address, or a tuple of several.
    """

    email: str
    route: str
    of: Callable[[], object] | None = None
    key: bool = False

    def address(self) -> str:
        """Where the page is; the demo must be loaded."""
        of = self.of() if self.of else ()
        return reverse(self.route, args=of if isinstance(of, tuple) else (of,))

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

# Screens that fewer people open, or less often: `test_every_page` holds all of them to the rest.
FURTHER = {
    "own-account": Screen(SANNE, "profile"),
    "own-leave": Screen(SANNE, "own_leave"),
    "read-back": Screen(SANNE, "intake_answers", lambda: intake_of_plan().pk),
    "follow-up": Screen(SANNE, "follow_up", lambda: intake_of(SENT_ON).pk),
    "referral": Screen(SANNE, "referral", lambda: letter().referral_id),
    "letter": Screen(SANNE, "letter", lambda: letter().pk),
    "adopting": Screen(SANNE, "plan_adopt", lambda: (intake_of(UNDECIDED).pk, "after_recurrence")),
    "no-course": Screen(SANNE, "no_course", lambda: intake_of(UNDECIDED).pk),
    "changing-a-plan": Screen(SANNE, "plan_revise", lambda: plan().pk),
    "alarm": Screen(SANNE, "patient_alarm", lambda: PatientAlarm.objects.get().pk),
    "changing-a-patient": Screen(KARIM, "patient_change", lambda: plan().episode.patient_id),
    "visit": Screen(KARIM, "appointment", lambda: Appointment.objects.filter(state="booked").latest("starts").pk),
    "help": Screen(SANNE, "help_page"),
    "management-quality": Screen(MARIEKE, "admin:plans_plantoreview_quality"),
    "management-rules": Screen(MARIEKE, "admin:plans_protocolversion_rules", lambda: protocol().pk),
    "management-rule": Screen(
        MARIEKE,
        "admin:plans_protocolversion_rule",
        lambda: (protocol().pk, protocol().protocol.rules[0].code),
    ),
    "management-questionnaire": Screen(MARIEKE, "admin:intake_questionnaireversion_change", lambda: questionnaire().pk),
    "management-section": Screen(
        MARIEKE, "admin:intake_questionnaireversion_section", lambda: (questionnaire().pk, "red_flags")
    ),
    "management-instrument": Screen(
        MARIEKE, "admin:intake_questionnaireversion_instrument", lambda: (questionnaire().pk, "start_back")
    ),
    "management-staff": Screen(BAS, "admin:practice_staff_changelist"),
    "management-hours": Screen(
        BAS, "admin:practice_practitioner_change", lambda: Practitioner.objects.get(staff__email=SANNE).pk
    ),
    "management-access-log": Screen(BAS, "admin:practice_accessevent_changelist"),
    "management-settings": Screen(
        BAS, "admin:practice_practicesettings_change", lambda: PracticeSettings.objects.get().pk
    ),
    "adding-staff": Screen(BAS, "admin:practice_staff_add"),
    "adding-a-practitioner": Screen(BAS, "admin:practice_practitioner_add"),
    "adding-a-location": Screen(BAS, "admin:practice_location_add"),
    "adding-a-closure": Screen(BAS, "admin:practice_closure_add"),
    "adding-a-holiday": Screen(BAS, "admin:practice_holidayoverride_add"),
    "adding-closed-time": Screen(BAS, "admin:scheduling_recurringblock_add"),
    "adding-a-kind-of-visit": Screen(BAS, "admin:scheduling_appointmentkind_add"),
    "adding-a-provider": Screen(BAS, "admin:patients_externalprovider_add"),
    "adding-a-test-case": Screen(MARIEKE, "admin:plans_protocolcase_add"),
    "adding-to-the-waiting-list": Screen(KARIM, "waiting_list_add", lambda: plan().episode.patient_id),
}


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


@pytest.mark.parametrize("name", FURTHER)
def test_a_further_screen_opens_with_the_data_of_the_demo(page: Page, demo: None, name: str) -> None:
    FURTHER[name].open(page)
    screenshot(page, f"{name}-nl")
    assert_accessible(page)
