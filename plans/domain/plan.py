"""From a template and the therapist's choices to the content of a plan, its deviations and its sessions. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from plans.domain.protocol import Goal, Phase, PlanTemplate, TemplateKind

COURSE_WEEKS = (4, 8)
SELF_MANAGEMENT_SESSIONS = 3


@dataclass(frozen=True, slots=True)
class PhaseChoice:
    """What the therapist chose for one phase of the template."""

    code: str
    weeks: int
    sessions_per_week: float
    techniques: tuple[str, ...]
    exercises: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One point on which a plan differs from its template. `what` is a stable key such as "acute.weeks"."""

    what: str
    template_value: Any
    plan_value: Any


@dataclass(frozen=True, slots=True)
class SessionNeed:
    """One session that a plan asks for: its number (from 1), phase, week of the plan (from 1) and length in minutes."""

    number: int
    phase: str
    week: int
    minutes: int
    measurement: bool


def template_choices(template: PlanTemplate) -> tuple[PhaseChoice, ...]:
    """The choices that follow the template to the letter: its core techniques, no options."""
    return tuple(
        PhaseChoice(
            code=phase.code,
            weeks=phase.weeks,
            sessions_per_week=phase.sessions_per_week,
            techniques=core_techniques(phase),
            exercises=tuple(phase.exercises),
        )
        for phase in template.phases
    )


def core_techniques(phase: Phase) -> tuple[str, ...]:
    """The codes of the techniques that belong to the phase unless the therapist leaves them out."""
    return tuple(dose.technique for dose in phase.techniques if dose.core)


def target_of(goal: Goal, baseline: float | None) -> float | None:
    """What the measure of a template's goal should reach; None when that hangs on a baseline that is not known.

    `percent` is how much lower than the baseline, `at_most` the greatest value that still counts.
    """
    kind, value = goal.target.get("kind"), goal.target.get("value", 0)
    if kind == "at_most":
        return float(value)
    if kind == "percent" and baseline is not None:
        return round(baseline * (100 - value) / 100, 1)
    return None


def total_weeks(choices: Iterable[PhaseChoice]) -> int:
    """How many weeks the phases last together."""
    return sum(choice.weeks for choice in choices)


def total_sessions(choices: Iterable[PhaseChoice]) -> int:
    """How many sessions the phases ask for together; a half session a week counts per two weeks, rounded up."""
    return sum(phase_sessions(choice) for choice in choices)


