"""Patients in a real browser: found and registered with the keyboard alone, and accessible on every screen."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from patients.models import Patient
from tests.browser.conftest import NewPage
from tests.browser.driving import assert_accessible, screenshot, sign_in
from tests.factories.patients import ConsentFactory, EpisodeFactory, ExternalProviderFactory, PatientFactory
from tests.factories.practice import LocationFactory, PractitionerFactory


@pytest.fixture
def jan(live_server: object) -> Patient:
    """A patient with something on every part of the record."""
    location = LocationFactory(name="Noord")
    patient = PatientFactory(
        family_name="Boer",
        prefix="de",
        number=10427,
        gp=ExternalProviderFactory(name="Huisartsen Noord"),
        birth_date=dt.date(1978, 3, 14),
        location=location,
    )
    EpisodeFactory(patient=patient, location=location)
    ConsentFactory(patient=patient)
    return patient


def desk(new_page: NewPage, **options: object) -> Page:
    page = new_page(language="en", **options)
    sign_in(page, "front_desk")
    return page


def test_a_patient_is_found_and_opened_with_the_keyboard(new_page: NewPage, jan: Patient) -> None:
    page = desk(new_page)
    page.goto("/patients/")
    page.keyboard.type("boer 1403")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 patient found")).to_be_visible()
    expect(page.get_by_role("link", name="De Boer, Jan")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"/patients/{jan.pk}/")
    expect(page.get_by_role("region", name="Patient")).to_contain_text("DE BOER, Jan (m)")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_patient_is_registered_after_the_warning(new_page: NewPage, jan: Patient, javascript: bool) -> None:
    page = desk(new_page, javascript=javascript)
    page.goto("/patients/register/")
    page.get_by_label("Given name").fill("Jan")
    page.get_by_label("Family name at birth").fill("de Boer")
    page.locator("#id_birth_date").fill("14031978")
    page.locator("#id_sex").select_option("male")
    page.locator("#id_insurer").fill("Zorgzaam")
    page.get_by_role("button", name="Register", exact=True).click()
    warning = page.get_by_role("heading", name="This patient may be registered already", exact=False)
    expect(warning).to_be_focused()
    if javascript:  # axe is a script
        assert_accessible(page)
        screenshot(page, "patient-duplicate")
    expect(page.locator("#id_insurer")).to_have_value("Zorgzaam")
    page.get_by_label("Why this is another person").fill("Son of the same name")
    page.get_by_role("button", name="Register as another person").click()
    expect(page.get_by_text("Registered with patient number")).to_be_visible()
    assert Patient.objects.count() == 2


def test_what_is_wrong_is_summed_up_and_linked(new_page: NewPage, jan: Patient) -> None:
    page = desk(new_page)
    page.goto("/patients/register/")
    page.locator("#id_bsn").fill("123456789")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page).to_have_title("Error: Register a patient · Traject")
    page.get_by_role("link", name="This is not a BSN", exact=False).click()
    expect(page.locator("#id_bsn")).to_be_focused()
    assert_accessible(page)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_screen_is_accessible(new_page: NewPage, jan: Patient, language: str, colours: str) -> None:
    PractitionerFactory()
    page = new_page(language=language, color_scheme=colours)
    sign_in(page, "physiotherapist")
    episode = jan.episodes.get()
    record = f"/patients/{jan.pk}/"
    pages = {
        "patient-search": "/patients/",
        "patient-register": "/patients/register/",
        "patient": record,
        "patient-change": f"{record}change/",
        "consent-record": f"{record}consents/",
        "episode-open": f"{record}episodes/open/",
        "episode": f"/episodes/{episode.pk}/",
        "episode-close": f"/episodes/{episode.pk}/close/",
    }
    for name, address in pages.items():
        page.goto(address)
        assert_accessible(page)
        if colours == "light":
            screenshot(page, f"{name}-{language}")
    page.goto(record)
    page.locator("form[action$='/bsn/'] button").click()
    expect(page.get_by_text(jan.bsn)).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("address", ["/patients/register/", "{record}", "{record}change/", "{record}episodes/open/"])
def test_nothing_scrolls_sideways_on_a_narrow_screen(new_page: NewPage, jan: Patient, address: str) -> None:
    page = desk(new_page, viewport={"width": 320, "height": 640})
    page.goto(address.format(record=f"/patients/{jan.pk}/"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
