"""What becomes of a visit: the buttons of an appointment, and the page on which it is cancelled."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients.policies import Refused
from practice.access import get_visible, requires
from practice.domain.grants import Act
from scheduling import actions
from scheduling.availability import placement_of
from scheduling.domain.instance import Placement
from scheduling.domain.visits import VisitAct, is_late
from scheduling.forms import CancelForm
from scheduling.forms.board import placement_from
from scheduling.models import Appointment
from scheduling.reading import nearest_places

VERBS: dict[str, Callable[..., Appointment]] = {
    "arrive": actions.arrive,
    "finish": actions.finish,
    "miss": actions.miss,
    "step_back": actions.step_back,
    "take_up": actions.take_up,
}


def visible_visit(request: HttpRequest, appointment_id: object) -> Appointment:
    """The appointment that this person may see, with the read logged; else 404."""
    visible = Appointment.objects.visible_to(request.user).with_related()
    return get_visible(
        request, visible, appointment_id, event="appointment_read", patient=lambda visit: visit.patient_id
    )


@contextmanager
def said_in_messages(request: HttpRequest) -> Iterator[None]:
    """Say at the top of the next page why something was refused."""
    try:
        yield
    except actions.Stale as stale:
        state = stale.current.get_state_display()
        messages.error(request, _("A colleague changed this visit meanwhile. It is now: %(state)s.") % {"state": state})
    except Refused as refusal:
        messages.error(request, str(refusal))


def way_back(request: HttpRequest, otherwise: str, *arguments: Any) -> HttpResponse:
    """To the page of our own that somebody came from, else to another one."""
    address = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return redirect(address if own and address.startswith("/") else resolve_url(otherwise, *arguments))


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def appointment_act(request: HttpRequest, appointment_id: object) -> HttpResponse:
    """One step in the life of a visit: arrived, given, missed, back, or taken up again after a cancellation."""
    visit = visible_visit(request, appointment_id)
    verb, version = VERBS.get(request.POST.get("act", "")), request.POST.get("version", "")
    if verb is None or not version.isdecimal():
        messages.error(request, _("Choose what happened to the visit."))
        return way_back(request, "waiting_list")
    with said_in_messages(request):
        try:
            where = _where(request, visit)
            done = verb(appointment=visit, version=int(version), by=request.user, now=timezone.now(), **where)
            messages.success(request, _("Noted: %(state)s.") % {"state": done.get_state_display()})
        except (actions.PlaceTaken, actions.NotPossible) as refusal:
            if verb is not actions.take_up:
                raise
            return _appointment_act_page(request, visit, refusal)
    return way_back(request, "waiting_list")


def _where(request: HttpRequest, visit: Appointment) -> dict[str, Placement]:
    """The other place in which a cancelled visit is taken up, when one was chosen."""
    was = placement_of(visit)
    chosen = placement_from(request.POST.get("place", ""), number=was.number, minutes=was.minutes)
    return {"placement": chosen} if chosen and request.POST.get("act") == VisitAct.TAKE_UP else {}


def _appointment_act_page(request: HttpRequest, visit: Appointment, refusal: Refused) -> HttpResponse:
    """Why a visit cannot be taken up in a place, with the nearest places in which it can."""
    is_elsewhere = isinstance(refusal, actions.PlaceTaken) and refusal.what == "session"
    context = {
        "visit": visit,
        "patient": visit.patient,
        "refusal": refusal,
        "is_elsewhere": is_elsewhere,
        "nearest": [] if is_elsewhere else nearest_places(visit, timezone.now()),
        "next": request.POST.get("next", ""),
    }
    return render(request, "scheduling/appointment_act.html", context, status=409)


@requires(Act.BOOK_APPOINTMENTS)
@require_http_methods(["GET", "POST"])
def appointment_cancel(request: HttpRequest, appointment_id: object) -> HttpResponse:
    """Cancel a visit; the next page tells whom the free place helps."""
    visit = visible_visit(request, appointment_id)
    form = CancelForm(request.POST or None, initial={"version": visit.version})
    if form.is_valid():
        with said_in_messages(request):
            actions.cancel(appointment=visit, **form.cleaned_data, by=request.user, now=timezone.now())
            messages.success(request, _("The visit is cancelled."))
        return redirect("freed_place", visit.pk)
    context = {"visit": visit, "patient": visit.patient, "form": form, "late": is_late(visit.starts, timezone.now())}
    return render(request, "scheduling/appointment_cancel.html", context, status=422 if form.errors else 200)
