"""Runs the documents of this folder through the content that ships, and says where each patient would go."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from intake.domain.composing import compose_all
from intake.domain.findings import Context, Findings, derive
from intake.domain.questionnaire import Questionnaire
from plans.domain import protocol
from plans.domain.protocol import Discipline, Gate, Protocol, Urgency
from plans.domain.suggest import suggest
from plans.domain.suggestion import Disposition, Suggestion
from tests.content import read_intake_content, read_protocol_content, read_yaml

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent
BACK_PAIN = ROOT / "plans" / "content" / "back_pain"
# From the most to the least urgent; a disposition further down than expected is a miss when the expected one is urgent.
URGENT = ["emergency", "gp_urgent"]

PROFILES = {
    "self_management_profile_1": "physio_p1",
    "low_back_profile_3": "physio_p3",
    "low_back_chronic_profile_3_work": "physio_p3",
    "stress_related_back_pain": "physio_p3",
    "radicular_high_reactivity": "physio_lrs",
    "radicular_moderate_reactivity": "physio_lrs",
    "suspected_stenosis": "physio_lrs",
    "pelvic_girdle_pregnancy": "physio_pelvic",
    "pelvic_follow_up": "physio_pelvic",
    "mid_back_mobility": "physio_thoracic",
    "upper_back_posture_mobility": "physio_thoracic",
}
DOCTOR = {Disposition.EMERGENCY, Disposition.GP_URGENT, Disposition.GP_ROUTINE}
REFERRALS = {
    Discipline.REHABILITATION_PHYSICIAN: "refer_rehab",
    Discipline.PSYCHOSOMATIC_PHYSIOTHERAPIST: "refer_psychosomatic",
    Discipline.OCCUPATIONAL_PHYSICIAN: "refer_occ_physician",
    Discipline.OCCUPATIONAL_THERAPIST: "refer_ergo",
}


@dataclass(frozen=True)
class Case:
    """One document: the intake, and what is expected of it."""

    code: str
    content: dict[str, Any]

    @property
    def expected(self) -> str:
        return self.content["expected"]

    @property
    def accepted(self) -> set[str]:
        return {self.expected, *self.content.get("accept", ())}

    @property
    def from_source(self) -> bool:
        return self.content.get("label_from", "").startswith("source")

    @property
    def archetype(self) -> bool:
        """Whether it is a guideline's rule written as a patient, not a published patient."""
        return self.content.get("kind") == "archetype"

    @property
    def questionnaire(self) -> Questionnaire:
        return questionnaires()[self.content["intake"]["questionnaire"]]

    def findings(self, **more: Any) -> Findings:
        """What is known of this patient; `more` are answers on top of those of the document."""
        intake = self.content["intake"]
        patient = intake["patient"]
        context = Context(age=patient.get("age"), sex=patient.get("sex"))
        return derive({**intake["answers"], **more}, context, self.questionnaire)

    def suggestion(self) -> Suggestion:
        return suggest(self.findings(), back_pain())


def published() -> list[Case]:
    """The published cases."""
    return [Case(content["id"], content) for content in read_yaml(CASES / "published.yaml")["cases"]]


def shipped(name: str) -> list[Case]:
    """The cases in one file of the test set that ships with the protocol."""
    return [_as_document(row) for row in read_yaml(BACK_PAIN / "cases" / f"{name}.yaml")]


def _as_document(row: dict[str, Any]) -> Case:
    patient = {name: row[name] for name in ("age", "sex") if name in row}
    intake = {"questionnaire": row["questionnaire"], "patient": patient, "answers": row["answers"]}
    expects = row["expects"]
    return Case(row["title"]["nl"], {"expected": expects["disposition"], "expects": expects, "intake": intake})


@cache
def questionnaires() -> dict[str, Questionnaire]:
    return compose_all(read_intake_content(ROOT / "intake" / "content"))


@cache
def back_pain() -> Protocol:
    return protocol.compose(read_protocol_content(BACK_PAIN))


def disposition(suggestion: Suggestion) -> str:
    """Where the patient goes first, in the words of the case files: to a doctor, else to whom, else into which plan."""
    return next(_dispositions(suggestion), "undecided")


def _dispositions(suggestion: Suggestion) -> Iterator[str]:
    if suggestion.disposition in DOCTOR:
        yield suggestion.disposition.value
    disciplines = {referral.discipline for referral in suggestion.referrals}
    yield from (word for discipline, word in REFERRALS.items() if discipline in disciplines)
    yield from (PROFILES.get(proposal.template, "physio_p2") for proposal in suggestion.proposals[:1])


def highest_urgency(suggestion: Suggestion) -> Urgency | None:
    return max((flag.urgency for flag in suggestion.red_flags), default=None)


def gates(suggestion: Suggestion) -> dict[str, Gate]:
    """What counts for each technique about which something is known."""
    return {judged.technique: judged.gate for judged in suggestion.techniques if judged.gate is not None}


def templates(suggestion: Suggestion) -> list[str]:
    return [proposal.template for proposal in suggestion.proposals]
