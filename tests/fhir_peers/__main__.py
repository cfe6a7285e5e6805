"""Holds every FHIR export of what ships and of the demo against public validators and R4's own definitions, and our
conclusions on random intakes against those of HL7's FHIRPath engine, and reports.

    python -m tests.fhir_peers --intakes 10000

It needs Node.js and npm, and installs its packages into var/fhir_peers. It ends with 1 for any problem or difference,
and with 2 where something is missing.
"""

import json
import os
import random
import sys
import tempfile
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import django

from intake.domain.composing import compose_all
from plans.domain.protocol import compose
from tests.content import read_intake_content, read_protocol_content
from tests.fhir_peers import node
from tests.fhirpath import MadeUp, made_up, ours, rules_resource, written

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """0 when nothing is wrong and both conclude the same everywhere."""
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument(
        "--intakes", type=int, default=10_000, help="how many random intakes; every rule is judged on each"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if missing := node.missing():
        print(missing, file=sys.stderr)
        return 2
    node.install()
    print(node.versions(), flush=True)
    results = [validated(), concluded(options.intakes, options.seed)]
    return 1 if any(results) else 0


def validated() -> int:
    """How the validators judge what is exported from a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'peers.sqlite3'}"
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        os.environ["DEMO"] = "1"
        django.setup()
        exports = import_module("tests.fhir_peers.exports")
        bundles = Path(folder) / "bundles"
        bundles.mkdir()
        exports.fill()
        exports.write(bundles)
        process = node.started("validate.mjs", str(bundles))
        process.communicate()
        return process.returncode


def concluded(intakes: int, seed: int) -> int:
    """How the other engine's conclusions compare with ours; it reads an intake while we make the next."""
    process = node.started("conclude.mjs")
    with suppress(BrokenPipeError), process.stdin as stream:
        for line in lines(intakes, seed):
            stream.write(json.dumps(line) + "\n")
    return process.wait()


def lines(intakes: int, seed: int) -> Iterator[object]:
    """The rules as exported, and then each intake with what we conclude from it."""
    questionnaires = compose_all(read_intake_content(ROOT / "intake" / "content")).values()
    protocol = compose(read_protocol_content(ROOT / "plans" / "content" / "back_pain"))
    chance = random.Random(seed)
    yield rules_resource(protocol, questionnaires)
    for _ in range(intakes):
        intake = made_up(questionnaires, chance)
        yield {"intake": called(intake), "bundle": written(intake), "ours": ours(intake, protocol)}


def called(intake: MadeUp) -> str:
    """An intake as the report of a difference names it."""
    return f"{intake.questionnaire.code} {intake.answers}"


if __name__ == "__main__":
    sys.exit(main())
