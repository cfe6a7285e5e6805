"""Controls for clinical answers. Each can say "not asked", and none has an answer before one was given."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from crispy_forms.layout import Field, LayoutObject
from django import forms
from django.forms.widgets import ChoiceWidget
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from intake.domain.body_chart import WORST, Chart, Diagram, Group

NOT_ASKED = _("Not asked")
NOT_EXAMINED = _("Not examined")
YES_NO = {"no": False, "yes": True}
FEW_ANSWERS = 3  # columns of a table, "not asked" included, that fit beside a question on the narrowest screen


class RadioRow(ChoiceWidget):
    """A group of radio buttons in a row of our own making, inside the fieldset that crispy lays around it."""

    input_type = "radio"
    use_fieldset = True

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        """The id of one option; a legend, not a label, names the whole group."""
        return f"{id_}_{index}" if index is not None else ""


class TriState(RadioRow):
    """Not asked, no or yes. Its value is None, False or True; use it with a NullBooleanField."""

    template_name = "components/widgets/tri_state.html"

    def __init__(self, attrs: dict | None = None) -> None:
        super().__init__(attrs, choices=[("", NOT_ASKED), ("no", _("No")), ("yes", _("Yes"))])

    def format_value(self, value: object) -> list[str]:
        """The option that shows this stored or posted value."""
        return [{True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else ""]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool | None:
        """The answer that was posted, or None for "not asked" and for anything else."""
        return YES_NO.get(data.get(name))


class ScoreRow(RadioRow):
    """A score from `minimum` to `maximum` as one button per value; use it with an IntegerField.

    `low` and `high` say in words what the two ends mean.
    """

    template_name = "components/widgets/score_row.html"

    def __init__(
        self,
        attrs: dict | None = None,
        *,
        minimum: int = 0,
        maximum: int = 10,
        low: str | Promise = "",
        high: str | Promise = "",
    ) -> None:
        self.low, self.high = low, high
        super().__init__(attrs, choices=[("", NOT_ASKED), *((n, str(n)) for n in range(minimum, maximum + 1))])

    def get_context(self, name: str, value: object, attrs: dict | None) -> dict:
        """Django's context with the words for both ends."""
        context = super().get_context(name, value, attrs)
        return context | {"low": self.low, "high": self.high}

    def format_value(self, value: object) -> list[str]:
        """The option that shows this value; none of them is chosen for one that is out of bounds."""
        return ["" if value is None else str(value)]


class SuggestedText(forms.TextInput):
    """One line of text that offers whole answers while somebody types; any other answer may be typed."""

    template_name = "components/widgets/suggested_text.html"

    def __init__(self, phrases: Sequence[str], attrs: dict | None = None) -> None:
        self.phrases = phrases
        super().__init__({"autocomplete": "off", **(attrs or {})})

    def get_context(self, name: str, value: object, attrs: dict | None) -> dict:
        """Django's context with the answers that are offered."""
        listed = f"{(attrs or {}).get('id', name)}_phrases"
        context = super().get_context(name, value, {**(attrs or {}), "list": listed})
        return context | {"phrases": self.phrases, "listed": listed}


class StartedText(forms.Textarea):
    """Text of several lines with beginnings of a sentence to go on from."""

    template_name = "components/widgets/started_text.html"

    def __init__(self, phrases: Sequence[str], attrs: dict | None = None) -> None:
        self.phrases = phrases
        super().__init__(attrs)

    def get_context(self, name: str, value: object, attrs: dict | None) -> dict:
        """Django's context with the beginnings."""
        return super().get_context(name, value, attrs) | {"phrases": self.phrases}


class OneOf(forms.RadioSelect):
    """One of the field's choices as chips, after a chip that says it was not asked."""

    no_answer = NOT_ASKED

    def optgroups(self, name: str, value: list[str], attrs: dict | None = None) -> list[tuple]:
        """Django's groups of options, after the option of no answer."""
        unanswered = not any(value)
        option = self.create_option(name, "", self.no_answer, unanswered, "none", attrs=attrs)
        return [(None, [option], 0), *super().optgroups(name, value, attrs)]


def say_not_examined(widget: forms.Widget) -> None:
    """Let a control call no answer "not examined", which is something else than "nothing particular"."""
    if isinstance(widget, OneOf):
        widget.no_answer = NOT_EXAMINED
    elif isinstance(widget, RadioRow):
        widget.choices = [(value, NOT_EXAMINED if value == "" else label) for value, label in widget.choices]


class AnyOf(forms.CheckboxSelectMultiple):
    """Any number of the field's choices as chips."""


