"""Changes to the content of one questionnaire, question by question. Pure: content goes in, new content comes out.

Content is `Questionnaire.content`: the parts that one questionnaire needs. Whether the result can be read is for
`intake.domain.composing.compose`. Items of a section that other regions ask stay where they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake.domain.questionnaire import Parts

Entry = Mapping[str, Any]


class UnknownPartError(KeyError):
    """The content has no question or section with this code."""


@dataclass(frozen=True, slots=True)
class PlacedQuestion:
    """The content of a question and where it stands.

    `after` is the code of the question before it, among those asked in the region of the questionnaire; empty for the
    first of the section.
    """

    section: str
    after: str
    content: Entry


def numbered(content: Parts, version: int) -> dict[str, Any]:
    """The same content as another version."""
    return _with_head(content, {**_head(content), "version": version})


def with_sections_whole(content: Parts) -> dict[str, Any]:
    """The same questions, with those that a questionnaire adds to a section standing in that section."""
    head = dict(_head(content))
    items, sections = dict(content["items"]), list(head["sections"])
    for extra in head.pop("extra_items", ()):
        name = extra["section"]
        if name in items:
            items[name] = {**items[name], "items": [*items[name]["items"], *extra["items"]]}
        else:
            items[name], sections = extra, [*sections, name]
    return _with_head({**content, "items": items}, {**head, "sections": sections})


def placed_question(content: Parts, code: str) -> PlacedQuestion:
    """A question outside the instruments, and where it stands. Raises `UnknownPartError`."""
    for name in content["items"]:
        before = ""
        for item in _items(content, name):
            if _is(item, code, content):
                return PlacedQuestion(name, before, item)
            before = item["code"] if _is(item, item["code"], content) else before
    raise UnknownPartError(code)


def with_question(content: Parts, placed: PlacedQuestion) -> dict[str, Any]:
    """The content with this question in its place; the one with its code that was there goes.

    Raises `UnknownPartError` when there is no such section, or no such question to come after.
    """
    section, code = placed.section, placed.content["code"]
    if section not in content["items"]:
        raise UnknownPartError(section)
    if code in asked_codes(content, section):
        if placed_question(content, code).after == placed.after:
            items = [placed.content if _is(one, code, content) else one for one in _items(content, section)]
            return _with_items(content, section, items)
        content = without_question(content, code)
    if placed.after and placed.after not in asked_codes(content, section):
        raise UnknownPartError(placed.after)
    items = _items(content, section)
    at = next((at + 1 for at, one in enumerate(items) if _is(one, placed.after, content)), 0)
    return _with_items(content, section, [*items[:at], placed.content, *items[at:]])


def without_question(content: Parts, code: str) -> dict[str, Any]:
    """The content without a question. Raises `UnknownPartError`."""
    section = placed_question(content, code).section
    kept = [item for item in _items(content, section) if not _is(item, code, content)]
    return _with_items(content, section, kept)


def asked_codes(content: Parts, section: str) -> list[str]:
    """The codes of the questions of a section outside the instruments, in the order of the page."""
    return [item["code"] for item in _items(content, section) if _is(item, item["code"], content)]


def questions_of(content: Parts) -> dict[str, Entry]:
    """Every question in content, those of its instruments and those of other regions too, by code."""
    lists = [part["items"] for kind in ("items", "instruments") for part in content[kind].values()]
    lists += [extra["items"] for extra in _head(content).get("extra_items", ())]
    return {item["code"]: item for items in lists for item in items}


def means_the_same(one: Entry, other: Entry) -> bool:
    """Whether two questions with one code can be answered alike: of one kind, with the same choices, unit and bounds.

    Answers of the past are kept under the code, so what an answer means must stay.
    """
    return _meaning(one) == _meaning(other)


def _meaning(item: Entry) -> object:
    choices = tuple((choice["code"], choice.get("exclusive", False)) for choice in item.get("choices", ()))
    return choices, {key: item.get(key) for key in ("kind", "unit", "minimum", "maximum", "decimals", "diagram")}


def _items(content: Parts, section: str) -> list[Entry]:
    items: list[Entry] = content["items"][section]["items"]
    return items


def _is(item: Entry, code: str, content: Parts) -> bool:
    """Whether this is the question of that code that the region of the questionnaire asks."""
    region = _head(content)["region"]
    return item["code"] == code and region in (item.get("regions") or (region,))


def _head(content: Parts) -> Entry:
    (head,) = content["questionnaires"].values()
    found: Entry = head
    return found


def _with_head(content: Parts, head: Entry) -> dict[str, Any]:
    return {**content, "questionnaires": {head["code"]: dict(head)}}


def _with_items(content: Parts, section: str, items: list[Entry]) -> dict[str, Any]:
    changed = {**content["items"][section], "items": items}
    return {**content, "items": {**content["items"], section: changed}}
