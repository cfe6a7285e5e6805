"""Series keep their wall time across both changes of the clock; a session is as long as it says."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.domain.clock import NoSuchTimeError, is_true_span, moment, wall_time

by_day = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2030, 12, 31)).map(
    lambda at: at.replace(hour=7 + at.hour % 14, second=0, microsecond=0)
)


@given(by_day, st.integers(1, 60))
def test_a_series_keeps_its_wall_time(start: dt.datetime, days: int) -> None:
    later = start + dt.timedelta(days=days)
    assert wall_time(moment(later)) == later
    assert wall_time(moment(start)).time() == wall_time(moment(later)).time()


@given(by_day, st.integers(5, 120))
def test_a_session_by_day_lasts_what_it_says(start: dt.datetime, minutes: int) -> None:
    end = start + dt.timedelta(minutes=minutes)
    assert is_true_span(start, minutes)
    assert moment(end) - moment(start) == dt.timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        (dt.datetime(2026, 3, 28, 9), "08:00"),
        (dt.datetime(2026, 3, 29, 9), "07:00"),
        (dt.datetime(2026, 10, 24, 9), "07:00"),
        (dt.datetime(2026, 10, 25, 9), "08:00"),
        (dt.datetime(2028, 2, 29, 9), "08:00"),
        (dt.datetime(2026, 12, 31, 23, 30), "22:30"),
    ],
)
def test_the_moment_of_a_wall_time(wall: dt.datetime, utc: str) -> None:
    assert f"{moment(wall):%H:%M}" == utc


@pytest.mark.parametrize("wall", [dt.datetime(2026, 3, 29, 2, 30), dt.datetime(2026, 10, 25, 2, 30)])
def test_a_time_that_does_not_exist_or_comes_twice_is_refused(wall: dt.datetime) -> None:
    with pytest.raises(NoSuchTimeError):
        moment(wall)
    assert not is_true_span(wall - dt.timedelta(minutes=45), 90)
