"""What a part has several of, in order: a form for each row, and buttons that add, remove and move them.

A button sends the whole page; what was typed comes back with the rows in their new order, and nothing is saved or
judged. It works without JavaScript, also for rows within rows.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout, LayoutObject
from django import forms
from django.forms.formsets import BaseFormSet
from django.forms.renderers import get_default_renderer
from django.forms.utils import ErrorDict, ErrorList
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from intake.domain.reading import CODE, RESERVED_WORDS
from plans.domain.parts import Entry
from plans.forms.asked import LANGUAGES, Asked, Stock, Words, language
from plans.forms.moving import BUTTON

MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Rows(Asked):
    """Something that a part has several of, each with what `asked` asks; `one` is what each is called.

    `single` is the key of rows that say one thing only: in the content they are just that. `coded` is the key of the
    text that a new row gets its code from. `unlike` is the key by which no two rows may be alike. `folded` rows are
    long, and show their first text until somebody opens them.
    """

    key: str
    title: Any
    one: Any
    add: Any
    asked: tuple[Asked, ...]
    single: str = ""
    coded: str = ""
    unlike: str = ""
    least: int = 0
    folded: bool = False
    help_text: Any = ""

    def fields(self, stock: Stock, entry: Entry) -> dict[str, forms.Field]:
        """None of its own: each row has its form."""
        return {}

    def shown(self, entry: Entry) -> dict[str, Any]:
        """Nothing in a field of its own."""
        return {}

    def entries(self, entry: Entry) -> list[Entry]:
        """The rows that a part has, each as an entry."""
        known = entry.get(self.key) or []
        return [{self.single: one} for one in known] if self.single else list(known)

    def read(self, given: Mapping[str, Any]) -> Any:
        """The rows as content."""
        rows = given[self.key]
        if self.single:
            return [row[self.single] for row in rows]
        return with_codes(rows, self.coded, self.key.removesuffix("s")) if self.coded else rows

    def said(self, entry: Entry, language: str) -> str:
        """Each row on a line."""
        return "\n".join(self.said_row(row, language) for row in self.entries(entry))

    def said_row(self, row: Entry, language: str) -> str:
        """What a row says, in one line."""
        return "; ".join(said for asked in self.asked if (said := asked.said(row, language).replace("\n", ", ")))

    def laid_out(self) -> LayoutObject:
        """Its place in a form."""
        return RowsLayout(self.key)


def with_codes(rows: Iterable[Entry], coded: str, otherwise: str) -> list[Entry]:
    """The rows, those without a code with one: the first words of their English text, or else their kind and number."""
    rows = list(rows)
    taken = {row["code"] for row in rows if row.get("code")}
    done = []
    for position, row in enumerate(rows, start=1):
        code = row.get("code") or _free_code(row[coded]["en"], taken, f"{otherwise}_{position}")
        taken.add(code)
        done.append({"code": code, **{key: value for key, value in row.items() if key != "code"}})
    return done


def _free_code(text: str, taken: set[str], otherwise: str) -> str:
    code = "_".join(re.findall(r"[a-z0-9]+", text.casefold())[:4])[:40]
    if not CODE.fullmatch(code) or code in RESERVED_WORDS:
        code = otherwise
    number = next(n for n in range(1, len(taken) + 2) if (code if n == 1 else f"{code}_{n}") not in taken)
    return code if number == 1 else f"{code}_{number}"


class AskedForm(forms.Form):
    """A form made of what is asked, with the rows within it. `entry` is what it shows when nothing was typed yet.

    `judged` is False between opening and saving, when rows were moved: nothing is said to be wrong then.
    """

    template = "admin/plans/protocolversion/_field.html"

    def __init__(
        self,
        *args: Any,
        asked: tuple[Asked, ...],
        stock: Stock,
        entry: Entry,
        judged: bool = True,
        at: str = "",
        initial: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """`initial` is what it shows besides; `at` names the row where something was just done."""
        self.asked, self.entry_shown, self.judged, self.at = asked, entry, judged, at
        shown = dict(initial or {})
        for one in asked:
            shown |= one.shown(entry)
        super().__init__(*args, initial=shown, **kwargs)
        for one in asked:
            self.fields.update(one.fields(stock, entry))
        self.row_sets = {
            one.key: RowSet(
                self.data if self.is_bound else None,
                prefix=self.add_prefix(one.key),
                rows=one,
                stock=stock,
                entry=entry,
                judged=judged,
            )
            for one in asked
            if isinstance(one, Rows)
        }
        self.helper = self.laid_out()

    def laid_out(self) -> FormHelper:
        """How it stands on the page."""
        helper = bare_helper()
        helper.layout = Layout(*layout_of(self.asked, self.fields))
        return helper

    @property
    def errors(self) -> ErrorDict:
        """What is wrong at which field; nothing while it is not judged."""
        return super().errors if self.judged else ErrorDict()

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong, here or in a row."""
        return bool(self.errors) or any(one.is_wrong for one in self.row_sets.values())

    def has_changed(self) -> bool:
        """Whether something was typed, here or in a row."""
        return super().has_changed() or any(one.filled() for one in self.row_sets.values())

    def is_valid(self) -> bool:
        """Whether everything can be read, the rows included."""
        return super().is_valid() and all(one.is_valid() for one in self.row_sets.values())

    def clean(self) -> dict[str, Any]:
        """Hold together what is asked together, and gather the rows."""
        given = super().clean() or self.cleaned_data
        for asked in self.asked:
            for name, what in asked.wrong(given):
                self.add_error(name, what)
        for key, rows in self.row_sets.items():
            if rows.is_valid():
                given[key] = rows.content()
        return given

    def content(self) -> dict[str, Any]:
        """What is asked, as content; only of a valid form."""
        said = {asked.key: asked.read(self.cleaned_data) for asked in self.asked}
        return {key: value for key, value in said.items() if value is not None and value != []}

    def labels(self) -> dict[str, str]:
        """What each field that people see is called, by the name it is sent under; one in a row also says in which."""
        seen = ((name, field) for name, field in self.fields.items() if not field.widget.is_hidden)
        found = {self.add_prefix(name): str(field.label) for name, field in seen}
        for row_set in self.row_sets.values():
            for number, form in enumerate(row_set.forms, start=1):
                row = f"{capfirst(row_set.rows.one)} {number}"
                found |= {name: f"{row}, {label}" for name, label in form.labels().items()}
        return found

    def blame_at(self, path: str, message: str) -> bool:
        """Say what is wrong at the field that this path in its content is about; False when there is no such field."""
        key, position, rest = _steps(path)
        key = next((one.said_at for one in self.asked if one.key == key and one.said_at), key)
        if key in self.row_sets:
            return self.row_sets[key].blame_at(position, rest, message)
        names = (f"{key}_{rest.replace('.', '_')}", key, *(f"{key}_{language}" for language in LANGUAGES))
        name = next((one for one in names if one in self.fields), None)
        if name is None or self.fields[name].widget.is_hidden:
            return False
        self.add_error(name, message)
        return True


