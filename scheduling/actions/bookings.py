"""Proposals that are held for a moment, and the bookings they become: all of a series, or nothing and what changed."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from intake.domain.text import Text
from patients.models import Patient
from patients.policies import Refused
from plans.models import Plan
from practice.models import Location, Staff
from scheduling.actions.messages import tell
from scheduling.actions.writing import current, log, refused_by_the_database
from scheduling.availability import (
    NOT_BY_HAND,
    calendar_for,
    days_of,
    instance_for,
    judged,
    room_of_others,
    sessions_of,
    wishes_of,
    with_sessions,
)
from scheduling.domain.clock import moment, wall_time
from scheduling.domain.constraints import judge
from scheduling.domain.instance import Instance, Placement, Proposal, Reason
from scheduling.domain.many import MOST_PLANS, propose_many
from scheduling.domain.propose import propose
from scheduling.models import Appointment, AppointmentKind, PlanWishes, Series
from scheduling.policies import (
    check_nobody_else_holds,
    check_overlap,
    check_schedule,
    check_undo,
)

HOLD = dt.timedelta(minutes=5)
TAKEN = frozenset({"taken", "full", "room"})  # reasons that an overlap on purpose may set aside
BOOKED = ("booked", "arrived", "done")  # in one of these a session has its visit
PLAN_CHANGED = Reason("plan", Text("Het plan is intussen veranderd.", "The plan has changed meanwhile."))


@dataclass(frozen=True, slots=True)
class OnPurpose:
    """Why a session shares its place on purpose, and the visits that were named to who chose that."""

    because: str
    named: frozenset[uuid.UUID] = frozenset()


NO_OVERLAPS: Mapping[int, OnPurpose] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Change:
    """A session of a proposal that cannot be where it was proposed any more, and why."""

    placement: Placement
    reasons: tuple[Reason, ...]


class SeriesChanged(Refused):
    """Nothing was booked: `changes` says what is not free any more."""

    def __init__(self, changes: tuple[Change, ...]) -> None:
        super().__init__(_("Nothing was booked, because the agenda has changed since the proposal."))
        self.changes = changes


class NotPossible(Refused):
    """A visit cannot be there; `reasons` are for the desk."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        language = get_language() or "nl"
        super().__init__(" ".join(reason.text.in_language(language) for reason in reasons))
        self.reasons = reasons


# --- wishes ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_wishes(*, plan: Plan, wishes: Mapping[str, Any], by: Staff, now: dt.datetime) -> PlanWishes:
    """Keep what the patient wishes of the visits of a plan; `wishes` are fields of `PlanWishes`."""
    stored, _made = PlanWishes.objects.update_or_create(plan=plan, defaults={**wishes, "by": by, "changed_at": now})
    plan.wishes = stored
    log(plan, patient_id=plan.episode.patient_id, by=by, event="visit_wishes_changed", action="U", now=now)
    return stored


# --- proposals, held ------------------------------------------------------------------------------------------------


def as_json(placement: Placement) -> dict[str, Any]:
    """A placement as it is kept with its series."""
    return {
        "number": placement.number,
        "start": placement.start.isoformat(timespec="minutes"),
        "minutes": placement.minutes,
        "practitioner": placement.practitioner,
        "room": placement.room,
        "location": placement.location,
    }


def from_json(kept: Mapping[str, Any]) -> Placement:
    """A placement that was kept. Raises `KeyError`, `TypeError` or `ValueError` for what is none."""
    return Placement(
        int(kept["number"]),
        dt.datetime.fromisoformat(kept["start"]),
        int(kept["minutes"]),
        kept["practitioner"],
        kept["room"],
        kept["location"],
    )


def placements_of(series: Series) -> tuple[Placement, ...]:
    """The places that were proposed for a series, by number."""
    return tuple(from_json(kept) for kept in series.proposal.get("placements", ()))


def pins_of(series: Series) -> frozenset[int]:
    """The numbers of the sessions that stay where they are when the rest is proposed again."""
    return frozenset(series.proposal.get("pins", ()))


