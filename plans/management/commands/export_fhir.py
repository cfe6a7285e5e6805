"""Writes a protocol, a questionnaire, an intake or a plan as FHIR R4."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from intake.fhir.elements import Resource
from intake.fhir.paths import NotExpressibleError
from intake.fhir.rows import intake_bundle, questionnaire_bundle
from intake.models import Intake, QuestionnaireVersion
from plans.fhir.rows import plan_bundle, protocol_bundle
from plans.models import Plan, ProtocolVersion
from practice import audit

Row = TypeVar("Row", bound=Model)


class Command(BaseCommand):
    """Print one bundle as JSON. What is about a patient is written to the access log as done by command."""

    help = "Write a protocol, a questionnaire, an intake or a plan as a FHIR R4 bundle. Nobody is named in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to export, and where to."""
        parser.add_argument("what", choices=list(EXPORTS))
        parser.add_argument(
            "which", help="code or code:version (the published version without one); the id of an intake or plan"
        )
        parser.add_argument("--words", action="store_true", help="take free text along, which may name people")
        parser.add_argument("--output", type=Path, metavar="FILE", help="standard output when left out")

    @transaction.atomic
    def handle(self, *args: object, **options: Any) -> None:
        """Find the row, log the export, write it."""
        try:
            bundle = EXPORTS[options["what"]](options["which"], options["words"])
        except NotExpressibleError as finding:
            raise CommandError(f"{finding} cannot be said in FHIRPath: it is read off a body chart.") from finding
        text = json.dumps(bundle, ensure_ascii=False, indent=1) + "\n"
        if options["output"]:
            options["output"].write_text(text, encoding="utf-8")
        else:
            self.stdout.write(text, ending="")


def _version(versions: QuerySet[Row], which: str) -> Row:
    """The version that `code:number` names, or the published one of `code`."""
    code, _colon, number = which.partition(":")
    named = versions.filter(code=code)
    found = named.filter(version=int(number)) if number.isdecimal() else named.filter(status="published")
    if (row := found.first()) is None or (_colon and not number.isdecimal()):
        raise CommandError(f"There is no {which}.")
    return row


def _row(rows: QuerySet[Row], which: str) -> Row:
    try:
        return rows.get(pk=UUID(which))
    except (ValueError, rows.model.DoesNotExist):
        raise CommandError(f"There is no {which}.") from None


def _log(row: Intake | Plan, event: str, words: bool) -> None:
    audit.record(
        by=None,
        event=f"{event}_with_words" if words else event,
        action="R",
        now=timezone.now(),
        patient_id=row.episode.patient_id,
        object_type=row._meta.label_lower,
        object_id=row.pk,
    )


def _protocol(which: str, _words: bool) -> Resource:
    return protocol_bundle(_version(ProtocolVersion.objects.all(), which))


def _questionnaire(which: str, _words: bool) -> Resource:
    return questionnaire_bundle(_version(QuestionnaireVersion.objects.all(), which))


def _intake(which: str, words: bool) -> Resource:
    intake = _row(Intake.objects.with_patient(), which)
    _log(intake, "intake_exported", words)
    return intake_bundle(intake, with_text=words)


def _plan(which: str, words: bool) -> Resource:
    plan = _row(Plan.objects.with_patient(), which)
    _log(plan, "plan_exported", words)
    return plan_bundle(plan, with_text=words)


EXPORTS: dict[str, Callable[[str, bool], Resource]] = {
    "protocol": _protocol,
    "questionnaire": _questionnaire,
    "intake": _intake,
    "plan": _plan,
}
