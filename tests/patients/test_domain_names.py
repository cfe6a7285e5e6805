"""Dutch names: how they are written, sorted and taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.domain.folding import fold, words
from patients.domain.names import NameOrder, PersonName, found_as, normalise_initials, split_surname

JAN = PersonName(family="Boer", prefix="de", given="Jan", initials="J.P.")
EVA = PersonName(family="Berg", prefix="van der", given="Eva", initials="E.", partner="Dam", partner_prefix="van")


def test_a_name_is_written_as_the_place_asks() -> None:
    assert JAN.banner() == "DE BOER, Jan"
    assert JAN.listed() == "De Boer, Jan"
    assert JAN.formal() == "J.P. de Boer"
    assert JAN.sort_key() == "boer jan"


@pytest.mark.parametrize(
    ("order", "surname", "sort_key"),
    [
        (NameOrder.OWN, "van der Berg", "berg eva"),
        (NameOrder.PARTNER, "van Dam", "dam eva"),
        (NameOrder.PARTNER_OWN, "van Dam-van der Berg", "dam eva"),
        (NameOrder.OWN_PARTNER, "van der Berg-van Dam", "berg eva"),
    ],
)
def test_the_surname_in_use_follows_the_choice(order: NameOrder, surname: str, sort_key: str) -> None:
    name = PersonName(**{field: getattr(EVA, field) for field in EVA.__slots__} | {"order": order})
    assert (name.surname(), name.sort_key()) == (surname, sort_key)


def test_what_is_not_known_leaves_no_signs_behind() -> None:
    assert PersonName(family="Boer").formal() == "Boer"
    assert PersonName(family="Boer").banner() == "BOER"
    assert PersonName(family="Hondt", prefix="d'").listed() == "D'Hondt"
    assert PersonName(family="Boer", given="Jan").formal() == "Jan Boer"


@pytest.mark.parametrize(
    ("typed", "initials"),
    [("jp", "J.P."), ("J.P.", "J.P."), ("j p", "J.P."), ("Th.J.", "Th.J."), ("", ""), ("é", "É."), ("J.P", "J.P.")],
)
def test_initials_get_their_dots(typed: str, initials: str) -> None:
    assert normalise_initials(typed) == initials
    assert normalise_initials(initials) == initials


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("van der Berg", ("van der", "Berg")),
        ("Van Den Heuvel", ("van den", "Heuvel")),
        ("van 't Hoff", ("van 't", "Hoff")),
        ("van ’t Hoff", ("van 't", "Hoff")),
        ("Boer", ("", "Boer")),
        ("de", ("", "de")),
        ("van de", ("van", "de")),
        ("El Amrani", ("", "El Amrani")),
        ("Smit van Dam", ("", "Smit van Dam")),
        ("", ("", "")),
    ],
)
def test_a_surname_typed_in_one_field_is_taken_apart(typed: str, parts: tuple[str, str]) -> None:
    assert split_surname(typed) == parts


@given(st.text(max_size=40))
def test_taking_apart_loses_no_letter_and_keeps_a_family_name(typed: str) -> None:
    prefix, family = split_surname(typed)
    assert f"{prefix} {family}".lower().split() == typed.replace("’", "'").lower().split()
    assert bool(family) == bool(typed.split())


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Şahin", "sahin"),
        ("Yıldız", "yildiz"),
        ("İnce", "ince"),
        ("O'Brien", "obrien"),
        ("Sørensen", "sorensen"),
        ("Núñez-López", "nunez lopez"),
        ("Groß", "gross"),
        ("Łukasz", "lukasz"),
        ("Zoe\u0308", "zoe"),
        ("Zoë", "zoe"),
        ("李", "李"),
    ],
)
def test_letters_are_compared_without_signs(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_and_words_hold_no_signs(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert all(not set(word) & set(" _*?[%'\"") for word in words(text))


@pytest.mark.parametrize(
    ("prefix", "family", "found"),
    [
        ("van der", "Berg", {"van der berg", "der berg"}),
        ("’t", "Hárt", {"t hart"}),
        ("el", "Idrissi", {"el idrissi"}),
        ("d'", "Hondt", {"dhondt"}),
        ("de", "Boer Jansen", {"de boer jansen"}),
        ("", "Boer", set()),
        ("van", "", set()),
    ],
)
def test_a_surname_is_found_with_its_prefixes(prefix: str, family: str, found: set[str]) -> None:
    assert found_as(prefix, family) == found
