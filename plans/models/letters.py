"""Referrals to other disciplines with the steps they took, and letters."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from intake.models import Intake
from patients.models import Episode, ExternalProvider
from patients.models.patient import of_readable_patients
from plans.models.suggestions import URGENCIES, Suggestion
from practice.domain.grants import Act
from practice.models import Staff


class ReferralQuerySet(models.QuerySet["Referral"]):
    """Referrals as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "ReferralQuerySet":
        """The referrals this person may read."""
        if not staff.may(Act.READ_CLINICAL):
            return self.none()
        return of_readable_patients(self, staff, "episode__patient_id")


class Referral(models.Model):
    """A request to another discipline, with its reasons and where it stands."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="referrals")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="referrals")
    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="referrals")
    discipline = models.CharField(_("discipline"), max_length=40)
    urgency = models.CharField(_("urgency"), max_length=20, choices=URGENCIES)
    reasons = models.JSONField(_("reasons"))
    recipient = models.ForeignKey(ExternalProvider, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=[
            ("drafted", _("drafted")),
            ("sent", _("sent")),
            ("received", _("received")),
            ("accepted", _("accepted")),
            ("declined", _("declined")),
            ("scheduled", _("scheduled")),
            ("reported", _("reported")),
            ("closed", _("closed")),
        ],
        default="drafted",
    )
    created_at = models.DateTimeField(_("created at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.discipline} · {localtime(self.created_at):%d-%m-%Y}"


class ReferralStep(models.Model):
    """One step in the life of a referral: which, when and by whom."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="steps")
    status = models.CharField(_("status"), max_length=12)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step of a referral")
        verbose_name_plural = _("steps of referrals")
        ordering = ["at"]

    def __str__(self) -> str:
        return self.status


class LetterQuerySet(models.QuerySet["Letter"]):
    """Letters as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "LetterQuerySet":
        """The letters this person may read."""
        if not staff.may(Act.READ_CLINICAL):
            return self.none()
        return of_readable_patients(self, staff, "episode__patient_id")


class Letter(models.Model):
    """A letter about an episode: a draft that may change, then signed and immutable."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="letters")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="letters")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="letters", null=True, blank=True)
    kind = models.CharField(
        _("kind"), max_length=20, choices=[("referral", _("referral letter")), ("report", _("report"))]
    )
    language = models.CharField(_("language"), max_length=2, choices=[("nl", _("Dutch")), ("en", _("English"))])
    recipient = models.CharField(_("recipient"), max_length=200)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    pdf = models.BinaryField(_("PDF"), null=True, editable=False)
    pdf_hash = models.CharField(_("hash of the PDF"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True) | ~Q(pdf_hash=""), name="a_signed_letter_has_its_pdf"
            )
        ]

    def __str__(self) -> str:
        return self.subject
