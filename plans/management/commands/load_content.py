"""Loads clinical content files: questionnaires and protocols become published versions in the database."""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from intake import actions as intake_actions
from intake.domain.composing import compose_all
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import ContentError
from intake.management.content_files import merged, read_intake_content
from patients.policies import Refused
from plans import actions
from plans.actions import governing
from plans.domain.check import blocking, check
from plans.domain.protocol import Protocol, compose
from plans.management.content_files import protocol_folders, read_cases, read_protocol_content


class Command(BaseCommand):
    """Publish the versions in the content files that the database does not have yet. Never alters one it has."""

    help = "Publish the questionnaires and protocols in the content files. What is published already stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Extra folders of the same shape as this one: with intake/content and plans/content in them."""
        parser.add_argument(
            "folders", nargs="*", type=Path, help="folders with intake/content and plans/content in them"
        )

    def handle(self, *args: object, folders: list[Path], **options: object) -> None:
        """Read everything first; publish all of it or nothing."""
        try:
            new = self._publish([settings.BASE_DIR, *folders])
        except (ContentError, Refused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(new)} new versions of content: {', '.join(new) or 'none'}")

    @transaction.atomic
    def _publish(self, roots: list[Path]) -> list[str]:
        """Publish what is new; give back its names."""
        now = timezone.now()
        parts: dict[str, Any] = {}
        for root in roots:
            parts = merged(parts, read_intake_content(root / "intake" / "content"))
        folders = [folder for root in roots for folder in protocol_folders(root / "plans" / "content")]
        questionnaires = compose_all(parts).values()
        protocols = [fit(compose(read_protocol_content(folder)), questionnaires) for folder in folders]
        for folder, protocol in zip(folders, protocols, strict=True):
            governing.check_cases(protocol=protocol.code, cases=read_cases(folder), asked=questionnaires)
        new = [
            f"{questionnaire.code} v{questionnaire.version}"
            for questionnaire in questionnaires
            if intake_actions.publish_questionnaire(questionnaire=questionnaire, now=now)
        ]
        new += [
            f"{protocol.code} v{protocol.version}"
            for protocol in protocols
            if actions.publish_protocol(protocol=protocol, now=now)
        ]
        for folder, protocol in zip(folders, protocols, strict=True):
            governing.add_cases(protocol=protocol.code, cases=read_cases(folder), by=None, now=now)
        return new


def fit(protocol: Protocol, questionnaires: Iterable[Questionnaire]) -> Protocol:
    """The protocol, if it is fit to be published. Raises `CommandError` with everything that blocks it."""
    flaws = blocking(check(protocol, questionnaires))
    if flaws:
        raise CommandError("\n".join(str(flaw) for flaw in flaws))
    return protocol
