"""The agenda as a board or a list, and one appointment."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from practice.access import get_visible, requires
from practice.domain.grants import Act
from scheduling import actions, reading
from scheduling.domain.board import Asked, asked
from scheduling.models import Appointment


@requires(Act.READ_PLANNING)
def agenda(request: HttpRequest) -> HttpResponse:
    """A week or a day by practitioner or room, as a table and as a list. Who may not see a patient reads "taken"."""
    now = timezone.now()
    wanted = asked(request.GET, timezone.localdate(now))
    actions.open_agenda(asked=wanted, by=request.user, now=now)
    return render(request, "scheduling/agenda.html", {"agenda": reading.agenda(wanted, by=request.user, now=now)})


@requires(Act.READ_PLANNING)
def appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """One appointment: who, when, with whom, where, and how it stands."""
    found = _appointment(request, appointment_id)
    return render(request, "scheduling/appointment.html", {"appointment": found, "back": _around(found)})


def _appointment(request: HttpRequest, appointment_id: UUID) -> Appointment:
    visible = Appointment.objects.visible_to(request.user).with_related().select_related("by", "plan", "episode")
    return get_visible(
        request, visible, appointment_id, event="appointment_read", patient=lambda found: found.patient_id
    )


def _around(appointment: Appointment) -> Asked:
    """The week of the practitioner in which an appointment is."""
    date = timezone.localdate(appointment.starts)
    return Asked(date=date, whose=appointment.practitioner_id, location=appointment.location_id)
