"""Managers write plan templates in forms: phases, techniques with their dose, exercises, goals, measurements."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from plans.domain.parts import Kind, entries
from plans.models import ProtocolVersion
from practice.models import Staff
from tests.factories.plans import published_protocol, suggested
from tests.forms import sent
from tests.plans.governing.conftest import signed_in
from tests.plans.governing.test_protocols import at
from tests.screens import text

pytestmark = pytest.mark.django_db

CODE = "low_back_acute_profile_2"
NEW_PHASE = {
    "title_nl": "Volhouden",
    "title_en": "Keep it up",
    "aim_nl": "U houdt het vol.",
    "aim_en": "You keep it up.",
    "weeks": "2",
    "sessions_per_week": "0.5",
}


def address_of(version: ProtocolVersion, code: str = CODE) -> str:
    return at("protocolversion_part", version, "templates", code)


def template(version: ProtocolVersion, code: str = CODE) -> dict[str, Any]:
    """The template as the draft has it now."""
    version.refresh_from_db()
    return dict(entries(version.content, Kind.TEMPLATE)[code])


def shown(client: Client, version: ProtocolVersion, code: str = CODE) -> dict[str, Any]:
    """What the page of a template sends when nothing in it is changed."""
    return sent(text(client.get(address_of(version, code))))


def press(client: Client, version: ProtocolVersion, typed: dict[str, Any], button: str) -> dict[str, Any]:
    """Send the page with a button of its rows; what it then shows."""
    response = client.post(address_of(version), typed | {"rows": button})
    assert response.status_code == 200
    assert "errorlist" not in text(response), "nothing is judged before it is saved"
    return sent(text(response))


def save(client: Client, version: ProtocolVersion, typed: dict[str, Any], code: str = CODE) -> HttpResponse:
    return client.post(address_of(version, code), typed, follow=True)


@pytest.mark.either_engine
def test_saving_a_shipped_template_as_it_is_shown_changes_nothing(client: Client, draft: ProtocolVersion) -> None:
    before = draft.content_hash
    for code, known in entries(draft.content, Kind.TEMPLATE).items():
        assert f"Saved: {code}." in text(save(client, draft, shown(client, draft, code), code))
        assert template(draft, code) == known
    assert draft.content_hash == before
    assert not draft.steps.filter(what="template_changed").exists()


@pytest.mark.either_engine
def test_rows_that_were_moved_there_and_back_change_nothing(client: Client, draft: ProtocolVersion) -> None:
    typed = shown(client, draft)
    for button in ("phases-0 down", "phases-1 up", "measurements-2 up", "measurements-1 down", "goals add", "stay"):
        typed = press(client, draft, typed, button)
    save(client, draft, typed)
    assert not draft.steps.filter(what="template_changed").exists()


def test_a_phase_is_added_with_its_techniques_and_told_in_words(client: Client, draft: ProtocolVersion) -> None:
    before, typed = template(draft), shown(client, draft)
    typed = press(client, draft, typed | {"title_en": "Typed before"}, "phases add")
    typed |= {f"phases-2-{name}": value for name, value in NEW_PHASE.items()}
    typed = press(client, draft, typed, "phases-2-techniques add")
    typed = press(client, draft, typed, "phases-2-exercises add")
    assert template(draft) == before, "nothing is saved by adding rows"
    technique = {"code": "coaching", "dose_nl": "10 minuten", "dose_en": "10 minutes", "core": "on"}
    typed |= {f"phases-2-techniques-0-{name}": value for name, value in technique.items()}
    typed |= {"phases-2-exercises-0-code": "bridge"}
    assert f"Saved: {CODE}." in text(save(client, draft, typed))
    after = template(draft)
    assert after["phases"] == [
        *before["phases"],
        {
            "code": "keep_it_up",
            "title": {"nl": "Volhouden", "en": "Keep it up"},
            "aim": {"nl": "U houdt het vol.", "en": "You keep it up."},
            "weeks": 2,
            "sessions_per_week": 0.5,
            "techniques": [{"code": "coaching", "core": True, "dose": {"nl": "10 minuten", "en": "10 minutes"}}],
            "exercises": ["bridge"],
        },
    ]
    assert after["title"]["en"] == "Typed before"
    assert (after["weeks"], after["version"]) == (before["weeks"] + 2, before["version"] + 1)
    assert [one["week"] for one in after["measurements"]] == [0, 3, 6], "the last one is at the end, wherever that is"
    told = text(client.get(at("protocolversion_difference", draft)))
    assert "phases, keep_it_up, title, English: nothing → Keep it up" in told
    assert "phases, keep_it_up, techniques, coaching, dose, English: nothing → 10 minutes" in told
    assert "weeks: 4 → 6" in told


def test_a_changed_phase_is_told_in_words(client: Client, draft: ProtocolVersion) -> None:
    typed = shown(client, draft) | {"phases-0-weeks": "2", "phases-0-techniques-1-dose_en": "Much more"}
    save(client, draft, typed)
    told = text(client.get(at("protocolversion_difference", draft)))
    assert "phases, settle, weeks: 1 → 2" in told
    assert "phases, settle, techniques, exercise_mobilising, dose, English: " in told


def test_rows_are_removed_and_moved_with_what_is_in_them(client: Client, draft: ProtocolVersion) -> None:
    before, typed = template(draft), shown(client, draft)
    typed = press(client, draft, typed, "phases-1 up")
    typed = press(client, draft, typed, "phases-1-techniques-0 remove")
    typed = press(client, draft, typed, "advice-1 down")
    save(client, draft, typed)
    first, second_phase = before["phases"]
    after = template(draft)
    assert after["phases"] == [second_phase, {**first, "techniques": first["techniques"][1:]}]
    one, two, three, *rest = before["advice"]
    assert after["advice"] == [one, three, two, *rest]


@pytest.mark.either_engine
@pytest.mark.parametrize(
    ("typed", "name", "words"),
    [
        ({"phases-0-weeks": ""}, "phases-0-weeks", "This field is required."),
        ({"phases-0-weeks": "two"}, "phases-0-weeks", "Enter a whole number."),
        ({"phases-1-aim_nl": ""}, "phases-1-aim_nl", "This field is required."),
        ({"phases-1-go_on_when_en": ""}, "phases-1-go_on_when_en", "Write it in both languages, or in neither."),
        ({"phases-0-sessions_per_week": "9"}, "phases-0-sessions_per_week", "less than or equal to 7"),
        ({"phases-0-techniques-1-code": ""}, "phases-0-techniques-1-code", "This field is required."),
        ({"phases-0-techniques-1-code": "magic"}, "phases-0-techniques-1-code", "Select a valid choice."),
        ({"phases-0-techniques-1-code": "education"}, "phases-0-techniques-1-code", "This stands here twice."),
        ({"phases-0-techniques-1-dose_nl": ""}, "phases-0-techniques-1-dose_nl", "This field is required."),
        ({"phases-1-exercises-0-code": "bridge"}, "phases-1-exercises-1-code", "This stands here twice."),
        ({"goals-0-target_value": ""}, "goals-0-target_value", "Which number should be reached?"),
        ({"goals-0-target_kind": ""}, "goals-0-target_kind", "Choose what this number means"),
        ({"measurements-1-week": ""}, "measurements-1-week", "Which week?"),
        ({"measurements-0-week": "3"}, "measurements-0-week", "Leave this empty"),
        ({"measurements-0-instruments": []}, "measurements-0-instruments", "This field is required."),
        ({"safety_net-0-code": "rest_a_lot"}, "safety_net-0-code", "Select a valid choice."),
        ({"evaluation_weeks": "3 four"}, "evaluation_weeks", "'four' is not a number of weeks."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(
    typed: dict[str, Any], name: str, words: str, client: Client, draft: ProtocolVersion
) -> None:
    before, whole = draft.content_hash, shown(client, draft) | typed
    response = save(client, draft, whole)
    page = text(response)
    assert response.status_code == 422
    assert "Nothing was saved." in page
    field = page.index(f'name="{name}"')
    said = page.rindex('<div class="form-row errors">', 0, field)
    assert words in page[said:field].replace("&#x27;", "'")
    lost = {key for key, value in sent(page).items() if value != whole.get(key)} - {"csrfmiddlewaretoken"}
    assert lost <= {key for key, value in typed.items() if value in ("rest_a_lot", "magic")}, "a choice that is none"
    draft.refresh_from_db()
    assert draft.content_hash == before


@pytest.mark.either_engine
@pytest.mark.parametrize(
    ("code", "typed", "button", "words"),
    [
        (CODE, {"phases-0-weeks": "6"}, "", "A course lasts 4 to 8 weeks, not 9."),
        (CODE, {"phases-1-weeks": "1"}, "", "A course lasts 4 to 8 weeks, not 2."),
        ("self_management_profile_1", {"phases-0-sessions_per_week": "7"}, "", "at most 3 sessions"),
        (CODE, {}, "phases", "This needs at least one: phase."),
        (CODE, {}, "goals", "This needs at least one: goal."),
    ],
)
def test_what_is_wrong_with_the_phases_or_goals_together_stands_above_them(
    code: str, typed: dict[str, str], button: str, words: str, client: Client, draft: ProtocolVersion
) -> None:
    before, whole = draft.content_hash, shown(client, draft, code) | typed
    for _row in range(2 if button else 0):
        whole = press(client, draft, whole, f"{button}-0 remove")
    page = text(save(client, draft, whole, code))
    where = button or "phases"
    assert page.index(f'id="{where}-title"') < page.index(words) < page.index(f'value="{where} add"')
    draft.refresh_from_db()
    assert draft.content_hash == before


@pytest.mark.either_engine
def test_pages_that_were_tampered_with_change_nothing(client: Client, draft: ProtocolVersion) -> None:
    before, typed = draft.content_hash, shown(client, draft)
    for button in ("phases-9 remove", "phases-0 burn", "title_en up", "phases-0-techniques", "", "../ add", "x" * 500):
        assert client.post(address_of(draft), typed | {"rows": button}).status_code in (200, 422)
    for total in ("", "-1", "many", "99999"):
        assert save(client, draft, typed | {"phases-TOTAL_FORMS": total}).status_code == 422
    full = press(client, draft, typed | {"goals-TOTAL_FORMS": "40"}, "goals add")
    assert full["goals-TOTAL_FORMS"] == "40"
    draft.refresh_from_db()
    assert draft.content_hash == before


def test_the_template_is_shown_as_the_therapist_reads_it(client: Client, draft: ProtocolVersion) -> None:
    page = text(client.get(address_of(draft)))
    assert "4 weeks, 5 sessions, 30 minutes each" in page
    assert "weeks 2 to 4, 3 sessions" in page
    typed = shown(client, draft) | {"phases-1-weeks": "4"}
    page = text(client.post(address_of(draft), typed | {"rows": "stay"}))
    assert "As typed, not saved yet." in page
    assert "5 weeks, 6 sessions, 30 minutes each" in page
    page = text(client.post(address_of(draft), typed | {"rows": "phases add", "phases-0-aim_nl": ""}))
    assert "As it is saved." in page
    assert "4 weeks, 5 sessions" in page
    new = text(client.get(at("protocolversion_part_add", draft, "templates")))
    assert "As the therapist reads it" not in new


def test_a_new_template_is_written_from_nothing(client: Client, draft: ProtocolVersion) -> None:
    add = at("protocolversion_part_add", draft, "templates")
    typed = sent(text(client.get(add)))
    for button in ("phases add", "goals add", "measurements add"):
        typed = sent(text(client.post(add, typed | {"rows": button})))
    typed |= {"code": "my_own", "kind": "course", "regions": ["low"], "session_minutes": "30", "evidence": "proposal"}
    typed |= {"title_nl": "Eigen", "title_en": "Own", "summary_nl": "Kort.", "summary_en": "Short."}
    typed |= {f"phases-0-{name}": value for name, value in NEW_PHASE.items()} | {"phases-0-weeks": "4"}
    typed |= {"goals-0-text_nl": "Weer is goed.", "goals-0-text_en": "Is", "sources": "kngf_lbp_exercise"}
    typed |= {"measurements-0-moment": "end", "measurements-0-instruments": ["psk", "gpe"]}
    assert "Saved: my_own." in text(client.post(add, typed, follow=True))
    made = template(draft, "my_own")
    assert (made["weeks"], made["version"]) == (4, 1)
    assert [one["code"] for one in made["goals"]] == ["goal_1"], "a word of the condition language is no code"
    assert made["measurements"] == [{"week": 4, "instruments": ["psk", "gpe"]}]


def test_a_version_in_use_is_read_without_a_form(client: Client, writer: Staff) -> None:
    suggested()
    page = text(client.get(address_of(published_protocol())))
    assert "As the therapist reads it" in page or "Settle and keep moving" in page
    assert 'name="rows"' not in page


def test_the_form_speaks_dutch(writer: Staff, draft: ProtocolVersion) -> None:
    writer.language = "nl"
    writer.save()
    dutch = signed_in(writer)
    page = text(dutch.get(address_of(draft)))
    assert "Fase toevoegen" in page
    assert "Zoals de therapeut het leest" in page


@pytest.mark.usefixtures("reasons_in_english")
def test_what_was_typed_in_the_rows_of_a_template_that_is_no_draft_any_more_is_kept(
    client: Client, draft: ProtocolVersion
) -> None:
    typed = shown(client, draft) | {"phases-0-aim_en": "What I typed", "phases-0-techniques-0-dose_en": "Ten minutes"}
    ProtocolVersion.objects.filter(pk=draft.pk).update(status="retired")
    response = client.post(address_of(draft), typed)
    assert response.status_code == 409
    labels = {one.label: one.text for one in response.context["typed"] if one.language != "nl"}
    assert labels["Phase 1, Aim, English"] == "What I typed"
    assert labels["Phase 1, Technique 1, Dose, English"] == "Ten minutes"
    assert not [label for label in labels if "-" in label or "None" in label]
