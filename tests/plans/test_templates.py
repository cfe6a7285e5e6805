"""What the plan templates for back pain promise, and the texts that patients read in them."""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from plans.domain.plan import sessions_needed, template_choices
from plans.domain.protocol import Gate, JudgeTechnique, Propose, Protocol, compose
from plans.management.content_files import read_protocol_content

CONTENT = Path(__file__).resolve().parents[2] / "plans" / "content" / "back_pain"

# code: (kind, weeks, sessions, evaluation weeks, later check)
PROMISED_TEMPLATES: dict[str, tuple[str, int, int, list[int], int | None]] = {
    "low_back_acute_profile_2": ("course", 4, 5, [3, 4], 6),
    "low_back_subacute_profile_2": ("course", 6, 7, [3, 6], None),
    "low_back_chronic_profile_2": ("course", 8, 8, [3, 6, 8], None),
    "low_back_profile_3": ("course", 8, 11, [6, 8], 12),
    "low_back_chronic_profile_3_work": ("course", 8, 12, [6, 8], 12),
    "radicular_high_reactivity": ("course", 8, 10, [3, 6, 8], 12),
    "radicular_moderate_reactivity": ("course", 6, 7, [3, 6], None),
    "suspected_stenosis": ("course", 6, 9, [3, 6], 12),
    "pelvic_girdle_pregnancy": ("course", 6, 4, [3, 6], None),
    "stress_related_back_pain": ("course", 8, 7, [6, 8], 12),
    "osteoporotic_after_clearance": ("course", 8, 8, [3, 6, 8], None),
    "mid_back_mobility": ("course", 4, 6, [3, 4], 6),
    "upper_back_posture_mobility": ("course", 6, 7, [3, 6], None),
    "after_recurrence": ("course", 5, 5, [3, 5], 12),
    "self_management_profile_1": ("self_management", 3, 2, [3], None),
    "pelvic_follow_up": ("follow_up", 12, 8, [6, 12], 24),
}

# what a practice was promised: the template that keeps it, and the techniques that make it recognisable
PROMISES: dict[str, tuple[str, set[str]]] = {
    "acute": ("low_back_acute_profile_2", {"education", "exercise_mobilising", "exercise_functional"}),
    "subacute": ("low_back_subacute_profile_2", {"exercise_stability", "exercise_strength"}),
    "chronic": ("low_back_chronic_profile_2", {"exercise_strength", "exercise_functional"}),
    "low back, profile 3": ("low_back_profile_3", {"pain_education", "graded_activity", "coaching"}),
    "work": ("low_back_chronic_profile_3_work", {"return_to_work_guidance", "graded_activity"}),
    "radicular, high reactivity": ("radicular_high_reactivity", {"exercise_breathing_relaxation"}),
    "radicular, moderate reactivity": ("radicular_moderate_reactivity", {"graded_activity"}),
    "suspected stenosis": ("suspected_stenosis", {"exercise_mobilising", "exercise_strength", "graded_activity"}),
    "pelvic pain in pregnancy": ("pelvic_girdle_pregnancy", {"education", "exercise_stability"}),
    "stress-related": ("stress_related_back_pain", {"exercise_breathing_relaxation", "coaching"}),
    "osteoporosis after clearance": ("osteoporotic_after_clearance", {"exercise_strength", "exercise_stability"}),
    "mid back": ("mid_back_mobility", {"exercise_mobilising", "exercise_breathing_relaxation"}),
    "upper back": ("upper_back_posture_mobility", {"posture_ergonomic_advice", "exercise_strength"}),
    "after recurrence": ("after_recurrence", {"coaching", "exercise_strength"}),
    "self-management": ("self_management_profile_1", {"education"}),
    "pelvic follow-up": ("pelvic_follow_up", {"exercise_stability", "exercise_strength"}),
}

