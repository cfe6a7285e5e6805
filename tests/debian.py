"""What the tests need from outside Python, and how to get it: PostgreSQL and Chromium from Debian's packages."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path


def postgresql_folder() -> Path | None:
    """The folder with initdb and pg_ctl of the newest PostgreSQL on this machine, if there is one."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: float(found.parts[-3]))
    if versions:
        return versions[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def chromium_program() -> str | None:
    """The Chromium that the browser tests drive, if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def playwright_starts() -> bool:
    """Whether Playwright's own program finds the system libraries it needs."""
    command = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@dataclass(frozen=True, slots=True)
class Program:
    """A program outside Python: its name, the Debian packages that bring it, and how to tell that it is there."""

    name: str
    packages: tuple[str, ...]
    find: Callable[[], object]


POSTGRESQL = Program("PostgreSQL", ("postgresql",), postgresql_folder)
CHROMIUM = Program("Chromium", ("chromium", "fonts-liberation"), chromium_program)
PLAYWRIGHT = Program("Playwright", ("libatomic1",), playwright_starts)


def packages_of(programs: Iterable[Program]) -> list[str]:
    """The Debian packages of these programs."""
    return [package for program in programs for package in program.packages]


def apt_get() -> list[str] | None:
    """The command that installs Debian packages without asking, or None where we may not."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", "apt-get"]
    return None


def bring(programs: tuple[Program, ...]) -> tuple[Program, ...]:
    """Install those of `programs` that are missing, where we may; the ones that are still missing come back."""
    missing = tuple(program for program in programs if not program.find())
    command = apt_get()
    if missing and command:
        packages = packages_of(missing)
        print("Installing from Debian's packages:", *packages, flush=True)
        quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, "stdin": subprocess.DEVNULL, "check": False}
        subprocess.run([*command, "-qq", "update"], **quiet)
        subprocess.run([*command, "-qq", "install", "--yes", "--no-install-recommends", *packages], **quiet)
    return tuple(program for program in missing if not program.find())
