"""A protocol and a plan as FHIR R4: valid, complete in itself, and saying what we say."""

import json
from copy import deepcopy
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from intake.fhir.elements import bundle
from intake.fhir.rows import addresses, intake_bundle, subject_of
from intake.models import Intake
from plans.domain.protocol import Propose, Refer
from plans.fhir.protocols import protocol_resources
from plans.fhir.rows import plan_bundle
from plans.models import ProtocolVersion
from practice.models import AccessEvent
from tests.factories.intake import published, shipped_questionnaires
from tests.factories.plans import ACUTE, adopted, published_protocol, shipped_protocol, suggested
from tests.factories.practice import StaffFactory
from tests.fhir_models import invalid, of_type, only, unknown_codes, unresolved
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
        assert code_in(action["code"], "evidence") == (rule.backing.evidence and rule.backing.evidence.value)
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


def test_what_a_rule_proposes_says_how_well_it_is_supported() -> None:
    """As a topic: R4 has an extension for the quality of evidence on an attachment only."""
    protocol = shipped_protocol()
    activities = {one["url"].rpartition("back-pain.")[2]: one for one in of_type(exported(), "ActivityDefinition")}
    for exercise in protocol.exercises.values():
        topic = activities[f"exercise.{exercise.code.replace('_', '-')}"].get("topic", [])
        assert code_in(topic, "evidence") == (exercise.backing.evidence and exercise.backing.evidence.value)
    for template in protocol.templates.values():
        topic = plan_definition(f"back-pain.{template.code.replace('_', '-')}").get("topic", [])
        assert code_in(topic, "evidence") == (template.backing.evidence and template.backing.evidence.value)
    assert "cqf-" not in json.dumps(exported(), default=str)


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


