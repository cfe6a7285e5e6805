"""Managers change a protocol in the back office: rules, templates, review, publishing, test set and replay."""

import datetime as dt
import io
import zipfile
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from intake.management.packed_files import from_text
from patients.policies import Refused
from plans import actions
from plans.actions import governing, making, replaying
from plans.domain.editing import PlacedRule, numbered, placed_rule
from plans.domain.expectation import Expectation
from plans.domain.protocol import compose
from plans.management.content_files import pack, unpack
from plans.models import ProtocolCase, ProtocolStep, ProtocolVersion, Replay
from practice.models import AccessEvent, Staff
from tests.factories.intake import published
from tests.factories.plans import adopted, published_protocol, shipped_protocol, suggested
from tests.factories.practice import LocationFactory, RoleGrantFactory, StaffFactory
from tests.forms import sent
from tests.plans.governing.conftest import drafted, signed_in
from tests.screens import queries, text

pytestmark = pytest.mark.django_db

RULE = "tumour_weight_loss_alone"  # unexplained weight loss: a routine flag, until somebody thinks otherwise
LOSS = {"unexplained_weight_loss": True}


def at(name: str, *args: Any) -> str:
    return reverse(f"admin:plans_{name}", args=[getattr(one, "pk", one) for one in args])


def shown(response: HttpResponse) -> dict[str, Any]:
    """What the form of this page sends when nothing in it is changed."""
    return sent(text(response))


def change(client: Client, version: ProtocolVersion, code: str = RULE, **typed: Any) -> HttpResponse:
    """Open a rule of a draft, type something else in some fields, and save."""
    address = at("protocolversion_rule", version, code)
    return client.post(address, shown(client.get(address)) | typed, follow=True)


@pytest.fixture
def draft(writer: Staff) -> ProtocolVersion:
    """A draft beside a suggestion that was drawn from the version in use."""
    suggested()
    return drafted(writer)


def replayed(version: ProtocolVersion, by: Staff) -> Replay:
    """A replay of a version, run as the worker runs it."""
    version = ProtocolVersion.objects.get(pk=version.pk)
    replay = replaying.ask_replay(version=version, by=by, now=timezone.now())
    replaying.run_replay.call(str(replay.pk))
    return Replay.objects.get(pk=replay.pk)


def submitted(version: ProtocolVersion, by: Staff) -> ProtocolVersion:
    """A draft that was replayed and handed to a second person."""
    replayed(version, by)
    governing.submit_protocol(version=version, by=by, now=timezone.now())
    return ProtocolVersion.objects.get(pk=version.pk)


def test_a_rule_goes_from_a_draft_to_a_patient_and_old_plans_stay(client: Client, writer: Staff, second: Staff) -> None:
    old = adopted(suggested())
    before = suggested(LOSS)
    first = published_protocol()
    client.post(at("protocolversion_draft", first))
    draft = ProtocolVersion.objects.get(status="draft")
    assert (draft.version, draft.drafted_by, draft.based_on) == (2, writer, first)

    page = text(change(client, draft, urgency="emergency"))
    assert "The rule is saved." in page
    client.post(at("protocolversion_replay_ask", draft))
    replay = Replay.objects.get()
    replaying.run_replay.call(str(replay.pk))
    page = text(client.get(at("protocolversion_replay", replay)))
    assert "an emergency flag is new" in page
    assert str(before.intake.patient) in page
    assert "1 of 2 would get another suggestion" in page
    sides = client.get(at("protocolversion_replay_intake", replay, before.intake)).context["sides"]
    with translation.override("en"):
        assert [str(side["parts"][0][1][0]["weight"]) for side in sides] == ["routine", "emergency"]

    client.post(at("protocolversion_submit", draft))
    client.post(at("protocolversion_publish", draft))
    assert ProtocolVersion.objects.get(pk=draft.pk).status == "in_review", "its author cannot publish it"
    signed_in(second).post(at("protocolversion_publish", draft))
    draft.refresh_from_db()
    first.refresh_from_db()
    assert (draft.status, draft.approved_by, draft.is_signed, first.status) == ("published", second, True, "retired")

    after = suggested(LOSS, reason="overlegd")
    assert (after.urgency, after.protocol_version) == ("emergency", draft)
    before.refresh_from_db()
    old.refresh_from_db()
    assert (before.urgency, before.protocol_version, old.protocol_version) == ("routine", first, first)
    events = set(AccessEvent.objects.values_list("event", flat=True))
    assert {"protocol_drafted", "protocol_rule_changed", "protocol_submitted", "protocol_published"} <= events


