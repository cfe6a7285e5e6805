"""Reads what an overlap on purpose doubles: who is busy then, in which rooms, and which room can be shared."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet

from intake.domain.text import Text
from practice.models import Room
from scheduling.domain.clock import moment
from scheduling.domain.constraints import covers
from scheduling.domain.instance import Instance, Placement, Reason
from scheduling.domain.life import AppointmentState
from scheduling.models import Appointment

ROOM_OF_OTHERS = "room_of_others"


@dataclass(frozen=True, slots=True)
class Shared:
    """A place that is taken, and the visits with which it would be shared."""

    placement: Placement
    doubled: tuple[Appointment, ...]
    room: str = ""

    def is_named_in(self, named: Collection[uuid.UUID]) -> bool:
        """Whether all of these visits were named to the person who chooses the place."""
        return {visit.pk for visit in self.doubled} <= set(named)

    @property
    def room_of(self) -> str:
        """Who else uses the room then; empty when it is free or only used by the same practitioner."""
        return _names(_of_others(self.doubled, self.placement))


def ways_to_share(
    instance: Instance, wanted: Placement, *, now: dt.datetime, leaving_out: Collection[uuid.UUID] = ()
) -> list[Shared]:
    """The place in the room where the practitioner is then, else in a free one; else one for each room in use.

    A room that others use comes last and only when nothing else is left, so that it is taken by choice alone.
    """
    kind = {need.number: need for need in instance.needs}.get(wanted.number, instance.needs[0]).room_kind
    then = list(_then(wanted, now, leaving_out).filter(location_id=int(wanted.location)).with_related())
    own = [visit for visit in then if str(visit.practitioner_id) == wanted.practitioner]
    if kind is None:
        return [Shared(replace(wanted, room=None), tuple(own))]
    in_room = defaultdict(list)
    for visit in then:
        in_room[visit.room_id].append(visit)
    fitting = list(Room.objects.filter(location_id=int(wanted.location), kind=kind, is_active=True).order_by("name"))
    free = {int(room.code) for room in instance.rooms if covers(room.free, wanted.span, wanted.location)}
    ours = [room for room in fitting if in_room[room.pk] and not _of_others(in_room[room.pk], wanted)]
    others = [room for room in fitting if _of_others(in_room[room.pk], wanted)]
    chosen = [*ours, *(room for room in fitting if room.pk in free)][:1] or others
    return [
        Shared(
            replace(wanted, room=str(room.pk)),
            tuple(visit for visit in then if visit in own or visit in in_room[room.pk]),
            room.name,
        )
        for room in chosen
    ]


def room_of_others(
    placement: Placement, *, named: Collection[uuid.UUID], now: dt.datetime, leaving_out: Collection[uuid.UUID] = ()
) -> tuple[Reason, ...]:
    """The reason not to share a room with somebody else's visit that was not named to who chose the place."""
    if placement.room is None:
        return ()
    then = _then(placement, now, [*leaving_out, *named]).filter(room_id=int(placement.room)).with_related()
    others = _of_others(then, placement)
    if not others:
        return ()
    room, who = others[0].room, _names(others)
    return (Reason(ROOM_OF_OTHERS, Text(f"{room.name} is dan in gebruik bij {who}.", f"{who} uses {room.name} then.")),)


def overlapping_on_purpose(visit: Appointment, now: dt.datetime) -> "QuerySet[Appointment]":
    """The visits with which one shares its practitioner or room on purpose, whichever of them says why."""
    same = Q(practitioner_id=visit.practitioner_id) | Q(room_id=visit.room_id, room_id__isnull=False)
    others = _live(now).between(visit.starts, visit.ends).filter(same).exclude(pk=visit.pk)
    others = others.with_related().select_related("overlap_by").order_by("starts")
    return others if visit.overlap_because else others.exclude(overlap_because="")


def _then(placement: Placement, now: dt.datetime, leaving_out: Collection[uuid.UUID]) -> "QuerySet[Appointment]":
    starts = moment(placement.start)
    ends = starts + dt.timedelta(minutes=placement.minutes)
    return _live(now).between(starts, ends).exclude(pk__in=leaving_out).order_by("starts", "pk")


def _live(now: dt.datetime) -> "QuerySet[Appointment]":
    return Appointment.objects.live().exclude(state=AppointmentState.HELD, held_until__lte=now)


def _of_others(visits: Iterable[Appointment], placement: Placement) -> list[Appointment]:
    """Those in its room, or in the room that is looked at, which somebody else gives."""
    return [visit for visit in visits if str(visit.practitioner_id) != placement.practitioner]


def _names(visits: Iterable[Appointment]) -> str:
    return ", ".join(dict.fromkeys(str(visit.practitioner) for visit in visits))
