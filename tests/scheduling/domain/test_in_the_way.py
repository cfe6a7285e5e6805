"""Why a session is on another day or at another time than wished: one cause, with whose it is and on which day."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import pytest

from intake.domain.text import Text
from scheduling.domain.instance import (
    Closed,
    Free,
    Instance,
    Need,
    Placement,
    Practitioner,
    Preferences,
    Room,
    Row,
    RowState,
    Span,
    Wish,
)
from scheduling.domain.propose import explain, propose

MONDAY = dt.date(2026, 11, 23)
WEEKDAYS = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)
THURSDAY, FRIDAY, NEXT_MONDAY = 3, 4, 7


def at(day: int, hour: int = 0) -> dt.datetime:
    """A time, `day` days after the Monday."""
    return dt.datetime.combine(MONDAY + dt.timedelta(days=day), dt.time(hour))


def free(*days: int) -> tuple[Free, ...]:
    return tuple(Free(Span(at(day, 8), at(day, 17))) for day in days)


def closed(cause: str, name: str, *days: int) -> tuple[Closed, ...]:
    text = {
        "leave": Text(f"{name} is er niet (verlof).", f"{name} is away (leave)."),
        "taken": Text(f"{name} is dan bezet.", f"{name} is taken then."),
        "holiday": Text("Gesloten: feestdag.", "Closed: holiday."),
        "block": Text("Bezet: overleg.", "Taken: meeting."),
    }[cause]
    return tuple(Closed(Span(at(day, 8), at(day, 17)), cause, text) for day in days)


def without(days: Iterable[int]) -> tuple[int, ...]:
    return tuple(day for day in WEEKDAYS if day not in days)


def who(name: str, days: Iterable[int] = WEEKDAYS, *why: tuple[Closed, ...]) -> Practitioner:
    return Practitioner(name.lower(), name, frozenset(), free(*days), tuple(one for some in why for one in some))


def practice(*people: Practitioner, rooms: Iterable[int] = WEEKDAYS, **wishes: object) -> Instance:
    """Two sessions, the second ideally three days after the first on Monday."""
    needs = (
        Need(1, 60, MONDAY, MONDAY, room_kind="treatment"),
        Need(2, 60, MONDAY, MONDAY + dt.timedelta(days=11), room_kind="treatment", ideal_gap=THURSDAY),
    )
    preferences = Preferences(practitioner="sanne", same_time=True, **wishes)
    return Instance(people, (Room("r1", "treatment", free(*rooms)),), needs, preferences=preferences)


def second(instance: Instance, day: int) -> list[str]:
    """What is said of the second session when it is on a day at nine with Sanne, in English."""
    places = [Placement(number, at(on, 9), 60, "sanne", "r1") for number, on in ((1, 0), (2, day))]
    row = explain(instance, places).rows[1]
    assert row.state is RowState.ADJUSTED
    return [reason.text.en for reason in row.reasons]


@pytest.mark.parametrize(
    ("instance", "cause"),
    [
        (practice(who("Sanne", without({3, 4}), closed("leave", "Sanne", 3, 4))), "26-11-2026: Sanne is away (leave)."),
        (practice(who("Sanne", without({3}), closed("holiday", "", 3))), "26-11-2026: Closed: holiday."),
        (practice(who("Sanne", without({3}), closed("block", "", 3))), "26-11-2026: Sanne: Taken: meeting."),
        (practice(who("Sanne", without({3}), closed("taken", "Sanne", 3))), "26-11-2026: Everybody is booked then."),
        (
            practice(who("Sanne", without({3}), closed("taken", "Sanne", 3)), who("Daan")),
            "26-11-2026 09:00: Sanne is taken then.",
        ),
        (practice(who("Sanne", without({3})), who("Daan")), "26-11-2026 09:00: Sanne does not work then."),
        (practice(who("Sanne", without({3, 4}))), "26-11-2026: Nobody works then."),
        (practice(who("Sanne", without({3})), rooms=without({3})), "26-11-2026: The practice is closed then."),
        (practice(who("Sanne"), rooms=without({3})), "26-11-2026 09:00: No suitable room is free."),
        (
            practice(who("Sanne"), weekdays=frozenset({1}), strict=frozenset({Wish.WEEKDAYS})),
            "26-11-2026: Not on a day of the week on which the patient can come.",
        ),
        (
            practice(who("Sanne"), not_before=MONDAY + dt.timedelta(days=7)),
            "26-11-2026: Before the first day on which the patient can come.",
        ),
    ],
)
def test_a_session_on_a_later_day_names_what_made_the_better_day_impossible(instance: Instance, cause: str) -> None:
    assert second(instance, NEXT_MONDAY) == ["7 days after the one before; 3 is meant.", f"Thursday {cause}"]


def test_a_leave_on_one_of_the_days_between_explains_more_than_a_day_on_which_nobody_ever_works() -> None:
    instance = practice(who("Sanne", without({2, 3, 4}), closed("leave", "Sanne", 4)))
    assert second(instance, NEXT_MONDAY)[1] == "Friday 27-11-2026: Sanne is away (leave)."


def test_who_does_not_work_is_not_called_booked_though_nobody_else_has_time() -> None:
    away = who("Daan", without({THURSDAY}), closed("leave", "Daan", THURSDAY), closed("taken", "Daan", THURSDAY))
    instance = practice(who("Sanne", without({2, THURSDAY, FRIDAY})), away)
    assert second(instance, NEXT_MONDAY)[1] == "Thursday 26-11-2026 09:00: Sanne does not work then."


def test_a_busy_patient_is_the_cause() -> None:
    busy = replace(practice(who("Sanne")), busy=(Span(at(THURSDAY, 9), at(THURSDAY, 10)),))
    assert second(busy, FRIDAY)[1] == "Thursday 26-11-2026 09:00: The patient has another appointment then."


def test_without_anything_in_the_way_no_cause_is_made_up() -> None:
    assert second(practice(who("Sanne")), NEXT_MONDAY) == ["7 days after the one before; 3 is meant."]


def test_somebody_else_gives_it_and_names_and_leave_stand_there_once() -> None:
    instance = practice(who("Sanne", without({3}), closed("leave", "Sanne", 3)), who("Daan"))
    places = [Placement(1, at(0, 9), 60, "sanne", "r1"), Placement(2, at(THURSDAY, 9), 60, "daan", "r1")]
    reasons = explain(instance, places).rows[1].reasons
    assert [reason.text.nl for reason in reasons] == ["Bij Daan in plaats van Sanne.", "Sanne is er niet (verlof)."]


# --- sessions without a place ---------------------------------------------------------------------------------------

FRIDAYS = frozenset({5})


def refused(instance: Instance) -> Row:
    """The row of the second session, which is not possible on the Monday of the first."""
    first, other = instance.needs
    row = propose(replace(instance, needs=(first, replace(other, earliest=MONDAY + dt.timedelta(days=1))))).rows[1]
    assert row.state is RowState.NO_PLACE
    return row


def fridays_only(**more: object) -> Instance:
    """Two sessions for one Friday, before the last day that the patient can come; longer is asked for."""
    strict = frozenset({Wish.WEEKDAYS})
    needs = tuple(Need(number, 60, MONDAY, MONDAY + dt.timedelta(days=11), room_kind="treatment") for number in (1, 2))
    one = practice(who("Sanne"), weekdays=FRIDAYS, strict=strict, not_after=MONDAY + dt.timedelta(days=9))
    return replace(one, needs=needs, **more)


def test_the_cause_of_a_refusal_is_the_wish_that_the_offered_place_sets_aside() -> None:
    row = next(row for row in propose(fridays_only()).rows if row.state is RowState.NO_PLACE)
    assert row.alternatives[0].start.isoweekday() != 5
    assert [reason.code for reason in row.reasons] == ["weekdays"]


def test_after_the_last_day_of_the_patient_it_says_so() -> None:
    row = refused(practice(who("Sanne"), not_after=MONDAY))
    assert [reason.text.en for reason in row.reasons] == ["After the last day on which the patient can come."]


def test_too_close_is_said_when_no_wish_blocks() -> None:
    one = practice(who("Sanne"))
    close = tuple(replace(need, latest=MONDAY + dt.timedelta(days=1)) for need in one.needs)
    rows = propose(replace(one, needs=close, minimum_days=3)).rows
    refused = [row for row in rows if row.state is RowState.NO_PLACE]
    assert [[reason.code for reason in row.reasons] for row in refused] == [["spacing"]]


def test_whose_leave_it_is_when_only_one_practitioner_will_do() -> None:
    strict = frozenset({Wish.PRACTITIONER})
    away = who("Sanne", (0,), closed("leave", "Sanne", *WEEKDAYS[1:]))
    row = refused(practice(away, who("Daan"), strict=strict))
    assert [reason.text.en for reason in row.reasons] == ["Sanne is away (leave)."]
    assert {place.practitioner for place in row.alternatives} == {"daan"}


def test_everybody_is_booked_when_nobody_has_time() -> None:
    people = [who(name, (0,), closed("taken", name, *WEEKDAYS[1:])) for name in ("Sanne", "Daan")]
    row = refused(practice(*people))
    assert [reason.text.en for reason in row.reasons] == ["Everybody is booked then."]


@pytest.mark.parametrize(("rooms", "said"), [(WEEKDAYS, True), ((THURSDAY, *WEEKDAYS[5:]), False)])
def test_with_as_early_as_possible_a_day_that_is_closed_every_week_is_no_news(
    rooms: Iterable[int], *, said: bool
) -> None:
    works = (0, THURSDAY, *WEEKDAYS[5:])
    needs = (Need(1, 60, MONDAY + dt.timedelta(days=1), MONDAY + dt.timedelta(days=11), room_kind="treatment"),)
    room = Room("r1", "treatment", free(*rooms))
    earliest = Instance((who("Sanne", works),), (room,), needs, preferences=Preferences(as_early_as_possible=True))
    row = explain(earliest, [Placement(1, at(THURSDAY, 9), 60, "sanne", "r1")]).rows[0]
    assert any("works then" in reason.text.en or "closed then" in reason.text.en for reason in row.reasons) is said