@pytest.mark.either_engine
@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"when": "unexplained_weight_loss is"}, "when", "At character 27 the condition cannot be read"),
        ({"when": "weight_loss is yes"}, "when", "Look it up in the list of codes"),
        ({"when": "age is yes"}, "when", "See the list of codes"),
        ({"when": "course is sideways"}, "when", "Choose from: "),
        ({"when": "unexplained_weight_loss is yes and unexplained_weight_loss is no"}, "when", "can never hold"),
        (
            {"when": "unexplained_weight_loss is yes and fever_or_chills is no"},
            "when",
            "rests on the absence of another one",
        ),
        ({"sources": ""}, "sources", "This needs a source."),
        ({"sources": "hearsay"}, "sources", "not in the list of sources"),
    ],
)
def test_what_is_wrong_with_a_rule_stands_at_its_field_and_nothing_typed_is_lost(
    client: Client, draft: ProtocolVersion, typed: dict[str, str], field: str, words: str
) -> None:
    before = draft.content_hash
    response = change(client, draft, explanation_nl="Nieuwe uitleg", **typed)
    form = response.context["form"]
    assert any(words in error for error in form.errors[field]), form.errors
    page = text(response)
    assert "Nieuwe uitleg" in page
    assert form[field].value() == typed[field]
    draft.refresh_from_db()
    assert draft.content_hash == before


@pytest.mark.either_engine
def test_what_is_wrong_is_said_in_dutch_as_well(writer: Staff, draft: ProtocolVersion) -> None:
    writer.language = "nl"
    writer.save()
    response = change(signed_in(writer), draft, when="unexplained_weight_loss is yes and unexplained_weight_loss is no")
    assert "kan nooit gelden" in text(response)


def test_a_rule_that_says_the_same_as_another_is_kept_with_a_warning(client: Client, draft: ProtocolVersion) -> None:
    address = at("protocolversion_rule_add", draft, "red_flag")
    given = shown(client.get(at("protocolversion_rule", draft, RULE))) | {"seen": "", "code": "weight_loss_again"}
    page = text(client.post(address, given | {"group": "red_flags_cancer"}, follow=True))
    assert f"This says the same as the rule {RULE}" in page
    draft.refresh_from_db()
    assert placed_rule(draft.content, "weight_loss_again").group == "red_flags_cancer"
    assert "This code is in use already" in text(
        client.post(address, given | {"group": "red_flags_cancer"}, follow=True)
    )
    client.post(
        at("protocolversion_rule_retire", draft, "weight_loss_again"),
        {"seen": making.part_hash(placed_rule(draft.content, "weight_loss_again").content)},
    )
    draft.refresh_from_db()
    assert "weight_loss_again" not in {rule.code for rule in draft.protocol.rules}
    assert [step.what for step in draft.steps.all()] == ["drafted", "rule_added", "rule_retired"]


def test_two_writers_of_one_rule_both_see_both_texts(client: Client, draft: ProtocolVersion, second: Staff) -> None:
    address = at("protocolversion_rule", draft, RULE)
    opened = shown(client.get(address))
    change(signed_in(second), draft, explanation_nl="Van de ander")
    response = client.post(address, opened | {"explanation_nl": "Van mij"})
    page = text(response)
    assert "Van de ander" in page
    assert "Van mij" in page
    assert "Nothing is saved yet" in page
    again = shown(response)
    assert "The rule is saved." in text(client.post(address, again | {"explanation_nl": "Van mij"}, follow=True))
    draft.refresh_from_db()
    assert placed_rule(draft.content, RULE).content["explanation"]["nl"] == "Van mij"


