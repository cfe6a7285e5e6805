"""Reads the folders of clinical content into the plain parts that the domain composes."""

from pathlib import Path
from typing import Any

import yaml

Parts = dict[str, Any]


def read_yaml(path: Path) -> Any:
    """The content of one file."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def read_folder(folder: Path) -> Parts:
    """Every YAML file of a folder by its name without the ending; an absent folder is empty."""
    return {path.stem: read_yaml(path) for path in sorted(folder.glob("*.yaml"))}


def read_sources(folder: Path) -> Parts:
    """The sources of a folder: the entries of every file whose name begins with `sources`."""
    return {key: source for path in sorted(folder.glob("sources*.yaml")) for key, source in read_yaml(path).items()}


def read_intake_content(folder: Path) -> Parts:
    """The parts for `intake.domain.composing.compose`."""
    kinds = ("questionnaires", "items", "instruments", "derived", "diagrams")
    return {**{kind: read_folder(folder / kind) for kind in kinds}, "sources": read_sources(folder)}


def merged(first: Parts, second: Parts) -> Parts:
    """The parts of two folders together, such as those of the product and of a practice's own region."""
    return {key: {**first.get(key, {}), **second.get(key, {})} for key in first.keys() | second.keys()}
