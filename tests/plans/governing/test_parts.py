"""Managers change what rules and templates name: techniques, exercises, advice, findings, sources and names."""

from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone, translation

from patients.policies import Refused
from plans.actions import governing
from plans.actions.making import ChangedMeanwhile, part_hash
from plans.domain.editing import placed_rule
from plans.domain.parts import Kind, entries, references
from plans.forms.kinds import PARTS
from plans.forms.parts import PartForm
from plans.models import ProtocolStep, ProtocolVersion
from practice.models import AccessEvent, Staff
from tests.factories.plans import published_protocol, suggested
from tests.factories.practice import StaffFactory
from tests.plans.governing.conftest import signed_in
from tests.plans.governing.test_protocols import at, shown
from tests.screens import queries, text

pytestmark = pytest.mark.django_db

SOURCE = {"sources": "kngf_lbp_exercise", "evidence": "proposal"}
NEW: dict[str, dict[str, Any]] = {
    "techniques": {
        "title_nl": "Hydrotherapie",
        "title_en": "Hydrotherapy",
        "category": "exercise_therapy",
        "plain_nl": "U oefent in warm water.",
        "plain_en": "You exercise in warm water.",
        "special_procedure": "on",
        "room_kind": "exercise_room",
        **SOURCE,
    },
    "exercises": {
        "title_nl": "Lopen in water",
        "title_en": "Walking in water",
        "category": "aerobic",
        "instruction_nl": "Loop rustig.\r\n\r\nAdem door.",
        "instruction_en": "Walk calmly.\r\n\r\nKeep breathing.",
        "dose_nl": "10 minuten",
        "dose_en": "10 minutes",
        **SOURCE,
    },
    "advice": {
        "title_nl": "Zwemmen mag",
        "title_en": "Swimming is fine",
        "text_nl": "Zwemmen is veilig.",
        "text_en": "Swimming is safe.",
        "when_given": "intake",
        **SOURCE,
    },
    "derived": {
        "label_nl": "Ouder met gewichtsverlies",
        "label_en": "Older with weight loss",
        "kind": "when",
        "when": "age >= 70 and\n  unexplained_weight_loss is yes",
        **SOURCE,
    },
    "sources": {"title": "A trial of walking in water", "year": "2024", "url": "https://example.org/water"},
    "names": {"name_nl": "Waterangst", "name_en": "Fear of water"},
}
TOLD = {
    "techniques": "technique added_here: added",
    "exercises": "exercise added_here: added",
    "advice": "advice added_here: added",
    "derived": "derived finding added_here: added",
    "sources": "source added_here: added",
    "names": "name added_here: added",
}


def kept(version: ProtocolVersion, slug: str) -> dict[str, Any]:
    """The parts of one kind as the draft has them now."""
    version.refresh_from_db()
    return entries(version.content, PARTS[slug].kind)


def page_of(version: ProtocolVersion, slug: str, code: str) -> str:
    return at("protocolversion_part", version, slug, code)


def save(client: Client, version: ProtocolVersion, slug: str, code: str, **typed: Any) -> HttpResponse:
    """Open a part of a draft, type something else in some fields, and save."""
    address = page_of(version, slug, code)
    return client.post(address, shown(client.get(address)) | typed, follow=True)


@pytest.mark.parametrize("slug", [slug for slug in PARTS if slug != "templates"])  # in test_template_forms
def test_saving_what_a_page_shows_changes_nothing(slug: str, draft: ProtocolVersion) -> None:
    part = PARTS[slug]
    for code, known in entries(draft.content, part.kind).items():
        form = PartForm(part=part, protocol=draft.protocol, known=known)
        values = {name: form[name].value() for name in form.fields}
        posted = {name: value for name, value in values.items() if value not in (None, False)}
        again = PartForm(posted, part=part, protocol=draft.protocol, known=known)
        assert again.is_valid(), (code, again.errors)
        assert again.entry() == known, code


