"""What the tests need from outside Python, and how to get it: PostgreSQL and Chromium from Debian's packages."""

import os
import shutil
import subprocess
from collections.abc import Callable
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


@dataclass(frozen=True, slots=True)
class Program:
    """A program outside Python: its name, the Debian package that brings it, and how to tell that it is there."""

    name: str
    package: str
    find: Callable[[], object]


POSTGRESQL = Program("PostgreSQL", "postgresql", postgresql_folder)
CHROMIUM = Program("Chromium", "chromium", chromium_program)


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
        print("Installing from Debian's packages:", ", ".join(program.package for program in missing), flush=True)
        quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, "stdin": subprocess.DEVNULL, "check": False}
        subprocess.run([*command, "-qq", "update"], **quiet)
        packages = [program.package for program in missing]
        subprocess.run([*command, "-qq", "install", "--yes", "--no-install-recommends", *packages], **quiet)
    return tuple(program for program in missing if not program.find())
