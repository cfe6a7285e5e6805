"""The waiting list, who wants to come earlier, and places that became free: offered, taken, declined or expired."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from practice.models import Staff
from scheduling.actions.messages import tell
from scheduling.actions.writing import current, log, refused_by_the_database
from scheduling.models import Appointment, AppointmentKind, Offer, WaitingListEntry
from scheduling.policies import check_answer, check_offer, check_wants_earlier
from scheduling.steps import step_of

OFFER_LASTS = dt.timedelta(hours=2)


@transaction.atomic
def wait_for_a_place(
    *, patient: Any, wishes: Mapping[str, Any], by: Staff, now: dt.datetime, plan: Any = None, episode: Any = None
) -> WaitingListEntry:
    """Put a patient on the waiting list. `wishes` are fields of the entry: practitioner, minutes, days and so on."""
    entry = WaitingListEntry.objects.create(
        patient=patient, plan=plan, episode=episode, asked_at=now, by=by, **dict(wishes)
    )
    log(entry, patient_id=entry.patient_id, by=by, event="waiting_list_added", action="C", now=now)
    return entry


@transaction.atomic
def want_earlier(
    *, appointment: Appointment, by: Staff, now: dt.datetime, wishes: Mapping[str, Any] | None = None
) -> WaitingListEntry:
    """Note that a patient would rather come earlier than a visit that is booked; asked twice, it is noted once."""
    visit = current(appointment)
    check_wants_earlier(visit, now)
    known = WaitingListEntry.objects.open().filter(instead_of=visit).first()
    if known is not None:
        return known
    minutes = int((visit.ends - visit.starts).total_seconds() // 60)
    entry = WaitingListEntry.objects.create(
        patient_id=visit.patient_id,
        plan_id=visit.plan_id,
        episode_id=visit.episode_id,
        instead_of=visit,
        asked_at=now,
        by=by,
        **{"minutes": minutes, **(wishes or {})},
    )
    log(entry, patient_id=entry.patient_id, by=by, event="wants_earlier", action="C", now=now)
    return entry


@transaction.atomic
def close_entry(*, entry: WaitingListEntry, by: Staff, now: dt.datetime) -> None:
    """Take somebody off the waiting list. An open offer is taken back."""
    for offer in entry.offers.select_for_update().filter(state="open"):
        _answer(offer, "declined", now)
    _close(entry, by=by, now=now)


@transaction.atomic
def offer_place(
    *,
    entry: WaitingListEntry,
    freed: Appointment,
    by: Staff,
    now: dt.datetime,
    lasts: dt.timedelta = OFFER_LASTS,
) -> Offer:
    """Keep the place of a cancelled visit for somebody who waits, until they answer or it expires.

    The place is held, so nobody else gets it meanwhile. Raises `PlaceTaken` when it was given away already.
    """
    check_offer(freed.starts, now)
    expires = min(now + lasts, freed.starts)
    entry = WaitingListEntry.objects.select_for_update().get(pk=entry.pk)
    for earlier in entry.offers.filter(state="open"):
        _answer(earlier, "declined", now)
    held = Appointment(
        **_what_for(entry, now),
        patient_id=entry.patient_id,
        episode_id=entry.episode_id,
        practitioner_id=freed.practitioner_id,
        room_id=freed.room_id,
        location_id=freed.location_id,
        starts=freed.starts,
        ends=freed.starts + dt.timedelta(minutes=entry.minutes),
        state="held",
        held_until=expires,
        created_at=now,
        changed_at=now,
        by=by,
    )
    with refused_by_the_database():
        held.save(force_insert=True)
    offer = Offer.objects.create(
        entry=entry,
        held=held,
        starts=held.starts,
        practitioner_id=held.practitioner_id,
        offered_at=now,
        expires_at=expires,
        by=by,
    )
    log(held, patient_id=held.patient_id, by=by, event="place_offered", action="C", now=now)
    tell(patient=entry.patient, kind="offer", appointment=held, now=now)
    return offer


def _what_for(entry: WaitingListEntry, now: dt.datetime) -> dict[str, Any]:
    """Which visit the place would be for: the one that it replaces, the next session of the plan, or a session."""
    if entry.instead_of is not None:
        return {"kind_id": entry.instead_of.kind_id}
    kind = AppointmentKind.objects.named("session")
    if entry.plan is None:
        return {"kind": kind}
    to_book = step_of(entry.plan, now).to_book
    return {"kind": kind, "plan": entry.plan, "session_number": to_book[0] if to_book else None}


@transaction.atomic
def accept_offer(*, offer: Offer, by: Staff, now: dt.datetime) -> Appointment:
    """Book the place that was offered; who wanted to come earlier is moved to it. Gives the visit."""
    offer = Offer.objects.select_for_update(of=("self",)).select_related("entry").get(pk=offer.pk)
    check_answer(offer, now)
    held = Appointment.objects.select_for_update().get(offer=offer)
    replaced = current(offer.entry.instead_of) if offer.entry.instead_of else None
    moves = replaced is not None and replaced.state == "booked"
    visit = _move(replaced, held, now=now) if replaced and moves else _book(held, now=now)
    offer.refresh_from_db(fields=["held"])
    offer.state, offer.answered_at = "accepted", now
    offer.save(update_fields=["state", "answered_at"])
    _close(offer.entry, by=by, now=now)
    log(visit, patient_id=visit.patient_id, by=by, event="offer_accepted", action="U", now=now)
    tell(patient=visit.patient, kind="changed" if moves else "booked", appointment=visit, now=now)
    return visit


def _book(held: Appointment, *, now: dt.datetime) -> Appointment:
    held.state, held.held_until, held.changed_at = "booked", None, now
    held.version += 1
    with refused_by_the_database():
        held.save(update_fields=["state", "held_until", "changed_at", "version"])
    return held


def _move(visit: Appointment, held: Appointment, *, now: dt.datetime) -> Appointment:
    """Give a visit the place that was held for it; it stays the same visit, also in a calendar."""
    for field in ("practitioner_id", "room_id", "location_id", "starts", "ends"):
        setattr(visit, field, getattr(held, field))
    visit.version += 1
    visit.sequence += 1
    visit.changed_at = now
    held.delete()
    with refused_by_the_database():
        visit.save()
    return visit


@transaction.atomic
def decline_offer(*, offer: Offer, by: Staff, now: dt.datetime) -> None:
    """Note that the patient does not want the place; it is free for others at once. They stay on the list."""
    offer = Offer.objects.select_for_update().get(pk=offer.pk)
    check_answer(offer, now)
    _answer(offer, "declined", now)
    log(offer.entry, patient_id=offer.entry.patient_id, by=by, event="offer_declined", action="U", now=now)


@transaction.atomic
def expire_offers(*, now: dt.datetime) -> int:
    """Take back every offer that was not answered in time; gives how many."""
    offers = list(Offer.objects.select_for_update().filter(state="open", expires_at__lte=now))
    for offer in offers:
        _answer(offer, "expired", now)
    return len(offers)


def _answer(offer: Offer, state: str, now: dt.datetime) -> None:
    """Close an offer that was not accepted, and let its place go."""
    held, offer.held = offer.held, None
    offer.state, offer.answered_at = state, now
    offer.save(update_fields=["held", "state", "answered_at"])
    if held is not None and held.state == "held":
        held.delete()


def _close(entry: WaitingListEntry, *, by: Staff, now: dt.datetime) -> None:
    entry.closed_at = now
    entry.save(update_fields=["closed_at"])
    log(entry, patient_id=entry.patient_id, by=by, event="waiting_list_closed", action="U", now=now)
