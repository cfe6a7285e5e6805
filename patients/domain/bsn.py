"""The citizen service number (BSN): reading it as it is typed, testing it, and masking it."""

import re

LENGTH = 9
SEPARATORS = re.compile(r"[\s.\-]")
WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
VISIBLE_DIGITS = 2


class InvalidBsn(ValueError):
    """The text is not a BSN: wrong length, not digits, or refused by the 11-test."""


def parse(text: str) -> str:
    """The nine digits of the BSN in `text`.

    Spaces, dots and hyphens are ignored; a number of eight digits gets its leading zero back. Raises `InvalidBsn` for
    anything that cannot be a BSN, a row of equal digits included.
    """
    digits = SEPARATORS.sub("", text)
    if not (digits.isascii() and digits.isdigit() and len(digits) in (LENGTH - 1, LENGTH)):
        raise InvalidBsn
    number = digits.zfill(LENGTH)
    if len(set(number)) == 1 or not passes_11_test(number):
        raise InvalidBsn
    return number


def passes_11_test(number: str) -> bool:
    """Whether nine digits satisfy 9a + 8b + 7c + 6d + 5e + 4f + 3g + 2h - i = 0 (mod 11)."""
    return sum(weight * int(digit) for weight, digit in zip(WEIGHTS, number, strict=True)) % 11 == 0


def masked(number: str) -> str:
    """The BSN as a screen shows it: enough to tell two apart, too little to use."""
    return "•" * (LENGTH - VISIBLE_DIGITS) + number[-VISIBLE_DIGITS:] if number else ""
