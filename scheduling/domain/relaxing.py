"""The smallest change of the conditions with which every session of a series finds a place."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import combinations

from intake.domain.text import Text
from scheduling.domain.instance import Instance, Relaxation, Wish
from scheduling.domain.solver import Search

WEEKS_LATER = dt.timedelta(weeks=2)

Relax = Callable[[Instance], Instance]


def _not_strict(wish: Wish) -> Relax:
    def relaxed(instance: Instance) -> Instance:
        wishes = instance.preferences
        return replace(instance, preferences=replace(wishes, strict=wishes.strict - {wish}))

    return relaxed


def _earlier(instance: Instance) -> Instance:
    return replace(instance, preferences=replace(instance.preferences, not_before=None))


def _longer(instance: Instance) -> Instance:
    return replace(instance, preferences=replace(instance.preferences, not_after=None))


def _later(instance: Instance) -> Instance:
    return replace(instance, needs=tuple(replace(need, latest=need.latest + WEEKS_LATER) for need in instance.needs))


def _without_rest(instance: Instance) -> Instance:
    return replace(instance, minimum_days=1)


# In the order in which they are offered: what asks least of the patient and the plan comes first.
RELAXATIONS: Mapping[str, tuple[Relax, Text]] = {
    "practitioner": (_not_strict(Wish.PRACTITIONER), Text("ook bij een andere behandelaar", "with somebody else too")),
    "day_parts": (_not_strict(Wish.DAY_PARTS), Text("ook op een ander dagdeel", "in another part of the day too")),
    "weekdays": (_not_strict(Wish.WEEKDAYS), Text("ook op een andere dag", "on another day of the week too")),
    "not_before": (_earlier, Text("eerder beginnen", "starting earlier")),
    "not_after": (_longer, Text("langer doorgaan", "going on longer")),
    "rest_days": (_without_rest, Text("zonder rustdag ertussen", "without a day of rest between")),
    "later": (_later, Text("tot twee weken later", "up to two weeks later")),
}


def smallest_relaxation(search: Search) -> Relaxation | None:
    """One condition, else two, without which every session finds a place; None when no pair suffices."""
    instance = search.instance
    applicable = [name for name, (relax, _) in RELAXATIONS.items() if relax(instance) != instance]
    for size in (1, 2):
        for names in combinations(applicable, size):
            if search.beside(_relaxed(instance, names)).has_room_for_all():
                return Relaxation(names, _said(names), len(instance.asked))
    return None


def _relaxed(instance: Instance, names: Iterable[str]) -> Instance:
    for name in names:
        instance = RELAXATIONS[name][0](instance)
    return instance


def _said(names: Iterable[str]) -> Text:
    texts = [RELAXATIONS[name][1] for name in names]
    return Text(" en ".join(text.nl for text in texts), " and ".join(text.en for text in texts))
