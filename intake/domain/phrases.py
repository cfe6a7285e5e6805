"""Says a known finding in words: "Pain now: 7", "Fever or chills: no". Pure."""

from collections.abc import Iterable
from typing import Any

from intake.domain.conditions import Term, TermKind, Terms
from intake.domain.conditions.wording import DUTCH, ENGLISH, Phrases

NOT_ASKED = {"nl": "niet gevraagd", "en": "not asked"}


def _phrases(language: str) -> Phrases:
    return ENGLISH if language.startswith("en") else DUTCH


def value_in_words(value: Any, term: Term | None, language: str) -> str:
    """A value of a finding as a reader says it; `None` is "not asked"."""
    phrases = _phrases(language)
    if value is None:
        return NOT_ASKED["en" if language.startswith("en") else "nl"]
    if isinstance(value, bool):
        return phrases.yes if value else phrases.no
    if isinstance(value, int | float):
        return f"{value:g}".replace(".", phrases.decimal_sign)
    if isinstance(value, str):
        return term.choice_name(value, language) if term and term.kind is TermKind.CHOICE else value
    return _joined(value, term, language)


def _joined(values: Iterable[str], term: Term | None, language: str) -> str:
    return ", ".join(term.choice_name(value, language) if term else value for value in values)


def finding_in_words(code: str, value: Any, terms: Terms, language: str) -> str:
    """A finding with its label and value; a code without a term is said as it is."""
    term = terms.get(code)
    label = term.name(language) if term else code
    return f"{label}: {value_in_words(value, term, language)}"
