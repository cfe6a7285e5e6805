"""Managers bring one instrument into a draft as its content file: in place of what stands there, or as a new one."""

import copy
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from intake.management.packed_files import LARGEST_INSTRUMENT, to_text
from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.actions import instruments as making
from plans.actions import questionnaires
from plans.actions.making import part_hash
from practice.models import AccessEvent, Staff
from tests.factories.intake import published
from tests.factories.plans import published_protocol
from tests.factories.practice import StaffFactory
from tests.plans.governing.conftest import signed_in
from tests.plans.governing.test_questionnaires import at, in_use
from tests.screens import queries, text

pytestmark = pytest.mark.django_db

ODI = "odi"
SLEEP: dict[str, Any] = {
    "code": "sleep",
    "version": 1,
    "title": {"nl": "Slaap", "en": "Sleep"},
    "direction": "lower_is_better",
    "items": [
        {"code": "sleep_falling", "kind": "scale", "label": {"nl": "Inslapen", "en": "Falling asleep"}},
        {"code": "sleep_staying", "kind": "scale", "label": {"nl": "Doorslapen", "en": "Staying asleep"}},
    ],
    "scores": [
        {
            "code": "sleep",
            "label": {"nl": "Slaap", "en": "Sleep"},
            "method": "sum",
            "items": ["sleep_falling", "sleep_staying"],
            "minimum": 0,
            "maximum": 20,
        }
    ],
}


@pytest.fixture
def draft(writer: Staff) -> QuestionnaireVersion:
    return questionnaires.draft_questionnaire(of=published(), by=writer, now=timezone.now())


def known(version: QuestionnaireVersion, code: str = ODI) -> dict[str, Any]:
    """An instrument as a draft holds it now, to be changed at will."""
    return copy.deepcopy(QuestionnaireVersion.objects.get(pk=version.pk).content["instruments"][code])


def bring(client: Client, version: QuestionnaireVersion, content: object, code: str = ODI) -> HttpResponse:
    """Send a file in for an instrument, after having looked at its page."""
    seen = client.get(at("instrument", version, code)).context["seen"]
    return client.post(at("instrument_import", version, code), {"seen": seen, "file": as_file(content)}, follow=True)


def add(client: Client, version: QuestionnaireVersion, content: object) -> HttpResponse:
    """Send a file in for the section of measurements."""
    return client.post(at("instrument_add", version, "measurements"), {"file": as_file(content)}, follow=True)


def as_file(content: object) -> SimpleUploadedFile:
    packed = content if isinstance(content, bytes) else to_text(content).encode()
    return SimpleUploadedFile("instrument.yaml", packed)


