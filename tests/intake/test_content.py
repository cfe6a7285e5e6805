"""The shipped questions: complete, bilingual, in the right place, scored as published."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from intake.domain.composing import compose, compose_all
from intake.domain.items import Item, Required, Shown
from intake.domain.questionnaire import Questionnaire
from tests.content import Parts, read_intake_content

CONTENT = Path(__file__).resolve().parents[2] / "intake" / "content"
REGIONS = {"low_back": "low", "mid_back": "mid", "upper_back": "upper"}
SECTIONS = [
    "registration",
    "request_for_help",
    "complaint",
    "red_flags",
    "medical",
    "functioning",
    "factors",
    "earlier_care",
    "measurements",
    "examination",
    "load_and_goals",
    "conclusion",
]

# What the product promises to ask, and the question (or its choice) that does.
PROMISED: dict[str, str] = {
    "request for help in the patient's words": "request_for_help",
    "region of the pain": "pain_location",
    "side": "pain_side",
    "radiation": "radiation",
    "since when, in weeks": "weeks_since_onset",
    "course": "course",
    "sudden onset": "onset.sudden",
    "gradual onset": "onset.gradual",
    "onset after a movement": "onset.after_movement",
    "onset after lifting": "onset.after_lifting",
    "onset after a fall": "onset.after_fall",
    "onset after an accident": "onset.after_accident",
    "earlier episodes": "earlier_episodes",
    "nature of the pain": "pain_nature",
    "pattern over 24 hours": "worst_time",
    "constant or intermittent": "pain_pattern",
    "what eases": "eased_by",
    "what aggravates": "aggravated_by",
    "night pain": "night_pain",
    "rest pain": "rest_pain",
    "morning stiffness": "morning_stiffness_minutes",
    "cough and sneeze": "cough_sneeze_pain",
    "breathing restriction": "breathing_restriction",
    "radiation to ribs or chest": "radiation.ribs_chest",
    "tension between the shoulder blades": "tension_between_shoulder_blades",
    "numbness": "numbness",
    "tingling": "tingling",
    "weakness": "weakness_felt",
    "bending": "limited_activities.bending",
    "lifting": "limited_activities.lifting",
    "stairs": "limited_activities.stairs",
    "sitting": "limited_activities.sitting",
    "walking": "limited_activities.walking",
    "sleep": "limited_activities.sleeping",
    "work": "work_status",
    "load at work": "work_load",
    "sport": "sport",
    "overload": "overload",
    "posture": "poor_posture",
    "core strength": "core_strength_low",
    "osteoarthritis": "osteoarthritis",
    "herniated disc": "herniated_disc_known",
    "nerve compression": "nerve_compression_known",
    "rheumatic disease": "rheumatic_disease",
    "injury": "trauma_force",
    "pregnancy": "pregnant",
    "postpartum": "postpartum",
    "menstrual complaints": "menstrual_complaints",
    "endometriosis": "endometriosis",
    "household load": "household_load_high",
    "stress": "stress",
    "tension": "tension",
    "sleep deprivation": "sleep_problems",
    "fear of movement": "fear_of_movement",
    "beliefs": "unhelpful_beliefs",
    "coping": "passive_coping",
    "mood": "depressive_feelings",
    "self-direction": "wants_self_direction",
    "anticoagulants": "anticoagulants",
    "corticosteroids": "corticosteroids_long",
    "operations": "surgery_history",
    "recent back surgery": "back_surgery_last_12_months",
    "adhesive allergy": "adhesive_allergy",
    "osteoporosis": "osteoporosis",
    "cancer in the past": "cancer_history",
    "cancer now": "active_malignancy",
    "inspection": "posture_findings",
    "gait": "gait_pattern",
    "movement in flexion": "movement_flexion",
    "movement in extension": "movement_extension",
    "side bending to the left": "movement_side_left",
    "side bending to the right": "movement_side_right",
    "rotation to the left": "movement_rotation_left",
    "rotation to the right": "movement_rotation_right",
    "reflexes": "reflex_ankle_left",
    "Babinski": "plantar_left.extensor",
    "clonus": "clonus",
    "palpation": "trigger_points",
    "bony tenderness": "midline_bony_tenderness",
    "restricted joint": "restricted_joint",
    "instability": "instability_signs",
    "load capacity": "load_capacity",
    "pace of recovery": "recovery_pace",
    "goal": "goal_activity",
    "no concern": "screening.no_concern",
    "concern": "screening.concern",
    "indication": "physiotherapy_indication",
    "physiotherapy diagnosis": "diagnosis_text",
    "DCSPH code": "dcsph_code",
    "pain score": "nprs",
    "patient-specific complaints": "psk_1",
    "Örebro short form": "orebro_1",
    "global perceived effect": "gpe_change",
}
PROMISED_LOW_BACK: dict[str, str] = {
    "SLR": "slr_left",
    "crossed SLR": "crossed_slr_right",
    "slump": "slump_left",
    "femoral stretch": "femoral_stretch_left",
    **{f"strength {root}": f"mrc_{root}_left" for root in ("l2", "l3", "l4", "l5", "s1")},
    **{f"sensation {root}": f"sensation_{root}_right" for root in ("l2", "l3", "l4", "l5", "s1")},
    "P4": "p4_left",
    "ASLR": "aslr",
    "symphysis": "symphysis_tender",
    "STarT Back": "start_back_9",
    "QBPDS": "qbpds_20",
    "ODI": "odi_10",
    "RDQ": "rdq_24",
    "PGQ": "pgq_25",
}
RED_FLAGS = [
    "unexplained_weight_loss",
    "recent_infection",
    "fever_or_chills",
    "bladder_retention",
    "bladder_incontinence",
    "bowel_incontinence",
    "saddle_numbness",
    "sexual_dysfunction_new",
    "bilateral_leg_symptoms",
    "new_bilateral_leg_pain",
    "progressive_leg_weakness",
    "motor_loss_within_48h",
    "gait_disturbance",
    "band_sensation_trunk",
    "new_neurology_elsewhere",
    "new_severe_headache",
    "hand_clumsiness",
    "cancer_history",
    "unexplained_fatigue",
    "night_sweats",
    "general_malaise",
    "no_improvement_after_month",
    "iv_drug_use",
    "immunosuppressed",
    "recent_surgery_or_procedure",
    "urinary_or_skin_infection",
    "tuberculosis_history",
    "indwelling_line",
    "sudden_severe_pain_low_load",
    "increasing_kyphosis_or_height_loss",
    "earlier_osteoporotic_fracture",
    "pulsating_abdomen",
    "known_aortic_aneurysm",
    "collapse_or_fainting",
    "abdominal_pain_with_back_pain",
    "chest_pain",
    "shortness_of_breath",
    "palpitations",
    "autonomic_signs",
    "colicky_flank_pain",
    "blood_in_urine",
    "painful_urination",
    "pain_linked_to_meals",
    "recent_needling_near_chest",
    "increasing_pain_after_surgery",
]
HEART_LUNGS_ORGANS = [
    "chest_pain",
    "shortness_of_breath",
    "palpitations",
    "autonomic_signs",
    "colicky_flank_pain",
    "blood_in_urine",
    "painful_urination",
    "pain_linked_to_meals",
    "breathing_restriction",
]
EVERYWHERE = ["plantar_left", "plantar_right", "clonus", "gait_pattern", "reflex_knee_left", "leg_strength_impression"]
LUMBAR_OR_PELVIC = re.compile(
    r"(slr|crossed_slr|femoral_stretch|mrc|sensation_[ls]\d|p4|aslr|sij|symphysis|leg_pain)(_|$)"
)
MADE_FOR_THE_LOW_BACK = re.compile(r"(start_back|qbpds|odi|rdq|pgq)_")

# Words that are the same in both languages.
SAME_IN_BOTH = {"Slump", "STarT Back", *"PST"}  # names, and letters on the body chart
SAME_IN_BOTH |= {"COPD", "Migraine", "paracetamol", "metoprolol", "amlodipine", "levothyroxine", "amitriptyline"}
ADDRESSES_THE_PATIENT = re.compile(r"\b(je|jij|jou|jouw|u|uw)\b", re.IGNORECASE)
OF_THE_TRADE = re.compile(r"anamnese|dermatoom|radiculair|sacroiliac|participatie|comorbid|neurologisch|trauma\b", re.I)
FRIGHTENING = re.compile(r"letsel|degenerati|slijtage|aspecifiek", re.IGNORECASE)


@pytest.fixture(scope="module")
def parts() -> Parts:
    return read_intake_content(CONTENT)


@pytest.fixture(scope="module")
def questionnaires(parts: Parts) -> dict[str, Questionnaire]:
    return compose_all(parts)


@pytest.fixture(scope="module")
def low_back(questionnaires: dict[str, Questionnaire]) -> Questionnaire:
    return questionnaires["low_back"]


def _texts(value: object, path: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every bilingual text in content, with where it stands."""
    if isinstance(value, Mapping):
        if set(value) == {"nl", "en"}:
            yield path, value
            return
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            name = inner.get("code", position) if isinstance(inner, Mapping) else position
            yield from _texts(inner, f"{path}[{name}]")


