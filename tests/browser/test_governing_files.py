"""A manager brings a questionnaire and an instrument in as files, and takes a wording over from another region."""

import pytest
from playwright.sync_api import FilePayload, Page, expect
from pytest_django.live_server_helper import LiveServer

from intake.management.packed_files import pack_questionnaire, to_text
from intake.models import QuestionnaireVersion
from tests.browser.conftest import Guard, NewPage
from tests.browser.driving import TABLET, assert_accessible, assert_narrow
from tests.browser.test_governing import manager
from tests.browser.test_governing_questions import drafted, opened
from tests.factories.intake import published
from tests.plans.governing.test_instrument_files import SLEEP

pytestmark = pytest.mark.django_db(transaction=True)


def choose(page: Page, content: bytes, name: str = "odi.yaml") -> None:
    """Choose a file with this content."""
    file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)


def test_a_file_that_cannot_be_used_says_why_and_a_good_one_becomes_a_draft(
    new_page: NewPage, live_server: LiveServer, guard: Guard
) -> None:
    guard.expect("status of 422")
    content = published().content
    page, _writer = manager(new_page)
    page.goto(f"{live_server.url}/admin/intake/questionnaireversion/")
    page.get_by_role("link", name="Import a questionnaire").click()
    assert_accessible(page)
    choose(page, b"no zip at all", "low_back.zip")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("This is no packed folder of content files")).to_be_visible()
    assert_accessible(page)
    broken = {**content, "sources": {}, "instruments": {**content["instruments"], "odi": ["no instrument"]}}
    choose(page, pack_questionnaire(broken), "low_back.zip")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("The content cannot be read.")).to_be_visible()
    wrong = page.get_by_role("region", name="What is wrong").get_by_role("listitem")
    expect(wrong.filter(has_text="instruments.odi").first).to_contain_text("Expected keys with values, found a list.")
    expect(wrong.filter(has_text="is not in the list of sources").first).to_be_visible()
    assert_accessible(page)
    assert not QuestionnaireVersion.objects.filter(status="draft").exists()
    choose(page, pack_questionnaire(content), "low_back.zip")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("The file became this draft.")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize("javascript", [True, False])
def test_an_instrument_comes_as_a_file_and_another_is_added(
    javascript: bool, new_page: NewPage, live_server: LiveServer, guard: Guard
) -> None:
    guard.expect("status of 422")
    page, writer = manager(new_page, javascript=javascript, viewport=TABLET)
    draft = drafted(writer)
    known = draft.content["instruments"]["odi"]

    def look() -> None:
        if javascript:  # axe needs a script of its own
            assert_accessible(page)

    opened(page, live_server, draft, "instrument", "odi")
    look()
    choose(page, to_text({**known, "direction": "up", "sources": ["hearsay"]}).encode())
    page.get_by_role("button", name="Bring in this file").click()
    expect(page.get_by_text("This instrument cannot be used here.")).to_be_visible()
    wrong = page.get_by_role("region", name="What is wrong").get_by_role("listitem")
    expect(wrong.filter(has_text="hearsay")).to_contain_text("is not in the list of sources")
    expect(wrong.filter(has_text="instruments.odi.direction")).to_be_visible()
    look()
    choose(page, to_text({**known, "help": {"nl": "Tien onderwerpen.", "en": "Ten topics."}}).encode())
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("The instrument is as in the file now.")).to_be_visible()
    expect(page.get_by_text("version 2 of this instrument")).to_be_visible()
    expect(page.get_by_role("group", name="Help text").get_by_label("English")).to_have_value("Ten topics.")

    page.get_by_role("link", name="Measurements").click()
    page.get_by_role("link", name="Add an instrument from a file").click()
    look()
    choose(page, to_text({**SLEEP, "code": "odi"}).encode(), "sleep.yaml")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("The instrument odi stands in this questionnaire already.")).to_be_visible()
    look()
    choose(page, to_text(SLEEP).encode(), "sleep.yaml")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_role("heading", name="Sleep", exact=True)).to_be_visible()
    look()
    page.get_by_role("button", name="Take this instrument out of the draft").click()
    expect(page.get_by_text("The instrument sleep is taken out of this draft.")).to_be_visible()
    opened(page, live_server, draft, "change")
    for words in ("replaced by that of a file odi", "added from a file sleep", "instrument removed sleep"):
        expect(page.get_by_role("listitem").filter(has_text=words)).to_be_visible()


def test_a_correction_is_written_once_and_taken_over(new_page: NewPage, live_server: LiveServer) -> None:
    page, writer = manager(new_page)
    low, middle = drafted(writer), drafted(writer, "mid_back")
    published("upper_back")
    opened(page, live_server, low, "instrument", "nprs")
    page.get_by_role("group", name="Relevant change, in points").get_by_label("From").fill("3")
    page.get_by_role("button", name="Check and save").click()
    note = page.locator(".govern-note").filter(has_text="stands in another version in these questionnaires")
    expect(note.get_by_role("link", name="Upper back")).to_be_visible()
    assert_accessible(page)
    assert_narrow(page)
    note.get_by_role("link", name="Mid back").click()
    expect(page.get_by_text(f"Mid back v{middle.version}").first).to_be_visible()
    page.get_by_text(f"What taking over from Low back v{low.version} changes here").click()
    expect(page.get_by_text("relevant change, in points, from: 2 → 3")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name=f"Take over from Low back v{low.version}").click()
    expect(page.get_by_text(f"The instrument is taken over from Low back v{low.version}.")).to_be_visible()
    expect(page.get_by_role("group", name="Relevant change, in points").get_by_label("From")).to_have_value("3")
    expect(page.get_by_text("version 2 of this instrument").first).to_be_visible()
    assert_accessible(page)
    opened(page, live_server, middle, "change")
    step = page.get_by_role("listitem").filter(has_text="taken over from another questionnaire")
    expect(step).to_contain_text(f"Low back v{low.version}")
