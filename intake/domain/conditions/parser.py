"""Reads the condition language.

    expr        := or-expr with and, or, not and parentheses; not binds strongest, then and, then or
    quantified  := (any of | all of | at least N of) ( expr, expr, ... )
                 | (any of | all of | at least N of) [ code, code, ... ] TEST
    leaf        := code TEST
    TEST        := is yes | is no | is VALUE | is not VALUE | in [VALUE, ...] | includes VALUE
                 | includes any of [VALUE, ...] | < N | <= N | > N | >= N | = N | between N and N

Codes and values are small letters, digits and underscores, beginning with a letter.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from intake.domain.conditions.tree import (
    All,
    Any,
    AtLeast,
    Between,
    Compare,
    Condition,
    In,
    Includes,
    Is,
    IsYes,
    Leaf,
    Not,
    Operator,
    Test,
)

MAX_DEPTH = 40
MAX_LENGTH = 10_000

RESERVED_WORDS = frozenset(
    ["all", "and", "any", "at", "between", "in", "includes", "is", "least", "no", "not", "of", "or", "yes"]
)

_TOKEN = re.compile(r"(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[a-z][a-z0-9_]*)|(?P<sign><=|>=|[<>=(),\[\]])|(?P<bad>\S)")
_TEST_EXPECTED = "a test (is, in, includes, between, <, <=, >, >=, =)"


class ConditionError(ValueError):
    """Text that is not a condition; `position` counts characters from 1."""

    def __init__(self, message: str, position: int) -> None:
        self.position = position
        super().__init__(f"at position {position}: {message}")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    position: int

    @property
    def shown(self) -> str:
        return f"'{self.text}'" if self.text else "the end"


@lru_cache(maxsize=4096)  # each edit of a draft composes it anew, with all but one of its conditions as they were
def parse(text: str) -> Condition:
    """The condition a text says. Raises `ConditionError`, which names the position and what was expected."""
    if len(text) > MAX_LENGTH:
        raise ConditionError(f"a condition has at most {MAX_LENGTH} characters", MAX_LENGTH)
    return _Parser(_tokens(text)).whole()


def _tokens(text: str) -> list[Token]:
    tokens = []
    for match in _TOKEN.finditer(text):
        token = Token(str(match.lastgroup), match.group(), match.start() + 1)
        if token.kind == "bad":
            raise ConditionError(f"{token.shown} means nothing here; codes are in small letters", token.position)
        tokens.append(token)
    return [*tokens, Token("end", "", len(text) + 1)]


class _Parser:
    """Reads tokens from left to right; each method reads one rule of the grammar."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def fail(self, expected: str) -> NoReturn:
        raise ConditionError(f"expected {expected}, found {self.token.shown}", self.token.position)

    def sees(self, text: str) -> bool:
        return self.token.text == text

    def took(self, text: str) -> bool:
        """Move past a word or sign if it stands here."""
        if not self.sees(text):
            return False
        self.at += 1
        return True

    def take(self, text: str, expected: str | None = None) -> None:
        if not self.took(text):
            self.fail(expected or f"'{text}'")

    def whole(self) -> Condition:
        condition = self.either()
        if self.token.kind != "end":
            self.fail("'and', 'or' or the end")
        return condition

    def either(self) -> Condition:
        return self.chain("or", self.both, Any)

    def both(self) -> Condition:
        return self.chain("and", self.negation, All)

    def chain(self, word: str, part: Callable[[], Condition], kind: type[All] | type[Any]) -> Condition:
        parts = [part()]
        while self.took(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else kind(tuple(parts))

    def negation(self) -> Condition:
        start = self.token.position
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ConditionError(f"nested more than {MAX_DEPTH} deep", start)
        condition = Not(self.negation()) if self.took("not") else self.primary()
        self.depth -= 1
        return condition

    def primary(self) -> Condition:
        if self.took("("):
            condition = self.either()
            self.take(")", "'and', 'or' or ')'")
            return condition
        if self.token.text in ("any", "all", "at"):
            return self.quantified()
        code = self.name("a code, 'not', 'any of', 'all of', 'at least' or '('")
        return Leaf(code, self.test())

    def quantified(self) -> Condition:
        start = self.token
        number = self.quantity()
        self.take("of")
        parts = self.quantified_parts()
        if start.text == "at":
            return self.at_least(number, parts, start)
        if len(parts) == 1:
            return parts[0]
        return Any(parts) if start.text == "any" else All(parts)

    def quantity(self) -> int:
        """The number after `at least`; `any` and `all` count themselves."""
        if self.took("any") or self.took("all"):
            return 0
        self.take("at")
        self.take("least")
        token = self.token
        if not token.text.isdigit():
            self.fail("a whole number")
        self.at += 1
        return int(token.text)

    def at_least(self, number: int, parts: tuple[Condition, ...], start: Token) -> Condition:
        if not 1 <= number <= len(parts):
            raise ConditionError(f"at least {number} of {len(parts)} makes no sense", start.position)
        return AtLeast(parts, number)

    def quantified_parts(self) -> tuple[Condition, ...]:
        if self.sees("["):
            codes = self.bracketed("a code")
            test = self.test()
            return tuple(Leaf(code, test) for code in codes)
        self.take("(", "'(' or '['")
        parts = [self.either()]
        while self.took(","):
            parts.append(self.either())
        self.take(")", "',' or ')'")
        return tuple(parts)

    def bracketed(self, expected: str) -> tuple[str, ...]:
        self.take("[")
        names = [self.name(expected)]
        while self.took(","):
            names.append(self.name(expected))
        self.take("]", "',' or ']'")
        return tuple(names)

    def name(self, expected: str) -> str:
        token = self.token
        if token.kind != "word" or token.text in RESERVED_WORDS:
            self.fail(expected)
        self.at += 1
        return token.text

    def test(self) -> Test:
        readers: dict[str, Callable[[], Test]] = {
            "is": self.is_test,
            "in": lambda: In(self.bracketed("a choice")),
            "includes": self.includes_test,
            "between": self.between_test,
        }
        word = self.token.text
        if word in readers:
            self.at += 1
            return readers[word]()
        if word not in [operator.value for operator in Operator]:
            self.fail(_TEST_EXPECTED)
        self.at += 1
        return Compare(Operator(word), self.number())

    def is_test(self) -> Test:
        if self.took("yes"):
            return IsYes(True)
        if self.took("no"):
            return IsYes(False)
        if self.took("not"):
            return Is(self.name("a choice (for yes and no write 'is no' or 'is yes')"), negated=True)
        return Is(self.name("yes, no, not or a choice (compare numbers with =)"))

    def includes_test(self) -> Test:
        if self.took("any"):
            self.take("of")
            return Includes(self.bracketed("a choice"))
        return Includes((self.name("a choice or 'any of'"),))

    def between_test(self) -> Test:
        start = self.token.position
        low = self.number()
        self.take("and")
        high = self.number()
        if low > high:
            raise ConditionError("between goes from the lower to the higher number", start)
        return Between(low, high)

    def number(self) -> float:
        token = self.token
        if token.kind != "number":
            self.fail("a number")
        self.at += 1
        value = float(token.text)
        return int(value) if value.is_integer() else value
