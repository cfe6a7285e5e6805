"""Strict reading of content: every problem is collected and named with its path, nothing is guessed.

A `Reader` stands on one mapping of the content. Its methods take a key, note what is wrong with it and return a usable
value or `None`, so that one pass finds all problems. `close()` reports the keys nobody asked for.
"""

import datetime
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from intake.domain.conditions import Condition, ConditionError, parse
from intake.domain.conditions.parser import RESERVED_WORDS
from intake.domain.text import Text

CODE = re.compile(r"[a-z][a-z0-9_]*")

Choice = TypeVar("Choice", bound=Enum)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong, and where: `path` names keys and list positions, such as `items.red_flags.items[3].label`."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class ContentError(Exception):
    """Content that cannot be used; carries every problem that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(slots=True)
class Problems:
    """A growing list of problems, shared by the readers of one composition."""

    found: list[Problem] = field(default_factory=list)

    def add(self, path: str, message: str) -> None:
        self.found.append(Problem(path, message))

    def refuse_if_any(self) -> None:
        if self.found:
            raise ContentError(self.found)


class Evidence(Enum):
    """How well a clinical statement is supported; shown beside it."""

    VERIFIED = "verified"
    VERIFIED_SECONDARY = "verified_secondary"
    UNVERIFIED = "unverified"
    PROPOSAL = "proposal"


@dataclass(frozen=True, slots=True)
class Backing:
    """On what a clinical statement rests: keys of the list of sources, and how strong that is."""

    sources: tuple[str, ...] = ()
    evidence: Evidence | None = None


NO_BACKING = Backing()


class Reader:
    """Reads one mapping strictly. `path` is where it stands in the content."""

    def __init__(self, value: object, path: str, problems: Problems) -> None:
        self.path = path
        self.problems = problems
        self._asked: set[str] = set()
        self._values: Mapping[str, Any] = {}
        if isinstance(value, Mapping):
            self._values = value
        else:
            problems.add(path, f"expected keys with values, found {_kind_of(value)}")

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def at(self, key: str) -> str:
        return f"{self.path}.{key}"

    def problem(self, key: str, message: str) -> None:
        self.problems.add(self.at(key), message)

    def raw(self, key: str, *, required: bool = False) -> Any:
        self._asked.add(key)
        value = self._values.get(key)
        if value is None and required:
            self.problem(key, "is missing")
        return value

    def typed(self, key: str, kind: type | tuple[type, ...], wanted: str, *, required: bool) -> Any:
        value = self.raw(key, required=required)
        if value is None:
            return None
        if isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool):
            return value
        self.problem(key, f"expected {wanted}, found {_kind_of(value)}")
        return None

    def string(self, key: str, *, required: bool = True) -> str:
        value = self.typed(key, str, "text", required=required)
        return value.strip() if value else ""

    def code(self, key: str = "code", *, required: bool = True) -> str:
        return self.checked_code(self.string(key, required=required), self.at(key))

    def checked_code(self, value: str, path: str) -> str:
        if value and not CODE.fullmatch(value):
            self.problems.add(path, f"'{value}' is not a code: small letters, digits and _, beginning with a letter")
        if value in RESERVED_WORDS:
            self.problems.add(path, f"'{value}' is a word of the condition language and cannot be a code")
        return value

    def integer(self, key: str, *, required: bool = True) -> int:
        value = self.typed(key, int, "a whole number", required=required)
        return value if value is not None else 0

    def number(self, key: str, *, required: bool = True) -> float | None:
        value: float | None = self.typed(key, (int, float), "a number", required=required)
        return value

    def flag(self, key: str) -> bool:
        return bool(self.typed(key, bool, "true or false", required=False))

    def day(self, key: str, *, required: bool = True) -> datetime.date | None:
        value = self.raw(key, required=required)
        if value is None or type(value) is datetime.date:
            return value
        try:
            return datetime.date.fromisoformat(value)
        except (TypeError, ValueError):
            self.problem(key, f"expected a date as YYYY-MM-DD, found '{value}'")
            return None

    def text(self, key: str, *, required: bool = True) -> Text | None:
        value = self.raw(key, required=required)
        if value is None:
            return None
        inner = Reader(value, self.at(key), self.problems)
        result = Text(nl=inner.string("nl"), en=inner.string("en"))
        inner.close()
        return result

    def needed_text(self, key: str) -> Text:
        return self.text(key) or Text("", "")

    def one_of(self, key: str, kind: type[Choice], default: Choice) -> Choice:
        """The member of an enum by its value; `default` when absent."""
        value = self.raw(key)
        return default if value is None else self._member(key, kind, value, default)

    def needed_one_of(self, key: str, kind: type[Choice]) -> Choice:
        first = next(iter(kind))
        value = self.raw(key, required=True)
        return first if value is None else self._member(key, kind, value, first)

    def _member(self, key: str, kind: type[Choice], value: object, default: Choice) -> Choice:
        for member in kind:
            if member.value == value:
                return member
        self.problem(key, f"'{value}' is not one of {', '.join(str(member.value) for member in kind)}")
        return default

    def strings(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        values = self.typed(key, list, "a list", required=required) or []
        for position, value in enumerate(values):
            if not isinstance(value, str):
                self.problems.add(f"{self.at(key)}[{position}]", f"expected text, found {_kind_of(value)}")
        return tuple(value for value in values if isinstance(value, str))

    def integers(self, key: str) -> tuple[int, ...]:
        values = self.typed(key, list, "a list", required=False) or []
        for position, value in enumerate(values):
            if not isinstance(value, int) or isinstance(value, bool):
                self.problems.add(f"{self.at(key)}[{position}]", f"expected a whole number, found {_kind_of(value)}")
        return tuple(value for value in values if isinstance(value, int))

    def numbers(self, key: str) -> tuple[float, ...]:
        values = self.typed(key, list, "a list", required=False) or []
        for position, value in enumerate(values):
            if not isinstance(value, int | float) or isinstance(value, bool):
                self.problems.add(f"{self.at(key)}[{position}]", f"expected a number, found {_kind_of(value)}")
        return tuple(value for value in values if isinstance(value, int | float))

    def readers(self, key: str, *, required: bool = False) -> Iterator["Reader"]:
        values = self.typed(key, list, "a list", required=required) or []
        for position, value in enumerate(values):
            yield Reader(value, f"{self.at(key)}[{position}]", self.problems)

    def reader(self, key: str) -> "Reader":
        return Reader(self.raw(key, required=True) or {}, self.at(key), self.problems)

    def condition(self, key: str, *, required: bool = True) -> Condition | None:
        value = self.typed(key, str, "a condition", required=required)
        if value is None:
            return None
        try:
            return parse(value)
        except ConditionError as error:
            self.problem(key, str(error))
            return None

    def backing(self) -> Backing:
        evidence = self.one_of("evidence", Evidence, Evidence.PROPOSAL) if "evidence" in self else None
        return Backing(sources=self.strings("sources"), evidence=evidence)

    def close(self) -> None:
        """Report every key that nothing has read."""
        for key in sorted(str(key) for key in self._values if key not in self._asked):
            self.problem(key, "is not a key that can stand here")


def known_sources(sources: Mapping[str, object], backing: Backing, path: str, problems: Problems) -> None:
    """Report the sources a statement names that the list of sources does not have."""
    for position, key in enumerate(backing.sources):
        if key not in sources:
            problems.add(f"{path}.sources[{position}]", f"source '{key}' is not in the list of sources")


def canonical(value: Any) -> Any:
    """Content as plain JSON values: dates as text, mapping keys as text (YAML reads `yes` and `1` as other things)."""
    if value is None or isinstance(value, str | int | float):  # most of it, and told apart in no time
        return value
    if isinstance(value, Mapping):
        return {_canonical_key(key): canonical(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [canonical(inner) for inner in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 over canonical content; the order of keys does not count, the order of lists does."""
    return canonical_hash(canonical(content))


def canonical_hash(content: Mapping[str, Any]) -> str:
    """`content_hash` of content that is canonical already."""
    written = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def _canonical_key(key: object) -> str:
    if isinstance(key, bool):
        return "yes" if key else "no"
    return str(key)


def _kind_of(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "keys"}
    return "nothing" if value is None else names.get(type(value), type(value).__name__)
