"""Parts of a protocol go in and out of its content, and what refers to each is known."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.domain.check import check
from plans.domain.difference import Change, differences
from plans.domain.editing import numbered
from plans.domain.parts import Kind, Reference, entries, place, references, with_entry, without_entry
from plans.domain.protocol import compose
from tests.cases.running import back_pain, questionnaires

CONTENT = numbered(back_pain().content, 2)
COMES_AND_GOES = [kind for kind in Kind if kind not in (Kind.RULE, Kind.PROTOCOL)]
EVERY = [(kind, code) for kind in COMES_AND_GOES for code in entries(CONTENT, kind)]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(EVERY))
def test_a_part_that_is_put_back_in_its_place_changes_nothing(target: tuple[Kind, str]) -> None:
    kind, code = target
    assert with_entry(CONTENT, kind, code, entries(CONTENT, kind)[code]) == CONTENT


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(EVERY))
def test_taking_a_part_out_takes_out_that_part_alone(target: tuple[Kind, str]) -> None:
    kind, code = target
    rest = without_entry(CONTENT, kind, code)
    assert entries(rest, kind) == {one: entry for one, entry in entries(CONTENT, kind).items() if one != code}
    assert all(entries(rest, other) == entries(CONTENT, other) for other in Kind if other is not kind)
    again = with_entry(rest, kind, code, entries(CONTENT, kind)[code])
    assert entries(again, kind) == entries(CONTENT, kind)


@pytest.mark.parametrize("kind", COMES_AND_GOES)
def test_a_new_part_is_told_as_added_and_a_lost_one_as_removed(kind: Kind) -> None:
    entry = next(iter(entries(CONTENT, kind).values()))
    grown = compose(with_entry(CONTENT, kind, "new_one", entry))
    for before, after, change in ((back_pain(), grown, Change.ADDED), (grown, back_pain(), Change.REMOVED)):
        told = [(one.kind, one.code, one.change) for one in differences(before, after)]
        assert told == [(kind, "new_one", change)]


@pytest.mark.parametrize("kind", COMES_AND_GOES)
def test_a_part_without_what_it_needs_is_named_by_its_place(kind: Kind) -> None:
    code = next(iter(entries(CONTENT, kind)))
    known = entries(CONTENT, kind)[code]
    if "sources" not in known:
        return
    unbacked: dict[str, Any] = {**known, "sources": ["hearsay"]}
    del unbacked["evidence"]
    protocol = compose(with_entry(CONTENT, kind, code, unbacked))
    path = place(protocol.content, kind, code)
    found = [(flaw.part, flaw.message) for flaw in check(protocol, questionnaires().values()) if flaw.path == path]
    assert sorted(found) == [
        ("evidence", "does not say how well it is supported"),
        ("sources", "source 'hearsay' is not in the list of sources"),
    ]


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([(kind, code) for kind, code in EVERY if kind is not Kind.LABEL]))
def test_what_is_referred_to_and_taken_out_is_missed_by_the_check(target: tuple[Kind, str]) -> None:
    kind, code = target
    rest = without_entry(CONTENT, kind, code)
    referring = references(back_pain())[(kind, code)]
    flaws = check(compose(rest), questionnaires().values())
    assert referring
    assert any(code in flaw.message for flaw in flaws)


def test_who_refers_to_what() -> None:
    found = references(back_pain())
    assert Reference(Kind.RULE, "tumour_weight_loss_alone") in found[(Kind.LABEL, "tumour")]
    assert Reference(Kind.TEMPLATE, "after_recurrence") in found[(Kind.ADVICE, "when_to_come_back")]
    assert Reference(Kind.EXERCISE, "cat_camel") in found[(Kind.SOURCE, "kngf_lbp_dosage")]
    assert {one.kind for one in found[(Kind.TECHNIQUE, "mobilisation")]} == {Kind.RULE, Kind.TEMPLATE}
    assert (Kind.SOURCE, "nowhere") not in found
