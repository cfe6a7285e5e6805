"""The agenda as a table: which days it shows, and how appointments fall into rows and cells."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.domain.text import Text
from scheduling.domain.board import Asked, By, Cell, Column, Entry, Form, Range, Use, asked, table, week_of
from scheduling.domain.instance import Closed, Span

MONDAY = dt.date(2026, 11, 30)
TODAY = dt.date(2026, 12, 2)
LEAVE = Text("verlof", "leave")


def at(text: str, date: dt.date = MONDAY) -> dt.datetime:
    return dt.datetime.combine(date, dt.time.fromisoformat(text))


def span(text: str) -> Span:
    start, _, end = text.partition("-")
    return Span(at(start), at(end))


def column(*entries: str, free: tuple[str, ...] = ("08:00-17:00",), closed: tuple[str, ...] = ()) -> Column:
    return Column(
        MONDAY,
        tuple(Entry(span(one), one) for one in entries),
        tuple(span(one) for one in free),
        tuple(Closed(span(one), "leave", LEAVE) for one in closed),
    )


def cells(*columns: Column) -> list[tuple[str, list[Cell]]]:
    """The cells that begin in each row, by the time of the row."""
    return [
        (f"{line.minute // 60:02}:{line.minute % 60:02}", [cell for cell in line.cells if cell])
        for line in table(columns).lines
    ]


# --- what is asked for ----------------------------------------------------------------------------------------------


def test_without_more_the_agenda_is_this_week_of_everybody() -> None:
    this = asked({}, TODAY)
    assert (this.first, this.until) == (MONDAY, dt.date(2026, 12, 7))
    assert (this.range, this.by, this.form, this.whose) == (Range.WEEK, By.PRACTITIONER, Form.USUAL, None)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"date": "yesterday"},
        {"date": "0001-01-01"},
        {"date": "9999-12-31"},
        {"range": "year", "by": "nobody", "form": "song"},
        {"whose": "-1"},
        {"whose": "²"},
        {"location": "9" * 40},
    ],
)
def test_what_cannot_be_read_is_as_usual(nonsense: dict[str, str]) -> None:
    assert asked(nonsense, TODAY) == asked({}, TODAY)


@given(
    st.dates(dt.date(1901, 1, 1), dt.date(2199, 12, 31)),
    st.sampled_from(Range),
    st.sampled_from(By),
    st.sampled_from(Form),
    st.none() | st.integers(1, 10**8),
)
def test_an_address_says_all_that_was_asked_for(
    date: dt.date, days: Range, by: By, form: Form, one: int | None
) -> None:
    said = {"date": date.isoformat(), "range": days.value, "by": by.value, "form": form.value, "whose": str(one or "")}
    first = asked(said, TODAY)
    assert asked(first.query(), TODAY) == first


def test_the_last_week_of_2026_is_week_53_and_the_one_after_it_the_first() -> None:
    last = asked({"date": "2026-12-30"}, TODAY)
    assert [week_of(last.moved(weeks).first) for weeks in (-1, 0, 1)] == [52, 53, 1]
    assert week_of(dt.date(2027, 1, 3)) == 53


def test_a_day_is_followed_by_the_next_day_also_over_a_change_of_the_clock() -> None:
    assert asked({"date": "2026-10-25", "range": "day"}, TODAY).moved(1).first == dt.date(2026, 10, 26)


# --- rows and cells -------------------------------------------------------------------------------------------------


def test_a_day_without_anything_shows_the_usual_hours() -> None:
    lines = table([Column(MONDAY)]).lines
    assert (lines[0].minute, lines[-1].minute) == (8 * 60, 17 * 60 + 30)


def test_rows_are_half_hours_where_everything_begins_and_ends_on_them() -> None:
    assert table([column("09:00-09:30", "10:30-11:30")]).step == 30


@pytest.mark.parametrize(("when", "step"), [("09:15-09:45", 15), ("09:20-09:50", 10), ("09:05-09:30", 5)])
def test_rows_are_lower_where_something_begins_between(when: str, step: int) -> None:
    assert table([column(when)]).step == step


def test_closed_time_makes_rows_lower_too() -> None:
    assert table([column(closed=("12:15-13:00",), free=("08:00-12:15",))]).step == 15


def test_an_hour_takes_two_rows_and_the_row_below_it_has_no_cell() -> None:
    lines = dict(cells(column("09:00-10:00")))
    assert [(cell.use, cell.rows) for cell in lines["09:00"]] == [(Use.TAKEN, 2)]
    assert lines["09:30"] == []
    assert [cell.use for cell in lines["10:00"]] == [Use.FREE]


def test_two_at_once_stand_in_one_cell() -> None:
    lines = dict(cells(column("09:00-10:00", "09:30-10:30")))
    assert [entry.what for entry in lines["09:00"][0].entries] == ["09:00-10:00", "09:30-10:30"]
    assert lines["09:00"][0].rows == 3


def test_one_after_the_other_stand_in_cells_of_their_own() -> None:
    lines = dict(cells(column("09:00-09:30", "09:30-10:00")))
    assert [len(cell.entries) for cell in (*lines["09:00"], *lines["09:30"])] == [1, 1]


def test_closed_time_is_one_cell_with_its_reason() -> None:
    lines = dict(cells(column(free=("08:00-12:00",), closed=("12:00-17:00",)), column()))
    closed = lines["12:00"][0]
    assert (closed.use, closed.rows, closed.why and closed.why.text) == (Use.CLOSED, 10, LEAVE)


def test_leave_of_a_whole_week_closes_a_day_of_it() -> None:
    week = Closed(Span(at("00:00"), at("00:00", dt.date(2026, 12, 7))), "leave", LEAVE)
    tuesday = Column(dt.date(2026, 12, 1), closed=(week,))
    assert [cell.use for line in table([tuesday]).lines for cell in line.cells if cell] == [Use.CLOSED]


def test_time_in_which_nobody_works_says_nothing() -> None:
    lines = dict(cells(column(free=("09:00-12:00",)), column(free=("08:00-12:00",))))
    assert [cell.use for cell in lines["08:00"]] == [Use.OFF, Use.FREE]


def test_an_appointment_outside_the_hours_makes_the_table_longer() -> None:
    lines = table([column("19:30-20:00")]).lines
    assert lines[-1].minute == 19 * 60 + 30


def test_an_appointment_over_midnight_ends_with_its_day() -> None:
    night = Entry(Span(at("23:30"), at("00:30", dt.date(2026, 12, 1))), "night")
    lines = table([Column(MONDAY, (night,))]).lines
    assert lines[-1].minute == 23 * 60 + 30
    assert [cell.rows for line in lines for cell in line.cells if cell and cell.entries] == [1]


MINUTES = st.integers(0, 24 * 12 - 1).map(lambda fives: fives * 5)
SPANS = st.tuples(MINUTES, st.integers(1, 48)).map(
    lambda pair: Span(
        at("00:00") + dt.timedelta(minutes=pair[0]), at("00:00") + dt.timedelta(minutes=pair[0] + pair[1] * 5)
    )
)
COLUMNS = st.builds(
    lambda entries, free, closed: Column(
        MONDAY,
        tuple(Entry(one, number) for number, one in enumerate(entries)),
        tuple(free),
        tuple(Closed(one, "leave", LEAVE) for one in closed),
    ),
    st.lists(SPANS, max_size=8),
    st.lists(SPANS, max_size=3),
    st.lists(SPANS, max_size=3),
)


@given(st.lists(COLUMNS, min_size=1, max_size=4))
def test_every_row_of_every_column_is_covered_once_and_every_entry_is_shown_where_it_is(columns: list[Column]) -> None:
    shown = table(columns)
    for number, each in enumerate(columns):
        stack = [(row, line.cells[number]) for row, line in enumerate(shown.lines) if line.cells[number]]
        covered = [row + below for row, cell in stack if cell for below in range(cell.rows)]
        assert covered == list(range(len(shown.lines)))
        entries = [entry for _row, cell in stack if cell for entry in cell.entries]
        assert sorted(entry.what for entry in entries) == list(range(len(each.entries)))
        for _row, cell in stack:
            height = dt.timedelta(minutes=shown.step * cell.rows) if cell else dt.timedelta()
            for entry in cell.entries if cell else ():
                assert cell.start <= entry.span.start
                assert min(entry.span.end, at("00:00", dt.date(2026, 12, 1))) <= cell.start + height


@pytest.mark.parametrize(
    ("chosen", "telephone", "shown"),
    [
        (Form.USUAL, False, Form.TABLE),
        (Form.USUAL, True, Form.LIST),
        (Form.TABLE, True, Form.TABLE),
        (Form.LIST, False, Form.LIST),
    ],
)
def test_the_device_decides_on_the_form_only_when_nobody_chose(chosen: Form, telephone: bool, shown: Form) -> None:
    asked_for = Asked(dt.date(2026, 11, 30), form=chosen)
    assert asked_for.shown_on(telephone=telephone).form is shown
