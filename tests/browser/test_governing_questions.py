"""A manager changes questions and adds one; a second one publishes them; new intakes ask them, running ones do not.

Nothing that was typed is lost when it cannot be saved.
"""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from intake.models import QuestionnaireVersion
from plans.actions import questionnaires
from practice.models import Staff
from tests.browser.conftest import Guard, NewPage
from tests.browser.driving import TABLET, assert_accessible, sign_in_as
from tests.browser.test_governing import manager
from tests.factories.intake import IntakeFactory, published
from tests.factories.plans import published_protocol
from tests.factories.practice import StaffFactory

pytestmark = pytest.mark.django_db(transaction=True)

PLAIN = "Pace of recovery so far"
FLAG = "unexplained_weight_loss"
WHY = "The letter of the GP tells it"


def opened(page: Page, live_server: LiveServer, version: QuestionnaireVersion, name: str, *args: str) -> None:
    """Open a page about a version."""
    page.goto(live_server.url + reverse(f"admin:intake_questionnaireversion_{name}", args=[version.pk, *args]))


def drafted(by: Staff, code: str = "low_back") -> QuestionnaireVersion:
    return questionnaires.draft_questionnaire(of=published(code), by=by, now=timezone.now())


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


def test_a_mark_goes_for_a_reason_that_stands_in_the_history(
    new_page: NewPage, live_server: LiveServer, guard: Guard
) -> None:
    guard.expect("status of 422")
    page, writer = manager(new_page)
    draft = drafted(writer)
    for code, let_go in ((FLAG, "red flag"), ("course", "required")):
        opened(page, live_server, draft, "question", code)
        words = page.get_by_role("group", name="Question", exact=True).get_by_label("English")
        words.fill(f"Typed with {let_go}")
        if let_go == "red flag":
            page.get_by_role("checkbox", name="Red flag").uncheck()
        else:
            page.get_by_label("An answer is due").select_option("referral")
        page.get_by_role("button", name="Check and save").click()
        reason = page.get_by_label("Why a mark is taken away")
        row = page.locator(".form-row.errors").filter(has=reason)
        expect(row.get_by_text("Say why: a second person")).to_be_visible()
        expect(reason).to_have_attribute("aria-invalid", "true")
        expect(words).to_have_value(f"Typed with {let_go}")
        assert_accessible(page)
        reason.fill(f"{WHY}: {let_go}")
        page.get_by_role("button", name="Check and save").click()
        expect(page.get_by_text("The question is saved.")).to_be_visible()
    opened(page, live_server, draft, "change")
    expect(page.get_by_text(f"{FLAG} is no red flag any more.")).to_be_visible()
    expect(page.get_by_text("course is due on fewer routes than before.")).to_be_visible()
    for let_go in ("red flag", "required"):
        step = page.get_by_role("listitem").filter(has_text="mark taken away").filter(has_text=f"{WHY}: {let_go}")
        expect(step).to_contain_text(writer.name)
    assert_accessible(page)


def test_what_was_typed_is_kept_when_the_draft_is_none_any_more(
    new_page: NewPage, live_server: LiveServer, guard: Guard
) -> None:
    guard.expect("status of 409")
    published_protocol()
    page, writer = manager(new_page)
    other, _second = manager(new_page, javascript=False)
    draft = drafted(writer)
    opened(page, live_server, draft, "question", "recovery_pace")
    words = {"Dutch": "Hoe het tempo is", "English": "How the pace is"}
    for language, text in words.items():
        page.get_by_role("group", name="Question", exact=True).get_by_label(language).fill(text)
    page.get_by_label("Asked only if").fill("course is decreased")
    page.get_by_role("textbox", name="Sources").fill("kngf_lbp_2021")

    opened(other, live_server, draft, "change")
    other.get_by_role("button", name="Submit for review").click()
    expect(other.get_by_text("Submitted.")).to_be_visible()
    _is_kept(page, [*words.values(), "course is decreased", "kngf_lbp_2021"], "This version is no draft any more")
    draft.refresh_from_db()
    assert draft.edits == 0

    questionnaires.return_questionnaire(version=draft, comment="Once more", by=writer, now=timezone.now())
    opened(page, live_server, draft, "instrument", "odi")
    page.get_by_role("group", name="Help text").get_by_label("English").fill("Ten topics")
    page.get_by_role("group", name="Relevant change, in points").get_by_label("From").fill("12")
    questionnaires.submit_questionnaire(version=draft, by=writer, now=timezone.now())
    third, _third = manager(new_page, javascript=False)  # who submitted it once does not publish it
    opened(third, live_server, draft, "change")
    third.get_by_role("button", name=re.compile("^Publish")).click()
    expect(third.get_by_text("Published. New intakes follow this version")).to_be_visible()
    _is_kept(page, ["Ten topics", "12"], "This version is no draft any more")


def test_what_was_typed_is_kept_when_the_question_is_gone_and_it_can_be_added_again(
    new_page: NewPage, live_server: LiveServer, guard: Guard
) -> None:
    guard.expect("status of 409")
    page, writer = manager(new_page)
    other, second = manager(new_page, javascript=False)
    draft = drafted(writer)
    opened(page, live_server, draft, "question", "recovery_pace")
    page.get_by_role("group", name="Question", exact=True).get_by_label("English").fill("How the pace is")
    page.get_by_role("group", name="Help text").get_by_label("Dutch").fill("Over de hele periode")
    opened(other, live_server, draft, "question", "recovery_pace")
    other.get_by_role("button", name="Take this question out of the draft").click()
    expect(other.get_by_text("is taken out of this draft")).to_be_visible()
    _is_kept(page, ["How the pace is", "Over de hele periode"], f"{second.name} took recovery_pace out")
    page.get_by_role("link", name="Add it again as a new question").click()
    expect(page.get_by_role("heading", name="New question")).to_be_visible()


def _is_kept(page: Page, typed: list[str], why: str) -> None:
    """Save, and find on the page that comes why nothing is saved, and everything that was typed."""
    with page.expect_response(lambda response: response.request.method == "POST") as answer:
        page.get_by_role("button", name="Check and save").click()
    assert answer.value.status == 409
    expect(page.get_by_text(why)).to_be_visible()
    for text in typed:
        expect(page.get_by_role("definition").get_by_text(text, exact=True)).to_be_visible()
    assert_accessible(page)
