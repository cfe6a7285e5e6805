"""The agenda as a table: which days it shows, and how what happens in them falls into rows and cells.

Times are wall times of the practice, as everywhere in this package.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from scheduling.domain.constraints import minute_of
from scheduling.domain.instance import Closed, Span

DAY = 24 * 60
STEPS = (30, 15, 10, 5)  # minutes that a row may stand for, the tallest that fits first
USUAL_HOURS = (8 * 60, 18 * 60)
Choice = TypeVar("Choice", bound=Enum)


class Range(Enum):
    """How many days the agenda shows."""

    WEEK = "week"
    DAY = "day"


class By(Enum):
    """Whose agenda it is: that of people or that of rooms."""

    PRACTITIONER = "practitioner"
    ROOM = "room"


class Form(Enum):
    """How it is shown. When nobody chose, the device decides: a list where a table would not fit."""

    USUAL = ""
    TABLE = "table"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which agenda somebody asks for: the days around `date`, of one person or room (`whose`) or of all of them."""

    date: dt.date
    range: Range = Range.WEEK
    by: By = By.PRACTITIONER
    form: Form = Form.USUAL
    whose: int | None = None
    location: int | None = None

    @property
    def first(self) -> dt.date:
        """The first day: that day, or the Monday of its week."""
        return self.date if self.range is Range.DAY else monday_of(self.date)

    @property
    def days(self) -> int:
        """How many days are asked for."""
        return 1 if self.range is Range.DAY else 7

    @property
    def until(self) -> dt.date:
        """The day after the last."""
        return self.first + dt.timedelta(days=self.days)

    def moved(self, times: int) -> "Asked":
        """The same agenda, that many weeks or days later; before the calendar begins or after it ends it stays."""
        try:
            return replace(self, date=self.date + dt.timedelta(days=times * self.days))
        except OverflowError:
            return self

    def shown_on(self, *, telephone: bool) -> "Asked":
        """The same agenda in one form: the one that was chosen, else a list on a telephone and a table elsewhere."""
        usual = Form.LIST if telephone else Form.TABLE
        return self if self.form is not Form.USUAL else replace(self, form=usual)

    def query(self) -> dict[str, str]:
        """What an address says to ask for this; `asked` reads it back."""
        said = {
            "date": self.date.isoformat(),
            "range": self.range.value,
            "by": self.by.value,
            "form": self.form.value,
            "whose": str(self.whose or ""),
            "location": str(self.location or ""),
        }
        return {name: value for name, value in said.items() if value}


def asked(query: Mapping[str, str], today: dt.date) -> Asked:
    """What an address asks for. What it does not say, or says wrongly, is as usual: this week, of everybody."""
    return Asked(
        date=_date(query.get("date", ""), today),
        range=_one_of(Range, query.get("range"), Range.WEEK),
        by=_one_of(By, query.get("by"), By.PRACTITIONER),
        form=_one_of(Form, query.get("form"), Form.USUAL),
        whose=_number(query.get("whose", "")),
        location=_number(query.get("location", "")),
    )


def monday_of(date: dt.date) -> dt.date:
    """The first day of the ISO week of a date."""
    return date - dt.timedelta(days=date.isoweekday() - 1)


def week_of(date: dt.date) -> int:
    """The number of its ISO week: some years have 53, and the first days of January may be in the last of them."""
    return date.isocalendar().week


def _date(text: str, today: dt.date) -> dt.date:
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        return today
    return date if 1900 < date.year < 2200 else today


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _one_of(kind: type[Choice], value: str | None, usual: Choice) -> Choice:
    return next((choice for choice in kind if choice.value == value), usual)


# --- the table ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """An appointment in the agenda. `what` is for the screen, and means nothing here."""

    span: Span
    what: Any = None


@dataclass(frozen=True, slots=True)
class Column:
    """One day of one person or room: what is taken, where it is free, and why it is not elsewhere."""

    date: dt.date
    entries: tuple[Entry, ...] = ()
    free: tuple[Span, ...] = ()
    closed: tuple[Closed, ...] = ()
    what: Any = None

    @property
    def spans(self) -> Iterator[Span]:
        """All that decides at which hours the table begins and ends."""
        yield from (entry.span for entry in self.entries)
        yield from self.free


