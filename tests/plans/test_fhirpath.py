"""The proof of the export: an independent FHIRPath engine comes to the same conclusions as we do."""

import random

from tests.factories.intake import shipped_questionnaires
from tests.factories.plans import shipped_protocol
from tests.fhirpath import Comparison, made_up

INTAKES, RULES_EACH, OUTCOMES = 500, 8, 0.95


def test_another_engine_concludes_the_same_from_500_random_intakes() -> None:
    """Each intake meets the rules whose outcome on it was compared least: 4,000 comparisons, no outcome left out."""
    comparison, chance = Comparison(shipped_protocol(), shipped_questionnaires().values()), random.Random(2026)
    for _ in range(INTAKES):
        comparison.compare(made_up(shipped_questionnaires().values(), chance), RULES_EACH)
    assert [difference[:3] for difference in comparison.differences] == []
    assert comparison.missed == []
    rules = len(shipped_protocol().rules)
    for truth in (True, False, None):
        met = sum(one is truth for _, one in comparison.compared)
        assert met >= OUTCOMES * rules, f"{truth} was compared for {met} of {rules} rules only"
