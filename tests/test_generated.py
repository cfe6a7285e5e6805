"""The pages of docs/generated are those of the content and code beside them."""

import json

import pytest

from plans.domain.lifecycle import PLAN_TRANSITIONS
from tests.cases.running import back_pain
from tests.generated import FOLDER, diagram, files

MADE = files()


@pytest.mark.parametrize("name", MADE)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == MADE[name], "run: make docs"


def test_each_rule_stands_on_the_page_of_rules() -> None:
    assert [rule.code for rule in back_pain().rules if f"| {rule.code} |" not in MADE["rules.md"]] == []


def test_the_format_of_an_intake_names_its_questionnaire() -> None:
    schema = json.loads(MADE["intake_low_back.schema.json"])
    assert schema["properties"]["questionnaire"] == {"const": "low_back"}


def test_a_life_is_drawn_from_its_table() -> None:
    drawn = diagram(PLAN_TRANSITIONS).splitlines()
    assert {"  [*] --> draft", "  paused --> active", "  stopped --> [*]"} <= set(drawn)
    assert "  draft --> completed" not in drawn
