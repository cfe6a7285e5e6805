"""Plan templates as FHIR R4: phases with their timing, what is done in them, measurements and advice."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from intake.domain.text import Text
from intake.fhir.elements import Resource, concept, filled, identifier, name_of, said, weeks
from plans.domain.protocol import Goal, Moment, Phase, PlanTemplate
from plans.fhir.catalogue import Catalogue

PLAN_TYPE = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
MEASURE = "measure"
ADVICE = {
    "advice": Text("Advies bij de intake", "Advice at the intake"),
    "prevention": Text("Preventie bij afsluiten", "Prevention at discharge"),
    "safety_net": Text("Vangnet", "Safety net"),
}


def template_resource(catalogue: Catalogue, template: PlanTemplate) -> Resource:
    """One plan template as a definition of its own, which the rules of the protocol propose."""
    named = catalogue.named(template.code)
    return {
        "resourceType": "PlanDefinition",
        "id": identifier(named),
        "language": "nl",
        "url": catalogue.addresses.url("PlanDefinition", named),
        "version": str(template.version),
        "name": name_of(named),
        **said("title", template.title),
        "type": concept(PLAN_TYPE, "clinical-protocol"),
        "status": "active",
        **said("description", template.summary),
        **filled(topic=catalogue.backing(template.backing)),
        **filled(relatedArtifact=catalogue.citations(template.backing.sources)),
        **filled(goal=[_goal(catalogue, goal) for goal in template.goals]),
        "action": list(_actions(catalogue, template)),
    }


def _goal(catalogue: Catalogue, goal: Goal) -> Resource:
    """A goal; how much lower than at the start stands in its words, since a definition knows no start."""
    at_most = goal.target.get("value") if goal.target.get("kind") == "at_most" else None
    detail = None if at_most is None else {"value": at_most, "comparator": "<="}
    target = filled(measure=_measure(catalogue, goal.measure) if goal.measure else None, detailQuantity=detail)
    return {"description": said("text", goal.text), **filled(target=[target] if target else [])}


def _measure(catalogue: Catalogue, code: str) -> Resource:
    return concept(catalogue.addresses.system(MEASURE), code)


def _actions(catalogue: Catalogue, template: PlanTemplate) -> Iterator[Resource]:
    before: Phase | None = None
    for phase in template.phases:
        yield _phase(catalogue, template, phase, before)
        before = phase
    first = _phase_id(template.phases[0])
    for moment in template.measurements:
        yield _measurement(catalogue, moment, first)
    checks = [(week, Text("Evalueren", "Evaluate")) for week in template.evaluation_weeks]
    if template.later_check_week is not None:
        checks.append((template.later_check_week, Text("Latere controle", "Later check")))
    for week, title in checks:
        yield {"id": f"check.{week}", **said("title", title), **_weeks_after(first, week)}
    yield from _advice(catalogue, "advice", Text("Advies bij de intake", "Advice at the intake"), template.advice)
    yield from _advice(
        catalogue, "prevention", Text("Preventie bij afsluiten", "Prevention at discharge"), template.prevention
    )
    yield from _advice(catalogue, "safety_net", Text("Vangnet", "Safety net"), template.safety_net)


def _phase_id(phase: Phase) -> str:
    return identifier(f"phase.{phase.code}")


def _phase(catalogue: Catalogue, template: PlanTemplate, phase: Phase, before: Phase | None) -> Resource:
    after = [{"actionId": _phase_id(before), "relationship": "after-end"}] if before else []
    return {
        "id": _phase_id(phase),
        **said("title", phase.title),
        **said("description", phase.aim),
        **said("textEquivalent", phase.go_on_when),
        **filled(relatedAction=after),
        "timingTiming": timing(phase.weeks, phase.sessions_per_week, phase.sessions, template.session_minutes),
        "groupingBehavior": "logical-group",
        **filled(action=list(_contents(catalogue, phase))),
    }


def timing(length: int, per_week: float, sessions: int, minutes: int) -> Resource:
    """So many sessions of so many minutes within a number of weeks, evenly."""
    pace = Fraction(per_week).limit_denominator(100)
    often = {"frequency": pace.numerator, "period": pace.denominator, "periodUnit": "wk"} if pace else {}
    sessions_of = {"count": sessions, "duration": minutes, "durationUnit": "min"} if sessions else {}
    return {"repeat": {"boundsDuration": weeks(length), **sessions_of, **often}}


def _contents(catalogue: Catalogue, phase: Phase) -> Iterator[Resource]:
    protocol = catalogue.protocol
    for dose in phase.techniques:
        technique = protocol.techniques.get(dose.technique)
        yield {
            **said("title", technique.title if technique else Text(dose.technique, dose.technique)),
            **said("description", dose.dose),
            "requiredBehavior": "must" if dose.core else "could",
            **filled(definitionCanonical=catalogue.activity("technique", dose.technique) if technique else None),
        }
    for code in phase.exercises:
        exercise = protocol.exercises.get(code)
        yield {
            **said("title", exercise.title if exercise else Text(code, code)),
            "requiredBehavior": "could",
            **filled(definitionCanonical=catalogue.activity("exercise", code) if exercise else None),
        }
    if phase.home_programme:
        title = Text("Thuisprogramma", "Home programme")
        yield {**said("title", title), **said("description", phase.home_programme)}


def _measurement(catalogue: Catalogue, moment: Moment, first: str) -> Resource:
    return {
        "id": f"measurement.{moment.week}",
        **said("title", Text("Meten", "Measure")),
        "code": [_measure(catalogue, code) for code in moment.instruments],
        **_weeks_after(first, moment.week),
    }


def _weeks_after(first: str, week: int) -> Resource:
    """So many weeks after the first phase begins."""
    related = {"actionId": first, "relationship": "after-start", "offsetDuration": weeks(week)}
    return {"relatedAction": [related]}


def _advice(catalogue: Catalogue, name: str, title: Text, codes: Iterable[str]) -> Iterator[Resource]:
    known = [code for code in codes if code in catalogue.protocol.advice]
    if known:
        given = [{"definitionCanonical": catalogue.activity("advice", code)} for code in known]
        yield {"id": identifier(name), **said("title", title), "action": given}


def measures_of(templates: Iterable[PlanTemplate]) -> dict[str, Text]:
    """The instruments that templates name, by code."""
    codes = {code for one in templates for moment in one.measurements for code in moment.instruments}
    codes |= {goal.measure for one in templates for goal in one.goals if goal.measure}
    return {code: Text(code, code) for code in sorted(codes)}
