"""What is asked while a patient is on the telephone, and the place that they take."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from patients.domain.search import LONGEST_QUERY
from scheduling.domain.instance import DayPart, Placement
from scheduling.forms.board import placement_from
from scheduling.models import AppointmentKind

MOST_PAGES = 20
DAY = dt.timedelta(days=1)
YEAR = 365 * DAY


class DockForm(forms.Form):
    """Who calls, and for what kind of visit, with whom, at which part of the day, from which day."""

    q = forms.CharField(
        label=_("Patient"),
        required=False,
        max_length=LONGEST_QUERY,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": _("3 letters, or 1403 for 14 March")}
        ),
    )
    patient = forms.UUIDField(required=False, widget=forms.HiddenInput)
    kind = forms.ModelChoiceField(
        label=_("Kind"), required=False, empty_label=None, to_field_name="code", queryset=AppointmentKind.objects.none()
    )
    who = forms.ChoiceField(
        label=_("With"),
        required=False,
        choices=[("own", _("own practitioner")), ("anyone", _("anyone"))],
        widget=forms.RadioSelect,
    )
    parts = forms.MultipleChoiceField(
        label=_("Part of the day"),
        required=False,
        choices=[
            (DayPart.MORNING.value, _("morning")),
            (DayPart.AFTERNOON.value, _("afternoon")),
            (DayPart.EVENING.value, _("evening")),
        ],
        widget=forms.CheckboxSelectMultiple,
    )
    first = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    page = forms.IntegerField(required=False, min_value=0, max_value=MOST_PAGES, widget=forms.HiddenInput)
    place = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        """Begins with a session with the own practitioner, from tomorrow."""
        self.tomorrow = timezone.localdate() + DAY
        self.first_note = ""
        super().__init__(data, initial={"kind": "session", "who": "own", "first": self.tomorrow}, prefix=None)
        self.fields["kind"].queryset = AppointmentKind.objects.in_use()

    @property
    def typed_first(self) -> str:
        """The first day as it was typed, or as it is at first."""
        return self.data.get("first") or self.tomorrow.isoformat()

    def wishes(self) -> dict[str, Any]:
        """What was asked, as it is read; what was not asked, or cannot be read, is as usual."""
        session = AppointmentKind.objects.named("session")
        usual = {"kind": session, "who": "own", "parts": [], "first": self.tomorrow, "page": 0}
        return usual | {name: value for name, value in getattr(self, "cleaned_data", {}).items() if name in usual}

    def clean_first(self) -> dt.date:
        """The first day on which places are looked for: not before today, and within a year."""
        today = self.tomorrow - DAY
        asked = self.cleaned_data["first"] or self.tomorrow
        first = min(max(asked, today), today + YEAR)
        said = {"day": date_format(first, "j F Y")}
        if asked < first:
            self.first_note = _("This day is over. Places are shown from today, %(day)s.") % said
        elif asked > first:
            self.first_note = _("This is more than a year ahead. Places are shown from %(day)s.") % said
        return first

    def clean_page(self) -> int:
        """How many threes were shown before."""
        return self.cleaned_data["page"] or 0

    def clean_who(self) -> str:
        """With the own practitioner, unless anybody will do."""
        return self.cleaned_data["who"] or "own"

    def clean_kind(self) -> AppointmentKind:
        """A session, unless another kind is chosen."""
        return self.cleaned_data["kind"] or AppointmentKind.objects.named("session")

    def placed(self, *, number: int, minutes: int) -> Placement | None:
        """The place that was taken, when it can be read."""
        return placement_from(self.cleaned_data["place"], number=number, minutes=minutes)
