"""The shape of what is typed about patients."""

from patients.forms.care import ConsentForm, EpisodeCloseForm, EpisodeOpenForm, TakeOverForm
from patients.forms.people import PatientChangeForm, PatientSearchForm, RegistrationForm

__all__ = [
    "ConsentForm",
    "EpisodeCloseForm",
    "EpisodeOpenForm",
    "PatientChangeForm",
    "PatientSearchForm",
    "RegistrationForm",
    "TakeOverForm",
]
