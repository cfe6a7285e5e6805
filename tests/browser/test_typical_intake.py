"""The typical intake, from starting it to the plan: how much it asks of a person's hands, by mouse and by keyboard."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from intake.models import Intake
from plans.models import Plan
from tests.browser.conftest import NewPage
from tests.browser.driving import counted
from tests.browser.walking import PLAN_URL, Walk

pytestmark = pytest.mark.usefixtures("practice")

HELP = "Ik wil weer zonder pijn kunnen tuinieren"
ACTIVITIES = {"Tuinieren": 7, "Tillen": 6, "Lang zitten": 5}
DIAGNOSIS = "Lage rugpijn, profiel 2"
RECORDED = {
    "identity_checked": True,
    "gp_consent": True,
    "request_for_help": HELP,
    "weeks_since_onset": 6,
    "course": "unchanged",
    "onset": "after_lifting",
    "medical_history_asked": True,
    "nsaids": True,
    "limited_activities": ["bending", "lifting"],
    "work_status": "working",
    "nprs": 6,
    "psk_1": 7,
    "psk_2": 6,
    "psk_3": 5,
    "movement_flexion": "limited_painful",
    "gait_pattern": "normal",
    "screening": "no_concern",
    "further_examination_indicated": False,
    "physiotherapy_indication": True,
    "diagnosis_text": DIAGNOSIS,
}


def arrived(new_page: NewPage) -> Walk:
    """A physiotherapist with an open episode on the screen."""
    walk = Walk(new_page())
    walk.arrive()
    return walk


def assert_recorded() -> None:
    """What was entered is stored, every red flag was asked, and there is a plan."""
    intake = Intake.objects.with_patient().get()
    stored = intake.answers()
    assert {code: stored.get(code) for code in RECORDED} == RECORDED
    assert set(stored["pain_chart"]) == {"low_back_left", "low_back_right"}
    assert all(stored[item.code] is False for item in intake.required() if item.red_flag)
    assert Plan.objects.get().intake == intake


def settled(walk: Walk) -> Page:
    """The page once it has what the last answer brought up: a click on what still moves can count twice."""
    walk.save()
    return walk.page


def choose(walk: Walk, name: str, value: str) -> None:
    settled(walk)
    walk.choose(name, value)


def test_the_typical_intake_by_mouse(new_page: NewPage) -> None:
    walk = arrived(new_page)
    page = walk.page
    with counted(page, "intake_to_adopted_plan") as effort:
        walk.start_intake()
        choose(walk, "identity_checked", "yes")
        choose(walk, "gp_consent", "yes")
        walk.write("request_for_help", HELP)
        for region in ("low_back_left", "low_back_right"):
            settled(walk).locator(f"[data-region={region}]").click()
        walk.write("weeks_since_onset", "6 wk")
        choose(walk, "course", "unchanged")
        choose(walk, "onset", "after_lifting")
        settled(walk)
        walk.deny_the_rest()
        choose(walk, "medical_history_asked", "yes")
        find(settled(walk), "ibuprofen")
        choose(walk, "limited_activities", "bending")
        choose(walk, "limited_activities", "lifting")
        choose(walk, "work_status", "working")
        choose(walk, "nprs", "6")
        for number, (activity, trouble) in enumerate(ACTIVITIES.items(), 1):
            walk.write(f"psk_{number}_activity", activity)
            choose(walk, f"psk_{number}", str(trouble))
        choose(walk, "movement_flexion", "limited_painful")
        press_rest(settled(walk), "rest_unremarkable_examination")
        choose(walk, "screening", "no_concern")
        choose(walk, "further_examination_indicated", "no")
        choose(walk, "physiotherapy_indication", "yes")
        walk.write("diagnosis_text", DIAGNOSIS)
        walk.save()
        walk.complete()
        walk.fold("Choose this plan")
        walk.adopt()
        expect(page).to_have_url(PLAN_URL)
    assert_recorded()
    assert effort.clicks <= 43
    assert effort.typed_characters <= 250
    assert effort.page_loads <= 3


AFTER_SAVING = {"Alt+j", "Alt+k", "Alt+r", "Control+Enter"}  # what these keys lead to may come with the last answer


@dataclass
class Keys:
    """A person without a mouse on the intake page."""

    walk: Walk

    def press(self, *keys: str) -> None:
        """Press these keys one after the other."""
        for key in keys:
            if key in AFTER_SAVING:
                self.walk.save()
            self.walk.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type this where the focus is."""
        self.walk.page.keyboard.type(text)

    def go_to(self, name: str) -> None:
        """Go on by question to the one of this name."""
        while not self.walk.page.locator(f"[name={name}]:focus").count():
            self.press("Alt+k")

    def record_the_rest(self, section: str, how: str) -> None:
        """Record the rest of the section in one go."""
        self.press("Alt+r")
        expect(self.walk.page.locator(f"button[name=rest_{how}_{section}]")).to_be_hidden()


