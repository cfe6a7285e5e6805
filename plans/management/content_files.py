"""The folder of a protocol and the plain parts that the domain composes: read from files, packed in a zip, unpacked."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from intake.management.content_files import read_folder, read_sources, read_yaml
from intake.management.packed_files import FileRefusedError, pack_files, unpacked_parts

FILES = ("derived", "techniques", "exercises", "advice")


def read_protocol_content(folder: Path) -> dict[str, Any]:
    """The parts for `plans.domain.protocol.compose`."""
    parts = {name: read_yaml(folder / f"{name}.yaml") for name in FILES if (folder / f"{name}.yaml").exists()}
    return {
        **parts,
        "protocol": read_yaml(folder / "protocol.yaml"),
        "rules": read_folder(folder / "rules"),
        "templates": read_folder(folder / "templates"),
        "sources": read_sources(folder),
    }


def read_cases(folder: Path) -> list[Any]:
    """The test cases that are kept with the protocol of this folder."""
    return [case for cases in read_folder(folder / "cases").values() for case in cases]


def protocol_folders(content: Path) -> list[Path]:
    """The folders below `content` that hold a protocol."""
    return sorted(path.parent for path in content.glob("*/protocol.yaml"))


SINGLE = {*FILES, "protocol"}
FOLDERS = {"rules", "templates"}
CASES = "cases"


class Unpacked(NamedTuple):
    """A packed folder: the parts that the domain composes, and the test cases that came with them."""

    content: dict[str, Any]
    cases: list[Any]


def pack(content: Mapping[str, Any], cases: Iterable[Mapping[str, Any]] = ()) -> bytes:
    """A protocol and its test cases as the folder that `read_protocol_content` and `read_cases` read, in a zip."""
    return pack_files(_files(content, list(cases)))


def _files(content: Mapping[str, Any], cases: list[Mapping[str, Any]]) -> dict[str, Any]:
    """What stands in each file of the folder."""
    files = {f"{name}.yaml": content[name] for name in (*SINGLE, "sources") if content.get(name)}
    folders = {f"{folder}/{name}.yaml": part for folder in FOLDERS for name, part in content[folder].items()}
    return {**files, **folders, **({f"{CASES}/{CASES}.yaml": cases} if cases else {})}


def unpack(packed: bytes) -> Unpacked:
    """What is in a zip that `pack` made, or somebody made of such a folder. Raises `FileRefusedError`."""
    parts = unpacked_parts(packed, {*FOLDERS, CASES}, SINGLE)
    if "protocol" not in parts:
        raise FileRefusedError("protocol.yaml")
    files = parts.pop(CASES)
    if wrong := [name for name, cases in files.items() if not isinstance(cases, list)]:
        raise FileRefusedError(f"{CASES}/{wrong[0]}.yaml")
    return Unpacked(parts, [case for cases in files.values() for case in cases])
