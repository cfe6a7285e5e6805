"""What an intake may ask: versions of questionnaires, and the list of diagnosis codes."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from intake.domain.composing import compose
from intake.domain.questionnaire import Questionnaire
from practice.models import GovernedStep, GovernedVersion
from practice.models.governed import Composed, governed_constraints


class QuestionnaireVersionQuerySet(models.QuerySet["QuestionnaireVersion"]):
    """Questionnaires as the practice speaks of them."""

    def published(self) -> "QuestionnaireVersionQuerySet":
        """The versions that new intakes may use: one for each questionnaire. Content is read when needed."""
        return self.filter(status="published").order_by("code").defer("content")

    def instruments(self) -> list[Mapping[str, Any]]:
        """Every instrument of these versions as content, once for each version that holds it."""
        contents = self.values_list("content", flat=True).iterator()
        return [instrument for content in contents for instrument in content["instruments"].values()]


class QuestionnaireVersion(GovernedVersion):
    """One version of a questionnaire. What is published never changes; a correction is a new version."""

    code = models.CharField(_("code"), max_length=60)
    version = models.PositiveIntegerField(_("version"))
    region = models.CharField(_("region"), max_length=40)
    title = models.JSONField(_("title"))
    content = models.JSONField(_("content"))
    content_hash = models.CharField(_("content hash"), max_length=64)
    loaded_at = models.DateTimeField(_("loaded at"))

    objects = QuestionnaireVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("questionnaire version")
        verbose_name_plural = _("questionnaire versions")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="a_questionnaire_version_exists_once"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(status="published"), name="one_published_version_per_questionnaire"
            ),
            *governed_constraints(
                "questionnaire",
                is_no_draft="an_approved_questionnaire_is_no_draft",
                by_a_second="a_drafted_questionnaire_is_published_by_a_second_person",
            ),
        ]

    @property
    def questionnaire(self) -> Questionnaire:
        """The questionnaire as a value, composed once in each process."""
        return _composed.of(self.content_hash, lambda: compose(self.content, self.code))

    def hold(self, questionnaire: Questionnaire) -> None:
        """Be the version that asks this; saving stores it."""
        self.code, self.version = questionnaire.code, questionnaire.version
        self.region, self.title = questionnaire.region, questionnaire.title.to_json()
        self.content, self.content_hash = questionnaire.content, questionnaire.hash


_composed: Composed[Questionnaire] = Composed(kept=60)


CONTENT_STEPS = [
    "question_changed",
    "question_added",
    "question_removed",
    "mark_taken_away",
    "instrument_changed",
    "instrument_added",
    "instrument_replaced",
    "instrument_copied",
    "instrument_removed",
]


class QuestionnaireStep(GovernedStep):
    """One step in the making of a questionnaire version: what was done, to which question, by whom and when."""

    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="steps")
    what = models.CharField(
        _("step"),
        max_length=20,
        choices=[
            ("drafted", _("draft made")),
            ("imported", _("draft made from a file")),
            ("question_changed", _("question changed")),
            ("question_added", _("question added")),
            ("question_removed", _("question removed")),
            ("mark_taken_away", _("mark taken away: no red flag or not required any more")),
            ("instrument_changed", _("instrument changed")),
            ("instrument_added", _("instrument added from a file")),
            ("instrument_replaced", _("instrument replaced by that of a file")),
            ("instrument_copied", _("instrument taken over from another questionnaire")),
            ("instrument_removed", _("instrument removed")),
            ("submitted", _("submitted for review")),
            ("returned", _("returned to its author")),
            ("published", _("published")),
            ("set_aside", _("set aside")),
        ],
    )
    code = models.CharField(_("question or instrument"), max_length=80, blank=True)

    class Meta(GovernedStep.Meta):
        verbose_name = _("step of a questionnaire version")
        verbose_name_plural = _("steps of a questionnaire version")
        constraints = [
            models.CheckConstraint(
                condition=~Q(what="returned") | ~Q(comment=""), name="a_returned_questionnaire_has_a_comment"
            ),
            models.CheckConstraint(
                condition=~Q(what="mark_taken_away") | ~Q(comment=""), name="a_mark_is_taken_away_for_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(what__in=CONTENT_STEPS) | ~Q(code=""), name="a_change_of_questions_names_what_changed"
            ),
            models.CheckConstraint(
                condition=~Q(what="instrument_copied") | ~Q(comment=""),
                name="what_is_taken_over_says_from_where",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.code}".strip()


class DiagnosisCodeQuerySet(models.QuerySet["DiagnosisCode"]):
    """The list of diagnosis codes as the practice speaks of it."""

    def current(self) -> "DiagnosisCodeQuerySet":
        """The codes of the list that was loaded last."""
        return self.filter(is_current=True)


class DiagnosisCode(models.Model):
    """One code of the DCSPH list that the practice loaded. Traject ships none: the list is the practice's to obtain."""

    code = models.CharField(_("code"), max_length=10, unique=True)
    description = models.CharField(_("description"), max_length=300)
    is_current = models.BooleanField(_("on the list that was loaded last"), default=True)

    objects = DiagnosisCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("diagnosis code (DCSPH)")
        verbose_name_plural = _("diagnosis codes (DCSPH)")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~Q(code="") & ~Q(description=""), name="a_diagnosis_code_says_something")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"
