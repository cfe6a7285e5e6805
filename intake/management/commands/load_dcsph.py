"""Loads the practice's own list of DCSPH diagnosis codes from a CSV file."""

import csv
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from intake import actions
from patients.policies import Refused

CODE_COLUMNS = ("code", "dcsph", "dcsph-code")
DESCRIPTION_COLUMNS = ("description", "omschrijving")


class Command(BaseCommand):
    """Replace the list of diagnosis codes; codes that are no longer on it stay readable in older intakes."""

    help = "Load DCSPH codes from a CSV file with the columns code and description (or omschrijving)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file: UTF-8, separated by commas or semicolons, with a line of column names."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, file: Path, **options: object) -> None:
        """Load the whole list, or nothing."""
        try:
            count = actions.load_diagnosis_codes(codes=read_codes(file))
        except (OSError, UnicodeDecodeError, ValueError, Refused) as error:
            raise CommandError(f"{file.name}: {error}") from error
        self.stdout.write(f"{count} diagnosis codes are on the list now.")


def read_codes(file: Path) -> dict[str, str]:
    """Descriptions by code. Raises `ValueError` with the line where the file is not such a list."""
    text = file.read_text(encoding="utf-8-sig")
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    reader = csv.DictReader(text.splitlines(), delimiter=delimiter)
    names = {name.strip().lower(): name for name in reader.fieldnames or ()}
    code_column = _column(names, CODE_COLUMNS)
    description_column = _column(names, DESCRIPTION_COLUMNS)
    return dict(_line(row[code_column], row[description_column], reader.line_num) for row in reader)


def _column(names: dict[str, str], wanted: tuple[str, ...]) -> str:
    found = next((names[name] for name in wanted if name in names), None)
    if found is None:
        raise ValueError(f"has no column named {' or '.join(wanted)}")
    return found


def _line(code: str | None, description: str | None, number: int) -> tuple[str, str]:
    if not (code or "").strip() or not (description or "").strip():
        raise ValueError(f"line {number} lacks a code or a description")
    return str(code).strip(), str(description).strip()
