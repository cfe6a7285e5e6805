"""What the patient wishes of the visits of a plan."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from practice.models import Practitioner
from scheduling.domain.instance import DayPart, Wish

DAYS = [
    ("1", _("Mon")),
    ("2", _("Tue")),
    ("3", _("Wed")),
    ("4", _("Thu")),
    ("5", _("Fri")),
    ("6", _("Sat")),
]
DAY_PARTS = [
    (DayPart.MORNING.value, _("morning")),
    (DayPart.AFTERNOON.value, _("afternoon")),
    (DayPart.EVENING.value, _("evening")),
]
RHYTHMS = [
    ("", _("no preference")),
    ("same_time", _("at the same time")),
    ("early", _("as early as possible")),
]
STRICT = [
    (Wish.PRACTITIONER.value, _("with this practitioner only")),
    (Wish.WEEKDAYS.value, _("on these days only")),
    (Wish.DAY_PARTS.value, _("in these parts of the day only")),
]


def days_apart() -> list[tuple[int, str]]:
    """The numbers of days between visits to choose from, in the language of the page."""
    return [(days, gettext("at least %(days)s") % {"days": days}) for days in range(1, 8)]


class WishesForm(forms.Form):
    """Nothing in it is obligatory: what is left open does not matter."""

    practitioner = forms.ModelChoiceField(
        label=_("Practitioner"),
        queryset=Practitioner.objects.none(),
        required=False,
        empty_label=_("the one of the episode"),
    )
    minimum_days = forms.TypedChoiceField(
        label=_("Days apart"),
        choices=days_apart,
        coerce=int,
        empty_value=1,
        required=False,
    )
    rhythm = forms.ChoiceField(label=_("When"), choices=RHYTHMS, required=False)
    weekdays = forms.MultipleChoiceField(
        label=_("Days"), choices=DAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    day_parts = forms.MultipleChoiceField(
        label=_("Parts of the day"), choices=DAY_PARTS, required=False, widget=forms.CheckboxSelectMultiple
    )
    not_before = forms.DateField(
        label=_("Not before"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    not_after = forms.DateField(
        label=_("Not after"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    strict = forms.MultipleChoiceField(
        label=_("A condition"), choices=STRICT, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Those who work here now can be asked for."""
        super().__init__(*args, **kwargs)
        here = Practitioner.objects.filter(staff__is_active=True).select_related("staff")
        self.fields["practitioner"].queryset = here
        for name in ("practitioner", "minimum_days", "rhythm"):
            self.fields[name].widget.attrs["class"] = "form-select"
        for name in ("not_before", "not_after"):
            self.fields[name].widget.attrs["class"] = "form-control"

    def clean(self) -> dict[str, Any]:
        """The last day comes after the first."""
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("not_before"), cleaned.get("not_after")
        if first and last and last < first:
            self.add_error("not_after", _("The last day is before the first."))
        return cleaned

    def wishes(self) -> dict[str, Any]:
        """The wishes as fields of `PlanWishes`."""
        given = self.cleaned_data
        return {
            "practitioner": given["practitioner"],
            "minimum_days": given["minimum_days"],
            "same_time": given["rhythm"] == "same_time",
            "as_early_as_possible": given["rhythm"] == "early",
            "weekdays": [int(day) for day in given["weekdays"]],
            "day_parts": given["day_parts"],
            "not_before": given["not_before"],
            "not_after": given["not_after"],
            "strict": given["strict"],
        }
