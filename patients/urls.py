"""Addresses of the patients' screens. No address holds anything that identifies a person."""

from django.urls import path

from patients import views

urlpatterns = [
    path("patients/", views.patient_search, name="patient_search"),
    path("patients/register/", views.patient_register, name="patient_register"),
    path("patients/take-over/", views.patient_take_over, name="patient_take_over"),
    path("patients/<uuid:patient_id>/", views.patient, name="patient"),
    path("patients/<uuid:patient_id>/change/", views.patient_change, name="patient_change"),
    path("patients/<uuid:patient_id>/bsn/", views.bsn_reveal, name="bsn_reveal"),
    path("patients/<uuid:patient_id>/consents/", views.consent_record, name="consent_record"),
    path("patients/<uuid:patient_id>/episodes/open/", views.episode_open, name="episode_open"),
    path("episodes/<uuid:episode_id>/", views.episode, name="episode"),
    path("episodes/<uuid:episode_id>/close/", views.episode_close, name="episode_close"),
]
