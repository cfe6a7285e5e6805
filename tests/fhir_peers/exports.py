"""Everything that can be exported, of what ships and of the demo. Importing this needs Django to be set up."""

import json
from collections.abc import Iterator
from pathlib import Path

from django.core.management import call_command

from intake.fhir.rows import instrument_bundle
from intake.models import Intake, QuestionnaireVersion
from plans.models import Plan, ProtocolVersion


def fill() -> None:
    """What ships and the demo, in a database that is empty."""
    call_command("migrate", verbosity=0)
    call_command("load_content", verbosity=0)
    call_command("load_demo")


def write(folder: Path) -> None:
    """One file for each bundle."""
    for what, which, words in _named():
        file = folder / f"{what}_{which.replace(':', '_')}{'_words' * words}.json"
        call_command("export_fhir", what, which, words=words, output=file)
    for version in QuestionnaireVersion.objects.all():
        for instrument in version.questionnaire.instruments:
            file = folder / f"instrument_{version.code}_{version.version}_{instrument.code}.json"
            file.write_text(json.dumps(instrument_bundle(version, instrument.code)), encoding="utf-8")


def _named() -> Iterator[tuple[str, str, bool]]:
    """What the command exports, how it is called there, and whether with free text."""
    for what, versions in (("protocol", ProtocolVersion), ("questionnaire", QuestionnaireVersion)):
        for one in versions.objects.all():
            yield what, f"{one.code}:{one.version}", False
    for what, rows in (("intake", Intake), ("plan", Plan)):
        for one in rows.objects.all():
            yield what, str(one.pk), False
            yield what, str(one.pk), True