def _steps(path: str) -> tuple[str, int | None, str]:
    """The first key of a path, the position in its list, and the rest."""
    found = re.fullmatch(r"(\w*)(?:\[(\d+)\])?\.?(.*)", path, re.DOTALL)
    key, position, rest = found.groups() if found else ("", None, "")
    return key, int(position) if position is not None else None, rest


def bare_helper() -> FormHelper:
    """A crispy helper for a form, or a part of one, within the form of the page."""
    helper = FormHelper()
    helper.form_tag, helper.disable_csrf, helper.form_show_errors = False, True, False
    helper.field_template = AskedForm.template
    helper.template = "admin/plans/protocolversion/_laid_out.html"  # no tag, no token, no buttons: those are the page's
    return helper


def layout_of(asked: Iterable[Asked], fields: Mapping[str, forms.Field]) -> Iterator[Any]:
    """Where each thing stands: the two languages of a text beside each other, short things in a line."""
    short: list[str] = []
    for one in asked:
        names = [name for name in one.shown({}) if name in fields]
        if isinstance(one, Words | Rows) and short:
            yield Div(*short, css_class="govern-line")
            short = []
        if isinstance(one, Words):
            yield Div(*names, css_class="govern-pair")
        elif isinstance(one, Rows):
            yield one.laid_out()
        else:
            short += names
    if short:
        yield Div(*short, css_class="govern-line")


