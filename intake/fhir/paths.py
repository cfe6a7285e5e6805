"""Conditions as FHIRPath, over the response to a questionnaire and the observations drawn from it.

FHIRPath's empty collection is our unknown, and its `and`, `or` and `not()` are Kleene's: a condition says the same in
both. Each finding that is spoken of becomes a variable with its code as name, with - for _, which the standard's names
do not have; names of our own begin with a capital, which no code does. An expression uses no function beyond `where`,
`select`, `exists`, `empty`, `not`, `ofType`, `iif`, `floor` and `aggregate`.

What hangs on the answer to a question that is not asked does not hold: `%Asked-x` says whether question x is asked.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any as Anything

from intake.domain.conditions import Condition, Leaf, TermKind
from intake.domain.conditions.tree import (
    Any,
    Between,
    Compare,
    In,
    Includes,
    Is,
    IsYes,
    Not,
    Operator,
    Several,
    number_text,
)
from intake.domain.derivations import NO_DERIVATIONS, Derivations
from intake.domain.derived import Banded, Classified, Derived, Difference, Extreme, FirstKnown, Rounding, When
from intake.domain.questionnaire import Questionnaire
from intake.fhir.elements import Addresses, Resource, variable

# Words that FHIRPath reads as something else than a name, and variables that it or an engine defines.
KEYWORDS = (
    "and as contains day days div false hour hours in implies is millisecond milliseconds minute minutes mod month "
    "months or second seconds true week weeks xor year years"
)
TAKEN = frozenset(["context", "loinc", "resource", "sct", "ucum"])
EMPTY = "{}"


class NotExpressibleError(ValueError):
    """A derived finding of a protocol that FHIRPath cannot draw from answers, such as what a body chart shows."""


def section_link(code: str) -> str:
    """The link id of a section; a question has its own code for one, which a section may share."""
    return f"section.{code}"


class Paths:
    """FHIRPath of conditions over the responses to one of several questionnaires.

    `own` are derived findings that stand on top of those of the questionnaires and are worked out within the
    expressions. `response` and `findings` are the paths to the response and to the observations. Asking for an
    expression gathers the variables it needs, in the order in which they build on one another.
    """

    def __init__(
        self,
        addresses: Addresses,
        questionnaires: Sequence[Questionnaire],
        own: Derivations = NO_DERIVATIONS,
        *,
        response: str = "%context.entry.resource.ofType(QuestionnaireResponse)",
        findings: str = "%context.entry.resource.ofType(Observation)",
    ) -> None:
        self.addresses = addresses
        self.own = own
        self.roots = {"Response": response, "Findings": findings}
        self.whole = {one.code: one.derivations.extended(own) for one in questionnaires}
        self.questionnaires = {one.code: one for one in questionnaires}
        self.found: dict[str, str] = {}

    def variables(self) -> list[Resource]:
        """The variables of all expressions that were asked for."""
        return [variable(name, text) for name, text in self.found.items()]

    def expression(self, condition: Condition) -> str:
        """A condition in FHIRPath: true, false, or empty where it is unknown."""
        match condition:
            case Leaf():
                return self._leaf(condition)
            case Not(part):
                return f"({self.expression(part)}).not()"
            case Several():
                return self._several(condition)
        raise TypeError(f"{condition!r} is not as it was written")

    def _several(self, condition: Several) -> str:
        parts = [self._enclosed(part) for part in condition.parts]
        if condition.needed == len(parts):
            return " and ".join(parts)
        return " or ".join(parts) if condition.needed == 1 else _at_least(condition.needed, parts)

    def _enclosed(self, part: Condition) -> str:
        text = self.expression(part)
        return f"({text})" if isinstance(part, Several) else text

    def _leaf(self, leaf: Leaf) -> str:
        test = _TESTS[type(leaf.test)](self._finding(leaf.code), leaf.test, self._choices_in(leaf.code))
        bases = {code: basis for code, whole in self.whole.items() if (basis := self._basis(leaf, whole)) is not None}
        if bases:
            texts = {code: _first_of([f"({self.expression(basis)})", f"({test})"]) for code, basis in bases.items()}
            return self._by_questionnaire(texts, test)
        if any(leaf.code in whole.asked_when for whole in self.whole.values()):
            return f"iif({self._asked(leaf.code)} = false, false, {test})"
        return test

    def _basis(self, leaf: Leaf, whole: Derivations) -> Condition | None:
        """What a leaf on a derived finding says of answers, where its value does not tell all of that."""
        derived = whole.by_code.get(leaf.code)
        if derived is None or _tells_all(leaf.code, whole):
            return None
        if isinstance(derived, Banded):
            ranges = derived.ranges(leaf.test)
            return Any(tuple(ranges)) if len(ranges) > 1 else next(iter(ranges), None)
        if not isinstance(derived, When) or leaf.code in self.own.by_code:
            return None
        return derived.when if leaf.test == IsYes(True) else Not(derived.when)

    def _by_questionnaire(self, texts: dict[str, str], otherwise: str) -> str:
        """One text where all questionnaires say the same; else the one of the questionnaire that was answered."""
        if len(texts) == len(self.whole) and len(set(texts.values())) == 1:
            return next(iter(texts.values()))
        result = otherwise
        for code, text in texts.items():
            result = f"iif({self._questionnaire} = '{self._canonical(code)}', {text}, {result})"
        return result

    @cached_property
    def _questionnaire(self) -> str:
        return self._define("Questionnaire", f"{self._root('Response')}.questionnaire")

    def _canonical(self, code: str) -> str:
        one = self.questionnaires[code]
        return self.addresses.canonical("Questionnaire", code, one.version)

    def _asked(self, code: str) -> str:
        """The variable that says whether a question is asked."""
        name = _name(f"Asked_{code}")
        if name not in self.found:
            texts = {
                one: self.expression(whole.asked_when[code])
                for one, whole in self.whole.items()
                if code in whole.asked_when
            }
            self._define(name, self._by_questionnaire(texts, EMPTY))
        return _spoken(name)

    def _choices_in(self, code: str) -> str:
        """The path from a variable for several choices to their codes."""
        return "answer.value.code" if self._sections(code) else "value.coding.code"

    def _finding(self, code: str) -> str:
        """The variable of one finding."""
        name = _name(code)
        if name not in self.found:
            self._define(name, self._path(code))
        return _spoken(name)

    def _path(self, code: str) -> str:
        if code in self.own.by_code:
            return self._drawn(self.own.by_code[code])
        term = next((one.terms[code] for one in self.questionnaires.values() if code in one.terms), None)
        if term is None:
            return EMPTY
        ending = _OF_ANSWERS[term.kind]
        paths = [f"{self._section(one)}.where(linkId = '{code}'){ending}" for one in self._sections(code)]
        if any(code in one.terms and code not in one.items for one in self.questionnaires.values()):
            findings = self._root("Findings")
            paths.append(f"{findings}.where(code.coding.code = '{code}'){_OF_OBSERVATIONS[term.kind]}")
        return " | ".join(paths)

    def _sections(self, code: str) -> list[str]:
        """The sections in which a question stands; none where the finding is not a question's answer."""
        sections = [section for one in self.questionnaires.values() for section in one.sections]
        return list(dict.fromkeys(one.code for one in sections if any(item.code == code for item in one.items)))

    def _section(self, code: str) -> str:
        name = _name(f"Section_{code}")
        if name not in self.found:
            answers = f"{self._root('Response')}.item.where(linkId = '{section_link(code)}').item"
            self._define(name, answers)
        return _spoken(name)

    def _root(self, name: str) -> str:
        return _spoken(name) if name in self.found else self._define(name, self.roots[name])

    def _define(self, name: str, text: str) -> str:
        self.found[name] = text
        return _spoken(name)

    def _drawn(self, derived: Derived) -> str:
        """How a derived finding of one's own is worked out."""
        match derived:
            case When(when=when):
                return self.expression(when)
            case Classified(cases=cases):
                return _first_that_holds([(self.expression(case.when), f"'{case.code}'") for case in cases])
            case Banded():
                return self._band(derived)
        return self._drawn_number(derived)

    def _drawn_number(self, derived: Derived) -> str:
        match derived:
            case FirstKnown(of=of):
                return _first_of([self._finding(code) for code in of])
            case Difference(times=times, rounding=rounding):
                first, second = (self._finding(code) for code in derived.of)
                difference = f"{first} * {number_text(times[0])} - {second} * {number_text(times[1])}"
                return _ROUNDED[rounding].format(difference)
            case Extreme(of=of, greatest=greatest):
                return _extreme([self._finding(code) for code in of], ">" if greatest else "<")
        raise NotExpressibleError(derived.code)

    def _band(self, derived: Banded) -> str:
        number = self._finding(derived.of)
        text = f"iif({number}.exists(), '{derived.bands[-1].code}')"
        for band in reversed(derived.bands[:-1]):
            bound, included = band.end
            text = f"iif({number} {'<=' if included else '<'} {number_text(bound)}, '{band.code}', {text})"
        return text


