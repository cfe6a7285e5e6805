"""Template tags of the small parts that every screen shares: icons, chips, urgency and progress in words."""

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

register = template.Library()

URGENCIES = {
    "emergency": ("phone", _("Emergency, now")),
    "within_24h": ("alert", _("Within 24 hours")),
    "within_week": ("calendar", _("Within a week")),
    "routine": ("info", _("Routine")),
}
CHIP_ICONS = {"ok": "check", "warning": "alert", "danger": "flag", "info": "info", "quiet": "dot"}


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """The icon `name` from static/img/icons.svg, hidden from assistive technology: a word always stands beside it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.inclusion_tag("components/_chip.html")
def chip(label: str, tone: str = "quiet", icon: str = "") -> dict[str, str]:
    """A status in a word with its icon. `tone` is one of ok, warning, danger, info, quiet; it also chooses the icon."""
    return {"label": label, "tone": tone, "icon_name": icon or CHIP_ICONS[tone]}


@register.inclusion_tag("components/_urgency.html")
def urgency(value: str) -> dict[str, object]:
    """How soon something must happen (emergency, within_24h, within_week, routine): icon, word and left border."""
    icon_name, label = URGENCIES[value]
    return {"value": value, "icon_name": icon_name, "label": label}


@register.inclusion_tag("components/_progress.html")
def progress(done: int, total: int, label: str = "") -> dict[str, object]:
    """Progress in words ("11 of 14"), with a bar that only repeats them. `total` may be 0."""
    return {"done": done, "total": total, "label": label, "complete": done >= total}


@register.filter
def duration(span: dt.timedelta) -> str:
    """A stretch of time as one says it: in minutes, from an hour on in hours, from two days on in days."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)s day", "%(n)s days", minutes // 1440) % {"n": minutes // 1440}


@register.filter
def as_options(groups: Iterable[tuple[str | None, list[dict[str, Any]], int]]) -> SafeString:
    """The options of a select in their groups, as Django's own templates draw them, which take far longer."""
    return format_html_join("", "{}", ((_group(name, options),) for name, options, _index in groups))


def _group(name: str | None, options: Iterable[dict[str, Any]]) -> SafeString:
    said = ((one["value"], _attributes(one["attrs"]), localize(one["label"])) for one in options)
    drawn = format_html_join("", '\n  <option value="{}"{}>{}</option>', said)
    return format_html('\n  <optgroup label="{}">{}\n  </optgroup>', name, drawn) if name else drawn


def _attributes(given: dict[str, Any]) -> SafeString:
    """Attributes of HTML: one that is True is only named, one that is False is not there."""
    kept = [(name, value) for name, value in given.items() if value is not False]
    return format_html_join("", "{}", ((_attribute(name, value),) for name, value in kept)) if kept else SafeString()


def _attribute(name: str, value: object) -> SafeString:
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)
