"""Reads content folders into the parts that the domain composes."""

from pathlib import Path
from typing import Any

import yaml

Parts = dict[str, Any]


def read_yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def read_folder(folder: Path) -> Parts:
    """Every YAML file of a folder by its name without the ending; an absent folder is empty."""
    return {path.stem: read_yaml(path) for path in sorted(folder.glob("*.yaml"))}


def read_one(path: Path) -> Any:
    return read_yaml(path) if path.exists() else {}


def read_sources(folder: Path) -> Parts:
    """The sources of a folder, which may stand in several files."""
    return {key: source for path in sorted(folder.glob("sources*.yaml")) for key, source in read_yaml(path).items()}


def read_intake_content(folder: Path) -> Parts:
    """The parts for `intake.domain.composing.compose`."""
    kinds = ("questionnaires", "items", "instruments", "derived", "diagrams")
    return {**{kind: read_folder(folder / kind) for kind in kinds}, "sources": read_sources(folder)}


def read_protocol_content(folder: Path) -> Parts:
    """The parts for `plans.domain.protocol.compose`."""
    files = ("protocol", "derived", "techniques", "exercises", "advice")
    parts: Parts = {name: read_one(folder / f"{name}.yaml") for name in files}
    parts["sources"] = read_sources(folder)
    return parts | {"rules": read_folder(folder / "rules"), "templates": read_folder(folder / "templates")}
