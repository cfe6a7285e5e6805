"""Drawing on the body chart by tapping, by keyboard and without a script; all three say the same."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from intake.models import Intake
from tests.browser.conftest import NewPage
from tests.browser.driving import TABLET, assert_accessible, screenshot, sign_in
from tests.browser.walking import Walk
from tests.factories.intake import IntakeFactory, published
from tests.factories.patients import EpisodeFactory, PatientFactory

pytestmark = pytest.mark.usefixtures("practice")

CHART = {"low_back_left": {"kinds": ["pain", "numbness"], "intensity": 6}}


def opened(page: Page) -> Intake:
    """A new draft, open in the browser at its body chart."""
    author = sign_in(page, "physiotherapist")
    episode = EpisodeFactory(patient=PatientFactory(location=None))
    draft = IntakeFactory(episode=episode, author=author, questionnaire_version=published())
    page.goto(reverse("intake", args=[draft.pk]))
    return draft


def saved_chart(page: Page, draft: Intake) -> object:
    """What is stored once the section is saved: by itself, or with the button where no script runs."""
    if Walk(page).has_script:
        Walk(page).save()
    else:
        page.locator("#complaint").get_by_role("button", name="Tussentijds opslaan").click()
        page.wait_for_load_state()
    return Intake.objects.get(pk=draft.pk).answers().get("pain_chart")


def test_tapping_the_figure_ticks_the_list(new_page: NewPage) -> None:
    page = new_page(viewport=TABLET, has_touch=True)
    draft = opened(page)
    assert saved_chart(page, draft) is None
    page.locator("[data-region=low_back_left]").tap()
    page.get_by_role("button", name="Doof gevoel").tap()
    page.locator("[data-region=low_back_left]").tap()
    page.locator("[data-region=calf_left]").tap()
    page.locator("[data-region=calf_left]").tap()
    row = page.locator("[data-row=low_back_left]")
    expect(row.get_by_role("checkbox", name="Lage rug, links")).to_be_checked()
    row.get_by_label("Hoe erg, 0 tot 10").select_option("6")
    expect(page.locator("[data-letters=low_back_left]")).to_have_text("PD 6")
    for target in [*page.locator("[data-pen]").all(), *page.locator(".body-tick:visible").all()]:
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    screenshot(page, "body-chart-nl")
    page.evaluate("scrollTo(0, 0)")
    assert_accessible(page)
    assert saved_chart(page, draft) == CHART


def test_the_list_is_ticked_by_keyboard(new_page: NewPage) -> None:
    page = new_page()
    draft = opened(page)
    page.locator(".body-group summary").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Lage rug, links").focus()
    for key in ("Space", "Tab", "Space", "Tab", "Tab", "Space", "Tab", "Tab", "Tab", "6"):
        page.keyboard.press(key)
    expect(page.locator("[data-letters=low_back_left]")).to_have_text("PD 6")
    assert saved_chart(page, draft) == CHART


def test_the_list_works_without_a_script(new_page: NewPage) -> None:
    page = new_page(javascript=False)
    draft = opened(page)
    page.locator(".body-group summary").first.click()
    page.get_by_role("checkbox", name="Lage rug, links").check()
    assert saved_chart(page, draft) == {"low_back_left": {"kinds": []}}
    row = page.locator("[data-row=low_back_left]")
    row.get_by_role("checkbox", name="Pijn").check()
    row.get_by_role("checkbox", name="Doof gevoel").check()
    row.get_by_label("Hoe erg, 0 tot 10").select_option("6")
    assert saved_chart(page, draft) == CHART
    expect(page.locator("[data-letters=low_back_left]")).to_have_text("PD 6")
