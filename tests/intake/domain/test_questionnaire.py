"""Composing a questionnaire from content, and what it asks when."""

from collections.abc import Callable
from typing import Any

import pytest

from intake.domain.composing import compose, compose_all
from intake.domain.items import ItemKind, Required
from intake.domain.questionnaire import Visibility
from intake.domain.reading import ContentError
from tests.intake.domain.sample import sample, sample_parts

Change = Callable[[dict[str, Any]], object]


def problems_after(change: Change) -> list[str]:
    parts = sample_parts()
    change(parts)
    with pytest.raises(ContentError) as caught:
        compose(parts)
    return [str(problem) for problem in caught.value.problems]


def item(parts: dict[str, Any], position: int = 0) -> dict[str, Any]:
    return parts["items"]["complaint"]["items"][position]


def derived(parts: dict[str, Any], position: int = 0) -> dict[str, Any]:
    return parts["derived"]["common"]["derived"][position]


def test_sample_is_composed_in_page_order() -> None:
    questionnaire = sample()
    assert [section.code for section in questionnaire.sections] == ["complaint", "measurements"]
    assert list(questionnaire.items)[:3] == ["weeks", "onset", "high_fall"]
    assert questionnaire.items["weeks"].required is Required.ALWAYS
    assert questionnaire.items["risk_total_entered"].kind is ItemKind.NUMBER
    assert questionnaire.items["leg_pain"].label.en == "Leg pain"
    assert questionnaire.instrument("risk").title.nl == "Risico"


def test_item_of_another_region_is_left_out_and_stays_unknown() -> None:
    questionnaire = sample()
    assert "neck_pain" not in questionnaire.items
    assert questionnaire.content["elsewhere"] == ["neck_pain"]


def test_content_composes_to_the_same_questionnaire() -> None:
    questionnaire = sample()
    again = compose(questionnaire.content)
    assert again.content == questionnaire.content
    assert again.hash == questionnaire.hash
    assert again.sections == questionnaire.sections