def test_a_template_is_changed_with_the_same_checks(client: Client, draft: ProtocolVersion) -> None:
    code = "low_back_acute_profile_2"
    address = at("protocolversion_part", draft, "templates", code)
    as_it_is = shown(client.get(address))
    page = text(client.post(address, as_it_is | {"phases-0-weeks": 6}))
    assert "A course lasts 4 to 8 weeks, not 9." in page
    page = text(client.post(address, as_it_is | {"session_minutes": 25}, follow=True))
    assert f"Saved: {code}." in page
    draft.refresh_from_db()
    template = draft.protocol.templates[code]
    assert (template.session_minutes, template.version) == (25, 2)
    assert "minutes per session: 30 → 25" in text(client.get(at("protocolversion_difference", draft)))


def test_what_is_in_use_cannot_be_changed(client: Client, writer: Staff) -> None:
    suggested()
    version = published_protocol()
    response = change(client, version, urgency="emergency", action_en="What I typed")
    assert response.status_code == 409
    assert "This version is no draft any more" in text(response)
    assert "What I typed" in text(response), "it is kept to be copied"
    with pytest.raises(IntegrityError), transaction.atomic():
        ProtocolVersion.objects.filter(pk=version.pk).update(title={"nl": "x", "en": "x"})
    with pytest.raises(IntegrityError), transaction.atomic():
        ProtocolVersion.objects.filter(pk=version.pk).update(approved_by=writer)


@pytest.mark.usefixtures("reasons_in_english")
def test_publishing_needs_a_second_person_a_replay_and_a_green_test_set(
    client: Client, draft: ProtocolVersion, writer: Staff, second: Staff
) -> None:
    now = timezone.now()
    case = ProtocolCase(
        protocol="back_pain", title="Kanker", questionnaire="low_back", answers={"cancer_history": True}
    )
    governing.save_case(case=case, expected=Expectation(urgency="emergency"), seen=0, by=writer, now=now)
    assert "1 of 1 test cases come out otherwise" in text(client.get(at("protocolversion_change", draft)))
    with pytest.raises(Refused, match="test case"):
        governing.submit_protocol(version=draft, by=writer, now=now)
    governing.save_case(case=case, expected=Expectation(urgency="within_week"), seen=0, by=writer, now=now)
    governing.submit_protocol(version=draft, by=writer, now=now)
    with pytest.raises(Refused, match="Replay"):
        governing.publish_draft(version=draft, by=second, now=now)
    replayed(draft, writer)
    with pytest.raises(Refused, match="Somebody else"):
        governing.publish_draft(version=draft, by=writer, now=now)
    governing.publish_draft(version=draft, by=second, now=now)


