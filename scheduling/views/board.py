"""The agenda as a board or a list, and one appointment."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from patients.policies import Refused
from practice.access import get_visible, requires
from practice.domain.grants import Act
from scheduling import actions, reading
from scheduling.availability import Shared, overlapping_on_purpose
from scheduling.domain.board import Asked, asked
from scheduling.domain.life import AppointmentState
from scheduling.forms.board import MoveForm
from scheduling.models import Appointment
from scheduling.policies import can_undo_visit
from scheduling.views.visits import way_back


@requires(Act.READ_PLANNING)
def agenda(request: HttpRequest) -> HttpResponse:
    """A week or a day by practitioner or room, as a table or as a list. Who may not see a patient reads "taken"."""
    now = timezone.now()
    wanted = _as_shown(request, asked(request.GET, timezone.localdate(now)))
    actions.open_agenda(asked=wanted, by=request.user, now=now)
    context = {"agenda": reading.agenda(wanted, by=request.user, now=now), "drag_fields": MoveForm.base_fields}
    return render(request, "scheduling/agenda.html", context)


@requires(Act.READ_PLANNING)
def appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """One appointment: who, when, with whom, where, and how it stands."""
    found = _appointment(request, appointment_id)
    context = {
        "appointment": found,
        "back": _around(found),
        "overlapping": overlapping_on_purpose(found, timezone.now()),
        "can_undo": can_undo_visit(found, request.user, timezone.now()),
        "can_move": found.state == AppointmentState.BOOKED and request.user.may(Act.BOOK_APPOINTMENTS),
    }
    return render(request, "scheduling/appointment.html", context)


@requires(Act.BOOK_APPOINTMENTS)
@require_http_methods(["GET", "POST"])
def appointment_move(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """Move an appointment: choose one of the free places, each a button, or write down a time. A refusal says why."""
    found, now = _appointment(request, appointment_id), timezone.now()
    form = MoveForm(request.POST or None, appointment=found)
    wanted = form.wanted()
    if wanted is None:
        return _appointment_move_page(request, found, form, {})
    wanted = reading.in_a_free_room(found, wanted, now) if form.is_typed else wanted
    because, named = form.cleaned_data["overlap_because"], form.cleaned_data["named"]
    ways = reading.ways_to_overlap(found, wanted, now) if because else []
    try:
        if ways and not any(way.placement == wanted and way.is_named_in(named) for way in ways):
            return _naming_what_is_doubled(request, found, form, ways)
        moved = actions.move_appointment(
            appointment=found,
            version=form.cleaned_data["version"],
            placement=wanted,
            overlap_because=because if ways else "",
            named=named,
            by=request.user,
            now=now,
        )
    except actions.Stale:
        return _appointment_move_page(request, _appointment(request, appointment_id), form, {"meanwhile": True})
    except Refused as refusal:
        return _appointment_move_page(request, found, form, {"refusal": str(refusal)})
    said = {"when": date_format(timezone.localtime(moved.starts), "l j F H:i"), "who": moved.practitioner}
    messages.success(request, _("Moved to %(when)s with %(who)s.") % said)
    return way_back(request, "appointment", appointment_id)


def _naming_what_is_doubled(
    request: HttpRequest, found: Appointment, form: MoveForm, ways: list[Shared]
) -> HttpResponse:
    """The page with the visits that an overlap on purpose doubles, before it is made. Raises `Refused`."""
    actions.check_place_on_purpose(
        visit=found,
        placement=ways[0].placement,
        because=form.cleaned_data["overlap_because"],
        named=[visit.pk for visit in ways[0].doubled],
        by=request.user,
        now=timezone.now(),
    )
    return _appointment_move_page(request, found, form, {}, ways)


def _appointment_move_page(
    request: HttpRequest,
    found: Appointment,
    form: MoveForm,
    trouble: dict[str, object],
    ways: Sequence[Shared] = (),
) -> HttpResponse:
    """The agenda with the places to which an appointment can be moved, and what stood in the way of another one."""
    now, wanted = timezone.now(), form.wanted()
    around = _around(found) if wanted is None else Asked(date=wanted.start.date(), whose=int(wanted.practitioner))
    shown = _as_shown(request, asked(request.GET or around.query(), timezone.localdate(now)))
    moving = reading.Moving(found, shown.first, shown.until, now)
    agenda = reading.agenda(shown, by=request.user, now=now, moving=moving)
    context = {
        "appointment": found,
        "agenda": agenda,
        "agenda_address": request.path,
        "form": form,
        "wanted": wanted and moving.name_of(wanted),
        "ways": ways,
        "nearest": moving.nearest(wanted, agenda) if wanted else [],
        **trouble,
    }
    status = 409 if trouble else 422 if form.errors else 200
    return render(request, "scheduling/appointment_move.html", context, status=status)


def _as_shown(request: HttpRequest, wanted: Asked) -> Asked:
    """The agenda in one form; telephones are those that call themselves "Mobi" in their name."""
    return wanted.shown_on(telephone="Mobi" in request.headers.get("User-Agent", ""))


def _appointment(request: HttpRequest, appointment_id: UUID) -> Appointment:
    visible = Appointment.objects.visible_to(request.user).with_related()
    visible = visible.select_related("by", "plan__current_revision", "episode")
    return get_visible(
        request, visible, appointment_id, event="appointment_read", patient=lambda found: found.patient_id
    )


def _around(appointment: Appointment) -> Asked:
    """The week of the practitioner in which an appointment is."""
    date = timezone.localdate(appointment.starts)
    return Asked(date=date, whose=appointment.practitioner_id, location=appointment.location_id)
