"""What is asked when a visit, a plan, a waiting list or leave changes."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plans.forms import EndForm
from practice.models import Practitioner
from practice.models.places import WEEKDAYS
from scheduling.domain.clock import is_true_span
from scheduling.forms.board import NamedField
from scheduling.models import DroppedSession
from scheduling.models.wishes import DAY_PARTS

SHORTEST = 5  # minutes that a visit lasts at least
LENGTHS = [(minutes, minutes) for minutes in (20, 30, 40, 45, 60)]


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A day, chosen in a calendar or typed."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **options)


class CancelForm(forms.Form):
    """Who cancels a visit. Nothing is chosen beforehand."""

    because = forms.ChoiceField(
        label=gettext_lazy("Who cancels?"),
        choices=[("patient", gettext_lazy("the patient")), ("practice", gettext_lazy("the practice"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose who cancels.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class ShareForm(forms.Form):
    """When and with whom a session shares its time with another visit on purpose, and why."""

    day = day_field(gettext_lazy("Day"), error_messages={"required": gettext_lazy("Choose a day.")})
    time = forms.TimeField(
        label=gettext_lazy("Time"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={
            "required": gettext_lazy("Write a time such as 09:20."),
            "invalid": gettext_lazy("Write a time such as 09:20."),
        },
    )
    practitioner = forms.ModelChoiceField(label=gettext_lazy("Practitioner"), queryset=None, empty_label=None)
    overlap_because = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        error_messages={
            "required": gettext_lazy("Write why two appointments share this time, such as a trainee under supervision.")
        },
    )

    place = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    named = NamedField()

    def __init__(self, number: int, data: Any = None, *, practitioner: int | None = None) -> None:
        """The form of the session with this number; its fields stand outside it and name it, as in `form_id`."""
        super().__init__(data, prefix=f"share-{number}", initial={"practitioner": practitioner})
        self.number = number
        at_work = Practitioner.objects.filter(staff__is_active=True).select_related("staff")
        self.fields["practitioner"].queryset = at_work.order_by("staff__name")
        for name, field in self.fields.items():
            kind = "form-select" if name == "practitioner" else "form-control"
            field.widget.attrs |= {"form": self.form_id, "class": kind}

    @property
    def prefix_sent(self) -> str:
        """What the names of its fields begin with."""
        return self.add_prefix("")

    @property
    def form_id(self) -> str:
        """The id of the form to which the fields belong."""
        return f"share-{self.number}"

    def clean(self) -> dict[str, Any]:
        """At a time that exists."""
        given = super().clean() or {}
        if not self.errors:
            given["start"] = dt.datetime.combine(given["day"], given["time"])
            if not is_true_span(given["start"], SHORTEST):
                self.add_error("time", _("That time does not exist: the clock changes then."))
        return given


class PausePlanForm(forms.Form):
    """Whether the visits to come are cancelled with a pause."""

    cancel_visits = forms.BooleanField(label=gettext_lazy("Cancel the visits to come"), required=False)


class EndPlanForm(EndForm):
    """How and why a plan ends, and what becomes of its visits."""

    cancel_visits = forms.BooleanField(label=gettext_lazy("Cancel the visits to come"), required=False)


class DropForm(forms.Form):
    """Why a session of a plan will not be given."""

    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[choice for choice in DroppedSession._meta.get_field("reason").choices if choice[0] != "plan_ended"],
        error_messages={"required": gettext_lazy("Choose a reason.")},
    )


class WaitingForm(forms.Form):
    """What somebody waits for. What is left open does not matter."""

    minutes = forms.TypedChoiceField(
        label=gettext_lazy("Length in minutes"), choices=LENGTHS, coerce=int, initial=30, required=True
    )
    practitioner = forms.ModelChoiceField(
        label=gettext_lazy("Practitioner"), queryset=None, required=False, empty_label=gettext_lazy("anybody")
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"),
        choices=WEEKDAYS[:6],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    day_parts = forms.MultipleChoiceField(
        label=gettext_lazy("Parts of the day"),
        choices=DAY_PARTS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    from_date = day_field(gettext_lazy("From"), required=False)
    until_date = day_field(gettext_lazy("Until"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at_work = Practitioner.objects.filter(staff__is_active=True).select_related("staff")
        self.fields["practitioner"].queryset = at_work

    def clean(self) -> dict[str, Any]:
        """The days, in their order."""
        data = super().clean() or {}
        first, last = data.get("from_date"), data.get("until_date")
        if first and last and last < first:
            self.add_error("until_date", _("The last day is before the first."))
        return data


class OfferForm(forms.Form):
    """How long a place is kept for who is asked."""

    hours = forms.TypedChoiceField(
        label=gettext_lazy("Keep the place for"),
        choices=[(1, gettext_lazy("1 hour")), (2, gettext_lazy("2 hours")), (24, gettext_lazy("24 hours"))],
        coerce=int,
        initial=2,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def lasts(self) -> dt.timedelta:
        """The time for which it is kept."""
        return dt.timedelta(hours=self.cleaned_data["hours"])


class LeaveForm(forms.Form):
    """Days, or part of a day, on which a practitioner does not work."""

    first = day_field(gettext_lazy("First day"))
    last = day_field(gettext_lazy("Last day"))
    from_time = forms.TimeField(
        label=gettext_lazy("From (empty: the whole day)"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        required=False,
    )
    until_time = forms.TimeField(
        label=gettext_lazy("Until (empty: the whole day)"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """The moments between which somebody is away."""
        data = super().clean() or {}
        if not self.errors:
            data["starts"] = _moment(data["first"], data["from_time"])
            data["ends"] = (
                _moment(data["last"], data["until_time"])
                if data["until_time"]
                else _moment(data["last"] + dt.timedelta(days=1), None)
            )
            if data["ends"] <= data["starts"]:
                self.add_error("last", _("The end comes after the start."))
        return data


def _moment(day: dt.date, time: dt.time | None) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, time or dt.time()))
