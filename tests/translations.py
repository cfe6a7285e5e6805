"""Every text that people see, gathered from code and templates: `make messages` brings the Dutch catalogue up to date.

Message ids are English prose, so English needs no catalogue. What is translated stays; new texts come in empty; texts
that nobody uses go.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("config", "practice", "patients", "intake", "plans", "scheduling")
DUTCH = ROOT / "locale" / "nl" / "LC_MESSAGES" / "django.po"
HEADER = {
    "header_comment": "# Dutch texts of Traject.",
    "project": "Traject",
    "version": "1",
    "msgid_bugs_address": "",
    "last_translator": "Traject",
    "language_team": "nl",
}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def as_python(template: str) -> bytes:
    """A template as lines of calls that the extractor for Python understands."""
    return "\n".join(line.strip() for line in templatize(template).splitlines()).encode()


def texts(code: bytes) -> Iterator[tuple]:
    """Line, text, comments and context of each text in Python code."""
    return extract("python", io.BytesIO(code), keywords=KEYWORDS)


def sources() -> Iterator[tuple[Path, bytes]]:
    """Each file that may hold texts, as Python."""
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, path.read_bytes()
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield path, as_python(path.read_text(encoding="utf-8"))


def gathered() -> Catalog:
    """All texts, with the files they are in."""
    catalog = Catalog()
    for path, code in sources():
        for _line, message, _comments, context in texts(code):
            catalog.add(message, locations=[(str(path.relative_to(ROOT)), 0)], context=context)
    return catalog


def dutch() -> Catalog:
    """The Dutch catalogue as it is."""
    if not DUTCH.exists():
        return Catalog(
            locale="nl", project="Traject", version="1", header_comment="# Dutch texts of Traject.", fuzzy=False
        )
    with DUTCH.open("rb") as file:
        return read_po(file, locale="nl")


def untranslated(catalog: Catalog) -> Iterator[str]:
    """The texts without a Dutch one; in a plural each form is needed."""
    for message in catalog:
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and not all(texts):
            yield str(message.id)


def problems(catalog: Catalog, wanted: Catalog) -> dict[str, list[str]]:
    """What is wrong with `catalog` when these texts are `wanted`: each kind with the texts it concerns."""
    have = {(message.id, message.context) for message in catalog if message.id}
    want = {(message.id, message.context) for message in wanted if message.id}
    return {
        "missing": sorted(str(text) for text, _context in want - have),
        "unused": sorted(str(text) for text, _context in have - want) + [str(text) for text in catalog.obsolete],
        "untranslated": sorted(untranslated(catalog)),
        "fuzzy": sorted(str(message.id) for message in catalog if message.id and message.fuzzy),
        "wrong placeholders": sorted(str(message.id) for message, _errors in catalog.check()),
    }


def main() -> int:
    """Bring the Dutch catalogue up to date; gives 1 while texts lack a translation."""
    catalog = dutch()
    catalog.update(gathered(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    DUTCH.parent.mkdir(parents=True, exist_ok=True)
    with DUTCH.open("wb") as file:
        write_po(file, catalog, width=0, sort_output=True, include_lineno=False)
    lacking = list(untranslated(catalog))
    print(f"{len(catalog)} texts, {len(lacking)} without Dutch", *lacking, sep="\n  ")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
