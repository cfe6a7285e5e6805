"""What is known when a series of sessions is booked: people, rooms, sessions that are needed, and wishes.

All times are wall times of the practice without a zone (`scheduling.domain.clock` turns them into moments); spans are
half-open, so that one may start when another ends. Texts in an instance are for the front desk: nothing clinical.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from intake.domain.text import Text


class DayPart(Enum):
    """Part of a day, by the hour at which a session starts."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"

    @classmethod
    def at(cls, minute: int) -> "DayPart":
        """The part of the day of a minute since midnight: before 12, before 18, and later."""
        return cls.MORNING if minute < 12 * 60 else cls.AFTERNOON if minute < 18 * 60 else cls.EVENING


class Wish(Enum):
    """A wish of the patient that may be a condition: then a session that does not meet it is not booked."""

    PRACTITIONER = "practitioner"
    DAY_PARTS = "day_parts"
    WEEKDAYS = "weekdays"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of wall time, half-open. Raises `ValueError` when it does not end after it starts."""

    start: dt.datetime
    end: dt.datetime

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError("ends before it starts")

    def meets(self, other: "Span") -> bool:
        """Whether the two share a moment."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Free:
    """Where somebody or a room can be booked."""

    span: Span
    location: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """Why somebody or a room cannot be booked: `cause` is a code such as `leave`, `text` is what the desk may read."""

    span: Span
    cause: str
    text: Text


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Somebody who gives sessions. `free` is what is left of the working hours; `closed` says why the rest is not."""

    code: str
    name: str
    competences: frozenset[str]
    free: tuple[Free, ...]
    closed: tuple[Closed, ...] = ()


@dataclass(frozen=True, slots=True)
class Room:
    """A room of some kind."""

    code: str
    kind: str
    free: tuple[Free, ...]
    closed: tuple[Closed, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """One session of the plan: within which days, for how long, and what it takes.

    `ideal_gap` is the number of days after the session before it that the plan has in mind; None does not mind.
    """

    number: int
    minutes: int
    earliest: dt.date
    latest: dt.date
    competences: frozenset[str] = frozenset()
    room_kind: str | None = None
    ideal_gap: int | None = None

    def __post_init__(self) -> None:
        if self.latest < self.earliest:
            raise ValueError("its last day comes before its first")
        if self.minutes <= 0:
            raise ValueError("must last at least a minute")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the patient wishes. What is not named does not matter; `strict` wishes are conditions."""

    practitioner: str | None = None
    day_parts: frozenset[DayPart] = frozenset()
    weekdays: frozenset[int] = frozenset()  # 1 is Monday, as in ISO 8601
    same_time: bool = False
    as_early_as_possible: bool = False
    not_before: dt.date | None = None
    not_after: dt.date | None = None
    strict: frozenset[Wish] = frozenset()


@dataclass(frozen=True, slots=True)
class Placement:
    """A session at a time, with somebody, in a room; `room` is None when the session needs none."""

    number: int
    start: dt.datetime
    minutes: int
    practitioner: str
    room: str | None = None
    location: str = ""

    @property
    def span(self) -> Span:
        """From start to end."""
        return Span(self.start, self.start + dt.timedelta(minutes=self.minutes))


# What one step away from a wish costs, by the name of the soft constraint (scheduling.domain.constraints).
WEIGHTS: Mapping[str, int] = {
    "preferred_practitioner": 40,
    "same_practitioner": 30,
    "day_part": 20,
    "weekday": 15,
    "same_time": 4,
    "early": 2,
    "rhythm": 6,
}


@dataclass(frozen=True, slots=True)
class Instance:
    """Everything that booking one series depends on.

    `minimum_days` lie between the dates of two sessions at least (2 leaves one day of rest); `referral_until` is the
    last day on which the referral is valid; `pins` stay where they are; `skips` are not booked now.
    """

    practitioners: tuple[Practitioner, ...]
    rooms: tuple[Room, ...]
    needs: tuple[Need, ...]
    busy: tuple[Span, ...] = ()
    preferences: Preferences = Preferences()
    minimum_days: int = 1
    slot_minutes: int = 30
    referral_until: dt.date | None = None
    pins: tuple[Placement, ...] = ()
    skips: frozenset[int] = frozenset()
    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)
    timezone: str = "Europe/Amsterdam"

    def __post_init__(self) -> None:
        numbers = [need.number for need in self.needs]
        if len(set(numbers)) < len(numbers):
            raise ValueError("two sessions have the same number")
        if self.minimum_days < 1:
            raise ValueError("two sessions cannot be on one day")

    @property
    def asked(self) -> tuple[Need, ...]:
        """The sessions to be booked, by number."""
        return tuple(sorted((need for need in self.needs if need.number not in self.skips), key=lambda n: n.number))


class RowState(Enum):
    """How a session came out: as wished, otherwise than wished, or not at all."""

    FREE = "free"
    ADJUSTED = "adjusted"
    NO_PLACE = "no_place"
    PINNED = "pinned"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a session is not as wished: a code, and what the desk may read about it."""

    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Row:
    """What is proposed for one session."""

    number: int
    state: RowState
    placement: Placement | None
    reasons: tuple[Reason, ...] = ()
    alternatives: tuple[Placement, ...] = ()


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The smallest change of the conditions with which more sessions find a place.

    `names` are those of `scheduling.domain.relaxing.RELAXATIONS`, at most two; `placed` sessions find a place then.
    """

    names: tuple[str, ...]
    text: Text
    placed: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal for a series.

    `costs` counts the price of each soft constraint in `total`; `proven` says that no series has more sessions, nor as
    many at a lower cost; `nodes` is how much was searched. `main` practitioner and `reference` minute of the day are
    what continuity and same time are measured from. `relaxation` is given where sessions lack a place and it helps.
    """

    rows: tuple[Row, ...]
    costs: Mapping[str, int]
    proven: bool
    nodes: int
    main: str | None
    reference: int | None
    relaxation: Relaxation | None = None

    @property
    def total(self) -> int:
        """What the whole series costs."""
        return sum(self.costs.values())

    @property
    def placements(self) -> tuple[Placement, ...]:
        """The sessions that have a place."""
        return tuple(row.placement for row in self.rows if row.placement)

    @property
    def is_complete(self) -> bool:
        """Whether every session that was asked for has a place."""
        return all(row.state is not RowState.NO_PLACE for row in self.rows)