@pytest.mark.usefixtures("reasons_in_english")
def test_who_changed_a_draft_of_somebody_else_does_not_publish_it(
    draft: ProtocolVersion, writer: Staff, second: Staff
) -> None:
    change(signed_in(second), draft, urgency="within_week")
    version = submitted(draft, writer)
    with pytest.raises(Refused, match="Somebody else"):
        governing.publish_draft(version=version, by=second, now=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        ProtocolVersion.objects.filter(pk=version.pk).update(
            status="published", approved_by=writer, approved_at=timezone.now()
        )


def test_a_change_after_the_replay_asks_for_another(client: Client, draft: ProtocolVersion, writer: Staff) -> None:
    replay = replayed(draft, writer)
    assert "Replayed: 0 of 1" in text(client.get(at("protocolversion_change", draft)))
    change(client, draft, urgency="emergency")
    assert "Not replayed since the last change" in text(client.get(at("protocolversion_change", draft)))
    assert "The draft was changed after this replay" in text(client.get(at("protocolversion_replay", replay)))


def test_a_returned_draft_says_why_and_can_be_changed_again(
    client: Client, draft: ProtocolVersion, writer: Staff, second: Staff
) -> None:
    submitted(draft, writer)
    address = at("protocolversion_return", draft)
    assert "Write what should be otherwise" in text(signed_in(second).post(address, {"comment": " "}, follow=True))
    signed_in(second).post(address, {"comment": "Bron ontbreekt"})
    assert "Bron ontbreekt" in text(client.get(at("protocolversion_change", draft)))
    assert "The rule is saved." in text(change(client, draft, urgency="within_week"))
    client.post(at("protocolversion_set_aside", draft))
    draft.refresh_from_db()
    assert (draft.status, draft.approved_by) == ("retired", None)


@pytest.mark.usefixtures("reasons_in_english")
def test_of_two_drafts_the_second_is_refused_once_the_first_is_in_use(writer: Staff, second: Staff) -> None:
    one, other = drafted(writer), drafted(writer)
    one, other = submitted(one, writer), submitted(other, writer)
    governing.publish_draft(version=one, by=second, now=timezone.now())
    with pytest.raises(Refused, match="Meanwhile version 2"):
        governing.publish_draft(version=other, by=second, now=timezone.now())


def test_a_protocol_goes_out_as_a_file_and_comes_back_as_a_draft(client: Client, draft: ProtocolVersion) -> None:
    first = draft.based_on
    packed = client.get(at("protocolversion_export", first)).content
    assert compose(unpack(packed).content).hash == first.content_hash
    sent = io.BytesIO(packed)
    sent.name = "back_pain.zip"
    assert "The file became this draft" in text(client.post(at("protocolversion_import"), {"file": sent}, follow=True))
    made = ProtocolVersion.objects.get(version=3)
    assert (made.status, made.origin_hash, made.based_on) == ("draft", first.content_hash, first)
    assert compose(numbered(made.content, 1) | {}).hash == compose(numbered(first.content, 1)).hash
    first.refresh_from_db()
    assert first.status == "published"


def test_the_test_cases_go_along_in_the_file_and_those_that_are_known_stay_as_they_are(
    client: Client, draft: ProtocolVersion, writer: Staff
) -> None:
    calm = {"urgency": "none"}
    entries = [
        {"title": title, "questionnaire": "low_back", "age": 40, "answers": {"nprs": 4}, "expects": calm}
        for title in ("Eén", "Twee", "Drie")
    ]
    assert governing.add_cases(protocol="back_pain", cases=entries, by=None, now=timezone.now()) == 3
    governing.retire_case(case=ProtocolCase.objects.get(title="Drie"), by=writer, now=timezone.now())
    sent = io.BytesIO(client.get(at("protocolversion_export", draft)).content)
    assert unpack(sent.getvalue()).cases == [entries[0], entries[1]]
    ProtocolCase.objects.filter(title="Eén").update(expects={"urgency": "routine"})
    ProtocolCase.objects.filter(title="Twee").delete()
    sent.name = "back_pain.zip"
    client.post(at("protocolversion_import"), {"file": sent})
    kept = dict(ProtocolCase.objects.of("back_pain").values_list("title", "expects__urgency"))
    assert kept == {"Eén": "routine", "Twee": "none"}
    assert ProtocolCase.objects.get(title="Twee").made_by == writer


@pytest.mark.parametrize(
    ("made_by", "edits", "named"),
    [(None, 0, "Calm"), (None, 1, ""), ("writer", 0, "")],
    ids=["shipped", "changed", "own"],
)
def test_a_shipped_case_gets_its_english_title_when_content_is_loaded_again_unless_somebody_changed_it(
    made_by: str | None, edits: int, named: str, writer: Staff
) -> None:
    published_protocol()
    published()
    asked = {"questionnaire": "low_back", "age": 40, "answers": {"nprs": 4}, "expects": {"urgency": "none"}}
    now, titles = timezone.now(), {"nl": "Rustig", "en": "Calm"}
    governing.add_cases(protocol="back_pain", cases=[{"title": "Rustig", **asked}], by=None, now=now)
    ProtocolCase.objects.update(made_by=writer if made_by else None, edits=edits)
    assert governing.add_cases(protocol="back_pain", cases=[{"title": titles, **asked}], by=None, now=now) == 0
    case = ProtocolCase.objects.get(title="Rustig")
    assert (case.title_en, case.answers) == (named, {"nprs": 4})


@pytest.mark.parametrize(("language", "title"), [("nl", "Rustig"), ("en", "Calm")])
def test_a_case_is_called_in_the_language_of_the_reader_and_goes_along_in_both(language: str, title: str) -> None:
    published_protocol()
    published()
    titles = {"nl": "Rustig", "en": "Calm"}
    content = {
        "title": titles,
        "questionnaire": "low_back",
        "age": 40,
        "answers": {"nprs": 4},
        "expects": {"urgency": "none"},
    }
    governing.add_cases(protocol="back_pain", cases=[content], by=None, now=timezone.now())
    case = ProtocolCase.objects.get(title="Rustig")
    assert case.to_content() == content
    reader = signed_in(StaffFactory(roles=["manager"], language=language))
    listed = reader.get(reverse("admin:plans_protocolcase_changelist"))
    assert f">{title}</a>" in text(listed)
    change = reader.get(at("protocolcase_change", case))
    assert [change.context["adminform"].form[name].value() for name in ("title", "title_en")] == ["Rustig", "Calm"]


@pytest.mark.parametrize(
    "title", [{"nl": "Rustig"}, {"nl": "Rustig", "en": 3}, {"nl": "x", "en": "x", "fr": "x"}, 7, None]
)
def test_a_title_of_a_case_in_a_file_is_in_one_language_or_in_both(title: object, writer: Staff) -> None:
    entry = {"title": title, "questionnaire": "low_back", "answers": {"nprs": 4}, "expects": {"urgency": "none"}}
    with pytest.raises(Refused):
        governing.add_cases(protocol="back_pain", cases=[entry], by=writer, now=timezone.now())


@pytest.mark.usefixtures("reasons_in_english")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"answers": {"nprs": 40}}, "not from 0 to 10"),
        ({"answers": [1]}, "cannot be read"),
        ({"expects": {"flags": "infection"}}, "cannot be read"),
        ({"expects": {"colour": "red"}}, "cannot be read"),
        ({"expects": {}}, "expects nothing"),
        ({"questionnaire": "knee"}, "not in use"),
        ({"age": "old"}, "integer"),
        ({"name": "Jan"}, "other parts"),
        ({"title": ["Slecht"]}, "other parts"),
        ({"title": "x" * 121}, "at most 120"),
        (None, "other parts"),
    ],
)
def test_a_file_with_a_case_that_is_none_is_refused_whole(
    draft: ProtocolVersion, writer: Staff, change: dict[str, Any] | None, why: str
) -> None:
    good = {"title": "Goed", "questionnaire": "low_back", "answers": {"nprs": 4}, "expects": {"urgency": "none"}}
    bad = None if change is None else good | {"title": "Slecht"} | change
    with pytest.raises(Refused, match=why):
        governing.import_protocol(content=draft.content, cases=[good, bad], by=writer, now=timezone.now())
    assert not ProtocolCase.objects.exists()
    assert ProtocolVersion.objects.count() == 2


