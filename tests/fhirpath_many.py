"""Compares our conclusions with those of an independent FHIRPath engine on many random intakes, and reports.

    python -m tests.fhirpath_many --intakes 10000 --rules 30

The engine takes about half a second for all rules of one intake; `--rules` judges so many of them on each, those whose
outcome was compared least first.
"""

import random
import sys
from argparse import ArgumentParser
from pathlib import Path
from time import monotonic

from intake.domain.composing import compose_all
from plans.domain.protocol import compose
from tests.content import read_intake_content, read_protocol_content
from tests.fhirpath import Comparison, made_up

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """0 when both came to the same conclusions everywhere, else 1."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--intakes", type=int, default=10_000)
    parser.add_argument("--rules", type=int, default=None, help="how many rules of each intake; all when left out")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    questionnaires = compose_all(read_intake_content(ROOT / "intake" / "content")).values()
    protocol = compose(read_protocol_content(ROOT / "plans" / "content" / "back_pain"))
    comparison, chance, start = Comparison(protocol, questionnaires), random.Random(options.seed), monotonic()
    for _ in range(options.intakes):
        comparison.compare(made_up(questionnaires, chance), options.rules)
    report(comparison, options.intakes, monotonic() - start)
    return 1 if comparison.differences or comparison.missed else 0


def report(comparison: Comparison, intakes: int, seconds: float) -> None:
    compared, rules = comparison.compared, len(comparison.protocol.rules)
    print(f"{intakes} intakes, {rules} rules, {sum(compared.values())} comparisons in {seconds:.0f} s")
    for truth, word in ((True, "holds"), (False, "does not hold"), (None, "unknown")):
        counts = [count for (_, one), count in compared.items() if one is truth]
        print(f"  {word}: {sum(counts)} comparisons of {len(counts)} rules, at least {min(counts)} each")
    print(f"  outcomes that occurred and were never compared: {len(comparison.missed)}")
    print(f"  differences: {len(comparison.differences)}")
    for code, truth, theirs, intake in comparison.differences[:20]:
        print(f"    {code}: ours {truth}, theirs {theirs}, {intake.questionnaire.code} {intake.answers}")


if __name__ == "__main__":
    sys.exit(main())
