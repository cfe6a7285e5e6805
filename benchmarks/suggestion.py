"""From answers to a suggestion with its whole explanation, on the protocol and the low back questionnaire that ship.

An intake is made up at random: what stands on the page is answered, what is one click away mostly is not. Every intake
that is timed is a new one; the program has met others before. Validation, scores and derived findings are included.
Taken in processor time of one core, so that a busy machine counts less. What it costs to evaluate the same rules as
plain trees, without a word of explanation, stands beside it: it says how fast the machine is.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from benchmarks.figures import Figure
from intake.domain.composing import compose_all
from intake.domain.findings import Context, derive
from intake.domain.items import Item, ItemKind, Shown
from intake.domain.questionnaire import Questionnaire
from intake.management.content_files import read_intake_content
from plans.domain.protocol import compose
from plans.domain.suggest import suggest
from plans.management.content_files import read_protocol_content

ROOT = Path(__file__).resolve().parent.parent
GOAL = 1_000
MET_BEFORE = 300
FIGURES, BATCHES, BATCH = 4, 10, 50
USED_INSTRUMENTS = ("nprs", "psk", "start_back")

Intake = tuple[dict[str, Any], Context]


def measure(seed: int) -> Iterator[Figure]:
    """Intakes a second: with suggestion, the same as JSON, the findings alone, and the rules with nothing explained."""
    questionnaire = compose_all(read_intake_content(ROOT / "intake" / "content"))["low_back"]
    protocol = compose(read_protocol_content(ROOT / "plans" / "content" / "back_pain"))
    chance = random.Random(seed)
    intakes = [made_up(questionnaire, chance) for _ in range(MET_BEFORE + FIGURES * BATCHES * BATCH)]
    for answers, context in intakes[:MET_BEFORE]:
        suggest(derive(answers, context, questionnaire), protocol)
    new = iter(intakes[MET_BEFORE:])
    size = f"{len(protocol.rules)} rules, {median(len(answers) for answers, _ in intakes):.0f} answers"

    def concluded(intake: Intake) -> object:
        return suggest(derive(*intake, questionnaire), protocol)

    def written(intake: Intake) -> object:
        return suggest(derive(*intake, questionnaire), protocol).to_json()

    yield _figure(f"suggestion with explanation ({size})", concluded, _some(new), GOAL)
    yield _figure("the same, written as JSON", written, _some(new), None)
    yield _figure("findings alone", lambda intake: derive(*intake, questionnaire), _some(new), None)

    def evaluated(intake: Intake) -> object:
        findings = derive(*intake, questionnaire)
        return [rule.when.evaluate(findings) for rule in protocol.rules]

    yield _figure("findings, and each rule by itself with nothing explained", evaluated, _some(new), None)


def _some(intakes: Iterator[Intake]) -> list[list[Intake]]:
    return [[next(intakes) for _ in range(BATCH)] for _ in range(BATCHES)]


def _figure(
    name: str, work: Callable[[Intake], object], batches: Sequence[Sequence[Intake]], goal: float | None
) -> Figure:
    """The median of the batches."""
    return Figure(name, median(_rate(work, batch) for batch in batches), "intakes/s", goal, "higher")


def _rate(work: Callable[[Intake], object], batch: Sequence[Intake]) -> float:
    start = process_time()
    for intake in batch:
        work(intake)
    return len(batch) / (process_time() - start)


def made_up(questionnaire: Questionnaire, chance: random.Random) -> Intake:
    """An intake of which every answer was asked for."""
    answers = {code: _answer(item, chance) for code, item in questionnaire.items.items() if _is_answered(item, chance)}
    context = Context(age=chance.randint(18, 85), sex=chance.choice(["female", "male"]), route="direct_access")
    unasked = derive(answers, context, questionnaire).set_aside
    return {code: answer for code, answer in answers.items() if code not in unasked}, context


def _is_answered(item: Item, chance: random.Random) -> bool:
    if item.code.endswith("_entered") or (item.instrument and item.instrument not in USED_INSTRUMENTS):
        return False
    return chance.random() < (0.97 if item.shown is Shown.CORE else 0.4)


def _answer(item: Item, chance: random.Random) -> Any:
    return _ANSWERS.get(item.kind, _text)(item, chance)


def _yes_no(item: Item, chance: random.Random) -> bool:
    return chance.random() < (0.02 if item.red_flag else 0.15)


def _choice(item: Item, chance: random.Random) -> str:
    return chance.choice(item.choices[:1] if chance.random() < 0.7 else item.choices).code


def _choices(item: Item, chance: random.Random) -> list[str]:
    codes = [choice.code for choice in item.choices if not choice.exclusive]
    return chance.sample(codes, min(len(codes), chance.randint(0, 2)))


def _number(item: Item, chance: random.Random) -> int:
    low, high = int(item.minimum or 0), int(item.maximum or 0)
    if item.code.startswith("mrc_"):
        return high if chance.random() < 0.97 else high - 1
    return 37 if item.code == "temperature" else chance.randint(low, min(high, low + 40))


def _body_chart(item: Item, chance: random.Random) -> dict[str, Any]:
    regions = item.diagram.regions if item.diagram else ()
    return {region.code: {"kinds": ["pain"]} for region in chance.sample(regions, 3)}


def _text(item: Item, chance: random.Random) -> str:
    return "text" * chance.randint(1, 9)


_ANSWERS: dict[ItemKind, Callable[[Item, random.Random], Any]] = {
    ItemKind.YES_NO: _yes_no,
    ItemKind.CHOICE: _choice,
    ItemKind.CHOICES: _choices,
    ItemKind.NUMBER: _number,
    ItemKind.SCALE: _number,
    ItemKind.BODY_CHART: _body_chart,
}
