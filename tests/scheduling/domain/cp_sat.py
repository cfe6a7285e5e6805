"""The same question asked to OR-Tools CP-SAT: another way to the lowest cost, to compare ours with."""

from collections.abc import Sequence

from ortools.sat.python import cp_model

from scheduling.domain.candidates import Kind, Slot, candidates, kind_of
from scheduling.domain.chain import UNPLACED
from scheduling.domain.instance import Instance, Need


def lowest_cost(instance: Instance, seconds: float = 20) -> tuple[int, int]:
    """Sessions without a place and the cost of the rest, proven lowest. Raises `AssertionError` without a proof."""
    model = cp_model.CpModel()
    goal = _Series(model, instance).goal()
    model.minimize(goal)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    assert status == cp_model.OPTIMAL, solver.status_name(status)
    return divmod(round(solver.objective_value), UNPLACED)


class _Series:
    """The variables of one series: a truth value for each session in each of its slots."""

    def __init__(self, model: cp_model.CpModel, instance: Instance) -> None:
        self.model, self.instance = model, instance
        self.needs: Sequence[Need] = instance.asked
        self.choices = [self._choice(need, candidates(instance)) for need in self.needs]
        self.placed = [model.new_bool_var("") for _ in self.needs]
        for placed, choice in zip(self.placed, self.choices, strict=True):
            model.add(sum(variable for _, variable in choice) == placed)
        self._keep_apart()

    def _choice(self, need: Need, days: dict[Kind, dict]) -> list[tuple[Slot, cp_model.IntVar]]:
        window = range(need.earliest.toordinal(), need.latest.toordinal() + 1)
        slots = [slot for day in window for slot in days[kind_of(need)].get(day, ())]
        return [(slot, self.model.new_bool_var("")) for slot in slots]

    def _day(self, at: int) -> cp_model.LinearExpr:
        return sum(slot.day * variable for slot, variable in self.choices[at])

    def _keep_apart(self) -> None:
        for later in range(len(self.needs)):
            for earlier in range(later):
                gap = self._day(later) - self._day(earlier)
                both = [self.placed[later], self.placed[earlier]]
                self.model.add(gap >= self.instance.minimum_days).only_enforce_if(both)

    def goal(self) -> cp_model.LinearExpr:
        """What is to be as low as possible."""
        lost = sum(UNPLACED * (1 - placed) for placed in self.placed)
        return lost + self._own() + self._main() + self._time() + self._rhythm()

    def _own(self) -> cp_model.LinearExpr:
        weights, wishes = self.instance.weights, self.instance.preferences
        early = weights["early"] if wishes.as_early_as_possible else 0
        return sum(
            variable * (slot.base + early * (slot.day - need.earliest.toordinal()))
            for need, choice in zip(self.needs, self.choices, strict=True)
            for slot, variable in choice
        )

    def _main(self) -> cp_model.LinearExpr:
        """With somebody else than the one who gives most of the series."""
        people = sorted({slot.practitioner for choice in self.choices for slot, _ in choice})
        if not people:
            return 0
        main = {who: self.model.new_bool_var("") for who in people}
        self.model.add_exactly_one(main.values())
        off = []
        for choice in self.choices:
            for who in people:
                given = sum(variable for slot, variable in choice if slot.practitioner == who)
                other = self.model.new_bool_var("")
                self.model.add(other >= given - main[who])
                off.append(other)
        return self.instance.weights["same_practitioner"] * sum(off)

    def _time(self) -> cp_model.LinearExpr:
        """Away from the time of the series."""
        minutes = sorted({slot.minute for choice in self.choices for slot, _ in choice})
        if not self.instance.preferences.same_time or not minutes:
            return 0
        step = self.instance.slot_minutes
        reference = self.model.new_int_var(minutes[0] // step, minutes[-1] // step, "")
        away = []
        for placed, choice in zip(self.placed, self.choices, strict=True):
            steps = self.model.new_int_var(0, 48, "")
            at = sum((slot.minute // step) * variable for slot, variable in choice)
            self.model.add(steps >= at - reference).only_enforce_if(placed)
            self.model.add(steps >= reference - at).only_enforce_if(placed)
            away.append(steps)
        return self.instance.weights["same_time"] * sum(away)

    def _rhythm(self) -> cp_model.LinearExpr:
        """Closer to the session before, or further from it, than the plan has in mind."""
        off = []
        for at, need in enumerate(self.needs):
            if not at or need.ideal_gap is None:
                continue
            days = self.model.new_int_var(0, 400, "")
            gap = self._day(at) - self._day(at - 1)
            both = [self.placed[at], self.placed[at - 1]]
            self.model.add(days >= gap - need.ideal_gap).only_enforce_if(both)
            self.model.add(days >= need.ideal_gap - gap).only_enforce_if(both)
            off.append(days)
        return self.instance.weights["rhythm"] * sum(off)
