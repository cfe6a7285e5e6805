"""A treatment plan of one patient as FHIR R4: what was agreed, with its goals and what differs from the template.

Nobody is named. Goals and reasons that somebody wrote in words go along only when that is chosen.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from intake.domain.text import Text
from intake.fhir.elements import Resource, concept, filled, said, weeks
from intake.fhir.responses import subject_resource
from intake.fhir.rows import opaque, subject_of
from plans.domain.protocol import PlanTemplate
from plans.fhir.catalogue import Catalogue
from plans.fhir.templates import MEASURE, timing
from plans.models import Deviation, Goal, Plan, PlanRevision

ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
PLAN_STATUSES = {
    "draft": "draft",
    "active": "active",
    "paused": "on-hold",
    "completed": "completed",
    "stopped": "revoked",
}
ACTIVITY_STATUSES = {
    "draft": "not-started",
    "active": "scheduled",
    "paused": "on-hold",
    "completed": "completed",
    "stopped": "stopped",
}
GOAL_ENDS = {"reached": "achieved", "partly": "improving", "missed": "not-achieved"}
LEFT_OUT = Text("Doel in eigen woorden, niet meegegeven", "Goal in own words, not passed on")


def plan_resources(catalogue: Catalogue, plan: Plan, *, with_text: bool) -> list[Resource]:
    """The plan, its goals and the nameless subject; what they name is for the caller to add."""
    subject = subject_of(plan.episode)
    template = catalogue.protocol.templates[plan.template]
    goals = [_goal(catalogue, goal, template, with_text=with_text) for goal in plan.goals.all()]
    return [subject_resource(subject), _care_plan(catalogue, plan, goals, with_text=with_text), *goals]


def _care_plan(catalogue: Catalogue, plan: Plan, goals: list[Resource], *, with_text: bool) -> Resource:
    revision = plan.current_revision
    period = filled(
        start=plan.activated_at.isoformat() if plan.activated_at else None,
        end=plan.ended_at.isoformat() if plan.ended_at else None,
    )
    return {
        "resourceType": "CarePlan",
        "id": opaque("plan", plan.pk),
        "language": "nl",
        "instantiatesCanonical": [catalogue.template(plan.template)],
        "status": PLAN_STATUSES[plan.life],
        "intent": "plan",
        **said("title", Text(plan.title["nl"], plan.title["en"])),
        "subject": _subject(plan),
        **filled(period=period),
        "created": plan.created_at.isoformat(),
        **filled(goal=[{"reference": f"Goal/{goal['id']}"} for goal in goals]),
        **filled(activity=list(_activities(catalogue, plan, revision)) if revision else []),
        **filled(note=[_note(one, with_text=with_text) for one in revision.deviations.all()] if revision else []),
    }


def _subject(plan: Plan) -> Resource:
    return {"reference": f"Patient/{subject_of(plan.episode)}"}


def _activities(catalogue: Catalogue, plan: Plan, revision: PlanRevision) -> Iterator[Resource]:
    """One activity for each phase, and one for the advice."""
    status = ACTIVITY_STATUSES[plan.life]
    for phase in revision.content["phases"]:
        lasts = (phase["weeks"], phase["sessions_per_week"], phase["sessions"], revision.session_minutes)
        yield {
            "detail": {
                "kind": "ServiceRequest",
                **filled(instantiatesCanonical=_named(catalogue, phase)),
                "code": said("text", _text(phase["title"])),
                "status": status,
                "scheduledTiming": timing(*lasts),
                **said("description", _text(phase["aim"])),
            }
        }
    advice = [code for code in revision.content.get("advice") or [] if code in catalogue.protocol.advice]
    if advice:
        given = [catalogue.activity("advice", code) for code in advice]
        title = said("text", Text("Advies", "Advice"))
        detail = {"kind": "CommunicationRequest", "instantiatesCanonical": given, "code": title, "status": status}
        yield {"detail": detail}


def _text(stored: Mapping[str, str]) -> Text:
    return Text(stored["nl"], stored["en"])


def _named(catalogue: Catalogue, phase: Mapping[str, Any]) -> list[str]:
    """The techniques and exercises of a phase, as the protocol defines them."""
    techniques, exercises = catalogue.protocol.techniques, catalogue.protocol.exercises
    chosen = [technique["code"] for technique in phase["techniques"]]
    return [
        *(catalogue.activity("technique", code) for code in chosen if code in techniques),
        *(catalogue.activity("exercise", code) for code in phase["exercises"] if code in exercises),
    ]


def _goal(catalogue: Catalogue, goal: Goal, template: PlanTemplate, *, with_text: bool) -> Resource:
    ended = GOAL_ENDS.get(goal.status)
    measure = concept(catalogue.addresses.system(MEASURE), goal.measure) if goal.measure else None
    detail = {"value": goal.target} if measure and goal.target is not None else None
    due = weeks(goal.due_week) if goal.due_week else None
    target = filled(measure=measure, detailQuantity=detail, dueDuration=due)
    before = [{"text": f"Bij de start: {goal.baseline:g}"}] if goal.baseline is not None else []
    return {
        "resourceType": "Goal",
        "id": opaque("goal", goal.pk),
        "language": "nl",
        "lifecycleStatus": "completed" if ended else "proposed" if goal.plan.life == "draft" else "active",
        **filled(achievementStatus=concept(ACHIEVEMENT, ended) if ended else None),
        "description": said("text", _goal_text(goal, template, with_text=with_text)),
        "subject": _subject(goal.plan),
        **filled(target=[target] if target else []),
        **filled(note=before),
    }


def _goal_text(goal: Goal, template: PlanTemplate, *, with_text: bool) -> Text:
    """A goal of the template in both languages; one in own words as it was written, or that it is left out."""
    known = next((one.text for one in template.goals if goal.text in (one.text.nl, one.text.en)), None)
    if known is not None:
        return known
    return Text(goal.text, goal.text) if with_text else LEFT_OUT


def _note(deviation: Deviation, *, with_text: bool) -> Resource:
    """What differs from the template, and why."""
    words = deviation.explanation if with_text else ""
    because = f"{deviation.reason}: {words}" if words else deviation.reason
    return {"text": f"{deviation.what}: {deviation.template_value} -> {deviation.plan_value} ({because})"}
