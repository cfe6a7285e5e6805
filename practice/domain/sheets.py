"""Rows for a spreadsheet, made safe: a text that a spreadsheet would run as a formula is kept as text. Pure."""

import csv
from collections.abc import Iterable, Iterator

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
CONTROL = {code: None for code in range(32) if chr(code) not in "\t\r\n"}

Cell = str | int | float | None


def safe(value: object) -> Cell:
    """A value as it may stand in a cell: numbers as they are, text with an apostrophe before what starts a formula."""
    if value is None or isinstance(value, int | float):
        return value
    text = str(value).translate(CONTROL)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) or text.lstrip().startswith(FORMULA_SIGNS) else text


class _Line:
    """A file of one line, as `csv` wants it: what is written is what comes back."""

    def write(self, text: str) -> str:
        return text


def as_csv(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The lines of a CSV file, with semicolons, as a Dutch spreadsheet reads it; a mark says that it is UTF-8."""
    writer = csv.writer(_Line(), delimiter=";")
    yield "\ufeff"
    for row in rows:
        yield writer.writerow([safe(value) for value in row])
