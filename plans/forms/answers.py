"""Answers as somebody types them: one on each line, the code of a question and, after a colon, what was answered.

An answer is yes, no, a number, a choice, several choices between brackets, or text. Text that would be read as one of
the others stands between quotes.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plans.domain.editing import Whole
from plans.domain.parts import Entry
from plans.forms.asked import Asked, One, Stock, choice
from plans.forms.fields import LongText
from plans.forms.rows import Rows

WORDS = {"yes": True, "no": False, "true": True, "false": False}
PLAIN = re.compile(r"[A-Za-z_]\w*")
EXAMPLE_KINDS = {
    "holds": gettext_lazy("holds"),
    "does_not_hold": gettext_lazy("does not hold"),
    "unknown": gettext_lazy("stays unknown"),
    "boundary": gettext_lazy("on the boundary"),
}


def written_answers(answers: Mapping[str, Any]) -> str:
    """Answers as text."""
    return "\n".join(f"{code}: {_written(value)}" for code, value in answers.items())


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(one, str) and PLAIN.fullmatch(one) for one in value):
        return f"[{', '.join(value)}]"
    if isinstance(value, str) and _is_read_as_it_is(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_read_as_it_is(text: str) -> bool:
    """Whether text needs no quotes."""
    try:
        return len(text.splitlines()) == 1 and _as_read(text) == text
    except ValueError:
        return False


def _as_read(text: str) -> Any:
    """What is read of one answer. Raises `ValueError`."""
    text = text.strip()
    if text in WORDS:
        return WORDS[text]
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    if re.fullmatch(r"-?\d{1,15}\.\d{1,15}", text):
        return float(text)
    choices = [one.strip() for one in text[1:-1].split(",") if one.strip()]
    if text[:1] + text[-1:] == "[]" and all(PLAIN.fullmatch(one) for one in choices):
        return choices
    return json.loads(text) if text[:1] in ('"', "[", "{") else text


def read_answers(text: str) -> dict[str, Any]:
    """Text as answers. Raises `ValidationError`, which says the line."""
    answers: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        code, colon, answer = (part.strip() for part in line.partition(":"))
        if not code and not colon:
            continue
        try:
            if not PLAIN.fullmatch(code) or not answer:
                raise ValueError(line)
            value = _as_read(answer)
        except (ValueError, RecursionError) as error:
            message = _("Line %(line)s cannot be read. Write a code, a colon, and an answer.")
            raise forms.ValidationError(message % {"line": number}) from error
        if code in answers:
            raise forms.ValidationError(_("%(code)s is answered twice.") % {"code": code})
        answers[code] = value
    return answers


class AnswersField(LongText):
    """Answers, one on each line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(code=True, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Answers as text; what was typed stays as it is."""
        return written_answers(value) if isinstance(value, Mapping) else value

    def clean(self, value: Any) -> dict[str, Any]:
        """Text as answers."""
        return read_answers(super().clean(value))


@dataclass(frozen=True, slots=True)
class Given(One):
    """The findings of an example."""

    def read(self, given: Mapping[str, Any]) -> Whole:
        """The findings; nothing is known when nothing is typed."""
        return Whole(given[self.key])

    def said(self, entry: Entry, language: str) -> str:
        """The findings, as they are typed."""
        return written_answers(entry.get(self.key) or {})


@dataclass(frozen=True, slots=True)
class Expected(Asked):
    """What an example on the boundary comes to; the other kinds say so themselves."""

    key: str = "expect"

    def fields(self, stock: Stock, entry: Entry) -> dict[str, forms.Field]:
        """Yes or no, or nothing."""
        choices = [("", "–"), ("yes", _("yes")), ("no", _("no"))]
        return {"expect": forms.ChoiceField(label=_("On the boundary: holds"), choices=choices, required=False)}

    def shown(self, entry: Entry) -> dict[str, Any]:
        """The answer as a choice."""
        return {"expect": {True: "yes", False: "no"}.get(entry.get(self.key), "")}

    def read(self, given: Mapping[str, Any]) -> bool | None:
        """Whether it holds."""
        return WORDS.get(given[self.key])

    def said(self, entry: Entry, language: str) -> str:
        """Yes or no."""
        return {True: _("yes"), False: _("no")}.get(entry.get(self.key), "")

    def wrong(self, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """An example on the boundary says what it comes to, and only that."""
        if given.get("kind") == "boundary" and given.get("expect") == "":
            yield "expect", _("Does the rule hold on this boundary, yes or no?")
        if given.get("kind") and given["kind"] != "boundary" and given.get("expect"):
            yield "expect", _("Leave this empty, or choose 'on the boundary'.")


def _findings(_stock: Stock) -> forms.Field:
    help_text = _("One on each line: course: unchanged, night_pain: no, radiation: [thigh, below_knee].")
    return AnswersField(label=_("Findings"), rows=3, required=False, help_text=help_text)


EXAMPLES = Rows(
    "examples",
    gettext_lazy("Examples"),
    gettext_lazy("example"),
    gettext_lazy("Add an example"),
    (
        One("kind", choice(gettext_lazy("Kind")), names=EXAMPLE_KINDS),
        Expected(),
        Given("given", _findings),
    ),
    help_text=gettext_lazy("One of each kind. They run at every check."),
)
