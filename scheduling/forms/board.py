"""Where an appointment is moved to: one of the places that the agenda offers, or a time that somebody writes down."""

import datetime as dt
import re
import uuid
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from practice.models import Practitioner
from scheduling.availability import placement_of
from scheduling.domain.clock import is_true_span
from scheduling.domain.instance import Placement
from scheduling.models import Appointment

LARGEST_KEY = 2**31
KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def placement_from(text: str, *, number: int, minutes: int) -> Placement | None:
    """The place that a button sends: start, practitioner, room or "-", and location; None when it is none."""
    try:
        start, practitioner, room, location = text.split(" ")
        wall = dt.datetime.fromisoformat(start).replace(tzinfo=None)
        codes = [int(code) for code in (practitioner, location, "0" if room == "-" else room)]
    except ValueError:
        return None
    if not all(0 <= code < LARGEST_KEY for code in codes) or not 1900 < wall.year < 2200:
        return None
    return Placement(number, wall, minutes, str(codes[0]), str(codes[2]) if codes[2] else None, str(codes[1]))


class NamedField(forms.CharField):
    """The visits that a page named, by their keys; what is none is passed over."""

    widget = forms.HiddenInput

    def __init__(self) -> None:
        super().__init__(required=False, max_length=2000)

    def clean(self, value: Any) -> frozenset[uuid.UUID]:
        """The keys."""
        sent = super().clean(value)
        return frozenset(uuid.UUID(key) for key in sent.split(",") if KEY.fullmatch(key))


class MoveForm(forms.Form):
    """The place that a button of the agenda sends, or a day, a time and a practitioner."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    place = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    day = forms.DateField(
        label=_("day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Choose a day.")},
    )
    time = forms.TimeField(
        label=_("time"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Write a time such as 09:20.")},
    )
    practitioner = forms.ModelChoiceField(
        label=_("practitioner"), required=False, empty_label=None, queryset=Practitioner.objects.none()
    )
    overlap_because = forms.CharField(label=_("reason"), required=False, max_length=200)
    named = NamedField()

    def __init__(self, data: Any, *, appointment: Appointment) -> None:
        """Begins where the appointment is."""
        self.appointment, self.was = appointment, placement_of(appointment)
        start = self.was.start
        initial = {"version": appointment.version, "day": start.date(), "time": start.time()}
        super().__init__(data, initial=initial | {"practitioner": appointment.practitioner_id})
        people = Practitioner.objects.filter(staff__is_active=True).select_related("staff")
        self.fields["practitioner"].queryset = people.order_by("staff__name")

    def clean_place(self) -> Placement | None:
        """The place of a button, read back."""
        text = self.cleaned_data["place"]
        if not text:
            return None
        place = placement_from(text, number=self.was.number, minutes=self.was.minutes)
        if place is None:
            raise ValidationError(_("Choose a place again."))
        return place

    def clean(self) -> dict[str, Any]:
        """A place, one way or the other, at a time that exists."""
        given = super().clean() or self.cleaned_data
        place, day, time = given.get("place"), given.get("day"), given.get("time")
        if place is None and day and time:
            chosen = given.get("practitioner")
            code = str(chosen.pk) if chosen else self.was.practitioner
            place = replace(self.was, start=dt.datetime.combine(day, time), practitioner=code)
        if place is None and not self.errors:
            raise ValidationError(_("Choose a place, or write a day and a time."))
        if place and not (1900 < place.start.year < 2200 and is_true_span(place.start, place.minutes)):
            raise ValidationError(_("That time does not exist: the clock changes then."))
        given["place"] = place
        return given

    def wanted(self) -> Placement | None:
        """Where it was to be moved, when that could be read."""
        return self.cleaned_data.get("place") if self.is_valid() else None

    @property
    def is_typed(self) -> bool:
        """Whether a time was written down, so that any room will do."""
        return not self.data.get("place")
