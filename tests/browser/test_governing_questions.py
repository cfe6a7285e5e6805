"""A manager changes a question and adds one; a second one publishes them; new intakes ask them, running ones do not."""

import re

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from intake.models import QuestionnaireVersion
from practice.models import Staff
from tests.browser.conftest import Guard, NewPage
from tests.browser.driving import TABLET, assert_accessible, sign_in_as
from tests.browser.test_governing import manager
from tests.factories.intake import IntakeFactory, published
from tests.factories.plans import published_protocol
from tests.factories.practice import StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)

PLAIN = "Pace of recovery so far"


@pytest.fixture
def therapist() -> Staff:
    return StaffFactory(roles=["physiotherapist"], language="en")


def test_a_changed_and_a_new_question_go_all_the_way_and_a_running_intake_stays(
    new_page: NewPage, live_server: LiveServer, therapist: Staff, guard: Guard
) -> None:
    guard.expect("status of 422")
    published_protocol()
    running = IntakeFactory(author=therapist)
    page, _writer = manager(new_page)
    other, _second = manager(new_page, viewport=TABLET, javascript=False)  # axe needs a script of its own: not here

    page.goto(f"{live_server.url}/admin/intake/questionnaireversion/")
    assert_accessible(page)
    page.locator("#result_list").get_by_role("link", name="Low back").click()
    page.get_by_role("button", name="New draft of this version").click()
    assert_accessible(page)
    draft = page.url

    page.get_by_role("link", name="Measurements", exact=True).click()
    expect(page.get_by_text("so that scores can be compared")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="ODI, Oswestry Disability Index").click()
    assert_accessible(page)
    points = page.get_by_role("group", name="Relevant change, in points")
    points.get_by_label("From").fill("150")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("can change by 100 at most")).to_be_visible()
    assert_accessible(page)
    points.get_by_label("From").fill("12")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("The instrument is saved.")).to_be_visible()
    expect(page.get_by_text("version 2 of this instrument")).to_be_visible()
    page.get_by_role("link", name="3. Lifting").click()
    expect(page.get_by_text("only as far as the licence")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="Questions", exact=True).click()
    page.get_by_role("link", name="Load capacity and goals").click()
    assert_accessible(page)
    page.get_by_role("link", name=PLAIN).click()
    assert_accessible(page)
    question = page.get_by_role("group", name="Question", exact=True)
    question.get_by_label("English").fill("How recovery goes")
    page.get_by_label("Asked only if").fill("cancer is yes")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("is no code of a question or finding")).to_be_visible()
    expect(question.get_by_label("English")).to_have_value("How recovery goes")
    assert_accessible(page)
    page.get_by_label("Asked only if").fill("")
    page.get_by_label("Place on the page").select_option("core")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("The question is saved.")).to_be_visible()

    page.get_by_role("link", name="Load capacity and goals").click()
    page.get_by_role("link", name="Add a question").click()
    assert_accessible(page)
    page.get_by_role("textbox", name="Code:").fill("practice_runs")
    page.get_by_role("combobox", name="Answer:").select_option("yes_no")
    question.get_by_label("Dutch").fill("Loopt hard bij een vereniging")
    question.get_by_label("English").fill("Runs with a club")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("The question is saved.")).to_be_visible()

    page.get_by_role("link", name="What differs").click()
    expect(page.get_by_text(f"words, English: {PLAIN} → How recovery goes")).to_be_visible()
    expect(page.get_by_role("heading", name="question practice_runs: added")).to_be_visible()
    expect(page.get_by_text("relevant change, in points, from: 10 → 12")).to_be_visible()
    assert_accessible(page)
    page.goto(draft)
    page.get_by_role("button", name="Submit for review").click()
    expect(page.get_by_text("so somebody else publishes it")).to_be_visible()
    assert_accessible(page)

    other.goto(draft)
    other.get_by_role("button", name=re.compile("^Publish")).click()
    expect(other.get_by_text("Published. New intakes follow this version")).to_be_visible()

    newer = QuestionnaireVersion.objects.published().get(code="low_back")
    fresh = IntakeFactory(author=therapist, questionnaire_version=newer)
    consult = new_page(language="en")
    sign_in_as(consult, therapist)
    consult.goto(f"{live_server.url}/intakes/{fresh.pk}/?open=everything")
    expect(consult.get_by_text("How recovery goes").first).to_be_visible()
    expect(consult.get_by_text("Runs with a club").first).to_be_visible()
    consult.goto(f"{live_server.url}/intakes/{running.pk}/?open=everything")
    expect(consult.get_by_text(PLAIN).first).to_be_visible()
    expect(consult.get_by_text("Runs with a club")).to_have_count(0)
    consult.get_by_role("button", name=f"Go on with version {newer.version}").click()
    expect(consult.get_by_text("Runs with a club").first).to_be_visible()
    running.refresh_from_db()
    assert running.questionnaire_version == newer
    assert published().pk == newer.pk
