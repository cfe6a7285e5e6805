"""What goes out: messages to patients, and the calendar feeds of practitioners."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from patients.models import Patient
from practice.models import Practitioner
from scheduling.models.appointments import Appointment, Series


class CalendarFeed(models.Model):
    """The private address at which one practitioner's appointments can be read by a calendar program.

    Only a hash of the token is kept. The feed holds times, rooms and initials, nothing clinical.
    """

    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.CASCADE, related_name="feeds", verbose_name=_("practitioner")
    )
    token_hash = models.CharField(_("hash of the token"), max_length=64, unique=True)
    made_at = models.DateTimeField(_("made at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner"], condition=Q(revoked_at__isnull=True), name="a_practitioner_has_one_feed"
            )
        ]

    def __str__(self) -> str:
        return f"{localtime(self.made_at):%d-%m-%Y}"


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages as the jobs that send them speak of them."""

    def waiting(self) -> "MessageQuerySet":
        """Those that are neither sent nor called off, the first to be sent first."""
        return self.filter(sent_at=None, called_off_at=None).order_by("send_after", "pk")


class Message(models.Model):
    """An e-mail to a patient about visits; its words are made when it is sent, so that they are true then.

    It waits until `send_after`, so that what is undone or changed meanwhile is never told, and what changes together
    is told in one message.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(
        _("kind"),
        max_length=15,
        choices=[
            ("booked", _("appointments booked")),
            ("changed", _("appointments changed")),
            ("reminder", _("reminder")),
            ("offer", _("offer of a place")),
        ],
    )
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="messages", null=True, blank=True)
    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="messages", null=True, blank=True
    )
    made_at = models.DateTimeField(_("made at"))
    send_after = models.DateTimeField(_("not before"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    called_off_at = models.DateTimeField(_("called off at"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(called_off_at__isnull=True),
                name="a_message_is_sent_or_called_off",
            ),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(kind="reminder", called_off_at__isnull=True),
                name="an_appointment_has_one_reminder",
            ),
        ]
        indexes = [
            models.Index(
                fields=["send_after"],
                condition=Q(sent_at__isnull=True, called_off_at__isnull=True),
                name="messages_to_send",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {localtime(self.made_at):%d-%m-%Y}"
