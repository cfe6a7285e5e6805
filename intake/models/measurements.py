"""What was measured, and body charts drawn again after the intake."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from intake.models.intakes import Intake
from patients.models import Episode
from patients.models.patient import of_readable_patients
from practice.domain.grants import Act
from practice.models import Staff


class MeasurementQuerySet(models.QuerySet["Measurement"]):
    """Measurements as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "MeasurementQuerySet":
        """The measurements this person may read."""
        if not staff.may(Act.READ_CLINICAL):
            return self.none()
        return of_readable_patients(self, staff, "episode__patient_id")


class Measurement(models.Model):
    """One completed outcome measure. A score that could not be computed is absent, never zero."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="measurements")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="measurements", null=True, blank=True)
    instrument = models.CharField(_("instrument"), max_length=40)
    instrument_version = models.PositiveIntegerField(_("version of the instrument"))
    items = models.JSONField(_("answers"))
    scores = models.JSONField(_("scores"))
    moment = models.CharField(
        _("moment"),
        max_length=10,
        choices=[("intake", _("intake")), ("interim", _("interim")), ("final", _("final"))],
    )
    taken_on = models.DateField(_("taken on"))
    recorded_at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = MeasurementQuerySet.as_manager()

    class Meta:
        verbose_name = _("measurement")
        verbose_name_plural = _("measurements")
        ordering = ["taken_on", "recorded_at", "instrument"]
        constraints = [
            models.UniqueConstraint(fields=["intake", "instrument"], name="an_intake_measures_an_instrument_once")
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.taken_on:%d-%m-%Y}"


class LaterChartQuerySet(models.QuerySet["LaterChart"]):
    """Body charts after the intake as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "LaterChartQuerySet":
        """The charts this person may read."""
        if not staff.may(Act.READ_CLINICAL):
            return self.none()
        return of_readable_patients(self, staff, "episode__patient_id")


class LaterChart(models.Model):
    """A body chart drawn again after the intake. An empty one says that it was asked and nothing is felt anywhere.

    The chart of the intake itself is one of its answers.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="later_charts")
    diagram = models.CharField(_("diagram"), max_length=40)
    diagram_version = models.PositiveIntegerField(_("version of the diagram"))
    chart = models.JSONField(_("what is drawn"))
    taken_on = models.DateField(_("taken on"))
    recorded_at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = LaterChartQuerySet.as_manager()

    class Meta:
        verbose_name = _("body chart after the intake")
        verbose_name_plural = _("body charts after the intake")
        ordering = ["taken_on", "recorded_at"]

    def __str__(self) -> str:
        return f"{self.diagram} {self.taken_on:%d-%m-%Y}"
