"""The form of one part of a protocol other than a rule: what a kind asks, the form, and what is wrong at which field.

`plans.forms.kinds` describes each kind. Nothing is filled in beforehand: a new part starts empty, or as the copy that
somebody asked for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from plans.actions.making import part_hash
from plans.domain.check import Flaw
from plans.domain.editing import kept
from plans.domain.parts import Entry, Kind
from plans.domain.protocol import Protocol
from plans.forms.asked import Asked, Group, Stock, language
from plans.forms.fields import ConditionField, YamlField, code_field
from plans.forms.flaws import in_words
from plans.forms.rows import AskedForm, Rows, bare_helper, layout_of


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

    @property
    def has_rows(self) -> bool:
        """Whether there is something that it has several of."""
        return any(isinstance(asked, Rows) for asked in self.asked)

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


class PartForm(AskedForm):
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
        self.again = {"part": part, "protocol": protocol, "known": known, "like": like, "code": code}
        asked = tuple(asked for asked in part.asked if known is None or not asked.fixed)
        initial = {"seen": part_hash(known), "code": code, REST: self._rest_of(entry)}
        super().__init__(*args, asked=asked, stock=Stock(protocol), entry=entry, initial=initial, **kwargs)
        if known is None:
            self.fields["code"] = code_field()
        if part.rest:
            self.fields[REST] = YamlField(label=part.rest, shape=dict, required=False, rows=8)

    def laid_out(self) -> FormHelper:
        """A fieldset for each group."""
        helper = bare_helper()
        shown = [(group, [one for one in group.asked if one in self.asked]) for group in self.part.groups]
        fieldsets = [Fieldset(str(group.title), *layout_of(asked, self.fields)) for group, asked in shown if asked]
        if self.part.rest:
            fieldsets[0].fields.append(REST)
        helper.layout = Layout("seen", *(["code"] if self.known is None else []), *fieldsets)
        return helper

    def _rest_of(self, entry: Entry) -> dict[str, Any]:
        own = {asked.key for asked in self.part.asked}
        return {key: value for key, value in entry.items() if key not in own}

    def clean(self) -> dict[str, Any]:
        """What has a field of its own is not written twice."""
        given = super().clean()
        apart = [key for key in given.get(REST, ()) if key == "code" or any(asked.key == key for asked in self.asked)]
        if apart:
            self.add_error(REST, _("This has a field of its own: %(keys)s.") % {"keys": ", ".join(apart)})
        return given

    def as_judged(self) -> "PartForm":
        """The same, as it was typed, to be judged."""
        return self if self.judged else PartForm(self.data, **self.again)

    @property
    def code(self) -> str:
        """The code that was typed for a new part; only of a valid form."""
        return str(self.cleaned_data["code"])

    def entry(self) -> dict[str, Any]:
        """The part as content; only of a valid form. What was not touched stays to the letter."""
        typed = {asked.key: asked.read(self.cleaned_data) for asked in self.asked if self._is_touched(asked)}
        before = {key: value for key, value in self.entry_shown.items() if key in typed}
        whole = dict(self.known or {})
        if self.part.rest:
            whole = {key: value for key, value in whole.items() if key not in self._rest_of(whole)}
            whole |= self.cleaned_data[REST]
        return {key: value for key, value in {**whole, **kept(before, typed)}.items() if value is not None}

    def _is_touched(self, asked: Asked) -> bool:
        """Whether something may have been typed; rows come back as they were when nothing was."""
        names = set(asked.shown({}))
        return self.known is None or not names or bool(names & set(self.changed_data))

    def blame(self, flaws: Iterable[Flaw]) -> None:
        """Put each flaw at the field that it is about."""
        for flaw in flaws:
            message = in_words(flaw.message)
            path = f"{flaw.part}{flaw.path.rpartition(f'.{flaw.part}')[2] if f'.{flaw.part}' in flaw.path else ''}"
            if flaw.part and (self.blame_at(path, message) or self.blame_at(f"name_{flaw.part}", message)):
                continue
            is_rest = bool(flaw.part and self.part.rest)
            self.add_error(REST if is_rest else None, f"{path if is_rest else flaw.path}: {message}")


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a part that can only be read."""

    label: str
    text: str
    language: str = ""
    is_code: bool = False


def to_read(form: PartForm) -> list[tuple[str, list[Line]]]:
    """What a form shows, to read only: each group with what is said in it."""
    groups = [
        (str(group.title), [line for asked in group.asked for line in _lines(form, asked) if line.text])
        for group in form.part.groups
    ]
    if form.part.rest and form.initial[REST]:
        groups[0][1].append(_line(form, REST))
    return [(title, lines) for title, lines in groups if lines]


def _lines(form: PartForm, asked: Asked) -> list[Line]:
    if isinstance(asked, Rows):
        rows = enumerate(asked.entries(form.entry_shown), start=1)
        return [Line(f"{capfirst(str(asked.one))} {n}", asked.said_row(row, language()), language()) for n, row in rows]
    return [_line(form, name) for name in asked.shown({}) if name in form.fields]


def _line(form: PartForm, name: str) -> Line:
    bound = form[name]
    asked = bound.field
    value = bound.value()
    spoken = str(asked.widget.attrs.get("lang", ""))
    if isinstance(asked, forms.MultipleChoiceField):
        value = ", ".join(str(words) for choice, words in asked.choices if choice in (value or ()))
    elif isinstance(asked, forms.ChoiceField):
        value = dict(asked.choices).get(value, value) if value else ""
    elif isinstance(asked, forms.BooleanField):
        value = _("yes") if value else _("no")
    text = "" if value is None else str(value)
    return Line(capfirst(str(bound.label)), text, spoken, isinstance(asked, YamlField | ConditionField))
