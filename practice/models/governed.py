"""What every version that two people of the practice put in use has in common: what it came from and who made it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

MAKING = ["draft", "in_review"]


class GovernedVersion(models.Model):
    """A version that is written, looked at by a second person and published. What is published never changes."""

    status = models.CharField(
        _("status"),
        max_length=10,
        choices=[
            ("draft", _("draft")),
            ("in_review", _("in review")),
            ("published", _("published")),
            ("retired", _("retired")),
        ],
    )
    based_on = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="drafts",
        null=True,
        blank=True,
        verbose_name=_("draft of version"),
    )
    origin_hash = models.CharField(
        _("hash of the file"), max_length=64, blank=True, help_text=_("Of the file this version came from, if any.")
    )
    edits = models.PositiveIntegerField(_("changes"), default=0)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("written by"),
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("submitted by"),
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def may_be_changed(self) -> bool:
        """Whether its content may be changed now."""
        return self.status == "draft"

    @property
    def is_in_the_making(self) -> bool:
        """Whether it is being written or waits for a second person."""
        return self.status in MAKING


class GovernedStep(models.Model):
    """One step in the making of a version: what was done, by whom and when."""

    comment = models.TextField(_("comment"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        abstract = True
        ordering = ["at", "pk"]
