"""What a reviewer must know of a plan before opening it, and which plan to look at first. Pure."""

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from plans.domain.protocol import Urgency
from plans.domain.trace import Trace

Brief = Mapping[str, Any]


class Risk(StrEnum):
    """Why a plan deserves a look, the strongest reason first."""

    OPEN_FLAG = "open_flag"
    FLAG = "flag"
    NOT_ASKED = "not_asked"
    DEVIATES = "deviates"
    CLEAN = "clean"


# How long a plan may wait before it is the next one: what is riskier overtakes what is older, up to these hours.
ALLOWANCE: Mapping[Risk, dt.timedelta] = {
    Risk.OPEN_FLAG: dt.timedelta(0),
    Risk.FLAG: dt.timedelta(hours=12),
    Risk.NOT_ASKED: dt.timedelta(hours=12),
    Risk.DEVIATES: dt.timedelta(hours=24),
    Risk.CLEAN: dt.timedelta(hours=72),
}
ROUTINE = Urgency.ROUTINE.value
LATE = dt.timedelta(hours=24)
TOO_LATE = dt.timedelta(hours=72)


def brief_of(trace: Trace, completeness: Mapping[str, int]) -> dict[str, Any]:
    """Of a suggestion what a list of plans says: its matters, what was screened, and how complete its intake is."""
    flags = [{key: flag[key] for key in ("code", "label", "urgency")} for flag in trace["red_flags"]]
    known = {flag["code"] for flag in flags}
    others = {code for reason in trace["hold"]["reasons"] for code in reason["codes"]} - known
    return {"flags": flags, "others": sorted(others), "screening": trace["screening"], **completeness}


def matters_in(brief: Brief) -> frozenset[str]:
    """The codes of everything in the brief that a contact can be about."""
    return frozenset(flag["code"] for flag in brief["flags"]) | frozenset(brief["others"])


def unanswered_in(brief: Brief, contacted: Iterable[str]) -> frozenset[str]:
    """The codes of what asks for a contact and has none; a routine flag stays open until the evaluation instead."""
    routine = {flag["code"] for flag in brief["flags"] if flag["urgency"] == ROUTINE}
    return matters_in(brief) - routine - frozenset(contacted)


def flags_were_asked(brief: Brief) -> bool:
    """Whether any red flag was asked at all: without that nobody can say that there are none."""
    return bool(brief.get("flags_asked"))


def risk_of(brief: Brief, deviations: int, contacted: Iterable[str]) -> Risk:
    """The strongest reason to look at a plan. A rule that was not evaluated counts as an open flag."""
    if unanswered_in(brief, contacted) or brief["screening"] == "not_evaluated":
        return Risk.OPEN_FLAG
    if matters_in(brief):
        return Risk.FLAG
    if not flags_were_asked(brief):
        return Risk.NOT_ASKED
    return Risk.DEVIATES if deviations else Risk.CLEAN


def review_due(made_at: dt.datetime, risk: Risk) -> dt.datetime:
    """The moment at which a plan that was handed in then becomes the next one to look at."""
    return made_at + ALLOWANCE[risk]


class Wait(StrEnum):
    """How long a plan waits for its review: within a day, longer, or far too long."""

    FINE = "fine"
    LATE = "late"
    TOO_LATE = "too_late"


def wait_of(waited: dt.timedelta) -> Wait:
    """In which of the three stretches a wait falls."""
    if waited >= TOO_LATE:
        return Wait.TOO_LATE
    return Wait.LATE if waited >= LATE else Wait.FINE