class BodyChart(forms.Widget):
    """A body chart: a list of regions to tick, each with what is felt there and how bad it is, beside its figure.

    The list is the control; a script lets the figure tick it as well. Its value is a chart, or None when nothing is
    ticked.
    """

    template_name = "components/widgets/body_chart.html"
    use_fieldset = True

    def __init__(self, diagram: Diagram, attrs: dict | None = None) -> None:
        """`diagram` is the figure."""
        self.diagram = diagram
        super().__init__(attrs)

    def id_for_label(self, id_: str) -> str:
        """A legend, not a label, names the whole list."""
        return ""

    def format_value(self, value: Any) -> Chart:
        """The chart to show; what is none shows as nothing drawn."""
        return value if isinstance(value, dict) else {}

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict:
        """The rows of the list under their headings, and what the figure shows."""
        chart = self.format_value(value)
        groups = [self._group(group, chart) for group in self.diagram.groups]
        own = {"diagram": self.diagram, "chart": chart, "groups": groups, "intensities": range(WORST + 1)}
        return super().get_context(name, value, attrs) | own

    def _group(self, group: Group, chart: Chart) -> dict[str, Any]:
        regions = self.diagram.in_group(group)
        rows = [
            {"label": label, "ticks": [{"region": region, "mark": chart.get(region.code)} for region in both]}
            for label, both in groupby(regions, key=lambda region: region.label)
        ]
        return {"group": group, "rows": rows, "marked": sum(region.code in chart for region in regions)}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Chart | None:
        """The chart that was posted, or None when no region is ticked."""
        ticked = set(_listed(data, name))
        return {code: self._mark(data, name, code) for code in self.diagram.by_code if code in ticked} or None

    def _mark(self, data: Any, name: str, code: str) -> dict[str, Any]:
        sent = _listed(data, f"{name}-kinds-{code}")
        mark: dict[str, Any] = {"kinds": [kind for kind in self.diagram.kind_codes if kind in sent]}
        intensity = str(data.get(f"{name}-intensity-{code}", ""))
        within = intensity.isdecimal() and int(intensity) <= WORST
        return mark | {"intensity": int(intensity)} if within else mark

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Never: no region ticked is an answer that was taken back."""
        return False


def _listed(data: Any, name: str) -> list[str]:
    """All values that were sent under this name."""
    return list(data.getlist(name)) if hasattr(data, "getlist") else list(data.get(name) or ())


STAMP = "<!--stamp-->"  # where the HTML of a question takes who recorded the answer, and when
MOST_DRAWN = 8_000  # pieces of HTML, some 2 kB each


@lru_cache(maxsize=MOST_DRAWN)
def _place_for(_key: Hashable) -> list[str]:
    """Where the HTML that is remembered under a key is kept; empty until it is drawn."""
    return []


def drawn_once(key: Hashable | None, draw: Callable[[], str]) -> str:
    """What `draw` gives, remembered in this process under `key`; with the key None it is drawn each time."""
    if key is None:
        return draw()
    place = _place_for(key)
    if not place:
        place.append(draw())
    return place[0]


def stamped(html: str, form: forms.BaseForm, name: str) -> SafeString:
    """The HTML of a question with the stamp that the form has for its answer, if any."""
    stamp = getattr(form, "stamps", {}).get(name, "")
    said = format_html('<span class="stamp" id="id_{}_stamp">{}</span>', name, stamp) if stamp else ""
    return mark_safe(html.replace(STAMP, said))  # noqa: S308 - both parts are escaped already


def memory_key(form: forms.BaseForm, name: str) -> Hashable | None:
    """Under what the HTML of a question with its answer may be remembered; None: not at all."""
    return form.memory_key(name) if hasattr(form, "memory_key") else None


class Question(Field):
    """A crispy field that takes a stamp, and that is drawn once for each answer that may be remembered."""

    def render(self, form: forms.BaseForm, context: Any, **kwargs: Any) -> SafeString:
        """The question with its control."""
        name = self.fields[0]
        form.rendered_fields.add(name)
        html = drawn_once(memory_key(form, name), lambda: self._html(form, context, **kwargs))
        return stamped(html, form, name)

    def _html(self, form: forms.BaseForm, context: Any, **kwargs: Any) -> str:
        form.rendered_fields.discard(self.fields[0])
        return f'<div class="question">{super().render(form, context, **kwargs)}{STAMP}</div>'


class AnswerTable(LayoutObject):
    """A crispy layout of questions with the same answers as one table: a row per question, a column per answer.

    `red_flags` marks a "yes" as a warning. `quiet_caption` hides a caption that the heading above repeats; it
    stays there for a screen reader.
    """

    template = "components/_answer_table.html"
    row_template = "components/_answer_row.html"

    def __init__(
        self, *fields: str, caption: str | Promise, red_flags: bool = False, quiet_caption: bool = False
    ) -> None:
        self.fields = list(fields)
        self.caption, self.red_flags, self.quiet_caption = caption, red_flags, quiet_caption

    def render(self, form: forms.BaseForm, context: Any, **kwargs: Any) -> SafeString:
        """The table with the rows of those of its fields that the form has."""
        rows = [form[name] for name in self.fields if name in form.fields]
        if hasattr(form, "rendered_fields"):
            form.rendered_fields.update(row.name for row in rows)
        return render_to_string(self.template, self.context_of(rows)) if rows else SafeString("")

    def context_of(self, rows: Sequence[forms.BoundField]) -> dict:
        """What the template shows."""
        _say_help_once(rows)
        common = {
            "table_id": f"{rows[0].auto_id}_table",
            "many_answers": len(rows[0]) > FEW_ANSWERS,
            "required": all(row.field.required for row in rows),
        }
        return common | {
            "options": rows[0],
            "rows": [self._row(row, common) for row in rows],
            "caption": self.caption,
            "quiet_caption": self.quiet_caption,
            "red_flags": self.red_flags,
        }

    def _row(self, row: forms.BoundField, common: dict) -> SafeString:
        key = memory_key(row.form, row.name)
        key = key and (key, common["table_id"], bool(row.help_text))
        html = drawn_once(key, lambda: render_to_string(self.row_template, common | {"row": row}))
        return stamped(html, row.form, row.name)


def _say_help_once(rows: Iterable[forms.BoundField]) -> None:
    """Leave out the help of a row that the row above has just given."""
    said = ""
    for row in rows:
        said, row.help_text = row.help_text, "" if row.help_text == said else row.help_text
