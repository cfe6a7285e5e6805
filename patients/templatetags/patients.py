"""How a patient is shown: the banner above every page about a patient, ages, and phone numbers."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import phonenumbers
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.domain.duplicates import Sign
from patients.models import Episode, Patient
from practice.domain.grants import Act

register = template.Library()

SEX_SIGNS = {
    "female": _("(f)"),
    "male": _("(m)"),
    "intersex": _("(x)"),
}

SIMILAR = {
    Sign.SAME_BSN: _("the same BSN"),
    Sign.SAME_BIRTH_DATE_AND_NAME: _("the same date of birth and a similar name"),
    Sign.SWAPPED_DAY_AND_MONTH: _("a similar name, with day and month of birth exchanged"),
    Sign.SAME_PHONE: _("the same phone number"),
}


@register.inclusion_tag("patients/_banner.html")
def patient_banner(patient: Patient, episode: Episode | None = None) -> dict[str, Any]:
    """Who this page is about; with an episode also how the patient came and whether the GP may be told."""
    consent = patient.consents.latest_of_each_kind().get("share_with_gp") if episode else None
    return {"patient": patient, "episode": episode, "gp_consent": consent, "sign": SEX_SIGNS.get(patient.sex, "")}


@register.simple_tag
def fact(label: str, value: object) -> SafeString:
    """One fact in a list of definitions; what is absent says so."""
    if not value:
        return format_html('<div><dt>{}</dt><dd class="absent">{}</dd></div>', label, gettext("not recorded"))
    return format_html("<div><dt>{}</dt><dd>{}</dd></div>", label, value)


@register.filter
def age(patient: Patient) -> int:
    """The patient's age today, or at death."""
    return patient.age(timezone.localdate())


@register.filter
def day(date: dt.date | None) -> Any:
    """A date that cannot be misread, such as 14-mrt-1978; empty when there is none."""
    return template.defaultfilters.date(date, "j-b-Y")


@register.filter
def phone(number: str) -> str:
    """A stored phone number with spaces: Dutch ones in national form."""
    if not number:
        return ""
    parsed = phonenumbers.parse(number)
    dutch = parsed.country_code == phonenumbers.country_code_for_region("NL")
    kind = phonenumbers.PhoneNumberFormat.NATIONAL if dutch else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, kind)


@register.filter
def may(user: Any, act: str) -> bool:
    """Whether this person is granted an act: `{% if user|may:"change_patient" %}`."""
    return user.may(Act(act))


@register.filter
def in_words(signs: Iterable[Sign]) -> str:
    """The reasons to think that two registrations are of one person."""
    return "; ".join(str(SIMILAR[sign]) for sign in signs)