def phase_sessions(choice: PhaseChoice) -> int:
    """How many sessions one phase asks for, rounded up to whole sessions."""
    exact = Fraction(choice.sessions_per_week).limit_denominator(100) * choice.weeks
    return -(-exact.numerator // exact.denominator)


def kind_of_plan(template: PlanTemplate, choices: Iterable[PhaseChoice]) -> str:
    """The kind of plan these choices make: a course that grew beyond eight weeks is an extended plan."""
    grown = template.kind is TemplateKind.COURSE and total_weeks(choices) > COURSE_WEEKS[1]
    return "extended" if grown else template.kind.value


def differences(template: PlanTemplate, choices: Iterable[PhaseChoice], session_minutes: int) -> tuple[Difference, ...]:
    """Every point on which these choices differ from the template, in the order of the plan."""
    chosen = {choice.code: choice for choice in choices}
    found = [
        difference for phase in template.phases for difference in _phase_differences(phase, chosen.get(phase.code))
    ]
    if session_minutes != template.session_minutes:
        found.append(Difference("session_minutes", template.session_minutes, session_minutes))
    return tuple(found)


def _phase_differences(phase: Phase, choice: PhaseChoice | None) -> list[Difference]:
    """The differences within one phase; a phase that is left out is one difference."""
    if choice is None or choice.weeks == 0:
        return [Difference(f"{phase.code}.left_out", False, True)]
    points = [
        ("weeks", phase.weeks, choice.weeks),
        ("sessions_per_week", float(phase.sessions_per_week), float(choice.sessions_per_week)),
        ("techniques", sorted(core_techniques(phase)), sorted(choice.techniques)),
        ("exercises", sorted(phase.exercises), sorted(choice.exercises)),
    ]
    return [
        Difference(f"{phase.code}.{name}", of_template, of_plan)
        for name, of_template, of_plan in points
        if of_template != of_plan
    ]


def choices_in(content: Mapping[str, Any], template: PlanTemplate) -> tuple[PhaseChoice, ...]:
    """The choices that this content of a plan was made of; a phase that was left out has no weeks."""
    stored = {phase["code"]: phase for phase in content["phases"]}
    return tuple(
        _stored_choice(stored[choice.code]) if choice.code in stored else replace(choice, weeks=0)
        for choice in template_choices(template)
    )


def _stored_choice(phase: Mapping[str, Any]) -> PhaseChoice:
    """What was chosen for one phase, from its content."""
    return PhaseChoice(
        code=phase["code"],
        weeks=phase["weeks"],
        sessions_per_week=phase["sessions_per_week"],
        techniques=tuple(technique["code"] for technique in phase["techniques"]),
        exercises=tuple(phase["exercises"]),
    )


def changes(before: Iterable[PhaseChoice], after: Iterable[PhaseChoice]) -> tuple[Difference, ...]:
    """Every point on which choices for the same phases differ; the earlier ones take the template's place."""
    points = ("weeks", "sessions_per_week", "techniques", "exercises")
    return tuple(
        Difference(f"{old.code}.{point}", getattr(old, point), getattr(new, point))
        for old, new in zip(before, after, strict=True)
        for point in points
        if getattr(old, point) != getattr(new, point)
    )


def sessions_needed(
    choices: Iterable[PhaseChoice], minutes: int, measurement_weeks: Iterable[int]
) -> tuple[SessionNeed, ...]:
    """The sessions in order, spread evenly over their phase; a phase with fewer than one a week ends with one.

    The first session, and the first one at or after each measurement week, is a measurement moment.
    """
    needs: list[SessionNeed] = []
    due = sorted(set(measurement_weeks))
    before = 0
    for choice in choices:
        count = phase_sessions(choice)
        for index in range(count):
            week = before + _week_of_session(index, count, choice.weeks)
            measures = _take_due(due, week)
            needs.append(SessionNeed(len(needs) + 1, choice.code, week, minutes, measures))
        before += choice.weeks
    return tuple(needs)


def _week_of_session(index: int, count: int, weeks: int) -> int:
    """In which week of its phase (from 1) a session falls; `index` from 0, `count` sessions in all.

    Fewer than one session a week: each stands at the end of its stretch, so that what was practised is looked at and
    the measurement in the last week has its session.
    """
    if count < weeks:
        return -(-(index + 1) * weeks // count)
    return 1 + index * weeks // count


def _take_due(due: list[int], week: int) -> bool:
    """Whether a measurement is due in this week of the plan; takes it off the list."""
    taken = False
    while due and due[0] <= week:
        due.pop(0)
        taken = True
    return taken


def content_of(
    template: PlanTemplate,
    choices: Iterable[PhaseChoice],
    phase_data: Mapping[str, Mapping[str, Any]],
    rest: Mapping[str, Any],
) -> dict[str, Any]:
    """The content of a plan as JSON: the template's data with the choices in place of its numbers and techniques.

    `phase_data` gives each phase of the template as plain data by code; `rest` the measurements, advice and so on.
    """
    phases = [_phase_content(phase_data[choice.code], choice) for choice in choices if choice.weeks]
    return {"phases": phases, **rest}


def _phase_content(data: Mapping[str, Any], choice: PhaseChoice) -> dict[str, Any]:
    """One phase of the plan: the template's texts, the chosen numbers, techniques and exercises."""
    doses = {technique["code"]: technique.get("dose") for technique in data["techniques"]}
    return {
        **data,
        "weeks": choice.weeks,
        "sessions_per_week": choice.sessions_per_week,
        "sessions": phase_sessions(choice),
        "techniques": [{"code": code, "dose": doses.get(code)} for code in choice.techniques],
        "exercises": list(choice.exercises),
    }
