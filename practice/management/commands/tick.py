"""Do what must be done every minute: each app names its jobs in `tick_jobs` of its AppConfig."""

from django.apps import apps
from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.module_loading import import_string


class Command(BaseCommand):
    help = "Run every app's periodic jobs once. Start it each minute."

    def handle(self, *args: object, **options: object) -> None:
        """Call each job with the moment of this tick and tell how much it did."""
        now = timezone.now()
        for app in apps.get_app_configs():
            for job in getattr(app, "tick_jobs", []):
                self.stdout.write(f"{job}: {import_string(job)(now=now)}")
