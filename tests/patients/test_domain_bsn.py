"""The 11-test of the BSN, on generated numbers."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.domain.bsn import InvalidBsn, masked, parse
from tests.factories.patients import valid_bsn

numbers = st.integers(min_value=0, max_value=4_999_999).map(valid_bsn)


def test_known_number_passes_as_people_write_it() -> None:
    assert parse("123456782") == parse("1234.56.782") == parse(" 1234 56 782 ") == "123456782"


def test_eight_digits_get_their_leading_zero() -> None:
    assert parse("10000008") == "010000008"


@pytest.mark.parametrize(
    "text", ["", "000000000", "111111111", "999999999", "123456789", "12345678a", "1234567", "٣" * 9]
)
def test_what_cannot_be_a_bsn_is_refused(text: str) -> None:
    with pytest.raises(InvalidBsn):
        parse(text)


@given(numbers, st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: str, place: int, shift: int) -> None:
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(InvalidBsn):
        parse(wrong)


@given(numbers, st.integers(0, 7))
def test_two_neighbours_exchanged_are_always_noticed(number: str, place: int) -> None:
    exchanged = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if exchanged != number:
        with pytest.raises(InvalidBsn):
            parse(exchanged)


@given(numbers)
def test_a_masked_number_shows_two_digits(number: str) -> None:
    assert sum(sign.isdigit() for sign in masked(number)) == 2
    assert masked(number)[-2:] == number[-2:]


@given(st.text(max_size=20))
def test_any_text_is_a_bsn_or_refused(text: str) -> None:
    with suppress(InvalidBsn):
        assert len(parse(text)) == 9
