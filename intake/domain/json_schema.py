"""JSON Schema (2020-12) of an intake as a document, generated from a questionnaire.

The schema accepts every document whose answers `intake.domain.findings.validate` accepts. It does not say everything
that validation says: the number of decimals and which questions hang on other answers are left to validation.
"""

from collections.abc import Callable, Mapping
from typing import Any

from intake.domain.body_chart import WORST
from intake.domain.items import Item, ItemKind
from intake.domain.questionnaire import Questionnaire

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DATE = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


def schema(questionnaire: Questionnaire, language: str = "en") -> Schema:
    """The schema of one intake document; titles in the language asked for."""
    return {
        "$schema": DIALECT,
        "title": questionnaire.title.in_language(language),
        "type": "object",
        "required": ["questionnaire", "answers"],
        "additionalProperties": False,
        "properties": {
            "questionnaire": {"const": questionnaire.code},
            "version": {"const": questionnaire.version},
            "date": _DATE,
            "patient": _patient(),
            "route": {"enum": ["direct_access", "referral", None]},
            "answers": _answers(questionnaire, language),
        },
    }


def _patient() -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "birth_date": _DATE,
            "age": {"type": "integer", "minimum": 0, "maximum": 130},
            "sex": {"enum": ["female", "male", "intersex", "unknown", None]},
        },
        "not": {"required": ["birth_date", "age"]},
    }


def _answers(questionnaire: Questionnaire, language: str) -> Schema:
    return {
        "type": "object",
        "description": "Absent or null means: not asked.",
        "additionalProperties": False,
        "properties": {code: _item(item, language) for code, item in questionnaire.items.items()},
    }


def _item(item: Item, language: str) -> Schema:
    described: Schema = {"title": item.label.in_language(language)}
    if item.help:
        described["description"] = item.help.in_language(language)
    return {**described, "anyOf": [_KINDS[item.kind](item), {"type": "null"}]}


def _yes_no(item: Item) -> Schema:
    return {"type": "boolean"}


def _choice(item: Item) -> Schema:
    return {"enum": [choice.code for choice in item.choices]}


def _choices(item: Item) -> Schema:
    result: Schema = {"type": "array", "items": _choice(item), "uniqueItems": True}
    alone = [choice.code for choice in item.choices if choice.exclusive]
    if alone:
        result |= {"if": {"contains": {"enum": alone}}, "then": {"maxItems": 1}}
    return result


def _number(item: Item) -> Schema:
    bounds = {"minimum": item.minimum, "maximum": item.maximum}
    kind = "number" if item.decimals else "integer"
    return {"type": kind, **{key: bound for key, bound in bounds.items() if bound is not None}}


def _text(item: Item) -> Schema:
    return {"type": "string", "maxLength": item.length}


def _body_chart(item: Item) -> Schema:
    """Regions with what is felt there; a region that is left out was not drawn."""
    regions, kinds = (item.diagram.regions, item.diagram.kinds) if item.diagram else ((), ())
    mark = {
        "type": "object",
        "additionalProperties": False,
        "required": ["kinds"],
        "properties": {
            "kinds": {"type": "array", "items": {"enum": [kind.code for kind in kinds]}, "uniqueItems": True},
            "intensity": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": WORST}, {"type": "null"}]},
        },
    }
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {region.code: mark for region in regions},
    }


_KINDS: Mapping[ItemKind, Callable[[Item], Schema]] = {
    ItemKind.YES_NO: _yes_no,
    ItemKind.CHOICE: _choice,
    ItemKind.CHOICES: _choices,
    ItemKind.NUMBER: _number,
    ItemKind.SCALE: _number,
    ItemKind.TEXT: _text,
    ItemKind.LONG_TEXT: _text,
    ItemKind.BODY_CHART: _body_chart,
}
