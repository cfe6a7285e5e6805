"""What goes out of the practice about visits: e-mails to patients and calendar files. Nothing in them is clinical."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from patients.models import Patient
from practice.models import PracticeSettings
from scheduling.domain.life import GONE
from scheduling.models import Appointment, CalendarFeed, Message, Series

if TYPE_CHECKING:
    from icalendar import Timezone

ZONE = ZoneInfo("Europe/Amsterdam")
SPOKEN = ("nl", "en")  # the languages of messages; somebody who speaks another one gets English


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail: subject, body, and perhaps a calendar file."""

    subject: str
    body: str
    calendar: bytes


def message(patient: Patient, messages: Sequence[Message], *, now: dt.datetime) -> Letter | None:
    """One e-mail that tells all of these messages in the patient's language; None when nothing is left to tell.

    It says what is true now: a visit that was booked and cancelled meanwhile is told as cancelled, if it was ever told.
    """
    with translation.override(patient.language if patient.language in SPOKEN else "en"):
        practice = one_line(PracticeSettings.objects.current().name)
        visits = _visits_told(messages, now)
        paragraphs = [*_paragraphs(messages, visits, now)]
        if not paragraphs:
            return None
        name = practice or _("the physiotherapy practice")
        body = "\n\n".join([_("Dear %(name)s,") % {"name": patient.name.formal()}, *paragraphs, *_closing(name)])
        told = sorted(visits.values(), key=lambda visit: visit.starts)
        offered = all(one.kind == "offer" for one in messages)
        calendar = b"" if offered else calendar_file([for_patient(visit, name) for visit in told], name)
        return Letter(_subject(messages, name), body + "\n", calendar)


def _visits_told(messages: Sequence[Message], now: dt.datetime) -> dict[object, Appointment]:
    """The visits to come that these messages are about."""
    series = [one.series_id for one in messages if one.series_id]
    single = [one.appointment_id for one in messages if one.appointment_id]
    rows = Appointment.objects.with_related().filter(starts__gt=now)
    found = rows.filter(series_id__in=series) | rows.filter(pk__in=single)
    return {visit.pk: visit for visit in found.exclude(cancel_reason="undone").order_by("starts")}


def _paragraphs(messages: Sequence[Message], visits: dict[object, Appointment], now: dt.datetime) -> Iterable[str]:
    offers = {one.appointment_id for one in messages if one.kind == "offer"}
    reminded = {one.appointment_id for one in messages if one.kind == "reminder"}
    changed = _changed(messages, visits)
    offered = [visit for visit in visits.values() if visit.pk in offers and visit.state == "held"]
    booked = [visit for visit in visits.values() if visit.state == "booked" and visit.pk not in changed]
    moved = [visit for visit in visits.values() if visit.state == "booked" and visit.pk in changed]
    cancelled = [visit for visit in visits.values() if visit.state in GONE and visit.pk not in reminded]
    for title, rows in (
        (_("These are the appointments:"), booked),
        (_("Changed, it is now:"), moved),
        (_("Cancelled:"), cancelled),
        (_("An earlier place became free:"), offered),
    ):
        if rows:
            yield "\n".join([title, *(f"- {in_words(visit)}" for visit in rows)])
    if offered:
        until = date_format(localtime(min(visit.held_until for visit in offered if visit.held_until)), "l j F H:i")
        yield _("It is kept until %(until)s. Call the practice to take it.") % {"until": until}


def _changed(messages: Sequence[Message], visits: dict[object, Appointment]) -> set[object]:
    """The visits that the patient knows of already, and that are not as they were."""
    changed = {one.appointment_id for one in messages if one.kind == "changed"}
    new = [one for one in messages if one.kind == "booked"]
    series, single = {one.series_id for one in new} - {None}, {one.appointment_id for one in new}
    return {pk for pk, visit in visits.items() if pk in changed - single and visit.series_id not in series}


def _subject(messages: Sequence[Message], practice: str) -> str:
    kinds = {one.kind for one in messages}
    if kinds == {"reminder"}:
        return _("Reminder of an appointment at %(practice)s") % {"practice": practice}
    if kinds == {"offer"}:
        return _("An earlier place at %(practice)s") % {"practice": practice}
    return _("Appointments at %(practice)s") % {"practice": practice}


def _closing(name: str) -> list[str]:
    practice = PracticeSettings.objects.current()
    ways = [way for way in (practice.phone, practice.email) if way]
    change = _("To change or cancel an appointment, contact the practice at least 24 hours before it.")
    stop = _("No more messages by e-mail? Tell the practice; it is recorded at once.")
    return [" ".join([change, *ways[:1]]), stop, name]


def in_words(visit: Appointment) -> str:
    """A visit as a patient reads it: when, with whom and where."""
    starts = localtime(visit.starts)
    parts = [date_format(starts, "l j F Y, H:i"), _("with %(who)s") % {"who": visit.practitioner.staff.name}]
    return ", ".join([*parts, *filter(None, [visit.location.name, visit.location.street])])


