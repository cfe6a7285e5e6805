"""What waits for the desk: visits that cannot be as agreed, places that became free and whom they help. Reads only."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from django.db.models import QuerySet
from django.utils.translation import get_language

from plans.models import Plan
from practice.models import Staff
from scheduling.availability import (
    calendar_for,
    days_of,
    instance_for,
    instance_for_visit,
    wishes_of,
    with_sessions,
)
from scheduling.domain.clock import wall_time
from scheduling.domain.constraints import covers, why_closed
from scheduling.domain.filling import FreePlace, Wanted, whom_it_helps
from scheduling.domain.instance import DayPart, Instance, Placement, Preferences, Row, Span
from scheduling.domain.life import GONE
from scheduling.domain.many import propose_many
from scheduling.models import Appointment, Offer, WaitingListEntry

AHEAD = dt.timedelta(weeks=9)  # as far as visits are looked at: the longest course, and a week
LOOK_FOR = dt.timedelta(weeks=3)  # after the agreed day, within which another place is looked for
FILL = dt.timedelta(weeks=2)  # ahead: places that became free later than that are filled by planning as usual
MOST_SWAPS = 40

Case = tuple[Instance, dict[int, Appointment]]  # what is asked of the solver, and the visits by their number in it


@dataclass(frozen=True, slots=True)
class Conflict:
    """A visit that cannot be as it was agreed, and why; `cause` is what the desk may read."""

    visit: Appointment
    cause: str


@dataclass(frozen=True, slots=True)
class Swap:
    """Another place for a visit that cannot be as it was agreed; None where there is none, and then `why_not`.

    `why_not` is what the desk may read.
    """

    conflict: Conflict
    place: Placement | None
    practitioner: str = ""
    why_not: str = ""

    @property
    def key(self) -> str:
        """The visit, its version and the place: a page sends it back, so that only what was seen is booked."""
        visit, place = self.conflict.visit, self.place
        where = f"{place.start.isoformat()} {place.practitioner} {place.room}" if place else ""
        return f"{visit.pk} {visit.version} {where}"


@dataclass(frozen=True, slots=True)
class Freed:
    """A place that became free, whom it helps, and the open offer of it if there is one."""

    visit: Appointment
    helped: tuple["Helped", ...]
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class Helped:
    """Somebody whom a free place helps: from the waiting list, or with a visit that cannot be."""

    wanted: Wanted
    name: str
    entry: WaitingListEntry | None = None
    visit: Appointment | None = None


# --- visits in conflict ---------------------------------------------------------------------------------------------


def visits_in_conflict(visits: "QuerySet[Appointment]", now: dt.datetime) -> list[Conflict]:
    """The visits to come that cannot be as they were agreed, soonest first; see `causes_of_conflict`.

    Hundreds of visits are to come and few are in conflict, so only those few are read as a whole.
    """
    causes = causes_of_conflict(visits, now)
    whole = visits.filter(pk__in=causes).with_related().select_related("plan", "episode").order_by("starts", "pk")
    return [Conflict(visit, causes[visit.pk]) for visit in whole]


def causes_of_conflict(visits: "QuerySet[Appointment]", now: dt.datetime) -> dict[object, str]:
    """The visits to come that fall in leave, a closure, a holiday or outside working hours, and why, for the desk.

    By their keys; in constant queries.
    """
    to_come = visits.filter(state="booked", starts__gt=now, starts__lt=now + AHEAD).order_by("starts", "pk")
    rows = list(to_come.values_list("pk", "starts", "ends", "practitioner_id", "location_id"))
    if not rows:
        return {}
    first, last = wall_time(rows[0][1]).date(), wall_time(rows[-1][2]).date()
    open_hours = calendar_for(first=first, last=last, now=now, with_visits=False)
    people = {one.code: one for one in open_hours.practitioners}
    causes = {}
    for pk, starts, ends, practitioner, location in rows:
        who, span = people.get(str(practitioner)), Span(wall_time(starts), wall_time(ends))
        if who is None or not covers(who.free, span, str(location)):
            reason = why_closed(who.closed, span) if who else None
            causes[pk] = _said(reason.text) if reason else ""
    return causes


def swaps_for(conflicts: Sequence[Conflict], now: dt.datetime) -> list[Swap]:
    """Another place for each of these visits, all of them bookable together; everything else stays where it is."""
    looked_at = conflicts[:MOST_SWAPS]
    if not looked_at:
        return []
    plans = _plans_of(looked_at)
    first, last = days_of(plans.values(), now=now)
    last = max(last, wall_time(looked_at[-1].visit.starts).date() + LOOK_FOR)
    calendar = calendar_for(first=first, last=last, now=now)
    names = {one.code: one.name for one in calendar.practitioners}
    rows = _rows_for(_cases(looked_at, plans, calendar, now), now)
    return [_swap(one, rows.get(one.visit.pk), names) for one in looked_at]


def _swap(conflict: Conflict, row: Row | None, names: Mapping[str, str]) -> Swap:
    """What was found for a visit."""
    if row is None:
        return Swap(conflict, None)
    if row.placement is None:
        return Swap(conflict, None, why_not=" ".join(_said(reason.text) for reason in row.reasons))
    return Swap(conflict, row.placement, names.get(row.placement.practitioner, ""))


def _plans_of(conflicts: Iterable[Conflict]) -> dict[object, Plan]:
    pks = {one.visit.plan_id for one in conflicts if one.visit.plan_id and one.visit.session_number}
    return {plan.pk: plan for plan in with_sessions(Plan.objects.filter(pk__in=pks))}


def _cases(
    conflicts: Iterable[Conflict], plans: dict[object, Plan], calendar: "object", now: dt.datetime
) -> list[Case]:
    """What is asked of the solver: the sessions of each plan that need another place, and every other visit alone."""
    of_plan: dict[object, dict[int, Appointment]] = defaultdict(dict)
    cases = []
    for one in conflicts:
        visit = one.visit
        if visit.plan_id in plans and visit.session_number:
            of_plan[visit.plan_id][visit.session_number] = visit
        else:
            cases.append((_alone(visit, calendar, now), {1: visit}))
    for pk, visits in of_plan.items():
        cases.append((_in_plan(plans[pk], visits, calendar, now), visits))
    return cases


def _rows_for(cases: Iterable[Case], now: dt.datetime) -> dict[object, Row]:
    """What was found for each visit, by its key; a patient gets a case at a time, so that the next sees its days."""
    by_patient: dict[object, list[Case]] = defaultdict(list)
    for case in cases:
        by_patient[_patient_of(case)].append(case)
    days = _busy(by_patient, now)
    rows: dict[object, Row] = {}
    to_move = {visit.pk for patient in by_patient.values() for _, visits in patient for visit in visits.values()}
    settled: list[Instance] = []
    for turn in zip_longest(*by_patient.values()):
        now_asked = [case for case in turn if case is not None]
        places = {pk: row.placement for pk, row in rows.items()}
        asked = [(_beside_other_visits(case, days[_patient_of(case)], to_move, places), case[1]) for case in now_asked]
        proposals = propose_many([*settled, *(instance for instance, _ in asked)])[len(settled) :]
        for proposal, (instance, visits) in zip(proposals, asked, strict=True):
            found = {row.number: row for row in proposal.rows if row.number in visits}
            rows.update({visits[number].pk: row for number, row in found.items()})
            settled.append(_settled(instance, {number: row.placement for number, row in found.items()}))
    return rows


def _patient_of(case: Case) -> object:
    return next(iter(case[1].values())).patient_id


def _beside_other_visits(
    case: Case, days: Mapping[object, dt.date], to_move: Container, places: Mapping[object, Placement | None]
) -> Instance:
    """A case without the days on which the patient comes for other visits; those of one day may stay on one."""
    instance, visits = case
    own, before = {visit.pk for visit in visits.values()}, {wall_time(visit.starts).date() for visit in visits.values()}
    closed = []
    for pk, day in days.items():
        place = places.get(pk)
        if pk in own or (pk in to_move and place is None):
            continue
        if before != {day}:
            closed.append(_whole(place.start.date() if place else day))
        elif place:
            closed.append(place.span)
    return replace(instance, busy=(*instance.busy, *closed))


def _whole(day: dt.date) -> Span:
    midnight = dt.datetime.combine(day, dt.time())
    return Span(midnight, midnight + dt.timedelta(days=1))


def _settled(instance: Instance, found: Mapping[int, Placement | None]) -> Instance:
    """The same with what was found fixed, and what has no place left out: others find their place beside it."""
    placed = [place for place in found.values() if place is not None]
    lost = {number for number, place in found.items() if place is None}
    return replace(instance, pins=(*instance.pins, *placed), skips=instance.skips | lost)


def _in_plan(plan: Plan, visits: dict[int, Appointment], calendar: "object", now: dt.datetime) -> Instance:
    leaving_out = [visit.pk for visit in visits.values()]
    options = {"plan": plan, "wishes": wishes_of(plan), "now": now, "leaving_out": leaving_out, "calendar": calendar}
    others = {need.number for need in instance_for(**options).needs} - set(visits)
    return instance_for(**options, skips=others)


def _alone(visit: Appointment, calendar: "object", now: dt.datetime) -> Instance:
    tomorrow = wall_time(now).date() + dt.timedelta(days=1)  # nobody can be reached for today
    first = max(tomorrow, wall_time(visit.starts).date() - dt.timedelta(days=7))
    return instance_for_visit(
        patient=visit.patient,
        kind=visit.kind,
        minutes=int((visit.ends - visit.starts).total_seconds() // 60),
        first=first,
        last=wall_time(visit.starts).date() + LOOK_FOR,
        now=now,
        preferences=Preferences(practitioner=str(visit.practitioner_id)),
        leaving_out=[visit.pk],
        calendar=calendar,
    )


def _said(text: "object") -> str:
    return text.in_language((get_language() or "nl")[:2])


# --- places that became free ----------------------------------------------------------------------------------------


def freed_places(staff: Staff, now: dt.datetime) -> list[Freed]:
    """The places of cancelled visits that are still free, soonest first, with whom each helps; in constant queries."""
    cancelled = Appointment.objects.visible_to(staff).filter(state__in=sorted(GONE), starts__gt=now)
    rows = cancelled.filter(starts__lt=now + FILL).exclude(cancel_reason="undone").order_by("starts")
    return _filled(list(rows.as_places()), staff, now)


def freed_place(visit: Appointment, staff: Staff, now: dt.datetime) -> Freed | None:
    """The place of one cancelled visit, with whom it helps; None when it is not free any more."""
    return next(iter(_filled([visit], staff, now)), None)


def _filled(rows: list[Appointment], staff: Staff, now: dt.datetime) -> list[Freed]:
    rows = _still_free(rows, now)
    if not rows:
        return []
    offers = _open_offers(now)
    waiting = _waiting(staff, now)
    competences = _competences(rows)
    places = []
    for visit in rows:
        place = FreePlace(
            wall_time(visit.starts),
            int((visit.ends - visit.starts).total_seconds() // 60),
            str(visit.practitioner_id),
            competences[visit.practitioner_id],
        )
        helped = whom_it_helps(place, [one.wanted for one in waiting.values() if one.wanted.code != str(visit.pk)])
        found = tuple(waiting[wanted.code] for wanted in helped)
        places.append(Freed(visit, found, offers.get((visit.starts, visit.practitioner_id))))
    return places


def _open_offers(now: dt.datetime) -> dict[tuple[dt.datetime, int], Offer]:
    rows = Offer.objects.filter(state="open", expires_at__gt=now).select_related("entry__patient")
    return {(offer.starts, offer.practitioner_id): offer for offer in rows}


def _still_free(rows: list[Appointment], now: dt.datetime) -> list[Appointment]:
    """One row for each place whose practitioner works then and is in no other visit; an offered place is in ours."""
    if not rows:
        return []
    first, last = wall_time(rows[0].starts).date(), wall_time(max(row.ends for row in rows)).date()
    offered = list(Offer.objects.filter(state="open", expires_at__gt=now).values_list("held", flat=True))
    calendar = calendar_for(first=first, last=last, now=now, leaving_out=offered)
    people = {one.code: one for one in calendar.practitioners}
    free: dict[tuple[dt.datetime, int], Appointment] = {}
    for row in rows:
        who = people.get(str(row.practitioner_id))
        span = Span(wall_time(row.starts), wall_time(row.ends))
        if who and covers(who.free, span, str(row.location_id)):
            free.setdefault((row.starts, row.practitioner_id), row)
    return list(free.values())


def _competences(rows: Iterable[Appointment]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    people = {row.practitioner_id: row.practitioner for row in rows}
    for pk, practitioner in people.items():
        found[pk] |= practitioner.competence_codes
    return {pk: frozenset(codes) for pk, codes in found.items()}


def _waiting(staff: Staff, now: dt.datetime) -> dict[str, Helped]:
    """Everybody who could be helped, by code: the waiting list, and visits that cannot be as agreed."""
    entries = list(
        WaitingListEntry.objects.visible_to(staff)
        .open()
        .select_related("patient", "instead_of__kind")
        .prefetch_related("offers")
    )
    busy = _busy({entry.patient_id for entry in entries}, now)
    found = [Helped(_wanted(entry, busy), str(entry.patient), entry=entry) for entry in entries]
    known = {entry.instead_of_id for entry in entries}
    for conflict in visits_in_conflict(Appointment.objects.visible_to(staff), now):
        if conflict.visit.pk not in known:
            found.append(Helped(_stuck(conflict.visit), str(conflict.visit.patient), visit=conflict.visit))
    return {one.wanted.code: one for one in found}


def _busy(patients: Collection, now: dt.datetime) -> dict[object, dict[object, dt.date]]:
    """The days on which patients come already, by appointment."""
    found: dict[object, dict[object, dt.date]] = defaultdict(dict)
    rows = Appointment.objects.live().filter(patient_id__in=patients, starts__gt=now)
    for patient, pk, starts in rows.values_list("patient_id", "pk", "starts"):
        found[patient][pk] = wall_time(starts).date()
    return found


def _wanted(entry: WaitingListEntry, busy: dict) -> Wanted:
    """An entry of the waiting list as a value; the day of the visit that would be replaced is not in the way."""
    days = {day for pk, day in busy[entry.patient_id].items() if pk != entry.instead_of_id}
    replaced = entry.instead_of
    return Wanted(
        code=str(entry.pk),
        since=entry.asked_at,
        minutes=entry.minutes,
        practitioner=str(entry.practitioner_id) if entry.practitioner_id else None,
        competences=frozenset(replaced.kind.competences) if replaced else frozenset(),
        weekdays=frozenset(entry.weekdays),
        day_parts=frozenset(DayPart(code) for code in entry.day_parts),
        from_date=entry.from_date,
        until_date=entry.until_date,
        instead_of=wall_time(replaced.starts) if replaced else None,
        busy=frozenset(days),
        declined=frozenset(
            (wall_time(offer.starts), str(offer.practitioner_id))
            for offer in entry.offers.all()
            if offer.state in ("declined", "expired")
        ),
    )


def _stuck(visit: Appointment) -> Wanted:
    return Wanted(
        code=str(visit.pk),
        since=visit.created_at,
        minutes=int((visit.ends - visit.starts).total_seconds() // 60),
        competences=frozenset(visit.kind.competences),
        instead_of=wall_time(visit.starts),
        in_conflict=True,
    )
