"""How the parts of a protocol other than rules are asked: the fields of a kind, its form, and what is wrong at which.

`plans.forms.kinds` describes each kind with these. Nothing is filled in beforehand: a new part starts empty, or as the
copy that somebody asked for.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plans.actions.making import part_hash
from plans.domain.check import Flaw
from plans.domain.parts import Entry, Kind
from plans.domain.protocol import Protocol
from plans.forms.fields import LongText, YamlField
from plans.forms.flaws import in_words

LANGUAGES = {"nl": gettext_lazy("Dutch"), "en": gettext_lazy("English")}


class CodesField(forms.CharField):
    """Codes, with a space between them."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false", "autocapitalize": "off"})
        super().__init__(widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Codes as text; what was typed stays as it is."""
        return " ".join(map(str, value)) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        """Text as codes."""
        return super().clean(value).replace(",", " ").split()


class WeeksField(CodesField):
    """Numbers of weeks, with a space between them."""

    def clean(self, value: Any) -> list[int]:
        """Text as whole numbers."""
        found = super().clean(value)
        wrong = next((one for one in found if not re.fullmatch(r"\d{1,3}", one)), None)
        if wrong:
            raise forms.ValidationError(_("'%(word)s' is not a number of weeks.") % {"word": wrong})
        return [int(one) for one in found]


class ConditionField(LongText):
    """A condition, on as many lines as somebody likes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(code=True, **kwargs)

    def clean(self, value: Any) -> str:
        """The condition on one line."""
        return " ".join(super().clean(value).split())


class Asked:
    """One thing that is asked of a part, by its key in the content. `fixed` says that only a new part may say it."""

    key: str
    fixed = False

    def fields(self, protocol: Protocol, entry: Entry) -> dict[str, forms.Field]:
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


@dataclass(frozen=True, slots=True)
class Words(Asked):
    """Text in both languages; on one line, or on `rows`."""

    key: str
    label: Any
    rows: int = 1
    required: bool = True
    help_text: Any = ""

    def fields(self, protocol: Protocol, entry: Entry) -> dict[str, forms.Field]:
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
        text = {language: _tidy(given[f"{self.key}_{language}"]) for language in LANGUAGES}
        return text if any(text.values()) else None

    def said(self, entry: Entry, language: str) -> str:
        """The text in the reader's language."""
        return str((entry.get(self.key) or {}).get(language, ""))


def _tidy(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


@dataclass(frozen=True, slots=True)
class One(Asked):
    """What is asked with one field, which gives the value as content. `make` makes it, given the protocol."""

    key: str
    make: Callable[[Protocol], forms.Field]
    fixed: bool = False
    names: Mapping[str, Any] | None = None

    def fields(self, protocol: Protocol, entry: Entry) -> dict[str, forms.Field]:
        """The field; of choices, also the one that the part has and that the list lacks."""
        made = self.make(protocol)
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
        return "" if value is None else str((self.names or {}).get(value, value))


@dataclass(frozen=True, slots=True)
class Group:
    """What is asked together, under one heading."""

    title: Any
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of part: its address, names and fields, the key of what it is called, and what a list shows of it.

    A column is a key, or gives what it shows of the part with a code. `rest` says that whatever has no field of its
    own is asked as it stands in a content file. `samples` show, by key, how what is written so is put together.
    """

    kind: Kind
    slug: str
    one: Any
    several: Any
    about: Any
    groups: tuple[Group, ...]
    named_by: str
    columns: tuple[tuple[Any, str | Callable[[Protocol, str], object]], ...] = ()
    rest: Any = ""
    samples: tuple[tuple[Any, str], ...] = ()

    @property
    def asked(self) -> Iterator[Asked]:
        """Everything that is asked of it."""
        return (asked for group in self.groups for asked in group.asked)

    @property
    def is_sole(self) -> bool:
        """Whether there is just one of it, that neither comes nor goes."""
        return self.kind is Kind.PROTOCOL

    @property
    def has_evidence(self) -> bool:
        """Whether it says on what it rests."""
        return any(asked.key == "evidence" for asked in self.asked)

    def title(self, entry: Entry, language: str) -> str:
        """What an entry is called."""
        name = entry.get(self.named_by)
        return str(name.get(language, "") if isinstance(name, Mapping) else name or "")

    def cells(self, protocol: Protocol, code: str, entry: Entry, language: str) -> list[str]:
        """What a list shows of an entry, in the order of `columns`."""
        by_key = {asked.key: asked for asked in self.asked}
        return [
            by_key[shown].said(entry, language) if isinstance(shown, str) else str(shown(protocol, code))
            for _heading, shown in self.columns
        ]


REST = "rest"


class PartForm(forms.Form):
    """One part of a protocol. `known` is the part as it is now, None for a new one, which starts as `like`."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        part: Part,
        protocol: Protocol,
        known: Entry | None = None,
        like: Entry | None = None,
        code: str = "",
        **kwargs: Any,
    ) -> None:
        """`code` is what a new part is called to begin with."""
        entry = known if known is not None else like or {}
        self.part, self.known = part, known
        self.asked = [asked for asked in part.asked if known is None or not asked.fixed]
        initial = {"seen": part_hash(known), "code": code, REST: self._rest_of(entry)}
        for asked in self.asked:
            initial |= asked.shown(entry)
        super().__init__(*args, initial=initial, **kwargs)
        if known is None:
            self.fields["code"] = code_field()
        for asked in self.asked:
            self.fields.update(asked.fields(protocol, entry))
        if part.rest:
            self.fields[REST] = YamlField(label=part.rest, shape=dict, required=False, rows=8)
        self.helper = self._helper()

    def _helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag, helper.disable_csrf, helper.form_show_errors = False, True, False
        helper.field_template = "admin/plans/protocolversion/_field.html"
        fieldsets = [Fieldset(str(group.title), *rows) for group in self.part.groups if (rows := self._rows(group))]
        if self.part.rest:
            fieldsets[0].fields.append(REST)
        helper.layout = Layout("seen", *(["code"] if self.known is None else []), *fieldsets)
        return helper

    def _rows(self, group: Group) -> list[Any]:
        """The fields of a group; the two languages of a text stand beside each other."""
        rows: list[Any] = []
        for asked in group.asked:
            if isinstance(asked, Words):
                rows.append(Div(*(f"{asked.key}_{language}" for language in LANGUAGES), css_class="govern-pair"))
            elif asked in self.asked:
                rows.append(asked.key)
        return rows

    def _rest_of(self, entry: Entry) -> dict[str, Any]:
        own = {asked.key for asked in self.part.asked}
        return {key: value for key, value in entry.items() if key not in own}

    def clean(self) -> dict[str, Any]:
        """A text that may be left out is there in both languages, or in neither."""
        given = super().clean() or self.cleaned_data
        for asked in self.asked:
            names = [f"{asked.key}_{language}" for language in LANGUAGES]
            if isinstance(asked, Words) and all(name in given for name in names):
                empty = [name for name in names if not given[name].strip()]
                if len(empty) == 1:
                    self.add_error(empty[0], _("Write it in both languages, or in neither."))
        apart = [key for key in given.get(REST, ()) if key == "code" or any(asked.key == key for asked in self.asked)]
        if apart:
            self.add_error(REST, _("This has a field of its own: %(keys)s.") % {"keys": ", ".join(apart)})
        return given

    @property
    def code(self) -> str:
        """The code that was typed for a new part; only of a valid form."""
        return str(self.cleaned_data["code"])

    def entry(self) -> dict[str, Any]:
        """The part as content; only of a valid form. What was not touched stays to the letter."""
        touched, known = set(self.changed_data), self.known
        typed = {}
        for asked in self.asked:
            names = set(asked.shown({}))
            if known is None:
                typed[asked.key] = asked.read(self.cleaned_data) or None
            elif names & touched:
                typed[asked.key] = asked.read(self.cleaned_data)
        kept = {} if known is None else dict(known)
        if self.part.rest:
            kept = {key: value for key, value in kept.items() if key not in self._rest_of(kept)}
            kept |= self.cleaned_data[REST]
        return {key: value for key, value in {**kept, **typed}.items() if value is not None}

    def blame(self, flaws: Iterable[Flaw]) -> None:
        """Put each flaw at the field that it is about."""
        for flaw in flaws:
            within = flaw.path.rpartition(f".{flaw.part}")[2] if f".{flaw.part}" in flaw.path else ""
            names = (flaw.part, f"{flaw.part}{within.replace('.', '_')}", f"{flaw.part}_nl", f"name_{flaw.part}", REST)
            name = next((one for one in names if flaw.part and one in self.fields), None)
            written = isinstance(self.fields.get(name or ""), YamlField)
            where = f"{flaw.part}{within}: " if written and (within or name == REST) else ""
            self.add_error(name, (where if name else f"{flaw.path}: ") + in_words(flaw.message))


def code_field() -> forms.Field:
    """The code of something new."""
    return forms.RegexField(
        r"^[a-z][a-z0-9_]*\Z",
        label=_("Code"),
        max_length=80,
        help_text=_("Small letters, digits and _. Rules and templates know it by its code, which stays."),
        error_messages={"invalid": _("A code has small letters, digits and _, and begins with a letter.")},
        widget=forms.TextInput(attrs={"class": "vTextField", "spellcheck": "false", "autocapitalize": "off"}),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a part that can only be read."""

    label: str
    text: str
    language: str = ""
    is_code: bool = False


def to_read(form: PartForm) -> list[tuple[str, list[Line]]]:
    """What a form shows, to read only: each group with what is said in it."""
    shown = {name: _line(form, name) for name in form.fields if name not in ("seen", REST)}
    groups = []
    for group in form.part.groups:
        names = [name for asked in group.asked for name in asked.shown({})]
        lines = [shown[name] for name in names if name in shown and shown[name].text]
        groups.append((str(group.title), lines))
    if form.part.rest and form.initial[REST]:
        groups[0][1].append(_line(form, REST))
    return [(title, lines) for title, lines in groups if lines]


def _line(form: PartForm, name: str) -> Line:
    bound = form[name]
    asked = bound.field
    value = bound.value()
    language = str(asked.widget.attrs.get("lang", ""))
    if isinstance(asked, forms.MultipleChoiceField):
        value = ", ".join(str(words) for choice, words in asked.choices if choice in (value or ()))
    elif isinstance(asked, forms.ChoiceField):
        value = dict(asked.choices).get(value, value) if value else ""
    elif isinstance(asked, forms.BooleanField):
        value = _("yes") if value else _("no")
    text = "" if value is None else str(value)
    return Line(capfirst(str(bound.label)), text, language, isinstance(asked, YamlField | ConditionField))
