"""Draws the suggestion for intakes given as JSON, without touching any record."""

import json
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.timezone import localdate

from intake.domain.composing import compose_all
from intake.domain.conditions import Terms
from intake.domain.documents import DocumentRefusedError, IntakeDocument, read_document
from intake.domain.json_schema import schema
from intake.domain.phrases import finding_in_words
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import Problem
from intake.management.content_files import read_intake_content
from plans.domain.protocol import Protocol, compose
from plans.domain.suggest import suggest
from plans.management.content_files import protocol_folders, read_protocol_content
from plans.models import ProtocolVersion

OK, REFUSED, UNREADABLE, NO_PROTOCOL = 0, 1, 2, 3


class Command(BaseCommand):
    """Print the suggestion for one intake document, or for a folder of them, as JSON."""

    help = "Print the suggestion for an intake in JSON. FILE is a file, or - for standard input."
    epilog = """
exit codes: 0 done; 1 an intake was refused (each problem is named with its path on standard error);
2 a file could not be read or is no JSON, or there is nothing to read: no FILE, a folder without .json files, or a FILE
and a folder at once; 3 no protocol covers the region, or it has no such version.
The format of an intake is a JSON Schema: `suggest --schema QUESTIONNAIRE` prints it.
"""
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """The parser, with the exit codes below its help."""
        return super().create_parser(
            prog_name, subcommand, epilog=self.epilog, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to read, and how much to say."""
        parser.add_argument("file", nargs="?", metavar="FILE", help="an intake document, or - for standard input")
        parser.add_argument(
            "--many", type=Path, metavar="DIR", help="every .json file of a folder: one line of JSON each"
        )
        parser.add_argument("--explain", action="store_true", help="add every reason in words, in Dutch and English")
        parser.add_argument("--protocol", metavar="VERSION", help="a version of the database, such as back_pain:1 or 1")
        parser.add_argument("--schema", metavar="QUESTIONNAIRE", help="print the JSON Schema of that questionnaire")

    def handle(self, *args: object, **options: Any) -> None:
        """Run, and end with the exit code."""
        self.questionnaires = shipped_questionnaires()
        self.version = options["protocol"]
        self.explain = options["explain"]
        if options["schema"]:
            sys.exit(self._print_schema(options["schema"]))
        if options["many"] and options["file"]:
            self._say("Give a FILE or --many DIR, not both.")
            sys.exit(UNREADABLE)
        if options["many"]:
            sys.exit(self._many(options["many"]))
        if not options["file"]:
            self._say("Give a FILE, - for standard input, --many DIR or --schema QUESTIONNAIRE.")
            sys.exit(UNREADABLE)
        code, result = self._one(options["file"])
        if result is not None:
            self.stdout.write(json.dumps(result, ensure_ascii=False, indent=2))
        sys.exit(code)

    def _print_schema(self, code: str) -> int:
        if code not in self.questionnaires:
            self._say(f"There is no questionnaire '{code}': {', '.join(sorted(self.questionnaires))}.")
            return REFUSED
        self.stdout.write(json.dumps(schema(self.questionnaires[code]), ensure_ascii=False, indent=2))
        return OK

    def _many(self, folder: Path) -> int:
        """Every intake of a folder: one line each, with its file; the worst exit code of them."""
        if not folder.is_dir():
            self._say(f"{folder}: is not a folder.")
            return UNREADABLE
        paths = sorted(folder.glob("*.json"))
        if not paths:
            self._say(f"{folder}: there is no .json file in it.")
            return UNREADABLE
        worst = OK
        for path in paths:
            code, result = self._one(str(path))
            worst = max(worst, code)
            line = (
                {"file": path.name, "suggestion": result} if result is not None else {"file": path.name, "error": code}
            )
            self.stdout.write(json.dumps(line, ensure_ascii=False))
        return worst

    def _one(self, name: str) -> tuple[int, dict[str, Any] | None]:
        """The exit code and the suggestion of one document; problems go to standard error."""
        try:
            given = json.loads(sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            self._say(f"{name}: {error}")
            return UNREADABLE, None
        try:
            document = read_document(given, self.questionnaires, today=localdate())
        except DocumentRefusedError as refused:
            self._complain(name, refused.problems)
            return REFUSED, None
        protocol = self._protocol(document.questionnaire.region)
        if protocol is None:
            self._say(f"{name}: no protocol{f' {self.version}' if self.version else ''} covers this region.")
            return NO_PROTOCOL, None
        return OK, self._suggestion(document, protocol)

    def _suggestion(self, document: IntakeDocument, protocol: Protocol) -> dict[str, Any]:
        result = suggest(document.findings, protocol).to_json()
        questionnaire = document.questionnaire
        result["questionnaire"] = {"code": questionnaire.code, "version": questionnaire.version}
        if self.explain:
            terms = {**protocol.derivations.terms, **questionnaire.terms}
            result["explanation"] = {language: in_words(result, terms, language) for language in ("nl", "en")}
        else:
            del result["undecided"], result["not_applied"]
        return result

    def _protocol(self, region: str) -> Protocol | None:
        """The protocol for a region: the version asked for from the database, else the one in the content files."""
        if self.version:
            return stored_protocol(self.version, region)
        return next((protocol for protocol in shipped_protocols() if region in protocol.regions), None)

    def _complain(self, name: str, problems: tuple[Problem, ...]) -> None:
        for problem in problems:
            self._say(f"{name}: {problem}")

    def _say(self, message: str) -> None:
        self.stderr.write(message)


def shipped_questionnaires() -> dict[str, Questionnaire]:
    """The questionnaires of the content files, by code."""
    return compose_all(read_intake_content(settings.BASE_DIR / "intake" / "content"))


def shipped_protocols() -> list[Protocol]:
    """The protocols of the content files."""
    folders = protocol_folders(settings.BASE_DIR / "plans" / "content")
    return [compose(read_protocol_content(folder)) for folder in folders]


def stored_protocol(version: str, region: str) -> Protocol | None:
    """A protocol version of the database, asked for as `code:number` or `number`; None when there is none."""
    code, _colon, number = version.rpartition(":")
    if not number.isdecimal():
        return None
    found = ProtocolVersion.objects.filter(version=int(number))
    candidates = found.filter(code=code) if code else found
    return next((row.protocol for row in candidates if region in row.regions), None)


def in_words(result: dict[str, Any], terms: Terms, language: str) -> list[str]:
    """The reasons of flags, templates and referrals as sentences, the answers they rest on included."""
    lines = []
    for kind in ("red_flags", "referrals", "templates"):
        for conclusion in result[kind]:
            name = conclusion.get("label", conclusion.get("title"))
            lines.append(f"{name[language] if name else conclusion['discipline']}:")
            lines += [_reason_in_words(reason, terms, language) for reason in conclusion["reasons"]]
    return lines


def _reason_in_words(reason: dict[str, Any], terms: Terms, language: str) -> str:
    answers = "; ".join(finding_in_words(leaf["code"], leaf["value"], terms, language) for leaf in reason["held"])
    return f"  {reason['explanation'][language]} [{answers}] ({reason['rule']}, {reason['evidence']})"