def otherwise(instrument: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The instrument with another value at one place."""
    inner: Any = instrument
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return instrument


def assert_refused(response: HttpResponse, words: str, draft: QuestionnaireVersion) -> None:
    """The page says these words with an error at the file, and the draft is as it was."""
    assert response.status_code == 422
    assert response.context["form"].errors["file"]
    assert words in text(response)
    draft.refresh_from_db()
    assert draft.edits == 0


def test_what_is_exported_comes_back_changed_and_in_place(client: Client, draft: QuestionnaireVersion) -> None:
    exported = client.get(at("instrument_export", draft, ODI)).content
    changed = exported.replace(b"3. Lifting", b"3. Lifting up").replace(b"value: 10", b"value: 12")
    assert "The instrument is as in the file now." in text(bring(client, draft, b"\xef\xbb\xbf" + changed))
    assert known(draft)["items"][2]["label"]["en"] == "3. Lifting up"
    assert known(draft)["version"] == 2, "other words are another version, whatever the file says"
    page = text(client.get(at("difference", draft)))
    assert "questions, odi_3, words, English: 3. Lifting → 3. Lifting up" in page
    assert "relevant change, in points, from: 10 → 12" in page
    assert [step.what for step in draft.steps.all()] == ["drafted", "instrument_replaced"]
    assert AccessEvent.objects.filter(event="questionnaire_instrument_replaced").exists()


def test_a_file_that_says_the_same_changes_nothing(client: Client, draft: QuestionnaireVersion) -> None:
    for code in ("psk", "start_back"):
        assert "as in the file now" in text(bring(client, draft, known(draft, code), code))
    draft.refresh_from_db()
    assert draft.edits == 0


@pytest.mark.usefixtures("reasons_in_english")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xff\xfe not text", "no content file of an instrument"),
        (b"code: [odi", "no content file of an instrument"),
        (b"a: &a [1]\nb: *a", "no references"),
        (b"[" * 90_000 + b"]" * 90_000, "too many levels"),
        (b"#" * (LARGEST_INSTRUMENT + 1), "too large for an instrument: 200 kB at most"),
        (b"- one\n- two", "<code>instrument</code> Expected keys with values, found a list."),
        (b"title: x", "<code>instrument.code</code> This is missing."),
        (b"code: odi", "<code>instruments.odi.items</code> This is missing."),
        (b"code: odi\nitems: 5\ngroups: 5", "<code>instruments.odi.items</code> Expected a list"),
        (b"code: nprs", "This file holds the instrument nprs, not odi."),
    ],
)
def test_a_file_that_is_no_instrument_says_why_at_its_field(
    client: Client, draft: QuestionnaireVersion, content: bytes, words: str
) -> None:
    response = bring(client, draft, content)
    assert_refused(response, words, draft)


@pytest.mark.usefixtures("reasons_in_english")
@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("scores", 0, "points"), {"odi_1": {str(n): n for n in range(6)}}, "How a score is computed"),
        (("items", 2, "maximum"), 4, "How a score is computed"),
        (("items", 2, "code"), "lifting", "lifting must begin with odi"),
        (("items", 2, "maximum"), 10**9, "A scale has 1000 steps at most."),
        (("scores", 0, "items"), [], "<code>instruments.odi.scores[0].items</code> This is missing."),
        (("scores", 0, "items"), ["odi_99"], "odi_99 is no question of this instrument."),
        (("scores", 0, "maximum"), 60, "<code>instruments.odi.scores[0].maximum</code> The score can be as high"),
        (("scores", 0, "relevant_change", 0, "sources"), [], "This needs a source."),
        (("scores", 0, "sources"), ["somewhere"], "somewhere&#x27; is not in the list of sources"),
        (("direction",), "up", "<code>instruments.odi.direction</code>"),
        (("title",), "ODI", "<code>instruments.odi.title</code> Expected keys with values, found text."),
        (("regions",), ["mid"], "odi is not for the region of this questionnaire."),
        (("note",), "x", "<code>instruments.odi.note</code> This key cannot stand here."),
    ],
)
def test_an_instrument_that_does_not_fit_changes_nothing_and_each_flaw_has_its_place(
    client: Client, draft: QuestionnaireVersion, path: tuple[Any, ...], value: Any, words: str
) -> None:
    response = bring(client, draft, otherwise(known(draft), path, value))
    assert_refused(response, words, draft)


@pytest.mark.usefixtures("reasons_in_english")
def test_every_flaw_of_a_file_is_said_at_once(client: Client, draft: QuestionnaireVersion) -> None:
    wrong = otherwise(otherwise(known(draft), ("title", "en"), ""), ("scores", 0, "sources"), ["one", "two"])
    page = text(bring(client, draft, otherwise(wrong, ("direction",), "up")))
    for words in ("&#x27;one&#x27; is not in", "&#x27;two&#x27; is not in", "instruments.odi.direction"):
        assert words in page


@pytest.mark.usefixtures("reasons_in_english")
def test_official_words_stay_unless_their_mark_is_taken_away_first(client: Client, draft: QuestionnaireVersion) -> None:
    official = otherwise(known(draft), ("official_words",), True)
    assert "as in the file now" in text(bring(client, draft, official))
    reworded = otherwise(known(draft), ("items", 2, "label", "en"), "3. Carrying")
    assert "These are the official words" in text(bring(client, draft, reworded))
    assert known(draft)["items"][2]["label"]["en"] == "3. Lifting"


@pytest.mark.usefixtures("reasons_in_english")
def test_a_source_of_the_protocol_may_be_named_in_a_file(client: Client, draft: QuestionnaireVersion) -> None:
    key = next(one for one in published_protocol().content["sources"] if one not in draft.content["sources"])
    bring(client, draft, otherwise(known(draft), ("scores", 0, "sources"), [key]))
    draft.refresh_from_db()
    assert key in draft.content["sources"]


@pytest.mark.usefixtures("reasons_in_english")
def test_who_was_slower_with_a_file_is_told_and_may_send_it_once_more(
    client: Client, draft: QuestionnaireVersion, second: Staff
) -> None:
    seen = client.get(at("instrument", draft, ODI)).context["seen"]
    bring(signed_in(second), draft, otherwise(known(draft), ("title", "en"), "Theirs"))
    mine = otherwise(known(draft), ("title", "en"), "Mine")
    address = at("instrument_import", draft, ODI)
    response = client.post(address, {"seen": seen, "file": as_file(mine)})
    assert response.status_code == 409
    assert "choose the file once more" in text(response)
    assert known(draft)["title"]["en"] == "Theirs"
    again = {"seen": response.context["form"]["seen"].value(), "file": as_file(mine)}
    assert "as in the file now" in text(client.post(address, again, follow=True))
    assert known(draft)["title"]["en"] == "Mine"


@pytest.mark.usefixtures("reasons_in_english")
def test_a_file_comes_into_a_draft_only(client: Client, draft: QuestionnaireVersion, writer: Staff) -> None:
    file = otherwise(known(draft), ("title", "en"), "New")
    seen = part_hash(known(draft))
    questionnaires.submit_questionnaire(version=draft, by=writer, now=timezone.now())
    for address in (at("instrument_import", draft, ODI), at("instrument_add", draft, "measurements")):
        assert client.get(address).status_code == 404
        response = client.post(address, {"seen": seen, "file": as_file(file)})
        assert response.status_code == 422
        assert "Only a draft can be changed" in text(response)
    assert client.post(at("instrument_import", published(), "nothing")).status_code == 404
    assert client.post(at("instrument_add", draft, "complaint")).status_code == 404


def test_only_who_governs_brings_instruments_in(draft: QuestionnaireVersion) -> None:
    other = signed_in(StaffFactory(roles=["physiotherapist"]))
    for address in (at("instrument_import", draft, ODI), at("instrument_add", draft, "measurements")):
        assert other.get(address).status_code == 403
        assert other.post(address, {"file": as_file(SLEEP)}).status_code == 403
    assert other.post(at("instrument_remove", draft, ODI)).status_code == 403


def test_a_new_instrument_is_added_and_goes_to_new_intakes(
    client: Client, draft: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    published_protocol()
    assert "Add an instrument from a file" in text(client.get(at("section", draft, "measurements")))
    assert "added, as the last one" in text(add(client, draft, {**SLEEP, "version": 7}))
    assert known(draft, "sleep")["version"] == 1, "the practice numbers what comes in"
    assert "instrument sleep: added" in text(client.get(at("difference", draft)))
    assert draft.steps.last().what == "instrument_added"
    version = in_use(draft, writer, second)
    section = next(one for one in version.questionnaire.sections if one.code == "measurements")
    assert section.instruments[-1] == "sleep"
    assert version.questionnaire.instrument("sleep").compute({"sleep_falling": 3, "sleep_staying": 4}) == {"sleep": 7}


@pytest.mark.usefixtures("reasons_in_english")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({**SLEEP, "code": "odi"}, "The instrument odi stands in this questionnaire already."),
        ({**SLEEP, "code": "pain_side"}, "sleep_falling must begin with pain_side"),
        ({**SLEEP, "scores": [{**SLEEP["scores"][0], "code": "pain_side"}]}, "question or finding pain_side already"),
        ({**SLEEP, "sources": ["somewhere"]}, "not in the list of sources"),
        ({**SLEEP, "items": []}, "sleep_falling is no question of this instrument."),
        ({**SLEEP, "regions": ["mid"]}, "sleep is not for the region of this questionnaire."),
    ],
)
def test_an_instrument_that_cannot_be_added_is_refused_with_what_is_wrong(
    client: Client, draft: QuestionnaireVersion, content: dict[str, Any], words: str
) -> None:
    response = add(client, draft, content)
    assert_refused(response, words, draft)


@pytest.mark.usefixtures("reasons_in_english")
def test_codes_of_an_added_instrument_were_nothing_else_anywhere(client: Client, writer: Staff) -> None:
    published_protocol()
    published()
    middle = questionnaires.draft_questionnaire(of=published("mid_back"), by=writer, now=timezone.now())
    rescored = otherwise(known(published(), "rdq"), ("scores", 0, "missing_allowed"), 3)
    assert "computed otherwise than in" in text(add(client, middle, {**rescored, "regions": ["mid"]}))
    low_only = next(code for code in published().questionnaire.items if code not in middle.questionnaire.items)
    taken = {**SLEEP, "scores": [{**SLEEP["scores"][0], "code": low_only}]}
    assert f"{low_only} was another question in" in text(add(client, middle, taken))
    derived = next(
        code
        for code in published_protocol().protocol.derivations.terms
        if code not in {*middle.questionnaire.items, *middle.questionnaire.terms}
    )
    taken = {**SLEEP, "scores": [{**SLEEP["scores"][0], "code": derived}]}
    assert f"{derived} is a finding of the protocol." in text(add(client, middle, taken))
    middle.refresh_from_db()
    assert middle.edits == 0


@pytest.mark.usefixtures("reasons_in_english")
def test_what_a_draft_added_is_taken_out_again_and_nothing_else_is(
    client: Client, draft: QuestionnaireVersion, writer: Staff
) -> None:
    published_protocol()
    add(client, draft, SLEEP)
    assert "Take this instrument out of the draft" in text(client.get(at("instrument", draft, "sleep")))
    assert "Take this instrument out" not in text(client.get(at("instrument", draft, ODI)))
    stays = client.post(at("instrument_remove", draft, ODI), {"seen": part_hash(known(draft))}, follow=True)
    assert "only one that was added in this draft" in text(stays)
    late = client.post(at("instrument_remove", draft, "sleep"), {"seen": "as it was"}, follow=True)
    assert "Look at it again first" in text(late)
    seen = part_hash(known(draft, "sleep"))
    gone = client.post(at("instrument_remove", draft, "sleep"), {"seen": seen}, follow=True)
    assert "The instrument sleep is taken out of this draft." in text(gone)
    assert "0 parts differ." in text(client.get(at("difference", draft)))
    assert draft.steps.last().what == "instrument_removed"
    assert client.post(at("instrument_remove", draft, "sleep"), {"seen": seen}).status_code == 404


@pytest.mark.usefixtures("reasons_in_english")
def test_an_added_instrument_that_a_question_hangs_on_stays(
    client: Client, draft: QuestionnaireVersion, writer: Staff
) -> None:
    add(client, draft, SLEEP)
    draft.refresh_from_db()
    placed = questionnaires.question_now(draft, "recovery_pace")
    hanging = {**placed.content, "ask_when": "sleep > 10"}
    about = {"version": draft, "seen": questionnaires.question_hash(placed), "by": writer, "now": timezone.now()}
    questionnaires.save_question(placed=type(placed)(placed.section, placed.after, hanging), **about)
    with pytest.raises(Refused, match="recovery_pace"):
        making.remove_instrument(
            version=draft, code="sleep", seen=part_hash(known(draft, "sleep")), by=writer, now=timezone.now()
        )


def test_pages_of_files_ask_no_more_where_more_questionnaires_are_in_use(
    client: Client, draft: QuestionnaireVersion
) -> None:
    pages = [at("instrument_import", draft, ODI), at("instrument_add", draft, "measurements")]
    one = [queries(client, page) for page in pages]
    published("mid_back")
    published("upper_back")
    assert [queries(client, page) for page in pages] == one
