"""How an appointment is said on the telephone, in Dutch and in English: "tien voor half tien", "ten past nine"."""

import datetime as dt

from intake.domain.text import Text
from scheduling.domain.words import DAYS

EVENING_FROM, MORNING_UNTIL = 18, 8  # outside these hours a clock time is said with its part of the day
SMALL_NL = (
    *("nul", "één", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf"),
    *("dertien", "veertien", "vijftien", "zestien", "zeventien", "achttien", "negentien"),
)
TENS_NL = {2: "twintig", 3: "dertig"}
TENS_EN = {2: "twenty", 3: "thirty"}
SMALL_EN = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
ORDINALS_EN = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
)
MONTHS = (
    Text("januari", "January"),
    Text("februari", "February"),
    Text("maart", "March"),
    Text("april", "April"),
    Text("mei", "May"),
    Text("juni", "June"),
    Text("juli", "July"),
    Text("augustus", "August"),
    Text("september", "September"),
    Text("oktober", "October"),
    Text("november", "November"),
    Text("december", "December"),
)


def time(at: dt.time) -> Text:
    """A time of the day as it is said. Early and late it comes with its part of the day, which else is plain."""
    nl, en = _clock_nl(at.hour, at.minute), _clock_en(at.hour, at.minute)
    if at.hour < MORNING_UNTIL:
        return Text(f"{nl} 's ochtends", f"{en} in the morning")
    if at.hour >= EVENING_FROM:
        return Text(f"{nl} 's avonds", f"{en} in the evening")
    return Text(nl, en)


def date(day: dt.date) -> Text:
    """A day as it is said: "dinsdag vierentwintig november", "Tuesday the twenty-fourth of November"."""
    name, month = DAYS[day.isoweekday() - 1], MONTHS[day.month - 1]
    return Text(f"{name.nl} {_number_nl(day.day)} {month.nl}", f"{name.en} the {_ordinal_en(day.day)} of {month.en}")


def offer(start: dt.datetime, who: str) -> Text:
    """The sentence with which the desk offers a place with somebody, ready to be read aloud."""
    day, clock = date(start.date()), time(start.time())
    first = day.nl[0].upper() + day.nl[1:]
    return Text(f"{first}, {clock.nl}, bij {who}. Past dat?", f"{day.en}, {clock.en}, with {who}. Does that suit you?")


def _hour(hour: int) -> int:
    """An hour on a clock with twelve of them."""
    return (hour - 1) % 12 + 1


def _clock_nl(hour: int, minute: int) -> str:
    this, following = SMALL_NL[_hour(hour)], SMALL_NL[_hour(hour + 1)]
    if minute in (0, 30):
        return f"half {following}" if minute else f"{this} uur"
    if minute <= 15:
        return f"{_minutes_nl(minute)} over {this}"
    if minute >= 45:
        return f"{_minutes_nl(60 - minute)} voor {following}"
    return f"{_minutes_nl(abs(minute - 30))} {'voor' if minute < 30 else 'over'} half {following}"


def _minutes_nl(minutes: int) -> str:
    return "kwart" if minutes == 15 else SMALL_NL[minutes]


def _number_nl(number: int) -> str:
    if number < 20:
        return SMALL_NL[number]
    tens, ones = TENS_NL[number // 10], number % 10
    if not ones:
        return tens
    and_ones = {1: "eenen", 2: "tweeën", 3: "drieën"}.get(ones, f"{SMALL_NL[ones]}en")
    return f"{and_ones}{tens}"


def _clock_en(hour: int, minute: int) -> str:
    this, following = SMALL_EN[_hour(hour)], SMALL_EN[_hour(hour + 1)]
    if minute == 0:
        return f"{this} o'clock"
    if minute == 30:
        return f"half past {this}"
    return f"{_minutes_en(minute)} past {this}" if minute < 30 else f"{_minutes_en(60 - minute)} to {following}"


def _minutes_en(minutes: int) -> str:
    if minutes == 15:
        return "a quarter"
    said = SMALL_EN[minutes] if minutes < 20 else "twenty" + (f"-{SMALL_EN[minutes - 20]}" if minutes > 20 else "")
    return said if minutes % 5 == 0 else f"{said} minute{'' if minutes == 1 else 's'}"


def _ordinal_en(number: int) -> str:
    if number < 20:
        return ORDINALS_EN[number - 1]
    if number % 10 == 0:
        return {20: "twentieth", 30: "thirtieth"}[number]
    return f"{TENS_EN[number // 10]}-{ORDINALS_EN[number % 10 - 1]}"
