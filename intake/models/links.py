"""Personal links by which patients prepare an intake, and what they answered."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from intake.domain.findings import Context
from intake.models.questionnaires import QuestionnaireVersion
from patients.models import Episode, Patient
from patients.models.patient import of_readable_patients
from practice.domain.grants import Act
from practice.models import Staff


class PatientLinkQuerySet(models.QuerySet["PatientLink"]):
    """Personal links as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "PatientLinkQuerySet":
        """The links whose sending and status this person may know: of visible patients."""
        if not staff.may(Act.SEND_PATIENT_LINK):
            return self.none()
        return of_readable_patients(self, staff, "episode__patient_id")

    def open(self) -> "PatientLinkQuerySet":
        """Links that were neither revoked nor finished; they may have expired or be locked."""
        return self.filter(revoked_at=None, finished_at=None)


class PatientLink(models.Model):
    """A personal link by which one patient prepares one intake. Only a hash of its token is kept.

    It opens with the patient's date of birth, until it expires, is finished, revoked, or locked by wrong dates.
    """

    WRONG_DATES = 5  # so many, and the link is locked

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    episode = models.ForeignKey(
        Episode, on_delete=models.PROTECT, related_name="patient_links", verbose_name=_("episode")
    )
    questionnaire_version = models.ForeignKey(
        QuestionnaireVersion,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("questionnaire"),
    )
    purpose = models.CharField(
        _("purpose"), max_length=20, choices=[("prepare_intake", _("prepare an intake"))], default="prepare_intake"
    )
    token_hash = models.CharField(_("hash of the token"), max_length=64, unique=True)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    sent_at = models.DateTimeField(_("sent at"))
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    emailed_at = models.DateTimeField(_("e-mailed at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"))
    attempts = models.PositiveSmallIntegerField(_("wrong dates of birth"), default=0)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    objects = PatientLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("personal link")
        verbose_name_plural = _("personal links")
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["episode"],
                condition=Q(revoked_at__isnull=True, finished_at__isnull=True),
                name="an_episode_has_one_open_link",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("sent_at")), name="a_link_expires_after_it_is_sent"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="a_link_is_revoked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(opened_at__isnull=False),
                name="a_link_is_opened_before_it_is_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} · {localtime(self.sent_at):%d-%m-%Y}"

    @property
    def patient(self) -> Patient:
        """Whose link it is."""
        return self.episode.patient

    @property
    def is_locked(self) -> bool:
        """Whether too many wrong dates of birth were given."""
        return self.attempts >= self.WRONG_DATES

    def is_usable(self, now: dt.datetime) -> bool:
        """Whether the patient may open it and answer now."""
        ended = self.revoked_at or self.finished_at or self.is_locked or self.episode.closed_on
        return not ended and now < self.expires_at

    def context(self, now: dt.datetime) -> Context:
        """What the record knows without asking the patient."""
        sex = self.patient.sex if self.patient.sex != "unknown" else None
        return Context(age=self.patient.age(localtime(now).date()), sex=sex, route=self.episode.route)

    def answers(self) -> dict[str, Any]:
        """What the patient answered, by item code. These are offered, and recorded nowhere yet."""
        return {code: given["value"] for part in self.prepared.all() for code, given in part.answers.items()}


class PreparedAnswersQuerySet(models.QuerySet["PreparedAnswers"]):
    """What patients answered before their visit."""

    def visible_to(self, staff: Staff) -> "PreparedAnswersQuerySet":
        """The answers this person may read."""
        if not staff.may(Act.READ_CLINICAL):
            return self.none()
        return of_readable_patients(self, staff, "link__episode__patient_id")


class PreparedAnswers(models.Model):
    """What the patient answered in one section: offered to the therapist, never recorded by itself."""

    link = models.ForeignKey(PatientLink, on_delete=models.PROTECT, related_name="prepared")
    section = models.CharField(_("section"), max_length=60)
    version = models.PositiveIntegerField(_("version"), default=0)
    answers = models.JSONField(_("answers"), default=dict)
    dismissed = models.JSONField(
        _("dismissed"), default=dict, help_text=_("Who decided not to take an answer over, and when, by its code.")
    )
    saved_at = models.DateTimeField(_("saved at"))

    objects = PreparedAnswersQuerySet.as_manager()

    class Meta:
        verbose_name = _("answers prepared by a patient")
        verbose_name_plural = _("answers prepared by patients")
        constraints = [models.UniqueConstraint(fields=["link", "section"], name="a_section_is_prepared_once_per_link")]

    def __str__(self) -> str:
        return self.section