def _folded(questionnaire: Questionnaire, findings: Mapping[str, Any]) -> set[str]:
    """The questions that are one click away, given findings."""
    return {item.code for item in questionnaire.items.values() if not item.is_core(findings)}


class TestQuestionnaires:
    def test_each_region_has_its_questionnaire(self, questionnaires: dict[str, Questionnaire]) -> None:
        assert {code: questionnaire.region for code, questionnaire in questionnaires.items()} == REGIONS

    @pytest.mark.parametrize("code", REGIONS)
    def test_the_page_follows_the_consult(self, code: str, questionnaires: dict[str, Questionnaire]) -> None:
        assert [section.code for section in questionnaires[code].sections] == SECTIONS

    @pytest.mark.parametrize("code", REGIONS)
    @pytest.mark.parametrize("topic", PROMISED)
    def test_promised_topics_are_asked(self, topic: str, code: str, questionnaires: dict[str, Questionnaire]) -> None:
        _assert_asked(questionnaires[code], PROMISED[topic])

    @pytest.mark.parametrize("topic", PROMISED_LOW_BACK)
    def test_promised_topics_of_the_low_back_are_asked(self, topic: str, low_back: Questionnaire) -> None:
        _assert_asked(low_back, PROMISED_LOW_BACK[topic])

    @pytest.mark.parametrize("code", EVERYWHERE)
    def test_signs_of_the_cord_are_examined_in_every_region(
        self, code: str, questionnaires: dict[str, Questionnaire]
    ) -> None:
        assert all(code in questionnaire.items for questionnaire in questionnaires.values())

    @pytest.mark.parametrize("pattern", [LUMBAR_OR_PELVIC, MADE_FOR_THE_LOW_BACK])
    def test_what_is_of_the_low_back_stays_there(
        self, pattern: re.Pattern[str], questionnaires: dict[str, Questionnaire]
    ) -> None:
        found = {name: sum(bool(pattern.match(code)) for code in one.items) for name, one in questionnaires.items()}
        assert found["low_back"] > 30
        assert found["mid_back"] == found["upper_back"] == 0


