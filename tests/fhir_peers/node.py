"""Node and npm: whether they are here, and our scripts with their locked packages in var/."""

import json
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent.parent / "var" / "fhir_peers"
LOCK, INSTALLED = "package-lock.json", "node_modules/.package-lock.json"
OLDEST = (20, 19)


def missing() -> str | None:
    """What has to be installed first, in words; None where all is here."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "Node.js and npm are needed. On Debian: apt-get install nodejs npm"
    version = _said("node", "--version").lstrip("v")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        return f"Node.js {'.'.join(map(str, OLDEST))} or newer is needed, and this is {version}."
    return None


def versions() -> str:
    """With what the exports are judged, for the report."""
    packages = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return ", ".join([f"Node.js {_said('node', '--version')}", *(f"{name} {one}" for name, one in packages.items())])


def install() -> None:
    """The locked packages, unless they are there, and our scripts beside them, since node looks for packages there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    there = (FOLDER / INSTALLED).exists() and (FOLDER / LOCK).read_bytes() == (HERE / LOCK).read_bytes()
    for file in [*HERE.glob("*.mjs"), *HERE.glob("*.json"), HERE / ".npmrc"]:
        shutil.copy(file, FOLDER)
    if not there:
        subprocess.run([_program("npm"), "ci", "--silent"], cwd=FOLDER, check=True)


def started(script: str, *arguments: str) -> subprocess.Popen[str]:
    """One of our scripts, which reads what is written to it."""
    command = [_program("node"), script, *arguments]
    return subprocess.Popen(command, cwd=FOLDER, stdin=subprocess.PIPE, text=True, encoding="utf-8")


def _program(name: str) -> str:
    return shutil.which(name) or name


def _said(program: str, *arguments: str) -> str:
    command = [_program(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
