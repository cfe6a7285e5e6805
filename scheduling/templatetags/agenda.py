"""How the agenda is shown: addresses of other days, clock times, and the sign of a state."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode

from practice.domain.grants import Act
from scheduling import reading
from scheduling.domain import board, words
from scheduling.domain.board import Asked
from scheduling.domain.instance import Closed
from scheduling.domain.life import AppointmentState
from scheduling.forms.dock import DockForm
from scheduling.models import Appointment
from scheduling.reading import STATE_SIGNS

register = template.Library()


@register.simple_tag(takes_context=True)
def agenda_url(context: Context, asked: Asked, **changes: str) -> str:
    """The address of the agenda like this one, with these changes; an empty value leaves something out."""
    return _address(context, asked.query() | changes)


@register.simple_tag(takes_context=True)
def agenda_at(context: Context, query: Mapping[str, str]) -> str:
    """The address of the agenda that a query asks for."""
    return _address(context, query)


@register.simple_tag(takes_context=True)
def agenda_step(context: Context, asked: Asked, times: int) -> str:
    """The address of the agenda that many weeks or days further."""
    return _address(context, asked.moved(times).query())


def _address(context: Context, query: Mapping[str, str]) -> str:
    """Within the page that moves an appointment (`agenda_address`) other days are asked for there too."""
    page = context.get("agenda_address") or reverse("agenda")
    return f"{page}?{urlencode({name: value for name, value in query.items() if value})}"


@register.filter
def week(date: dt.date) -> int:
    """The ISO number of the week of a date."""
    return board.week_of(date)


@register.filter
def clock(minute: int) -> str:
    """A minute since midnight as a clock shows it."""
    return words.clock(minute)


@register.filter
def on_the_hour(minute: int) -> bool:
    """Whether a row begins with a whole hour."""
    return minute % 60 == 0


@register.inclusion_tag("components/_chip.html")
def state_chip(appointment: Appointment) -> dict[str, Any]:
    """How an appointment stands: its word, with icon and tone."""
    icon, tone = STATE_SIGNS[AppointmentState(appointment.state)]
    return {"label": appointment.get_state_display(), "tone": tone, "icon_name": icon}


@register.filter
def said(closed: Closed) -> str:
    """Why time is closed, in the reader's language."""
    return reading.said(closed)


@register.inclusion_tag("scheduling/_dock.html", takes_context=True)
def phone_dock(context: Context) -> dict[str, Any]:
    """The small form for who calls, on the pages of the desk; nothing for who books no appointments."""
    user = context["user"]
    form = DockForm() if user.is_authenticated and user.may(Act.BOOK_APPOINTMENTS) else None
    return {"form": form, "csrf_token": context.get("csrf_token")}