def one_line(text: str) -> str:
    """A text without line breaks, as a header of an e-mail may hold it."""
    return " ".join(text.split())


# --- calendar files -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CalendarVisit:
    """A visit as a calendar file tells it. `title` is for its reader; `sequence` counts the changes that were told."""

    uid: str
    title: str
    starts: dt.datetime
    ends: dt.datetime
    place: str
    cancelled: bool
    sequence: int
    changed_at: dt.datetime


BACK, AHEAD = dt.timedelta(weeks=4), dt.timedelta(weeks=26)  # of a feed, from now


def series_file(series: Series) -> bytes:
    """The visits of a series for the calendar of its patient, in the patient's language."""
    patient = series.plan.episode.patient
    with translation.override(patient.language if patient.language in SPOKEN else "en"):
        name = one_line(PracticeSettings.objects.current().name) or _("the physiotherapy practice")
        visits = series.appointments.with_related().exclude(state="held").exclude(cancel_reason="undone")
        return calendar_file([for_patient(visit, name) for visit in visits.order_by("starts")], name)


def feed_file(feed: CalendarFeed, now: dt.datetime) -> bytes:
    """What a practitioner's calendar program reads: times, initials and rooms, also of what was cancelled."""
    visits = Appointment.objects.with_related().filter(practitioner=feed.practitioner_id).exclude(state="held")
    near = visits.between(now - BACK, now + AHEAD).order_by("starts")
    return calendar_file([for_practitioner(visit) for visit in near], "Traject")


def for_patient(visit: Appointment, practice: str) -> CalendarVisit:
    """A visit for the calendar of its patient."""
    where = ", ".join(filter(None, [visit.location.name, visit.location.street, visit.location.city]))
    title = _("Appointment at %(practice)s with %(who)s") % {"practice": practice, "who": visit.practitioner.staff.name}
    return _calendar_visit(visit, title, where)


def for_practitioner(visit: Appointment) -> CalendarVisit:
    """A visit for the calendar of who gives it: initials, and the room."""
    where = ", ".join(filter(None, [visit.location.name, visit.room.name if visit.room else ""]))
    return _calendar_visit(visit, initials(visit.patient), where)


def initials(patient: Patient) -> str:
    """The first letters of a patient's names, without a name."""
    surname = patient.partner_name if patient.name_order.startswith("partner") else patient.family_name
    given = patient.initials or patient.given_name
    return "".join(f"{name[0].upper()}." for name in (given, surname) if name)


def _calendar_visit(visit: Appointment, title: str, place: str) -> CalendarVisit:
    return CalendarVisit(
        uid=f"{visit.pk}@traject",
        title=title,
        starts=visit.starts,
        ends=visit.ends,
        place=place,
        cancelled=visit.state in GONE,
        sequence=visit.sequence,
        changed_at=visit.changed_at,
    )


def calendar_file(visits: Iterable[CalendarVisit], name: str) -> bytes:
    """An iCalendar file (RFC 5545) of visits, in wall time of Amsterdam with its rules for the changes of the clock.

    A visit keeps its UID; a higher SEQUENCE tells a calendar that it changed, STATUS that it was cancelled.
    """
    from icalendar import Calendar, Event, vText  # noqa: PLC0415 - it takes half a second, and few requests need it

    calendar = Calendar()
    calendar.add("prodid", "-//Traject//Traject//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", vText(name))
    calendar.add_component(_amsterdam())
    for visit in visits:
        event = Event()
        event.add("uid", visit.uid)
        event.add("dtstamp", visit.changed_at.astimezone(dt.UTC))
        event.add("dtstart", visit.starts.astimezone(ZONE))
        event.add("dtend", visit.ends.astimezone(ZONE))
        event.add("summary", visit.title)
        event.add("location", visit.place)
        event.add("sequence", visit.sequence)
        event.add("status", "CANCELLED" if visit.cancelled else "CONFIRMED")
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return calendar.to_ical()


def _amsterdam() -> "Timezone":
    """The rules of the zone since the European Union keeps them: the last Sundays of March and October."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard  # noqa: PLC0415 - as in calendar_file

    zone = Timezone()
    zone.add("tzid", "Europe/Amsterdam")
    winter, summer = dt.timedelta(hours=1), dt.timedelta(hours=2)
    for part, month, start, before, after in (
        (TimezoneDaylight(), 3, dt.datetime.fromisoformat("1996-03-31T02:00"), winter, summer),
        (TimezoneStandard(), 10, dt.datetime.fromisoformat("1996-10-27T03:00"), summer, winter),
    ):
        part.add("dtstart", start)
        part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("tzname", "CEST" if after == summer else "CET")
        zone.add_component(part)
    return zone
