"""What versions that two people put in use have in common."""

from practice.models.governed import Composed


def test_what_was_composed_is_remembered_until_there_is_too_much_of_it() -> None:
    made: list[str] = []

    def compose(name: str) -> str:
        made.append(name)
        return name.upper()

    composed: Composed[str] = Composed(kept=2)
    assert [composed.of(one, lambda one=one: compose(one)) for one in ("a", "b", "a", "c", "a")] == list("ABACA")
    assert made == ["a", "b", "c", "a"]