def skips_of(series: Series) -> frozenset[int]:
    """The numbers of the sessions that are not booked now."""
    return frozenset(series.proposal.get("skips", ()))


def overlaps_of(series: Series) -> dict[int, OnPurpose]:
    """The sessions that overlap with other visits on purpose, by their number."""
    named = series.proposal.get("named", {})
    return {
        int(number): OnPurpose(because, frozenset(map(uuid.UUID, named.get(number, ()))))
        for number, because in series.proposal.get("overlaps", {}).items()
    }


@transaction.atomic
def propose_series(
    *,
    plan: Plan,
    request_key: uuid.UUID,
    by: Staff,
    now: dt.datetime,
    pins: Collection[Placement] = (),
    skips: Collection[int] = (),
    overlaps: Mapping[int, OnPurpose] = NO_OVERLAPS,
    kept: Collection[Placement] = (),
) -> Series:
    """Propose the rest of a plan and hold it for a moment; pinned sessions stay, skipped ones are left out.

    What is `kept` stays this time, without being pinned for the next. `overlaps` says of sessions that stay why they
    share their place on purpose. The same request, sent twice, proposes once. Raises `Refused` when the plan is not to
    be scheduled, or while a colleague is scheduling it.
    """
    let_nobody_else_book()
    made = Series.objects.filter(request_key=request_key, plan=plan).first()
    if made is not None:
        return made
    _let_go_of(plan, by=by, now=now)
    known = with_sessions(Plan.objects.filter(pk=plan.pk)).get()
    instance = instance_for(plan=known, wishes=wishes_of(known), now=now, pins=[*pins, *kept], skips=skips)
    places = _new(known, propose(instance), now)
    return _hold(known, places, request_key, pins=pins, skips=skips, overlaps=overlaps, by=by, now=now)


@transaction.atomic
def hold_series(
    *,
    plan: Plan,
    placements: Collection[Placement],
    request_key: uuid.UUID,
    by: Staff,
    now: dt.datetime,
    pins: Collection[Placement] = (),
    skips: Collection[int] = (),
    overlaps: Mapping[int, OnPurpose] = NO_OVERLAPS,
) -> Series:
    """Hold these places for the sessions of a plan for 5 minutes; what this person held for it before is let go.

    Raises `PlaceTaken` when one of them is not free any more.
    """
    let_nobody_else_book()
    _let_go_of(plan, by=by, now=now)
    return _hold(plan, placements, request_key, pins=pins, skips=skips, overlaps=overlaps, by=by, now=now)


@transaction.atomic
def change_proposal(
    *,
    series: Series,
    by: Staff,
    now: dt.datetime,
    place: Placement | None = None,
    pins: Collection[int] | None = None,
    skips: Collection[int] | None = None,
    overlap_because: str = "",
    named: Collection[uuid.UUID] = (),
) -> Series:
    """Change a proposal without moving its other sessions: another place for one, other pins, other skips.

    A session that gets another place is pinned there. With a reason, and by somebody who may, that place can share its
    practitioner with another visit, and its room with the visits that were `named` to them. Raises `Refused` when the
    proposal was booked already, `PlaceTaken` when the place is not free any more, and `NotPossible` when more stands in
    its way.
    """
    let_nobody_else_book()
    series = _unbooked(series)
    numbers = pins_of(series) if pins is None else frozenset(pins)
    left_out = skips_of(series) if skips is None else frozenset(skips)
    kept = {one.number: one for one in placements_of(series) if one.number not in left_out}
    overlaps = {number: on_purpose for number, on_purpose in overlaps_of(series).items() if number in kept}
    if place is not None:
        overlaps.pop(place.number, None)
        kept[place.number] = place
        numbers |= {place.number}
        if overlap_because:
            check_share(series=series, place=place, overlap_because=overlap_because, named=named, by=by, now=now)
            overlaps[place.number] = OnPurpose(overlap_because.strip(), frozenset(named))
    return hold_series(
        plan=series.plan,
        placements=[kept[number] for number in sorted(kept)],
        request_key=uuid.uuid4(),
        by=by,
        now=now,
        pins=[one for number, one in kept.items() if number in numbers],
        skips=left_out,
        overlaps=overlaps,
    )


