"""Rows of a form: moving them loses nothing, and what says the same as before stays to the letter."""

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from plans.domain.editing import Unordered, kept
from plans.forms.moving import rearranged
from plans.forms.rows import with_codes

MOST = 6


def typed(number: int, button: str) -> QueryDict:
    """So many phases, each with two techniques of which one has two boxes ticked, and a field of the page itself."""
    data = QueryDict(mutable=True)
    data["title_en"], data["phases-TOTAL_FORMS"], data["rows"] = "Title", str(number), button
    for row in range(number):
        data[f"phases-{row}-title"] = f"title {row}"
        data[f"phases-{row}-techniques-TOTAL_FORMS"] = "2"
        data[f"phases-{row}-techniques-0-code"] = f"first of {row}"
        data.setlist(f"phases-{row}-techniques-1-boxes", [f"a{row}", f"b{row}"])
    return data


def after(data: QueryDict, button: str) -> QueryDict:
    data = data.copy()
    data["rows"] = button
    return rearranged(data, MOST)[0]


def titles(data: QueryDict) -> list[str | None]:
    return [data.get(f"phases-{row}-title") for row in range(int(data["phases-TOTAL_FORMS"]))]


@pytest.mark.parametrize(
    ("button", "order", "at"),
    [
        ("phases add", [0, 1, 2, None], "phases-3"),
        ("phases-0 remove", [1, 2], "phases-0"),
        ("phases-2 remove", [0, 1], "phases-1"),
        ("phases-0 down", [1, 0, 2], "phases-1"),
        ("phases-2 up", [0, 2, 1], "phases-1"),
        ("phases-0 up", [0, 1, 2], "phases-0"),
        ("phases-2 down", [0, 1, 2], "phases-2"),
        ("phases-7 down", [0, 1, 2], "phases"),
        ("phases-0 burn", [0, 1, 2], ""),
        ("", [0, 1, 2], ""),
    ],
)
def test_a_button_puts_the_rows_in_the_order_it_asks(button: str, order: list[int | None], at: str) -> None:
    done, where = rearranged(typed(3, button), MOST)
    assert titles(done) == [None if row is None else f"title {row}" for row in order]
    assert where == at
    assert done["title_en"] == "Title"
    for new, old in enumerate(order):
        ticked = [] if old is None else [f"a{old}", f"b{old}"]
        assert done.getlist(f"phases-{new}-techniques-1-boxes") == ticked, "what is in a row goes with it"
    leftover = [name for name in done if name.startswith(f"phases-{len(order)}-")]
    assert leftover == []


def test_rows_within_a_row_move_alone() -> None:
    done = after(typed(2, ""), "phases-1-techniques-0 down")
    assert done["phases-1-techniques-1-code"] == "first of 1"
    assert done.getlist("phases-1-techniques-0-boxes") == ["a1", "b1"]
    assert done["phases-0-techniques-0-code"] == "first of 0"


def test_the_last_row_can_go_and_there_is_an_end_to_adding() -> None:
    done, where = rearranged(typed(1, "phases-0 remove"), MOST)
    assert (titles(done), where) == ([], "phases")
    assert len(titles(after(typed(MOST, ""), "phases add"))) == MOST


@given(st.integers(2, MOST).flatmap(lambda number: st.tuples(st.just(number), st.integers(0, number - 2))))
def test_down_and_up_again_is_as_it_was(rows: tuple[int, int]) -> None:
    number, row = rows
    start = typed(number, "")
    done = after(after(start, f"phases-{row} down"), f"phases-{row + 1} up")
    assert {name: done.getlist(name) for name in done if name != "rows"} == {
        name: start.getlist(name) for name in start if name != "rows"
    }


@given(st.integers(0, MOST), st.lists(st.tuples(st.integers(0, MOST), st.sampled_from(["up", "down"])), max_size=8))
def test_moving_loses_no_row_and_makes_none(number: int, moves: list[tuple[int, str]]) -> None:
    data = typed(number, "")
    for row, act in moves:
        data = after(data, f"phases-{row} {act}")
    assert sorted(map(str, titles(data))) == sorted(map(str, titles(typed(number, ""))))


ROW = st.fixed_dictionaries(
    {"code": st.sampled_from("abcdef"), "title": st.text(max_size=5)},
    optional={"core": st.booleans(), "pace": st.sampled_from([0.5, 1, 2]), "codes": st.lists(st.sampled_from("xyz"))},
)
ROWS = st.lists(ROW, unique_by=lambda row: row["code"])


@given(ROWS)
def test_what_was_not_touched_stays_to_the_letter(rows: list[dict[str, Any]]) -> None:
    as_typed = [
        {
            "core": False,
            **row,
            "title": f" {row['title'].strip()}  " if row["title"].strip() else row["title"],
            "pace": float(row["pace"]) if "pace" in row else None,
            "codes": Unordered(reversed(row.get("codes", []))),
        }
        for row in rows
    ]
    assert kept(rows, as_typed) == rows
    assert [type(row.get("pace")) for row in kept(rows, as_typed)] == [type(row.get("pace")) for row in rows]


@given(ROWS, ROWS)
def test_what_was_typed_is_what_comes_out(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> None:
    done = kept(before, now)
    assert [row["code"] for row in done] == [row["code"] for row in now]
    for row, wanted in zip(done, now, strict=True):
        assert row["title"].split() == wanted["title"].split()
        assert all((row.get(key) or None) == (wanted.get(key) or None) for key in ("core", "pace", "codes"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Keep it up", "keep_it_up"),
        ("Keep moving, every day, at home", "keep_moving_every_day"),
        ("Settle", "settle_2"),
        ("Is", "phase_2"),
        ("3 weeks", "phase_2"),
        ("", "phase_2"),
    ],
)
def test_a_new_row_gets_a_code_from_its_english_words(text: str, code: str) -> None:
    rows = [{"code": "settle", "title": {"en": "Settle"}}, {"title": {"en": text}}]
    assert [row["code"] for row in with_codes(rows, "title", "phase")] == ["settle", code]
