"""Take the measurements: `python -m benchmarks [NAME...]` prints a line of JSON per figure and writes the report."""

import argparse
import datetime as dt
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import django

import benchmarks
from benchmarks import report
from benchmarks.figures import Figure

SEED = 7
NOT_MEASUREMENTS = {"__main__", "figures", "report"}
Measure = Callable[[int], Iterable[Figure]]


def measurements() -> list[str]:
    """The name of every module beside this one: each has a function `measure`; what they lean on is in packages."""
    modules = [module.name for module in iter_modules(benchmarks.__path__) if not module.ispkg]
    return [name for name in modules if name not in NOT_MEASUREMENTS]


def measured(measure: Measure, seed: int) -> list[Figure]:
    """The figures of one measurement, each printed as soon as it is there."""
    figures = []
    for figure in measure(seed):
        print(figure.line(), flush=True)
        figures.append(figure)
    return figures


def main() -> None:
    """Measure in a database of its own, never in the one that people use."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help="which measurements; all of them if none is named")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        django.setup()
        known = measurements()
        unknown = set(given.names) - set(known)
        if unknown:
            sys.exit(f"No measurement {', '.join(sorted(unknown))}. There are: {', '.join(known)}")
        today = dt.datetime.now(dt.UTC).date()
        for name in given.names or known:
            module = import_module(f"benchmarks.{name}")
            figures = measured(module.measure, given.seed)
            section = report.section(name, module.__doc__.strip(), figures, seed=given.seed, today=today)
            report.write({name: section}, known)


if __name__ == "__main__":
    main()
