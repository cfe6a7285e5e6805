"""What an intake may ask: versions of questionnaires, and the list of diagnosis codes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from intake.domain.questionnaire import Questionnaire, compose


class QuestionnaireVersionQuerySet(models.QuerySet["QuestionnaireVersion"]):
    """Questionnaires as the practice speaks of them."""

    def published(self) -> "QuestionnaireVersionQuerySet":
        """The versions that new intakes may use: one for each questionnaire. Content is read when needed."""
        return self.filter(status="published").order_by("code").defer("content")


class QuestionnaireVersion(models.Model):
    """One version of a questionnaire. What is published never changes; a correction is a new version."""

    code = models.CharField(_("code"), max_length=60)
    version = models.PositiveIntegerField(_("version"))
    region = models.CharField(_("region"), max_length=40)
    title = models.JSONField(_("title"))
    content = models.JSONField(_("content"))
    content_hash = models.CharField(_("content hash"), max_length=64)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=[("draft", _("draft")), ("published", _("published")), ("retired", _("retired"))],
    )
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
        ]

    def __str__(self) -> str:
        return f"{self.title['nl']} v{self.version}"

    @property
    def questionnaire(self) -> Questionnaire:
        """The questionnaire as a value, composed once in each process."""
        if self.content_hash not in _composed:
            _composed[self.content_hash] = compose(self.content, self.code)
        return _composed[self.content_hash]


# Published content never changes, so what was composed once in a process stays right.
_composed: dict[str, Questionnaire] = {}


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
