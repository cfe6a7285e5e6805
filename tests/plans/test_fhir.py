"""A protocol and a plan as FHIR R4: valid, complete in itself, and saying what we say."""

from functools import cache

from intake.fhir.elements import bundle
from plans.domain.protocol import Propose, Refer
from plans.fhir.protocols import protocol_resources
from tests.factories.intake import shipped_questionnaires
from tests.factories.plans import ACUTE, shipped_protocol
from tests.fhir_models import invalid, of_type, unknown_codes, unresolved
from tests.fhirpath import ADDRESSES, Json, as_sent


@cache
def exported() -> Json:
    """The shipped protocol with its questionnaires."""
    resources = protocol_resources(ADDRESSES, shipped_protocol(), shipped_questionnaires().values())
    return as_sent(bundle(ADDRESSES, resources))


def plan_definition(code: str) -> Json:
    (found,) = [one for one in of_type(exported(), "PlanDefinition") if one["url"].endswith(f"/{code}")]
    return found


def code_in(concepts: list[Json], system: str) -> str | None:
    """The code out of one of our systems."""
    codings = [coding for concept in concepts for coding in concept.get("coding", [])]
    return next((one["code"] for one in codings if one["system"].endswith(f"/CodeSystem/{system}")), None)


def test_the_protocol_is_valid_and_names_nothing_that_is_not_there() -> None:
    assert invalid(exported()) == []
    assert unresolved(exported()) == []
    assert unknown_codes(exported(), ADDRESSES.root) == []


def test_every_rule_is_an_action_with_its_condition_conclusion_source_and_evidence() -> None:
    actions = {one["id"]: one for one in plan_definition("back-pain")["action"]}
    assert actions.keys() == {rule.code for rule in shipped_protocol().rules}
    for rule in shipped_protocol().rules:
        action = actions[rule.code]
        (condition,) = action["condition"]
        assert (condition["kind"], condition["expression"]["language"]) == ("applicability", "text/fhirpath")
        assert [one["label"] for one in action["documentation"]] == list(rule.backing.sources)
        evidence = action["extension"][0]["valueCodeableConcept"]
        assert code_in([evidence], "evidence") == (rule.backing.evidence and rule.backing.evidence.value)
        assert action["description"] == rule.explanation.nl
        assert code_in(action["code"], "urgency") == (rule.urgency.value if rule.urgency else None)
        held = any(code_in([concept], "conclusion") == "holds_treatment" for concept in action["code"])
        assert held is rule.holds_treatment


def test_a_conclusion_leads_to_what_it_proposes() -> None:
    actions = {one["id"]: one for one in plan_definition("back-pain")["action"]}
    for rule in shipped_protocol().rules:
        definition = actions[rule.code].get("definitionCanonical", "")
        if isinstance(rule.conclude, Propose):
            assert f"/PlanDefinition/back-pain.{rule.conclude.template.replace('_', '-')}|" in definition
        if isinstance(rule.conclude, Refer):
            assert "/ActivityDefinition/back-pain.referral." in definition


def test_what_ships_unsigned_says_so() -> None:
    signed = protocol_resources(ADDRESSES, shipped_protocol(), shipped_questionnaires().values(), signed=True)
    assert plan_definition("back-pain")["experimental"] is True
    assert signed[0]["experimental"] is False


def test_a_template_has_its_phases_with_their_sessions() -> None:
    template = shipped_protocol().templates[ACUTE]
    actions = plan_definition(f"back-pain.{ACUTE.replace('_', '-')}")["action"]
    phases = [one for one in actions if "timingTiming" in one]
    assert [one["title"] for one in phases] == [phase.title.nl for phase in template.phases]
    repeats = [one["timingTiming"]["repeat"] for one in phases]
    assert [one["boundsDuration"]["value"] for one in repeats] == [phase.weeks for phase in template.phases]
    assert sum(one["count"] for one in repeats) == template.sessions
    assert "relatedAction" not in phases[0]
    assert phases[1]["relatedAction"][0]["actionId"] == phases[0]["id"]
    measured = [one for one in actions if one["id"].startswith("measurement.")]
    weeks = [one["relatedAction"][0]["offsetDuration"]["value"] for one in measured]
    assert weeks == [moment.week for moment in template.measurements]


def test_less_than_a_session_a_week_is_one_in_several_weeks() -> None:
    for template in shipped_protocol().templates.values():
        actions = plan_definition(f"back-pain.{template.code.replace('_', '-')}")["action"]
        paces = [one["timingTiming"]["repeat"] for one in actions if "timingTiming" in one]
        for phase, pace in zip(template.phases, paces, strict=True):
            assert pace["frequency"] / pace["period"] == phase.sessions_per_week
