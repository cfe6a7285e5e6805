"""The form by which outcome measures are taken again: last time beside now, and nothing preset."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from intake.actions import Taken
from intake.domain.body_chart import Chart
from intake.domain.findings import validate
from intake.domain.instruments import Instrument
from intake.domain.items import Item, Shown
from intake.domain.measuring import asked_again, subjects
from intake.domain.phrases import value_in_words
from intake.forms.sections import Asking, BodyChartField, field_for
from intake.forms.widgets import BodyChart, Question
from intake.models import Intake

MOMENTS = [
    ("interim", gettext_lazy("interim measurement")),
    ("final", gettext_lazy("final measurement: care ends")),
]


@dataclass(frozen=True, slots=True)
class Last:
    """What was answered last to the questions of one instrument, and on which day."""

    answers: Mapping[str, Any]
    on: dt.date | None


@dataclass(frozen=True, slots=True)
class InstrumentPart:
    """One instrument on the form: its questions with what was answered last. A folded one is one click away."""

    instrument: Instrument
    last: Last
    helper: FormHelper
    folded: bool


class MeasurementForm(forms.Form):
    """The instruments of an intake to be answered again, and the body chart of now."""

    taken_on = forms.DateField(
        label=gettext_lazy("Day of the measurement"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    moment = forms.ChoiceField(label=gettext_lazy("Kind"), choices=MOMENTS)
    chart = BodyChartField(label=gettext_lazy("Body chart of now"), required=False)
    nothing_felt = forms.BooleanField(
        label=gettext_lazy("Asked: nothing is felt anywhere now"),
        required=False,
        help_text=gettext_lazy("Without a drawing and without this tick the chart counts as not asked."),
    )

    def __init__(self, intake: Intake, data: Any = None, *, today: dt.date, chart: Chart | None = None) -> None:
        """`chart` is a drawing to start from, when somebody asked for that."""
        self.intake, self.language = intake, get_language() or "nl"
        initial = {"taken_on": today, "moment": "interim", "chart": chart}
        super().__init__(data, initial=initial, use_required_attribute=False)
        self.asking = Asking(self.language, intake.questionnaire.region, today)
        if intake.diagram:
            self.fields["chart"].widget = BodyChart(intake.diagram)
        else:
            del self.fields["chart"], self.fields["nothing_felt"]
        self.asked = {one.code: asked_again(one, self._last[one.code].answers) for one in self._instruments}
        for instrument in self._instruments:
            for item in self.asked[instrument.code]:
                self.fields[item.code] = self._field(instrument, item)

    @property
    def _instruments(self) -> tuple[Instrument, ...]:
        return self.intake.questionnaire.instruments

    @cached_property
    def _last(self) -> dict[str, Last]:
        """What was answered last, by instrument."""
        found: dict[str, Last] = {}
        for taken in self.intake.episode.measurements.all():
            earlier = found.get(taken.instrument, Last({}, None))
            found[taken.instrument] = Last({**earlier.answers, **taken.items}, taken.taken_on)
        return {one.code: found.get(one.code, Last({}, None)) for one in self._instruments}

    def _field(self, instrument: Instrument, item: Item) -> forms.Field:
        field, last = field_for(item, self.asking), self._last[instrument.code]
        subject = last.answers.get(subjects(instrument).get(item.code, ""))
        if subject:
            field.label = f"{field.label}: {subject}"
        if item.code in last.answers and last.on:
            words = value_in_words(last.answers[item.code], item.term if item.is_finding else None, self.language)
            day = date_format(last.on, "j b")
            field.help_text = _("last time %(value)s, on %(day)s") % {"value": words, "day": day}
        return field

    @cached_property
    def parts(self) -> list[InstrumentPart]:
        """The instruments in the order of the questionnaire: open those that stand on the page of an intake."""
        return [self._part(one) for one in self._instruments if self.asked[one.code]]

    def _part(self, instrument: Instrument) -> InstrumentPart:
        codes = [item.code for item in self.asked[instrument.code]]
        helper = FormHelper(self)
        helper.form_tag, helper.disable_csrf, helper.render_unmentioned_fields = False, True, False
        helper.layout = Layout(*(Question(code) for code in codes))
        folded = instrument.shown is Shown.MORE and not set(codes) & {*self.errors, *self._filled(codes)}
        return InstrumentPart(instrument, self._last[instrument.code], helper, folded)

    def _filled(self, codes: list[str]) -> set[str]:
        return {code for code in codes if self.is_bound and self.data.get(code)}

    def clean(self) -> dict[str, Any]:
        """Refuse answers that are not within what is possible, and a drawing beside "nothing is felt"."""
        cleaned = super().clean()
        for problem in validate(self.answers(), self.intake.questionnaire)[1]:
            code = problem.path.split(".")[1].split("[")[0]
            self.add_error(code, _("Check this answer: it is not within what is possible."))
        if cleaned.get("chart") and cleaned.get("nothing_felt"):
            self.add_error("nothing_felt", _("Something is drawn. Clear the drawing, or take this tick away."))
        return cleaned

    def answers(self) -> dict[str, Any]:
        """What was answered, by item code."""
        codes = [item.code for items in self.asked.values() for item in items]
        return {code: self.cleaned_data[code] for code in codes if self.cleaned_data.get(code) is not None}

    def taken(self) -> Taken:
        """What was measured, of a form that is valid."""
        nothing = {} if self.cleaned_data.get("nothing_felt") else None
        return Taken(
            on=self.cleaned_data["taken_on"],
            answers=self.answers(),
            chart=self.cleaned_data.get("chart") or nothing,
            final=self.cleaned_data["moment"] == "final",
        )
