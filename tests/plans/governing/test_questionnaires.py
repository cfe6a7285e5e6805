"""Managers change a questionnaire in the back office: questions, review, publishing, and what may not be changed."""

from html import unescape
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from intake import actions as intake_actions
from intake.domain.composing import compose
from intake.domain.editing import PlacedQuestion, asked_codes, numbered, placed_question, with_question
from intake.models import Intake, QuestionnaireStep, QuestionnaireVersion
from patients.policies import Refused
from plans.actions import governing, publish_protocol
from plans.actions import questionnaires as making
from plans.domain.editing import PlacedRule, placed_rule, with_rule
from plans.domain.editing import numbered as numbered_protocol
from plans.domain.expectation import Expectation
from plans.domain.protocol import compose as compose_protocol
from plans.models import ProtocolCase, ProtocolVersion
from practice.models import AccessEvent, Staff
from tests.factories.intake import IntakeFactory, published, shipped_questionnaires
from tests.factories.plans import published_protocol, shipped_protocol
from tests.factories.practice import StaffFactory
from tests.plans.governing.conftest import signed_in
from tests.screens import queries, text

pytestmark = pytest.mark.django_db

PLAIN = "recovery_pace"  # a question that no rule, finding or score uses
USED = "unexplained_weight_loss"  # a red flag, on which rules rest
SECTION = "load_and_goals"
OWN = {
    "code": "practice_sport",
    "kind": "choice",
    "choices": "run | Hardlopen | Running\nswim | Zwemmen | Swimming",
    "label_nl": "Welke sport",
    "label_en": "Which sport",
    "shown": "core",
    "required": "never",
    "after": PLAIN,
}


@pytest.fixture
def draft(writer: Staff) -> QuestionnaireVersion:
    published_protocol()
    return making.draft_questionnaire(of=published(), by=writer, now=timezone.now())


def at(name: str, version: QuestionnaireVersion, *args: str) -> str:
    return reverse(f"admin:intake_questionnaireversion_{name}", args=[version.pk, *args])


def shown(response: HttpResponse) -> dict[str, Any]:
    """What the form of this page sends when nothing in it is changed."""
    form, sent = response.context["form"], {}
    for name, field in form.fields.items():
        value = form[name].value()
        parts = field.widget.decompress(value) if hasattr(field.widget, "decompress") else None
        sent |= (
            {name: value}
            if parts is None
            else {f"{name}_{at}": one for at, one in zip(("nl", "en"), parts, strict=True)}
        )
    return {name: value for name, value in sent.items() if value is not None and value is not False}


def change(client: Client, version: QuestionnaireVersion, code: str = PLAIN, **typed: Any) -> HttpResponse:
    """Open a question of a draft, type something else in some fields, and save."""
    address = at("question", version, code)
    return client.post(address, shown(client.get(address)) | typed, follow=True)


def remove(client: Client, version: QuestionnaireVersion, code: str) -> HttpResponse:
    """Take a question out of a draft, as it is now."""
    seen = making.question_hash(making.question_now(QuestionnaireVersion.objects.get(pk=version.pk), code))
    return client.post(at("question_remove", version, code), {"seen": seen}, follow=True)


def in_use(version: QuestionnaireVersion, writer: Staff, second: Staff) -> QuestionnaireVersion:
    """A draft that was handed to a second person and published."""
    making.submit_questionnaire(version=version, by=writer, now=timezone.now())
    making.publish_questionnaire_draft(version=version, by=second, now=timezone.now())
    return QuestionnaireVersion.objects.get(pk=version.pk)


