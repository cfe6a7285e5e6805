"""Changes to the rules in the content of a protocol. Pure: content goes in, new content comes out, nothing is altered.

Content is what `plans.domain.protocol.compose` takes. Whether the result can be read is for `compose`, whether it is
fit to be published for `check`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from plans.domain.protocol import Parts, Protocol


class UnknownPartError(KeyError):
    """The content has no part with this code."""


@dataclass(frozen=True, slots=True)
class PlacedRule:
    """The content of a rule and the group (the file of rules) that it stands in."""

    group: str
    content: Mapping[str, Any]


def numbered(content: Parts, version: int) -> dict[str, Any]:
    """The same content as another version; from when it is valid is not known before it is published."""
    head = {key: value for key, value in content["protocol"].items() if key != "valid_from"}
    return {**content, "protocol": {**head, "version": version}}


def renumbered(protocol: Protocol, version: int) -> Protocol:
    """What `compose` makes of the `numbered` content: only the number and the day differ, so nothing is read anew."""
    return replace(protocol, version=version, valid_from=None, content=numbered(protocol.content, version))


def placed_rule(content: Parts, code: str) -> PlacedRule:
    """The content of a rule. Raises `UnknownPartError`."""
    for group, rules in content["rules"].items():
        for rule in rules["rules"]:
            if rule["code"] == code:
                return PlacedRule(group, rule)
    raise UnknownPartError(code)


def with_rule(content: Parts, placed: PlacedRule) -> dict[str, Any]:
    """The content with this rule in the place of the one with its code; at the end of its group when it is new."""
    rule = dict(placed.content)
    kept = [one["code"] for one in _rules(content, placed.group)]
    if rule["code"] in kept:
        rules = [rule if one["code"] == rule["code"] else one for one in _rules(content, placed.group)]
        return _with_group(content, placed.group, rules)
    return _with_group(content, placed.group, [*_rules(content, placed.group), rule])


def without_rule(content: Parts, code: str) -> dict[str, Any]:
    """The content without a rule; a group that loses its last rule goes too. Raises `UnknownPartError`."""
    group = placed_rule(content, code).group
    return _with_group(content, group, [one for one in _rules(content, group) if one["code"] != code])


def _rules(content: Parts, group: str) -> list[Mapping[str, Any]]:
    rules: list[Mapping[str, Any]] = content["rules"].get(group, {}).get("rules", [])
    return rules


def _with_group(content: Parts, group: str, rules: list[Mapping[str, Any]]) -> dict[str, Any]:
    groups = {**content["rules"], group: {**content["rules"].get(group, {}), "rules": rules}}
    return {**content, "rules": {name: one for name, one in groups.items() if one["rules"]}}


class Unordered(tuple[Any, ...]):
    """Values of which the order says nothing."""


class Whole(dict[str, Any]):
    """A value of which every key counts, also one that says no."""


def kept(known: Any, typed: Any) -> Any:
    """What was typed, to the letter as it was where it says the same.

    Rows of a list are known by their code or week, or else by saying the same. What says nothing stays when it was
    there, and stays away when it was not.
    """
    if isinstance(typed, Whole):
        return known if _is_exactly(known, typed) else dict(typed)
    if isinstance(known, Mapping) and isinstance(typed, Mapping):
        empty = {key: value for key, value in known.items() if _says_nothing(value)}
        values = {key: kept(known.get(key), value) for key, value in typed.items()}
        return {**empty, **{key: value for key, value in values.items() if key in known or not _says_nothing(value)}}
    if isinstance(typed, Unordered):
        before = [one for one in known or () if one in typed]
        return [*before, *(one for one in typed if one not in before)]
    if isinstance(known, list) and isinstance(typed, list):
        return [kept(_known_row(known, row), row) for row in typed]
    return known if _says_the_same(known, typed) else typed


def _known_row(known: list[Any], row: Any) -> Any:
    """The row that this one was."""
    key = next((key for key in ("code", "week") if isinstance(row, Mapping) and key in row), None)
    if key:
        return next((one for one in known if isinstance(one, Mapping) and one.get(key) == row[key]), None)
    return next((one for one in known if kept(one, row) == one), None)


def _is_exactly(known: Any, typed: Whole) -> bool:
    """Whether nothing differs, a number from a yes included."""
    return isinstance(known, Mapping) and {key: (type(one), one) for key, one in known.items()} == {
        key: (type(one), one) for key, one in typed.items()
    }


def _says_nothing(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


def _says_the_same(known: Any, typed: Any) -> bool:
    """Whether two values say the same: a number is a number, and stray spaces say nothing."""
    if isinstance(known, str) and isinstance(typed, str):
        return _words_by_line(known) == _words_by_line(typed)
    return bool(known == typed)


def _words_by_line(text: str) -> list[list[str]]:
    return [line.split() for line in text.strip().splitlines()]
