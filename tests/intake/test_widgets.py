"""The controls for clinical answers: nothing is chosen before it was answered, and "not asked" can be said again."""

from typing import Any

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from crispy_forms.utils import render_crispy_form
from django import forms
from django.http import QueryDict

from intake.forms.widgets import AnswerTable, AnyOf, OneOf, ScoreRow, TriState

COURSES = [("better", "Better"), ("worse", "Worse")]


class Questions(forms.Form):
    """One question of each kind."""

    fever = forms.NullBooleanField(widget=TriState, required=False)
    cancer = forms.NullBooleanField(widget=TriState, required=False)
    course = forms.ChoiceField(widget=OneOf, choices=COURSES, required=False)
    nature = forms.MultipleChoiceField(widget=AnyOf, choices=COURSES, required=False)
    pain = forms.IntegerField(widget=ScoreRow(low="none", high="worst"), required=False)


def chosen(form: forms.Form, name: str) -> list[str]:
    """The values of the options that the page shows as chosen."""
    return [option.data["value"] for option in form[name] if option.data["selected"]]


def test_nothing_is_chosen_before_it_was_answered() -> None:
    form = Questions()
    assert {name: chosen(form, name) for name in form.fields} == {
        "fever": [""],
        "cancer": [""],
        "course": [""],
        "nature": [],
        "pain": [""],
    }


@pytest.mark.parametrize(
    ("name", "stored", "shown"),
    [
        ("fever", True, "yes"),
        ("fever", False, "no"),
        ("fever", None, ""),
        ("course", "worse", "worse"),
        ("pain", 0, 0),
        ("pain", 10, 10),
    ],
)
def test_what_is_stored_is_shown(name: str, stored: Any, shown: Any) -> None:
    assert chosen(Questions(initial={name: stored}), name) == [shown]


@pytest.mark.parametrize(
    ("name", "posted", "answer"),
    [
        ("fever", "yes", True),
        ("fever", "no", False),
        ("fever", "", None),
        ("fever", "perhaps", None),
        ("course", "", ""),
        ("pain", "0", 0),
        ("pain", "", None),
    ],
)
def test_what_is_posted_is_the_answer(name: str, posted: str, answer: Any) -> None:
    form = Questions(QueryDict(f"{name}={posted}"))
    assert form.is_valid()
    assert form.cleaned_data[name] == answer


def test_a_question_that_was_not_on_the_page_stays_unasked() -> None:
    form = Questions(QueryDict(""))
    assert form.is_valid()
    assert form.cleaned_data["fever"] is None


def test_an_answer_that_was_refused_is_shown_again() -> None:
    assert chosen(Questions(QueryDict("fever=no&pain=7")), "fever") == ["no"]
    assert chosen(Questions(QueryDict("fever=no&pain=7")), "pain") == [7]


def table(form: forms.Form, *fields: str, **options: Any) -> str:
    form.helper = FormHelper()
    form.helper.layout = Layout(AnswerTable(*fields, caption="Red flags", **options))
    return render_crispy_form(form)


def test_a_table_leaves_out_questions_that_the_form_does_not_ask() -> None:
    assert "id_fever_label" in table(Questions(), "fever", "not_asked_here")
    assert "<table" not in table(Questions(), "not_asked_here")


def test_a_table_shows_what_is_wrong_at_its_row() -> None:
    form = Questions(QueryDict(""))
    form.add_error("fever", "Ask about fever.")
    assert 'id="id_fever_error"' in table(form, "fever")
    assert 'aria-describedby="id_fever_error"' in table(form, "fever")


def test_a_help_that_several_rows_share_is_said_once() -> None:
    form = Questions()
    form.fields["fever"].help_text = form.fields["cancer"].help_text = "Since this complaint."
    assert table(form, "fever", "cancer").count("Since this complaint.") == 1
