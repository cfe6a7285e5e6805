"""Whom a place that became free helps: somebody who waits, who wants to come earlier, or whose visit cannot be."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from scheduling.domain.instance import DayPart


@dataclass(frozen=True, slots=True)
class FreePlace:
    """A place that became free, in wall time: from when, how long, with whom, and what this person is able to do."""

    starts: dt.datetime
    minutes: int
    practitioner: str
    competences: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody waits for. What is not named does not matter.

    `instead_of` is the start of the visit that this one would come before; `in_conflict` says that the visit cannot be
    as it was agreed. `busy` are the days on which the patient comes already, and `declined` the places, by start
    and practitioner, that were offered to this person and not taken.
    """

    code: str
    since: dt.datetime
    minutes: int
    practitioner: str | None = None
    competences: frozenset[str] = frozenset()
    weekdays: frozenset[int] = frozenset()
    day_parts: frozenset[DayPart] = frozenset()
    from_date: dt.date | None = None
    until_date: dt.date | None = None
    instead_of: dt.datetime | None = None
    in_conflict: bool = False
    busy: frozenset[dt.date] = frozenset()
    declined: frozenset[tuple[dt.datetime, str]] = frozenset()


def helps(place: FreePlace, wanted: Wanted) -> bool:
    """Whether this place is one that somebody waits for."""
    return all(
        (
            wanted.minutes <= place.minutes,
            wanted.practitioner in (None, place.practitioner),
            wanted.competences <= place.competences,
            _on_a_wished_day(place, wanted),
            not wanted.day_parts or DayPart.at(place.starts.hour * 60 + place.starts.minute) in wanted.day_parts,
            _comes_in_time(place, wanted),
            place.starts.date() not in wanted.busy,
            (place.starts, place.practitioner) not in wanted.declined,
        )
    )


def _on_a_wished_day(place: FreePlace, wanted: Wanted) -> bool:
    day = place.starts.date()
    return (
        (not wanted.weekdays or day.isoweekday() in wanted.weekdays)
        and (wanted.from_date is None or wanted.from_date <= day)
        and (wanted.until_date is None or day <= wanted.until_date)
    )


def _comes_in_time(place: FreePlace, wanted: Wanted) -> bool:
    """Earlier than the visit that it would replace; a visit that cannot be may also be replaced by a later place."""
    return wanted.instead_of is None or wanted.in_conflict or place.starts < wanted.instead_of


def whom_it_helps(place: FreePlace, waiting: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """Everybody whom this place helps: first whose visit cannot be, then who waits longest; the code settles a tie."""
    helped = (wanted for wanted in waiting if helps(place, wanted))
    return tuple(sorted(helped, key=lambda wanted: (not wanted.in_conflict, wanted.since, wanted.code)))