@pytest.mark.parametrize("packed", [b"no zip", b"", "alien", "unreadable"])
def test_a_file_that_is_no_protocol_is_refused_with_what_is_wrong(client: Client, packed: bytes | str) -> None:
    if isinstance(packed, str):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("protocol.yaml", "code: back_pain")
            archive.writestr("../evil.yaml" if packed == "alien" else "rules/a.yaml", "rules: [{code: x}]")
        packed = made.getvalue()
    sent = io.BytesIO(packed)
    sent.name = "x.zip"
    response = client.post(at("protocolversion_import"), {"file": sent})
    assert response.context["form"].errors["file"]
    assert not ProtocolVersion.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        'title: "a\\0b"',
        "a: &x [1]\nb: *x",
        "a: .nan",
        "- -.Inf",
        "a: !!set {x}",
        "a: !!float .inf",
        "[" * 100_000 + "]" * 100_000,
    ],
)
def test_text_that_no_content_has_is_refused_before_it_is_read(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        from_text(text)


@pytest.mark.parametrize("number", ["1.0e+999", "-1.0e+13", f"0x{'f' * 400}", "9" * 5000])
def test_a_number_beyond_all_measure_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=r"no number|digits"):
        from_text(f"scores: [{{maximum: {number}}}]")


def test_packing_keeps_everything_of_the_shipped_protocol() -> None:
    protocol = shipped_protocol()
    assert compose(unpack(pack(protocol.content)).content).hash == protocol.hash