def _assert_asked(questionnaire: Questionnaire, wanted: str) -> None:
    code, _, choice = wanted.partition(".")
    assert code in questionnaire.items
    if choice:
        assert choice in {each.code for each in questionnaire.items[code].choices}


class TestWording:
    def test_every_text_is_bilingual(self, parts: Parts) -> None:
        texts = list(_texts(parts))
        assert len(texts) > 900
        assert [path for path, text in texts if not (text["nl"].strip() and text["en"].strip())] == []

    def test_dutch_and_english_differ(self, parts: Parts) -> None:
        texts = [text for path, text in _texts(parts) if ".also_called" not in path]  # names of medicines
        same = {text["nl"] for text in texts if text["nl"] == text["en"]}
        assert same <= SAME_IN_BOTH

    def test_only_what_patients_read_themselves_addresses_them(self, parts: Parts) -> None:
        for_therapists = [(path, text) for path, text in _texts(parts) if ".patient" not in path]
        assert [path for path, text in for_therapists if ADDRESSES_THE_PATIENT.search(text["nl"])] == []

    def test_patients_read_short_questions_without_terms_of_the_trade(self, parts: Parts) -> None:
        for_patients = [(path, text["nl"]) for path, text in _texts(parts) if ".patient" in path]
        assert [path for path, text in for_patients if len(text) > 130 or OF_THE_TRADE.search(text)] == []

    def test_no_words_that_frighten(self, parts: Parts) -> None:
        assert [path for path, text in _texts(parts) if FRIGHTENING.search(text["nl"])] == []

    def test_labels_are_short(self, low_back: Questionnaire) -> None:
        assert {item.code for item in low_back.items.values() if len(item.label.nl) > 90} == set()

    def test_two_questions_never_read_the_same(self, questionnaires: dict[str, Questionnaire]) -> None:
        for questionnaire in questionnaires.values():
            for section in questionnaire.sections:
                labels = [(item.instrument, item.label.nl) for item in section.items]
                assert len(set(labels)) == len(labels)


