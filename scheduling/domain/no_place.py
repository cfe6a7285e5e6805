"""Why a session has no place in its days, and where it could be instead."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from scheduling.domain import words
from scheduling.domain.alternatives import ALTERNATIVES, room_between
from scheduling.domain.candidates import NOTHING_TAKEN, FreeTime, Starts, Wishes, kind_of, placement, wall
from scheduling.domain.constraints import judge, why_closed
from scheduling.domain.instance import Need, Placement, Practitioner, Preferences, Reason, Span
from scheduling.domain.openings import Bits, positions
from scheduling.domain.solver import Search

# Causes from what asks least of the patient and the plan to set aside to what asks most; others come after these.
ORDER = (
    *("practitioner", "day_parts", "weekdays", "not_before", "not_after"),
    *("referral", "patient", "spacing", "window", "room"),
)


class Refusals:
    """Why sessions of one series have no place, and where they could be; `placed` are those that have one."""

    def __init__(self, search: Search, placed: tuple[Placement, ...]) -> None:
        self.search, self.instance, self.placed = search, search.instance, placed
        self._soft: Search | None = None

    def of(self, need: Need) -> tuple[tuple[Reason, ...], tuple[Placement, ...]]:
        """The one cause why a session has no place, and the places that are offered instead."""
        elsewhere = self.elsewhere(need)
        return (self.why(need, elsewhere),), elsewhere

    # --- where it could be ------------------------------------------------------------------------------------------

    def elsewhere(self, need: Need) -> tuple[Placement, ...]:
        """Up to two places for a session that has none in its days: the nearest to them that can be booked."""
        if self._soft is None:
            wishes = replace(self.instance.preferences, strict=frozenset())
            self._soft = self.search.beside(replace(self.instance, preferences=wishes, skips=frozenset(), pins=()))
        days = self._soft.days[kind_of(need)]
        first, last = need.earliest.toordinal(), need.latest.toordinal()
        after, until = room_between(self.instance, need, self.placed)
        free = [day for day in days if after <= day <= until]
        nearest = sorted(
            free, key=lambda day: (max(first - day, day - last, 0), self._least(days.starts(day), day), day)
        )
        slots = (days[day][0] for day in nearest[:ALTERNATIVES])
        return tuple(placement(need, slot, slot.rooms[0] if slot.rooms else None) for slot in slots)

    def _least(self, starts: list[Starts], day: int) -> int:
        """What the wishes that a place on a day does not meet cost at least."""
        wishes = self.search.wishes
        people = (wishes.price_of(one.practitioner) + self._off_part(one) for one in starts)
        return wishes.price_of_day(day) + min(people)

    def _off_part(self, starts: Starts) -> int:
        return 0 if starts.bits & self.search.wishes.as_wished else self.search.wishes.off_part

    # --- why it has no place ----------------------------------------------------------------------------------------

    def why(self, need: Need, elsewhere: Sequence[Placement] = ()) -> Reason:
        """The one cause why a session has no place in its days: a condition where the fewest break.

        Of equals the one that the first place which is offered `elsewhere` sets aside, so that the two agree.
        """
        qualified = [one for one in self.instance.practitioners if need.competences <= one.competences]
        if not qualified:
            return words.NO_COMPETENCE
        broken = [judge(self.instance, there, self.placed) for there in self._examples(need, qualified)]
        if not broken:
            return _nobody_free(need, qualified)
        set_aside = {reason.code for reason in judge(self.instance, elsewhere[0], self.placed)} if elsewhere else set()

        def weight(reason: Reason) -> tuple[bool, int, str]:
            place = ORDER.index(reason.code) if reason.code in ORDER else len(ORDER)
            return reason.code not in set_aside, place, reason.code

        fewest = min(broken, key=lambda reasons: (len(reasons), sorted(map(weight, reasons))))
        if not fewest:
            return words.GONE
        cause = min(fewest, key=weight)
        return self._of_asked(need) if cause is words.STRICT_PRACTITIONER else cause

    def _of_asked(self, need: Need) -> Reason:
        """Why the only practitioner with whom the patient wants the session cannot give it."""
        asked = self.instance.preferences.practitioner
        who = next((one for one in self.instance.practitioners if one.code == asked), None)
        if who is None:
            return words.STRICT_PRACTITIONER
        if not need.competences <= who.competences:
            return words.not_qualified(who.name)
        cause = _nobody_free(need, [who])
        return words.STRICT_PRACTITIONER if cause is words.NOT_FREE else cause

    def _examples(self, need: Need, qualified: list[Practitioner]) -> Iterator[Placement]:
        """Places with somebody qualified who is free: one for each way in which they can break the conditions.

        What makes a difference on one day is whether it is with the practitioner who is asked for, whether there is a
        room, whether it is in a part of the day that is wished, and whether the patient has another appointment.
        """
        asked = self.instance.preferences.practitioner
        bare = replace(
            self.instance, practitioners=tuple(qualified), preferences=Preferences(), busy=(), referral_until=None
        )
        wishes = Wishes(bare, self.search.openings)
        anywhere = FreeTime(need.minutes, None, wishes, NOTHING_TAKEN)
        in_room = FreeTime(need.minutes, need.room_kind, wishes, NOTHING_TAKEN)
        for day in range(need.earliest.toordinal(), need.latest.toordinal() + 1):
            seen = set()
            for starts in anywhere.starts(day):
                for kind, bits in self._differing(need, day, starts, in_room):
                    if (starts.practitioner == asked, *kind) not in seen:
                        seen.add((starts.practitioner == asked, *kind))
                        at = next(positions(bits))
                        rooms = in_room.rooms_at(day, at, starts.location)
                        yield Placement(
                            need.number,
                            wall(day, at * self.search.openings.cell),
                            need.minutes,
                            starts.practitioner,
                            rooms[0] if rooms else None,
                            starts.location,
                        )

    def _differing(
        self, need: Need, day: int, starts: Starts, in_room: FreeTime
    ) -> Iterator[tuple[tuple[bool, ...], Bits]]:
        """The starts of somebody in groups: those with the same answers to what makes a difference."""
        wishes = self.search.wishes
        with_room = in_room.with_room(day).get(starts.location, 0) if need.room_kind else starts.bits
        questions = (with_room, wishes.as_wished, wishes.not_busy(day, need.minutes))
        for answers in product((True, False), repeat=len(questions)):
            bits = starts.bits
            for question, answer in zip(questions, answers, strict=True):
                bits &= question if answer else ~question
            if bits:
                yield answers, bits


def _nobody_free(need: Need, qualified: list[Practitioner]) -> Reason:
    """The cause that closes most of the days for those who are qualified."""
    window = Span(
        dt.datetime.combine(need.earliest, dt.time()),
        dt.datetime.combine(need.latest + dt.timedelta(days=1), dt.time()),
    )
    counted: dict[Reason, dt.timedelta] = {}
    alone = len(qualified) == 1
    for one in qualified:
        for closed in one.closed:
            if closed.span.meets(window) and (cause := why_closed((closed,), window)):
                shared = min(closed.span.end, window.end) - max(closed.span.start, window.start)
                cause = cause if alone or cause.code != "taken" else words.EVERYBODY_BOOKED
                counted[cause] = counted.get(cause, dt.timedelta()) + shared
    return max(counted, key=lambda cause: (counted[cause], cause.code)) if counted else words.NOT_FREE
