"""Conditions over findings as a frozen tree that holds True, False or None (unknown), after Kleene.

Findings map codes to values; an absent code is unknown, and unknown is never false: a condition is None whenever the
unknown answers could still make it true or false. There is no way to ask whether something is known, on purpose: making
an answer unknown can turn a condition only into unknown.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from intake.domain.conditions.terms import Terms
from intake.domain.conditions.wording import Voice

Value = bool | str | frozenset[str] | int | float
Truth = bool | None
Values = Mapping[str, Value]


class WrongKindError(TypeError):
    """A test met a value of another kind than it can judge, such as a number where yes or no was meant."""

    def __init__(self, test: "Test", value: object) -> None:
        super().__init__(f"'{test.to_text()}' cannot judge {value!r}")


class Operator(Enum):
    """Comparisons of a number with a threshold."""

    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    EQUAL = "="


COMPARISONS: Mapping[Operator, Callable[[float, float], bool]] = {
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
    Operator.EQUAL: operator.eq,
}


def number_text(number: float) -> str:
    """A number as it is written in a condition: no exponent, no trailing zeros."""
    return str(int(number)) if number == int(number) else f"{number:.10f}".rstrip("0")


@dataclass(frozen=True, slots=True)
class IsYes:
    """Holds for a question answered with yes (`yes=True`), or with no."""

    yes: bool

    def holds(self, value: object) -> bool:
        if value.__class__ is not bool:
            raise WrongKindError(self, value)
        return value is self.yes

    def to_text(self) -> str:
        return "is yes" if self.yes else "is no"

    def say(self, _code: str, voice: Voice) -> str:
        return voice.phrases.yes if self.yes else voice.phrases.no


@dataclass(frozen=True, slots=True)
class Is:
    """Holds for one choice, or (`negated`) for any other choice that was given."""

    choice: str
    negated: bool = False

    def holds(self, value: object) -> bool:
        if value.__class__ is not str:
            raise WrongKindError(self, value)
        return (value == self.choice) is not self.negated

    def to_text(self) -> str:
        return f"is not {self.choice}" if self.negated else f"is {self.choice}"

    def say(self, code: str, voice: Voice) -> str:
        name = voice.choice(code, self.choice)
        return voice.phrases.other_than.format(name) if self.negated else name


@dataclass(frozen=True, slots=True)
class In:
    """Holds for a choice that is one of several."""

    choices: tuple[str, ...]

    def holds(self, value: object) -> bool:
        if value.__class__ is not str:
            raise WrongKindError(self, value)
        return value in self.choices

    def to_text(self) -> str:
        return f"in [{', '.join(self.choices)}]"

    def say(self, code: str, voice: Voice) -> str:
        return voice.either(voice.choice(code, choice) for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Includes:
    """Holds for a set of choices that has at least one of these."""

    choices: tuple[str, ...]

    def holds(self, value: object) -> bool:
        if value.__class__ is not frozenset:
            raise WrongKindError(self, value)
        return any(choice in value for choice in self.choices)

    def to_text(self) -> str:
        if len(self.choices) == 1:
            return f"includes {self.choices[0]}"
        return f"includes any of [{', '.join(self.choices)}]"

    def say(self, code: str, voice: Voice) -> str:
        return voice.phrases.including.format(voice.either(voice.choice(code, choice) for choice in self.choices))


@dataclass(frozen=True, slots=True)
class Compare:
    """Holds for a number on one side of a threshold."""

    operator: Operator
    number: float

    def holds(self, value: object) -> bool:
        if value.__class__ is not int and value.__class__ is not float:
            raise WrongKindError(self, value)
        return COMPARISONS[self.operator](value, self.number)

    def to_text(self) -> str:
        return f"{self.operator.value} {number_text(self.number)}"

    def say(self, _code: str, voice: Voice) -> str:
        return voice.phrases.compare[self.operator.value].format(voice.number(number_text(self.number)))


@dataclass(frozen=True, slots=True)
class Between:
    """Holds for a number from `low` to `high`, both included."""

    low: float
    high: float

    def holds(self, value: object) -> bool:
        if value.__class__ is not int and value.__class__ is not float:
            raise WrongKindError(self, value)
        return self.low <= value <= self.high

    def to_text(self) -> str:
        return f"between {number_text(self.low)} and {number_text(self.high)}"

    def say(self, _code: str, voice: Voice) -> str:
        low, high = (voice.number(number_text(number)) for number in (self.low, self.high))
        return voice.phrases.between.format(low, high)


Test = IsYes | Is | In | Includes | Compare | Between


class Condition:
    """A condition over findings. Equal conditions are equal values; none is ever changed."""

    __slots__ = ()

    def evaluate(self, findings: Values) -> Truth:
        """True, False, or None where unknown answers could still decide. Raises `WrongKindError`."""
        raise NotImplementedError

    @property
    def below(self) -> tuple["Condition", ...]:
        """The conditions directly below this one."""
        raise NotImplementedError

    def to_text(self) -> str:
        """The condition in its own language; parsing it gives the same condition."""
        raise NotImplementedError

    def say(self, voice: Voice) -> str:
        raise NotImplementedError

    def leaves(self) -> Iterator["Leaf"]:
        """Every leaf, in reading order."""
        for part in self.below:
            yield from part.leaves()

    def codes(self) -> frozenset[str]:
        """The findings this condition looks at."""
        return frozenset(leaf.code for leaf in self.leaves())

    def describe(self, language: str, labels: Terms) -> str:
        """The condition as a sentence, with the labels of what it tests."""
        return self.say(Voice(language, labels))


@dataclass(frozen=True, slots=True)
class Leaf(Condition):
    """One test of one finding."""

    code: str
    test: Test

    def evaluate(self, findings: Values) -> Truth:
        value = findings.get(self.code)
        return None if value is None else self.test.holds(value)

    @property
    def below(self) -> tuple[Condition, ...]:
        return ()

    def leaves(self) -> Iterator["Leaf"]:
        yield self

    def to_text(self) -> str:
        return f"{self.code} {self.test.to_text()}"

    def say(self, voice: Voice) -> str:
        return f"{voice.name(self.code)}: {self.test.say(self.code, voice)}"


@dataclass(frozen=True, slots=True)
class Not(Condition):
    part: Condition

    def evaluate(self, findings: Values) -> Truth:
        truth = self.part.evaluate(findings)
        return None if truth is None else not truth

    @property
    def below(self) -> tuple[Condition, ...]:
        return (self.part,)

    def to_text(self) -> str:
        return f"not {_enclosed(self.part)}"

    def say(self, voice: Voice) -> str:
        return voice.phrases.not_.format(self.part.say(voice))


@dataclass(frozen=True, slots=True)
class Several(Condition):
    """Conditions of which a number must hold."""

    parts: tuple[Condition, ...]

    @property
    def needed(self) -> int:
        raise NotImplementedError

    @property
    def quantifier(self) -> str:
        raise NotImplementedError

    def evaluate(self, findings: Values) -> Truth:
        return at_least(self.needed, [part.evaluate(findings) for part in self.parts])

    @property
    def below(self) -> tuple[Condition, ...]:
        return self.parts

    def to_text(self) -> str:
        if test := self._shared_test():
            return f"{self.quantifier} [{', '.join(leaf_codes(self.parts))}] {test.to_text()}"
        return self._joined_text()

    def _joined_text(self) -> str:
        return f"{self.quantifier} ({', '.join(part.to_text() for part in self.parts)})"

    def say(self, voice: Voice) -> str:
        if test := self._shared_test():
            codes = leaf_codes(self.parts)
            return f"{self._listed([voice.name(code) for code in codes], voice)}: {test.say(codes[0], voice)}"
        return self._listed([_enclosed_words(part, voice) for part in self.parts], voice)

    def _listed(self, names: list[str], voice: Voice) -> str:
        raise NotImplementedError

    def _shared_test(self) -> Test | None:
        """The test that all parts have in common, when every part is a leaf with that test."""
        tests = {part.test if isinstance(part, Leaf) else None for part in self.parts}
        return tests.pop() if len(tests) == 1 else None


@dataclass(frozen=True, slots=True)
class All(Several):
    """Holds when every part holds; two parts or more."""

    @property
    def needed(self) -> int:
        return len(self.parts)

    def evaluate(self, findings: Values) -> Truth:
        result: Truth = True
        for part in self.parts:
            truth = part.evaluate(findings)
            if truth is False:
                return False
            if truth is None:
                result = None
        return result

    @property
    def quantifier(self) -> str:
        return "all of"

    def _joined_text(self) -> str:
        return " and ".join(_enclosed(part) for part in self.parts)

    def _listed(self, names: list[str], voice: Voice) -> str:
        return voice.both(names)


@dataclass(frozen=True, slots=True)
class Any(Several):
    """Holds when one part holds; two parts or more."""

    @property
    def needed(self) -> int:
        return 1

    def evaluate(self, findings: Values) -> Truth:
        result: Truth = False
        for part in self.parts:
            truth = part.evaluate(findings)
            if truth is True:
                return True
            if truth is None:
                result = None
        return result

    @property
    def quantifier(self) -> str:
        return "any of"

    def _joined_text(self) -> str:
        return " or ".join(_enclosed(part) for part in self.parts)

    def _listed(self, names: list[str], voice: Voice) -> str:
        return voice.either(names)


@dataclass(frozen=True, slots=True)
class AtLeast(Several):
    """Holds when `number` of the parts hold; 1 <= number <= len(parts)."""

    number: int

    @property
    def needed(self) -> int:
        return self.number

    @property
    def quantifier(self) -> str:
        return f"at least {self.number} of"

    def _listed(self, names: list[str], voice: Voice) -> str:
        return voice.phrases.at_least_of.format(self.number, "; ".join(names))


@dataclass(frozen=True, slots=True)
class Stand(Condition):
    """A leaf together with the condition that says more about it; read and written as the leaf."""

    leaf: Leaf
    basis: Condition

    @property
    def below(self) -> tuple[Condition, ...]:
        return (self.leaf, self.basis)

    def to_text(self) -> str:
        return self.leaf.to_text()

    def say(self, voice: Voice) -> str:
        return self.leaf.say(voice)


@dataclass(frozen=True, slots=True)
class Asked(Stand):
    """A leaf whose question is asked only when `basis` holds: where it is not asked, the leaf does not hold."""

    def evaluate(self, findings: Values) -> Truth:
        return False if self.basis.evaluate(findings) is False else self.leaf.evaluate(findings)


@dataclass(frozen=True, slots=True)
class Expanded(Stand):
    """A leaf on a derived finding with, as `basis`, the same said of the answers; these decide where they can."""

    def evaluate(self, findings: Values) -> Truth:
        truth = self.basis.evaluate(findings)
        return self.leaf.evaluate(findings) if truth is None else truth


def at_least(number: int, truths: list[Truth]) -> Truth:
    """Kleene's "at least n of"; `all` is n = every one, `any` is n = 1."""
    certain = truths.count(True)
    if certain >= number:
        return True
    return None if certain + truths.count(None) >= number else False


def leaf_codes(parts: tuple[Condition, ...]) -> list[str]:
    """The codes of parts that are all leaves, in the order of the parts."""
    return [part.code for part in parts if isinstance(part, Leaf)]


def _enclosed(part: Condition) -> str:
    """The text of a part, in brackets where the order of and, or and not would else read it differently."""
    text = part.to_text()
    return f"({text})" if isinstance(part, All | Any) else text


def _enclosed_words(part: Condition, voice: Voice) -> str:
    words = part.say(voice)
    return f"({words})" if isinstance(part, Several) else words
