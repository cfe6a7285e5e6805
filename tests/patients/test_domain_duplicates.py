"""Whether two registrations are probably of one person."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.domain.duplicates import Identity, Sign, score, signs, similar_names, swapped

BORN = dt.date(1978, 3, 4)


def person(surname: str = "Boer", given: str = "Jan", birth_date: dt.date = BORN, **more: object) -> Identity:
    return Identity(surnames=(surname,), given=given, birth_date=birth_date, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Boer", "Jan"), ("Boer", "Jan")),
        (("Boer", "Jan"), ("Boers", "Jan")),
        (("Bruijn", "Piet"), ("Bruyn", "Pieter")),
        (("Meijer", "Lotte"), ("Meyer", "Lotte")),
        (("Janssen", "Anna"), ("Jansen", "A.")),
        (("Yıldız", "Elif"), ("Yildiz", "Elif")),
        (("Boer", ""), ("Boer", "Jan")),
        (("Schouten", "Bas"), ("Schauten", "Bas")),
    ],
)
def test_names_that_are_called_similar(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert similar_names(person(*one), person(*other))
    assert Sign.SAME_BIRTH_DATE_AND_NAME in signs(person(*one), person(*other))


@pytest.mark.parametrize(("one", "other"), [(("Boer", "Jan"), ("Smit", "Jan")), (("Boer", "Jan"), ("Boer", "Piet"))])
def test_names_that_are_not(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert not signs(person(*one), person(*other))


def test_a_name_at_birth_is_compared_with_the_partners_name_too() -> None:
    married = Identity(surnames=("Boer", "Dam"), given="Eva", birth_date=BORN)
    assert similar_names(married, person("Dam", "Eva"))


def test_each_sign() -> None:
    assert signs(person("A", bsn="x"), person("B", birth_date=dt.date(2000, 1, 1), bsn="x")) == {Sign.SAME_BSN}
    exchanged = person(birth_date=dt.date(1978, 4, 3))
    assert signs(person(), exchanged) == {Sign.SWAPPED_DAY_AND_MONTH}
    phone = frozenset({"0612345678"})
    elder = person(birth_date=dt.date(1950, 1, 1), phones=phone)
    assert signs(person(phones=phone), elder) == {Sign.SAME_PHONE}
    assert not signs(person("Smit", phones=phone), elder)


def test_the_same_bsn_outweighs_everything_else() -> None:
    others = frozenset(Sign) - {Sign.SAME_BSN, Sign.SWAPPED_DAY_AND_MONTH}
    assert score(frozenset({Sign.SAME_BSN})) > score(others)
    assert score(frozenset()) == 0


def test_exchanging_day_and_month() -> None:
    assert swapped(dt.date(1978, 3, 4)) == dt.date(1978, 4, 3)
    assert swapped(dt.date(1978, 3, 14)) is None
    assert swapped(dt.date(1978, 3, 3)) is None


names = st.text(alphabet="abcdeijnorstuvyABJVçéöş'- ", max_size=12)
identities = st.builds(
    Identity,
    surnames=st.tuples(names),
    given=names,
    birth_date=st.dates(dt.date(1970, 1, 1), dt.date(1970, 12, 31)),
    phones=st.frozensets(st.sampled_from(["0612345678", "0301234567"]), max_size=2),
    bsn=st.sampled_from(["", "x", "y"]),
)


@given(identities, identities)
def test_it_does_not_matter_who_came_first(one: Identity, other: Identity) -> None:
    assert signs(one, other) == signs(other, one)


@given(identities)
def test_everybody_with_a_name_resembles_themselves(one: Identity) -> None:
    if one.surnames[0].strip("' -"):
        assert Sign.SAME_BIRTH_DATE_AND_NAME in signs(one, one)
