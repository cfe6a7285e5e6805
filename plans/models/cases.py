"""Test cases that every version of a protocol is held against."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from intake.domain.findings import Context, derive
from intake.domain.questionnaire import Questionnaire
from plans.domain.expectation import Unmet, expectation_of, unmet
from plans.domain.protocol import Protocol
from plans.domain.suggest import conclude
from practice.models.governed import in_the_readers_language

CASE_PARTS = ("title", "why", "questionnaire", "age", "sex", "route", "answers", "expects")


class ProtocolCaseQuerySet(models.QuerySet["ProtocolCase"]):
    """Test cases as the practice speaks of them."""

    def of(self, protocol: str) -> "ProtocolCaseQuerySet":
        """The cases that every version of this protocol is held against."""
        return self.filter(protocol=protocol, retired_at=None)


class ProtocolCase(models.Model):
    """One test case of a protocol: answers of nobody in particular, and what must come out. No version is without."""

    protocol = models.CharField(_("protocol"), max_length=60)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(
        _("title in English"),
        max_length=120,
        blank=True,
        help_text=_("Empty: the title above stands in both languages."),
    )
    questionnaire = models.CharField(_("questionnaire"), max_length=60)
    age = models.PositiveSmallIntegerField(_("age"), null=True, blank=True)
    sex = models.CharField(
        _("sex"),
        max_length=10,
        blank=True,
        choices=[("female", _("female")), ("male", _("male")), ("intersex", _("intersex"))],
    )
    route = models.CharField(
        _("route"),
        max_length=15,
        blank=True,
        choices=[("direct_access", _("direct access")), ("referral", _("referral"))],
    )
    answers = models.JSONField(_("answers"))
    expects = models.JSONField(_("expected"))
    why = models.TextField(_("why this must come out"), blank=True)
    edits = models.PositiveIntegerField(_("changes"), default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("made by"),
        help_text=_("Empty when it was shipped with the protocol."),
    )
    made_at = models.DateTimeField(_("made at"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    changed_at = models.DateTimeField(_("changed at"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    objects = ProtocolCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("test case of a protocol")
        verbose_name_plural = _("test cases of a protocol")
        ordering = ["protocol", "title"]
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "title"],
                condition=Q(retired_at__isnull=True),
                name="a_test_case_has_a_title_of_its_own",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="a_test_case_has_a_title"),
        ]

    def __str__(self) -> str:
        return in_the_readers_language({"nl": self.title, "en": self.title_en or self.title})

    def context(self) -> Context:
        """What is known without asking."""
        return Context(age=self.age, sex=self.sex or None, route=self.route or None)

    def to_content(self) -> dict[str, Any]:
        """The case as it stands in a content file, without what is empty."""
        title = {"nl": self.title, "en": self.title_en} if self.title_en else self.title
        values = {name: getattr(self, name) for name in CASE_PARTS} | {"title": title}
        return {name: value for name, value in values.items() if value not in ("", None)}

    def misses(self, protocol: Protocol, questionnaires: Mapping[str, Questionnaire]) -> tuple[Unmet, ...]:
        """Where this protocol concludes otherwise. Raises `AnswersRefusedError` for answers that cannot be given now,
        `KeyError` when the questionnaire is not in use."""
        findings = derive(self.answers, self.context(), questionnaires[self.questionnaire])
        return unmet(expectation_of(self.expects), conclude(findings, protocol))
