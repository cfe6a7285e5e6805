"""Stored texts in the language of whoever reads the back office."""

from django.utils.translation import get_language


def said(text: dict[str, str]) -> str:
    """A stored bilingual text in the reader's language."""
    return text["en" if (get_language() or "nl").startswith("en") else "nl"]