@pytest.mark.parametrize("slug", NEW)
def test_a_new_part_is_added_listed_told_written_down_and_taken_out_again(
    slug: str, client: Client, draft: ProtocolVersion, writer: Staff
) -> None:
    kind = PARTS[slug].kind
    add = at("protocolversion_part_add", draft, slug)
    empty = client.get(add).context["form"]
    assert not any(empty[name].value() for name in empty.fields if name != "seen"), "nothing is filled in beforehand"
    page = text(client.post(add, NEW[slug] | {"code": "added_here"}, follow=True))
    assert "Saved: added_here." in page
    assert "added_here" in kept(draft, slug)
    listed = client.get(at("protocolversion_parts", draft, slug), {"differs": "yes"})
    assert [(row["code"], row["change"]) for row in listed.context["rows"]] == [("added_here", "added")]
    assert TOLD[slug] in text(client.get(at("protocolversion_difference", draft)))
    assert not governing.readiness(draft).blocks
    asks = text(client.get(at("protocolversion_part_remove", draft, slug, "added_here")))
    assert "Nothing in this draft refers to it" in asks
    assert "added_here" in kept(draft, slug), "asking removes nothing"
    seen = part_hash(kept(draft, slug)["added_here"])
    client.post(at("protocolversion_part_remove", draft, slug, "added_here"), {"seen": seen})
    assert "added_here" not in kept(draft, slug)
    assert [(step.what, step.code, step.by) for step in draft.steps.all()[1:]] == [
        (f"{kind.value}_added", "added_here", writer),
        (f"{kind.value}_removed", "added_here", writer),
    ]
    assert AccessEvent.objects.filter(event=f"protocol_{kind.value}_added", user_id=writer.pk).count() == 1
    assert draft.content == published_protocol().content | {"protocol": draft.content["protocol"]}


def test_what_was_typed_becomes_content_of_the_right_shape(client: Client, draft: ProtocolVersion) -> None:
    for slug, typed in NEW.items():
        client.post(at("protocolversion_part_add", draft, slug), typed | {"code": "added_here"})
    assert kept(draft, "techniques")["added_here"] == {
        "title": {"nl": "Hydrotherapie", "en": "Hydrotherapy"},
        "category": "exercise_therapy",
        "plain": {"nl": "U oefent in warm water.", "en": "You exercise in warm water."},
        "room_kind": "exercise_room",
        "special_procedure": True,
        "sources": ["kngf_lbp_exercise"],
        "evidence": "proposal",
    }
    assert kept(draft, "exercises")["added_here"]["instruction"]["nl"] == "Loop rustig.\n\nAdem door."
    assert kept(draft, "derived")["added_here"]["when"] == "age >= 70 and unexplained_weight_loss is yes"
    assert kept(draft, "sources")["added_here"]["year"] == 2024
    assert draft.content["protocol"]["labels"]["added_here"] == {"nl": "Waterangst", "en": "Fear of water"}


@pytest.mark.parametrize(
    ("slug", "code", "typed", "line"),
    [
        ("techniques", "mobilisation", {"plain_nl": "Anders"}, "for the patient, Dutch: "),
        ("techniques", "medical_taping", {"special_procedure": "on"}, "special procedure: no → yes"),
        ("exercises", "cat_camel", {"dose_en": "Otherwise"}, "dose, English: "),
        ("advice", "warmth", {"when_given": "discharge"}, "when given: intake → discharge"),
        ("derived", "load_not_safe", {"label_en": "Otherwise"}, "name, English: "),
        ("sources", "kngf_lbp_exercise", {"year": "2022"}, "year: 2021 → 2022"),
        ("names", "tumour", {"name_en": "Tumor"}, "name, English: Tumour or metastasis → Tumor"),
        ("about", "back_pain", {"title_en": "Backs"}, "title, English: Back pain → Backs"),
        ("templates", "self_management_profile_1", {"evaluation_weeks": "1"}, "evaluation in week: "),
    ],
)
def test_a_change_is_kept_marked_and_told_in_words(
    slug: str, code: str, typed: dict[str, str], line: str, client: Client, draft: ProtocolVersion
) -> None:
    before = kept(draft, slug)[code]
    response = save(client, draft, slug, code, **typed)
    assert f"Saved: {code}." in text(response)
    assert response.context["change"] == "changed"
    assert line in text(client.get(at("protocolversion_difference", draft)))
    after = kept(draft, slug)[code]
    touched = {name.removesuffix("_nl").removesuffix("_en") for name in typed}
    differing = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert differing - {"version"} == touched
    assert draft.steps.last().what == f"{PARTS[slug].kind.value}_changed"