class Use(Enum):
    """What is in a cell."""

    TAKEN = "taken"
    FREE = "free"
    CLOSED = "closed"
    OFF = "off"  # nobody works, and there is no more to say about it


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a column, `rows` rows high: entries, or free, or closed for a reason."""

    use: Use
    start: dt.datetime
    rows: int = 1
    entries: tuple[Entry, ...] = ()
    why: Closed | None = None
    what: Any = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row: the minute at which it begins, and for each column a cell, or None where a higher cell covers it."""

    minute: int
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of the agenda, each of `step` minutes."""

    step: int
    lines: tuple[Line, ...]


def table(columns: Sequence[Column]) -> Table:
    """The columns as rows of cells. Rows are as tall as they can be while everything begins and ends between rows."""
    first, last = _hours(columns)
    step = _step(columns)
    first, last = first // step * step, -(-last // step) * step
    count = (last - first) // step
    stacks = [_stack(column, first, step, count) for column in columns]
    lines = (Line(first + row * step, tuple(stack.get(row) for stack in stacks)) for row in range(count))
    return Table(step, tuple(lines))


def _hours(columns: Sequence[Column]) -> tuple[int, int]:
    """From the first minute to the last that matter, in whole hours."""
    spans = [(column.date, span) for column in columns for span in column.spans]
    starts = [_minute(span.start, date) for date, span in spans]
    ends = [_minute(span.end, date) for date, span in spans]
    if not starts:
        return USUAL_HOURS
    return min(starts) // 60 * 60, -(-max(ends) // 60) * 60


def _minute(at: dt.datetime, date: dt.date) -> int:
    """Minutes since the midnight with which a day begins, within that day."""
    if at.date() != date:
        return 0 if at.date() < date else DAY
    return minute_of(at)


def _step(columns: Sequence[Column]) -> int:
    marks = {
        _minute(at, column.date)
        for column in columns
        for span in (*column.spans, *(one.span for one in column.closed))
        for at in (span.start, span.end)
    }
    return next((step for step in STEPS if all(mark % step == 0 for mark in marks)), STEPS[-1])


def _stack(column: Column, first: int, step: int, count: int) -> dict[int, Cell]:
    """The cells of a column by their first row."""
    midnight = dt.datetime.combine(column.date, dt.time())
    rows = [midnight + dt.timedelta(minutes=first + row * step) for row in range(count)]
    length = dt.timedelta(minutes=step)
    taken = _clusters(column, first, step)
    cells: dict[int, Cell] = {}
    row = 0
    while row < count:
        if row in taken:
            until, entries = taken[row]
            cells[row] = Cell(Use.TAKEN, rows[row], until - row, entries, what=column.what)
        else:
            cells[row] = _empty(column, Span(rows[row], rows[row] + length))
        row += cells[row].rows
    return _merged(cells)


def _clusters(column: Column, first: int, step: int) -> dict[int, tuple[int, tuple[Entry, ...]]]:
    """Entries that share a row, together: by their first row, the row after the last, and which they are."""
    found: dict[int, tuple[int, tuple[Entry, ...]]] = {}
    begin = end = -1
    for entry in sorted(column.entries, key=lambda entry: (entry.span.start, entry.span.end)):
        start = (_minute(entry.span.start, column.date) - first) // step
        stop = -(-(_minute(entry.span.end, column.date) - first) // step)
        if start >= end:
            begin, end = start, stop
            found[begin] = (end, (entry,))
        else:
            end = max(end, stop)
            found[begin] = (end, (*found[begin][1], entry))
    return found


def _empty(column: Column, span: Span) -> Cell:
    if any(free.meets(span) for free in column.free):
        return Cell(Use.FREE, span.start, what=column.what)
    why = next((closed for closed in column.closed if closed.span.meets(span)), None)
    return Cell(Use.CLOSED if why else Use.OFF, span.start, why=why, what=column.what)


def _merged(cells: dict[int, Cell]) -> dict[int, Cell]:
    """The same column, with what is closed for one reason in one cell."""
    merged: dict[int, Cell] = {}
    above = -1
    for row, cell in cells.items():
        if above >= 0 and _continues(merged[above], cell):
            merged[above] = replace(merged[above], rows=merged[above].rows + cell.rows)
        else:
            merged[row] = cell
            above = row
    return merged


def _continues(above: Cell, cell: Cell) -> bool:
    if above.use is not cell.use or cell.use not in (Use.CLOSED, Use.OFF):
        return False
    return (above.why and above.why.text) == (cell.why and cell.why.text)
