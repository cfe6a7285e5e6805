"""What the desk offers a patient on the telephone: three places that differ, each for a reason."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from scheduling.domain.candidates import Slot, candidates, kind_of, placement
from scheduling.domain.instance import Instance, Placement


class Why(StrEnum):
    """Why a place is one of the three."""

    BEST = "best"
    OTHER_DAY = "other_day"
    EARLIEST = "earliest"
    SOMEBODY_ELSE = "somebody_else"
    OTHER_TIME = "other_time"


@dataclass(frozen=True, slots=True)
class Option:
    """A place to offer. `own` says that it is with the practitioner who is preferred, or that nobody is.

    `is_earliest` says that there is no earlier place with anybody, whatever else it is offered for.
    """

    why: Why
    placement: Placement
    own: bool
    is_earliest: bool = False


Allowed = Callable[[Placement], bool]


def options(instance: Instance, allowed: Allowed = lambda _placement: True, page: int = 0) -> tuple[Option, ...]:
    """Three places for the one visit of an instance, or fewer when there are no more; `page` 1 gives the next three.

    They are the one that fits the wishes best (the earliest of those), the best one on another day, and the earliest
    one with anybody at another time. When no place is earlier than those, the third is with somebody else, or else at
    another time. `allowed` is asked only about places that are about to be offered.
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
        self.earliest = self._find(self.by_time)

    def three(self) -> Iterator[Option]:
        """The next three."""
        best = self._find(self.by_fit)
        if best is None:
            return
        yield self._take(Why.BEST, best)
        other = self._find(slot for slot in self.by_fit if slot.day != best.day)
        if other is not None:
            yield self._take(Why.OTHER_DAY, other)
        starts = {_start(slot) for slot in (best, other) if slot}
        at_other_times = [slot for slot in self.by_time if _start(slot) not in starts]
        soonest = self._find(at_other_times)
        if soonest is None:
            return
        if self._is_earliest(soonest):
            yield self._take(Why.EARLIEST, soonest)
        elif somebody := self._find(slot for slot in at_other_times if slot.practitioner != best.practitioner):
            yield self._take(Why.SOMEBODY_ELSE, somebody)
        else:
            yield self._take(Why.OTHER_TIME, soonest)

    def _find(self, slots: Iterable[Slot]) -> Slot | None:
        """The first of these that was not offered yet and can be."""
        for slot in slots:
            if _moment(slot) in self.refused:
                continue
            if self.allowed(self._place(slot)):
                return slot
            self.refused.add(_moment(slot))
        return None

    def _take(self, why: Why, slot: Slot) -> Option:
        """Offer a place, so that it is not offered again."""
        self.refused.add(_moment(slot))
        own = self.instance.preferences.practitioner in (None, slot.practitioner)
        return Option(why, self._place(slot), own, self._is_earliest(slot))

    def _place(self, slot: Slot) -> Placement:
        return placement(self.need, slot, slot.rooms[0] if slot.rooms else None)

    def _is_earliest(self, slot: Slot) -> bool:
        return self.earliest is not None and _start(slot) == _start(self.earliest)


def _start(slot: Slot) -> tuple[int, int]:
    return (slot.day, slot.minute)


def _moment(slot: Slot) -> tuple[int, int, str, str]:
    return (slot.day, slot.minute, slot.practitioner, slot.location)
