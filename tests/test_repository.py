"""What no file may hold: secrets, paths of a machine, the address of a registry; and no page names a missing file."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Written so that this file does not match itself.
FORBIDDEN = {
    "a path of a machine": re.compile(r"(?<![\w./-])/(?:[w]ork|[f]arm|[r]oot|[h]ome/\w+|[U]sers/\w+)/"),
    "the address of a package registry": re.compile(
        r"(?i)p[y]pi\.org|pythonh[o]sted|registry\.n[p]mjs|deb\.d[e]bian\.org"
    ),
    "a private key": re.compile(r"BEGIN [A-Z ]*PRIV[A]TE KEY"),
    "an access key": re.compile(r"\b(?:AKIA[0-9A-Z]{16}|ghp_[0-9A-Za-z]{36}|xox[abp]-[0-9A-Za-z-]{10,})"),
}
OUR_FILE = re.compile(
    r"(?<![\w./<*-])(?:practice|patients|intake|plans|scheduling|config|templates|tests|benchmarks|static|docs)/"
    r"[\w./-]+\.(?:py|html|css|js|yaml|md)\b"
)


def tracked() -> list[Path]:
    """The text files of the repository, as git lists them."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    binary = {".png", ".jpg", ".webp", ".ico", ".woff2", ".pdf"}
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.suffix not in binary and path.is_file()]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    lines = (
        (f"{path.relative_to(ROOT)}:{number}", line)
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    )
    assert [where for where, line in lines if FORBIDDEN[what].search(line)] == []


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a path of a machine", "see /" + "work/main/x"),
        ("a path of a machine", "cd /" + "home/sanne/traject"),
        ("the address of a package registry", "https://" + "py" + "pi.org/simple"),
        ("a private key", "-----BEGIN RSA PRIV" + "ATE KEY-----"),
    ],
)
def test_the_check_notices(what: str, line: str) -> None:
    assert FORBIDDEN[what].search(line)


def test_the_check_leaves_ordinary_words_alone() -> None:
    assert not FORBIDDEN["a path of a machine"].search("household/work/sport, intake/content/work/x.yaml")


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_locked_packages_have_hashes_and_name_no_index(file: str) -> None:
    text = (ROOT / file).read_text()
    pinned = re.findall(r"^[\w.\[\], -]+==[^ ]+(.*)$", text, re.MULTILINE)
    assert pinned
    assert all(rest.endswith("\\") for rest in pinned)
    assert not re.search(r"^-{1,2}(?:i|index|extra|find|trusted)|://", text, re.MULTILINE)


def test_node_packages_are_exact_have_their_reason_and_are_locked_without_an_index() -> None:
    folder = ROOT / "tests" / "fhir_peers"
    asked, locked = (json.loads((folder / f"package{end}.json").read_text()) for end in ("", "-lock"))
    assert all(re.fullmatch(r"[\d.]+", version) for version in asked["dependencies"].values())
    assert asked["reasons"].keys() == asked["dependencies"].keys()
    assert locked["packages"][""]["dependencies"] == asked["dependencies"]
    packages = [one for name, one in locked["packages"].items() if name]
    assert all(one.keys() & {"integrity", "inBundle"} for one in packages)
    assert not any("resolved" in one for one in packages)


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_each_dependency_is_locked(name: str) -> None:
    locked = set(re.findall(r"^([\w.-]+)(?:\[[\w, -]+\])?==", (ROOT / f"{name}.txt").read_text(), re.MULTILINE))
    asked = re.findall(r"^([a-z][\w.-]*)", (ROOT / f"{name}.in").read_text(), re.MULTILINE)
    assert set(asked) <= locked


def test_every_picture_is_shown_and_every_shown_picture_is_there() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    links = ((page, link) for page in pages for link in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text("utf-8")))
    shown = {(page.parent / link).resolve() for page, link in links}
    assert shown == {path for path in (ROOT / "docs" / "screenshots").rglob("*") if path.is_file()}


def test_every_file_that_the_documentation_names_is_there() -> None:
    pages = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *(ROOT / "docs").rglob("*.md")]
    named = ((page, name) for page in pages for name in OUR_FILE.findall(page.read_text(encoding="utf-8")))
    assert [f"{page.relative_to(ROOT)}: {name}" for page, name in named if not (ROOT / name).is_file()] == []