class TestRedFlags:
    @pytest.mark.parametrize("code", REGIONS)
    def test_the_three_written_down_least_often_come_first(
        self, code: str, questionnaires: dict[str, Questionnaire]
    ) -> None:
        assert [item.code for item in _section(questionnaires[code], "red_flags")[:3]] == RED_FLAGS[:3]

    @pytest.mark.parametrize("code", REGIONS)
    def test_every_red_flag_must_be_answered_with_direct_access(
        self, code: str, questionnaires: dict[str, Questionnaire]
    ) -> None:
        flags = [item for item in _section(questionnaires[code], "red_flags") if item.red_flag]
        assert {item.code for item in flags} == set(RED_FLAGS)
        assert {item.required for item in flags} == {Required.DIRECT_ACCESS}

    @pytest.mark.parametrize("code", REGIONS)
    def test_a_red_flag_of_that_section_is_never_hidden(
        self, code: str, questionnaires: dict[str, Questionnaire]
    ) -> None:
        flags = [item for item in _section(questionnaires[code], "red_flags") if item.red_flag]
        assert [item.code for item in flags if item.ask_when] == []

    @pytest.mark.parametrize("code", REGIONS)
    def test_every_red_flag_rests_on_a_source(self, code: str, questionnaires: dict[str, Questionnaire]) -> None:
        flags = [item for item in questionnaires[code].items.values() if item.red_flag]
        assert [item.code for item in flags if not item.backing.sources or not item.backing.evidence] == []

    @pytest.mark.parametrize("code", HEART_LUNGS_ORGANS)
    def test_heart_lungs_and_organs_are_on_the_page_of_mid_and_upper_back(
        self, code: str, questionnaires: dict[str, Questionnaire]
    ) -> None:
        for name in ("mid_back", "upper_back"):
            questionnaire = questionnaires[name]
            assert code not in _folded(questionnaire, {"region": questionnaire.region})
        assert code in _folded(questionnaires["low_back"], {"region": "low"})

    def test_flank_pain_brings_them_onto_the_page_of_the_low_back(self, low_back: Questionnaire) -> None:
        findings = {"region": "low", "pain_location": frozenset({"low_back", "flank"})}
        assert "colicky_flank_pain" not in _folded(low_back, findings)


def _section(questionnaire: Questionnaire, code: str) -> tuple[Item, ...]:
    return next(section.items for section in questionnaire.sections if section.code == code)


class TestRecordKeeping:
    ALWAYS = {
        "identity_checked",
        "gp_consent",
        "request_for_help",
        "weeks_since_onset",
        "course",
        "medical_history_asked",
        "limited_activities",
        "physiotherapy_indication",
        "diagnosis_text",
    }
    DIRECT_ACCESS = {"screening", "further_examination_indicated", "deviating_findings", "advice_given"}

    @pytest.mark.parametrize("code", REGIONS)
    def test_mandatory_is_what_the_guideline_asks(self, code: str, questionnaires: dict[str, Questionnaire]) -> None:
        items = questionnaires[code].items.values()
        assert {item.code for item in items if item.required is Required.ALWAYS} == self.ALWAYS
        by_route = {item.code for item in items if item.required is Required.DIRECT_ACCESS}
        assert by_route == self.DIRECT_ACCESS | set(RED_FLAGS)

    def test_findings_and_advice_are_due_only_with_concern(self, low_back: Questionnaire) -> None:
        assert {"deviating_findings", "advice_given"} <= low_back.hidden({"screening": "no_concern"})
        assert not {"deviating_findings", "advice_given"} & low_back.hidden({"screening": "concern"})

    @pytest.mark.parametrize("code", REGIONS)
    def test_only_history_medication_work_and_sport_carry_over(
        self, code: str, questionnaires: dict[str, Questionnaire]
    ) -> None:
        for section in questionnaires[code].sections:
            for item in section.items:
                assert not item.carry_over or (section.code in {"medical", "functioning"} and not item.red_flag)


