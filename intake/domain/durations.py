"""How long ago something began, as people say it: "6 wk", "3 mnd", "sinds 12 okt", "since March 2025". Pure."""

import datetime as dt
import re
from contextlib import suppress

WEEKS_PER_YEAR = 52  # as the question counts them
DAYS_PER_WEEK = 7

# In how many weeks one of each is; by how the word starts, in Dutch and English.
UNITS: dict[str, float] = {
    **dict.fromkeys(["d", "dag", "dagen", "day", "days"], 1 / DAYS_PER_WEEK),
    **dict.fromkeys(["w", "wk", "wkn", "week", "weken", "weeks"], 1),
    **dict.fromkeys(["m", "mnd", "mo", "maand", "maanden", "month", "months"], WEEKS_PER_YEAR / 12),
    **dict.fromkeys(["j", "jr", "jaar", "jaren", "y", "yr", "yrs", "year", "years"], WEEKS_PER_YEAR),
}
MONTHS = {
    word: number
    for number, words in enumerate(
        ["jan", "feb", "mrt maa mar", "apr", "mei may", "jun", "jul", "aug", "sep", "okt oct", "nov", "dec"], 1
    )
    for word in words.split()
}
DAYS_AGO = {"vandaag": 0, "today": 0, "gisteren": 1, "yesterday": 1, "eergisteren": 2}

AMOUNT = re.compile(r"(\d{1,4}(?:[.,]\d{1,2})?)\s*([a-z]+)\.?")
BETWEEN = re.compile(r"\s*(?:,|en|and|\+)?\s*")
SINCE = re.compile(r"^(?:sinds|vanaf|since|from)\s+")
DAY_AND_MONTH = re.compile(r"(\d{1,2})[\s-]+(\d{1,2}|[a-z]+)\.?(?:[\s-]+(\d{4}))?")
MONTH_ALONE = re.compile(r"(?:([a-z]+)\.?)(?:\s+(\d{4}))?")
YEAR_ALONE = re.compile(r"(\d{4})")


def weeks_of(text: str, today: dt.date) -> float | None:
    """The weeks, to one decimal, that these words say; None for words that say no duration, or a day after `today`.

    A date without a year is the last one; a month alone is its first day, a year alone its first.
    """
    said = text.strip().lower()
    if said in DAYS_AGO:
        return round(DAYS_AGO[said] / DAYS_PER_WEEK, 1)
    amount = _sum_of(said)
    if amount is not None:
        return amount
    began = _date_in(SINCE.sub("", said), today)
    if began is None or began > today:
        return None
    return round((today - began).days / DAYS_PER_WEEK, 1)


def _sum_of(said: str) -> float | None:
    """The weeks in amounts such as "1 jaar en 3 maanden"; None where anything else is said."""
    total, place = 0.0, 0
    while place < len(said):
        found = AMOUNT.match(said, place)
        if not found or found[2] not in UNITS:
            return None
        total += float(found[1].replace(",", ".")) * UNITS[found[2]]
        place = found.end()
        gap = BETWEEN.match(said, place)
        place = gap.end() if gap else place
    return round(total, 1) if said else None


def _date_in(said: str, today: dt.date) -> dt.date | None:
    """The day that a date says; None where it says none."""
    if found := DAY_AND_MONTH.fullmatch(said):
        return _day(found[3], _month(found[2]), int(found[1]), today)
    if found := MONTH_ALONE.fullmatch(said):
        return _day(found[2], _month(found[1]), 1, today)
    found = YEAR_ALONE.fullmatch(said)
    return _day(found[1], 1, 1, today) if found else None


def _month(said: str) -> int | None:
    return int(said) if said.isdecimal() else MONTHS.get(said[:3])


def _day(year: str | None, month: int | None, day: int, today: dt.date) -> dt.date | None:
    """The day with these parts; without a year the last one that is not after today."""
    years = [int(year)] if year else [today.year, today.year - 1]
    for each in years:
        with suppress(ValueError, TypeError):
            found = dt.date(each, month, day)  # type: ignore[arg-type]
            if year or found <= today:
                return found
    return None
