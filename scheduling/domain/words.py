"""What the desk may read about a series: why a session is not as wished. Nothing here is clinical."""

import datetime as dt

from intake.domain.text import Text
from scheduling.domain.instance import DayPart, Reason

DAYS = (
    Text("maandag", "Monday"),
    Text("dinsdag", "Tuesday"),
    Text("woensdag", "Wednesday"),
    Text("donderdag", "Thursday"),
    Text("vrijdag", "Friday"),
    Text("zaterdag", "Saturday"),
    Text("zondag", "Sunday"),
)
DAY_PARTS = {
    DayPart.MORNING: Text("ochtend", "morning"),
    DayPart.AFTERNOON: Text("middag", "afternoon"),
    DayPart.EVENING: Text("avond", "evening"),
}


def reason(code: str, nl: str, en: str) -> Reason:
    """A reason in both languages."""
    return Reason(code, Text(nl, en))


def clock(minute: int) -> str:
    """A minute since midnight as a clock shows it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def day(date: dt.date) -> Text:
    """A date with the name of its day."""
    name = DAYS[date.isoweekday() - 1]
    return Text(f"{name.nl} {date:%d-%m-%Y}", f"{name.en} {date:%d-%m-%Y}")


def other_practitioner(code: str, got: str, wished: str) -> Reason:
    """Somebody else gives the session."""
    return reason(code, f"Bij {got} in plaats van {wished}.", f"With {got} instead of {wished}.")


def other_time(got: int, wished: int) -> Reason:
    """Another time of the day than the rest of the series."""
    return reason(
        "same_time",
        f"Om {clock(got)} in plaats van {clock(wished)}.",
        f"At {clock(got)} instead of {clock(wished)}.",
    )


def other_day_part(got: DayPart) -> Reason:
    """Another part of the day than wished."""
    part = DAY_PARTS[got]
    return reason("day_part", f"In de {part.nl}, anders dan gewenst.", f"In the {part.en}, not as wished.")


def other_weekday(date: dt.date) -> Reason:
    """Another day of the week than wished."""
    name = DAYS[date.isoweekday() - 1]
    return reason("weekday", f"Op {name.nl}, anders dan gewenst.", f"On {name.en}, not as wished.")


def later(days: int) -> Reason:
    """Later than the first day on which it could be."""
    return reason("early", _count(days, "dag", "dagen", "later"), _count(days, "day", "days", "later"))


def out_of_rhythm(gap: int, ideal: int) -> Reason:
    """Closer to the session before, or further from it, than planned."""
    return reason(
        "rhythm",
        f"{_count(gap, 'dag', 'dagen', 'na de vorige')[:-1]}; bedoeld is {ideal}.",
        f"{_count(gap, 'day', 'days', 'after the one before')[:-1]}; {ideal} is meant.",
    )


def _count(number: int, one: str, many: str, what: str) -> str:
    return f"{number} {one if number == 1 else many} {what}."


NO_COMPETENCE = reason(
    "competence",
    "Niemand is bevoegd voor alles wat deze zitting vraagt.",
    "Nobody is qualified for all that this session takes.",
)
NO_ROOM = reason("room", "Er is geen geschikte ruimte vrij.", "No suitable room is free.")
PATIENT_BUSY = reason("patient", "De patiënt heeft dan al een afspraak.", "The patient has another appointment then.")
TOO_CLOSE = reason("spacing", "Te dicht op een andere zitting.", "Too close to another session.")
OUTSIDE_WINDOW = reason(
    "window", "Buiten de dagen waarin het plan deze zitting vraagt.", "Outside the days for which the plan asks it."
)
NOT_BEFORE = reason("not_before", "De patiënt kan dan nog niet.", "Before the patient can come.")
NOT_AFTER = reason("not_after", "De patiënt kan dan niet meer.", "After the last day on which the patient can come.")
REFERRAL = reason("referral", "De verwijzing is dan verlopen.", "The referral has expired by then.")
STRICT_PRACTITIONER = reason(
    "practitioner", "De gewenste behandelaar is dan niet vrij.", "The practitioner who was asked for is not free."
)
STRICT_DAY_PART = reason("day_parts", "Niet op een gewenst dagdeel.", "Not in a part of the day that was asked for.")
STRICT_WEEKDAY = reason("weekdays", "Niet op een gewenste dag.", "Not on a day of the week that was asked for.")
CLOCK = reason("clock", "De klok wordt dan verzet.", "The clock changes then.")
NOT_FREE = reason("full", "Er is dan niemand vrij.", "Nobody is free then.")
