"""Who a patient is: found, registered, changed. Cleaning makes one spelling of names, phone numbers and postcodes."""

import datetime as dt
import re
from typing import Any
from uuid import UUID

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import ValidationError as NumberError
from stdnum.nl import postcode as dutch_postcode

from patients import actions
from patients.actions import NewProvider
from patients.domain import bsn
from patients.domain.names import normalise_initials, split_surname
from patients.domain.search import LONGEST_QUERY
from patients.forms.shared import (
    DateField,
    LocationField,
    RepresentativeFields,
    helper,
    new_provider,
    phone_number,
    row,
)
from patients.models import ExternalProvider, Patient

UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ASKED_AT_REGISTRATION = ("share_with_gp", "email_reminders", "quality_registry")
NOT_ASKED_YES_NO = [("", _("not asked")), ("given", _("yes")), ("refused", _("no"))]


class PatientSearchForm(forms.Form):
    """One field for everything a patient can be found by."""

    q = forms.CharField(
        label=_("Find a patient"),
        help_text=_("Part of a name, date of birth (1403 or 14-03-1978), phone, patient number or BSN."),
        max_length=LONGEST_QUERY,
        error_messages={"required": _("Type a name, date of birth, phone number, patient number or BSN.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:  # after a search the results have the focus
            self.fields["q"].widget.attrs["autofocus"] = True


class PatientForm(forms.ModelForm):
    """A patient's details, for registration and change alike."""

    birth_date = DateField(label=_("Date of birth"))
    deceased_on = DateField(label=_("Deceased on"), required=False)
    bsn = forms.CharField(
        label=_("BSN"), required=False, max_length=15, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    gp_new_name = forms.CharField(label=_("Or a new one: name"), required=False, max_length=120)
    gp_new_city = forms.CharField(label=_("City of the new one"), required=False, max_length=80)

    class Meta:
        model = Patient
        fields = [
            *("given_name", "initials", "prefix", "family_name", "partner_prefix", "partner_name", "name_order"),
            *("birth_date", "sex", "gender", "deceased_on", "identity_document", "identity_document_ending"),
            *("street", "house_number", "postcode", "city", "country", "phone", "other_phone", "email", "language"),
            *("insurer", "policy_number", "gp", "emergency_name", "emergency_relation", "emergency_phone"),
        ]
        help_texts = {
            "identity_document": _("Which document was shown when the identity was checked."),
            "country": _("Empty for the Netherlands."),
        }
        error_messages = {
            "family_name": {"required": _("Enter the family name.")},
            "sex": {"required": _("Choose a sex, or unknown.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["birth_date"].error_messages["required"] = _("Enter the date of birth.")
        gps = ExternalProvider.objects.filter(kind="gp", is_active=True)
        self.fields["gp"].queryset = gps | ExternalProvider.objects.filter(patients=self.instance.pk)

    @property
    def helper(self) -> FormHelper:
        """The layout."""
        return helper(*self.sections())

    def sections(self) -> list[Fieldset]:
        """The parts of the form, in the order in which a desk asks."""
        return [
            Fieldset(
                _("Name"),
                row("given_name", "initials"),
                row("prefix", "family_name"),
                row("partner_prefix", "partner_name", "name_order"),
            ),
            Fieldset(_("Birth and sex"), row("birth_date", "sex", "gender"), *self.later_fields()),
            Fieldset(_("BSN and identity"), *self.identity_fields()),
            Fieldset(
                _("Contact"),
                row("phone", "other_phone", "email"),
                row("street", "house_number"),
                row("postcode", "city", "country"),
                row("language"),
            ),
            Fieldset(_("General practitioner"), row("gp", "gp_new_name", "gp_new_city")),
            Fieldset(_("Health insurance"), row("insurer", "policy_number")),
            Fieldset(_("Emergency contact"), row("emergency_name", "emergency_relation", "emergency_phone")),
        ]

    def later_fields(self) -> list[Row]:
        """Rows that make sense for a known patient only."""
        return []

    def identity_fields(self) -> list[Row]:
        """The rows about who this person is."""
        return [row("bsn"), row("identity_document", "identity_document_ending")]

    def clean_initials(self) -> str:
        """Initials with their dots."""
        return normalise_initials(self.cleaned_data["initials"])

    def clean_birth_date(self) -> dt.date:
        """A birth date that has been."""
        birth_date = self.cleaned_data["birth_date"]
        if birth_date > timezone.localdate():
            raise forms.ValidationError(_("A date of birth lies in the past. Check the year."))
        if birth_date.year < Patient.BORN_FROM.year:
            raise forms.ValidationError(_("Check the year of the date of birth."))
        return birth_date

    def clean_bsn(self) -> str:
        """Nine digits that pass the 11-test, or nothing."""
        typed = self.cleaned_data["bsn"]
        try:
            return bsn.parse(typed) if typed else ""
        except bsn.InvalidBsn as error:
            raise forms.ValidationError(_("This is not a BSN. Compare its nine digits with the document.")) from error

    def clean_phone(self) -> str:
        """The phone number in international form."""
        return phone_number(self.cleaned_data["phone"])

    def clean_other_phone(self) -> str:
        """The other phone number in international form."""
        return phone_number(self.cleaned_data["other_phone"])

    def clean_emergency_phone(self) -> str:
        """The phone number of the emergency contact in international form."""
        return phone_number(self.cleaned_data["emergency_phone"])

    def clean(self) -> dict[str, Any]:
        """What several fields say together."""
        data = super().clean()
        self._split_surnames(data)
        if data.get("name_order") != "own" and not data.get("partner_name"):
            self.add_error("partner_name", _("Enter the partner's name, or choose the own name as surname in use."))
        if data.get("identity_document_ending") and not data.get("identity_document"):
            self.add_error("identity_document", _("Choose the document that was shown."))
        if data.get("gp") and data.get("gp_new_name"):
            self.add_error(
                "gp_new_name", _("Choose a general practitioner from the list, or enter a new one, not both.")
            )
        self._check_death(data)
        self._format_postcode(data)
        return data

    def _split_surnames(self, data: dict[str, Any]) -> None:
        """Move prefixes that were typed before a surname to their own field."""
        for prefix, name in (("prefix", "family_name"), ("partner_prefix", "partner_name")):
            if data.get(name) and not data.get(prefix):
                data[prefix], data[name] = split_surname(data[name])

    def _check_death(self, data: dict[str, Any]) -> None:
        birth, death = data.get("birth_date"), data.get("deceased_on")
        if death and (death > timezone.localdate() or (birth and death < birth)):
            self.add_error("deceased_on", _("Enter a date between the birth and today."))

    def _format_postcode(self, data: dict[str, Any]) -> None:
        if not data.get("postcode") or data.get("country"):
            return
        try:
            data["postcode"] = dutch_postcode.validate(data["postcode"])
        except NumberError:
            self.add_error("postcode", _("Enter four digits and two letters, such as 3511 AB, or name the country."))

    def details(self) -> dict[str, Any]:
        """The patient's own fields, as `actions.register` and `actions.change` take them."""
        return {field: self.cleaned_data[field] for field in self.Meta.fields if field in self.fields}

    def new_gp(self) -> NewProvider | None:
        """The general practitioner who was typed because the list does not have them."""
        return new_provider(self.cleaned_data["gp_new_name"], self.cleaned_data["gp_new_city"], kind="gp")


class RegistrationForm(LocationField, RepresentativeFields, PatientForm):
    """A new patient, with the consents that were asked; what was not asked stays open."""

    share_with_gp = forms.ChoiceField(
        label=_("May we share information with the general practitioner?"),
        required=False,
        choices=NOT_ASKED_YES_NO,
        widget=forms.RadioSelect,
    )
    email_reminders = forms.ChoiceField(
        label=_("May we send reminders by e-mail?"), required=False, choices=NOT_ASKED_YES_NO, widget=forms.RadioSelect
    )
    quality_registry = forms.ChoiceField(
        label=_("May we send results to a quality registry?"),
        required=False,
        choices=NOT_ASKED_YES_NO,
        widget=forms.RadioSelect,
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=2000)
    reason = forms.CharField(label=_("Why this is another person"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["deceased_on"]

    def sections(self) -> list[Any]:
        """The parts of the form, ending with what was asked."""
        return [
            *[row(field) for field in self.location_asked()],
            *super().sections(),
            Fieldset(_("Consents that were asked"), *ASKED_AT_REGISTRATION, row("representative", "relation")),
        ]

    def seen_ids(self) -> set[UUID]:
        """The similar patients that the page showed before this was sent."""
        return {UUID(found) for found in UUIDS.findall(self.cleaned_data["seen"])}

    def values(self) -> dict[str, Any]:
        """What `actions.register` takes."""
        typed = {
            field: self.cleaned_data[field] for field in ("location", "bsn", "reason", "representative", "relation")
        }
        registered = {"details": self.details(), "new_gp": self.new_gp(), "consents": self.consents()}
        return {**typed, **registered, "known": self.seen_ids()}

    def note_unanswered(self, similar: list[actions.Similar]) -> None:
        """Ask for the reason when all similar patients were seen already and it is still missing."""
        if similar and {each.patient.pk for each in similar} <= self.seen_ids() and not similar[0].certain:
            self.add_error("reason", _("Say why this is another person."))

    def consents(self) -> dict[str, str]:
        """The decision for each kind of consent that was asked."""
        decisions = {kind: self.cleaned_data[kind] for kind in ASKED_AT_REGISTRATION}
        return {kind: decision for kind, decision in decisions.items() if decision}


class PatientChangeForm(PatientForm):
    """Changes to a known patient. The stored BSN is never shown in the form; typing one replaces it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    remove_bsn = forms.BooleanField(label=_("Remove the recorded BSN"), required=False)

    def later_fields(self) -> list[Row]:
        """The date of death."""
        return [row("deceased_on")]

    def identity_fields(self) -> list[Row]:
        """The rows about who this person is, with a way to remove a wrong BSN."""
        self.fields["bsn"].help_text = _("Leave empty to keep what is recorded: %(bsn)s.") % {
            "bsn": self.instance.masked_bsn or _("none")
        }
        return [row("bsn"), row("remove_bsn"), *super().identity_fields()[1:]]

    def values(self) -> dict[str, Any]:
        """What `actions.change` takes."""
        changed = {"details": self.details(), "bsn": self.new_bsn(), "new_gp": self.new_gp()}
        return {**changed, "version": self.cleaned_data["version"]}

    def show_conflict(self, lost: actions.LostUpdate) -> list[tuple[Any, Any, Any]]:
        """Go on from the stored version; gives label, stored value and typed value of each field that differs."""
        self.data = self.data.copy()
        self.data["version"] = lost.stored.version
        return [
            (self.fields[field].label, self._in_words(field, stored), self._in_words(field, sent))
            for field, (stored, sent) in lost.conflicting.items()
        ]

    def _in_words(self, field: str, value: Any) -> Any:
        """A value as the page shows it: the word of a choice, else the value itself."""
        choices = dict(getattr(self.fields[field], "choices", None) or {}) if isinstance(value, str) else {}
        return choices.get(value, value)

    def new_bsn(self) -> str | None:
        """The BSN that was typed; empty to remove it; None to keep what is recorded."""
        if self.cleaned_data["remove_bsn"]:
            return ""
        return self.cleaned_data["bsn"] or None
