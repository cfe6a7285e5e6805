"""The form of an intake, built from its questionnaire: one Django form for each section, nothing preset.

Each field is optional here and keeps odd values as they were typed: a draft accepts what the patient said so far, and
completing the intake says what is missing or out of bounds.
"""

import datetime as dt
import json
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from intake.domain.durations import weeks_of
from intake.domain.items import Item, ItemKind
from intake.domain.progress import EXAMINATION, NOT_EXAMINED, rest_of
from intake.domain.questionnaire import Section
from intake.forms.widgets import (
    AnswerTable,
    AnyOf,
    BodyChart,
    OneOf,
    Question,
    ScoreRow,
    StartedText,
    SuggestedText,
    TriState,
    say_not_examined,
)

Words = dict[str, Any]
REMEMBERED = {ItemKind.YES_NO, ItemKind.CHOICE, ItemKind.CHOICES, ItemKind.SCALE}  # their answers name nobody
SEARCHED = {"medical", "factors"}  # the sections whose yes/no questions are looked up by name
ASKED_TOGETHER = {"red_flags", "medical", "factors"}  # the sections whose yes/no questions are asked in one breath
SHORT = {"class": "input-short", "autocomplete": "off"}
MOST_COLUMNS = 7  # more answers than this do not fit beside a question


class OneOfField(forms.ChoiceField):
    """A question with one answer out of several; None is not asked."""

    def clean(self, value: Any) -> str | None:
        """The code of the answer."""
        return super().clean(value) or None


class AnyOfField(forms.MultipleChoiceField):
    """A question with several answers; no answer at all is not asked."""

    def clean(self, value: Any) -> list[str] | None:
        """The codes of the answers, in the order of the choices."""
        chosen = set(super().clean(value))
        return [code for code, _label in self.choices if code in chosen] or None


class NumberField(forms.CharField):
    """A number with a comma or a point; what is no number is kept as it was typed."""

    def prepare_value(self, value: Any) -> Any:
        """A stored number as the reader's language writes it."""
        if isinstance(value, float):
            text = f"{value:g}"
            return text.replace(".", ",") if get_language() == "nl" else text
        return value

    def clean(self, value: Any) -> float | int | str | None:
        """The number, the text that is none, or None for not asked."""
        text = super().clean(value).strip()
        return as_number(text) if text else None


class WeeksField(NumberField):
    """A number of weeks, which may be typed as a duration or as the day it began; other words are kept as typed."""

    def __init__(self, *, today: dt.date, **kwargs: Any) -> None:
        """`today` is the day to count back from."""
        self.today = today
        super().__init__(**kwargs)

    def clean(self, value: Any) -> float | int | str | None:
        """The number of weeks, the text that says none, or None for not asked."""
        given = super().clean(value)
        weeks = weeks_of(given, self.today) if isinstance(given, str) else None
        return given if weeks is None else as_number(str(weeks))


class BodyChartField(forms.Field):
    """A body chart; nothing drawn is not asked."""


class WordsField(forms.CharField):
    """Free text; empty is not asked."""

    def clean(self, value: Any) -> str | None:
        """The text as typed, without the spaces around it."""
        return super().clean(value).strip() or None