def test_a_question_goes_from_a_draft_to_new_intakes_and_running_ones_stay(
    client: Client, writer: Staff, second: Staff
) -> None:
    published_protocol()
    running, first = IntakeFactory(), published()
    client.post(at("draft", first))
    draft = QuestionnaireVersion.objects.get(status="draft")
    assert (draft.version, draft.drafted_by, draft.based_on) == (first.version + 1, writer, first)

    assert "The question is saved." in text(change(client, draft, label_nl="Welke zijde", label_en="Which side"))
    client.post(at("question_add", draft, SECTION), OWN)
    page = text(client.get(at("difference", draft)))
    assert "question practice_sport: added" in page
    assert "words, English: Pace of recovery so far → Which side" in page

    client.post(at("submit", draft))
    client.post(at("publish", draft))
    assert QuestionnaireVersion.objects.get(pk=draft.pk).status == "in_review", "its author cannot publish it"
    signed_in(second).post(at("publish", draft))
    draft.refresh_from_db()
    first.refresh_from_db()
    assert (draft.status, draft.approved_by, first.status) == ("published", second, "retired")

    fresh = IntakeFactory(questionnaire_version=QuestionnaireVersion.objects.published().get(code="low_back"))
    assert fresh.questionnaire.items[PLAIN].label.en == "Which side"
    assert "practice_sport" in fresh.questionnaire.items
    running = Intake.objects.get(pk=running.pk)
    assert running.questionnaire.items[PLAIN].label.en == "Pace of recovery so far"
    assert running.newer_questionnaire() == draft, "going on with the new version is offered"
    assert running.carried_over_to(draft).unfit == {}
    events = set(AccessEvent.objects.values_list("event", flat=True))
    assert {f"questionnaire_{what}" for what in ("drafted", "question_changed", "submitted", "published")} <= events


def test_a_question_stands_where_it_was_put_and_nothing_else_moves(client: Client, draft: QuestionnaireVersion) -> None:
    before = asked_codes(draft.content, SECTION)
    assert "The question is saved." in text(change(client, draft, after=before[-1]))
    draft.refresh_from_db()
    others = [code for code in before if code != PLAIN]
    assert asked_codes(draft.content, SECTION) == [*others, PLAIN]
    page = text(client.get(at("difference", draft)))
    assert "1 part differs." in page
    assert f"comes after: load_capacity → {before[-1]}" in page
    change(client, draft, after="")
    draft.refresh_from_db()
    assert asked_codes(draft.content, SECTION) == [PLAIN, *others]


@pytest.mark.either_engine
def test_saving_a_question_as_it_was_changes_nothing(client: Client, draft: QuestionnaireVersion) -> None:
    for code in draft.questionnaire.items:
        if making.question_now(draft, code):
            form = client.get(at("question", draft, code)).context["form"]
            bound = type(form)(
                shown_form(form),
                known=making.question_now(draft, code),
                others=form.fields["after"].choices[1:],
                for_patients="patient_label" in form.fields,
            )
            assert bound.is_valid(), (code, bound.errors)
            assert bound.placed() == making.question_now(draft, code)


def shown_form(form: Any) -> dict[str, Any]:
    """What a form sends when nothing in it is changed."""

    class Shown:
        context = {"form": form}

    return shown(Shown())


@pytest.mark.either_engine
@pytest.mark.usefixtures("reasons_in_english")
@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"label_en": ""}, "label", "Write it in both languages."),
        ({"label_nl": "", "label_en": ""}, "label", "This field is required."),
        ({"ask_when": "pain_location includes"}, "ask_when", "the condition cannot be read"),
        ({"ask_when": "weight is yes"}, "ask_when", "is no code of a question or finding"),
        ({"ask_when": "age > 50 and age < 40"}, "ask_when", "can never hold"),
        ({"ask_when": "recovery_pace is slow"}, "__all__", "drawn from itself"),
        ({"shown": "core", "core_when": "age > 50"}, "core_when", "Leave it empty"),
        ({"patient_help_nl": "Links", "patient_help_en": "Left"}, "patient_label", "in plain words as well"),
        ({"after": "somewhere"}, "after", "Select a valid choice"),
    ],
)
def test_what_is_wrong_with_a_question_stands_at_its_field_and_nothing_typed_is_lost(
    client: Client, draft: QuestionnaireVersion, typed: dict[str, str], field: str, words: str
) -> None:
    before = draft.content_hash
    response = change(client, draft, help_nl="Wat ik typte", help_en="What I typed", **typed)
    assert response.status_code == 422
    assert any(words in error for error in response.context["form"].errors[field]), response.context["form"].errors
    page = unescape(text(response))
    assert "Wat ik typte" in page
    assert all(value in page for value in typed.values() if field != "after")
    draft.refresh_from_db()
    assert draft.content_hash == before


