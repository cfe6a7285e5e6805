"""Stored texts and statuses in the words of whoever reads the back office."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from practice.templatetags.components import CHIP_ICONS, icon


def said(text: dict[str, str]) -> str:
    """A stored bilingual text in the reader's language."""
    return text["en" if (get_language() or "nl").startswith("en") else "nl"]


def mark(text: str, tone: str, sign: str = "") -> SafeString:
    """A status in a word with its icon, as `{% chip %}` draws it; `sign` names another icon than the tone's."""
    return format_html('<span class="chip chip-{}">{}{}</span>', tone, icon(sign or CHIP_ICONS[tone]), text)
