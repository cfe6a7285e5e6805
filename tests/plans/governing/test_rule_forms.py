"""Managers write the examples of a rule in rows, and answers one on a line."""

from typing import Any

import pytest
from crispy_forms.utils import render_crispy_form
from django.http import QueryDict
from django.test import Client
from django.utils.translation import override

from plans.domain.editing import placed_rule
from plans.domain.protocol import Discipline, OutcomeKind, ScopeKind
from plans.forms.answers import read_answers, written_answers
from plans.forms.rules import RuleForm, initial_of, kind_of
from plans.models import ProtocolVersion
from plans.models.suggestions import DISCIPLINES, OUTCOMES, SCOPES
from tests.forms import sent
from tests.plans.governing.test_protocols import RULE, at, shown
from tests.screens import text

pytestmark = pytest.mark.django_db


def test_saving_a_rule_as_it_is_shown_changes_nothing(draft: ProtocolVersion) -> None:
    for group in draft.content["rules"].values():
        for rule in group["rules"]:
            placed = placed_rule(draft.content, rule["code"])
            about = {"protocol": draft.protocol, "kind": kind_of(rule), "placed": placed, "initial": initial_of(placed)}
            form = RuleForm(**about)
            posted = QueryDict(mutable=True)
            for name, value in sent(f"<form>{render_crispy_form(form)}</form>").items():
                posted.setlist(name, value if isinstance(value, list) else [value])
            again = RuleForm(posted, **about)
            assert again.is_valid(), rule["code"]
            assert again.placed_rule().content == rule


def test_examples_of_a_rule_are_rows_of_its_form(client: Client, draft: ProtocolVersion) -> None:
    address = at("protocolversion_rule", draft, RULE)
    before, as_it_is = len(placed_rule(draft.content, RULE).content["examples"]), shown(client.get(address))
    response = client.post(address, as_it_is | {"rows": "examples add"})
    assert response.status_code == 200
    new, typed = f"examples-{before}", shown(response)
    typed |= {f"{new}-kind": "holds", f"{new}-given": "unexplained_weight_loss: yes\nage: 61"}
    assert "The rule is saved." in text(client.post(address, typed, follow=True))
    draft.refresh_from_db()
    content = placed_rule(draft.content, RULE).content
    assert content["examples"][-1] == {"kind": "holds", "given": {"unexplained_weight_loss": True, "age": 61}}
    assert content["examples"][:-1] == placed_rule(draft.based_on.content, RULE).content["examples"]


@pytest.mark.either_engine
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("referral", "occupational_therapist: ergotherapeut"),
        ("scope", "outside_guideline: buiten de richtlijn"),
        ("outcome", "no_course_needed: geen traject nodig"),
        ("advice", "keep_moving: Blijf in beweging"),
        ("technique", "manipulation: Manipulatie"),
        ("template", "after_recurrence: Lage rugpijn die terugkomt"),
    ],
)
def test_what_a_rule_may_conclude_is_said_in_the_language_of_the_reader(
    kind: str, words: str, draft: ProtocolVersion
) -> None:
    with override("nl"):
        choices = RuleForm(protocol=draft.protocol, kind=kind).fields["target"].choices
        assert choices[0] == ("", "kies")
        assert any(f"{name}".startswith(words) for _code, name in choices), choices


def test_everything_a_rule_can_conclude_has_a_name() -> None:
    assert DISCIPLINES.keys() == {one.value for one in Discipline}
    assert SCOPES.keys() == {one.value for one in ScopeKind}
    assert OUTCOMES.keys() == {one.value for one in OutcomeKind}


@pytest.mark.either_engine
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"given": "unexplained_weight_loss: no"}, "This does not come out: the example says that it holds."),
        ({"given": "unexplained_weight_loss yes"}, "Line 1 cannot be read."),
        ({"given": "age: 4\n[oops: 1"}, "Line 2 cannot be read."),
        ({"given": "age: 4\nage: 5"}, "age is answered twice."),
        ({"kind": "boundary"}, "Does the rule hold on this boundary, yes or no?"),
        ({"expect": "no"}, "Leave this empty, or choose"),
        ({"kind": ""}, "This field is required."),
    ],
)
def test_what_is_wrong_with_an_example_stands_at_it(
    typed: dict[str, str], words: str, client: Client, draft: ProtocolVersion
) -> None:
    before, address = draft.content_hash, at("protocolversion_rule", draft, RULE)
    first = {"examples-0-kind": "holds", "examples-0-given": "unexplained_weight_loss: yes", "examples-0-expect": ""}
    whole = shown(client.get(address)) | first | {f"examples-0-{name}": value for name, value in typed.items()}
    response = client.post(address, whole)
    page = text(response)
    assert response.status_code == 422
    assert page.index('aria-label="Example 1"') < page.index(words) < page.index('aria-label="Example 2"')
    kept = shown(response)
    assert {name: kept[name].replace("\r\n", "\n") for name in first} == {name: whole[name] for name in first}
    draft.refresh_from_db()
    assert draft.content_hash == before


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"a": True, "b": False, "c": 4, "d": -0.5, "e": "unchanged", "f": ["thigh", "below_knee"], "g": []},
        {
            "a": "yes",
            "b": "4",
            "c": "two words",
            "d": "",
            "e": "line\nline",
            "f": '"',
            "g": "[x",
            "h": " a ",
            "i": "a: b",
        },
        {"a": ["yes it is", "4"], "b": {"x": [1, None]}, "c": 6.0, "d": [1, 2]},
    ],
)
def test_answers_come_back_as_they_were(answers: dict[str, Any]) -> None:
    again = read_answers(written_answers(answers))
    assert again == answers
    assert [type(one) for one in again.values()] == [type(one) for one in answers.values()]