@pytest.mark.either_engine
@pytest.mark.usefixtures("reasons_in_english")
@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"code": PLAIN}, "code", "question or finding recovery_pace already"),
        ({"code": "nprs"}, "code", "question or finding nprs already"),
        ({"code": "Sport"}, "code", "small letters"),
        ({"code": "age"}, "code", "question or finding age already"),
        ({"code": "and"}, "code", "word of the condition language"),
        ({"choices": ""}, "choices", "This is missing."),
        ({"choices": "run | Hardlopen"}, "choices", "with | between them"),
        ({"choices": "run | a | b\nrun | c | d"}, "choices", "stands here twice"),
        ({"kind": "yes_no"}, "choices", "This has no meaning for an answer of this kind"),
        ({"kind": "number", "choices": "", "minimum": "5", "maximum": "1"}, "minimum", "less than the highest"),
        ({"kind": "number", "choices": "", "minimum": "1"}, "maximum", "This is missing."),
        ({"kind": ""}, "kind", "This field is required."),
    ],
)
def test_what_is_wrong_with_a_new_question_stands_at_its_field(
    client: Client, draft: QuestionnaireVersion, typed: dict[str, str], field: str, words: str
) -> None:
    response = client.post(at("question_add", draft, SECTION), OWN | typed)
    errors = response.context["form"].errors
    assert response.status_code == 422
    assert any(words in error for error in errors[field]), errors
    draft.refresh_from_db()
    assert draft.edits == 0


def test_a_question_that_something_uses_stays_and_it_is_said_who_uses_it(
    client: Client, draft: QuestionnaireVersion, writer: Staff
) -> None:
    assert "the rule " in text(client.get(at("question", draft, USED)))
    page = text(remove(client, draft, USED))
    assert "This question stays: it is used by the rule" in page
    assert "Traject itself" in text(remove(client, draft, "request_for_help"))
    assert "the derived finding" in text(remove(client, draft, "pain_chart"))
    case = ProtocolCase(protocol="back_pain", title="Traag", questionnaire="low_back", answers={PLAIN: "slow"})
    governing.save_case(case=case, expected=Expectation(urgency="none"), seen=0, by=writer, now=timezone.now())
    assert "the test case “Traag”" in text(remove(client, draft, PLAIN))
    governing.retire_case(case=case, by=writer, now=timezone.now())
    assert "is taken out of this draft" in text(remove(client, draft, PLAIN))
    draft.refresh_from_db()
    assert PLAIN not in draft.questionnaire.items
    assert USED in draft.questionnaire.items
    assert [step.what for step in draft.steps.all()] == ["drafted", "question_removed"]


def test_a_question_by_which_another_is_shown_stays(client: Client, draft: QuestionnaireVersion) -> None:
    client.post(at("question_add", draft, SECTION), OWN)
    change(client, draft, ask_when="practice_sport is run")
    assert f"the question {PLAIN}, which is shown by it" in text(remove(client, draft, "practice_sport"))


