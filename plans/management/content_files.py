"""Reads the folder of a protocol into the plain parts that the domain composes."""

from pathlib import Path
from typing import Any

from intake.management.content_files import read_folder, read_sources, read_yaml

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


def protocol_folders(content: Path) -> list[Path]:
    """The folders below `content` that hold a protocol."""
    return sorted(path.parent for path in content.glob("*/protocol.yaml"))
