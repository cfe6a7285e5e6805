"""What was measured since an intake, as screens say it: change, course, goals and body charts. It reads only."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from intake.domain.body_chart import Chart, Comparison, Diagram, compare
from intake.domain.instruments import Instrument, Score
from intake.domain.items import Shown
from intake.domain.measuring import Course, Point, attained, subjects
from intake.domain.text import Text
from intake.models import Intake, LaterChart, Measurement
from plans.models import Goal, Plan
from plans.reading import language
from practice.models import Staff

ACTIVITIES = Text("Hoeveel moeite uw activiteiten kosten", "How much trouble your activities are")


@dataclass(frozen=True, slots=True)
class CourseReading:
    """One score over time, with what its change since the start says."""

    course: Course
    sentence: str
    sources: list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class GoalReading:
    """A goal with where it began, where it is now and where it is to go; `way` is the part that is gone, 0 to 1."""

    goal: Goal
    text: str
    now: float | None
    way: float | None


@dataclass(frozen=True, slots=True)
class ChartReading:
    """The body chart of the start beside that of now, with their difference; both may be missing."""

    diagram: Diagram
    before: Chart | None
    before_on: dt.date
    now: Chart | None
    now_on: dt.date | None
    difference: Comparison | None

    @property
    def sentence(self) -> str:
        """The difference as one sentence; empty where there is none to tell."""
        return self.difference.sentence(language()) if self.difference else ""


class Outcomes:
    """What one person may read of the measurements that began with an intake."""

    def __init__(self, intake: Intake, staff: Staff) -> None:
        self.intake, self.questionnaire = intake, intake.questionnaire
        since = {"episode": intake.episode_id, "taken_on__gte": intake.date}
        taken = Measurement.objects.visible_to(staff).filter(**since)
        self.taken = [one for one in taken if one.intake_id in (None, intake.pk)]
        self.charts = list(LaterChart.objects.visible_to(staff).filter(**since))

    @property
    def later(self) -> list[Measurement]:
        """What was measured after the intake."""
        return [one for one in self.taken if one.intake_id is None]

    @property
    def last_on(self) -> dt.date | None:
        """The day on which something was measured last after the intake."""
        return max((one.taken_on for one in (*self.later, *self.charts)), default=None)

    def courses(self, targets: Mapping[str, float | None] | None = None) -> list[CourseReading]:
        """The course of each score that could be computed: those with a target first.

        A score without a target that was never measured again is left out, unless its instrument is asked of everybody.
        """
        targets = targets or {}
        found = [
            self._reading(instrument, score, targets.get(score.code))
            for instrument in self.questionnaire.instruments
            for score in instrument.scores
        ]
        known = [reading for reading in found if reading and reading.course.now is not None]
        told = [reading for reading in known if reading.course.score.code in targets or _is_followed(reading.course)]
        return sorted(told, key=lambda reading: reading.course.score.code not in targets)

    def _reading(self, instrument: Instrument, score: Score, target: float | None) -> CourseReading | None:
        points = self._points(instrument, score)
        if not points:
            return None
        course = Course(instrument, score, points, target)
        sources = self.questionnaire.sources
        keys = dict.fromkeys(key for threshold in score.relevant_change for key in threshold.backing.sources)
        return CourseReading(
            course, course.change.sentence(language(), sources), [sources[key] for key in keys if key in sources]
        )

    def _points(self, instrument: Instrument, score: Score) -> tuple[Point, ...]:
        """One point for each day; of a day the measurement recorded last, and the start always."""
        days = {(one.intake_id is None, one.taken_on): one for one in self.taken if one.instrument == instrument.code}
        return tuple(
            Point(one.taken_on, one.scores.get(score.code), one.moment) for _key, one in sorted(days.items(), key=first)
        )

    def last_words(self, courses: Iterable[CourseReading]) -> list[str]:
        """The result of the last measurement after the intake, a sentence for each score."""
        return [one.sentence for one in courses if one.course.latest and one.course.latest.on == self.last_on]

    def now(self, measure: str) -> float | None:
        """The last value of a score, or of a single question, measured after the intake."""
        values = [one.scores.get(measure, one.items.get(measure)) for one in self.later]
        return next((float(value) for value in reversed(values) if isinstance(value, int | float)), None)

    def goals(self, goals: Iterable[Goal]) -> list[GoalReading]:
        """The goals with then, now and target: the main goal first, then those that are furthest behind."""
        rows = [self._goal(goal) for goal in goals]
        return sorted(rows, key=lambda row: (not row.goal.main, 1.0 if row.way is None else row.way))

    def _goal(self, goal: Goal) -> GoalReading:
        now = self.now(goal.measure) if goal.measure else None
        return GoalReading(goal, goal.in_language(language()), now, attained(goal.baseline, now, goal.target))

    def activities(self) -> list[dict[str, Any]]:
        """What the patient named as hard to do, with how hard it was at the start and is now."""
        rows = []
        for instrument in self.questionnaire.instruments:
            start = next((one.items for one in self.taken if one.instrument == instrument.code), self.intake.answers())
            named = ((start.get(text), start.get(code), code) for code, text in subjects(instrument).items())
            rows += [{"text": text, "then": then, "now": self.now(code)} for text, then, code in named if text]
        return rows

    @property
    def last_chart(self) -> Chart | None:
        """What was drawn last; None when nothing was, or when nothing was felt any more."""
        drawn = [one.chart for one in self.charts if one.chart]
        return drawn[-1] if drawn else self.intake.chart

    def chart(self) -> ChartReading | None:
        """The body chart then and now; None when none was drawn at all."""
        diagram, before = self.intake.diagram, self.intake.chart
        if diagram is None:
            return None
        fitting = [one for one in self.charts if (one.diagram, one.diagram_version) == (diagram.code, diagram.version)]
        last = fitting[-1] if fitting else None
        if before is None and last is None:
            return None
        return ChartReading(
            diagram=diagram,
            before=before,
            before_on=self.intake.date,
            now=last.chart if last else None,
            now_on=last.taken_on if last else None,
            difference=compare(before, last.chart, diagram) if before and last else None,
        )

    def plain_courses(self) -> list[tuple[str, Course]]:
        """The scores that have a name in plain words, with that name: what else was measured is not for a patient."""
        named = ((plain_name(one.course), one.course) for one in self.courses())
        return [(name.in_language(language()), course) for name, course in named if name]


def plain_name(course: Course) -> Text | None:
    """How a patient reads what a score is about: the one question it comes from, or their own activities."""
    if subjects(course.instrument):
        return ACTIVITIES
    asked = [item.patient for item in course.instrument.items if (item.code,) == course.score.items and item.patient]
    return asked[0].label if asked else None


def looked_along(intake: Intake, staff: Staff, goals: Iterable[Goal] = ()) -> dict[str, Any]:
    """What a patient may see of their own care: their words, where it hurts, goals and how it goes. Nothing else.

    Without goals of a plan the goal is what the patient answered at the intake.
    """
    outcomes, answers = Outcomes(intake, staff), intake.answers()
    return {
        "request": answers.get("request_for_help", ""),
        "aim": answers.get("goal_activity", ""),
        "goal_rows": outcomes.goals(goals),
        "courses": outcomes.plain_courses(),
        "activities": outcomes.activities(),
        "chart": outcomes.chart(),
    }


def _is_followed(course: Course) -> bool:
    """Whether a score is told of without a goal."""
    return course.latest is not None or course.instrument.shown is Shown.CORE


def first(pair: tuple[Any, Any]) -> Any:
    """The first of two, to sort by."""
    return pair[0]


def targets_of(goals: Iterable[Goal]) -> dict[str, float | None]:
    """The target of each score that carries a goal; the main goal's where two goals name the same score."""
    return {goal.measure: goal.target for goal in sorted(goals, key=lambda goal: goal.main) if goal.measure}


def plan_outcomes(plan: Plan, staff: Staff) -> dict[str, Any]:
    """What the plan's page says of its outcome."""
    outcomes, goals = Outcomes(plan.intake, staff), list(plan.goals.all())
    courses = outcomes.courses(targets_of(goals))
    return {
        "outcomes": outcomes,
        "courses": courses,
        "goal_rows": outcomes.goals(goals),
        "chart": outcomes.chart(),
        "last_words": outcomes.last_words(courses),
    }
