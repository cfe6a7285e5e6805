"""A plan template as a therapist reads it, beside the form in which it is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from intake.domain.reading import ContentError, canonical
from intake.domain.text import Text
from plans.domain.parts import Entry, Kind, with_entry
from plans.domain.protocol import Dose, Phase, PlanTemplate, Protocol, compose
from plans.forms.asked import Stock, language
from plans.forms.templates import MEASUREMENTS
from plans.models import ProtocolVersion


@dataclass(frozen=True, slots=True)
class ShownPhase:
    """A phase in words."""

    title: str
    length: str
    aim: str
    techniques: list[str]
    options: list[str]
    exercises: list[str]
    home_programme: str
    go_on_when: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A template in words. `is_typed` says that it is what was typed and not saved yet."""

    title: str
    length: str
    summary: str
    phases: list[ShownPhase]
    goals: list[str]
    measurements: list[str]
    is_typed: bool


def preview_of(version: ProtocolVersion, code: str, typed: Entry | None) -> Preview | None:
    """The template as it is typed, where that can be read; else as it is saved; None while there is neither."""
    template, protocol = _typed(version, code, typed) if typed else None, version.protocol
    shown = template or protocol.templates.get(code)
    return _preview(shown, protocol, is_typed=template is not None) if shown else None


def _typed(version: ProtocolVersion, code: str, typed: Entry) -> PlanTemplate | None:
    name = code or "new"
    try:
        content = canonical(with_entry(version.content, Kind.TEMPLATE, name, {"version": 1, **typed}))
        return compose(content).templates[name]
    except ContentError:
        return None


def _preview(template: PlanTemplate, protocol: Protocol, *, is_typed: bool) -> Preview:
    starts = accumulate((phase.weeks for phase in template.phases), initial=1)
    minutes = _("%(minutes)s minutes each") % {"minutes": template.session_minutes}
    names = dict(Stock(protocol).instruments)
    moments = MEASUREMENTS.entries(
        {
            "weeks": template.weeks,
            "measurements": [{"week": one.week, "instruments": list(one.instruments)} for one in template.measurements],
        }
    )
    return Preview(
        title=_said(template.title),
        length=f"{_weeks(template.weeks)}, {_sessions(template.sessions)}, {minutes}",
        summary=_said(template.summary),
        phases=[_phase(one, start, protocol) for one, start in zip(template.phases, starts, strict=False)],
        goals=[_said(goal.text) for goal in template.goals],
        measurements=[
            f"{MEASUREMENTS.asked[0].said(one, language())}: "
            + ", ".join(names.get(code, code) for code in one["instruments"])
            for one in moments
        ],
        is_typed=is_typed,
    )


def _phase(phase: Phase, start: int, protocol: Protocol) -> ShownPhase:
    last = start + phase.weeks - 1
    weeks = _("week %(week)s") if last <= start else _("weeks %(week)s to %(last)s")
    return ShownPhase(
        title=_said(phase.title),
        length=f"{weeks % {'week': start, 'last': last}}, {_sessions(phase.sessions)}",
        aim=_said(phase.aim),
        techniques=[_dose(one, protocol) for one in phase.techniques if one.core],
        options=[_dose(one, protocol) for one in phase.techniques if not one.core],
        exercises=[_name(protocol.exercises, code) for code in phase.exercises],
        home_programme=_said(phase.home_programme),
        go_on_when=_said(phase.go_on_when),
    )


def _dose(dose: Dose, protocol: Protocol) -> str:
    return f"{_name(protocol.techniques, dose.technique)}: {_said(dose.dose)}"


def _name(things: Mapping[str, object], code: str) -> str:
    thing = things.get(code)
    return _said(getattr(thing, "title", None)) or code


def _said(text: Text | None) -> str:
    return text.in_language(language()) if text else ""


def _weeks(number: int) -> str:
    return ngettext("%(number)s week", "%(number)s weeks", number) % {"number": number}


def _sessions(number: int) -> str:
    return ngettext("%(number)s session", "%(number)s sessions", number) % {"number": number}
