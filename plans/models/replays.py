"""Drafts of a protocol run over the completed intakes, and the intakes of which they say otherwise."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from intake.models import Intake
from patients.models.patient import of_readable_patients
from plans.models.protocols import ProtocolVersion
from practice.models import Staff


class ReplayQuerySet(models.QuerySet["Replay"]):
    """Replays as the practice speaks of them."""

    def open(self) -> "ReplayQuerySet":
        """Those that wait or run."""
        return self.filter(status__in=["waiting", "running"])

    def silent_since(self, moment: dt.datetime) -> "ReplayQuerySet":
        """Those that run, and of which nothing was kept since that moment: their worker is gone."""
        running = self.filter(status="running").alias(alive_at=Coalesce("seen_at", "started_at"))
        return running.filter(alive_at__lt=moment)


class Replay(models.Model):
    """One run of a draft over all completed intakes, beside the version in use: what would be said otherwise."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="replays")
    against = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(_("content hash"), max_length=64, help_text=_("Of the draft as it was then."))
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=[
            ("waiting", _("waiting")),
            ("running", _("running")),
            ("done", _("done")),
            ("cancelled", _("cancelled")),
            ("failed", _("failed")),
        ],
        default="waiting",
    )
    total = models.PositiveIntegerField(_("intakes"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    moved = models.PositiveIntegerField(_("with another suggestion"), default=0)
    counts = models.JSONField(_("counts"), default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    seen_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = ReplayQuerySet.as_manager()

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="a_replay_does_no_more_than_all"),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "running"], finished_at__isnull=True)
                | Q(status__in=["done", "cancelled", "failed"], finished_at__isnull=False),
                name="a_replay_is_over_iff_finished_at",
            ),
            models.UniqueConstraint(
                fields=["version"],
                condition=Q(status__in=["waiting", "running"]),
                name="a_draft_is_replayed_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {localtime(self.asked_at):%d-%m-%Y %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.status in ("waiting", "running")

    @property
    def is_current(self) -> bool:
        """Whether the draft has not been changed since."""
        return self.content_hash == self.version.content_hash


class MovedIntakeQuerySet(models.QuerySet["MovedIntake"]):
    """Intakes with another suggestion as the practice speaks of them."""

    def with_shift(self, shift: str) -> "MovedIntakeQuerySet":
        """Those on which this kind of change is one of the changes."""
        return self.filter(shifts__contains=f" {shift} ")

    def visible_to(self, staff: Staff) -> "MovedIntakeQuerySet":
        """Those of patients whom this person may see."""
        return of_readable_patients(self, staff, "intake__episode__patient_id")


class MovedIntake(models.Model):
    """One intake of which a replay says otherwise; `gravest` orders them, the smallest must be looked at first."""

    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="intakes")
    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="+")
    gravest = models.PositiveSmallIntegerField(_("gravest change"))
    shifts = models.CharField(_("kinds of change"), max_length=400, help_text=_("With a space around each."))
    moved = models.JSONField(_("what is said otherwise"))

    objects = MovedIntakeQuerySet.as_manager()

    class Meta:
        verbose_name = _("intake with another suggestion")
        verbose_name_plural = _("intakes with another suggestion")
        ordering = ["gravest", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["replay", "intake"], name="an_intake_moves_once_in_a_replay"),
        ]
        indexes = [models.Index(fields=["replay", "gravest"], name="moved_intake_by_gravity")]

    def __str__(self) -> str:
        return str(self.intake_id)
