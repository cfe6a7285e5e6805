"""The access log: every read, search, write and refusal, in a table that only grows."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from practice.domain.chain import Link

SEAL = frozenset({"sequence", "prev_hash", "hash"})


class AccessEventQuerySet(models.QuerySet["AccessEvent"]):
    """Speaks of the log as its readers do."""

    def sealed(self) -> "AccessEventQuerySet":
        """The rows that stand in the hash chain, in its order."""
        return self.filter(sequence__isnull=False).order_by("sequence")

    def unsealed(self) -> "AccessEventQuerySet":
        """The rows that wait for their place in the hash chain, oldest first."""
        return self.filter(sequence__isnull=True).order_by("id")


class AccessEvent(models.Model):
    """One thing that somebody did or was refused (the fields of NEN 7513).

    Names and ids are copied, never referred to, so that a row outlives whom it speaks of. The database refuses to
    change or remove a row; it allows one change only, which gives an unsealed row its place in the hash chain.
    """

    at_utc = models.DateTimeField(_("moment"))
    action = models.CharField(
        _("action"),
        max_length=1,
        choices=[("C", _("create")), ("R", _("read")), ("U", _("update")), ("D", _("delete")), ("E", _("execute"))],
    )
    event = models.CharField(_("event"), max_length=60)
    outcome = models.CharField(_("outcome"), max_length=7, choices=[("allowed", _("allowed")), ("denied", _("denied"))])
    check_authorisation = models.BooleanField(_("authorised"), null=True)
    check_relationship = models.BooleanField(_("treatment relationship"), null=True)
    check_consent = models.BooleanField(_("consent"), null=True)
    check_emergency = models.BooleanField(_("emergency access"), null=True)
    user_id = models.CharField(_("user id"), max_length=36, blank=True)
    user_name = models.CharField(_("user"), max_length=120, blank=True)
    user_roles = models.CharField(_("roles"), max_length=120, blank=True)
    on_behalf_of = models.CharField(_("on behalf of"), max_length=36, blank=True)
    purpose = models.CharField(_("purpose"), max_length=60, blank=True)
    session = models.CharField(_("session"), max_length=64, blank=True)
    ip = models.CharField(_("network address"), max_length=45, blank=True)
    patient_id = models.CharField(_("patient id"), max_length=36, blank=True)
    object_type = models.CharField(_("kind of object"), max_length=60, blank=True)
    object_id = models.CharField(_("object id"), max_length=64, blank=True)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    query_hash = models.CharField(_("hash of the search"), max_length=64, blank=True)
    location = models.CharField(_("location"), max_length=36, blank=True)
    source = models.CharField(_("source"), max_length=20, blank=True)
    sequence = models.BigIntegerField(_("place in the chain"), null=True, unique=True, editable=False)
    prev_hash = models.CharField(_("hash of the row before"), max_length=64, blank=True, editable=False)
    hash = models.CharField(_("hash"), max_length=64, blank=True, editable=False)

    objects = AccessEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("access event")
        verbose_name_plural = _("access log")
        ordering = ["-at_utc", "-id"]
        indexes = [
            models.Index(fields=["patient_id", "at_utc"], name="access_by_patient"),
            models.Index(fields=["user_id", "at_utc"], name="access_by_user"),
            models.Index(fields=["at_utc"], name="access_by_moment"),
            models.Index(fields=["id"], condition=Q(sequence__isnull=True), name="access_unsealed"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(action__in=["C", "R", "U", "D", "E"]),
                name="access_creates_reads_updates_deletes_or_executes",
            ),
            models.CheckConstraint(condition=Q(outcome__in=["allowed", "denied"]), name="access_is_allowed_or_denied"),
            models.CheckConstraint(
                condition=Q(sequence__isnull=True, prev_hash="", hash="")
                | (Q(sequence__isnull=False, sequence__gte=1) & ~Q(prev_hash="") & ~Q(hash="")),
                name="access_event_is_sealed_whole_or_not_at_all",
            ),
        ]

    def __str__(self) -> str:
        return f"{localtime(self.at_utc):%d-%m-%Y %H:%M} {self.event}"

    def content(self) -> dict[str, object]:
        """Everything that the seal covers, as values that JSON can hold."""
        fields = (field.attname for field in self._meta.local_concrete_fields if field.attname not in SEAL)
        return {name: _plain(getattr(self, name)) for name in fields}

    def link(self) -> Link:
        """This sealed row as a link of the hash chain."""
        return Link(self.sequence or 0, self.prev_hash, self.hash, self.content())


def _plain(value: object) -> object:
    return value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value
