"""What a person types, read into a query."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.domain.search import (
    LONGEST_QUERY,
    BirthDate,
    Birthday,
    BsnNumber,
    NamePart,
    PatientNumber,
    PhoneFragment,
    Reading,
    Surname,
    parse,
)
from tests.factories.patients import valid_bsn

MARCH_14 = BirthDate(dt.date(1978, 3, 14))


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("boer", [{NamePart("boer")}]),
        ("O’Brien", [{NamePart("obrien")}]),
        ("Núñez-López", [{NamePart("nunez")}, {NamePart("lopez")}]),
        ("j boer", [{NamePart("j")}, {NamePart("boer")}]),
        ("jan jan", [{NamePart("jan")}]),
        ("1403", [{Birthday(14, 3), PatientNumber(1403), PhoneFragment("1403")}]),
        ("2902", [{Birthday(29, 2), PatientNumber(2902), PhoneFragment("2902")}]),
        ("3002", [{PatientNumber(3002), PhoneFragment("3002")}]),
        ("14-3", [{Birthday(14, 3)}]),
        ("14-03-1978", [{MARCH_14}]),
        ("14/3/1978", [{MARCH_14}]),
        ("14.03.1978", [{MARCH_14}]),
        ("1978-03-14", [{MARCH_14}]),
        ("29-02-1977", [{PhoneFragment("29021977")}]),
        ("10427", [{PatientNumber(10427), PhoneFragment("10427")}]),
        ("123", [{PatientNumber(123)}]),
        ("06 12 34 56 78", [{PhoneFragment("0612345678")}]),
        ("+31 6 12345678", [{PhoneFragment("0612345678")}]),
        ("0031612345678", [{PhoneFragment("0612345678")}]),
        ("(030) 123-4567", [{PhoneFragment("0301234567")}]),
        ("123456782", [{BsnNumber("123456782"), PhoneFragment("123456782")}]),
        ("1234.56.782", [{BsnNumber("123456782"), PhoneFragment("123456782")}]),
        ("j", []),
        ("", []),
        ("   ", []),
        ("😀", []),
        ("%", []),
    ],
)
def test_typed(typed: str, terms: list[set[Reading]]) -> None:
    assert [list(way) for way in parse(typed).ways] == [[frozenset(term) for term in terms]] * bool(terms)


@pytest.mark.parametrize(
    ("typed", "ways"),
    [
        ("van", [[NamePart("van")], [Surname("van")]]),
        ("el", [[NamePart("el")], [Surname("el")]]),
        ("'t", [[Surname("t")]]),
        ("van der", [[Surname("van der")], [NamePart("van"), NamePart("der")]]),
        ("van r", [[Surname("van r")], [NamePart("van"), NamePart("r")]]),
        ("’t h", [[Surname("t h")]]),
        (
            "De Boer, Jan",
            [
                [Surname("de boer"), NamePart("jan")],
                [NamePart("de"), NamePart("boer"), NamePart("jan")],
                [NamePart("boer"), NamePart("jan")],
            ],
        ),
        (
            "Berg, van der",
            [
                [NamePart("berg"), Surname("van der")],
                [NamePart("berg"), NamePart("van"), NamePart("der")],
                [NamePart("berg")],
            ],
        ),
        ("van -", [[Surname("van")], [NamePart("van")]]),
    ],
)
def test_what_names_a_prefix_is_read_in_several_ways(typed: str, ways: list[list[Reading]]) -> None:
    assert [list(way) for way in parse(typed).ways] == [[frozenset({one}) for one in way] for way in ways]


def test_eight_digits_are_a_date_and_whatever_else_they_may_be() -> None:
    readings = parse("14031978").ways[0][0]
    assert {MARCH_14, PatientNumber(14031978), PhoneFragment("14031978")} <= readings
    assert parse("19780314").ways[0][0] >= {MARCH_14}
    assert parse("140378").ways[0][0] >= {MARCH_14, BirthDate(dt.date(2078, 3, 14))}
    assert parse("14 03 1978").ways[0][0] >= {MARCH_14}


def test_name_and_date_must_both_hold() -> None:
    query = parse("boer 14-03-1978 jan")
    assert {*query.ways[0]} == {frozenset({NamePart("boer")}), frozenset({NamePart("jan")}), frozenset({MARCH_14})}


def test_without_bsn_a_term_stays_that_nothing_meets() -> None:
    number = valid_bsn(1)
    query = parse(f"boer {number}").without_bsn()
    assert len(query.ways[0]) == 2
    assert not any(isinstance(reading, BsnNumber) for term in query.ways[0] for reading in term)


@given(st.dates(dt.date(1890, 1, 1), dt.date(2026, 12, 31)))
def test_a_date_is_found_however_it_is_written(date: dt.date) -> None:
    for pattern in ("%d-%m-%Y", "%Y-%m-%d", "%d%m%Y", "%Y%m%d", "%d/%m/%Y", "%d.%m.%Y"):
        assert BirthDate(date) in parse(date.strftime(pattern)).ways[0][0]
    assert Birthday(date.day, date.month) in parse(date.strftime("%d%m")).ways[0][0]


@given(st.integers(0, 4_999_999).map(valid_bsn), st.sampled_from(["{}", " {} ", "boer {}"]))
def test_a_bsn_is_recognised(number: str, form: str) -> None:
    assert any(BsnNumber(number) in term for term in parse(form.format(number)).ways[0])


@given(st.text(max_size=200))
def test_any_text_is_read_and_no_name_part_holds_a_sign(text: str) -> None:
    for term in (term for way in parse(text).ways for term in way):
        for reading in term:
            if isinstance(reading, NamePart):
                assert reading.text
                assert " " not in reading.text
            if isinstance(reading, PhoneFragment):
                assert reading.digits.isdigit()


def test_a_very_long_text_is_cut_off() -> None:
    assert len(parse("ab " * 1000).ways[0]) <= LONGEST_QUERY
    parse("1" * 100_000)