class RowSet(BaseFormSet):
    """The rows of one kind: what is there, or what was typed. A row in which nothing was typed is no row."""

    form, extra, min_num, validate_min, validate_max = AskedForm, 0, 0, False, True
    max_num = absolute_max = MOST_ROWS
    can_order = can_delete = can_delete_extra = edit_only = False
    renderer = get_default_renderer()

    def __init__(
        self, data: Mapping[str, Any] | None, *, prefix: str, rows: Rows, stock: Stock, entry: Entry, judged: bool
    ) -> None:
        """`entry` is the part that the rows are of."""
        self.rows, self.judged = rows, judged
        self.known = rows.entries(entry)
        common = {"asked": rows.asked, "stock": stock, "judged": judged}
        super().__init__(data, prefix=prefix, form_kwargs=common)

    def initial_form_count(self) -> int:
        """How many rows are shown as they are; none of what was typed."""
        return 0 if self.is_bound else len(self.known)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """What makes the form of a row."""
        is_known = not self.is_bound and index is not None
        return super().get_form_kwargs(index) | {"entry": self.known[index] if is_known else {}}

    def filled(self) -> list[AskedForm]:
        """The rows in which something was typed."""
        return [form for form in self.forms if form.has_changed()]

    def content(self) -> list[dict[str, Any]]:
        """The rows as content; only of valid ones."""
        return [form.content() for form in self.filled()]

    @property
    def is_wrong(self) -> bool:
        """Whether something is wrong with the rows together, or within one."""
        return self.is_bound and self.judged and bool(self.total_wrong or any(form.is_wrong for form in self.forms))

    @property
    def total_wrong(self) -> ErrorList:
        """What is wrong with the rows together."""
        return self.non_form_errors() if self.is_bound and self.judged else ErrorList()

    def clean(self) -> None:
        """Enough rows, and no two alike."""
        filled = self.filled()
        if len(filled) < self.rows.least:
            raise forms.ValidationError(_("This needs at least one: %(what)s.") % {"what": self.rows.one})
        seen = set()
        for form in filled:
            name = self.rows.unlike
            value = form.cleaned_data.get(name) if name and hasattr(form, "cleaned_data") else None
            if value is not None and value in seen:
                form.add_error(name, _("This stands here twice. Change or remove one of the two."))
            seen.add(value)

    def blame_at(self, position: int | None, rest: str, message: str) -> bool:
        """Say what is wrong in the row at this position of the content, or with the rows together."""
        filled = self.filled()
        if position is None or position >= len(filled) or not filled[position].blame_at(rest, message):
            self.non_form_errors().append(message)
        return True


class RowsLayout(LayoutObject):
    """The rows in a crispy layout."""

    template = "admin/plans/protocolversion/_rows.html"

    def __init__(self, key: str) -> None:
        """`key` is that of the rows in the content."""
        self.key, self.fields = key, []

    def render(self, form: AskedForm, context: Any, **kwargs: Any) -> SafeString:
        """The rows with their buttons; at the row where something was just done the page goes on."""
        row_set, at = form.row_sets[self.key], context.get("at") or ""
        shown = [_shown(row_set, form, at) for form in row_set.forms]
        given = {"set": row_set, "rows": row_set.rows, "shown": shown, "at": at, "button": BUTTON}
        return render_to_string(self.template, given)


def _numbers(form: AskedForm) -> list[str]:
    """The numbers that are typed in a row."""
    numbers = (name for name, field in form.fields.items() if isinstance(field, forms.IntegerField | forms.FloatField))
    return [name for name in numbers if form[name].value() not in (None, "")]


def _shown(row_set: RowSet, form: AskedForm, at: str) -> dict[str, Any]:
    """What the page shows of a row besides its form."""
    name, folded = f"{row_set.rows.coded}_{language()}", row_set.rows.folded
    title = form[name].value() if name in form.fields else ""
    if at == form.prefix and row_set.is_bound and not form.has_changed():
        first = next(field for field in form.fields.values() if not field.widget.is_hidden)
        first.widget.attrs["autofocus"] = True
    return {
        "form": form,
        "title": title,
        "facts": [f"{form[one].label}: {form[one].value()}" for one in _numbers(form)] if folded else (),
        "is_open": form.is_wrong or not title or f"{at}-".startswith(f"{form.prefix}-"),
        "is_at": at == form.prefix and (not row_set.is_bound or form.has_changed()),
    }
