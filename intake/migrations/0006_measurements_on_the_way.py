"""When a measurement was recorded, and body charts that are drawn again after the intake."""

import uuid
from functools import partial

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from intake.migrations._frozen import Frozen, freeze, thaw

MEASUREMENT = [Frozen("intake_measurement", "a_measurement_does_not_change")]
CHART = [Frozen("intake_laterchart", "a_chart_after_the_intake_does_not_change")]


def recorded_with_the_intake(apps, schema_editor):
    """A measurement that was there already was recorded when its intake was completed."""
    intakes = apps.get_model("intake", "Intake").objects.filter(pk=OuterRef("intake"))
    completed = Subquery(intakes.values("completed_at"))
    apps.get_model("intake", "Measurement").objects.update(recorded_at=Coalesce(completed, F("recorded_at")))


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("intake", "0005_what_patients_offered_stays"),
        ("patients", "0001_initial"),
    ]
    operations = [
        migrations.RunPython(partial(thaw, MEASUREMENT), partial(freeze, MEASUREMENT)),
        migrations.AddField(
            model_name="measurement",
            name="recorded_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="recorded at"),
            preserve_default=False,
        ),
        migrations.AlterModelOptions(
            name="measurement",
            options={
                "ordering": ["taken_on", "recorded_at", "instrument"],
                "verbose_name": "measurement",
                "verbose_name_plural": "measurements",
            },
        ),
        migrations.RunPython(recorded_with_the_intake, migrations.RunPython.noop),
        migrations.RunPython(partial(freeze, MEASUREMENT), partial(thaw, MEASUREMENT)),
        migrations.CreateModel(
            name="LaterChart",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("diagram", models.CharField(max_length=40, verbose_name="diagram")),
                ("diagram_version", models.PositiveIntegerField(verbose_name="version of the diagram")),
                ("chart", models.JSONField(verbose_name="what is drawn")),
                ("taken_on", models.DateField(verbose_name="taken on")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded at")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="later_charts",
                        to="patients.episode",
                    ),
                ),
            ],
            options={
                "verbose_name": "body chart after the intake",
                "verbose_name_plural": "body charts after the intake",
                "ordering": ["taken_on", "recorded_at"],
            },
        ),
        migrations.RunPython(partial(freeze, CHART), partial(thaw, CHART)),
    ]
