"""The waiting list, places that became free and whom they help, and offers of them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients.models import Patient
from practice.access import get_visible, requires
from practice.domain.grants import Act
from scheduling import actions
from scheduling.forms import OfferForm, WaitingForm
from scheduling.models import Appointment, Offer, WaitingListEntry
from scheduling.views.visits import said_in_messages, visible_visit, way_back
from scheduling.worklists import causes_of_conflict, freed_places
from scheduling.worklists import freed_place as place_of


@requires(Act.READ_PLANNING)
def waiting_list(request: HttpRequest) -> HttpResponse:
    """Places that became free with whom they help, offers that wait for an answer, and everybody who waits."""
    now, user = timezone.now(), request.user
    entries = WaitingListEntry.objects.visible_to(user).open()
    offers = Offer.objects.visible_to(user).filter(state="open", expires_at__gt=now)
    context = {
        "freed": freed_places(user, now),
        "offers": offers.select_related("entry__patient", "practitioner__staff").order_by("expires_at"),
        "entries": entries.select_related("patient", "practitioner__staff", "instead_of__practitioner__staff")[:200],
        "conflicts": len(causes_of_conflict(Appointment.objects.visible_to(user), now)),
    }
    return render(request, "scheduling/waiting_list.html", context)


@requires(Act.BOOK_APPOINTMENTS)
@require_http_methods(["GET", "POST"])
def waiting_list_add(request: HttpRequest, patient_id: object) -> HttpResponse:
    """Put a patient on the waiting list."""
    visible = Patient.objects.visible_to(request.user)
    patient = get_visible(request, visible, patient_id, event="patient_read", patient=lambda patient: patient.pk)
    form = WaitingForm(request.POST or None)
    if form.is_valid():
        actions.wait_for_a_place(patient=patient, wishes=form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("%(name)s is on the waiting list.") % {"name": patient})
        return redirect("waiting_list")
    context = {"patient": patient, "form": form}
    return render(request, "scheduling/waiting_list_add.html", context, status=422 if form.errors else 200)


def _visible_entry(request: HttpRequest, entry_id: object) -> WaitingListEntry:
    visible = WaitingListEntry.objects.visible_to(request.user).open()
    return get_visible(request, visible, entry_id, event="waiting_list_read", patient=lambda entry: entry.patient_id)


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def waiting_list_close(request: HttpRequest, entry_id: object) -> HttpResponse:
    """Take somebody off the waiting list."""
    actions.close_entry(entry=_visible_entry(request, entry_id), by=request.user, now=timezone.now())
    messages.success(request, _("Taken off the waiting list."))
    return redirect("waiting_list")


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def wants_earlier(request: HttpRequest, appointment_id: object) -> HttpResponse:
    """Note that a patient would rather come earlier than this visit."""
    visit = visible_visit(request, appointment_id)
    with said_in_messages(request):
        actions.want_earlier(appointment=visit, by=request.user, now=timezone.now())
        messages.success(request, _("Noted: would rather come earlier. The visit stays booked meanwhile."))
    return way_back(request, "waiting_list")


@requires(Act.READ_PLANNING)
def freed_place(request: HttpRequest, appointment_id: object) -> HttpResponse:
    """The place of one cancelled visit, and whom it helps."""
    visit = visible_visit(request, appointment_id)
    now = timezone.now()
    freed = place_of(visit, request.user, now) if visit.cancelled_at and visit.starts > now else None
    context = {"visit": visit, "freed": freed, "form": OfferForm()}
    return render(request, "scheduling/freed_place.html", context)


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def offer_make(request: HttpRequest, appointment_id: object) -> HttpResponse:
    """Offer the place of a cancelled visit to somebody whom it helps."""
    freed = visible_visit(request, appointment_id)
    form = OfferForm(request.POST)
    entry = _entry_to_offer(request)
    if not form.is_valid() or entry is None:
        messages.error(request, _("Choose to whom the place is offered."))
        return redirect("freed_place", freed.pk)
    with said_in_messages(request):
        offer = actions.offer_place(entry=entry, freed=freed, by=request.user, now=timezone.now(), lasts=form.lasts())
        return redirect("offer", offer.pk)
    return redirect("freed_place", freed.pk)


def _entry_to_offer(request: HttpRequest) -> WaitingListEntry | None:
    """Who was chosen: an entry of the list, or a visit that cannot be as agreed, which is put on it now."""
    entry, visit_id = _chosen(request, "entry"), _chosen(request, "visit")
    if entry:
        return _visible_entry(request, entry)
    if visit_id:
        visit = visible_visit(request, visit_id)
        with said_in_messages(request):
            return actions.want_earlier(appointment=visit, by=request.user, now=timezone.now())
    return None


def _chosen(request: HttpRequest, name: str) -> UUID | None:
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        return None


@requires(Act.READ_PLANNING)
def offer(request: HttpRequest, offer_id: object) -> HttpResponse:
    """An offer: what to ask, until when, and the answer."""
    shown = _visible_offer(request, offer_id)
    context = {"offer": shown, "is_open": shown.is_open(timezone.now()), "patient": shown.entry.patient}
    return render(request, "scheduling/offer.html", context)


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def offer_answer(request: HttpRequest, offer_id: object) -> HttpResponse:
    """Note the answer to an offer: accepted books it, declined lets it go."""
    shown = _visible_offer(request, offer_id)
    with said_in_messages(request):
        if request.POST.get("answer") == "accept":
            actions.accept_offer(offer=shown, by=request.user, now=timezone.now())
            messages.success(request, _("Accepted: the place is booked."))
        elif request.POST.get("answer") == "decline":
            actions.decline_offer(offer=shown, by=request.user, now=timezone.now())
            messages.success(request, _("Declined: the place is free for others."))
    return redirect("waiting_list")


def _visible_offer(request: HttpRequest, offer_id: object) -> Offer:
    visible = Offer.objects.visible_to(request.user).select_related(
        "entry__patient", "entry__instead_of", "practitioner__staff", "held__room", "held__location", "held__kind"
    )
    return get_visible(request, visible, offer_id, event="offer_read", patient=lambda offer: offer.entry.patient_id)