def test_hash_ignores_the_order_of_keys_and_sees_every_change() -> None:
    parts = sample_parts()
    turned = {key: parts[key] for key in reversed(parts)}
    assert compose(turned).hash == sample().hash
    item(parts)["label"]["en"] += "!"
    assert compose(parts).hash != sample().hash


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda p: item(p).update(colour="red"), "items.complaint.items[0].colour: is not a key that can stand here"),
        (lambda p: item(p).pop("label"), "items.complaint.items[0].label: is missing"),
        (lambda p: item(p)["label"].pop("en"), "items.complaint.items[0].label.en: is missing"),
        (
            lambda p: item(p).update(kind="yesno"),
            "items.complaint.items[0].kind: 'yesno' is not one of yes_no, choice, ",
        ),
        (lambda p: item(p).pop("minimum"), "items.complaint.items[0].minimum: is missing"),
        (lambda p: item(p).update(minimum=5000), "items.complaint.items[0].minimum: must be less than the maximum"),
        (lambda p: item(p).update(code="Weeks"), "items.complaint.items[0].code: 'Weeks' is not a code: "),
        (lambda p: item(p).update(code="all"), "items.complaint.items[0].code: 'all' is a word of the condition"),
        (lambda p: item(p).update(code="age"), "items.complaint.items[0]: 'age' is known without being asked"),
        (
            lambda p: item(p, 4).update(code="weeks"),
            "items.complaint.items[4]: 'weeks' is already defined at items.complaint.items[0]",
        ),
        (lambda p: item(p, 1).pop("choices"), "items.complaint.items[1].choices: is missing"),
        (
            lambda p: item(p, 1)["choices"].append({"code": "fall", "label": {"nl": "x", "en": "x"}}),
            "items.complaint.items[1].choices[3].code: 'fall' stands here twice",
        ),
        (
            lambda p: item(p, 2).update(choices=[]),
            "items.complaint.items[2].choices: has no meaning for an item of kind",
        ),
        (lambda p: item(p, 2).update(unit="cm"), "items.complaint.items[2].unit: has no meaning for an item of kind"),
        (
            lambda p: item(p, 2).update(ask_when="onset is"),
            "items.complaint.items[2].ask_when: at position 9: expected yes, no, not or a choice",
        ),
        (
            lambda p: item(p, 2).update(ask_when="onsett is fall"),
            "items.complaint.items[2].ask_when: 'onsett' is not the code of any question or finding",
        ),
        (
            lambda p: item(p, 2).update(ask_when="onset is jump"),
            "items.complaint.items[2].ask_when: 'jump' is not a choice of 'onset' (sudden, gradual, fall)",
        ),
        (
            lambda p: item(p, 2).update(ask_when="head_hit is yes"),
            "items.complaint.items[2]: is drawn from itself: high_fall from head_hit from high_fall",
        ),
        (
            lambda p: item(p, 2).update(sources=["web"]),
            "items.complaint.items[2].sources[0]: source 'web' is not in the",
        ),
        (
            lambda p: item(p, 2).update(evidence="sure"),
            "items.complaint.items[2].evidence: 'sure' is not one of verified",
        ),
        (lambda p: derived(p).pop("of"), "derived.common.derived[0].of: is missing"),
        (
            lambda p: derived(p).update(kind="guess"),
            "derived.common.derived[0].kind: 'guess' is not one of when, band, ",
        ),
        (
            lambda p: derived(p)["bands"].reverse(),
            "derived.common.derived[0].bands: bands must rise, and only the last",
        ),
        (lambda p: derived(p, 1).update(of=["onset"]), "derived.common.derived[1]: 'onset' is a choice, not a number"),
        (lambda p: derived(p, 1).update(of=["nope"]), "derived.common.derived[1]: 'nope' is not the code of any"),
        (
            lambda p: derived(p, 3).update(when="alarming is yes"),
            "derived.common.derived[3]: is drawn from itself: weak from alarming from weak",
        ),
        (lambda p: derived(p, 4).update(of=["weakest"]), "derived.common.derived[4].of: a difference is between two"),
        (lambda p: p["items"].pop("complaint"), "questionnaires.back.sections[0]: there is no section 'complaint'"),
        (
            lambda p: p["instruments"].pop("pain"),
            "questionnaires.back.sections[1].instruments[2]: there is no instrument",
        ),
        (lambda p: p["derived"].pop("common"), "questionnaires.back.derived[0]: there is no 'common' in derived"),
        (
            lambda p: p["instruments"]["pain"].update(regions=["neck"]),
            "questionnaires.back.sections[1].instruments[2]: 'pain' is not for region 'low'",
        ),
        (
            lambda p: p["instruments"]["risk"]["items"][0].update(code="fear"),
            "instruments.risk.items[0].code: 'fear' does not begin with 'risk_'",
        ),
        (
            lambda p: p["instruments"]["risk"]["scores"][0].pop("points"),
            "instruments.risk.scores[0].items[2]: 'risk_3' has answers without points",
        ),
        (
            lambda p: p["instruments"]["risk"]["scores"][0]["points"]["risk_3"].update(some=2),
            "instruments.risk.scores[0].points.risk_3.some: expected an answer of the item with a number of points",
        ),
        (
            lambda p: p["instruments"]["risk"].update(entered_totals=["risk_sum"]),
            "instruments.risk.entered_totals[0]: 'risk_sum' is not a score of this instrument",
        ),
        (
            lambda p: p["instruments"]["risk"]["groups"]["rules"][0].update(when="risk_minds >= 2"),
            "instruments.risk.groups: 'risk_minds' is not the code of any question or finding",
        ),
        (
            lambda p: p["instruments"]["disability"]["scores"][0].pop("scale_to"),
            "instruments.disability.scores[0].scale_to: is needed for the method sum_scaled",
        ),
        (
            lambda p: p["instruments"]["disability"]["scores"][0].update(points={"disability_1": {0: 0, 1: 0}}),
            "instruments.disability.scores[0].points: must be more than 0",
        ),
        (
            lambda p: p["instruments"]["risk"]["scores"][0].update(items=[]),
            "instruments.risk.scores[0].items: is missing",
        ),
        (
            lambda p: p["instruments"]["risk"]["items"][2].update(kind="choices"),
            "instruments.risk.scores[0].items[2]: 'risk_3' has answers without points",
        ),
        (lambda p: p["instruments"]["risk"].update(scores=5), "instruments.risk.scores: expected a list, found"),
        (lambda p: p["instruments"]["risk"].update(groups=[[]]), "instruments.risk.groups[0]: expected keys with"),
        (lambda p: p["instruments"]["risk"]["groups"].pop("code"), "instruments.risk.groups.code: is missing"),
        (lambda p: item(p).update(kind="scale", maximum=4000), "items.complaint.items[0].maximum: a scale has 1000"),
        (lambda p: item(p).update(kind="scale", maximum=0), "items.complaint.items[0].minimum: must be less than"),
        (
            lambda p: p["questionnaires"]["back"]["extra_items"][0].update(section="more"),
            "questionnaires.back.extra_items[0].title: is missing",
        ),
        (lambda p: p["questionnaires"].clear(), "questionnaires: name one of none"),
    ],
)
def test_problem_is_named_with_its_path(change: Change, expected: str) -> None:
    found = problems_after(change)
    assert any(problem.startswith(expected) for problem in found), "\n".join(found)


