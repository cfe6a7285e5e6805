"""What is asked of a part of a protocol: each thing with its key in the content, its fields, and how they are read.

`plans.forms.kinds` describes each kind of part with these, and `plans.forms.rows` what a part has several of. Nothing
is filled in beforehand.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from intake.models import QuestionnaireVersion
from plans.domain.parts import Entry
from plans.domain.protocol import Protocol
from plans.forms.fields import EVIDENCE_CHOICES, CodesField, LongText

LANGUAGES = {"nl": gettext_lazy("Dutch"), "en": gettext_lazy("English")}
Choices = list[tuple[str, Any]]


@dataclass(frozen=True)
class Stock:
    """What a part can choose from: the rest of its protocol, and what the questionnaires in use measure with."""

    protocol: Protocol

    @cached_property
    def instruments(self) -> Choices:
        """The instruments of the questionnaires in use: code and name, in their order."""
        versions = QuestionnaireVersion.objects.published()
        asked = [one.questionnaire for one in versions if one.region in self.protocol.regions]
        named = {found.code: found.title.in_language(language()) for one in asked for found in one.instruments}
        return list(named.items())

    @cached_property
    def techniques(self) -> Choices:
        """The techniques by name."""
        return _by_name(self.protocol.techniques)

    @cached_property
    def exercises(self) -> Choices:
        """The exercises by name."""
        return _by_name(self.protocol.exercises)

    @cached_property
    def advice(self) -> Choices:
        """The advice texts by name."""
        return _by_name(self.protocol.advice)


def language() -> str:
    """The language of the reader."""
    return get_language() or "nl"


def _by_name(things: Mapping[str, Any]) -> Choices:
    return sorted(((code, one.title.in_language(language())) for code, one in things.items()), key=lambda one: one[1])


Make = Callable[[Stock], forms.Field]


class Asked:
    """One thing that is asked of a part, by its key in the content.

    `fixed` says that only a new part may say it. `said_at` is the key at which is said what is wrong with it, where
    that is another one.
    """

    key: str
    fixed = False
    said_at = ""

    def fields(self, stock: Stock, entry: Entry) -> dict[str, forms.Field]:
        """The fields with which it is asked, by their names."""
        raise NotImplementedError

    def shown(self, entry: Entry) -> dict[str, Any]:
        """What those fields show of a part."""
        raise NotImplementedError

    def read(self, given: Mapping[str, Any]) -> Any:
        """Its value in the content, out of what a valid form was given; None where nothing is said."""
        raise NotImplementedError

    def said(self, entry: Entry, language: str) -> str:
        """Its value in the words of a list."""
        raise NotImplementedError

    def wrong(self, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """What is wrong with its fields together: the field that it is said at, and what."""
        yield from ()


@dataclass(frozen=True, slots=True)
class Words(Asked):
    """Text in both languages; on one line, or on `rows`."""

    key: str
    label: Any
    rows: int = 1
    required: bool = True
    help_text: Any = ""

    def fields(self, stock: Stock, entry: Entry) -> dict[str, forms.Field]:
        """One field for each language."""
        return {f"{self.key}_{language}": self._field(language, name) for language, name in LANGUAGES.items()}

    def _field(self, language: str, name: Any) -> forms.Field:
        label = _("%(what)s, %(language)s") % {"what": self.label, "language": name}
        made = LongText(rows=self.rows, label=label, required=self.required, help_text=self.help_text)
        if self.rows == 1:
            line = forms.TextInput(attrs={"class": "vTextField"})
            made = forms.CharField(
                label=label, required=self.required, max_length=200, widget=line, help_text=self.help_text
            )
        made.widget.attrs["lang"] = language
        return made

    def shown(self, entry: Entry) -> dict[str, Any]:
        """The text in each language."""
        text = entry.get(self.key) or {}
        return {f"{self.key}_{language}": text.get(language, "") for language in LANGUAGES}

    def read(self, given: Mapping[str, Any]) -> Any:
        """The text, with its paragraphs and without stray spaces."""
        text = {language: tidy(given[f"{self.key}_{language}"]) for language in LANGUAGES}
        return text if any(text.values()) else None

    def said(self, entry: Entry, language: str) -> str:
        """The text in the reader's language."""
        return str((entry.get(self.key) or {}).get(language, ""))

    def wrong(self, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """A text that may be left out is there in both languages, or in neither."""
        names = [f"{self.key}_{language}" for language in LANGUAGES]
        empty = [name for name in names if name in given and not given[name].strip()]
        if len(empty) == 1 and all(name in given for name in names):
            yield empty[0], _("Write it in both languages, or in neither.")


def tidy(text: str) -> str:
    """Text with its paragraphs and without stray spaces."""
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


@dataclass(frozen=True, slots=True)
class One(Asked):
    """What is asked with one field, which gives the value as content. `make` makes it, given what there is."""

    key: str
    make: Make
    fixed: bool = False
    names: Mapping[str, Any] | None = None

    def fields(self, stock: Stock, entry: Entry) -> dict[str, forms.Field]:
        """The field; of choices, also the one that the part has and that the list lacks."""
        made = self.make(stock)
        if self.names is not None:
            known = entry.get(self.key)
            lacking = [(known, known)] if known and known not in self.names else []
            made.choices = [("", _("choose") if made.required else _("none")), *self.names.items(), *lacking]
        return {self.key: made}

    def shown(self, entry: Entry) -> dict[str, Any]:
        """The value as it stands in the content."""
        return {self.key: entry.get(self.key)}

    def read(self, given: Mapping[str, Any]) -> Any:
        """The value; nothing typed is nothing said."""
        value = given[self.key]
        return None if value == "" else value

    def said(self, entry: Entry, language: str) -> str:
        """The value, by name where it has one."""
        value = entry.get(self.key)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list):
            return ", ".join(map(str, value))
        return "" if value is None else str((self.names or {}).get(value, value))


