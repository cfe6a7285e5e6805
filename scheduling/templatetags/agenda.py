"""How the agenda is shown: addresses of other days, clock times, and the sign of a state."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from practice.domain.grants import Act
from practice.models import Absence
from practice.templatetags.components import icon
from scheduling import reading
from scheduling.domain import board, words
from scheduling.domain.board import Asked, Cell
from scheduling.domain.instance import Closed, Placement
from scheduling.domain.life import AppointmentState
from scheduling.forms import ShareForm
from scheduling.forms.dock import DockForm
from scheduling.models import Appointment
from scheduling.reading import STATE_NAMES, STATE_SIGNS, Shown

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
def time_away(absence: Absence) -> str:
    """When somebody is away: the days where these are whole, else with the hours."""
    starts, ends = localtime(absence.starts), localtime(absence.ends)
    if starts.time() == ends.time() == dt.time():
        return _from_to(starts, ends - dt.timedelta(days=1), "D j F Y")
    if starts.date() == ends.date():
        return f"{date_format(starts, 'D j F Y H:i')}–{date_format(ends, 'H:i')}"
    return _from_to(starts, ends, "D j F Y H:i")


def _from_to(first: dt.datetime, last: dt.datetime, form: str) -> str:
    return " – ".join(dict.fromkeys(date_format(at, form) for at in (first, last)))


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


@register.filter
def of_session(forms: Mapping[int, ShareForm], number: int) -> ShareForm | None:
    """The form of a session among those of a series, if it has one."""
    return forms.get(number) if forms else None


@register.inclusion_tag("components/_chip.html")
def state_chip(appointment: Appointment) -> dict[str, Any]:
    """How an appointment stands: its word, with icon and tone."""
    icon, tone = STATE_SIGNS[AppointmentState(appointment.state)]
    return {"label": appointment.get_state_display(), "tone": tone, "icon_name": icon}


# --- visits ---------------------------------------------------------------------------------------------------------
# A week may hold hundreds of them, so they are written here at once: a template for each, or `format_html` for each
# piece, takes more time than all the rest of the page. Every text that somebody wrote passes through `escape`.


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said on every visit, in one language."""

    taken: str
    alert: str
    overlap: str
    move_on_card: str
    move_on_row: str
    on_card: Mapping[str, str]
    on_row: Mapping[str, str]


@cache
def _words(_language: str | None) -> _Words:
    """The words of the language that is active, worked out once for each language."""
    move = escape(_("Move"))
    hidden, whom = '<span class="visually-hidden">', ": {}, {}</span>"
    signs = {state.value: (*STATE_SIGNS[state], escape(str(STATE_NAMES[state]))) for state in AppointmentState}
    return _Words(
        taken=escape(_("taken")),
        alert=icon("alert"),
        overlap=icon("info") + escape(_("overlap on purpose")),
        move_on_card=f'<a class="visit-move" href="{{}}"><span aria-hidden="true">⇄</span>{hidden}{move}{whom}</a> ',
        move_on_row=f'<a href="{{}}">{move}{hidden}{whom}</a>',
        on_card={
            state: f"{hidden}{name}</span>"
            if state == AppointmentState.BOOKED
            else f'<span class="visit-state">{icon(sign)}{name}</span>'
            for state, (sign, _tone, name) in signs.items()
        },
        on_row={
            state: f'<span class="chip chip-{tone}">{icon(sign)}{name}</span>'
            for state, (sign, tone, name) in signs.items()
        },
    )


@register.simple_tag
def visit_cards(visits: Iterable[Shown]) -> SafeString:
    """Appointments on the board, as this reader may know them; that one is booked, as nearly all are, goes unseen."""
    words = _words(get_language())
    return _joined(_card(visit, words) for visit in visits)


@register.simple_tag
def cell_cards(cell: Cell) -> SafeString:
    """The appointments in a cell of the board."""
    return visit_cards(entry.what for entry in cell.entries)


@register.filter
def drop_at(cell: Cell) -> str:
    """Where a visit comes that is dragged to a cell: when, and the key of the practitioner or room."""
    return f"{cell.start:%Y-%m-%dT%H:%M} {cell.what[0]}"


@register.simple_tag
def visit_rows(visits: Iterable[Shown]) -> SafeString:
    """Appointments in the list, as this reader may know them."""
    words = _words(get_language())
    return _joined(_row(visit, words) for visit in visits)


def _joined(parts: Iterable[str]) -> SafeString:
    return mark_safe("".join(parts))  # noqa: S308 - each part was escaped


def _card(visit: Shown, words: _Words) -> str:
    patient, state, shared, closed = escape(visit.patient), words.on_card[visit.state], "", ""
    begins = visit.from_time
    who = f'<a href="{visit.url}">{patient}</a>' if visit.url else f"<span>{words.taken}</span>"
    move = words.move_on_card.format(visit.move_url, patient, begins) if visit.move_url else ""
    if visit.is_shared:
        shared = f' <span class="visit-state visit-note">{words.overlap}</span>'
    if visit.in_closed_time:
        closed = f' <span class="visit-state visit-warning">{words.alert}{escape(visit.in_closed_time)}</span>'
    drag = (
        f' data-version="{visit.version}" data-who="{visit.practitioner_id}" data-time="{begins}"'
        if visit.move_url
        else ""
    )
    classes = f"visit visit-{visit.sign[1]}{' visit-shared' if shared else ''}"
    return f'<div class="{classes}"{drag}><time>{visit.time}</time> {who} {move}{state}{shared}{closed}</div>'


def _row(visit: Shown, words: _Words) -> str:
    patient, closed, shared = escape(visit.patient), "", ""
    who = f'<a class="row-title" href="{visit.url}">{patient}</a>'
    if not visit.url:
        who = f'<span class="row-title">{words.taken.capitalize()}</span>'
    what = escape(", ".join(filter(None, (visit.kind, visit.practitioner, visit.room))))
    move = words.move_on_row.format(visit.move_url, patient, visit.from_time) if visit.move_url else ""
    if visit.in_closed_time:
        closed = f'<span class="chip chip-warning">{words.alert}{escape(visit.in_closed_time)}</span>'
    if visit.is_shared:
        shared = f'<span class="chip">{words.overlap}</span>'
    return (
        f'<li><time class="number">{visit.time}</time>'
        f'<span class="row-main">{who}<span class="row-sub">{what}</span></span>'
        f'<span class="row-end">{move}{closed}{shared}{words.on_row[visit.state]}</span></li>'
    )


@register.filter
def as_sent(place: Placement) -> str:
    """A place as a button sends it."""
    return reading.as_sent(place)


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
