"""The made-up content of the page that shows every shared component, and a form with one question of every kind."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from crispy_forms.bootstrap import AppendedText
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms

from intake.forms.widgets import AnswerTable, AnyOf, OneOf, ScoreRow, TriState

CONTENT = Path(__file__).parent / "components.yaml"


@cache
def content(language: str) -> dict[str, Any]:
    """The made-up content in one language."""
    return _in(language, yaml.load(CONTENT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def _in(language: str, node: Any) -> Any:
    if isinstance(node, list):
        return [_in(language, child) for child in node]
    if not isinstance(node, dict):
        return node
    if node.keys() == {"nl", "en"}:
        return node[language]
    return {key: _in(language, child) for key, child in node.items()}


def _choices(question: dict[str, Any]) -> list[tuple[str, str]]:
    return [(choice["code"], choice["label"]) for choice in question["choices"]]


def _texts(question: dict[str, Any]) -> dict[str, Any]:
    error = question.get("error", "")
    messages = dict.fromkeys(["required", "invalid", "invalid_choice", "min_value", "max_value"], error)
    return {"label": question["label"], "help_text": question.get("help", ""), "error_messages": messages}


class SampleForm(forms.Form):
    """One question of every kind, built from the made-up content."""

    def __init__(self, sample: dict[str, Any], data: Any = None) -> None:
        self.questions, self.flags = sample["form"], sample["flags"]
        super().__init__(data, initial=self._answers())
        for code, field in self._fields().items():
            self.fields[code] = field
        self.helper = FormHelper()
        self.helper.form_tag = False
        flags = [row["code"] for row in self.flags["rows"]]
        self.helper.layout = Layout(
            "request_for_help",
            AppendedText("weeks_since_onset", self.questions["weeks_since_onset"]["unit"], wrapper_class="input-short"),
            "course",
            "pain_nature",
            "nprs",
            "earlier_episodes",
            AnswerTable(*flags, caption=self.flags["caption"], red_flags=True),
            "work_status",
            "gp_consent",
        )

    def _answers(self) -> dict[str, Any]:
        answers = {row["code"]: row["value"] for row in self.flags["rows"]}
        return answers | {code: question.get("value") for code, question in self.questions.items()}

    def _fields(self) -> dict[str, forms.Field]:
        asked = {code: _texts(question) for code, question in self.questions.items()}
        scale = {end: self.questions["nprs"][end] for end in ("low", "high")}
        fields: dict[str, forms.Field] = {
            "request_for_help": forms.CharField(widget=forms.Textarea({"rows": 2}), **asked["request_for_help"]),
            "weeks_since_onset": forms.DecimalField(min_value=0, max_value=4000, **asked["weeks_since_onset"]),
            "course": forms.ChoiceField(widget=OneOf, choices=_choices(self.questions["course"]), **asked["course"]),
            "pain_nature": forms.MultipleChoiceField(
                widget=AnyOf, choices=_choices(self.questions["pain_nature"]), required=False, **asked["pain_nature"]
            ),
            "nprs": forms.IntegerField(min_value=0, max_value=10, widget=ScoreRow(**scale), **asked["nprs"]),
            "earlier_episodes": forms.NullBooleanField(widget=TriState, **asked["earlier_episodes"]),
            "work_status": forms.ChoiceField(
                choices=_choices(self.questions["work_status"]), required=False, **asked["work_status"]
            ),
            "gp_consent": forms.BooleanField(required=False, **asked["gp_consent"]),
        }
        for row in self.flags["rows"]:
            fields[row["code"]] = forms.NullBooleanField(widget=TriState, **_texts(row))
        return fields