def test_what_is_shipped_later_arrives_as_a_draft_where_the_practice_governs(
    draft: ProtocolVersion, writer: Staff, second: Staff
) -> None:
    newer = compose(numbered(shipped_protocol().content, 2))
    version = submitted(draft, writer)
    governing.publish_draft(version=version, by=second, now=timezone.now())
    changed = placed_rule(newer.content, RULE)
    content = governing.content_with_rule(
        newer.content,
        PlacedRule(changed.group, {**changed.content, "conclude": {"red_flag": "x", "urgency": "routine"}}),
    )
    shipped = compose(content)
    assert actions.publish_protocol(protocol=shipped, now=timezone.now())
    assert not actions.publish_protocol(protocol=shipped, now=timezone.now()), "it arrives once"
    assert not actions.publish_protocol(protocol=shipped_protocol(), now=timezone.now())
    assert list(ProtocolVersion.objects.values_list("version", "status").order_by("version")) == [
        (1, "retired"),
        (2, "published"),
        (3, "draft"),
    ]


def test_a_case_is_made_of_an_intake_without_saying_whose(client: Client, writer: Staff) -> None:
    suggestion = suggested({**LOSS, "request_for_help": "Kanarievogel"})
    address = at("protocolcase_of_intake", suggestion.intake)
    page = client.get(address)
    assert "Kanarievogel" not in text(page)
    client.post(address, shown(page) | {"title": "Gewichtsverlies alleen"})
    case = ProtocolCase.objects.get()
    assert case.answers["unexplained_weight_loss"] is True
    assert "request_for_help" not in case.answers
    assert (case.age, case.expects["urgency"]) == (suggestion.intake.context().age, "routine")
    assert str(suggestion.intake_id) not in str(vars(case))
    by_questionnaire = {"low_back": suggestion.intake.questionnaire}
    assert case.misses(published_protocol().protocol, by_questionnaire) == ()


def test_cases_are_written_in_the_admin_and_never_overwritten_unseen(client: Client, draft: ProtocolVersion) -> None:
    given = {"protocol": "back_pain", "title": "Alarm", "questionnaire": "low_back", "seen": 0}
    given |= {"age": 44, "answers": "unexplained_weight_loss: true"}
    add = at("protocolcase_add")
    assert "a case that expects nothing can never fail" in text(client.post(add, given))
    assert "expected true or false" in text(
        client.post(add, given | {"urgency": "none", "answers": "fever_or_chills: maybe"})
    )
    client.post(add, given | {"urgency": "routine", "gates": "spinal_manipulation block"})
    case = ProtocolCase.objects.get()
    assert case.expects == {"urgency": "routine", "gates": {"spinal_manipulation": "block"}}
    address = at("protocolcase_change", case)
    client.post(address, given | {"urgency": "within_week"})
    assert "Somebody changed this case" in text(client.post(address, given | {"urgency": "emergency"}))
    case.refresh_from_db()
    assert (case.expects, case.edits) == ({"urgency": "within_week"}, 1)
    client.post(at("protocolcase_retire", case))
    assert not ProtocolCase.objects.of("back_pain").exists()
    assert client.get(address).status_code == 200


