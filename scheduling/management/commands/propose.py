"""Proposes a series of sessions for a booking instance given as JSON, without touching any record."""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from scheduling.domain.document import SCHEMA, InstanceRefusedError, proposal_to_json, read_instance
from scheduling.domain.instance import Instance
from scheduling.domain.many import propose_many
from scheduling.domain.propose import propose

OK, REFUSED, UNREADABLE = 0, 1, 2


class Command(BaseCommand):
    """Print the proposal for one instance, or for a folder of them that share people and rooms, as JSON."""

    help = "Print the proposal for a booking instance in JSON. FILE is a file, or - for standard input."
    epilog = """
exit codes: 0 done, also when a session has no place (its row says why); 1 an instance was refused (each problem is
named with its path on standard error); 2 a file could not be read or is no JSON, or there is nothing to read: no
FILE, a folder without .json files, or a FILE and a folder at once.
The format of an instance is a JSON Schema: `propose --schema` prints it.
"""
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """The parser, with the exit codes below its help."""
        return super().create_parser(
            prog_name, subcommand, epilog=self.epilog, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to read."""
        parser.add_argument("file", nargs="?", metavar="FILE", help="a booking instance, or - for standard input")
        parser.add_argument(
            "--many", type=Path, metavar="DIR", help="every .json file of a folder, booked together: one line each"
        )
        parser.add_argument("--schema", action="store_true", help="print the JSON Schema of an instance")

    def handle(self, *args: object, **options: Any) -> None:
        """Run, and end with the exit code."""
        if options["schema"]:
            self._print(SCHEMA, indent=2)
            sys.exit(OK)
        if options["many"] and options["file"]:
            self.stderr.write("Give a FILE or --many DIR, not both.")
            sys.exit(UNREADABLE)
        if options["many"]:
            sys.exit(self._many(options["many"]))
        if not options["file"]:
            self.stderr.write("Give a FILE, - for standard input, --many DIR or --schema.")
            sys.exit(UNREADABLE)
        code, instance = self._read(options["file"])
        if instance is not None:
            self._print(proposal_to_json(propose(instance)), indent=2)
        sys.exit(code)

    def _many(self, folder: Path) -> int:
        """Every instance of a folder together; one that is refused is left out, and the worst exit code is given."""
        if not folder.is_dir():
            self.stderr.write(f"{folder}: is not a folder.")
            return UNREADABLE
        paths = sorted(folder.glob("*.json"))
        if not paths:
            self.stderr.write(f"{folder}: there is no .json file in it.")
            return UNREADABLE
        read = {path.name: self._read(str(path)) for path in paths}
        instances = {name: instance for name, (_, instance) in read.items() if instance is not None}
        together = dict(zip(instances, propose_many(list(instances.values())), strict=True))
        for name, (code, _) in read.items():
            found = together.get(name)
            self._print({"file": name, **({"proposal": proposal_to_json(found)} if found else {"error": code})})
        return max(code for code, _ in read.values())

    def _read(self, name: str) -> tuple[int, Instance | None]:
        """The exit code and the instance of one document; problems go to standard error."""
        try:
            given = json.loads(sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            self.stderr.write(f"{name}: {error}")
            return UNREADABLE, None
        try:
            return OK, read_instance(given)
        except InstanceRefusedError as refused:
            for problem in refused.problems:
                self.stderr.write(f"{name}: {problem}")
            return REFUSED, None

    def _print(self, value: Any, indent: int | None = None) -> None:
        self.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent))
