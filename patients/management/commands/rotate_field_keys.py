"""Encrypt stored BSNs again with the newest field key."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.utils import timezone

from patients import actions


class Command(BaseCommand):
    """Put a new key in front of FIELD_KEYS, run this, and only then take the old key away."""

    help = "Encrypt stored BSNs again with the newest key of FIELD_KEYS. It may be stopped and run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the option for a changed index key."""
        parser.add_argument(
            "--all", action="store_true", help="every BSN, and its index: needed after a change of INDEX_KEY"
        )

    def handle(self, *args: object, **options: object) -> None:
        """Rotate, and say how many were encrypted again."""
        count = actions.rotate_field_keys(everything=bool(options["all"]), now=timezone.now())
        self.stdout.write(f"Encrypted again: {count}")