# code: (category, competence, special procedure)
TECHNIQUES: dict[str, tuple[str, str | None, bool]] = {
    "mobilisation": ("manual_therapy", "manual_techniques", False),
    "manipulation": ("manual_therapy", "manipulation", True),
    "dry_needling": ("dry_needling", "dry_needling", True),
    "exercise_stability": ("exercise_therapy", None, False),
    "exercise_mobilising": ("exercise_therapy", None, False),
    "exercise_functional": ("exercise_therapy", None, False),
    "exercise_strength": ("exercise_therapy", None, False),
    "exercise_stretching": ("exercise_therapy", None, False),
    "exercise_breathing_relaxation": ("exercise_therapy", None, False),
    "graded_activity": ("exercise_therapy", None, False),
    "medical_taping": ("taping", "taping", False),
    "massage": ("massage", None, False),
    "education": ("education", None, False),
    "pain_education": ("education", None, False),
    "posture_ergonomic_advice": ("advice", None, False),
    "coaching": ("coaching", None, False),
    "return_to_work_guidance": ("coaching", None, False),
}
ADJUNCTS = {"mobilisation", "manipulation", "dry_needling", "medical_taping", "massage"}
DISPUTED = ["dry_needling", "medical_taping"]
RADICULAR = ["radicular_high_reactivity", "radicular_moderate_reactivity"]

# what a dose must name, per kind of exercise (guideline table; balance as the flexibility times)
DOCUMENTED_DOSES = {
    "strength": ["2 tot 4 keer", "8 tot 12", "30 tot 60 seconden", "2 of 3 dagen", "48 uur"],
    "stretching": ["2 tot 4 keer", "10 tot 30 seconden", "2 of 3 dagen", "8 tot 10 minuten"],
    "aerobic": ["30 minuten", "dagen per week"],
    "stability": ["Geen vaste dosis"],
}
# which kinds of exercise carry out a technique
CARRIED_OUT_BY = {
    "exercise_strength": {"strength"},
    "exercise_stretching": {"stretching"},
    "exercise_mobilising": {"mobility"},
    "exercise_stability": {"stability", "balance"},
    "exercise_functional": {"functional", "graded"},
    "exercise_breathing_relaxation": {"relaxation"},
    "graded_activity": {"graded", "aerobic", "functional"},
}
DOSE = re.compile(r"(?:(\d+) tot )?(\d+) keer (?:(\d+) tot )?(\d+) (seconden|herhalingen)")
DOCUMENTED_RANGES = {"seconden": (10, 30), "herhalingen": (8, 12)}
FRIGHTENING = re.compile(r"letsel|degenerati|slijtage|aspecifiek|wear and tear", re.IGNORECASE)
SAME_IN_BOTH_LANGUAGES = {"Dry needling", "Medical taping", "Massage"}


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def by_code(name: str) -> dict[str, dict[str, Any]]:
    return {entry["code"]: entry for entry in read(CONTENT / f"{name}.yaml")[name]}


TEMPLATES: dict[str, dict[str, Any]] = {
    path.stem: read(path) for path in sorted((CONTENT / "templates").glob("*.yaml"))
}
TECHNIQUE_ENTRIES = by_code("techniques")
EXERCISES = by_code("exercises")
ADVICE = by_code("advice")
SOURCES = {key for path in CONTENT.glob("sources*.yaml") for key in read(path)}
every_template = pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES.keys())


