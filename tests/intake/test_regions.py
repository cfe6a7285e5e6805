"""A complaint region is content: files alone give it a form, findings, a suggestion and a template."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from intake.models import Intake, QuestionnaireVersion
from plans.models import Plan
from tests.factories.patients import EpisodeFactory
from tests.factories.practice import StaffFactory

pytestmark = pytest.mark.django_db


def both(dutch: str, english: str) -> dict[str, str]:
    """A text in both languages."""
    return {"nl": dutch, "en": english}


BACKED = {"sources": ["knee_guideline"], "evidence": "proposal"}
SOURCES = {"knee_guideline": {"title": "A guideline on knees", "year": 2020, "url": "https://example.org/knee"}}
SWOLLEN = {"code": "knee_swollen", "kind": "yes_no", "required": "always", "label": both("Dik", "The knee is swollen")}
LOCKS = {"code": "knee_locks", "kind": "yes_no", "red_flag": True, "label": both("Op slot", "The knee locks")}
BENDING = {"code": "knee_bend_degrees", "kind": "number", "unit": "degrees", "label": both("Buigen", "Bending")}
STIFF = {"code": "knee_stiff", "kind": "when", "when": "knee_bend_degrees < 90", "label": both("Stijf", "Stiff knee")}
FILES: dict[str, dict[str, Any]] = {
    "intake/content/sources.yaml": SOURCES,
    "intake/content/items/knee.yaml": {
        "section": "knee",
        "title": both("De knie", "The knee"),
        "items": [SWOLLEN | BACKED, LOCKS | BACKED, BENDING | {"minimum": 0, "maximum": 160} | BACKED],
    },
    "intake/content/derived/knee.yaml": {"derived": [STIFF | BACKED]},
    "intake/content/questionnaires/knee.yaml": {
        "code": "knee",
        "version": 1,
        "region": "knee",
        "title": both("Knie", "Knee"),
        "sections": ["registration", "knee"],
        "derived": ["knee"],
    },
    "plans/content/knee/sources.yaml": SOURCES,
    "plans/content/knee/protocol.yaml": {
        "code": "knee_pain",
        "version": 1,
        "regions": ["knee"],
        "title": both("Kniepijn", "Knee pain"),
        "labels": {"locked_knee": both("Knie op slot", "Locked knee")},
    },
    "plans/content/knee/techniques.yaml": {
        "techniques": [
            {
                "code": "bending",
                "category": "exercise_therapy",
                "title": both("Buigen oefenen", "Practise bending"),
                "plain": both("U oefent het buigen.", "You practise bending."),
                **BACKED,
            }
        ]
    },
    "plans/content/knee/exercises.yaml": {
        "exercises": [
            {
                "code": "heel_slide",
                "category": "mobility",
                "title": both("Hiel schuiven", "Heel slide"),
                "instruction": both("Schuif de hiel naar de bil.", "Slide your heel to your buttock."),
                "dose": both("10 keer", "10 times"),
                **BACKED,
            }
        ]
    },
    "plans/content/knee/advice.yaml": {
        "advice": [
            {
                "code": "keep_bending",
                "title": both("Blijf buigen", "Keep bending"),
                "text": both("Blijf de knie buigen.", "Keep bending your knee."),
                "when_given": "intake",
                **BACKED,
            }
        ]
    },
    "plans/content/knee/rules/knee.yaml": {
        "rules": [
            {
                "code": "stiff_knee_bends",
                "when": "knee_stiff is yes",
                "conclude": {"template": "knee_mobility", "rank": 50},
                "explanation": both("De knie buigt te weinig.", "The knee bends too little."),
                "examples": [
                    {"kind": "holds", "given": {"knee_bend_degrees": 60}},
                    {"kind": "does_not_hold", "given": {"knee_bend_degrees": 120}},
                    {"kind": "unknown", "given": {}},
                    {"kind": "boundary", "given": {"knee_bend_degrees": 90}, "expect": False},
                ],
                **BACKED,
            },
            {
                "code": "locked_knee_to_gp",
                "when": "knee_locks is yes",
                "conclude": {"red_flag": "locked_knee", "urgency": "within_24h"},
                "explanation": both("De knie zit op slot.", "The knee is locked."),
                "action": both("Bel de huisarts.", "Call the GP."),
                "examples": [
                    {"kind": "holds", "given": {"knee_locks": True}},
                    {"kind": "does_not_hold", "given": {"knee_locks": False}},
                    {"kind": "unknown", "given": {}},
                    {"kind": "boundary", "given": {"knee_locks": True, "knee_swollen": False}, "expect": True},
                ],
                **BACKED,
            },
        ]
    },
    "plans/content/knee/templates/knee_mobility.yaml": {
        "code": "knee_mobility",
        "version": 1,
        "kind": "course",
        "title": both("Knie, soepel buigen", "Knee, mobility"),
        "summary": both("Vier weken buigen.", "Four weeks of bending."),
        "regions": ["knee"],
        "weeks": 4,
        "session_minutes": 30,
        "goals": [{"code": "bend", "text": both("De knie buigt.", "The knee bends.")}],
        "phases": [
            {
                "code": "bend",
                "title": both("Buigen", "Bend"),
                "aim": both("Ruimer buigen.", "Bend further."),
                "weeks": 4,
                "sessions_per_week": 1,
                "techniques": [{"code": "bending", "core": True, "dose": both("3 keer 10", "3 times 10")}],
                "exercises": ["heel_slide"],
                "go_on_when": both("Meer dan 120 graden.", "More than 120 degrees."),
            }
        ],
        "evaluation_weeks": [4],
        "advice": ["keep_bending"],
        **BACKED,
    },
}


@pytest.fixture
def knee(tmp_path: Path) -> Path:
    """A folder with the content of a region that Traject does not know."""
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return tmp_path


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(StaffFactory(roles=["physiotherapist"], language="en"))
    return client


def start(client: Client) -> str:
    """The address of a new intake of a knee, started on screen."""
    address = f"/episodes/{EpisodeFactory().pk}/"
    version = QuestionnaireVersion.objects.get(code="knee")
    assert ">Knee</button>" in client.get(address).content.decode()
    return client.post(f"{address}intakes/start/", {"questionnaire": version.pk}).url


def fill(client: Client, address: str, **answers: str) -> None:
    """Answer on a page that showed nothing yet."""
    typed = {"identity_checked": "yes", "gp_consent": "yes", "knee_swollen": "no"}
    shown = {
        "shown_registration": json.dumps(dict.fromkeys(["identity_checked", "gp_consent"])),
        "shown_knee": json.dumps(dict.fromkeys(["knee_swollen", "knee_locks", "knee_bend_degrees"])),
    }
    client.post(address, shown | typed | answers)


def test_a_region_of_files_alone_goes_all_the_way_to_a_plan(knee: Path, client: Client) -> None:
    call_command("load_content", knee, verbosity=0)
    address = start(client)
    page = client.get(address).content.decode()
    assert "The knee is swollen" in page
    assert 'name="knee_bend_degrees"' in page

    fill(client, address, knee_bend_degrees="85")
    intake = Intake.objects.get()
    assert intake.findings()["knee_stiff"] is True
    done = client.post(address, {"complete": "yes"})
    assert done.url == f"/intakes/{intake.pk}/suggestions/"
    suggested = client.get(done.url).content.decode()
    assert "Knee, mobility" in suggested
    assert "The knee bends too little." in suggested

    adopt = f"/intakes/{intake.pk}/adopt/knee_mobility/"
    form = client.get(adopt).context["form"]
    typed = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    typed = {name: value for name, value in typed.items() if value is not None}
    plan = client.post(adopt, typed | {"goal_text": "Squat down", "discussed": "on"})
    assert Plan.objects.get().plan_template.title.en == "Knee, mobility"
    assert client.get(f"{plan.url}plan.pdf").content.startswith(b"%PDF")


def test_a_red_flag_of_a_region_of_files_alone_interrupts(knee: Path, client: Client) -> None:
    call_command("load_content", knee, verbosity=0)
    address = start(client)
    fill(client, address, knee_locks="yes")
    intake = Intake.objects.get()
    assert client.post(address, {"complete": "yes"}).url == f"/intakes/{intake.pk}/complete/"
    assert "Locked knee" in client.get(address).content.decode()


def test_the_back_stays_as_it_is_beside_a_new_region(knee: Path) -> None:
    call_command("load_content", verbosity=0)
    before = set(QuestionnaireVersion.objects.values_list("code", "version", "content_hash"))
    call_command("load_content", knee, verbosity=0)
    assert before < set(QuestionnaireVersion.objects.values_list("code", "version", "content_hash"))
