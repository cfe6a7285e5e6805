"""Screens of patients: finding, registering, reading and changing them, their consents and their episodes."""

from copy import copy
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients import actions
from patients.forms import (
    ConsentForm,
    EpisodeCloseForm,
    EpisodeOpenForm,
    PatientChangeForm,
    PatientSearchForm,
    RegistrationForm,
    TakeOverForm,
)
from patients.models import Consent, Episode, Patient
from patients.models.episode import CONSENT_KINDS
from patients.policies import Refused, can_open_episode
from practice.access import get_visible, requires
from practice.audit import Checks
from practice.domain.grants import Act
from practice.models import Practitioner, Staff


@requires(Act.SEARCH_PATIENTS)
@require_http_methods(["GET", "POST"])
def patient_search(request: HttpRequest) -> HttpResponse:
    """Find a patient. What is searched for travels in the body of the request, never in an address."""
    form = PatientSearchForm(_typed(request))
    found = None
    if form.is_valid():
        found = actions.find(text=form.cleaned_data["q"], by=request.user, now=timezone.now())
    return render(request, "patients/patient_search.html", {"form": form, "found": found})


@requires(Act.REGISTER_PATIENT)
@require_http_methods(["GET", "POST"])
def patient_register(request: HttpRequest) -> HttpResponse:
    """Register a patient; probable duplicates are shown first, with everything that was typed kept."""
    form = RegistrationForm(_typed(request), staff=request.user)
    similar: list[actions.Similar] = []
    if form.is_valid():
        try:
            patient = actions.register(**form.values(), by=request.user, now=timezone.now())
        except actions.SimilarPatients as stopped:
            similar = stopped.similar
            form.note_unanswered(similar)
            actions.show_similar(similar=similar, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Registered with patient number %(number)s.") % {"number": patient.number})
            return redirect("patient", patient.pk)
    return render(
        request, "patients/patient_register.html", {"form": form, "similar": _openings(similar, request.user)}
    )


@requires(Act.REGISTER_PATIENT)
@require_POST
def patient_take_over(request: HttpRequest) -> HttpResponse:
    """Open the record of a patient whom this person's team does not treat yet, for a reason."""
    form = TakeOverForm(request.POST)
    if form.is_valid():
        try:
            patient = actions.take_over(**form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("patient", patient.pk)
    return render(request, "patients/patient_take_over.html", {"form": form}, status=422)


@requires(Act.READ_PATIENT)
def patient(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The record: who this is, how to reach them, to what they agreed, who treats them and for what."""
    record = _patient(request, patient_id, event="patient_read")
    context = {
        "patient": record,
        "consents": _consents(record),
        "relationships": record.relationships.current(timezone.now()).as_lines(),
        "episodes": record.episodes.as_lines(),
        "can_open_episode": can_open_episode(record) and request.user.may(Act.OPEN_EPISODE),
    }
    return render(request, "patients/patient.html", context)


@requires(Act.CHANGE_PATIENT)
@require_http_methods(["GET", "POST"])
def patient_change(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Change the details. When a colleague changed them meanwhile, both versions are shown and nothing is lost."""
    record = _patient(request, patient_id, event="patient_read")
    form = PatientChangeForm(_typed(request), instance=copy(record), initial={"version": record.version})
    conflict = None
    if form.is_valid():
        try:
            actions.change(patient=record, **form.values(), by=request.user, now=timezone.now())
        except actions.LostUpdate as lost:
            conflict = form.show_conflict(lost)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("patient", patient_id)
    return render(request, "patients/patient_change.html", {"form": form, "patient": record, "conflict": conflict})


@requires(Act.REVEAL_BSN)
@require_POST
def bsn_reveal(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Show the BSN in full, once; each time is written down."""
    record = _patient(request, patient_id, event="patient_read")
    bsn = actions.reveal_bsn(patient=record, by=request.user, now=timezone.now())
    return render(request, "patients/bsn_reveal.html", {"patient": record, "bsn": bsn})


@requires(Act.CHANGE_PATIENT)
@require_http_methods(["GET", "POST"])
def consent_record(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Record that a consent is given, refused or withdrawn."""
    record = _patient(request, patient_id, event="patient_read")
    form = ConsentForm(_typed(request), initial={"kind": request.GET.get("kind")})
    if form.is_valid():
        try:
            actions.record_consent(patient=record, **form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The decision is recorded."))
            return redirect("patient", patient_id)
    context = {"form": form, "patient": record, "consents_by": record.consents_by(timezone.localdate())}
    return render(request, "patients/consent_record.html", context)


@requires(Act.OPEN_EPISODE)
@require_http_methods(["GET", "POST"])
def episode_open(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Open an episode for a new complaint."""
    record = _patient(request, patient_id, event="patient_read")
    form = EpisodeOpenForm(_typed(request), staff=request.user, initial={"practitioner": _own_practice(request.user)})
    if form.is_valid():
        try:
            opened = actions.open_episode(patient=record, **form.values(), by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("episode", opened.pk)
    return render(request, "patients/episode_open.html", {"form": form, "patient": record})


@requires(Act.READ_PATIENT)
def episode(request: HttpRequest, episode_id: UUID) -> HttpResponse:
    """One complaint, from registration to closure."""
    found = _episode(request, episode_id)
    context = {
        "episode": found,
        "patient": found.patient,
        "referral_expired": found.referral_has_expired(timezone.localdate()),
    }
    return render(request, "patients/episode.html", context)


@requires(Act.OPEN_EPISODE)
@require_http_methods(["GET", "POST"])
def episode_close(request: HttpRequest, episode_id: UUID) -> HttpResponse:
    """Close an episode, with the reason for ending."""
    found = _episode(request, episode_id)
    form = EpisodeCloseForm(_typed(request))
    if form.is_valid():
        try:
            actions.close_episode(episode=found, **form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("episode", episode_id)
    return render(request, "patients/episode_close.html", {"form": form, "episode": found, "patient": found.patient})


def _typed(request: HttpRequest) -> QueryDict | None:
    """What was sent; None when the page is only opened."""
    return request.POST if request.method == "POST" else None


def _patient(request: HttpRequest, patient_id: UUID, *, event: str) -> Patient:
    """The patient, if this person may read the record; the reading is written down."""
    return get_visible(
        request,
        Patient.objects.visible_to(request.user).select_related("gp", "identity_checked_by"),
        patient_id,
        event=event,
        patient=lambda found: found.pk,
        **_grounds(request.user),
    )


def _consents(record: Patient) -> list[tuple[str, Consent | None]]:
    """For each kind of consent its word and the last decision; None where the patient was not asked."""
    latest = record.consents.latest_of_each_kind()
    return [(word, latest.get(kind)) for kind, word in CONSENT_KINDS]


def _episode(request: HttpRequest, episode_id: UUID) -> Episode:
    """The episode, if this person may read the patient's record; the reading is written down."""
    return get_visible(
        request,
        Episode.objects.visible_to(request.user).select_related(
            "patient__gp", "practitioner__staff", "location", "referrer"
        ),
        episode_id,
        event="episode_read",
        patient=lambda found: found.patient_id,
        **_grounds(request.user),
    )


def _grounds(staff: Staff) -> dict[str, object]:
    """On what ground this person reads: a treatment relationship, or the grant to review plans."""
    if staff.may(Act.REVIEW_PLAN):
        return {"checks": Checks(authorised=True), "purpose": "plan review"}
    return {"checks": Checks(authorised=True, treatment_relationship=True), "purpose": "treatment"}


def _own_practice(staff: Staff) -> Practitioner | None:
    """This person as the one who treats, if they do."""
    return getattr(staff, "practitioner", None)


def _openings(similar: list[actions.Similar], staff: Staff) -> list[dict[str, object]]:
    """For each probable duplicate: the way to its record, directly or by taking it over."""
    visible = set(Patient.objects.visible_to(staff).filter(pk__in=[each.patient.pk for each in similar]))
    return [
        {
            "patient": each.patient,
            "signs": sorted(each.signs),
            "certain": each.certain,
            "token": "" if each.patient in visible else actions.take_over_token(each.patient, staff),
        }
        for each in similar
    ]
