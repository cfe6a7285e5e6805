"""Booking instances made up from a seed: a practice that is mostly full, and a series of sessions."""

import datetime as dt
import random
from dataclasses import replace

from scheduling.domain.instance import (
    DayPart,
    Free,
    Instance,
    Need,
    Practitioner,
    Preferences,
    Room,
    Span,
    Wish,
)

MONDAY = dt.date(2026, 11, 23)
COMPETENCES = ("manual_therapy", "dry_needling", "taping")
OPENS, SLOTS = 8, 18


def practice(
    chance: random.Random, therapists: int = 10, rooms: int = 6, weeks: int = 8, busy: float = 0.85
) -> tuple[tuple[Practitioner, ...], tuple[Room, ...]]:
    """People and rooms on working days from 8 to 17 hours; `busy` is the share of a therapist's half hours taken."""
    people = tuple(
        Practitioner(
            f"p{number}",
            f"Therapeut {number}",
            frozenset(code for code in COMPETENCES if chance.random() < 0.7),
            _free(chance, weeks, 1 - busy),
        )
        for number in range(therapists)
    )
    places = tuple(Room(f"r{number}", "treatment", _free(chance, weeks, 0.6)) for number in range(rooms))
    return people, places


def _free(chance: random.Random, weeks: int, share: float) -> tuple[Free, ...]:
    spans: list[Span] = []
    for number in range(weeks * 7):
        date = MONDAY + dt.timedelta(days=number)
        if date.isoweekday() > 5:
            continue
        for slot in range(SLOTS):
            if chance.random() >= share:
                continue
            start = dt.datetime.combine(date, dt.time(OPENS)) + dt.timedelta(minutes=30 * slot)
            end = start + dt.timedelta(minutes=30)
            if spans and spans[-1].end == start:
                spans[-1] = Span(spans[-1].start, end)
            else:
                spans.append(Span(start, end))
    return tuple(Free(span) for span in spans)


def series(chance: random.Random, sessions: int = 12, weeks: int = 6) -> tuple[Need, ...]:
    """Sessions spread over the weeks, each within two weeks; every third takes manual therapy."""
    per_week = max(1, sessions // weeks)
    return tuple(
        Need(
            number + 1,
            30,
            MONDAY + dt.timedelta(weeks=number // per_week),
            MONDAY + dt.timedelta(weeks=number // per_week, days=13),
            frozenset({"manual_therapy"}) if number % 3 == 0 else frozenset(),
            "treatment",
            ideal_gap=chance.choice((3, 3, None)),
        )
        for number in range(sessions)
    )


def wishes(chance: random.Random) -> Preferences:
    """What a patient might wish."""
    return Preferences(
        practitioner=chance.choice(("p0", "p1", None)),
        day_parts=frozenset(chance.sample(tuple(DayPart), chance.randint(0, 2))),
        weekdays=frozenset(chance.sample((1, 2, 3, 4, 5), chance.choice((0, 0, 3)))),
        same_time=chance.random() < 0.7,
        as_early_as_possible=chance.random() < 0.5,
        strict=frozenset(chance.sample(tuple(Wish), chance.choice((0, 0, 0, 1)))),
    )


def instance(seed: int, sessions: int = 12, weeks: int = 6, **practice_size: float) -> Instance:
    """One instance; the same seed makes the same one."""
    chance = random.Random(seed)
    people, rooms = practice(chance, **practice_size)  # type: ignore[arg-type]
    return Instance(people, rooms, series(chance, sessions, weeks), preferences=wishes(chance), minimum_days=2)


def instances(seed: int, number: int, **practice_size: float) -> list[Instance]:
    """Several series of one practice."""
    chance = random.Random(seed)
    people, rooms = practice(chance, **practice_size)  # type: ignore[arg-type]
    one = Instance(people, rooms, series(chance), minimum_days=2)
    return [replace(one, needs=series(chance), preferences=wishes(chance)) for _ in range(number)]
