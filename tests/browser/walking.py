"""Walks through the screens as a person does: by the words on buttons, links and labels, in either language.

Labels of the screens are given in English, as the code writes them, and are said here in the language of the page.
Clinical questions are given by their codes, so that a published case can be recorded as it stands.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext, override
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests.cases.running import published
from tests.factories.intake import shipped_questionnaires

FIRST_CASE = published()[0].content["intake"]
# What the law and the guideline ask to record beside what the case report says.
RECORD = {
    "identity_checked": True,
    "gp_consent": True,
    "request_for_help": "Weer sporten",
    "medical_history_asked": True,
    "limited_activities": ["bending"],
    "goal_activity": "30 minuten hardlopen",
    "screening": "no_concern",
    "further_examination_indicated": False,
    "physiotherapy_indication": True,
    "diagnosis_text": "Lage rugpijn, profiel 2",
}
# A patient whom the emergency department must see, and one with nothing out of the ordinary.
EMERGENCY = RECORD | {
    "weeks_since_onset": 1,
    "course": "increased",
    "saddle_numbness": True,
    "screening": "concern",
    "deviating_findings": "Doof gevoel in het zadelgebied",
    "advice_given": "Meteen naar de spoedeisende hulp",
}
ORDINARY = RECORD | {"weeks_since_onset": 4, "course": "decreased"}
PLAN_URL = re.compile(r"/plans/[0-9a-f-]+/$")
INTAKE_URL = re.compile(r"/intakes/[0-9a-f-]+/(#.*)?$")


@dataclass
class Walk:
    """A person at a page, who reads one language and may do without a mouse."""

    page: Page
    language: str = "nl"
    mouse: bool = True

    def words(self, message: str, **values: object) -> str:
        """A text of the screens in the language of the page."""
        with override(self.language):
            return gettext(message) % values if values else gettext(message)

    def press(self, button: str, **values: object) -> None:
        """Press the button with these words."""
        self._go(self.page.get_by_role("button", name=self.words(button, **values), exact=True).first)

    def link(self, words: str) -> Locator:
        """The first link that starts with these words; a screen reader may hear more after them."""
        return self.page.get_by_role("link", name=re.compile(rf"^{re.escape(self.words(words))}\s*(:|$)")).first

    def follow(self, link: str) -> None:
        """Follow the first link that starts with these words."""
        self._go(self.link(link))

    def _go(self, target: Locator) -> None:
        with self.page.expect_navigation():
            self._use(target)

    def _use(self, target: Locator) -> None:
        if self.mouse:
            target.click()
        else:
            target.focus()
            self.page.keyboard.press("Enter")

    def write(self, name: str, text: str) -> None:
        """Write into the field of this name, in place of what it holds."""
        field = self.page.locator(f"main [name='{name}']")
        self._unfold(field)
        if self.mouse:
            field.click()
        else:
            field.focus()
        if field.input_value():
            field.press("Control+a")
        field.press_sequentially(text)

    def choose(self, name: str, value: str = "") -> None:
        """Choose this radio button or tick this box; a box that stands alone has no value."""
        option = self.page.locator(f"main [name='{name}']" + (f"[value='{value}']" if value else ""))
        self._unfold(option)
        self._tick(option)

    def _tick(self, option: Locator) -> None:
        if self.mouse:
            option.check()
        else:
            self._reach(option)
            expect(option).to_be_checked()

    def _reach(self, option: Locator) -> None:
        """Choose with the keyboard: a box with the space bar, a radio button from its group's tab stop with arrows."""
        if option.get_attribute("type") == "checkbox":
            option.focus()
            self.page.keyboard.press("Space")
            return
        group = self.page.locator(f"[name='{option.get_attribute('name')}']")
        values = group.evaluate_all("all => all.map(each => each.value)")
        chosen = group.evaluate_all("all => all.findIndex(each => each.checked)")
        group.nth(max(chosen, 0)).focus()
        if chosen < 0:
            self.page.keyboard.press("Space")
        for _step in range(values.index(option.get_attribute("value")) - max(chosen, 0)):
            self.page.keyboard.press("ArrowDown")

    def pick(self, name: str, words: str) -> None:
        """Pick from a list by typing the words, as one does with a keyboard."""
        field = self.page.locator(f"main select[name='{name}']")
        if self.mouse:
            field.select_option(label=words)
        else:
            field.focus()
            field.press_sequentially(words)

    def _unfold(self, target: Locator) -> None:
        target.wait_for(state="attached")
        if not target.is_visible():
            self._use(target.locator("xpath=ancestor::details[not(@open)][1]/summary"))

    def answer(self, code: str, value: Any) -> None:
        """Answer a question of the intake with the value that a case gives."""
        if isinstance(value, bool):
            self.choose(code, "yes" if value else "no")
        elif isinstance(value, list):
            for each in value:
                self.choose(code, each)
        elif self.page.locator(f"main [name='{code}']").first.get_attribute("type") == "radio":
            self.choose(code, str(value))
        else:
            self.write(code, str(value))

    def sign_in(self, role: str) -> None:
        """Sign in with the button of a role of the demo."""
        self.page.goto("/sign-in/")
        self._go(self.page.locator(f"button[name=role][value={role}]"))
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()

    def sign_out(self) -> None:
        """Sign out from the menu."""
        self.page.locator("details.menu summary").click()
        self.press("Sign out")
        expect(self.page).to_have_url(re.compile("/sign-in/"))

    def register_patient(self, family_name: str = "Berg", birth_date: str = "") -> None:
        """Register a man, by default one of the age of the first case."""
        self.page.goto("/patients/register/")
        for name, text in {
            "given_name": "Daan",
            "initials": "D.",
            "family_name": family_name,
            "birth_date": birth_date or born_so_long_ago(FIRST_CASE["patient"]["age"]),
        }.items():
            self.write(name, text)
        self.pick("sex", self.words("male"))
        self.choose("share_with_gp", "given")
        self.press("Register")
        expect(self.page.locator(".patient-name")).to_contain_text(re.compile(family_name, re.IGNORECASE))

    def open_episode(self) -> None:
        """Open an episode by direct access, with the physiotherapist of the demo."""
        self.follow("Open an episode")
        self.choose("route", "direct_access")
        self.pick("practitioner", "Sanne Bakker")
        self.press("Open the episode")

    def arrive(self) -> None:
        """Sign in as the physiotherapist, register a patient and open an episode."""
        self.sign_in("physiotherapist")
        self.register_patient()
        self.open_episode()

    def start_intake(self, questionnaire: str = "low_back") -> None:
        """Start the intake of this region."""
        title = shipped_questionnaires()[questionnaire].title.in_language(self.language)
        self.press(f"{self.words('Start an intake:')} {title}")
        expect(self.page).to_have_url(INTAKE_URL)

    def record(self, answers: Mapping[str, Any]) -> None:
        """Record these answers in the order of the page; answers to what it does not show yet come later."""
        left = dict(answers)
        while left:
            shown = [code for code in self.questions if code in left]
            for code in shown:
                self.answer(code, left.pop(code))
            self.save()
            if left and not [code for code in self.questions if code in left]:
                self.show_more(next(iter(left)))

    @property
    def has_script(self) -> bool:
        """Whether the script of the page runs."""
        return self.page.locator("html.scripted").count() > 0

    def save(self) -> None:
        """Have everything saved: wait until it is, or press the button where no script runs."""
        if self.has_script:
            expect(self.page.locator("#intake-form")).not_to_have_attribute("data-unsaved", re.compile("[1-9]"))
            expect(self.page.locator("[data-save-state]")).not_to_have_attribute("data-state", "trouble")
        else:
            self.press("Save so far")

    def show_more(self, code: str) -> None:
        """Show a question that is one click away."""
        if not self.has_script:
            self.follow("Show all questions")
            return
        sections = shipped_questionnaires()["low_back"].sections
        section = next(each.code for each in sections if code in [item.code for item in each.items])
        self._use(self.page.locator(f"[data-section={section}] details[data-more] > summary"))
        self.page.locator(f"[name={code}]").first.wait_for(state="attached")

    @property
    def questions(self) -> list[str]:
        """The codes of the questions on the page, in its order."""
        names = self.page.locator("#intake-form [name]").evaluate_all("all => all.map(each => each.name)")
        return list(dict.fromkeys(names))

    def deny_the_rest(self, section: str = "red_flags") -> None:
        """Record what was not asked yet in this section as asked, with the answer no."""
        rest = self.page.locator(f"button[name=rest_no_{section}]").first
        self._use(rest)
        expect(rest).to_be_hidden()
        self.save()

    def complete(self) -> None:
        """Complete the intake, which nothing stands in the way of."""
        self.press("Complete the intake")
        expect(self.page).to_have_url(re.compile("/suggestions/"))

    def fold(self, summary: str) -> None:
        """Open what is folded behind these words."""
        self._use(self.page.locator("summary", has_text=self.words(summary)).first)

    def adopt(self) -> None:
        """Make the plan, which was discussed with the patient."""
        self.choose("discussed")
        self.press("Make the plan")
        expect(self.page).to_have_url(PLAN_URL)

    def pdf(self, link: str) -> "Paper":
        """The PDF behind the link with these words."""
        address = str(self.link(link).get_attribute("href"))
        answer = self.page.request.get(address, headers={"Accept-Language": self.language})
        assert answer.ok, answer.status
        assert answer.headers["content-type"] == "application/pdf"
        return Paper(answer.body())


@dataclass
class Paper:
    """A PDF as a reader sees it."""

    content: bytes

    @cached_property
    def reader(self) -> PdfReader:
        """The parsed document."""
        return PdfReader(io.BytesIO(self.content))

    @property
    def text(self) -> str:
        """All text, on one line."""
        return " ".join(" ".join(page.extract_text() for page in self.reader.pages).split())

    @property
    def title(self) -> str:
        """The title that a viewer shows."""
        return str(self.reader.metadata.title)

    @property
    def language(self) -> str:
        """The language that a screen reader takes."""
        return str(self.reader.trailer["/Root"]["/Lang"])


def born_so_long_ago(years: int) -> str:
    """A birth date as one types it, of somebody who is this many years old today."""
    return f"01-01-{timezone.localdate().year - years}"
