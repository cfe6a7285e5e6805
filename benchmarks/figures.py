"""What a measurement yields."""

import json
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. `goal` is what we hold it against, None where it is there for comparison only."""

    name: str
    value: float
    unit: str
    goal: float | None
    better: Literal["lower", "higher"]

    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.better == "lower" else self.value >= self.goal

    def line(self) -> str:
        """The figure as one line of JSON."""
        return json.dumps(asdict(self) | {"value": round(self.value, 4)})

    def row(self) -> str:
        """The figure as one row of a Markdown table."""
        verdict = {True: "met", False: "**missed**", None: ""}[self.met()]
        goal = "" if self.goal is None else f"{'≤' if self.better == 'lower' else '≥'} {readable(self.goal)}"
        return f"| {self.name} | {readable(self.value)} | {self.unit} | {goal} | {verdict} |"


def readable(number: float) -> str:
    """A number in three significant digits, thousands set apart."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
