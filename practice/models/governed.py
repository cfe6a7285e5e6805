"""What every version that two people of the practice put in use has in common: what it came from and who made it."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Generic, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

MAKING = ["draft", "in_review"]
Value = TypeVar("Value")


class Composed(Generic[Value]):
    """What content was composed to, by the hash of that content: the same content always composes to the same.

    Every change of a draft is other content, so only the last `kept` are remembered in a process.
    """

    def __init__(self, *, kept: int) -> None:
        self._kept = kept
        self._values: dict[str, Value] = {}
        self._lock = Lock()

    def of(self, content_hash: str, compose: Callable[[], Value]) -> Value:
        """What the content with this hash was composed to; composed now if it is not remembered."""
        found = self._values.get(content_hash)
        if found is None:
            found = compose()
            with self._lock:
                while len(self._values) >= self._kept:
                    self._values.pop(next(iter(self._values)))
                self._values[content_hash] = found
        return found


def governed_constraints(what: str, *, is_no_draft: str, by_a_second: str) -> list[models.BaseConstraint]:
    """What the database holds every such version to; `what` it is, and the other two, make the names of constraints."""
    return [
        models.CheckConstraint(
            condition=Q(approved_by__isnull=True)
            | (
                (Q(drafted_by__isnull=True) | ~Q(drafted_by=F("approved_by")))
                & (Q(submitted_by__isnull=True) | ~Q(submitted_by=F("approved_by")))
            ),
            name=f"who_approves_a_{what}_did_not_write_it",
        ),
        models.CheckConstraint(
            condition=Q(submitted_by__isnull=True, submitted_at__isnull=True)
            | Q(submitted_by__isnull=False, submitted_at__isnull=False),
            name=f"a_submitted_{what}_says_by_whom_and_when",
        ),
        models.CheckConstraint(
            condition=Q(approved_by__isnull=True, approved_at__isnull=True)
            | Q(approved_by__isnull=False, approved_at__isnull=False, submitted_by__isnull=False),
            name=f"an_approved_{what}_was_submitted",
        ),
        models.CheckConstraint(
            condition=~Q(status="in_review") | Q(submitted_by__isnull=False),
            name=f"a_{what}_in_review_was_submitted",
        ),
        models.CheckConstraint(
            condition=~Q(status__in=MAKING) | Q(approved_by__isnull=True),
            name=is_no_draft,
        ),
        models.CheckConstraint(
            condition=~Q(status="published") | Q(based_on__isnull=True) | Q(approved_by__isnull=False),
            name=by_a_second,
        ),
    ]


def in_the_readers_language(text: Mapping[str, str]) -> str:
    """A stored bilingual text as whoever reads now reads it; Dutch where nobody in particular does."""
    return text["en" if (get_language() or "nl").startswith("en") else "nl"]


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

    def __str__(self) -> str:
        return f"{in_the_readers_language(self.title)} v{self.version}"

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
