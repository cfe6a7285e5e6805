"""Content files packed in a zip, as somebody takes them along or sends them in, and content that somebody typed."""

import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import yaml

LARGEST_INSTRUMENT = 200_000  # bytes: some forty times the longest that ships
LARGEST = 20_000_000  # bytes, unpacked: far more than a protocol or questionnaire has
DEEPEST = 40  # levels within each other: far more than content has
GREATEST = 10**12  # no bound, point or dose comes near it
NO_NUMBER = re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE)
FOLDERS = ("questionnaires", "items", "instruments", "derived", "diagrams")
FILE = re.compile(r"(?:(?P<folder>[a-z]+)/)?(?P<stem>[a-z][a-z0-9_]*)\.yaml")


class FileRefusedError(ValueError):
    """A file that is no packed folder of content files; says why."""


def to_text(content: Any) -> str:
    """Content as it stands in a file."""
    return yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=120)


def from_text(text: str) -> Any:
    """Content that somebody typed or sent. Raises `yaml.YAMLError` and `ValueError`.

    References within it are refused: a few lines of them can stand for more than a machine can hold. So are levels
    without end, which a process dies of; tags, since content is made of texts, numbers, lists and keys; the null
    character, which no text has and PostgreSQL cannot keep; and what is written as a number and is none.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if why := "too many levels" if depth > DEEPEST else _refused(event):
            raise yaml.composer.ComposerError(None, None, why, event.start_mark)
    content = yaml.load(text, Loader=yaml.CSafeLoader)
    if not all(abs(number) <= GREATEST for number in _numbers_in(content)):
        raise ValueError("no number")
    return content


def _refused(event: yaml.Event) -> str:
    """Why a piece of content is refused; empty where it is not."""
    if isinstance(event, yaml.AliasEvent):
        return "no references (*)"
    if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None):
        return "no tags (!)"
    if isinstance(event, yaml.ScalarEvent) and "\0" in event.value:
        return "no null character"
    if isinstance(event, yaml.ScalarEvent) and event.implicit[0] and NO_NUMBER.fullmatch(event.value):
        return "no number"
    return ""


def _numbers_in(content: Any) -> Iterator[float]:
    """Every number in content, however deep."""
    if isinstance(content, int | float):
        yield content
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from _numbers_in(value)
    elif isinstance(content, list):
        for value in content:
            yield from _numbers_in(value)


def pack_files(files: Mapping[str, Any]) -> bytes:
    """Files with their content in a zip: the same content is the same zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), to_text(part))
    return packed.getvalue()


def unpack_files(packed: bytes) -> Iterator[tuple[str, Any]]:
    """The name and content of each file in a zip. Raises `FileRefusedError`."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if sum(entry.file_size for entry in entries) > LARGEST:
                raise FileRefusedError("too large")
            for entry in entries:
                yield entry.filename, from_text(archive.read(entry).decode())
    except (zipfile.BadZipFile, yaml.YAMLError, ValueError, RecursionError, RuntimeError) as error:
        raise FileRefusedError(str(error)) from error


def unpacked_parts(packed: bytes, folders: Collection[str], single: Collection[str] = ()) -> dict[str, Any]:
    """The parts in a zip: by folder those of each, the `single` files by name, and the sources of all its lists.

    Raises `FileRefusedError`, also at a file that belongs nowhere.
    """
    parts: dict[str, Any] = {"sources": {}, **{folder: {} for folder in folders}}
    for name, content in unpack_files(packed):
        found = FILE.fullmatch(name)
        folder, stem = found.group("folder", "stem") if found else (None, "")
        if folder in folders:
            parts[folder][stem] = content
        elif folder is None and stem.startswith("sources") and isinstance(content, dict):
            parts["sources"] |= content
        elif folder is None and stem in single:
            parts[stem] = content
        else:
            raise FileRefusedError(name)
    return parts


def pack_questionnaire(content: Mapping[str, Any]) -> bytes:
    """A questionnaire as the folder of content files that `read_intake_content` reads, in a zip."""
    files = {f"{folder}/{name}.yaml": part for folder in FOLDERS for name, part in content[folder].items()}
    return pack_files({**files, "sources.yaml": content["sources"]})


def unpack_questionnaire(packed: bytes) -> dict[str, Any]:
    """The parts in a zip that `pack_questionnaire` made, or somebody made of such a folder.

    Raises `FileRefusedError`, also when it holds no questionnaire or more than one.
    """
    parts = unpacked_parts(packed, FOLDERS)
    if len(parts["questionnaires"]) != 1:
        raise FileRefusedError("questionnaires/")
    return parts


def read_instrument_file(sent: bytes) -> Any:
    """The content of a file that should hold one instrument. Raises `FileRefusedError`."""
    try:
        return from_text(sent.decode("utf-8-sig"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FileRefusedError(str(error)) from error
