"""Managers change an instrument of a questionnaire: names, direction, bounds, relevant change, words; scores stay."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from intake import actions as intake_actions
from intake.domain.composing import compose
from intake.domain.editing import numbered
from intake.domain.instruments import Change
from intake.models import Intake, Measurement, QuestionnaireVersion
from patients.policies import Refused
from plans.actions import instruments as making
from plans.actions import questionnaires
from plans.actions.making import part_hash
from practice.models import AccessEvent, Staff
from tests.factories.intake import IntakeFactory, published, shipped_questionnaires
from tests.factories.plans import published_protocol
from tests.factories.practice import StaffFactory
from tests.plans.governing.conftest import signed_in
from tests.plans.governing.test_questionnaires import at, in_use, shown
from tests.screens import queries, text

pytestmark = pytest.mark.django_db

ODI, QUESTION = "odi", "odi_3"


@pytest.fixture
def draft(writer: Staff) -> QuestionnaireVersion:
    published_protocol()
    return drafted("low_back", writer)


def drafted(code: str, writer: Staff) -> QuestionnaireVersion:
    return questionnaires.draft_questionnaire(of=published(code), by=writer, now=timezone.now())


def change(client: Client, version: QuestionnaireVersion, code: str = ODI, **typed: Any) -> HttpResponse:
    """Open an instrument of a draft, type something else in some fields, and save."""
    address = at("instrument", version, code)
    return client.post(address, shown(client.get(address)) | typed, follow=True)


def reword(client: Client, version: QuestionnaireVersion, **typed: Any) -> HttpResponse:
    """Open a question of an instrument of a draft, type something else, and save."""
    address = at("question", version, QUESTION)
    return client.post(address, shown(client.get(address)) | typed, follow=True)


def number(version: QuestionnaireVersion, code: str = ODI) -> int:
    return int(QuestionnaireVersion.objects.get(pk=version.pk).content["instruments"][code]["version"])


def test_an_instrument_goes_from_a_draft_to_new_intakes_and_what_was_measured_stays(
    client: Client, draft: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    running = IntakeFactory()
    page = text(
        change(client, draft, title_nl="ODI, nieuw", title_en="ODI, new", s0_absolute_value="15", s0_maximum="100")
    )
    assert "The instrument is saved." in page
    assert "The question is saved." in text(reword(client, draft, label_nl="3. Optillen", label_en="3. Lifting up"))
    draft.refresh_from_db()
    assert number(draft) == 2, "other words are another version"

    difference = text(client.get(at("difference", draft)))
    assert "instrument odi: changed" in difference
    assert "title, English: ODI, Oswestry Disability Index → ODI, new" in difference
    assert "scores, odi, relevant change, in points, from: 10 → 15" in difference
    assert "questions, odi_3, words, English: 3. Lifting → 3. Lifting up" in difference

    assert "The same change of odi is judged otherwise" in text(client.get(at("change", draft)))
    later = in_use(draft, writer, second)
    assert later.approved_by == second
    fresh = IntakeFactory(questionnaire_version=later)
    old, new = (Intake.objects.get(pk=one.pk).questionnaire.instrument(ODI) for one in (running, fresh))
    assert (old.version, new.version) == (1, 2)
    assert old.compare("odi", 40, 28) is Change.IMPROVED, "12 points less matter where 10 are enough"
    assert new.compare("odi", 40, 33) is Change.NOT_RELEVANT
    events = set(AccessEvent.objects.values_list("event", flat=True))
    assert {"questionnaire_instrument_changed", "questionnaire_question_changed"} <= events


def test_saving_an_instrument_as_it_was_changes_nothing(client: Client, draft: QuestionnaireVersion) -> None:
    for code in draft.content["instruments"]:
        assert "The instrument is saved." in text(change(client, draft, code))
        form = client.get(at("instrument", draft, code)).context["form"]
        assert not form.errors
    draft.refresh_from_db()
    assert (draft.edits, number(draft)) == (0, 1)


def test_the_same_words_are_the_same_version_in_every_questionnaire(
    client: Client, draft: QuestionnaireVersion, writer: Staff
) -> None:
    middle = drafted("mid_back", writer)
    change(client, draft, "nprs", title_nl="Pijn", title_en="Pain")
    change(client, middle, "nprs", title_nl="Pijncijfer", title_en="Pain number")
    assert (number(draft, "nprs"), number(middle, "nprs")) == (2, 3), "other words have another number"
    change(client, middle, "nprs", title_nl="Pijn", title_en="Pain")
    assert number(middle, "nprs") == 2
    page = text(client.get(at("instrument", published("mid_back"), "nprs")))
    assert "In the other questionnaires" in page


@pytest.mark.either_engine
@pytest.mark.usefixtures("reasons_in_english")
@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"title_en": ""}, "title", "Write it in both languages."),
        ({"s0_maximum": "60"}, "s0_maximum", "can be as high as 100"),
        ({"s0_minimum": "5"}, "s0_minimum", "can be as low as 0"),
        ({"s0_minimum": "200"}, "s0_minimum", "lowest must be less than the highest"),
        ({"s0_absolute_value": "0"}, "s0_absolute_value", "more than 0"),
        ({"s0_absolute_value": "120"}, "s0_absolute_value", "can change by 100 at most"),
        ({"s0_absolute_sources": ""}, "s0_absolute_sources", "This needs a source."),
        ({"s0_absolute_evidence": ""}, "s0_absolute_evidence", "how well it is supported"),
        ({"s0_percent_value": ""}, "s0_percent_value", "or leave its sources empty"),
        ({"s0_sources": "somewhere"}, "s0_sources", "not in the list of sources"),
        ({"s0_absolute_sources": "somewhere"}, "s0_absolute_sources", "not in the list of sources"),
        ({"s0_b0_bound": "50"}, "s0_b0_bound", "bands must rise"),
        ({"direction": "up"}, "direction", "Select a valid choice"),
    ],
)
def test_what_is_wrong_with_an_instrument_stands_at_its_field_and_nothing_typed_is_lost(
    client: Client, draft: QuestionnaireVersion, typed: dict[str, str], field: str, words: str
) -> None:
    response = change(client, draft, help_nl="Wat ik typte", help_en="What I typed", **typed)
    errors = response.context["form"].errors
    assert response.status_code == 422
    assert any(words in error for error in errors.get(field, [])), errors
    assert "Wat ik typte" in text(response)
    assert number(draft) == 1


@pytest.mark.usefixtures("reasons_in_english")
def test_a_source_of_the_protocol_can_be_named_and_then_stands_with_the_questionnaire(
    client: Client, draft: QuestionnaireVersion
) -> None:
    key = next(one for one in published_protocol().content["sources"] if one not in draft.content["sources"])
    assert "The instrument is saved." in text(change(client, draft, s0_sources=key))
    draft.refresh_from_db()
    assert key in draft.content["sources"]


@pytest.mark.usefixtures("reasons_in_english")
@pytest.mark.parametrize(
    "made",
    [
        {"method": "mean"},
        {"items": ["odi_1"]},
        {"missing_allowed": 5},
        {"code": "odi_score"},
        {"points": {"odi_1": {"0": 5, "1": 4, "2": 3, "3": 2, "4": 1, "5": 0}}},
    ],
)
def test_how_a_score_is_computed_never_changes(
    draft: QuestionnaireVersion, writer: Staff, made: dict[str, Any]
) -> None:
    known = draft.content["instruments"][ODI]
    head = making.head_of({**known, "scores": [{**known["scores"][0], **made}]})
    with pytest.raises(Refused, match="How a score is computed"):
        making.save_instrument(
            version=draft, head=head, seen=making.instrument_hash(known), by=writer, now=timezone.now()
        )


@pytest.mark.usefixtures("reasons_in_english")
def test_official_words_are_not_changed(client: Client, draft: QuestionnaireVersion, writer: Staff) -> None:
    change(client, draft, official_words="on")
    assert "not changed here" in text(client.get(at("question", draft, QUESTION)))
    response = reword(client, draft, label_nl="3. Optillen", label_en="3. Lifting up")
    assert response.status_code == 422
    assert "These are the official words" in text(response)
    assert "3. Lifting up" in text(response), "what was typed is there"


@pytest.mark.usefixtures("reasons_in_english")
def test_the_answers_to_a_question_of_an_instrument_mean_what_they_meant(
    draft: QuestionnaireVersion, writer: Staff
) -> None:
    known = draft.content["instruments"][ODI]["items"][2]
    with pytest.raises(Refused, match="How a score is computed"):
        making.save_instrument_question(
            version=draft,
            instrument=ODI,
            question={**known, "maximum": 10},
            seen=part_hash(known),
            by=writer,
            now=timezone.now(),
        )


def test_two_writers_of_one_instrument_both_see_both_texts(
    client: Client, draft: QuestionnaireVersion, second: Staff
) -> None:
    address = at("instrument", draft, ODI)
    opened = shown(client.get(address))
    change(signed_in(second), draft, title_nl="Van de ander", title_en="Theirs")
    response = client.post(address, opened | {"title_nl": "Van mij", "title_en": "Mine"})
    assert response.status_code == 409
    assert "Van de ander" in text(response)
    assert "Van mij" in text(response)
    again = opened | {
        "title_nl": "Van mij",
        "title_en": "Mine",
        "seen": response.context["form"]["seen"].value(),
    }
    assert "The instrument is saved." in text(client.post(address, again, follow=True))
    draft.refresh_from_db()
    assert draft.content["instruments"][ODI]["title"]["en"] == "Mine"


def test_a_version_in_use_is_read_and_not_written(client: Client) -> None:
    version = published()
    page = text(client.get(at("instrument", version, ODI)))
    assert "10 points" in page
    assert "Check and save" not in page
    assert client.post(at("instrument", version, ODI), {"title_nl": "x"}).status_code == 409
    assert client.get(at("instrument", version, "nothing")).status_code == 404
    therapist = signed_in(StaffFactory(roles=["physiotherapist"]))
    assert therapist.get(at("instrument", version, ODI)).status_code == 403
    assert therapist.post(at("instrument", version, ODI), {"title_nl": "x"}).status_code == 403


def test_the_database_keeps_instruments_in_use_and_what_was_measured_as_they_are(
    client: Client, draft: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    change(client, draft, s0_absolute_value="15")
    version = in_use(draft, writer, second)
    other = {**version.content, "instruments": {}}
    for kept in (version, version.based_on):
        with pytest.raises(IntegrityError, match="a_published_questionnaire"), transaction.atomic():
            QuestionnaireVersion.objects.filter(pk=kept.pk).update(content=other)
    intake = IntakeFactory(questionnaire_version=version)
    measured = Measurement.objects.create(
        episode=intake.episode,
        instrument=ODI,
        instrument_version=2,
        items={},
        scores={"odi": 40},
        moment="interim",
        taken_on=timezone.now().date(),
        recorded_at=timezone.now(),
        by=writer,
    )
    with pytest.raises(IntegrityError, match="a_measurement_does_not_change"), transaction.atomic():
        Measurement.objects.filter(pk=measured.pk).update(instrument_version=1)


def test_a_shipped_instrument_with_a_number_that_the_practice_used_gets_another(
    client: Client, draft: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    change(client, draft, title_nl="Onze ODI", title_en="Our ODI")
    version = in_use(draft, writer, second)
    content = shipped_questionnaires()["low_back"].content
    shipped = {**content["instruments"][ODI], "version": 2, "title": {"nl": "ODI 2", "en": "ODI 2"}}
    newer = compose(numbered({**content, "instruments": {**content["instruments"], ODI: shipped}}, version.version + 1))
    assert intake_actions.publish_questionnaire(questionnaire=newer, now=timezone.now())
    arrived = QuestionnaireVersion.objects.get(status="draft")
    assert (arrived.origin_hash, arrived.based_on) == (newer.hash, version)
    assert arrived.questionnaire.instrument(ODI).title.en == "ODI 2"
    assert number(arrived) == 3
    assert not intake_actions.publish_questionnaire(questionnaire=newer, now=timezone.now()), "it is known"
    assert number(version) == 2


def test_a_score_that_is_computed_otherwise_elsewhere_blocks(
    client: Client, draft: QuestionnaireVersion, writer: Staff
) -> None:
    instruments = draft.content["instruments"]
    scores = [{**instruments["psk"]["scores"][0], "missing_allowed": 0}]
    drawn = compose({**draft.content, "instruments": {**instruments, "psk": {**instruments["psk"], "scores": scores}}})
    QuestionnaireVersion.objects.filter(pk=draft.pk).update(content=drawn.content, content_hash=drawn.hash)
    assert "The scores of psk are computed otherwise than in" in text(client.get(at("change", draft)))
    client.post(at("submit", draft))
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_pages_ask_no_more_where_more_questionnaires_are_in_use(client: Client, draft: QuestionnaireVersion) -> None:
    pages = [at("instrument", draft, ODI), at("question", draft, "night_pain")]
    one = [queries(client, page) for page in pages]
    published("mid_back")
    published("upper_back")
    assert [queries(client, page) for page in pages] == one