def _tells_all(code: str, whole: Derivations) -> bool:
    """Whether the value of a derived finding says all that the answers it rests on say.

    It does not where a band is of a number that may not be asked for: then no range of it holds, and the band is
    unknown.
    """
    derived = whole.by_code.get(code)
    if isinstance(derived, Banded):
        return derived.of not in whole.asked_when
    if not isinstance(derived, When):
        return True
    codes = derived.when.codes()
    asked = [basis for one in codes if one in whole.asked_when for basis in whole.asked_when[one].codes()]
    return all(_tells_all(one, whole) for one in [*codes, *asked])


def _name(code: str) -> str:
    """The name of the variable of a finding: an id, as the standard asks of the name of an expression."""
    return f"Finding-{code}" if code in TAKEN else code.replace("_", "-")


def _spoken(name: str) -> str:
    """A variable as an expression speaks of it."""
    return f"%`{name}`" if "-" in name or name in KEYWORDS.split() else f"%{name}"


def _at_least(number: int, parts: list[str]) -> str:
    """Three-valued: true when enough parts are, false when too few still can be, else empty."""
    certain = " + ".join(f"iif({part} = true, 1, 0)" for part in parts)
    possible = " + ".join(f"iif({part} = false, 0, 1)" for part in parts)
    return f"iif({certain} >= {number}, true, iif({possible} < {number}, false, {EMPTY}))"


