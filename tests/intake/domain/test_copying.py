"""What may be copied from an earlier intake: never a red flag, never a "no", never over an answer of now."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from intake.domain.copying import copyable
from intake.domain.items import Item
from tests.factories.intake import shipped_questionnaires

LOW_BACK, UPPER_BACK = (shipped_questionnaires()[code] for code in ("low_back", "upper_back"))


def any_answer(item: Item) -> st.SearchStrategy[Any]:
    """An answer that a question allows."""
    if item.choices and item.kind.value == "choice":
        return st.sampled_from([choice.code for choice in item.choices])
    if item.choices:
        return st.lists(
            st.sampled_from([one.code for one in item.choices if not one.exclusive]), min_size=1, unique=True
        )
    simple = {"yes_no": st.booleans(), "scale": st.integers(0, 5), "text": st.just("woorden")}
    return simple.get(item.kind.value, st.just(item.minimum) if item.minimum is not None else st.just("woorden"))


ITEMS = [item for item in LOW_BACK.items.values() if not item.diagram]


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    asked = draw(st.lists(st.sampled_from(ITEMS), unique_by=lambda item: item.code, max_size=30))
    return {item.code: draw(any_answer(item)) for item in asked}


def flat(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {code: value for values in found.values() for code, value in values.items()}


@given(answers(), answers())
def test_what_is_copied_is_allowed_by_the_content_and_says_something(
    now: dict[str, Any], earlier: dict[str, Any]
) -> None:
    for code, value in flat(copyable(LOW_BACK, now, LOW_BACK, earlier)).items():
        item = LOW_BACK.items[code]
        assert item.carry_over
        assert not item.red_flag
        assert not item.instrument
        assert code not in now
        assert value == earlier[code]
        assert value is not False


@given(answers(), answers())
def test_an_answer_stands_in_the_section_that_asks_it(now: dict[str, Any], earlier: dict[str, Any]) -> None:
    for section, values in copyable(UPPER_BACK, now, LOW_BACK, earlier).items():
        own = next(part for part in UPPER_BACK.sections if part.code == section)
        assert values.keys() <= {item.code for item in own.items}


@given(answers())
def test_what_is_hidden_now_is_not_copied(earlier: dict[str, Any]) -> None:
    assert copyable(LOW_BACK, {}, LOW_BACK, earlier, hidden=LOW_BACK.items.keys()) == {}


def test_history_medication_work_and_sport_are_copied_by_section() -> None:
    earlier = {
        "hypertension": True,
        "diabetes": False,
        "medication_other": "metoprolol",
        "occupation": "lasser",
        "sport": "tennis",
        "night_pain": True,
        "nprs": 7,
        "diagnosis_text": "rugpijn",
    }
    assert copyable(LOW_BACK, {}, LOW_BACK, earlier) == {
        "medical": {"hypertension": True, "medication_other": "metoprolol"},
        "functioning": {"occupation": "lasser", "sport": "tennis"},
    }