def technique_uses(template: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for phase in template["phases"]:
        yield from phase["techniques"]


def core_techniques(template: dict[str, Any]) -> set[str]:
    return {use["code"] for use in technique_uses(template) if use["core"]}


def exercise_codes(template: dict[str, Any]) -> set[str]:
    return {code for phase in template["phases"] for code in phase["exercises"]}


def doses(template: dict[str, Any]) -> set[str]:
    return {use["dose"]["nl"] for use in technique_uses(template)}


def session_count(template: dict[str, Any]) -> Fraction:
    per_phase = [phase["weeks"] * Fraction(str(phase["sessions_per_week"])) for phase in template["phases"]]
    return sum(per_phase, Fraction(0))


def texts(content: Any, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every bilingual text in content, with where it stands."""
    if isinstance(content, dict):
        if "nl" in content or "en" in content:
            yield path, content
            return
        for key, value in content.items():
            yield from texts(value, f"{path}.{key}")
    elif isinstance(content, list):
        for position, value in enumerate(content):
            yield from texts(value, f"{path}[{position}]")


def all_content() -> Iterator[tuple[str, Any]]:
    yield from TEMPLATES.items()
    yield from (("techniques", TECHNIQUE_ENTRIES), ("exercises", EXERCISES), ("advice", ADVICE))


ALL_TEXTS = [(f"{name}{path}", text) for name, content in all_content() for path, text in texts(content)]

FOR_PATIENTS = (".aim", ".plain", ".instruction", ".home_programme", ".text")
PATIENT_TEXTS = [(where, text) for where, text in ALL_TEXTS if where.endswith(FOR_PATIENTS) and ".goals" not in where]
LONGEST_SENTENCE = 22  # words; our own bound for plain language at level B1


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return compose(read_protocol_content(CONTENT))


@pytest.mark.parametrize("code", PROMISED_TEMPLATES)
def test_template_composes_with_its_exact_number_of_sessions(protocol: Protocol, code: str) -> None:
    template = protocol.templates[code]
    assert template.sessions == PROMISED_TEMPLATES[code][2]
    assert template.weeks == PROMISED_TEMPLATES[code][1]


@pytest.mark.parametrize("code", PROMISED_TEMPLATES)
def test_every_evaluation_has_a_session_to_be_held_in(protocol: Protocol, code: str) -> None:
    template = protocol.templates[code]
    sessions = sessions_needed(template_choices(template), template.session_minutes, template.evaluation_weeks)
    assert sum(session.measurement for session in sessions) == len(template.evaluation_weeks)
    assert sessions[-1].week == template.weeks


def test_a_rule_proposes_each_template(protocol: Protocol) -> None:
    proposed = {rule.conclude.template for rule in protocol.rules if isinstance(rule.conclude, Propose)}
    assert proposed == set(PROMISED_TEMPLATES)


def test_no_rule_makes_more_of_a_disputed_technique_than_possible(protocol: Protocol) -> None:
    judged = [rule.conclude for rule in protocol.rules if isinstance(rule.conclude, JudgeTechnique)]
    favoured = {judgement.gate for judgement in judged if judgement.technique in DISPUTED and judgement.gate.favours}
    assert favoured == {Gate.POSSIBLE}


def test_the_promised_templates_are_there_and_no_others() -> None:
    assert set(TEMPLATES) == set(PROMISED_TEMPLATES)
    assert all(template["code"] == name for name, template in TEMPLATES.items())
    assert sum(template["kind"] == "course" for template in TEMPLATES.values()) == 14


@pytest.mark.parametrize("code", PROMISED_TEMPLATES)
def test_template_has_the_promised_length_sessions_and_evaluations(code: str) -> None:
    template = TEMPLATES[code]
    found = (
        template["kind"],
        template["weeks"],
        session_count(template),
        template["evaluation_weeks"],
        template.get("later_check_week"),
    )
    assert found == PROMISED_TEMPLATES[code]


@pytest.mark.parametrize(("code", "techniques"), PROMISES.values(), ids=PROMISES.keys())
def test_each_promised_kind_of_course_has_its_own_core_techniques(code: str, techniques: set[str]) -> None:
    assert techniques <= core_techniques(TEMPLATES[code])


@every_template
def test_phases_fill_the_weeks_with_whole_numbers_of_sessions(template: dict[str, Any]) -> None:
    assert sum(phase["weeks"] for phase in template["phases"]) == template["weeks"]
    for phase in template["phases"]:
        per_week = Fraction(str(phase["sessions_per_week"]))
        assert (2 * per_week).denominator == 1, phase["code"]
        assert (phase["weeks"] * per_week).denominator == 1, phase["code"]
        assert per_week > 0


@every_template
def test_length_fits_the_kind_of_plan(template: dict[str, Any]) -> None:
    later_contact = template["kind"] == "follow_up" and "later_check_week" in template
    contacts = session_count(template) + later_contact
    limits = {"course": (4, 8, 12), "self_management": (1, 3, 3), "follow_up": (1, 26, 9)}
    shortest, longest, most_contacts = limits[template["kind"]]
    assert shortest <= template["weeks"] <= longest
    assert contacts <= most_contacts


@every_template
def test_every_code_a_template_names_exists(template: dict[str, Any]) -> None:
    assert {use["code"] for use in technique_uses(template)} <= set(TECHNIQUE_ENTRIES)
    assert exercise_codes(template) <= set(EXERCISES)
    assert {*template["advice"], *template["prevention"], *template["safety_net"]} <= set(ADVICE)


@every_template
def test_advice_is_given_at_its_moment(template: dict[str, Any]) -> None:
    assert {ADVICE[code]["when_given"] for code in template["advice"]} == {"intake"}
    assert {ADVICE[code]["when_given"] for code in template["prevention"]} == {"discharge"}
    assert {ADVICE[code]["when_given"] for code in template["safety_net"]} == {"safety_net"}


@every_template
def test_techniques_without_firm_evidence_or_as_addition_are_never_core(template: dict[str, Any]) -> None:
    assert not core_techniques(template) & ADJUNCTS
    for phase in template["phases"]:
        assert any(use["core"] for use in phase["techniques"]), phase["code"]


@every_template
def test_exercises_of_a_phase_carry_out_its_techniques(template: dict[str, Any]) -> None:
    for phase in template["phases"]:
        kinds = {EXERCISES[code]["category"] for code in phase["exercises"]}
        for use in phase["techniques"]:
            wanted = CARRIED_OUT_BY.get(use["code"])
            assert wanted is None or wanted & kinds, (phase["code"], use["code"])


@every_template
def test_a_dose_that_counts_exercises_has_that_many_in_its_phase(template: dict[str, Any]) -> None:
    for phase in template["phases"]:
        kinds = [EXERCISES[code]["category"] for code in phase["exercises"]]
        for use in phase["techniques"]:
            promised = re.match(r"(\d+) (?:of \d+ )?(?:\w*oefening|spiergroep|beweging)", use["dose"]["nl"])
            if promised and use["code"] in CARRIED_OUT_BY:
                found = sum(kind in CARRIED_OUT_BY[use["code"]] for kind in kinds)
                assert found >= int(promised[1]), (phase["code"], use["code"])


@every_template
def test_every_step_names_the_response_after_24_hours(template: dict[str, Any]) -> None:
    for phase in template["phases"]:
        assert re.search(r"24 uur", phase["go_on_when"]["nl"]), phase["code"]
        assert re.search(r"24 hours", phase["go_on_when"]["en"]), phase["code"]


@every_template
def test_measurements_stand_at_start_in_between_and_at_the_end(template: dict[str, Any]) -> None:
    moments = {moment["week"]: set(moment["instruments"]) for moment in template["measurements"]}
    assert set(moments) == {0, *template["evaluation_weeks"]}
    assert max(moments) == template["weeks"]
    usual = {"nprs", "psk", "qbpds"} if "low" in template["regions"] else {"nprs", "psk"}
    assert all(usual <= instruments for instruments in moments.values())
    assert [week for week, instruments in moments.items() if "gpe" in instruments] == [template["weeks"]]


@every_template
def test_start_back_is_only_taken_at_the_start_and_only_for_the_low_back(template: dict[str, Any]) -> None:
    weeks = [moment["week"] for moment in template["measurements"] if "start_back" in moment["instruments"]]
    assert weeks in ([], [0])
    if weeks:
        assert template["regions"] == ["low"]


@every_template
def test_numbers_of_sessions_are_tagged_as_a_proposal(template: dict[str, Any]) -> None:
    assert template["evidence"] == "proposal"


@pytest.mark.parametrize("code", RADICULAR)
def test_radicular_templates_leave_out_what_the_guideline_advises_against(code: str) -> None:
    assert not {use["code"] for use in technique_uses(TEMPLATES[code])} & ADJUNCTS


@pytest.mark.parametrize("code", RADICULAR)
def test_radicular_templates_see_a_patient_with_motor_loss_again_within_four_days(code: str) -> None:
    go_on_when = TEMPLATES[code]["phases"][0]["go_on_when"]
    assert "(MRC 4) is het eerste vervolgcontact binnen 4 dagen" in go_on_when["nl"]
    assert "(MRC 4) the first follow-up is within 4 days" in go_on_when["en"]
    assert {"cauda_equina_safety_net", "nerve_root_safety_net"} <= set(TEMPLATES[code]["safety_net"])


@pytest.mark.parametrize(("one", "other"), list(combinations(TEMPLATES, 2)))
def test_two_templates_differ_visibly_in_techniques_exercises_and_dose(one: str, other: str) -> None:
    first, second = TEMPLATES[one], TEMPLATES[other]
    shared_exercises = exercise_codes(first) & exercise_codes(second)
    assert len(shared_exercises) <= len(exercise_codes(first) | exercise_codes(second)) / 2
    assert len(doses(first) & doses(second)) <= len(doses(first) | doses(second)) / 4


def test_techniques_have_category_competence_and_procedure_as_promised() -> None:
    found = {
        code: (entry["category"], entry["competence"], entry["special_procedure"])
        for code, entry in TECHNIQUE_ENTRIES.items()
    }
    assert found == TECHNIQUES
    assert {code for code, entry in TECHNIQUE_ENTRIES.items() if entry["adjunct_only"]} == ADJUNCTS


@pytest.mark.parametrize("code", DISPUTED)
def test_disputed_techniques_say_so_to_therapist_and_patient(code: str) -> None:
    entry = TECHNIQUE_ENTRIES[code]
    assert entry["evidence"] == "proposal"
    assert "Nooit meer dan een mogelijkheid" in entry["help"]["nl"]
    assert "niet" in entry["plain"]["nl"]


@every_template
def test_doses_in_a_template_stay_within_the_documented_ranges(template: dict[str, Any]) -> None:
    for use in technique_uses(template):
        for fewest, most, low, high, unit in DOSE.findall(use["dose"]["nl"]):
            lower, upper = DOCUMENTED_RANGES[unit]
            assert 2 <= int(fewest or most) <= int(most) <= 4, use["dose"]
            assert lower <= int(low or high) <= int(high) <= upper, use["dose"]


def test_there_are_enough_exercises_and_each_is_used() -> None:
    used = set().union(*(exercise_codes(template) for template in TEMPLATES.values()))
    assert len(EXERCISES) >= 30
    assert used == set(EXERCISES)


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES.keys())
def test_dose_of_an_exercise_stays_within_the_documented_ranges(exercise: dict[str, Any]) -> None:
    for part in DOCUMENTED_DOSES.get(exercise["category"], []):
        assert part in exercise["dose"]["nl"] or exercise["evidence"] == "proposal"
    assert exercise["dose"]["nl"].strip()


@pytest.mark.parametrize(("where", "text"), ALL_TEXTS, ids=[where for where, _ in ALL_TEXTS])
def test_text_stands_in_both_languages_without_words_that_frighten(where: str, text: dict[str, str]) -> None:
    assert set(text) == {"nl", "en"}
    assert text["nl"].strip()
    assert text["en"].strip()
    assert text["nl"] != text["en"] or text["nl"] in SAME_IN_BOTH_LANGUAGES
    assert not FRIGHTENING.search(text["nl"] + " " + text["en"])


@pytest.mark.parametrize(("where", "text"), PATIENT_TEXTS, ids=[where for where, _ in PATIENT_TEXTS])
def test_patients_read_short_sentences(where: str, text: dict[str, str]) -> None:
    sentences = [sentence for language in ("nl", "en") for sentence in re.split(r"(?<=[.?!])\s+", text[language])]
    assert not [sentence for sentence in sentences if len(sentence.split()) > LONGEST_SENTENCE]


@pytest.mark.parametrize(("where", "text"), ALL_TEXTS, ids=[where for where, _ in ALL_TEXTS])
def test_titles_address_nobody(where: str, text: dict[str, str]) -> None:
    if where.endswith(".title"):
        assert not re.search(r"\b(je|jij|jouw|u|uw)\b", text["nl"], re.IGNORECASE)


def test_sources_of_the_plans_are_named_once_and_used() -> None:
    own, shared = read(CONTENT / "sources_plans.yaml"), read(CONTENT / "sources.yaml")
    entries = [*TEMPLATES.values(), *TECHNIQUE_ENTRIES.values(), *EXERCISES.values(), *ADVICE.values()]
    assert not set(own) & set(shared)
    assert set(own) <= {key for entry in entries for key in entry["sources"]}
    assert all(set(source) <= {"title", "year", "url", "note"} for source in own.values())


def test_every_statement_names_a_source_that_is_listed() -> None:
    entries = [*TEMPLATES.values(), *TECHNIQUE_ENTRIES.values(), *EXERCISES.values(), *ADVICE.values()]
    for entry in entries:
        assert entry["sources"], entry["code"]
        assert set(entry["sources"]) <= SOURCES, entry["code"]
        assert entry["evidence"] in {"verified", "verified_secondary", "unverified", "proposal"}


@every_template
def test_the_guide_shows_the_numbers_of_the_template(template: dict[str, Any]) -> None:
    guide = (CONTENT.parents[2] / "docs" / "guide" / "plans.md").read_text(encoding="utf-8")
    weeks = ", ".join(str(week) for week in template["evaluation_weeks"])
    row = [
        f"`{template['code']}` {template['title']['en']}",
        str(template["weeks"]),
        str(session_count(template)),
        weeks,
        str(template.get("later_check_week", "-")),
    ]
    assert f"| {' | '.join(row)} |" in guide
