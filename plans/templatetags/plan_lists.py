"""The dates above a long list of the back office, found without going through the list."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django import template
from django.contrib.admin.views.main import ChangeList
from django.utils import timezone
from django.utils.formats import date_format

register = template.Library()


@register.inclusion_tag("admin/date_hierarchy.html")
def date_steps(listed: ChangeList) -> dict[str, Any]:
    """The years, the months of the chosen year, or the days of the chosen month, between the first and the last row.

    Django's own hierarchy names only those with rows, for which it looks at every row; this looks at the two ends.
    """
    field = listed.date_hierarchy
    chosen = [listed.params.get(f"{field}__{part}") for part in ("year", "month", "day")]
    numbers = [int(value[-1] if isinstance(value, list) else value) for value in chosen if value]
    rows = listed.queryset.order_by(field).values_list(field, flat=True)
    first, last = rows.first(), rows.reverse().first()
    if first is None:
        return {"show": bool(numbers), "back": {"link": _link(listed, field, []), "title": "…"}, "choices": []}
    days = (timezone.localtime(first).date(), timezone.localtime(last).date())
    if not numbers and days[0].year == days[1].year:
        numbers = [days[0].year]
        return {"show": True, "back": None, "choices": list(_choices(listed, field, numbers, *days))}
    return {
        "show": True,
        "back": _back(listed, field, numbers),
        "choices": list(_choices(listed, field, numbers, *days)),
    }


def _back(listed: ChangeList, field: str, numbers: list[int]) -> dict[str, str] | None:
    """The way to one step less."""
    if not numbers:
        return None
    fewer = numbers[:-1]
    title = date_format(dt.date(*fewer, 1), "YEAR_MONTH_FORMAT") if len(fewer) == 2 else "".join(map(str, fewer))
    return {"link": _link(listed, field, fewer), "title": title or "…"}


def _choices(
    listed: ChangeList, field: str, numbers: list[int], first: dt.date, last: dt.date
) -> Iterator[dict[str, str]]:
    """One step more, from the first to the last."""
    if len(numbers) == 3:
        return
    seen = set()
    day = first
    while day <= last:
        step = (day.year, day.month, day.day)[: len(numbers) + 1]
        if step not in seen:
            seen.add(step)
            yield {"link": _link(listed, field, list(step)), "title": _title(day, len(step))}
        day += dt.timedelta(days=1)


def _title(day: dt.date, depth: int) -> str:
    formats = {2: "YEAR_MONTH_FORMAT", 3: "MONTH_DAY_FORMAT"}
    return date_format(day, formats[depth]) if depth in formats else str(day.year)


def _link(listed: ChangeList, field: str, numbers: list[int]) -> str:
    chosen = dict(zip(("year", "month", "day"), numbers, strict=False))
    wanted = {f"{field}__{part}": number for part, number in chosen.items()}
    return listed.get_query_string(wanted, [f"{field}__"])
