"""Do what must be done every minute: each app names its jobs in `tick_jobs` of its AppConfig."""

import os
import time
from argparse import ArgumentParser

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone
from django.utils.module_loading import import_string


class Command(BaseCommand):
    help = "Run every app's periodic jobs once. Start it each minute, or let it go on by itself with --every."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How often, for as long as the process that started it is there."""
        parser.add_argument("--every", type=int, metavar="SECONDS", help="go on until the starting process ends")

    def handle(self, *args: object, every: int | None = None, **options: object) -> None:
        """Call each job with the moment of this tick and tell how much it did."""
        if every is None:
            self._tick()
            return
        parent = os.getppid()
        while os.getppid() == parent:
            self._try()
            _wait(every, parent)

    def _try(self) -> None:
        """One tick among many: a database that is busy now is there at the next."""
        close_old_connections()
        try:
            self._tick(quiet=True)
        except OperationalError as error:
            self.stderr.write(f"this tick was left out: {error}")

    def _tick(self, *, quiet: bool = False) -> None:
        now = timezone.now()
        for app in apps.get_app_configs():
            for job in getattr(app, "tick_jobs", []):
                done = import_string(job)(now=now)
                if not quiet:
                    self.stdout.write(f"{job}: {done}")


def _wait(seconds: int, parent: int) -> None:
    """Sleep, but not much longer than the process that started this one lives."""
    for _ in range(seconds):
        if os.getppid() != parent:
            return
        time.sleep(1)
