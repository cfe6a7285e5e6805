"""Every test of Traject, stage by stage: `make test`.

Each stage is one run of pytest. A stage whose program (PostgreSQL, Chromium) is missing and may not be installed is
left out, and said so at the end; with CI=true or TRAJECT_STRICT=1 leaving out is a failure.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests import migrated, postgres
from tests.debian import CHROMIUM, PLAYWRIGHT, POSTGRESQL, Program, bring, packages_of

ALL_CORES = ("-n", "auto", "--dist", "worksteal")
JOURNEY_COUNTS = Path(__file__).resolve().parent.parent / "docs" / "generated" / "journey_counts.json"
# Each stage has a database of its own, and keeps what it compiled for the stages after it.
NOT_OURS = ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE")
NO_TESTS = 5  # pytest's exit code where a stage holds no test


@dataclass(frozen=True, slots=True)
class Stage:
    """One run of pytest: which tests, on which programs, with which options."""

    name: str
    tests: str
    programs: tuple[Program, ...] = ()
    options: tuple[str, ...] = ()


STAGES = (
    Stage("SQLite", "not browser and not race and not postgres", (), ALL_CORES),
    Stage("PostgreSQL", "django_db and not either_engine and not browser and not race", (POSTGRESQL,), ALL_CORES),
    Stage("browser", "browser", (CHROMIUM, PLAYWRIGHT), ("tests/browser", *ALL_CORES)),
    Stage("races, SQLite", "race and not postgres"),
    Stage("races, PostgreSQL", "race", (POSTGRESQL,)),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one stage went: its exit code, what it counted, and how long it took."""

    stage: Stage
    exit_code: int
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def row(self) -> str:
        """The stage in one line of the closing table."""
        verdict = "ok" if self.exit_code == 0 else "FAILED"
        counts = f"{self.passed:>6} passed {self.failed:>4} failed {self.skipped:>4} skipped"
        return f"{self.stage.name:<18} {verdict:<7} {counts} {self.seconds:>7.0f} s"


def counted(report: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped in a report that pytest wrote (none, if it could not write one)."""
    if not report.exists():
        return 0, 0, 0
    suites = ElementTree.parse(report).getroot().findall("testsuite")  # noqa: S314 - our own file
    total, failures, errors, skipped = (
        sum(int(suite.get(name, "0")) for suite in suites) for name in ("tests", "failures", "errors", "skipped")
    )
    return total - failures - errors - skipped, failures + errors, skipped


def run(stage: Stage, environment: dict[str, str], folder: Path) -> Outcome:
    """Run one stage and show it as pytest shows it."""
    print(f"\n##### {stage.name}\n", flush=True)
    report = folder / f"{STAGES.index(stage)}.xml"
    command = [sys.executable, "-m", "pytest", "-m", stage.tests, f"--junitxml={report}", *stage.options]
    began = time.monotonic()
    exit_code = subprocess.run(command, env=environment, check=False).returncode
    seconds = time.monotonic() - began
    return Outcome(stage, 0 if exit_code == NO_TESTS else exit_code, *counted(report), seconds)


def run_all(missing: tuple[Program, ...]) -> list[Outcome]:
    """Run the stages that need none of the `missing` programs."""
    possible = [stage for stage in STAGES if not set(stage.programs) & set(missing)]
    given = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sqlite = given | {migrated.VARIABLE: f"{migrated.SQLITE}{folder / 'migrated.sqlite3'}"}
        on_postgresql, urls = dict(given), [sqlite[migrated.VARIABLE]]
        if POSTGRESQL not in missing:
            url = stack.enter_context(postgres.server())
            on_postgresql |= {"DATABASE_URL": url, migrated.VARIABLE: url}
            urls.append(url)
        migrated.migrate(urls, given)
        return [run(stage, on_postgresql if POSTGRESQL in stage.programs else sqlite, folder) for stage in possible]


def left_out(missing: tuple[Program, ...]) -> str:
    """What was not tested, and how it would be."""
    stages = ", ".join(stage.name for stage in STAGES if set(stage.programs) & set(missing))
    packages = " ".join(packages_of(missing))
    return f"!!! LEFT OUT: {stages}. To run them: apt-get install {packages}, then make test again."


def journeys() -> list[str]:
    """The counts of each journey; the browser tests fail where they measured others."""
    counts = json.loads(JOURNEY_COUNTS.read_text())
    return [f"{name}: " + ", ".join(f"{n} {what}" for what, n in one.items()) for name, one in counts.items()]


def main() -> int:
    """Run everything; gives 0 only if all that ran passed and nothing was left out that may not be."""
    postgres.stop_on((signal.SIGTERM, signal.SIGHUP))
    missing = bring((POSTGRESQL, CHROMIUM, PLAYWRIGHT))
    outcomes = run_all(missing)
    lines = ["", *(outcome.row() for outcome in outcomes)]
    if missing:
        lines += ["", left_out(missing)]
    else:
        lines += ["", "what journeys ask of the hands, as measured:", *journeys()]
    passed, failed, skipped = (sum(getattr(o, name) for o in outcomes) for name in ("passed", "failed", "skipped"))
    print("\n".join([*lines, "", f"{passed} passed, {failed} failed, {skipped} skipped"]), flush=True)
    strict = os.environ.get("CI") == "true" or os.environ.get("TRAJECT_STRICT") == "1"
    return 1 if any(outcome.exit_code for outcome in outcomes) or (strict and missing) else 0


if __name__ == "__main__":
    sys.exit(main())