def test_a_replay_is_asked_once_at_a_time_and_can_be_cancelled(client: Client, draft: ProtocolVersion) -> None:
    client.post(at("protocolversion_replay_ask", draft))
    assert "waiting or running already" in text(client.post(at("protocolversion_replay_ask", draft), follow=True))
    replay = Replay.objects.get()
    page = client.get(at("protocolversion_replay", replay))
    assert page["Refresh"] == "2"
    client.post(at("protocolversion_replay_cancel", replay))
    replaying.run_replay.call(str(replay.pk))
    replay.refresh_from_db()
    assert (replay.status, replay.done) == ("cancelled", 0)
    assert "Refresh" not in client.get(at("protocolversion_replay", replay))


def test_a_replay_that_is_cancelled_while_it_runs_stops(
    draft: ProtocolVersion, writer: Staff, monkeypatch: Any
) -> None:
    for _ in range(2):
        suggested(LOSS)
    monkeypatch.setattr(replaying, "CHUNK", 1)
    keep = replaying._keep

    def kept_then_cancelled(replay: Replay, *given: Any) -> bool:
        goes_on = keep(replay, *given)
        if goes_on:
            replaying.cancel_replay(replay=replay, by=writer, now=timezone.now())
        return goes_on

    monkeypatch.setattr(replaying, "_keep", kept_then_cancelled)
    replay = replayed(draft, writer)
    assert (replay.status, replay.done, replay.total) == ("cancelled", 1, 3)


def test_a_replay_whose_worker_is_gone_ends_and_another_may_be_asked(client: Client, draft: ProtocolVersion) -> None:
    client.post(at("protocolversion_replay_ask", draft))
    began = timezone.now() - dt.timedelta(minutes=30)
    Replay.objects.update(status="running", started_at=began, seen_at=timezone.now())
    call_command("tick", stdout=io.StringIO())
    assert Replay.objects.get().status == "running"
    Replay.objects.update(seen_at=began)
    call_command("tick", stdout=io.StringIO())
    gone = Replay.objects.get()
    assert gone.status == "failed"
    assert "the program that ran it was stopped" in text(client.get(at("protocolversion_replay", gone)))
    client.post(at("protocolversion_replay_ask", draft))
    assert Replay.objects.open().count() == 1


def test_a_manager_of_elsewhere_sees_that_something_changes_but_not_for_whom(
    draft: ProtocolVersion, client: Client, writer: Staff
) -> None:
    hidden = suggested(LOSS)
    change(client, draft, urgency="emergency")
    replay = replayed(draft, writer)
    other = signed_in(RoleGrantFactory(role="manager", location=LocationFactory()).staff)
    page = text(other.get(at("protocolversion_replay", replay)))
    assert str(hidden.intake.patient) not in page
    assert other.get(at("protocolversion_replay_intake", replay, hidden.intake)).status_code == 404


def test_a_rule_page_tells_how_the_rule_was_used(client: Client, draft: ProtocolVersion) -> None:
    adopted(suggested())
    page = client.get(at("protocolversion_rule", draft, "low_back_acute_profile_2"))
    if page.status_code == 404:
        code = next(
            r.code for r in draft.protocol.rules if getattr(r.conclude, "template", "") == "low_back_acute_profile_2"
        )
        page = client.get(at("protocolversion_rule", draft, code))
    use = page.context["use"]
    assert (use.looked_at, use.fired, use.followed) == (2, 2, 1)


def test_pages_cost_the_same_whatever_their_number_of_rows(
    client: Client, draft: ProtocolVersion, writer: Staff
) -> None:
    addresses = [at("protocolversion_rule", draft, RULE), at("protocolversion_rules", draft)]
    change(client, draft, urgency="emergency")
    adopted(suggested(LOSS))
    replay = replayed(draft, writer)
    addresses.append(at("protocolversion_replay", replay))
    few = [queries(client, address) for address in addresses]
    for _ in range(3):
        adopted(suggested(LOSS))
    again = at("protocolversion_replay", replayed(draft, writer))
    assert [queries(client, address) for address in [*addresses[:2], again]] == few


def test_steps_are_written_down_and_stay(draft: ProtocolVersion) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ProtocolStep.objects.update(what="published")