def check_share(
    *,
    series: Series,
    place: Placement,
    overlap_because: str,
    named: Collection[uuid.UUID],
    by: Staff,
    now: dt.datetime,
) -> None:
    """Raise `Refused` unless this person may put a session where another visit is; only `named` ones share a room."""
    check_overlap(by, overlap_because)
    instance = _now(series, now)
    if place.number not in {need.number for need in instance.needs}:
        raise NotPossible((PLAN_CHANGED,))
    beside = [one for one in placements_of(series) if one.number not in skips_of(series)]
    if reasons := _but_shared(series, place, _why_not(instance, place, [*instance.pins, *beside]), named, now):
        raise NotPossible(reasons)


def _but_taken(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """The reasons that an overlap on purpose does not set aside."""
    return tuple(reason for reason in reasons if reason.code not in TAKEN)


def _but_shared(
    series: Series, place: Placement, reasons: Iterable[Reason], named: Collection[uuid.UUID], now: dt.datetime
) -> tuple[Reason, ...]:
    """The reasons that stand in the way of sharing a place on purpose."""
    own = [*series.appointments.filter(state="held").values_list("pk", flat=True)]
    return (*_but_taken(reasons), *room_of_others(place, named=named, now=now, leaving_out=own))


def _now(series: Series, now: dt.datetime) -> Instance:
    """What booking the rest of a plan depends on now, without what is held for this proposal."""
    plan = with_sessions(Plan.objects.filter(pk=series.plan_id)).get()
    own = [row.pk for row in plan.appointments.all() if row.series_id == series.pk]
    return instance_for(plan=plan, wishes=wishes_of(plan), now=now, leaving_out=own)


@transaction.atomic
def propose_together(*, plans: Sequence[Plan], by: Staff, now: dt.datetime) -> list[Series]:
    """Propose the rest of several plans such that all of them can be booked, and hold them. At most 40 plans."""
    if len(plans) > MOST_PLANS:
        raise Refused(_("At most %(number)s plans can be scheduled together.") % {"number": MOST_PLANS})
    let_nobody_else_book()
    for plan in plans:
        _let_go_of(plan, by=by, now=now)
    known = list(with_sessions(Plan.objects.filter(pk__in=[plan.pk for plan in plans])).order_by("activated_at", "pk"))
    first, last = days_of(known, now=now)
    calendar = calendar_for(first=first, last=last, now=now)
    instances = [instance_for(plan=plan, wishes=wishes_of(plan), now=now, calendar=calendar) for plan in known]
    return [
        _hold(plan, _new(plan, proposal, now), uuid.uuid4(), by=by, now=now)
        for plan, instance, proposal in zip(known, instances, propose_many(instances), strict=True)
    ]


@transaction.atomic
def expire_holds(*, now: dt.datetime) -> int:
    """Let go of every place that was held for a moment which is over; gives how many.

    They take nothing in any agenda any more; this removes them from the database, also when nobody books.
    """
    over = list(Appointment.objects.select_for_update().expired_holds(now))
    for held in over:
        log(held, patient_id=held.patient_id, by=None, event="hold_expired", action="D", now=now)
    Appointment.objects.filter(pk__in=[held.pk for held in over]).delete()
    return len(over)


@transaction.atomic
def extend_hold(*, series: Series, by: Staff, now: dt.datetime) -> Series:
    """Hold the places of a proposal for another 5 minutes from now. Raises `Refused` when the hold is over."""
    series = _unbooked(series)
    held = series.appointments.filter(state="held", held_until__gt=now)
    if held.update(held_until=now + HOLD) == 0:
        raise Refused(_("The hold is over. Make the proposal again."))
    log(series, patient_id=series.plan.episode.patient_id, by=by, event="series_hold_extended", action="U", now=now)
    return series


def _unbooked(series: Series) -> Series:
    """The series as it is stored, kept from others until this transaction ends."""
    stored = Series.objects.select_for_update().get(pk=series.pk)
    if stored.booked_at is not None:
        raise Refused(_("This series is booked already."))
    return stored


def _new(plan: Plan, proposal: Proposal, now: dt.datetime) -> list[Placement]:
    """What a proposal adds to the sessions that had a place before."""
    to_book = sessions_of(plan, now=now).to_book
    return [one for one in proposal.placements if one.number in to_book]


def _let_go_of(plan: Plan, *, by: Staff, now: dt.datetime) -> None:
    """Let go of holds that are over, and of what this person held for the plan."""
    check_schedule(plan)
    Appointment.objects.expired_holds(now).delete()
    check_nobody_else_holds(plan, by, now)
    Appointment.objects.filter(plan=plan, state="held", series__isnull=False).delete()


def let_nobody_else_book() -> None:
    """Keep others from booking until this transaction ends, so that what is read now stays true.

    SQLite writes one transaction after the other anyway; on PostgreSQL the locations are locked.
    """
    list(Location.objects.select_for_update(no_key=True).order_by("pk"))


def _hold(
    plan: Plan,
    placements: Collection[Placement],
    request_key: uuid.UUID,
    *,
    by: Staff,
    now: dt.datetime,
    pins: Collection[Placement] = (),
    skips: Collection[int] = (),
    overlaps: Mapping[int, OnPurpose] = NO_OVERLAPS,
) -> Series:
    with refused_by_the_database():
        series = Series.objects.create(
            plan=plan,
            request_key=request_key,
            by=by,
            held_at=now,
            proposal={
                "placements": [as_json(one) for one in placements],
                "pins": sorted(pin.number for pin in pins),
                "skips": sorted(skips),
                "overlaps": {str(number): one.because for number, one in sorted(overlaps.items())},
                "named": {str(number): sorted(map(str, one.named)) for number, one in sorted(overlaps.items())},
            },
        )
        _insert(series, placements, by=by, now=now, state="held", held_until=now + HOLD)
    log(series, patient_id=series.plan.episode.patient_id, by=by, event="series_held", action="C", now=now)
    return series


def _insert(series: Series, placements: Iterable[Placement], *, by: Staff, now: dt.datetime, **fields: Any) -> None:
    kind, plan, overlaps = AppointmentKind.objects.named("session"), series.plan, overlaps_of(series)
    Appointment.objects.bulk_create(
        Appointment(
            kind=kind,
            patient_id=plan.episode.patient_id,
            episode_id=plan.episode_id,
            plan=plan,
            session_number=one.number,
            series=series,
            created_at=now,
            changed_at=now,
            by=by,
            overlap_because=overlaps[one.number].because if one.number in overlaps else "",
            overlap_by_id=series.by_id if one.number in overlaps else None,
            **where(one),
            **fields,
        )
        for one in placements
    )


def where(placement: Placement) -> dict[str, Any]:
    """The fields of an appointment that say where and when."""
    starts = moment(placement.start)
    return {
        "practitioner_id": int(placement.practitioner),
        "room_id": int(placement.room) if placement.room else None,
        "location_id": int(placement.location),
        "starts": starts,
        "ends": starts + dt.timedelta(minutes=placement.minutes),
    }


# --- booking --------------------------------------------------------------------------------------------------------


@transaction.atomic
def book_series(*, series: Series, by: Staff, now: dt.datetime, numbers: Collection[int] | None = None) -> Series:
    """Book all of a proposal, or only the sessions with these numbers; sent twice, it books once.

    Raises `SeriesChanged` when one of them cannot be there any more: then nothing is booked. A hold that is over is no
    reason, as long as the places are free.
    """
    let_nobody_else_book()
    series = Series.objects.select_for_update().get(pk=series.pk)
    if series.booked_at is not None:
        return series
    check_schedule(series.plan)
    wanted = [one for one in placements_of(series) if numbers is None or one.number in numbers]
    if not wanted:
        raise Refused(_("There is nothing to book in this proposal."))
    _check_unchanged(series, wanted, now)
    _take(series, wanted, by=by, now=now)
    series.booked_at = now
    series.save(update_fields=["booked_at"])
    tell(patient=series.plan.episode.patient, kind="booked", series=series, now=now)
    log(
        series,
        patient_id=series.plan.episode.patient_id,
        by=by,
        event="series_booked",
        action="C",
        now=now,
        detail=f"{len(wanted)} visits",
    )
    return series


def _check_unchanged(series: Series, wanted: list[Placement], now: dt.datetime) -> None:
    """Raise `SeriesChanged` when leave, a closure, another booking or the plan stands in the way by now."""
    instance, overlaps = _now(series, now), overlaps_of(series)
    asked, elsewhere = {need.number for need in instance.needs}, _booked_elsewhere(series)
    others = [*instance.pins, *(one for one in wanted if one.number not in elsewhere)]
    changes = []
    for one in wanted:
        if one.number in elsewhere:
            reasons: tuple[Reason, ...] = (elsewhere[one.number],)
        else:
            reasons = _why_not(instance, one, others) if one.number in asked else (PLAN_CHANGED,)
        if on_purpose := overlaps.get(one.number):
            reasons = _but_shared(series, one, reasons, on_purpose.named, now)
        if reasons:
            changes.append(Change(one, reasons))
    if changes:
        raise SeriesChanged(tuple(changes))


def _booked_elsewhere(series: Series) -> dict[int, Reason]:
    """For each session of the plan that was booked since, by its number, when it is."""
    rows = Appointment.objects.filter(plan=series.plan_id, state__in=BOOKED).values_list("session_number", "starts")
    return {number: _is_booked(number, wall_time(at)) for number, at in rows if number is not None}


def _is_booked(number: int, at: dt.datetime) -> Reason:
    return Reason(
        "booked",
        Text(
            f"Zitting {number} is intussen al geboekt, op {at:%d-%m} om {at:%H:%M}.",
            f"Session {number} has been booked meanwhile, on {at:%d-%m} at {at:%H:%M}.",
        ),
    )


def _why_not(instance: Instance, placement: Placement, others: Iterable[Placement]) -> tuple[Reason, ...]:
    needs = tuple(
        replace(need, minutes=placement.minutes) if need.number == placement.number else need for need in instance.needs
    )
    return judge(replace(instance, needs=needs), placement, others, except_for=NOT_BY_HAND)


def _take(series: Series, wanted: list[Placement], *, by: Staff, now: dt.datetime) -> None:
    """Turn what is held into visits, and take what is held no more; what is not wanted is let go."""
    held = series.appointments.filter(state="held")
    numbers = {one.number for one in wanted}
    held.exclude(session_number__in=numbers).delete()
    Appointment.objects.expired_holds(now).exclude(series=series).delete()
    there = set(held.values_list("session_number", flat=True))
    with refused_by_the_database():
        held.update(state="booked", held_until=None, version=F("version") + 1, changed_at=now, by=by)
        _insert(series, [one for one in wanted if one.number not in there], by=by, now=now, state="booked")


@transaction.atomic
def undo_series(*, series: Series, by: Staff, now: dt.datetime) -> Series:
    """Take back a booking within 30 seconds: its visits are cancelled and nobody is told."""
    series = Series.objects.select_for_update().get(pk=series.pk)
    check_undo(series, now)
    series.appointments.filter(state="booked").update(
        state="cancelled",
        cancelled_at=now,
        cancel_reason="undone",
        version=F("version") + 1,
        sequence=F("sequence") + 1,
        changed_at=now,
    )
    series.messages.waiting().update(called_off_at=now)
    series.undone_at = now
    series.save(update_fields=["undone_at"])
    log(series, patient_id=series.plan.episode.patient_id, by=by, event="series_undone", action="U", now=now)
    return series


@transaction.atomic
def book_one(
    *,
    patient: Patient,
    kind: AppointmentKind,
    placement: Placement,
    by: Staff,
    now: dt.datetime,
    plan: Plan | None = None,
    number: int | None = None,
    overlap_because: str = "",
    named: Collection[uuid.UUID] = (),
) -> Appointment:
    """Book one visit; with a plan and a number it is that session. Sent twice, it books once.

    What this person holds for a proposal of that plan is let go. Raises `NotPossible` with the reasons when it cannot
    be there, `PlaceTaken` when somebody else was first, and `Refused` while a colleague is scheduling the plan. It
    overlaps on purpose as a visit that is moved.
    """
    let_nobody_else_book()
    Appointment.objects.expired_holds(now).delete()
    there = where(placement)
    again = Appointment.objects.booked().filter(patient=patient, by=by, kind=kind, **there)
    if made := again.first():
        return made
    if plan is not None:
        _let_go_of(plan, by=by, now=now)
        plan = with_sessions(Plan.objects.filter(pk=plan.pk)).get()
    visit = Appointment(
        kind=kind,
        patient=patient,
        episode=plan.episode if plan else None,
        plan=plan,
        session_number=number,
        created_at=now,
        changed_at=now,
        by=by,
        **there,
    )
    place_visit(visit, placement, by=by, now=now, because=overlap_because, named=named)
    tell(patient=patient, kind="booked", appointment=visit, now=now)
    log(visit, patient_id=visit.patient_id, by=by, event="appointment_booked", action="C", now=now)
    return visit


@transaction.atomic
def move_appointment(
    *,
    appointment: Appointment,
    version: int,
    placement: Placement,
    by: Staff,
    now: dt.datetime,
    overlap_because: str = "",
    named: Collection[uuid.UUID] = (),
) -> Appointment:
    """Move a visit to another time, practitioner or room, by the same conditions as a proposal.

    Raises `Stale` when it is not the version that was seen, `NotPossible` with the reasons, and `PlaceTaken`. With a
    reason, and by somebody who may, it can share its practitioner with another visit, and its room with the visits of
    others that were `named` to them.
    """
    let_nobody_else_book()
    visit = current(appointment, version)
    if visit.state != "booked":
        raise Refused(_("Only a visit that is booked can be moved."))
    Appointment.objects.expired_holds(now).delete()
    visit.version += 1
    visit.sequence += 1
    visit.changed_at = now
    place_visit(visit, placement, by=by, now=now, because=overlap_because, named=named)
    tell(patient=visit.patient, kind="changed", appointment=visit, now=now)
    log(visit, patient_id=visit.patient_id, by=by, event="appointment_moved", action="U", now=now)
    return visit


def place_visit(
    visit: Appointment,
    placement: Placement,
    *,
    by: Staff,
    now: dt.datetime,
    because: str,
    named: Collection[uuid.UUID] = (),
) -> None:
    """Store a visit where it can be, or where it may be on purpose. Raises `NotPossible` and `PlaceTaken`."""
    for name, value in where(placement).items():
        setattr(visit, name, value)
    visit.overlap_because, visit.overlap_by = "", None
    if because:
        check_place_on_purpose(visit=visit, placement=placement, because=because, named=named, by=by, now=now)
        visit.overlap_because, visit.overlap_by = because.strip(), by
    elif reasons := judged(appointment=visit, placement=placement, now=now):
        raise NotPossible(reasons)
    with refused_by_the_database():
        visit.save()


def check_place_on_purpose(
    *,
    visit: Appointment,
    placement: Placement,
    because: str,
    named: Collection[uuid.UUID],
    by: Staff,
    now: dt.datetime,
) -> None:
    """Raise `Refused` unless this person may put a visit where another is; only `named` ones of others share a room."""
    check_overlap(by, because)
    others = room_of_others(placement, named=named, now=now, leaving_out=[visit.pk])
    if reasons := (*_but_taken(judged(appointment=visit, placement=placement, now=now)), *others):
        raise NotPossible(reasons)
