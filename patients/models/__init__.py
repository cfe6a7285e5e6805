"""Tables of the patients: who is treated, by whom, with whose consent, and for which complaint."""

from patients.models.episode import Consent, ConsentQuerySet, Episode, EpisodeQuerySet
from patients.models.patient import NumberSeries, Patient, PatientQuerySet, TreatmentRelationship
from patients.models.provider import ExternalProvider
from patients.models.search import SearchToken

__all__ = [
    "Consent",
    "ConsentQuerySet",
    "Episode",
    "EpisodeQuerySet",
    "ExternalProvider",
    "NumberSeries",
    "Patient",
    "PatientQuerySet",
    "SearchToken",
    "TreatmentRelationship",
]
