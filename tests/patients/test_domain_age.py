"""Ages, and who consents."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.domain.age import ConsentBy, age_on, consent_by

BORN = dt.date(2008, 2, 29)


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (dt.date(2008, 2, 29), 0),
        (dt.date(2009, 2, 28), 0),
        (dt.date(2009, 3, 1), 1),
        (dt.date(2012, 2, 28), 3),
        (dt.date(2012, 2, 29), 4),
    ],
)
def test_who_is_born_on_29_february_grows_older_on_1_march(day: dt.date, age: int) -> None:
    assert age_on(BORN, day) == age


def test_nobody_has_an_age_before_birth() -> None:
    with pytest.raises(ValueError, match="before being born"):
        age_on(BORN, dt.date(2008, 2, 28))


@given(st.dates(dt.date(1890, 1, 1), dt.date(2026, 1, 1)), st.integers(0, 40_000))
def test_an_age_never_falls_and_grows_by_one_at_most(birth: dt.date, days: int) -> None:
    day = birth + dt.timedelta(days=days)
    assert age_on(birth, day + dt.timedelta(days=1)) - age_on(birth, day) in (0, 1)


@pytest.mark.parametrize(
    ("day", "who"),
    [
        (dt.date(2020, 2, 28), ConsentBy.REPRESENTATIVE),
        (dt.date(2020, 2, 29), ConsentBy.PATIENT_AND_REPRESENTATIVE),
        (dt.date(2024, 2, 28), ConsentBy.PATIENT_AND_REPRESENTATIVE),
        (dt.date(2024, 2, 29), ConsentBy.PATIENT),
    ],
)
def test_who_consents_follows_the_age(day: dt.date, who: ConsentBy) -> None:
    assert consent_by(BORN, day) is who
