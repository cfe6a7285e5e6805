"""docs/benchmarks.md: one section a measurement, each with the machine, the date and the seed it was taken on."""

import datetime as dt
import platform
import sqlite3
from os import sched_getaffinity
from pathlib import Path

import django

from benchmarks.figures import Figure

REPORT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench`. Machines differ and are noisy: what counts is a figure against the floor of the same run.
"""


def processor() -> str:
    """The name of the processor, as the kernel gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def machine() -> str:
    """What this machine is, in one line."""
    cores = len(sched_getaffinity(0))
    versions = f"Python {platform.python_version()}, Django {django.get_version()}, SQLite {sqlite3.sqlite_version}"
    return f"{cores} cores of {processor()}, {versions}"


def section(name: str, explanation: str, figures: list[Figure], *, seed: int, today: dt.date) -> str:
    """One measurement as a section of the report."""
    rows = "\n".join(figure.row() for figure in figures)
    head = "| figure | value | unit | goal | |\n|---|---|---|---|---|"
    return f"## {name}\n\n{explanation}\n\n{today:%Y-%m-%d}, seed {seed}, {machine()}.\n\n{head}\n{rows}\n"


def sections() -> dict[str, str]:
    """The sections that the report has now, by name."""
    text = REPORT.read_text(encoding="utf-8") if REPORT.exists() else ""
    parts = text.split("\n## ")[1:]
    return {part.partition("\n")[0]: f"## {part.rstrip()}\n" for part in parts}


def write(new: dict[str, str], known: list[str]) -> None:
    """Put the `new` sections into the report; those of measurements that no longer exist go."""
    merged = {name: text for name, text in sections().items() if name in known} | new
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text("\n".join([HEAD, *(merged[name] for name in sorted(merged))]), encoding="utf-8")
