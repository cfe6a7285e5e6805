"""Plans in words: what a goal starts from, the plan as it is now, and where it differs from its template."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.domain.phrases import value_in_words
from intake.models import Intake
from plans.actions import PlanChoice
from plans.domain.plan import changes, choices_in
from plans.domain.protocol import PlanTemplate
from plans.models import Deviation, Plan, PlanRevision, Suggestion
from plans.policies import can_revise
from plans.reading.attention import hold_sentences
from plans.reading.words import language, said
from practice.domain.grants import Act
from practice.models import Staff

POINTS = {
    "weeks": gettext_lazy("weeks"),
    "sessions_per_week": gettext_lazy("sessions a week"),
    "techniques": gettext_lazy("techniques"),
    "exercises": gettext_lazy("exercises"),
    "left_out": gettext_lazy("left out"),
}


def measures_of(intake: Intake) -> list[tuple[str, str]]:
    """The scores that can carry a goal, with their labels."""
    return [
        (score.code, score.label.in_language(language()))
        for instrument in intake.questionnaire.instruments
        for score in instrument.scores
    ]


def baselines_of(intake: Intake) -> dict[str, tuple[str, float | None]]:
    """For each instrument the score that stands for it (of its own name, else its mean or total) and its value."""
    findings = intake.findings()
    found = {}
    for instrument in intake.questionnaire.instruments:
        codes = {score.code for score in instrument.scores}
        names = (instrument.code, f"{instrument.code}_mean", f"{instrument.code}_total")
        score = next((name for name in names if name in codes), "")
        value = findings.get(score)
        found[instrument.code] = (score, float(value) if isinstance(value, int | float) else None)
    return found


def goal_proposal(intake: Intake, template: PlanTemplate) -> dict[str, Any]:
    """What the goal of a plan starts from: the patient's own words and activity; nothing is invented."""
    answers, findings = intake.answers(), intake.findings()
    text = answers.get("goal_activity") or answers.get("psk_1_activity") or answers.get("request_for_help", "")
    return {
        "goal_text": str(text)[:300],
        "goal_weeks": answers.get("goal_weeks") or template.weeks,
        "goal_measure": "psk_mean" if "psk_mean" in findings else "",
        "goal_baseline": findings.get("psk_mean"),
    }


LIFE_TONES = {"draft": "warning", "active": "ok", "paused": "warning", "completed": "quiet", "stopped": "quiet"}
REVIEW_TONES = {"none": "quiet", "submitted": "info", "approved": "ok", "returned": "warning"}


def plan_reading(plan: Plan, staff: Staff) -> dict[str, Any]:
    """A plan as its screen says it."""
    revision, protocol = plan.current_revision, plan.protocol_version.protocol
    ((_suggestion, trace),) = Suggestion.objects.filter(pk=plan.suggestion_id).parts("red_flags", "hold", "notes")
    phases = [
        {
            **phase,
            "techniques": [
                {"title": protocol.techniques[one["code"]].title, "dose": one["dose"]} for one in phase["techniques"]
            ],
            "exercises": [protocol.exercises[code] for code in phase["exercises"]],
        }
        for phase in revision.content["phases"]
    ]
    return {
        "revision": revision,
        "phases": phases,
        "deviations": [deviation_row(deviation, plan) for deviation in revision.deviations.all()],
        "sessions": revision.planned_sessions.all(),
        "holds": hold_sentences(plan.intake, trace),
        "notes": [said(note["label"]) for note in trace["notes"]],
        "life_tone": LIFE_TONES[plan.life],
        "review_tone": REVIEW_TONES[revision.review],
        "review_words": _("review: %(state)s") % {"state": revision.get_review_display()},
        "revisions": plan.revisions.select_related("author", "reviewed_by").defer("content"),
        "may_revise": staff.may(Act.ADOPT_PLAN) and can_revise(plan),
        "safety_net": [protocol.advice[code] for code in revision.content.get("safety_net") or ()],
    }


def deviation_row(deviation: Deviation, plan: Plan) -> dict[str, Any]:
    """A deviation in words."""
    return {
        "what": deviation_name(deviation.what, plan),
        "template_value": deviation_value(deviation.template_value, plan),
        "plan_value": deviation_value(deviation.plan_value, plan),
        "reason": deviation.get_reason_display(),
        "explanation": deviation.explanation,
    }


def revision_conflicts(plan: Plan, choice: PlanChoice, current: PlanRevision) -> list[tuple[str, str, str]]:
    """What somebody wanted of a plan and what it is now, by point, where the two differ."""
    differing = changes(choices_in(current.content, plan.plan_template), choice.phases)
    rows = [(each.what, each.plan_value, each.template_value) for each in differing]
    if choice.session_minutes != current.session_minutes:
        rows.append(("session_minutes", choice.session_minutes, current.session_minutes))
    return [
        (deviation_name(what, plan), deviation_value(wanted, plan), deviation_value(stored, plan))
        for what, wanted, stored in rows
    ]


def deviation_name(what: str, plan: Plan) -> str:
    """What a deviation is about: the phase and the point."""
    if "." not in what:
        return _("minutes per session")
    phase_code, point = what.split(".")
    titles = {phase.code: phase.title.in_language(language()) for phase in plan.plan_template.phases}
    return f"{titles.get(phase_code, phase_code)}: {POINTS[point]}"


def deviation_value(value: Any, plan: Plan) -> str:
    """One side of a deviation in words: codes of techniques and exercises by their titles."""
    if not isinstance(value, list | tuple):
        return value_in_words(value, None, language())
    protocol = plan.protocol_version.protocol
    titles = {**protocol.techniques, **protocol.exercises}
    return ", ".join(titles[code].title.in_language(language()) for code in value) or _("none")
