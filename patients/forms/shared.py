"""Fields that several forms about patients have, and how they are laid out."""

import datetime as dt
from typing import Any

import phonenumbers
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from patients.actions import NewProvider
from patients.models import Consent
from patients.policies import teams
from practice.models import Location, Staff

DATE_FORMATS = ["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%d%m%Y", "%Y-%m-%d", "%d-%m-%y"]


class DateField(forms.DateField):
    """A date as people type it, such as 14-03-1978 or 14031978; shown again in one form."""

    widget = forms.DateInput(format="%d-%m-%Y", attrs={"placeholder": _("dd-mm-yyyy"), "autocomplete": "off"})
    default_error_messages = {"invalid": _("Enter a date as day-month-year, such as 14-03-1978.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=DATE_FORMATS, **kwargs)


def row(*fields: str, width: int = 4) -> Row:
    """Fields beside each other on a wide screen; `width` counts twelfths."""
    return Row(*(Column(field, css_class=f"col-sm-{width}") for field in fields), css_class="g-3")


def helper(*sections: Any) -> FormHelper:
    """A layout without its own form tag, token and button: the template has those."""
    made = FormHelper()
    made.form_tag = False
    made.disable_csrf = True
    made.layout = Layout(*sections)
    return made


class RepresentativeFields(forms.Form):
    """Who decides for the patient, or with them."""

    representative = forms.CharField(label=_("Name of the representative"), required=False, max_length=120)
    relation = forms.ChoiceField(
        label=_("Relation"),
        required=False,
        choices=[("", "---------"), *Consent._meta.get_field("representative_relation").choices],
    )

    def clean(self) -> dict[str, Any]:
        """A representative has a name and a relation."""
        data = super().clean()
        if bool(data.get("representative")) != bool(data.get("relation")):
            self.add_error("representative", _("Enter both the name and the relation of the representative."))
        return data


class LocationField(forms.Form):
    """The location whose team treats the patient: asked only of those who work in several teams."""

    location = forms.ModelChoiceField(
        label=_("Location"),
        queryset=Location.objects.none(),
        error_messages={"required": _("Choose the location where the patient is treated.")},
    )

    def __init__(self, *args: Any, staff: Staff, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        locations = list(teams(staff)[:2])
        self.fields["location"].queryset = teams(staff)
        if len(locations) == 1:
            self.fields["location"].disabled = True
            self.initial["location"] = locations[0]
        if not locations:
            self.fields["location"].help_text = _("No location is in use yet. A manager adds it under Management.")

    def location_asked(self) -> list[str]:
        """The name of the field, when there is something to choose."""
        return [] if self.fields["location"].disabled else ["location"]


def new_provider(name: str, city: str, *, kind: str) -> NewProvider | None:
    """A provider to add, when a name was typed."""
    return NewProvider(name=name, city=city, kind=kind) if name else None


def phone_number(typed: str) -> str:
    """A telephone number in international form; one without a country code is Dutch. Raises ValidationError."""
    if not typed:
        return ""
    try:
        number = phonenumbers.parse(typed, "NL")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise forms.ValidationError(_("Enter a phone number, such as 06 12345678 or +32 470 12 34 56."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_before(one: dt.date | None, other: dt.date | None) -> bool:
    return bool(one and other and one < other)