def as_number(text: str) -> float | int | str:
    """The finite number that this text writes, or the text itself."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return text
    if number - number != 0:
        return text
    return int(number) if number.is_integer() else number


@dataclass(frozen=True, slots=True)
class Asking:
    """How questions are asked: in which language, about a complaint of which region, on which day."""

    language: str
    region: str
    today: dt.date

    def phrases(self, item: Item) -> list[str]:
        """What is offered where somebody types."""
        return [text.in_language(self.language) for text in item.phrases_in(self.region)]


def choices_of(item: Item, language: str) -> list[tuple[str, str]]:
    """The choices of an item with their labels in this language."""
    return [(choice.code, choice.label.in_language(language)) for choice in item.choices]


def _yes_no(item: Item, asking: Asking, words: Words) -> forms.Field:
    return forms.NullBooleanField(widget=TriState, **words)


def _choice(item: Item, asking: Asking, words: Words) -> forms.Field:
    return OneOfField(choices=choices_of(item, asking.language), widget=OneOf, **words)


def _choices(item: Item, asking: Asking, words: Words) -> forms.Field:
    return AnyOfField(choices=choices_of(item, asking.language), widget=AnyOf, **words)


def _number(item: Item, asking: Asking, words: Words) -> forms.Field:
    if _grades(item):
        return _scale(item, asking, words)
    if item.unit == "weeks":
        return WeeksField(today=asking.today, widget=forms.TextInput(attrs=SHORT), **words)
    return NumberField(widget=forms.TextInput(attrs=SHORT | {"inputmode": "decimal"}), **words)


def _scale(item: Item, asking: Asking, words: Words) -> forms.Field:
    low, high = int(item.minimum or 0), int(item.maximum or 0)
    return forms.IntegerField(min_value=low, max_value=high, widget=ScoreRow(minimum=low, maximum=high), **words)


def _text(item: Item, asking: Asking, words: Words) -> forms.Field:
    phrases = asking.phrases(item)
    return WordsField(widget=SuggestedText(phrases) if phrases else None, **words)


def _long_text(item: Item, asking: Asking, words: Words) -> forms.Field:
    phrases, attrs = asking.phrases(item), {"rows": 2}
    return WordsField(widget=StartedText(phrases, attrs) if phrases else forms.Textarea(attrs), **words)


def _body_chart(item: Item, asking: Asking, words: Words) -> forms.Field:
    if item.diagram is None:
        raise ValueError(item.code)
    return BodyChartField(widget=BodyChart(item.diagram), **words)


FIELDS: dict[ItemKind, Callable[[Item, Asking, Words], forms.Field]] = {
    ItemKind.YES_NO: _yes_no,
    ItemKind.CHOICE: _choice,
    ItemKind.CHOICES: _choices,
    ItemKind.NUMBER: _number,
    ItemKind.SCALE: _scale,
    ItemKind.TEXT: _text,
    ItemKind.LONG_TEXT: _long_text,
    ItemKind.BODY_CHART: _body_chart,
}

UNITS = {
    "weeks": _("weeks"),
    "years": _("years"),
    "minutes": _("minutes"),
    "metres": _("metres"),
    "cm": _("cm"),
    "degrees": _("degrees"),
    "celsius": _("°C"),
    "percent": _("%"),
}


def field_for(item: Item, asking: Asking) -> forms.Field:
    """The form field that asks this item."""
    label = item.label.in_language(asking.language)
    unit = UNITS.get(item.unit, item.unit)
    words: Words = {"label": f"{label} ({unit})" if unit else label, "required": False}
    if item.help:
        words["help_text"] = item.help.in_language(asking.language)
    return FIELDS[item.kind](item, asking, words)


@dataclass(frozen=True)
class SectionActs:
    """What can be done to many lines of a section at once, and undone.

    `items` are the open questions; `settled` the codes of what is recorded, as not examined too; `together` is how many
    lines were last recorded in one go.
    """

    section: Section
    items: Collection[Item]
    settled: Collection[str]
    together: int = 0

    @cached_property
    def unasked(self) -> list[str]:
        """The codes of the questions whose answer "no" can be recorded in one go; empty in other sections."""
        return self._rest("no") if self.section.code in ASKED_TOGETHER else []

    @cached_property
    def unexamined(self) -> list[str]:
        """The codes of the examinations of which the content says what is normal; empty in other sections."""
        return self._rest("unremarkable") if self.section.code == EXAMINATION else []

    @cached_property
    def unsaid(self) -> list[str]:
        """The codes of the examinations of which nothing is recorded; empty in other sections."""
        return self._rest(NOT_EXAMINED) if self.section.code == EXAMINATION else []

    def _rest(self, how: str) -> list[str]:
        return list(rest_of(self.items, self.settled, how))


class SectionForm(forms.Form):
    """The questions of one section that the page shows, with what is recorded so far."""

    def __init__(
        self,
        section: Section,
        *,
        core: Iterable[Item],
        more: Iterable[Item] = (),
        folded: Iterable[Item] = (),
        acts: SectionActs | None = None,
        recorded: Mapping[str, Any],
        stamps: Mapping[str, str] | None = None,
        content: str = "",
        region: str,
        today: dt.date,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """`core` items are open, `more` were opened by a click, `folded` still wait for that click.
        `acts` say what can be done to many lines at once; a part of a section has none.

        `recorded` gives values by item code, `stamps` who recorded them and when. `content` names the version of the
        questionnaire.
        """
        self.section, self.core, self.more, self.folded = section, list(core), list(more), list(folded)
        self.acts = acts
        self.stamps, self.content, self.language = stamps or {}, content, get_language() or "nl"
        self.items = {item.code: item for item in (*self.core, *self.more)}
        initial = {code: recorded[code] for code in self.items if code in recorded}
        super().__init__(data, initial=initial, use_required_attribute=False)
        for item in self.items.values():
            self.fields[item.code] = field_for(item, Asking(self.language, region, today))
            if section.code == EXAMINATION:
                say_not_examined(self.fields[item.code].widget)

    @property
    def shown(self) -> str:
        """What this form shows before it is filled in, as JSON; what is posted without it was not on the page."""
        return json.dumps({code: self.initial.get(code) for code in self.fields})

    @property
    def shown_core(self) -> str:
        """The part of `shown` that is about the open questions."""
        return json.dumps({item.code: self.initial.get(item.code) for item in self.core})

    @property
    def shown_more(self) -> str:
        """The part of `shown` that is about the questions that were one click away."""
        return json.dumps({item.code: self.initial.get(item.code) for item in self.more})

    @property
    def found_by_name(self) -> list[tuple[str, str]]:
        """Names to look up, each with the code of its yes/no question; empty in other sections."""
        if self.section.code not in SEARCHED:
            return []
        items = [item for item in (*self.core, *self.more, *self.folded) if item.kind is ItemKind.YES_NO]
        return [(name, item.code) for item in items for name in self._names(item)]

    def _names(self, item: Item) -> list[str]:
        label = item.label.in_language(self.language)
        return [label, *(f"{name.in_language(self.language)}: {label}" for name in item.also_called)]

    @cached_property
    def helper(self) -> FormHelper:
        """The crispy layout of the open questions."""
        return self._helper(self.core)

    @cached_property
    def more_helper(self) -> FormHelper:
        """The crispy layout of the questions that were one click away."""
        return self._helper(self.more)

    def memory_key(self, name: str) -> Hashable | None:
        """Under what a question with its answer may be remembered: never what somebody typed."""
        value = self.initial.get(name)
        if value is not None and (self.is_bound or self.items[name].kind not in REMEMBERED):
            return None
        said = tuple(value) if isinstance(value, list) else value
        return (self.content, self.language, name, said) if self.content else None

    def values(self) -> dict[str, Any]:
        """What was answered, by item code; None is not asked. A choice that does not exist is left out."""
        self.is_valid()
        return dict(self.cleaned_data)

    def changed_values(self) -> dict[str, Any]:
        """Those of `values` that differ from what the form showed before."""
        return {code: value for code, value in self.values().items() if value != self.initial.get(code)}

    def _helper(self, items: Iterable[Item]) -> FormHelper:
        """A layout of these questions: those with the same answers in tables."""
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        helper.render_unmentioned_fields = False
        helper.layout = Layout(*_rows(items, self.section, self.language))
        return helper


def _grades(item: Item) -> range | None:
    """The values of a number that has so few of them that each gets a button, such as a strength from 0 to 5."""
    if item.kind is not ItemKind.NUMBER or item.decimals or item.minimum is None or item.maximum is None:
        return None
    values = range(int(item.minimum), int(item.maximum) + 1)
    return values if len(values) <= MOST_COLUMNS else None


def _columns(item: Item) -> tuple | None:
    """The answers of a question that can stand in a table with others that have the same ones."""
    if item.kind is ItemKind.YES_NO:
        return (False, True)
    if item.kind is ItemKind.CHOICE and len(item.choices) <= MOST_COLUMNS:
        return item.choices
    grades = _grades(item)
    return tuple(grades) if grades else None


def _rows(items: Iterable[Item], section: Section, language: str) -> Iterable[Any]:
    """Layout parts for these items: a table for each run of questions with the same answers, a row for any other."""
    for columns, run in groupby(items, key=_columns):
        group = list(run)
        if columns and len(group) > 1:
            flags = any(item.red_flag for item in group)
            yield AnswerTable(
                *(item.code for item in group),
                caption=section.title.in_language(language),
                red_flags=flags,
                quiet_caption=True,
            )
        else:
            yield from (Question(item.code) for item in group)
