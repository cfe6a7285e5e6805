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


def does_not_work(name: str) -> Reason:
    """It is not in somebody's working hours."""
    return reason("full", f"{name} werkt dan niet.", f"{name} does not work then.")


def works_elsewhere(name: str) -> Reason:
    """Somebody works at another location then."""
    return reason("full", f"{name} werkt dan op een andere locatie.", f"{name} works at another location then.")


def not_qualified(name: str) -> Reason:
    """Somebody cannot give this session."""
    return reason("competence", f"{name} is niet bevoegd voor deze zitting.", f"{name} is not qualified for it.")


def of_somebody(name: str, cause: Reason) -> Reason:
    """A cause that does not say by itself whose it is."""
    return reason(cause.code, f"{name}: {cause.text.nl}", f"{name}: {cause.text.en}")


def on_day(date: dt.date, minute: int | None, cause: Reason) -> Reason:
    """A cause on another day than that of the session, at one time of it or all day."""
    when, at = day(date), "" if minute is None else f" {clock(minute)}"
    name = when.nl[0].upper() + when.nl[1:]
    return reason(cause.code, f"{name}{at}: {cause.text.nl}", f"{when.en}{at}: {cause.text.en}")


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
NOT_BEFORE = reason(
    "not_before", "Voor de eerste dag waarop de patiënt kan.", "Before the first day on which the patient can come."
)
NOT_AFTER = reason(
    "not_after", "Na de laatste dag waarop de patiënt kan.", "After the last day on which the patient can come."
)
REFERRAL = reason("referral", "De verwijzing is dan verlopen.", "The referral has expired by then.")
STRICT_PRACTITIONER = reason(
    "practitioner", "Niet bij de gewenste behandelaar.", "Not with the practitioner who was asked for."
)
STRICT_DAY_PART = reason(
    "day_parts",
    "Niet op een dagdeel waarop de patiënt kan.",
    "Not in a part of the day in which the patient can come.",
)
STRICT_WEEKDAY = reason(
    "weekdays",
    "Niet op een dag van de week waarop de patiënt kan.",
    "Not on a day of the week on which the patient can come.",
)
CLOCK = reason("clock", "De klok wordt dan verzet.", "The clock changes then.")
EVERYBODY_BOOKED = reason("taken", "Iedereen is dan volgeboekt.", "Everybody is booked then.")
NOBODY_WORKS = reason("no_work", "Er werkt dan niemand.", "Nobody works then.")
PRACTICE_CLOSED = reason("no_work", "De praktijk is dan dicht.", "The practice is closed then.")
GONE = reason(
    "gone",
    "Toen dit werd gepland, ging de laatste plek naar een ander bezoek.",
    "When this was planned, the last place went to another visit.",
)
NOT_FREE = reason("full", "Er is dan niemand vrij.", "Nobody is free then.")
