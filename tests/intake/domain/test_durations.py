"""Durations as people say them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.domain.durations import UNITS, weeks_of

TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("said", "weeks"),
    [
        ("6 wk", 6),
        ("6w", 6),
        ("3 mnd", 13),
        ("3 months", 13),
        ("10 dagen", 1.4),
        ("half", None),
        ("2,5 jaar", 130),
        ("1 jaar en 3 maanden", 65),
        ("1 year, 2 weeks", 54),
        ("vandaag", 0),
        ("gisteren", 0.1),
        ("sinds 12 okt", 6),
        ("since 12 October", 6),
        ("12-10", 6),
        ("12-10-2025", 58.1),
        ("sinds 24 nov", 52),  # tomorrow was not yet: last year
        ("oktober", 7.6),
        ("since March 2025", 90.3),
        ("2024", 151),
        ("sinds 1 januari 2027", None),  # after today
        ("30 feb", None),
        ("12 xyz", None),
        ("6 wk of zo", None),
        ("", None),
        ("lang", None),
    ],
)
def test_what_is_said_is_read_in_weeks(said: str, weeks: float | None) -> None:
    assert weeks_of(said, TODAY) == weeks
    assert weeks_of(f"  {said.upper()} ", TODAY) == weeks


@given(
    amount=st.integers(0, 999),
    unit=st.sampled_from(sorted(UNITS)),
    today=st.dates(dt.date(2026, 1, 1), dt.date(2030, 12, 31)),
)
def test_an_amount_means_the_same_on_every_day(amount: int, unit: str, today: dt.date) -> None:
    assert weeks_of(f"{amount} {unit}", today) == round(amount * UNITS[unit], 1)


@given(days=st.integers(0, 3000), today=st.dates(dt.date(2026, 1, 1), dt.date(2030, 12, 31)))
def test_a_whole_date_is_as_long_ago_as_it_is(days: int, today: dt.date) -> None:
    began = today - dt.timedelta(days=days)
    assert weeks_of(f"sinds {began:%d-%m-%Y}", today) == round(days / 7, 1)


@given(text=st.text(max_size=30), today=st.dates(dt.date(2026, 1, 1), dt.date(2030, 12, 31)))
def test_nothing_that_is_typed_fails_or_lies_ahead(text: str, today: dt.date) -> None:
    weeks = weeks_of(text, today)
    assert weeks is None or weeks >= 0