@dataclass(frozen=True, slots=True)
class Group:
    """What is asked together, under one heading."""

    title: Any
    asked: tuple[Asked, ...]


def line(label: Any, **options: Any) -> Make:
    """Text on one line, the same in every language."""
    widget = forms.TextInput(attrs={"class": "vTextField"})
    return lambda _stock: forms.CharField(label=label, widget=widget, **options)


def choice(label: Any, **options: Any) -> Make:
    """One of a few."""
    return lambda _stock: forms.ChoiceField(label=label, **options)


def choice_of(label: Any, from_stock: Callable[[Stock], Choices], **options: Any) -> Make:
    """One of what there is in the protocol, or to measure with."""

    def made(stock: Stock) -> forms.Field:
        empty = _("choose") if options.get("required", True) else _("none")
        return forms.ChoiceField(label=label, choices=[("", empty), *from_stock(stock)], **options)

    return made


def yes(label: Any, **options: Any) -> Make:
    """A box to tick."""
    return lambda _stock: forms.BooleanField(label=label, required=False, **options)


def number(label: Any, low: int, high: int, **options: Any) -> Make:
    """A whole number within bounds."""
    return lambda _stock: forms.IntegerField(label=label, min_value=low, max_value=high, **options)


def codes(label: Any, **options: Any) -> Make:
    """Codes, with a space between them."""
    return lambda _stock: CodesField(label=label, **options)


def regions(stock: Stock) -> forms.Field:
    """The regions that questionnaires in use ask about, and those that the protocol has already."""
    asked = {one.region: str(one) for one in QuestionnaireVersion.objects.published()}
    known = {region: region for region in stock.protocol.regions if region not in asked}
    return forms.MultipleChoiceField(
        label=_("Regions"), choices=[*asked.items(), *known.items()], widget=forms.CheckboxSelectMultiple
    )


EVIDENCE: Mapping[str, Any] = dict(EVIDENCE_CHOICES)
BACKING = Group(
    gettext_lazy("On what it rests"),
    (
        One(
            "sources",
            codes(
                gettext_lazy("Sources"),
                required=False,
                help_text=gettext_lazy("Codes from the list of sources, with a space between them."),
            ),
        ),
        One("evidence", choice(gettext_lazy("Evidence")), names=EVIDENCE),
    ),
)
