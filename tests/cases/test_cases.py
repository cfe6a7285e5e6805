"""Published cases, near misses and contrasting intakes, through the questionnaires and the protocol that ship."""

import pytest

from plans.domain.expectation import expectation_of, unmet
from plans.domain.protocol import Discipline, Gate
from plans.domain.suggest import conclude
from plans.domain.suggestion import Disposition
from tests.cases.report import GROUPS, PAGE, accuracy, group, render
from tests.cases.running import (
    URGENT,
    Case,
    back_pain,
    disposition,
    gates,
    published,
    shipped,
    templates,
)

PUBLISHED = published()
NEAR_MISSES = shipped("near_misses")
CONTRASTING = shipped("contrasting")
DISAGREEMENTS = {"V18_vertebral_infection_84", "W22_stenosis_radiculopathy_66"}
MOST_WRONG = {
    "the source, published patients": 1,
    "the source, archetypes": 0,
    "ours, published patients": 1,
    "ours, archetypes": 0,
}


def each(chosen: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", chosen, ids=[case.code for case in chosen])


@each([case for case in [*PUBLISHED, *NEAR_MISSES] if case.expected in URGENT])
def test_no_urgent_case_is_missed(case: Case) -> None:
    """An emergency comes out as an emergency and an urgent case at least as urgent, whatever else is accepted."""
    found = disposition(case.suggestion())
    assert found in URGENT
    assert URGENT.index(found) <= URGENT.index(case.expected)


@each([case for case in PUBLISHED if case.code not in DISAGREEMENTS])
def test_published_case_gets_its_disposition(case: Case) -> None:
    assert disposition(case.suggestion()) in case.accepted


@each([case for case in PUBLISHED if case.code in DISAGREEMENTS])
def test_a_disagreement_with_a_published_label_is_on_the_safe_side(case: Case) -> None:
    found = disposition(case.suggestion())
    assert found not in case.accepted
    assert found in URGENT
    assert case.content.get("disagreement") or case.content.get("comment")


@pytest.mark.parametrize(("name", "from_source", "archetype"), GROUPS, ids=[name for name, _, _ in GROUPS])
def test_accuracy_on_published_cases(name: str, from_source: bool, archetype: bool) -> None:
    right, number = accuracy(group(from_source, archetype))
    print(f"published cases, labels of {name}: {right} of {number} right")
    assert number - right <= MOST_WRONG[name]


def test_the_page_on_accuracy_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m tests.cases.report"


@each([*NEAR_MISSES, *CONTRASTING])
def test_what_ships_as_a_test_set_comes_out_as_it_says(case: Case) -> None:
    assert unmet(expectation_of(case.content["expects"]), conclude(case.findings(), back_pain())) == ()


@each([case for case in NEAR_MISSES if case.content["expects"]["urgency"] == "routine"])
def test_a_routine_flag_alone_sends_nobody_away(case: Case) -> None:
    suggestion = case.suggestion()
    to_gp = Discipline.GP in {referral.discipline for referral in suggestion.referrals}
    assert suggestion.red_flags
    assert (suggestion.disposition is Disposition.GP_ROUTINE) is to_gp


def test_the_test_set_that_ships_guards_both_edges() -> None:
    urgent = [case for case in NEAR_MISSES if case.expected in URGENT]
    calm = [case for case in NEAR_MISSES if case.content["expects"]["urgency"] in ("none", "routine")]
    assert min(len(urgent), len(calm)) >= 20


@each([case for case in PUBLISHED if "shows" in case.content])
def test_case_shows_what_the_publication_stresses(case: Case) -> None:
    shows, suggestion = case.content["shows"], case.suggestion()
    for technique, gate in shows.get("gate", {}).items():
        assert gates(suggestion)[technique] is Gate(gate)
    assert set(filter(None, [shows.get("advice")])) <= {remark.code for remark in suggestion.advice}


@each([*PUBLISHED, *NEAR_MISSES, *CONTRASTING])
def test_every_case_gets_a_usable_suggestion(case: Case) -> None:
    suggestion = case.suggestion()
    assert suggestion.proposals
    assert not suggestion.not_evaluated


@each(CONTRASTING)
def test_a_suggestion_names_the_two_answers_that_decided_most(case: Case) -> None:
    assert len(case.suggestion().decided_by) == 2


def test_contrasting_intakes_reach_every_template() -> None:
    assert {case.content["expects"]["first_template"] for case in CONTRASTING} == set(back_pain().templates)


def test_contrasting_intakes_are_treated_differently() -> None:
    """Beyond the template: the techniques and doses of the first template with what findings say of techniques."""
    seen = {}
    for case in CONTRASTING:
        suggestion = case.suggestion()
        template = back_pain().templates[templates(suggestion)[0]]
        doses = frozenset((use.technique, use.dose.en) for phase in template.phases for use in phase.techniques)
        seen[case.code] = (doses, template.sessions, frozenset(gates(suggestion).items()))
    assert len(set(seen.values())) == len(CONTRASTING)
    assert len({doses for doses, _, _ in seen.values()}) == len(CONTRASTING)
    assert len({judged for _, _, judged in seen.values()}) >= 10
