"""Questionnaires and instruments as files: taken along, and brought in as a draft that alters nothing."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from intake.domain.instrument_editing import alone
from intake.fhir.rows import addresses
from intake.management.packed_files import pack_files, pack_questionnaire, unpack_questionnaire
from intake.models import QuestionnaireVersion
from practice.models import AccessEvent, Staff
from tests.factories.intake import published, shipped_questionnaires
from tests.factories.plans import published_protocol
from tests.factories.practice import StaffFactory
from tests.fhir_models import invalid, of_type, only, unknown_codes, unresolved
from tests.plans.governing.conftest import signed_in
from tests.plans.governing.test_questionnaires import at, in_use
from tests.screens import text

pytestmark = pytest.mark.django_db
IMPORT = "admin:intake_questionnaireversion_import"


def bring(client: Client, packed: bytes) -> HttpResponse:
    """Send a file in as a questionnaire."""
    return client.post(reverse(IMPORT), {"file": SimpleUploadedFile("low_back.zip", packed)}, follow=True)


def changed(content: Mapping[str, Any], title: str) -> dict[str, Any]:
    """The content with another title."""
    ((code, head),) = content["questionnaires"].items()
    return {**content, "questionnaires": {code: {**head, "title": {"nl": title, "en": title}}}}


def test_what_is_exported_is_a_folder_of_content_files_and_comes_back_as_a_draft(client: Client, writer: Staff) -> None:
    version = published()
    response = client.get(at("export", version))
    assert response["Content-Disposition"] == f'attachment; filename="low_back_v{version.version}.zip"'
    names = zipfile.ZipFile(io.BytesIO(response.content)).namelist()
    assert {"questionnaires/low_back.yaml", "items/red_flags.yaml", "instruments/odi.yaml", "sources.yaml"} <= set(
        names
    )
    assert AccessEvent.objects.filter(event="questionnaire_exported").exists()

    assert "The file became this draft" in text(bring(client, response.content))
    draft = QuestionnaireVersion.objects.get(status="draft")
    assert (draft.version, draft.based_on, draft.drafted_by) == (version.version + 1, version, writer)
    assert draft.origin_hash == version.content_hash
    assert [step.what for step in draft.steps.all()] == ["imported"]
    assert "0 parts differ." in text(client.get(at("difference", draft)))
    version.refresh_from_db()
    assert version.status == "published"


def test_a_file_of_somebody_else_goes_the_way_of_every_draft(client: Client, writer: Staff, second: Staff) -> None:
    published_protocol()
    version = published()
    instruments = version.content["instruments"]
    other = {**instruments, "odi": {**instruments["odi"], "title": {"nl": "ODI elders", "en": "ODI elsewhere"}}}
    content = changed({**version.content, "instruments": other}, "Onze rug")
    bring(client, pack_questionnaire(content))
    draft = QuestionnaireVersion.objects.get(status="draft")
    assert draft.title["nl"] == "Onze rug"
    assert draft.content["instruments"]["odi"]["version"] == 2, "its number says something else here"
    assert in_use(draft, writer, second).status == "published"


@pytest.mark.usefixtures("reasons_in_english")
def test_a_file_that_cannot_be_used_makes_nothing_and_says_why(client: Client) -> None:
    content = published().content
    side = content["items"]["load_and_goals"]
    items = [{**one, "choices": one["choices"][:2]} if one["code"] == "recovery_pace" else one for one in side["items"]]
    other = {**content, "items": {**content["items"], "load_and_goals": {**side, "items": items}}}
    unknown = {**content, "sources": {}}
    broken = {**content, "instruments": {**content["instruments"], "odi": ["no", "instrument"]}}
    two = {**content, "questionnaires": {**content["questionnaires"], "other": {}}}
    for packed, words in (
        (b"no zip", "no packed folder"),
        (pack_files({"protocol.yaml": {}}), "no packed folder"),
        (pack_questionnaire(two), "no packed folder"),
        (pack_questionnaire(unknown), "not in the list of sources"),
        (pack_questionnaire(broken), "<code>instruments.odi</code> Expected keys with values, found a list."),
        (pack_questionnaire(other), "recovery_pace was another question in"),
    ):
        response = bring(client, packed)
        assert response.status_code == 422
        assert words in text(response)
    assert not QuestionnaireVersion.objects.filter(status="draft").exists()


def test_only_who_governs_takes_files_along_or_brings_them_in() -> None:
    version, other = published(), signed_in(StaffFactory(roles=["physiotherapist"]))
    for address in (
        at("export", version),
        at("fhir", version),
        at("instrument_export", version, "odi"),
        at("instrument_fhir", version, "odi"),
        reverse(IMPORT),
    ):
        assert other.get(address).status_code == 403


def test_a_questionnaire_is_a_fhir_questionnaire(client: Client) -> None:
    version = published()
    response = client.get(at("fhir", version))
    assert response["Content-Type"] == "application/fhir+json"
    bundle = json.loads(response.content)
    assert (invalid(bundle), unresolved(bundle), unknown_codes(bundle, addresses().root)) == ([], [], [])
    (found,) = of_type(bundle, "Questionnaire")
    assert (found["version"], found["status"]) == (str(version.version), "active")


@pytest.mark.parametrize("code", ["nprs", "psk", "start_back", "qbpds", "odi", "rdq", "orebro", "pgq", "gpe"])
def test_an_instrument_is_a_content_file_and_a_fhir_questionnaire(client: Client, code: str) -> None:
    version = published()
    response = client.get(at("instrument_export", version, code))
    assert yaml.safe_load(response.content) == version.content["instruments"][code]
    bundle = json.loads(client.get(at("instrument_fhir", version, code)).content)
    assert (invalid(bundle), unresolved(bundle), unknown_codes(bundle, addresses().root)) == ([], [], [])
    (section,) = only(bundle, "Questionnaire")["item"]
    asked = [item["linkId"] for item in section["item"] if item["type"] != "display"]
    assert asked == [item.code for item in version.questionnaire.instrument(code).all_items]


def test_an_instrument_that_is_not_there_has_no_file(client: Client) -> None:
    for name in ("instrument_export", "instrument_fhir"):
        assert client.get(at(name, published(), "nothing")).status_code == 404


@pytest.mark.parametrize("name", ["low_back", "mid_back", "upper_back"])
def test_what_is_packed_is_unpacked_as_it_was(name: str) -> None:
    content = shipped_questionnaires()[name].content
    unpacked = unpack_questionnaire(pack_questionnaire(content))
    assert unpacked == {key: value for key, value in content.items() if key != "elsewhere"}


def test_an_instrument_alone_asks_and_scores_the_same() -> None:
    whole = shipped_questionnaires()["low_back"]
    for instrument in whole.instruments:
        one = alone(whole, instrument.code).instrument(instrument.code)
        assert one == instrument