@pytest.mark.django_db
class TestDoors:
    """Who may take what along, and what the log says of it."""

    def test_a_therapist_exports_an_intake_and_nobody_is_named(self, client: Client) -> None:
        suggestion = suggested({"request_for_help": "Jan wil tegelen"})
        intake = suggestion.intake
        client.force_login(intake.author)
        answer = client.get(reverse("intake_fhir", args=[intake.pk]))
        assert answer["Content-Type"] == "application/fhir+json"
        found = json.loads(answer.content, parse_float=Decimal)
        assert (invalid(found), unresolved(found)) == ([], [])
        assert only(found, "QuestionnaireResponse")["status"] == "completed"
        assert of_type(found, "Patient") == [{"resourceType": "Patient", "id": subject_of(intake.episode)}]
        patient = intake.patient
        for secret in (str(patient.pk), str(intake.pk), patient.family_name, patient.birth_date.isoformat(), "tegelen"):
            assert secret not in answer.content.decode()
        event = AccessEvent.objects.get(event="intake_exported")
        assert (event.patient_id, event.user_id) == (str(patient.pk), str(intake.author_id))

    def test_free_text_goes_along_when_asked_for_and_the_log_says_so(self, client: Client) -> None:
        intake = suggested({"request_for_help": "Jan wil tegelen"}).intake
        client.force_login(intake.author)
        answer = client.get(reverse("intake_fhir", args=[intake.pk]), {"words": "yes"})
        assert "Jan wil tegelen" in answer.content.decode()
        assert AccessEvent.objects.filter(event="intake_exported_with_words").count() == 1

    def test_the_export_of_a_completed_intake_carries_the_findings_of_then(self) -> None:
        """The patient gets older; the age of the intake stays."""
        intake = suggested().intake
        age = intake.findings()["age"]
        patient = intake.patient
        patient.birth_date = patient.birth_date.replace(year=patient.birth_date.year - 20)
        patient.save()
        found = intake_bundle(Intake.objects.with_patient().get(pk=intake.pk))
        ages = [one["valueQuantity"]["value"] for one in of_type(found, "Observation") if one["id"].endswith(".age")]
        assert ages == [age]

    def test_a_plan_is_exported_with_its_goals_and_its_deviations(self, client: Client) -> None:
        made = adopted(session_minutes=45, reasons={"session_minutes": ("planning", "")})
        client.force_login(made.author)
        answer = client.get(reverse("plan_fhir", args=[made.pk]))
        found = json.loads(answer.content, parse_float=Decimal)
        assert (invalid(found), unresolved(found), unknown_codes(found, addresses().root)) == ([], [], [])
        care_plan, goal = only(found, "CarePlan"), only(found, "Goal")
        assert care_plan["status"] == "active"
        assert care_plan["note"] == [{"text": "session_minutes: 30 -> 45 (planning)"}]
        paces = [one["detail"]["scheduledTiming"]["repeat"] for one in care_plan["activity"][:-1]]
        assert sum(pace["count"] for pace in paces) == made.current_revision.sessions
        assert {pace["duration"] for pace in paces} == {45}
        assert "werken" not in goal["description"]["text"]
        worded = client.get(reverse("plan_fhir", args=[made.pk]), {"words": "yes"})
        assert "Weer een volle dag werken" in worded.content.decode()
        assert {event.event for event in AccessEvent.objects.filter(event__startswith="plan_exported")} == {
            "plan_exported",
            "plan_exported_with_words",
        }

    def test_an_intake_and_its_plan_are_of_the_same_nameless_subject(self) -> None:
        made = adopted()
        assert only(plan_bundle(made), "Patient") == only(intake_bundle(made.intake), "Patient")

    def test_the_front_desk_exports_nothing(self, client: Client) -> None:
        made = adopted()
        client.force_login(StaffFactory(roles=["front_desk"]))
        assert client.get(reverse("intake_fhir", args=[made.intake_id])).status_code == 403
        assert client.get(reverse("plan_fhir", args=[made.pk])).status_code == 403

    def test_a_manager_exports_a_protocol_from_its_page(self, client: Client) -> None:
        version = published_protocol()
        published("low_back")
        client.force_login(StaffFactory(roles=["manager"]))
        page = client.get(reverse("admin:plans_protocolversion_change", args=[version.pk])).content.decode()
        address = reverse("admin:plans_protocolversion_fhir", args=[version.pk])
        assert f'href="{address}"' in page
        found = json.loads(client.get(address).content, parse_float=Decimal)
        assert unresolved(found) == []
        assert len(of_type(found, "Questionnaire")) == 1
        assert AccessEvent.objects.get(event="protocol_exported").object_id == str(version.pk)

    def test_a_protocol_that_reads_a_body_chart_itself_is_refused_in_words(self, client: Client) -> None:
        version, _ = published_protocol(), published("low_back")
        drawn = {"code": "drawn_calf", "kind": "drawn", "of": "pain_chart", "places": ["calf"]}
        content = deepcopy(version.content)
        content["derived"]["derived"].append(drawn | {"label": {"nl": "Kuit", "en": "Calf"}})
        content["rules"]["advice"]["rules"][0]["when"] = "drawn_calf is yes"
        other = ProtocolVersion.objects.create(
            code="other",
            version=1,
            title=version.title,
            regions=version.regions,
            content=content,
            content_hash="other",
            status="draft",
            valid_from=version.valid_from,
            loaded_at=version.loaded_at,
        )
        client.force_login(StaffFactory(roles=["manager"]))
        answer = client.get(reverse("admin:plans_protocolversion_fhir", args=[other.pk]), follow=True)
        assert "drawn_calf" in answer.content.decode()
        assert not AccessEvent.objects.filter(event="protocol_exported").exists()
        with pytest.raises(CommandError, match="drawn_calf"):
            call_command("export_fhir", "protocol", "other:1")

    def test_the_command_writes_each_kind(self, tmp_path: Path) -> None:
        made, file = adopted(), tmp_path / "bundle.json"
        for what, which in (
            ("protocol", "back_pain"),
            ("protocol", f"back_pain:{made.protocol_version.version}"),
            ("questionnaire", "low_back"),
            ("intake", str(made.intake_id)),
            ("plan", str(made.pk)),
        ):
            call_command("export_fhir", what, which, output=file)
            assert unresolved(json.loads(file.read_text())) == []
        assert AccessEvent.objects.filter(event="plan_exported", source="command").count() == 1

    @pytest.mark.parametrize(
        ("what", "which"),
        [("protocol", "neck"), ("protocol", "back_pain:99"), ("protocol", "back_pain:x"), ("intake", "x")],
    )
    def test_the_command_says_what_is_not_there(self, what: str, which: str) -> None:
        published_protocol()
        with pytest.raises(CommandError, match=which):
            call_command("export_fhir", what, which)
