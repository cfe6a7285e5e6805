"""What the desk offers a patient on the telephone: three places that differ, each for a reason."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from scheduling.domain.candidates import Slot, candidates, kind_of, placement, wall
from scheduling.domain.instance import Instance, Placement


class Why(StrEnum):
    """Why a place is one of the three."""

    BEST = "best"
    OTHER_DAY = "other_day"
    EARLIEST = "earliest"


@dataclass(frozen=True, slots=True)
class Option:
    """A place to offer. `own` says that it is with the practitioner who is preferred, or that nobody is."""

    why: Why
    placement: Placement
    own: bool


Allowed = Callable[[Placement], bool]


def options(instance: Instance, allowed: Allowed = lambda _placement: True, page: int = 0) -> tuple[Option, ...]:
    """Three places for the one visit of an instance, or fewer when there are no more; `page` 1 gives the next three.

    They are the one that fits the wishes best (the earliest of those), the best one on another day, and the earliest
    one with anybody at another time. `allowed` is asked only about places that are about to be offered.
    """
    offered = _Offered(instance, allowed)
    three: tuple[Option, ...] = ()
    for _number in range(page + 1):
        three = tuple(offered.three())
    return three


class _Offered:
    """The places of a visit in two orders, and which of them were offered already."""

    def __init__(self, instance: Instance, allowed: Allowed) -> None:
        self.instance, self.allowed = instance, allowed
        self.need = instance.asked[0]
        slots = [slot for day in candidates(instance)[kind_of(self.need)].values() for slot in day]
        within = (self.need.earliest.toordinal(), self.need.latest.toordinal())
        possible = [slot for slot in slots if within[0] <= slot.day <= within[1]]
        self.by_fit = sorted(possible, key=lambda slot: (slot.base, *_moment(slot)))
        self.by_time = sorted(possible, key=lambda slot: (*_moment(slot)[:2], slot.base, slot.practitioner))
        self.refused: set[tuple[int, int, str, str]] = set()

    def three(self) -> Iterator[Option]:
        """The next three."""
        best = self._take(Why.BEST, self.by_fit)
        if best is None:
            return
        yield best
        day = best.placement.start.date().toordinal()
        other = self._take(Why.OTHER_DAY, (slot for slot in self.by_fit if slot.day != day))
        if other is not None:
            yield other
        starts = {option.placement.start for option in (best, other) if option}
        at_other_times = (slot for slot in self.by_time if wall(slot.day, slot.minute) not in starts)
        earliest = self._take(Why.EARLIEST, at_other_times)
        if earliest is not None:
            yield earliest

    def _take(self, why: Why, slots: Iterable[Slot]) -> Option | None:
        for slot in slots:
            if _moment(slot) in self.refused:
                continue
            self.refused.add(_moment(slot))
            place = placement(self.need, slot, slot.rooms[0] if slot.rooms else None)
            if self.allowed(place):
                return Option(why, place, self.instance.preferences.practitioner in (None, slot.practitioner))
        return None


def _moment(slot: Slot) -> tuple[int, int, str, str]:
    return (slot.day, slot.minute, slot.practitioner, slot.location)
