"""A patient on the telephone: who it is, three places to offer, and the one that is booked."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients import actions as patients
from patients.models import Patient
from patients.policies import Refused
from practice.access import get_visible, requires
from practice.domain.grants import Act
from scheduling import actions, reading
from scheduling.forms.dock import DockForm
from scheduling.models import Appointment


@requires(Act.BOOK_APPOINTMENTS)
@require_http_methods(["GET", "POST"])
def dock(request: HttpRequest) -> HttpResponse:
    """Find who calls and offer three places. Who was searched for travels in the body, never in an address."""
    form = DockForm(request.POST or None)
    found, patient = None, None
    if form.is_valid():
        found, patient = _who_calls(request, form)
    return _dock_page(request, form, patient, {"found": found})


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def dock_book(request: HttpRequest) -> HttpResponse:
    """Book the place that was taken; when it is gone by now, offer others."""
    form, now = DockForm(request.POST), timezone.now()
    if not form.is_valid() or not form.cleaned_data["patient"]:
        return _dock_page(request, form, None, {"unclear": _("Choose who calls, and then a place.")})
    patient = _patient(request, form.cleaned_data["patient"])
    call = reading.Call(patient, form.cleaned_data["kind"], request.user, now)
    place = form.placed(number=call.number or 1, minutes=call.minutes)
    if place is None:
        return _dock_page(request, form, patient, {"unclear": _("Choose a place again.")}, call)
    try:
        visit = actions.book_one(
            patient=patient,
            kind=call.kind,
            placement=place,
            plan=call.plan,
            number=call.number,
            by=request.user,
            now=now,
        )
    except Refused as refusal:
        return _dock_page(request, form, patient, {"refusal": str(refusal)}, call)
    said = {"when": date_format(timezone.localtime(visit.starts), "l j F H:i"), "who": visit.practitioner}
    messages.success(request, _("Booked: %(when)s with %(who)s.") % said)
    if call.proposal:
        messages.info(request, _("The other places that you proposed for this series are not held any more."))
    return redirect("appointment", visit.pk)


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def appointment_undo(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Take back a booking that was just made; nobody was told of it yet."""
    visible = Appointment.objects.visible_to(request.user)
    visit = get_visible(
        request, visible, appointment_id, event="appointment_read", patient=lambda found: found.patient_id
    )
    try:
        actions.undo_visit(appointment=visit, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("appointment", appointment_id)
    messages.success(request, _("The booking is undone."))
    return redirect("dock")


def _who_calls(request: HttpRequest, form: DockForm) -> tuple[list[Patient] | None, Patient | None]:
    """The patients who were found, and the one who calls when that is clear."""
    if chosen := form.cleaned_data["patient"]:
        return None, _patient(request, chosen)
    if not form.cleaned_data["q"]:
        return None, None
    found = patients.find(text=form.cleaned_data["q"], by=request.user, now=timezone.now()).patients
    return found, _patient(request, found[0].pk) if len(found) == 1 else None


def _patient(request: HttpRequest, patient_id: UUID) -> Patient:
    visible = Patient.objects.visible_to(request.user)
    return get_visible(request, visible, patient_id, event="telephone_offers", patient=lambda found: found.pk)


def _dock_page(
    request: HttpRequest,
    form: DockForm,
    patient: Patient | None,
    more: dict[str, object],
    call: reading.Call | None = None,
) -> HttpResponse:
    """What was asked, who was found, and the places to offer to the one who calls, unless that was read already."""
    asked = form.wishes()
    context: dict[str, object] = {"form": form, "asked": asked, "patient": patient, **more}
    if patient:
        call = call or reading.Call(patient, asked["kind"], request.user, timezone.now())
        offers = call.offers(who=asked["who"], parts=asked["parts"], first=asked["first"], page=asked["page"])
        context |= {"call": call, "offers": offers, "next_page": asked["page"] + 1}
    status = 409 if "refusal" in more else 422 if "unclear" in more else 200
    return render(request, "scheduling/dock.html", context, status=status)