class TestPage:
    @pytest.mark.parametrize(("code", "most"), [("low_back", 140), ("mid_back", 160), ("upper_back", 160)])
    def test_the_page_is_short_before_the_first_answer(
        self, code: str, most: int, questionnaires: dict[str, Questionnaire]
    ) -> None:
        questionnaire = questionnaires[code]
        start = {"region": questionnaire.region, "age": 45, "sex": "female", "route": "referral"}
        on_page = questionnaire.visibility(start).keys() - questionnaire.hidden(start) - _folded(questionnaire, start)
        undecided = {item.code for item in questionnaire.items.values() if item.ask_when}
        assert len(on_page - undecided) <= most < len(questionnaire.items)

    def test_nothing_that_must_be_answered_is_a_click_away(self, questionnaires: dict[str, Questionnaire]) -> None:
        for questionnaire in questionnaires.values():
            items = questionnaire.items.values()
            assert [item.code for item in items if item.required is Required.ALWAYS and item.shown is Shown.MORE] == []

    def test_radiation_into_the_leg_opens_the_neurological_examination(self, low_back: Questionnaire) -> None:
        tests = {"slr_left", "mrc_l5_left", "sensation_s1_right", "reflex_ankle_left", "plantar_left"}
        assert tests <= _folded(low_back, {"region": "low", "radiation": frozenset({"none"})})
        assert not tests & _folded(low_back, {"region": "low", "radiation": frozenset({"below_knee"})})

    def test_long_complaints_open_the_inflammatory_questions(self, low_back: Questionnaire) -> None:
        questions = {"improves_with_exercise", "improves_with_rest", "uveitis", "psoriasis"}
        short = {
            "weeks_since_onset": 3,
            "morning_stiffness_minutes": 0,
            "night_pain": False,
            "rheumatic_disease": False,
        }
        assert questions <= _folded(low_back, short)
        assert not questions & _folded(low_back, {"weeks_since_onset": 13})

    def test_pregnancy_is_not_asked_of_men(self, low_back: Questionnaire) -> None:
        asked = {"pregnant", "postpartum", "menstrual_complaints"}
        assert asked <= low_back.hidden({"sex": "male", "age": 30})
        assert not asked & low_back.hidden({"sex": "female", "age": 30})


class TestSources:
    def test_every_source_has_a_title_and_an_address(self, parts: Parts) -> None:
        for key, source in parts["sources"].items():
            assert source["title"], key
            assert source["url"].startswith("http"), key
            assert source["year"] is None or 1980 <= source["year"] <= 2026, key

    @pytest.mark.parametrize("code", REGIONS)
    def test_evidence_and_sources_go_together(self, code: str, questionnaires: dict[str, Questionnaire]) -> None:
        items = questionnaires[code].items.values()
        assert [item.code for item in items if bool(item.backing.sources) != bool(item.backing.evidence)] == []


class TestNewRegion:
    def test_the_example_of_the_documentation_composes(self, parts: Parts) -> None:
        example = _yaml_example((CONTENT.parents[1] / "docs" / "content.md").read_text(encoding="utf-8"))
        neck = compose({**parts, "questionnaires": {"neck": example}}, "neck")
        assert neck.region == "neck"
        assert {"dizziness", "saddle_numbness", "nprs"} <= neck.items.keys()
        assert "slr_left" not in neck.items


def _yaml_example(page: str) -> Any:
    """The questionnaire that the page shows."""
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    return next(content for content in map(yaml.safe_load, blocks) if "sections" in content)