def tell_the_complaint(keys: Keys) -> None:
    keys.press("Alt+j", "j", "j")  # identity, consent
    keys.press("Alt+j")
    keys.type(HELP)
    keys.press("Alt+PageDown", "Enter", "l", "Space", "l", "Space")  # the list of the chart: both sides of the low back
    keys.press("Alt+j")
    keys.type("6 wk")
    keys.press("Alt+j", "3", "Alt+k", "4")  # course, onset


def tell_health_and_functioning(keys: Keys) -> None:
    page = keys.walk.page
    keys.press("Alt+j")
    keys.record_the_rest("red_flags", "no")
    keys.press("Alt+j", "j")  # medical history
    keys.press("Shift+Tab")  # to the field that finds a medicine
    keys.type("ibup")
    keys.press("Enter")
    expect(page.locator("[name=nsaids][value=yes]")).to_be_checked()
    keys.press("Alt+j", "2", "3", "Alt+k", "1")  # limited in, work
    keys.press("Alt+PageDown", "Alt+PageDown", "Alt+PageDown", "6")  # measurements: pain
    for number, (activity, trouble) in enumerate(ACTIVITIES.items(), 1):
        keys.go_to(f"psk_{number}_activity")
        keys.type(activity)
        keys.press("Alt+k", str(trouble))


def examine_and_conclude(keys: Keys) -> None:
    keys.press("Alt+PageDown")
    keys.go_to("movement_flexion")
    keys.press("4")
    keys.record_the_rest("examination", "unremarkable")
    keys.press("Alt+j", "1", "Alt+j", "n", "j", "Alt+j")
    keys.type(DIAGNOSIS)
    keys.press("Control+Enter")


def test_the_typical_intake_by_keyboard(new_page: NewPage) -> None:
    walk = arrived(new_page)
    page = walk.page
    with counted(page, "intake_to_adopted_plan_by_keyboard") as effort:
        for key in ("Alt+n", "Enter"):
            page.keyboard.press(key)
        expect(page.locator("html.scripted")).to_be_attached()
        for tell in (tell_the_complaint, tell_health_and_functioning, examine_and_conclude):
            tell(Keys(walk))
        expect(page).to_have_url(re.compile("/suggestions/"))
        for key in ("Alt+j", "Enter", "Alt+j", "Space", "Enter"):  # choose the plan, it was discussed, make it
            page.keyboard.press(key)
        expect(page).to_have_url(PLAN_URL)
    assert_recorded()
    assert effort.clicks == 0
    assert effort.control_keys <= 100
    assert effort.typed_characters <= 250
    assert effort.page_loads <= 3


def find(page: Page, name: str) -> None:
    """Look a medicine up by its first letters."""
    page.locator("[data-find]").first.click()
    page.keyboard.type(name[:4])
    page.keyboard.press("Enter")
    expect(page.locator("[name=nsaids][value=yes]")).to_be_checked()


def press_rest(page: Page, name: str) -> None:
    """Record the rest of a section in one go."""
    page.locator(f"button[name={name}]").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"\d"))