def _first_of(texts: Sequence[str]) -> str:
    """The first text that is not empty."""
    result = texts[-1]
    for text in reversed(texts[:-1]):
        result = f"iif({text}.exists(), {text}, {result})"
    return result


def _first_that_holds(cases: Iterable[tuple[str, str]]) -> str:
    """The value of the first case that holds; empty once one before it is unknown."""
    result = EMPTY
    for holds, value in reversed(list(cases)):
        result = f"iif({holds}, {value}, iif(({holds}) = false, {result}, {EMPTY}))"
    return result


def _extreme(numbers: list[str], sign: str) -> str:
    known = " and ".join(f"{number}.exists()" for number in numbers)
    fold = f"iif($total.empty() or $this {sign} $total, $this, $total)"
    return f"iif({known}, ({' | '.join(numbers)}).aggregate({fold}), {EMPTY})"


_ROUNDED = {Rounding.NONE: "{}", Rounding.DOWN: "({}).floor()", Rounding.NEAREST: "({} + 0.5).floor()"}
_OF_ANSWERS = {
    TermKind.YES_NO: ".answer.value",
    TermKind.NUMBER: ".answer.value",
    TermKind.CHOICE: ".answer.value.code",
    TermKind.CHOICES: "",
}
_OF_OBSERVATIONS = {
    TermKind.YES_NO: ".value",
    TermKind.NUMBER: ".value.value",
    TermKind.CHOICE: ".value.coding.code",
    TermKind.CHOICES: "",
}


def _is_yes(name: str, test: IsYes, _choices: str) -> str:
    return f"{name} = {'true' if test.yes else 'false'}"


def _is(name: str, test: Is, _choices: str) -> str:
    return f"{name} {'!=' if test.negated else '='} '{test.choice}'"


def _in(name: str, test: In, _choices: str) -> str:
    return f"{name} in {_listed(test.choices)}"


def _includes(name: str, test: Includes, choices: str) -> str:
    """Of a known set that may be empty, so that it is not the same as an unknown one."""
    return f"{name}.select({choices}.where($this in {_listed(test.choices)}).exists())"


def _listed(choices: tuple[str, ...]) -> str:
    return f"({' | '.join(repr(choice) for choice in choices)})"


def _compare(name: str, test: Compare, _choices: str) -> str:
    return f"{name} {test.operator.value} {number_text(test.number)}"


def _between(name: str, test: Between, _choices: str) -> str:
    low, high = number_text(test.low), number_text(test.high)
    return f"({name} {Operator.AT_LEAST.value} {low} and {name} {Operator.AT_MOST.value} {high})"


_TESTS: Mapping[type, Callable[[str, Anything, str], str]] = {
    IsYes: _is_yes,
    Is: _is,
    In: _in,
    Includes: _includes,
    Compare: _compare,
    Between: _between,
}
