"""What every screen says alike: the reader's language, an answer in words, where a question stands."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from intake.domain.body_chart import chart_in_words
from intake.domain.items import Item
from intake.domain.phrases import value_in_words
from intake.forms.sections import UNITS

OF_ONE = {"weeks": _("week"), "years": _("year"), "minutes": _("minute"), "metres": _("metre"), "degrees": _("degree")}


def language() -> str:
    """The language of the reader."""
    return get_language() or "nl"


def said(text: Mapping[str, str] | None) -> str:
    """A stored bilingual text in the reader's language."""
    return text["en" if language().startswith("en") else "nl"] if text else ""


def answer_in_words(item: Item, value: Any) -> str:
    """An answer as a reader says it: a body chart region by region, a number with what it counts."""
    if item.diagram and value:
        return "\n".join(chart_in_words(value, item.diagram, language()))
    words = value_in_words(value, item.term if item.is_finding else None, language())
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{words} {_unit(item.unit, value)}".strip() if is_number else words


def _unit(unit: str, number: float) -> str:
    return str(OF_ONE.get(unit) if number == 1 and unit in OF_ONE else UNITS.get(unit, unit))


def question_url(code: str) -> str:
    """The place of a question on the intake page."""
    return f"#div_id_{code}"