def test_changing_the_title_of_a_protocol_reaches_its_row(client: Client, draft: ProtocolVersion) -> None:
    save(client, draft, "about", "back_pain", title_en="Backs", regions=["low"])
    draft.refresh_from_db()
    assert (draft.title["en"], draft.regions) == ("Backs", ["low"])
    assert client.get(at("protocolversion_parts", draft, "about")).url == page_of(draft, "about", "back_pain")


@pytest.mark.either_engine
@pytest.mark.parametrize(
    ("slug", "code", "typed", "field", "words"),
    [
        ("techniques", "medical_taping", {"sources": ""}, "sources", "This needs a source."),
        ("techniques", "medical_taping", {"sources": "hearsay"}, "sources", "not in the list of sources"),
        ("techniques", "medical_taping", {"category": "Taping now"}, "category", "is not a code"),
        ("techniques", "medical_taping", {"help_en": ""}, "help_en", "Write it in both languages, or in neither."),
        ("techniques", "medical_taping", {"plain_nl": ""}, "plain_nl", "This field is required."),
        ("derived", "load_not_safe", {"when": "age >"}, "when", "the condition cannot be read"),
        ("derived", "load_not_safe", {"when": "ages > 3"}, "when", "is no code of a question or finding"),
        ("derived", "load_not_safe", {"kind": "minimum", "when": "", "rest": ""}, "rest", "This is missing."),
        ("derived", "load_not_safe", {"rest": "code: other"}, "rest", "This has a field of its own: code."),
        ("derived", "load_not_safe", {"rest": "sources: [a]"}, "rest", "This has a field of its own: sources."),
        ("derived", "load_not_safe", {"when": "load_not_safe is yes"}, None, "drawn from itself"),
        ("sources", "kngf_lbp_exercise", {"url": "javascript:alert(1)"}, "url", "valid URL"),
        ("names", "tumour", {"name_nl": "", "name_en": ""}, "name_nl", "This field is required."),
        ("about", "back_pain", {"regions": []}, "regions", "This field is required."),
        ("about", "back_pain", {"regions": ["knee"]}, "regions", "knee"),
        ("templates", "self_management_profile_1", {"evaluation_weeks": "1 two"}, "evaluation_weeks", "'two' is not"),
        ("derived", "load_not_safe", {"rest": "- {weeks: .nan}"}, "rest", "This cannot be read"),
        ("derived", "load_not_safe", {"rest": "[a, b]"}, "rest", "This has another shape"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    slug: str, code: str, typed: dict[str, str], field: str | None, words: str, client: Client, draft: ProtocolVersion
) -> None:
    before = draft.content_hash
    response = save(client, draft, slug, code, **typed)
    form = response.context["form"]
    assert response.status_code == 422
    assert next(iter(form.errors)) == (field or "__all__")
    assert words in unescape(text(response))
    for name, value in typed.items():
        assert form[name].value() == value
    assert "Nothing was saved." in text(response)
    draft.refresh_from_db()
    assert draft.content_hash == before


def test_a_finding_in_a_circle_with_those_of_a_questionnaire_is_refused(client: Client, draft: ProtocolVersion) -> None:
    questionnaire = governing.questionnaires()[0]
    circular = next(one for one in questionnaire.derivations.derived if one.needs & questionnaire.terms.keys())
    need = next(iter(circular.needs))
    typed = NEW["derived"] | {"code": need, "kind": "first_known", "when": "", "rest": f"of: [{circular.code}]"}
    response = client.post(at("protocolversion_part_add", draft, "derived"), typed)
    assert response.status_code == 422
    assert "drawn from itself" in str(response.context["form"].errors)


def test_a_code_that_is_taken_or_no_code_is_refused(client: Client, draft: ProtocolVersion) -> None:
    add, typed = at("protocolversion_part_add", draft, "advice"), NEW["advice"]
    for code, words in (
        ("warmth", "This code is in use already"),
        ("Warm-te", "begins with a letter"),
        ("", "required"),
    ):
        response = client.post(add, typed | {"code": code})
        assert response.status_code == 422
        assert words in text(response)
        assert list(response.context["form"].errors) == ["code"]
        assert response.context["form"]["text_nl"].value() == typed["text_nl"]
    assert kept(draft, "advice") == entries(published_protocol().content, Kind.ADVICE)


def test_two_writers_of_one_part_both_see_both_texts(client: Client, draft: ProtocolVersion, second: Staff) -> None:
    address = page_of(draft, "advice", "warmth")
    opened = shown(client.get(address))
    save(signed_in(second), draft, "advice", "warmth", text_nl="Van de ander")
    response = client.post(address, opened | {"text_nl": "Van mij"})
    assert response.status_code == 409
    assert "Van de ander" in text(response)
    assert response.context["form"]["text_nl"].value() == "Van mij"
    again = shown(response)
    assert "Saved: warmth." in text(client.post(address, again, follow=True))
    assert kept(draft, "advice")["warmth"]["text"]["nl"] == "Van mij"
    seen = part_hash(entries(published_protocol().content, Kind.ADVICE)["warmth"])
    stale = client.post(at("protocolversion_part_remove", draft, "advice", "warmth"), {"seen": seen})
    assert stale.status_code == 409


@pytest.mark.usefixtures("reasons_in_english")
def test_what_was_typed_for_a_part_that_somebody_took_out_is_kept(
    client: Client, draft: ProtocolVersion, second: Staff
) -> None:
    governing.save_part(
        version=draft,
        kind=Kind.ADVICE,
        code="own_advice",
        entry=entries(draft.content, Kind.ADVICE)["warmth"],
        seen="",
        by=second,
        now=timezone.now(),
    )
    address = page_of(draft, "advice", "own_advice")
    opened = shown(client.get(address))
    removal = at("protocolversion_part_remove", draft, "advice", "own_advice")
    signed_in(second).post(removal, {"seen": opened["seen"]})
    response = client.post(address, opened | {"text_en": "What I typed"})
    assert response.status_code == 409
    assert f"{second} took own_advice out of this version" in text(response)
    assert "What I typed" in text(response)
    assert at("protocolversion_part_add", draft, "advice") in text(response)
    assert client.get(address).status_code == 404
    assert "took own_advice out" in text(client.post(removal, {"seen": opened["seen"]}, follow=True))


@pytest.mark.usefixtures("reasons_in_english")
def test_what_was_typed_for_a_rule_that_somebody_retired_is_kept(
    client: Client, draft: ProtocolVersion, second: Staff
) -> None:
    code = draft.protocol.rules[0].code
    address = at("protocolversion_rule", draft, code)
    opened = shown(client.get(address))
    signed_in(second).post(at("protocolversion_rule_retire", draft, code), {"seen": opened["seen"]})
    typed = {"explanation_en": "What I typed", "urgency": "routine", "examples-0-given": "night_pain: no"}
    response = client.post(address, opened | typed)
    assert response.status_code == 409
    assert f"{second} took {code} out of this version" in text(response)
    labels = {one.label: one.text for one in response.context["typed"]}
    assert labels["Explanation, English"] == "What I typed"
    assert labels["Urgency"] == "routine"
    assert "night_pain: no" in labels["Example 1, Findings"]
    assert not [label for label in labels if "-" in label]
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("slug", "code", "referring"),
    [
        ("techniques", "mobilisation", {"rules/", "templates/"}),
        ("exercises", "cat_camel", {"templates/"}),
        ("advice", "keep_moving", {"rules/", "templates/"}),
        ("derived", "load_not_safe", {"rules/"}),
        ("sources", "kngf_lbp_exercise", {"techniques/"}),
        ("names", "tumour", {"rules/"}),
        ("templates", "low_back_acute_profile_2", {"rules/"}),
    ],
)
def test_what_something_refers_to_is_not_removed_and_the_page_leads_there(
    slug: str, code: str, referring: set[str], client: Client, draft: ProtocolVersion
) -> None:
    address = at("protocolversion_part_remove", draft, slug, code)
    seen = part_hash(kept(draft, slug)[code])
    response = client.post(address, {"seen": seen})
    assert response.status_code == 422
    assert "This cannot be removed while other parts of the draft refer to it." in text(response)
    links = [one["address"] for one in response.context["referring"]]
    assert all(any(f"/{place}" in link for link in links) for place in referring)
    assert all(client.get(link).status_code == 200 for link in links)
    assert "Remove it from this draft" not in text(response)
    assert code in kept(draft, slug)


def test_what_was_removed_can_be_put_back_as_it_was(client: Client, draft: ProtocolVersion, writer: Staff) -> None:
    was = kept(draft, "names")["onset_age"]
    for rule in references(draft.protocol)[(Kind.LABEL, "onset_age")]:
        seen = part_hash(placed_rule(draft.content, rule.code).content)
        governing.retire_rule(version=draft, code=rule.code, seen=seen, by=writer, now=timezone.now())
        draft.refresh_from_db()
    client.post(at("protocolversion_part_remove", draft, "names", "onset_age"), {"seen": part_hash(was)})
    assert "onset_age" not in kept(draft, "names")
    page = client.get(at("protocolversion_parts", draft, "names"))
    assert [code for code, _title in page.context["gone"]] == ["onset_age"]
    assert "Put onset_age back" in text(page)
    back = at("protocolversion_part_add", draft, "names") + "?like=onset_age"
    assert client.post(back, shown(client.get(back))).status_code == 302
    assert kept(draft, "names")["onset_age"] == was


@pytest.mark.parametrize("like", ["low_back_acute_profile_2", ""])
def test_a_template_starts_as_a_copy_or_empty(like: str, client: Client, draft: ProtocolVersion) -> None:
    original = kept(draft, "templates")["low_back_acute_profile_2"]
    add = at("protocolversion_part_add", draft, "templates")
    form = client.get(add, {"like": like}).context["form"]
    started = {name for name in form.fields if name != "seen" and form[name].value()}
    assert started == (set(form.fields) - {"seen", "code"} if like else set())
    like = f"{add}?like=low_back_acute_profile_2"
    response = client.post(like, shown(client.get(like)) | {"code": "my_own", "title_en": "My own"}, follow=True)
    assert "Saved: my_own." in text(response)
    made = kept(draft, "templates")["my_own"]
    assert made == original | {"version": 1, "title": {**original["title"], "en": "My own"}}
    assert draft.protocol.templates["my_own"].sessions == draft.protocol.templates["low_back_acute_profile_2"].sessions
    assert response.context["referring"] == []
    assert original == kept(draft, "templates")["low_back_acute_profile_2"]


def test_a_new_rule_chooses_nothing_beforehand(client: Client, draft: ProtocolVersion) -> None:
    page = client.get(at("protocolversion_rule_add", draft, "red_flag")).context["form"]
    assert [str(page[name]).count("selected") for name in ("urgency", "evidence")] == [1, 1]
    assert all('value="" selected' in str(page[name]) for name in ("urgency", "evidence"))


def test_what_a_change_breaks_elsewhere_is_said_at_once(client: Client, draft: ProtocolVersion) -> None:
    page = text(save(client, draft, "derived", "cord_or_cauda_sign", when="saddle_numbness is yes"))
    assert "Saved: cord_or_cauda_sign." in page
    assert "This now blocks publishing elsewhere" in page
    assert governing.readiness(draft.__class__.objects.get(pk=draft.pk)).blocks


def test_a_version_in_use_is_only_read(client: Client, writer: Staff) -> None:
    suggested()
    version = published_protocol()
    for slug, part in PARTS.items():
        code = next(iter(entries(version.content, part.kind)))
        page = client.get(page_of(version, slug, code))
        assert page.context["lines"]
        assert "Only a draft can be changed." in text(page)
        assert "Check and save" not in text(page)
        assert client.post(page_of(version, slug, code), shown(page)).status_code == 409
        assert client.get(at("protocolversion_part_add", version, slug)).status_code == 404
        assert client.get(at("protocolversion_part_remove", version, slug, code)).status_code == 404
    for act in (governing.save_part, governing.remove_part):
        entry = {"entry": {"title": "x"}} if act is governing.save_part else {}
        with pytest.raises(Refused):
            act(version=version, kind=Kind.SOURCE, code="x", seen="", by=writer, now=timezone.now(), **entry)


def test_only_who_governs_protocols_sees_and_changes_parts(draft: ProtocolVersion) -> None:
    other = signed_in(StaffFactory(roles=["physiotherapist"], language="en"))
    code, before = "warmth", draft.content_hash
    for address in (
        at("protocolversion_parts", draft, "advice"),
        page_of(draft, "advice", code),
        at("protocolversion_part_add", draft, "advice"),
        at("protocolversion_part_remove", draft, "advice", code),
    ):
        assert other.get(address).status_code in (302, 403)
        assert other.post(address, NEW["advice"]).status_code in (302, 403)
    draft.refresh_from_db()
    assert draft.content_hash == before


def test_a_part_that_is_not_there_or_stays_for_good_is_not_found(client: Client, draft: ProtocolVersion) -> None:
    for address in (
        page_of(draft, "advice", "no_such"),
        at("protocolversion_part_remove", draft, "advice", "no_such"),
        at("protocolversion_part_remove", draft, "about", "back_pain"),
        at("protocolversion_part_add", draft, "about"),
    ):
        assert client.get(address).status_code == 404
    with pytest.raises(ChangedMeanwhile):
        governing.remove_part(
            version=draft, kind=Kind.ADVICE, code="no_such", seen="", by=draft.drafted_by, now=timezone.now()
        )


def test_a_list_is_searched_in_both_languages(client: Client, draft: ProtocolVersion) -> None:
    address = at("protocolversion_parts", draft, "exercises")
    for words, found in (("KAT", 0), ("cat camel", 1), ("bolle holle", 1), ("cat_camel", 1), ("zzz", 0)):
        rows = client.get(address, {"q": words}).context["rows"]
        assert ("cat_camel" in [row["code"] for row in rows]) is bool(found), words
    assert "Nothing fits this filter." in text(client.get(address, {"q": "zzz"}))
    row = next(one for one in client.get(address).context["rows"] if one["code"] == "cat_camel")
    assert row["referring"] == len(references(draft.protocol)[(Kind.EXERCISE, "cat_camel")])


def test_the_pages_speak_dutch(writer: Staff, draft: ProtocolVersion) -> None:
    writer.language = "nl"
    writer.save()
    dutch = signed_in(writer)
    assert "Bolle en holle rug" in text(dutch.get(at("protocolversion_parts", draft, "exercises")))
    page = text(save(dutch, draft, "techniques", "medical_taping", sources="hearsay"))
    assert "staat niet in de lijst" in page


@pytest.mark.parametrize("slug", [slug for slug in PARTS if slug != "about"])
def test_pages_of_parts_cost_the_same_whatever_their_number(
    slug: str, client: Client, draft: ProtocolVersion, writer: Staff
) -> None:
    kind, (code, entry) = PARTS[slug].kind, next(iter(kept(draft, slug).items()))
    addresses = [at("protocolversion_parts", draft, slug), page_of(draft, slug, code)]
    few = [queries(client, address) for address in addresses]
    for number in range(3):
        governing.save_part(
            version=draft,
            kind=kind,
            code=f"more_{number}",
            entry=entry,
            seen="",
            by=writer,
            now=timezone.now(),
        )
    assert [queries(client, address) for address in addresses] == few


def test_a_step_names_only_what_it_can(draft: ProtocolVersion, writer: Staff) -> None:
    step = ProtocolStep(version=draft, what="technique_added", code="x", by=writer, at=timezone.now())
    step.full_clean()
    with translation.override("en"):
        assert str(step) == "technique added x"
