"""What a patient is found by: one small indexed row for each name, number, date and piece of a phone number.

A search never reads the patients' table as a whole: it walks this index from the term that narrows most, and stops at
the length of a page. That keeps it as fast with 100,000 patients as with a hundred, on both database engines.
"""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.lookups import Lookup

from patients.domain.names import found_as
from patients.domain.search import (
    BirthDate,
    Birthday,
    BsnNumber,
    NamePart,
    PatientNumber,
    PhoneFragment,
    Reading,
    Surname,
    Term,
)
from patients.models.encrypted import blind_index

TOKEN_LENGTH = 100
NAME, SURNAME, PHONE, NUMBER = "name", "surname", "phone", "number"
BIRTHDAY, BIRTH_DATE, BSN = "birthday", "birth_date", "bsn"

CONDITIONS: dict[type, Callable[[Any], Q]] = {
    NamePart: lambda part: Q(kind=NAME, token__begins=part.text),
    Surname: lambda surname: Q(kind=SURNAME, token__begins=surname.text),
    PhoneFragment: lambda phone: Q(kind=PHONE, token__begins=phone.digits),
    PatientNumber: lambda patient: Q(kind=NUMBER, token=str(patient.number)),
    Birthday: lambda birthday: Q(kind=BIRTHDAY, token=f"{birthday.month:02}{birthday.day:02}"),
    BirthDate: lambda birth: Q(kind=BIRTH_DATE, token=birth.day.isoformat()),
    BsnNumber: lambda bsn: Q(kind=BSN, token=blind_index(bsn.number)),
}


def condition(reading: Reading) -> Q:
    """The tokens that one reading of a term asks for."""
    return CONDITIONS[type(reading)](reading)


def of_surname(prefix: str, family: str) -> set[tuple[str, str]]:
    """What a surname with a prefix is found by besides its own words, as kind and token.

    Where the prefix stands against the name, as in "d'Hondt", the two are one word.
    """
    return {(SURNAME if " " in found else NAME, found[:TOKEN_LENGTH]) for found in found_as(prefix, family)}


class TokenField(models.CharField):
    """Folded text that is looked up by its beginning, in the order of its code points.

    PostgreSQL gets the collation "C": only then one index serves both the prefix and the order. SQLite compares so
    already, and has no collation of that name.
    """

    def db_parameters(self, connection: Any) -> dict[str, Any]:
        """The type of the column, with the collation of this engine."""
        return super().db_parameters(connection) | {"collation": "C" if connection.vendor == "postgresql" else None}


@TokenField.register_lookup
class Begins(Lookup):
    """`token__begins`: a prefix that the index serves. SQLite's LIKE would ignore the index; its GLOB does not."""

    lookup_name = "begins"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """`token LIKE 'boer%'`, with the signs that LIKE understands escaped."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} LIKE %s", [*params, f"{connection.ops.prep_for_like_query(self.rhs)}%"]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """`token GLOB 'boer*'`, with the signs that GLOB understands escaped."""
        column, params = self.process_lhs(compiler, connection)
        escaped = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in self.rhs)
        return f"{column} GLOB %s", [*params, f"{escaped}*"]


class SearchTokenQuerySet(models.QuerySet["SearchToken"]):
    """Tokens as a search speaks of them."""

    def meeting(self, term: Term) -> "SearchTokenQuerySet":
        """The tokens that one of the readings of this term asks for; none for a term without readings."""
        if not term:
            return self.none()
        return self.filter(reduce(or_, map(condition, term)))


class SearchToken(models.Model):
    """One thing a patient can be found by. Derived from the patient; written again whenever the patient changes."""

    patient = models.ForeignKey("Patient", on_delete=models.CASCADE, related_name="search_tokens", db_index=False)
    kind = models.CharField(max_length=10)
    token = TokenField(max_length=TOKEN_LENGTH)

    objects = SearchTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "search token"
        verbose_name_plural = "search tokens"
        constraints = [
            models.UniqueConstraint(fields=["patient", "kind", "token"], name="a_patient_has_a_search_token_once")
        ]
        indexes = [models.Index(fields=["kind", "token", "patient"], name="patients_by_search_token")]

    def __str__(self) -> str:
        return self.kind
