"""What the desk reads aloud: every time on five minutes, every day of a month, in both languages."""

import datetime as dt

import pytest

from scheduling.domain import spoken

NINE = {
    0: ("negen uur", "nine o'clock"),
    5: ("vijf over negen", "five past nine"),
    10: ("tien over negen", "ten past nine"),
    15: ("kwart over negen", "a quarter past nine"),
    20: ("tien voor half tien", "twenty past nine"),
    25: ("vijf voor half tien", "twenty-five past nine"),
    30: ("half tien", "half past nine"),
    35: ("vijf over half tien", "twenty-five to ten"),
    40: ("tien over half tien", "twenty to ten"),
    45: ("kwart voor tien", "a quarter to ten"),
    50: ("tien voor tien", "ten to ten"),
    55: ("vijf voor tien", "five to ten"),
}
HOURS = {
    0: ("twaalf", "twelve"),
    1: ("één", "one"),
    2: ("twee", "two"),
    3: ("drie", "three"),
    4: ("vier", "four"),
    5: ("vijf", "five"),
    6: ("zes", "six"),
    7: ("zeven", "seven"),
    8: ("acht", "eight"),
    9: ("negen", "nine"),
    10: ("tien", "ten"),
    11: ("elf", "eleven"),
}
# With the hour and the next one, for each of the twelve times in an hour.
SAID = {
    0: ("{this} uur", "{this} o'clock"),
    5: ("vijf over {this}", "five past {this}"),
    10: ("tien over {this}", "ten past {this}"),
    15: ("kwart over {this}", "a quarter past {this}"),
    20: ("tien voor half {next}", "twenty past {this}"),
    25: ("vijf voor half {next}", "twenty-five past {this}"),
    30: ("half {next}", "half past {this}"),
    35: ("vijf over half {next}", "twenty-five to {next}"),
    40: ("tien over half {next}", "twenty to {next}"),
    45: ("kwart voor {next}", "a quarter to {next}"),
    50: ("tien voor {next}", "ten to {next}"),
    55: ("vijf voor {next}", "five to {next}"),
}
DAYS_OF_A_MONTH = [
    "één",
    "twee",
    "drie",
    "vier",
    "vijf",
    "zes",
    "zeven",
    "acht",
    "negen",
    "tien",
    "elf",
    "twaalf",
    "dertien",
    "veertien",
    "vijftien",
    "zestien",
    "zeventien",
    "achttien",
    "negentien",
    "twintig",
    "eenentwintig",
    "tweeëntwintig",
    "drieëntwintig",
    "vierentwintig",
    "vijfentwintig",
    "zesentwintig",
    "zevenentwintig",
    "achtentwintig",
    "negenentwintig",
    "dertig",
    "eenendertig",
]
ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
    "twenty-fifth",
    "twenty-sixth",
    "twenty-seventh",
    "twenty-eighth",
    "twenty-ninth",
    "thirtieth",
    "thirty-first",
]


def in_the_day(hour: int) -> tuple[str, str]:
    """What is said after a time, so that nobody comes in the morning who is expected in the evening."""
    if hour < 8:
        return " 's ochtends", " in the morning"
    return (" 's avonds", " in the evening") if hour >= 18 else ("", "")


@pytest.mark.parametrize("minute", NINE)
def test_a_time_after_nine_is_said_as_people_say_it(minute: int) -> None:
    said = spoken.time(dt.time(9, minute))
    assert (said.nl, said.en) == NINE[minute]


@pytest.mark.parametrize("minute", SAID)
@pytest.mark.parametrize("hour", range(24))
def test_every_time_on_five_minutes_is_said(hour: int, minute: int) -> None:
    said, after = spoken.time(dt.time(hour, minute)), in_the_day(hour)
    for got, language in ((said.nl, 0), (said.en, 1)):
        hours = {"this": HOURS[hour % 12][language], "next": HOURS[(hour + 1) % 12][language]}
        assert got == SAID[minute][language].format(**hours) + after[language]


@pytest.mark.parametrize(
    ("at", "nl", "en"),
    [
        (dt.time(9, 7), "zeven over negen", "seven minutes past nine"),
        (dt.time(9, 22), "acht voor half tien", "twenty-two minutes past nine"),
        (dt.time(9, 59), "één voor tien", "one minute to ten"),
        (dt.time(12, 30), "half één", "half past twelve"),
        (dt.time(9, 33), "drie over half tien", "twenty-seven minutes to ten"),
    ],
)
def test_a_time_between_is_said_too(at: dt.time, nl: str, en: str) -> None:
    assert (spoken.time(at).nl, spoken.time(at).en) == (nl, en)


@pytest.mark.parametrize("day", range(1, 32))
def test_every_day_of_a_month_is_said(day: int) -> None:
    said = spoken.date(dt.date(2026, 12, day))
    assert said.nl.split()[1:] == [DAYS_OF_A_MONTH[day - 1], "december"]
    assert said.en.split()[1:] == ["the", ORDINALS[day - 1], "of", "December"]


def test_months_and_days_of_the_week_have_their_names() -> None:
    months = [spoken.date(dt.date(2026, month, 2)) for month in range(1, 13)]
    assert [said.nl.split()[-1] for said in months] == (
        [
            "januari",
            "februari",
            "maart",
            "april",
            "mei",
            "juni",
            "juli",
            "augustus",
            "september",
            "oktober",
            "november",
            "december",
        ]
    )
    assert [said.en.split()[-1] for said in months] == (
        [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ]
    )
    week = [spoken.date(dt.date(2026, 12, 28) + dt.timedelta(days=days)) for days in range(7)]
    assert [said.nl.split()[0] for said in week] == [
        "maandag",
        "dinsdag",
        "woensdag",
        "donderdag",
        "vrijdag",
        "zaterdag",
        "zondag",
    ]


def test_a_place_is_offered_in_one_sentence() -> None:
    said = spoken.offer(dt.datetime(2026, 11, 24, 9, 20), "Sanne")
    assert said.nl == "Dinsdag vierentwintig november, tien voor half tien, bij Sanne. Past dat?"
    assert said.en == "Tuesday the twenty-fourth of November, twenty past nine, with Sanne. Does that suit you?"