@pytest.mark.usefixtures("reasons_in_english")
def test_what_an_answer_means_never_changes(
    client: Client, draft: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    known = making.question_now(draft, PLAIN)
    other = {**known.content, "choices": known.content["choices"][:2]}
    with pytest.raises(Refused, match="What an answer means"):
        making.save_question(
            version=draft,
            placed=PlacedQuestion(known.section, known.after, other),
            seen=making.question_hash(known),
            by=writer,
            now=timezone.now(),
        )
    remove(client, draft, PLAIN)
    response = client.post(at("question_add", draft, SECTION), OWN | {"code": PLAIN, "after": "load_capacity"})
    assert "recovery_pace was another question in" in str(response.context["form"].errors["code"])
    client.post(
        at("question_add", draft, SECTION),
        OWN | {"code": "own_hours", "kind": "number", "choices": "", "minimum": "0", "maximum": "24", "after": ""},
    )
    later = in_use(draft, writer, second)
    elsewhere = making.draft_questionnaire(of=published("mid_back"), by=writer, now=timezone.now())
    response = client.post(at("question_add", elsewhere, SECTION), OWN | {"code": "own_hours"})
    assert f"own_hours was another question in {later}" in str(response.context["form"].errors["code"])


def test_no_question_is_added_to_an_instrument_or_taken_out_of_one(client: Client, draft: QuestionnaireVersion) -> None:
    page = text(client.get(at("section", draft, "measurements")))
    assert "so that scores can be compared" in page
    assert "Roland" in page
    page = text(client.get(at("question", draft, "odi_1")))
    assert "only as far as the licence of the instrument allows" in page
    assert "Take this question out" not in page
    assert client.get(at("question_add", draft, "measurements")).status_code == 404
    assert client.post(at("question_remove", draft, "odi_1")).status_code == 404
    assert "Check and save" not in text(client.get(at("question", draft, "odi_entered"))), "it is called as its score"


def test_two_writers_of_one_question_both_see_both_texts(
    client: Client, draft: QuestionnaireVersion, second: Staff
) -> None:
    address = at("question", draft, PLAIN)
    opened = shown(client.get(address))
    change(signed_in(second), draft, label_nl="Van de ander")
    response = client.post(address, opened | {"label_nl": "Van mij"})
    page = text(response)
    assert response.status_code == 409
    assert "Van de ander" in page
    assert "Van mij" in page
    again = opened | {"label_nl": "Van mij", "seen": response.context["form"]["seen"].value()}
    assert "The question is saved." in text(client.post(address, again, follow=True))
    draft.refresh_from_db()
    assert placed_question(draft.content, PLAIN).content["label"]["nl"] == "Van mij"
    gone = client.post(at("question_remove", draft, PLAIN), {"seen": opened["seen"]}, follow=True)
    assert "Look at it again first" in text(gone)


def test_a_question_that_hides_a_flag_is_stopped_by_the_test_set(
    client: Client, draft: QuestionnaireVersion, writer: Staff
) -> None:
    case = ProtocolCase(protocol="back_pain", title="Jong", questionnaire="low_back", age=30, answers={USED: True})
    governing.save_case(case=case, expected=Expectation(urgency="routine"), seen=0, by=writer, now=timezone.now())
    change(client, draft, USED, ask_when="age > 50")
    page = text(client.get(at("change", draft)))
    assert "1 of 1 test cases come out otherwise" in page
    assert "The check found what may not be published" in text(client.post(at("submit", draft), follow=True))
    draft.refresh_from_db()
    assert draft.status == "draft"


@pytest.mark.usefixtures("reasons_in_english")
def test_of_two_drafts_the_second_is_refused_once_the_first_is_in_use(
    draft: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    other = making.draft_questionnaire(of=published(), by=writer, now=timezone.now())
    in_use(draft, writer, second)
    with pytest.raises(Refused, match="Meanwhile version"):
        in_use(other, writer, second)


def test_a_returned_draft_says_why_and_one_set_aside_stays_readable(
    client: Client, draft: QuestionnaireVersion, second: Staff
) -> None:
    client.post(at("submit", draft))
    assert change_refused(client, draft) == 409
    address = at("return", draft)
    assert "Write what should be otherwise" in text(signed_in(second).post(address, {"comment": " "}, follow=True))
    signed_in(second).post(address, {"comment": "Te lang"})
    assert "Te lang" in text(client.get(at("change", draft)))
    client.post(at("set_aside", draft))
    draft.refresh_from_db()
    assert (draft.status, draft.approved_by) == ("retired", None)
    assert client.get(at("section", draft, SECTION)).status_code == 200


def change_refused(client: Client, version: QuestionnaireVersion) -> int:
    """The status with which a change of a version that is no draft is answered."""
    return client.post(at("question", version, PLAIN), {"label_nl": "Anders"}).status_code


def test_who_changed_a_draft_of_somebody_else_does_not_publish_it(
    draft: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    change(signed_in(second), draft, label_nl="Van de ander")
    making.submit_questionnaire(version=draft, by=writer, now=timezone.now())
    with pytest.raises(Refused):
        making.publish_questionnaire_draft(version=draft, by=second, now=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        QuestionnaireVersion.objects.filter(pk=draft.pk).update(
            status="published", approved_by=writer, approved_at=timezone.now()
        )


def test_what_was_published_and_the_steps_to_it_never_change(
    draft: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    version = in_use(draft, writer, second)
    for changed in ({"title": {"nl": "x", "en": "x"}}, {"approved_by": writer}, {"submitted_by": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            QuestionnaireVersion.objects.filter(pk=version.pk).update(**changed)
    with pytest.raises(IntegrityError), transaction.atomic():
        QuestionnaireStep.objects.update(comment="anders")
    with pytest.raises(IntegrityError), transaction.atomic():
        QuestionnaireStep.objects.all().delete()


BREACHES = {
    "who_approves_a_questionnaire_did_not_write_it": {
        "status": "retired",
        "approved_by": "writer",
        "approved_at": "now",
    },
    "a_submitted_questionnaire_says_by_whom_and_when": {"status": "retired", "submitted_by": None},
    "an_approved_questionnaire_was_submitted": {"status": "retired", "approved_by": "second"},
    "a_questionnaire_in_review_was_submitted": {"submitted_by": None, "submitted_at": None},
    "an_approved_questionnaire_is_no_draft": {"approved_by": "second", "approved_at": "now"},
    "a_drafted_questionnaire_is_published_by_a_second_person": {"status": "published"},
}


@pytest.mark.parametrize("name", BREACHES)
def test_the_database_refuses_a_version_that_cannot_be(
    name: str, draft: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    making.submit_questionnaire(version=draft, by=writer, now=timezone.now())
    QuestionnaireVersion.objects.filter(status="published").update(status="retired")
    values = {"writer": writer, "second": second, "now": timezone.now()}
    changes = {field: values.get(value, value) for field, value in BREACHES[name].items()}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        QuestionnaireVersion.objects.filter(pk=draft.pk).update(**changes)


def test_the_database_refuses_a_return_without_a_comment(draft: QuestionnaireVersion) -> None:
    with pytest.raises(IntegrityError, match="a_returned_questionnaire_has_a_comment"), transaction.atomic():
        draft.steps.create(what="returned", by=draft.drafted_by, at=timezone.now())


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("a_mark_is_taken_away_for_a_reason", {"what": "mark_taken_away", "code": USED}),
        ("a_change_of_questions_names_what_changed", {"what": "instrument_changed"}),
        ("a_change_of_questions_names_what_changed", {"what": "instrument_added"}),
        ("what_is_taken_over_says_from_where", {"what": "instrument_copied", "code": "odi"}),
    ],
)
def test_the_database_refuses_a_step_that_does_not_say_enough(
    name: str, step: dict[str, str], draft: QuestionnaireVersion
) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        draft.steps.create(by=draft.drafted_by, at=timezone.now(), **step)


def unticked(client: Client, version: QuestionnaireVersion, code: str, **typed: Any) -> HttpResponse:
    """Save a question of a draft without its mark as a red flag."""
    address = at("question", version, code)
    kept = {name: value for name, value in shown(client.get(address)).items() if name != "red_flag"}
    return client.post(address, kept | typed, follow=True)


@pytest.mark.usefixtures("reasons_in_english")
def test_a_question_is_due_on_fewer_routes_for_a_reason_that_the_second_person_reads(
    client: Client, draft: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    code = next(one.code for one in draft.questionnaire.items.values() if one.required.value == "always")
    response = change(client, draft, code, required="referral")
    assert response.status_code == 422
    assert "Say why" in str(response.context["form"].errors["reason"])
    page = text(change(client, draft, code, required="referral", reason="Bekend uit de verwijzing"))
    assert "The question is saved." in page
    page = text(client.get(at("change", draft)))
    assert f"{code} is due on fewer routes than before." in page
    assert "Bekend uit de verwijzing" in page, "the history keeps the reason"
    assert "required: always → with a referral" in text(client.get(at("difference", draft)))
    step = draft.steps.last()
    assert (step.what, step.code, step.comment) == ("mark_taken_away", code, "Bekend uit de verwijzing")
    change(client, draft, code, required="always")
    page = text(client.get(at("change", draft)))
    assert f"{code} is due on fewer routes" not in page, "it is as it was in the version in use"
    assert draft.steps.last().what == "question_changed"


@pytest.mark.usefixtures("reasons_in_english")
def test_a_red_flag_that_rules_rest_on_keeps_its_mark(client: Client, draft: QuestionnaireVersion) -> None:
    response = unticked(client, draft, USED, reason="Te vaak")
    assert response.status_code == 422
    assert "This stays a red flag: rules of the protocol in use" in str(response.context["form"].errors["red_flag"])
    assert "Te vaak" in text(response)
    draft.refresh_from_db()
    assert draft.questionnaire.items[USED].red_flag


@pytest.mark.usefixtures("reasons_in_english")
def test_a_draft_from_elsewhere_without_the_mark_of_a_red_flag_is_not_published(
    client: Client, draft: QuestionnaireVersion
) -> None:
    placed = placed_question(draft.content, USED)
    plain = {key: value for key, value in placed.content.items() if key != "red_flag"}
    drawn = compose(with_question(draft.content, PlacedQuestion(placed.section, placed.after, plain)))
    QuestionnaireVersion.objects.filter(pk=draft.pk).update(content=drawn.content, content_hash=drawn.hash)
    page = text(client.get(at("change", draft)))
    assert f"{USED} is no red flag any more, but these rules raise a red flag on it" in page
    client.post(at("submit", draft))
    draft.refresh_from_db()
    assert draft.status == "draft"


@pytest.mark.usefixtures("reasons_in_english")
def test_an_own_question_becomes_a_red_flag_with_a_source_and_loses_the_mark_for_a_reason(
    client: Client, draft: QuestionnaireVersion
) -> None:
    own = OWN | {"kind": "yes_no", "choices": "", "required": "direct_access"}
    response = client.post(at("question_add", draft, SECTION), own | {"red_flag": "on"})
    assert "This needs a source." in str(response.context["form"].errors["sources"])
    key = next(one for one in published_protocol().content["sources"] if one not in draft.content["sources"])
    response = client.post(at("question_add", draft, SECTION), own | {"red_flag": "on", "sources": key}, follow=True)
    assert "The question is saved." in text(response)
    draft.refresh_from_db()
    item = draft.questionnaire.items["practice_sport"]
    assert (item.red_flag, item.required.value, item.backing.sources) == (True, "direct_access", (key,))
    assert key in draft.questionnaire.sources, "the source stands with the questionnaire"
    assert unticked(client, draft, "practice_sport").status_code == 422
    assert "The question is saved." in text(unticked(client, draft, "practice_sport", reason="Zegt te weinig"))


@pytest.mark.usefixtures("reasons_in_english")
@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"sources": ""}, "sources", "This needs a source."),
        ({"sources": "hearsay"}, "sources", "'hearsay' is not in the list of sources"),
        ({"evidence": ""}, "evidence", "does not say how well it is supported"),
        ({"required": "sometimes"}, "required", "Select a valid choice"),
    ],
)
def test_on_what_a_red_flag_rests_is_checked(
    client: Client, draft: QuestionnaireVersion, typed: dict[str, str], field: str, words: str
) -> None:
    response = change(client, draft, USED, **typed)
    assert response.status_code == 422
    assert words in unescape(str(response.context["form"].errors[field]))


def test_what_is_shipped_later_does_not_undo_what_the_practice_published(
    client: Client, draft: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    change(client, draft, label_nl="Welke zijde", label_en="Which side")
    version = in_use(draft, writer, second)
    now, shipped = timezone.now(), shipped_questionnaires()["low_back"]
    assert not intake_actions.publish_questionnaire(questionnaire=shipped, now=now), "it is known"
    newer = compose(numbered(shipped.content, version.version))
    assert intake_actions.publish_questionnaire(questionnaire=newer, now=now)
    assert not intake_actions.publish_questionnaire(questionnaire=newer, now=now), (
        "it is known by the file it came from"
    )
    version.refresh_from_db()
    arrived = QuestionnaireVersion.objects.get(status="draft")
    assert version.status == "published"
    assert (arrived.version, arrived.based_on, arrived.origin_hash) == (version.version + 1, version, newer.hash)
    assert "Which side → Pace of recovery so far" in text(client.get(at("difference", arrived)))


def test_a_newer_protocol_waits_where_the_practice_does_not_ask_what_it_needs(
    draft: QuestionnaireVersion, writer: Staff, second: Staff
) -> None:
    for region in ("mid_back", "upper_back"):
        published(region)
    now, content = timezone.now(), shipped_protocol().content
    placed = placed_rule(content, "tumour_weight_loss_alone")
    rule = {**placed.content, "when": "asked_by_nobody_yet is yes", "examples": []}
    more = compose_protocol(with_rule(numbered_protocol(content, 2), PlacedRule(placed.group, rule)))
    cases = [
        {
            "title": "Nieuw",
            "expects": {"urgency": "none"},
            "questionnaire": "low_back",
            "answers": {"asked_by_nobody_yet": True},
        }
    ]
    in_use(draft, writer, second)
    publish_protocol(protocol=more, now=now)
    assert list(ProtocolVersion.objects.values_list("version", "status")) == [(2, "draft"), (1, "published")]
    assert governing.add_cases(protocol="back_pain", cases=cases, by=None, now=now) == 0, "it is left for later"
    same = compose_protocol(numbered_protocol(content, 5))
    publish_protocol(protocol=same, now=now)
    assert ProtocolVersion.objects.get(status="published").content_hash == same.hash, "its questions are asked"


def test_a_version_in_use_is_read_and_no_field_of_it_is_changed(client: Client) -> None:
    version = published()
    page = text(client.get(at("section", version, "red_flags")))
    assert "Unexplained weight loss" in page
    assert USED in page
    assert "Check and save" not in text(client.get(at("question", version, USED)))
    assert client.post(at("change", version)).status_code == 403
    assert client.get(reverse("admin:intake_questionnaireversion_add")).status_code == 403


def test_pages_take_as_many_queries_for_many_versions_as_for_one(client: Client, draft: QuestionnaireVersion) -> None:
    pages = [
        at("change", draft),
        at("section", draft, SECTION),
        at("question", draft, PLAIN),
        at("difference", draft),
    ]
    one = [queries(client, page) for page in pages]
    for number in range(5):
        copy = QuestionnaireVersion.objects.get(pk=draft.pk)
        copy.pk, copy.version, copy.status = None, draft.version + 1 + number, "retired"
        copy.save(force_insert=True)
        making.write_step(draft, "question_changed", by=draft.drafted_by, now=timezone.now(), code=PLAIN)
    assert [queries(client, page) for page in pages] == one


@pytest.mark.usefixtures("reasons_in_english")
def test_what_was_typed_for_a_question_that_somebody_took_out_is_kept(
    client: Client, draft: QuestionnaireVersion, second: Staff
) -> None:
    address = at("question", draft, PLAIN)
    opened = shown(client.get(address))
    remove(signed_in(second), draft, PLAIN)
    response = client.post(address, opened | {"label_en": "What I typed", "ask_when": "age > 50"})
    page = unescape(text(response))
    assert response.status_code == 409
    assert f"{second} took {PLAIN} out of this version" in page
    assert "What I typed" in page
    assert "age > 50" in page
    assert "Choice slow, Dutch" in page
    assert at("question_add", draft, SECTION) in page, "it can be added again"
    assert client.get(address).status_code == 404
    again = client.post(at("question_remove", draft, PLAIN), {"seen": opened["seen"]}, follow=True)
    assert f"took {PLAIN} out of this version" in text(again)


def test_what_was_typed_for_a_version_that_is_no_draft_any_more_is_kept(
    client: Client, draft: QuestionnaireVersion, writer: Staff
) -> None:
    pages = (("question", "label_en", PLAIN), ("instrument", "title_en", "odi"))
    opened = {name: shown(client.get(at(name, draft, code))) for name, _field, code in pages}
    making.submit_questionnaire(version=draft, by=writer, now=timezone.now())
    for name, field, code in pages:
        response = client.post(at(name, draft, code), opened[name] | {field: "What I typed"})
        assert response.status_code == 409
        assert "What I typed" in text(response)


@pytest.mark.parametrize(
    ("language", "title", "region"), [("nl", "Lage rug v", "lage rug"), ("en", "Low back v", "low back")]
)
def test_a_version_is_called_in_the_language_of_the_reader(language: str, title: str, region: str) -> None:
    version, client = published(), signed_in(StaffFactory(roles=["manager"], language=language))
    page, rows = (
        text(client.get(address))
        for address in (at("change", version), reverse("admin:intake_questionnaireversion_changelist"))
    )
    way = page[page.index('<div class="breadcrumbs">') :]
    assert title in way[: way.index("</div>")]
    assert region in page
    assert f'<td class="field-region_called">{region}</td>' in rows
