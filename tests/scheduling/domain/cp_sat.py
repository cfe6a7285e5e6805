"""The same question asked to OR-Tools CP-SAT: another way to the lowest cost, to compare ours with."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import combinations

from ortools.sat.python import cp_model

from scheduling.domain.candidates import Kind, Slot, candidates, kind_of
from scheduling.domain.instance import Instance, Need

Steps = Mapping[int, cp_model.LinearExpr]

DAY_IN_SLOTS = 24 * 60 // 5  # of the shortest slots there are


def lowest_cost(instance: Instance, seconds: float = 20, workers: int = 1) -> tuple[int, int]:
    """Sessions without a place and the cost of the rest, proven lowest. Raises `AssertionError` without a proof.

    More workers than there are cores still help: each looks for the proof in a way of its own.
    """
    model = cp_model.CpModel()
    series = SeriesModel(model, instance)
    model.minimize(series.goal())
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    solver.parameters.linearization_level = 2  # with whole cliques relaxed, the proof takes seconds instead of minutes
    status = solver.solve(model)
    assert status == cp_model.OPTIMAL, solver.status_name(status)
    return divmod(round(solver.objective_value), series.dearest)


class SeriesModel:
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

    def _keep_apart(self) -> None:
        """Of two sessions, the earlier one is not on a day or after it while the later one comes too soon for that."""
        for earlier, later in combinations(self.choices, 2):
            for day in sorted({slot.day for slot, _ in earlier}):
                from_then = [variable for slot, variable in earlier if slot.day >= day]
                too_soon = [variable for slot, variable in later if slot.day < day + self.instance.minimum_days]
                if too_soon:
                    self.model.add_at_most_one([*from_then, *too_soon])

    @cached_property
    def dearest(self) -> int:
        """More than the wishes of a whole series can cost: what a session without a place costs."""
        weights, slots = self.instance.weights, [slot for choice in self.choices for slot, _ in choice]
        first = min((need.earliest.toordinal() for need in self.needs), default=0)
        days = max((slot.day for slot in slots), default=first) - first
        off = max((need.ideal_gap or 0 for need in self.needs), default=0) + days
        each = weights["early"] * days + weights["rhythm"] * off + weights["same_time"] * DAY_IN_SLOTS
        base = max((slot.base for slot in slots), default=0)
        return 1 + len(self.needs) * (base + each + weights["same_practitioner"])

    def goal(self) -> cp_model.LinearExpr:
        """What is to be as low as possible."""
        lost = sum(self.dearest * (1 - placed) for placed in self.placed)
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
        step = self.instance.slot_minutes
        known = sorted({slot.minute // step for choice in self.choices for slot, _ in choice})
        if not self.instance.preferences.same_time or not known:
            return 0
        times = range(known[0] + 1, known[-1] + 1)
        reference = {time: self.model.new_bool_var("") for time in times}  # whether the series keeps to it, or a later
        for time in times[1:]:
            self.model.add_implication(reference[time], reference[time - 1])
        away = []
        for placed, choice in zip(self.placed, self.choices, strict=True):
            at = {time: sum(one for slot, one in choice if slot.minute // step >= time) for time in times}
            away += self._apart(at, reference, 1 - placed)
        return self.instance.weights["same_time"] * sum(away)

    def _rhythm(self) -> cp_model.LinearExpr:
        """Closer to the session before, or further from it, than the plan has in mind."""
        off = []
        for at, need in enumerate(self.needs):
            if not at or need.ideal_gap is None:
                continue
            before, own = self.choices[at - 1], self.choices[at]
            every = sorted({slot.day + need.ideal_gap for slot, _ in before} | {slot.day for slot, _ in own})
            days = range(every[0] + 1, every[-1] + 1) if every else ()
            wished = {day: sum(one for slot, one in before if slot.day + need.ideal_gap >= day) for day in days}
            there = {day: sum(one for slot, one in own if slot.day >= day) for day in days}
            off += self._apart(there, wished, 2 - self.placed[at] - self.placed[at - 1])
        return self.instance.weights["rhythm"] * sum(off)

    def _apart(self, one: Steps, other: Steps, lost: cp_model.LinearExpr) -> list[cp_model.IntVar]:
        """A variable for each step between two values, of which each is given as the steps that it has reached.

        There is no step between them where one of the sessions is `lost`.
        """
        steps = []
        for step in one:
            between = self.model.new_bool_var("")
            self.model.add(between >= one[step] - other[step] - lost)
            self.model.add(between >= other[step] - one[step] - lost)
            steps.append(between)
        return steps
