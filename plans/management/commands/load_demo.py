"""Loads a made-up practice with patients at every stage of care."""

import datetime as dt
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from intake.management.content_files import read_yaml
from patients.models import Patient
from plans.management import demo
from plans.management.demo.patients import Records
from plans.management.demo.practice import employ, open_practice
from plans.models import ProtocolVersion

CONTENT = Path(demo.__file__).parent
SEED = 7


class Command(BaseCommand):
    """Fill an empty Traject for a look around. Does nothing when that was done before."""

    help = "Load made-up people, patients, intakes and plans. Does nothing when they are there already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The seed of what is left to chance: times of day, addresses and numbers."""
        parser.add_argument("--seed", type=int, default=SEED, help="the same seed gives the same data")

    def handle(self, *args: object, seed: int, **options: object) -> None:
        """Refuse where real records could be; else load all of it or nothing."""
        if not settings.DEMO:
            raise CommandError("Made-up data is loaded in a demo only: set DEMO=1, and never where real patients are.")
        if Patient.objects.filter(registered_by__is_demo=False).exists():
            raise CommandError("There are patients here who were not made up. Demo data is never put beside them.")
        if Patient.objects.exists():
            self.stdout.write("The demo data is there already.")
            return
        if not ProtocolVersion.objects.published().exists():
            raise CommandError("There is no content yet: run load_content first.")
        count = self._load(seed=seed, now=timezone.now())
        self.stdout.write(f"Loaded a made-up practice with {count} patients.")

    @transaction.atomic
    def _load(self, *, seed: int, now: dt.datetime) -> int:
        """Load everything; give back how many patients there are."""
        practice = read_yaml(CONTENT / "practice.yaml")
        content = read_yaml(CONTENT / "patients.yaml")
        location = open_practice(practice, now=now)
        for row in practice["practitioners"]:
            employ(row, location, today=timezone.localdate(now))
        records = Records(content, location, now=now, seed=seed)
        return len([records.add(row) for row in content["patients"]])
