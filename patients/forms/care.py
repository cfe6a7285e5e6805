"""What a patient consents to, and the episodes in which a patient is treated."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.actions import NewProvider
from patients.forms.shared import DateField, LocationField, RepresentativeFields, helper, is_before, new_provider, row
from patients.models import Consent, Episode, ExternalProvider
from practice.models import Practitioner


class ConsentForm(RepresentativeFields):
    """One decision of the patient about one kind of consent."""

    kind = forms.ChoiceField(
        label=_("Consent to"),
        choices=Consent._meta.get_field("kind").choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the patient was asked.")},
    )
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=Consent._meta.get_field("decision").choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the patient decided.")},
    )

    @property
    def helper(self) -> FormHelper:
        """The layout."""
        return helper("kind", "decision", row("representative", "relation"))


class EpisodeOpenForm(LocationField):
    """A new complaint: how the patient came, who treats, and where."""

    route = forms.ChoiceField(
        label=_("How the patient came"),
        choices=Episode._meta.get_field("route").choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the patient came.")},
    )
    referrer = forms.ModelChoiceField(
        label=_("Referrer"), queryset=ExternalProvider.objects.filter(is_active=True), required=False
    )
    referrer_new_name = forms.CharField(label=_("Or a new one: name"), required=False, max_length=120)
    referrer_new_city = forms.CharField(label=_("City of the new one"), required=False, max_length=80)
    referred_on = DateField(label=_("Date of the referral"), required=False)
    referral_valid_until = DateField(label=_("Referral valid until"), required=False)
    practitioner = forms.ModelChoiceField(
        label=_("Practitioner"),
        queryset=Practitioner.objects.filter(staff__is_active=True).select_related("staff"),
        error_messages={"required": _("Choose who treats the patient.")},
    )
    title = forms.CharField(
        label=_("Title"),
        help_text=_("Seen by the front desk: no diagnosis, region or finding. Empty gives the date as title."),
        required=False,
        max_length=60,
    )

    @property
    def helper(self) -> FormHelper:
        """The layout."""
        return helper(
            "route",
            Fieldset(
                _("Referral"),
                row("referrer", "referrer_new_name", "referrer_new_city"),
                row("referred_on", "referral_valid_until"),
                css_class="only-with-referral",
            ),
            row("practitioner", *self.location_asked()),
            row("title", width=8),
        )

    def clean(self) -> dict[str, Any]:
        """A referral has a referrer and a date; direct access has neither."""
        data = super().clean()
        if data.get("route") == "referral":
            self._check_referral(data)
        return data

    def _check_referral(self, data: dict[str, Any]) -> None:
        if bool(data.get("referrer")) == bool(data.get("referrer_new_name")):
            self.add_error("referrer", _("Choose the referrer from the list, or enter a new one."))
        if not data.get("referred_on") and "referred_on" not in self.errors:
            self.add_error("referred_on", _("Enter the date on the referral."))
        elif data.get("referred_on") and data["referred_on"] > timezone.localdate():
            self.add_error("referred_on", _("The date on a referral lies in the past. Check the year."))
        if is_before(data.get("referral_valid_until"), data.get("referred_on")):
            self.add_error("referral_valid_until", _("Enter a date on or after the date of the referral."))

    def values(self) -> dict[str, Any]:
        """What `actions.open_episode` takes."""
        typed = ("route", "referrer", "referred_on", "referral_valid_until", "practitioner", "location", "title")
        return {field: self.cleaned_data[field] for field in typed} | {"new_referrer": self.new_referrer()}

    def new_referrer(self) -> NewProvider | None:
        """The referrer who was typed because the list does not have them."""
        return new_provider(
            self.cleaned_data["referrer_new_name"], self.cleaned_data["referrer_new_city"], kind="other"
        )


class EpisodeCloseForm(forms.Form):
    """Why an episode ends."""

    reason = forms.ChoiceField(
        label=_("Reason for ending"),
        choices=Episode._meta.get_field("close_reason").choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why the episode ends.")},
    )


class TakeOverForm(forms.Form):
    """Why somebody opens the record of a patient whom their team does not treat yet."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=400)
    reason = forms.CharField(
        label=_("Reason to open this record"),
        min_length=5,
        max_length=200,
        error_messages={
            "required": _("Say in a few words why you open this record."),
            "min_length": _("Say in a few words why you open this record."),
        },
    )
