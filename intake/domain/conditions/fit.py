"""Whether a condition fits the findings it speaks of: known codes, tests of the right kind, choices that exist."""

from collections.abc import Container, Iterator

from intake.domain.conditions.terms import Term, TermKind, Terms
from intake.domain.conditions.tree import Between, Compare, Condition, In, Includes, Is, IsYes, Leaf, Test

_JUDGES: dict[type[Test], TermKind] = {
    IsYes: TermKind.YES_NO,
    Is: TermKind.CHOICE,
    In: TermKind.CHOICE,
    Includes: TermKind.CHOICES,
    Compare: TermKind.NUMBER,
    Between: TermKind.NUMBER,
}


def misfits(condition: Condition, terms: Terms, elsewhere: Container[str] = ()) -> list[str]:
    """What does not fit, as sentences. Codes in `elsewhere` exist but are not asked here; they stay unknown."""
    return [problem for leaf in condition.leaves() for problem in _leaf_misfits(leaf, terms, elsewhere)]


def choices_of(test: Test) -> tuple[str, ...]:
    """The choices a test names."""
    if isinstance(test, In | Includes):
        return test.choices
    return (test.choice,) if isinstance(test, Is) else ()


def _leaf_misfits(leaf: Leaf, terms: Terms, elsewhere: Container[str]) -> Iterator[str]:
    term = terms.get(leaf.code)
    if term is None:
        if leaf.code not in elsewhere:
            yield f"'{leaf.code}' is not the code of any question or finding"
        return
    wanted = _JUDGES[type(leaf.test)]
    if term.kind is not wanted:
        yield f"'{leaf.code} {leaf.test.to_text()}' tests a {wanted.value}, but '{leaf.code}' is a {term.kind.value}"
        return
    yield from _unknown_choices(leaf, term)


def _unknown_choices(leaf: Leaf, term: Term) -> Iterator[str]:
    if term.choices is None:
        return
    for choice in choices_of(leaf.test):
        if choice not in term.choices:
            yield f"'{choice}' is not a choice of '{leaf.code}' ({', '.join(term.choices)})"
