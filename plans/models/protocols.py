"""The versions of protocols, and the steps in which each was made."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from plans.domain.protocol import Protocol, compose
from practice.models import GovernedStep, GovernedVersion
from practice.models.governed import MAKING, Composed, governed_constraints


class ProtocolVersionQuerySet(models.QuerySet["ProtocolVersion"]):
    """Protocols as the practice speaks of them."""

    def published(self) -> "ProtocolVersionQuerySet":
        """The versions that suggestions are drawn from: one for each protocol. Content is read when needed."""
        return self.filter(status="published").order_by("code").defer("content")

    def speaking(self) -> "ProtocolVersionQuerySet":
        """The same, with no more than tells for which regions each speaks, and which one it is."""
        return self.published().defer(None).only("code", "version", "regions", "content_hash")

    def in_the_making(self) -> "ProtocolVersionQuerySet":
        """The versions that are being written or wait for a second person."""
        return self.filter(status__in=MAKING)


class ProtocolVersion(GovernedVersion):
    """One version of a protocol: rules and plan templates. What is published never changes."""

    code = models.CharField(_("code"), max_length=60)
    version = models.PositiveIntegerField(_("version"))
    title = models.JSONField(_("title"))
    regions = models.JSONField(_("regions"))
    content = models.JSONField(_("content"))
    content_hash = models.CharField(_("content hash"), max_length=64)
    valid_from = models.DateField(_("valid from"))
    loaded_at = models.DateTimeField(_("loaded at"))
    signed_by_first = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    signed_by_second = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects = ProtocolVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("protocol version")
        verbose_name_plural = _("protocol versions")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="a_protocol_version_exists_once"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(status="published"), name="one_published_version_per_protocol"
            ),
            models.CheckConstraint(
                condition=Q(signed_by_first__isnull=True)
                | Q(signed_by_second__isnull=True)
                | ~Q(signed_by_first=F("signed_by_second")),
                name="a_protocol_is_signed_by_two_people",
            ),
            *governed_constraints(
                "protocol",
                is_no_draft="what_is_approved_is_no_draft",
                by_a_second="a_draft_is_published_by_a_second_person",
            ),
        ]

    @property
    def protocol(self) -> Protocol:
        """The protocol as a value, composed once in each process."""
        return _composed.of(self.content_hash, lambda: compose(self.content))

    def hold(self, protocol: Protocol) -> None:
        """Be the version that says this; saving stores it."""
        self.code, self.version = protocol.code, protocol.version
        self.content, self.content_hash = protocol.content, protocol.hash
        self.title, self.regions = protocol.title.to_json(), sorted(protocol.regions)

    @property
    def is_signed(self) -> bool:
        """Whether two people of the practice have signed this version."""
        return bool(self.signed_by_first_id and self.signed_by_second_id)


_composed: Composed[Protocol] = Composed(kept=12)


class ProtocolStep(GovernedStep):
    """One step in the making of a protocol version: what was done, to which part of it, by whom and when."""

    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="steps")
    what = models.CharField(
        _("step"),
        max_length=20,
        choices=[
            ("drafted", _("draft made")),
            ("imported", _("draft made from a file")),
            ("rule_added", _("rule added")),
            ("rule_changed", _("rule changed")),
            ("rule_retired", _("rule retired")),
            ("template_added", _("template added")),
            ("template_changed", _("template changed")),
            ("template_removed", _("template removed")),
            ("technique_added", _("technique added")),
            ("technique_changed", _("technique changed")),
            ("technique_removed", _("technique removed")),
            ("exercise_added", _("exercise added")),
            ("exercise_changed", _("exercise changed")),
            ("exercise_removed", _("exercise removed")),
            ("advice_added", _("advice added")),
            ("advice_changed", _("advice changed")),
            ("advice_removed", _("advice removed")),
            ("derived_added", _("derived finding added")),
            ("derived_changed", _("derived finding changed")),
            ("derived_removed", _("derived finding removed")),
            ("source_added", _("source added")),
            ("source_changed", _("source changed")),
            ("source_removed", _("source removed")),
            ("label_added", _("name added")),
            ("label_changed", _("name changed")),
            ("label_removed", _("name removed")),
            ("protocol_changed", _("title or scope changed")),
            ("submitted", _("submitted for review")),
            ("returned", _("returned to its author")),
            ("published", _("published")),
            ("set_aside", _("set aside")),
        ],
    )
    code = models.CharField(_("part"), max_length=80, blank=True)

    class Meta(GovernedStep.Meta):
        verbose_name = _("step of a protocol version")
        verbose_name_plural = _("steps of a protocol version")
        constraints = [
            models.CheckConstraint(
                condition=~Q(what="returned") | ~Q(comment=""), name="a_returned_protocol_has_a_comment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.code}".strip()