def test_all_problems_are_reported_at_once() -> None:
    def change(parts: dict[str, Any]) -> None:
        item(parts).update(colour="red")
        item(parts, 2).update(ask_when="onsett is fall")
        parts["instruments"].pop("pain")

    assert len(problems_after(change)) == 3


def test_compose_all_reports_the_problems_of_every_questionnaire_once() -> None:
    parts = sample_parts()
    parts["questionnaires"]["other"] = {**parts["questionnaires"]["back"], "code": "other", "region": "neck"}
    assert set(compose_all(parts)) == {"back", "other"}
    assert "neck_pain" in compose_all(parts)["other"].items
    item(parts).update(colour="red")
    with pytest.raises(ContentError) as caught:
        compose_all(parts)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("findings", "high_fall", "head_hit"),
    [
        ({}, Visibility.UNDECIDED, Visibility.UNDECIDED),
        ({"onset": "fall"}, Visibility.SHOWN, Visibility.UNDECIDED),
        ({"onset": "fall", "high_fall": True}, Visibility.SHOWN, Visibility.SHOWN),
        ({"onset": "fall", "high_fall": False}, Visibility.SHOWN, Visibility.HIDDEN),
        ({"onset": "gradual"}, Visibility.HIDDEN, Visibility.HIDDEN),
        ({"onset": "gradual", "high_fall": True}, Visibility.HIDDEN, Visibility.HIDDEN),
    ],
)
def test_question_is_asked_by_its_condition(findings, high_fall: Visibility, head_hit: Visibility) -> None:
    states = sample().visibility(findings)
    assert states["high_fall"] is high_fall
    assert states["head_hit"] is head_hit
    assert states["weeks"] is Visibility.SHOWN
    hidden = {code for code, state in states.items() if state is Visibility.HIDDEN}
    assert sample().derivations.unasked(findings) == hidden


def test_question_that_is_one_click_away_comes_forward_by_its_condition() -> None:
    parts = sample_parts()
    item(parts, 4).update(shown="more", core_when="weeks < 2")
    parts["instruments"]["pain"]["shown"] = "more"
    items = compose(parts).items
    assert items["weeks"].is_core({})
    assert not items["numb_saddle"].is_core({})
    assert not items["numb_saddle"].is_core({"weeks": 2})
    assert items["numb_saddle"].is_core({"weeks": 1})
    assert not items["pain"].is_core({"weeks": 1})


@pytest.mark.parametrize(
    ("required", "route", "due"),
    [
        (Required.NEVER, None, False),
        (Required.ALWAYS, "referral", True),
        (Required.DIRECT_ACCESS, "direct_access", True),
        (Required.DIRECT_ACCESS, "referral", False),
        (Required.DIRECT_ACCESS, None, True),
        (Required.REFERRAL, "referral", True),
        (Required.REFERRAL, "direct_access", False),
    ],
)
def test_answer_is_due_by_route(required: Required, route: str | None, due: bool) -> None:
    assert required.applies(route) is due
