"""Wall time of the practice and moments in time, across the changes of the clock."""

import datetime as dt
from zoneinfo import ZoneInfo


class NoSuchTimeError(ValueError):
    """A wall time that the clock skips, or shows twice: a session cannot start or end there."""


def moment(wall: dt.datetime, timezone: str = "Europe/Amsterdam") -> dt.datetime:
    """The moment (UTC) of a wall time. Raises `NoSuchTimeError` where the clock changes."""
    zone = ZoneInfo(timezone)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    if first != second:
        raise NoSuchTimeError(f"{wall:%d-%m-%Y %H:%M}")
    return first


def wall_time(at: dt.datetime, timezone: str = "Europe/Amsterdam") -> dt.datetime:
    """The wall time, without a zone, of a moment."""
    return at.astimezone(ZoneInfo(timezone)).replace(tzinfo=None, fold=0)


def is_true_span(start: dt.datetime, minutes: int, timezone: str = "Europe/Amsterdam") -> bool:
    """Whether a session from this wall time lasts that many minutes on any clock."""
    length = dt.timedelta(minutes=minutes)
    try:
        return moment(start + length, timezone) - moment(start, timezone) == length
    except NoSuchTimeError:
        return False
