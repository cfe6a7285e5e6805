"""Template filters that say content in the reader's language."""

from typing import Any

from django import template
from django.utils.translation import get_language

register = template.Library()


@register.filter
def said(text: Any) -> str:
    """A bilingual text in the reader's language: a `Text`, or its JSON form with `nl` and `en`. Empty for nothing."""
    if not text:
        return ""
    language = "en" if (get_language() or "nl").startswith("en") else "nl"
    return text[language] if isinstance(text, dict) else getattr(text, language)
