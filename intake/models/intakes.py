"""Intakes with their answers, what was set aside, and what was added afterwards."""

import uuid
from copy import copy
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from intake.domain.body_chart import Chart, Diagram
from intake.domain.carrying_over import Carried, carried_over
from intake.domain.copying import COPIED, copyable
from intake.domain.findings import Context, Findings, derive, findings_from_json, validate
from intake.domain.instruments import Instrument
from intake.domain.items import Item
from intake.domain.progress import NOT_EXAMINED, Asked, asked, missing, required
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import Problem
from intake.models.questionnaires import DiagnosisCode, QuestionnaireVersion
from patients.models import Episode, Patient
from patients.models.patient import name_of, of_readable_patients, overseen
from practice.domain.grants import Act
from practice.models import Staff

DIAGNOSIS_ITEM = "dcsph_code"  # asked only where the practice loaded the list of codes


class IntakeQuerySet(models.QuerySet["Intake"]):
    """Intakes as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "IntakeQuerySet":
        """The intakes this person may read: of visible patients; a draft only by its author."""
        if not staff.may(Act.READ_CLINICAL):
            return self.none()
        readable = of_readable_patients(self, staff, "episode__patient_id")
        return readable.filter(Q(author=staff) | ~Q(status="draft"))

    def overseen_by(self, staff: Staff) -> "IntakeQuerySet":
        """The intakes whose progress this person watches over: by grant, of the patients of the locations it is for.

        That is not reading them: what was answered is for clinicians.
        """
        return overseen(self, staff, Act.REVIEW_PLAN, "episode__patient_id")

    def drafts(self) -> "IntakeQuerySet":
        """Intakes that are not completed yet."""
        return self.filter(status="draft")

    def before(self, intake: "Intake") -> "IntakeQuerySet":
        """The completed intakes of the same patient other than this one, the latest first."""
        others = self.filter(status="completed", episode__patient=intake.episode.patient_id).exclude(pk=intake.pk)
        return others.order_by("-date", "-completed_at")

    def with_patient(self) -> "IntakeQuerySet":
        """The same intakes, with all that a page about them shows.

        The content of a questionnaire is large, and composed once in a process: no row brings it along.
        """
        with_related = self.select_related("episode__patient", "questionnaire_version", "author")
        return with_related.defer("questionnaire_version__content").prefetch_related("sections")

    def for_recording(self) -> "IntakeQuerySet":
        """The same intakes, with no more than saving an answer and saying what follows from it takes.

        Of the patient that is what the record knows without asking; no name, address or number is read.
        """
        own = ("author", "status", "date", "last_section", "frozen_findings")
        of_patient = [f"episode__patient__{part}" for part in ("birth_date", "sex", "deceased_on")]
        with_related = self.select_related("episode__patient", "questionnaire_version").prefetch_related("sections")
        return with_related.only(*own, "episode__route", *of_patient, "questionnaire_version__content_hash")

    def with_answers(self) -> "IntakeQuerySet":
        """The same intakes with what was asked and answered, and nothing about whom."""
        said = ("status", "date", "episode__patient_id", "questionnaire_version__content_hash")
        with_related = self.select_related("episode", "questionnaire_version").only(*said)
        return with_related.prefetch_related("sections")

    def as_lines(self, *also: str) -> "IntakeQuerySet":
        """The same intakes with no more than a line about each says: of whom, since when, how urgent, and `also`."""
        said = ("status", "started_at", "completed_at", "urgency", *also)
        return self.select_related("episode__patient").only(*said, *name_of("episode__patient"))

    def to_continue(self) -> "IntakeQuerySet":
        """The same intakes as lines, each with what it asks and where its author left off."""
        asks = [f"questionnaire_version__{one}" for one in ("title", "content_hash")]
        lines = self.as_lines("last_section", *asks).select_related("questionnaire_version")
        return lines.prefetch_related("sections")


class Intake(models.Model):
    """One intake of one episode: a draft of its author, then completed and immutable."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="intakes", verbose_name=_("episode"))
    questionnaire_version = models.ForeignKey(
        QuestionnaireVersion, on_delete=models.PROTECT, related_name="intakes", verbose_name=_("questionnaire")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="intakes", verbose_name=_("author")
    )
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=[
            ("draft", _("draft")),
            ("completed", _("completed")),
            ("entered_in_error", _("entered in error")),
        ],
        default="draft",
    )
    date = models.DateField(_("date"))
    started_at = models.DateTimeField(_("started at"))
    last_section = models.CharField(_("section last worked on"), max_length=60, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    completed_with_reason = models.TextField(_("completed with an open flag, because"), blank=True)
    frozen_findings = models.JSONField(_("findings at completion"), null=True, blank=True)
    region = models.CharField(_("region"), max_length=40, blank=True)
    weeks_since_onset = models.FloatField(_("weeks since onset"), null=True, blank=True)
    urgency = models.CharField(_("urgency at completion"), max_length=20, blank=True)
    protocol = models.CharField(_("screened with protocol"), max_length=80, blank=True)

    objects = IntakeQuerySet.as_manager()

    class Meta:
        verbose_name = _("intake")
        verbose_name_plural = _("intakes")
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["episode", "author"],
                condition=Q(status="draft"),
                name="one_open_intake_per_episode_and_author",
            ),
            models.CheckConstraint(
                condition=Q(status="draft", completed_at__isnull=True)
                | Q(status="completed", completed_at__isnull=False, frozen_findings__isnull=False)
                | Q(status="entered_in_error"),
                name="intake_is_completed_iff_completed_at",
            ),
        ]
        indexes = [models.Index(fields=["status", "author"], name="intake_by_status_and_author")]

    def __str__(self) -> str:
        return f"{self.questionnaire_version} · {self.date:%d-%m-%Y}"

    @property
    def patient(self) -> Patient:
        """The patient this intake is of."""
        return self.episode.patient

    @property
    def questionnaire(self) -> Questionnaire:
        """The questionnaire this intake was started with."""
        return self.questionnaire_version.questionnaire

    @property
    def is_draft(self) -> bool:
        """Whether answers may still change."""
        return self.status == "draft"

    @property
    def is_completed(self) -> bool:
        """Whether the intake is final: not a draft any more, and not entered in error."""
        return self.status == "completed"

    @cached_property
    def recorded(self) -> dict[str, dict[str, Any]]:
        """Every recorded answer by item code: its value, by whom, when and how it was recorded.

        What was recorded as not examined is among them, without a value.
        """
        return {code: answer for section in self.sections.all() for code, answer in section.answers.items()}

    def with_answers_of_now(self) -> "Intake":
        """The same intake with its answers as they are stored now; this one keeps what was read before."""
        again = copy(self)
        again._prefetched_objects_cache = {}
        for derived in ("recorded", "_findings_so_far"):
            again.__dict__.pop(derived, None)
        prefetch_related_objects([again], "sections")
        return again

    def answers(self) -> dict[str, Any]:
        """The value of every answered item, by item code. What was not asked or not examined is absent."""
        return {code: one["value"] for code, one in self.recorded.items() if one["how"] != NOT_EXAMINED}

    def context(self) -> Context:
        """What the record knows without asking: age at the intake, sex and route."""
        patient = self.patient
        sex = patient.sex if patient.sex != "unknown" else None
        return Context(age=patient.age(self.date), sex=sex, route=self.episode.route)

    def findings(self) -> Findings:
        """What is known about the complaint: frozen at completion, else worked out from the answers so far.

        A draft may hold odd values; they count for nothing until they are put right.
        """
        if self.frozen_findings is not None:
            return findings_from_json(self.frozen_findings, self.questionnaire)
        return self._findings_so_far

    @cached_property
    def _findings_so_far(self) -> Findings:
        values, _problems = validate(self.answers(), self.questionnaire)
        return derive(values, self.context(), self.questionnaire)

    @property
    def diagram(self) -> Diagram | None:
        """The figure of the body chart of this intake, if its questionnaire has one."""
        return next(iter(self.questionnaire.body_charts.values()), None)

    @property
    def chart(self) -> Chart | None:
        """What was drawn at this intake; None when nothing was."""
        answers = self.answers()
        return next((answers[code] for code in self.questionnaire.body_charts if code in answers), None)

    def earlier_answers(self, instrument: Instrument) -> dict[str, Any]:
        """What was answered last to each question of an instrument, at the intake or after it, by item code."""
        taken = self.episode.measurements.filter(instrument=instrument.code)
        return {code: value for one in taken for code, value in one.items.items()}

    def carried_over_to(self, version: QuestionnaireVersion) -> Carried:
        """What becomes of the answers, those set aside earlier included, when the intake goes on with this version."""
        aside = {one.code: one.answer for one in self.set_aside.all()}
        return carried_over(aside | self.recorded, self.questionnaire, version.questionnaire)

    def unconfirmed(self) -> tuple[Item, ...]:
        """The questions whose answer was copied from an earlier intake and waits to be confirmed."""
        items = self.questionnaire.items
        return tuple(items[code] for code, one in self.recorded.items() if one["how"] == COPIED and code in items)

    def copyable_from(self, source: "Intake") -> dict[str, dict[str, Any]]:
        """What may be taken over from an earlier intake, by section and code."""
        hidden = self.questionnaire.hidden(self.findings())
        return copyable(self.questionnaire, self.answers(), source.questionnaire, source.answers(), hidden)

    def newer_questionnaire(self) -> QuestionnaireVersion | None:
        """The version of the same questionnaire that new intakes follow, when it is a later one than this intake's."""
        own = self.questionnaire_version
        return QuestionnaireVersion.objects.published().filter(code=own.code, version__gt=own.version).first()

    @property
    def last_answered(self) -> str:
        """The code of the question that was answered last, to go on there; empty before the first answer."""
        asked = self.recorded.keys() & self.questionnaire.items.keys()
        return max(asked, key=lambda code: (self.recorded[code]["at"], code), default="")

    def problems(self) -> list[Problem]:
        """What is wrong with the answers as they were typed, each with its path."""
        answers = self.answers()
        return [*validate(answers, self.questionnaire)[1], *_unknown_diagnosis(answers)]

    def asked(self) -> tuple[Asked, ...]:
        """The questions of every section that the page asks now."""
        return asked(self.questionnaire, self.findings(), self.answers(), self.episode.route)

    def required(self) -> tuple[Item, ...]:
        """The questions that the record must have an answer to before the intake can be completed."""
        return required(self.questionnaire, self.findings(), self.episode.route)

    def missing(self) -> tuple[Item, ...]:
        """Those of the required questions that have no answer yet."""
        return missing(self.required(), self.answers())

    def completeness(self) -> dict[str, int]:
        """How many answers the record must have and has, and of the red flags on the page how many were asked."""
        required, answers = self.required(), self.answers()
        flags = [item.code for part in self.asked() for item in (*part.core, *part.more) if item.red_flag]
        return {
            "required": len(required),
            "answered": len(required) - len(missing(required, answers)),
            "flags_asked": sum(code in answers for code in flags),
            "flags_total": len(flags),
        }


def _unknown_diagnosis(answers: dict[str, Any]) -> list[Problem]:
    """A diagnosis code that is not on the list which the practice loaded."""
    code = answers.get(DIAGNOSIS_ITEM)
    if code is None or DiagnosisCode.objects.current().filter(code=str(code).strip()).exists():
        return []
    return [Problem(f"answers.{DIAGNOSIS_ITEM}", f"'{code}' is not on the list of diagnosis codes")]


class SectionAnswers(models.Model):
    """The answers of one section of an intake. The version counts saves: two devices collide on it."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="sections")
    section = models.CharField(_("section"), max_length=60)
    version = models.PositiveIntegerField(_("version"), default=0)
    answers = models.JSONField(_("answers"), default=dict)
    saved_at = models.DateTimeField(_("saved at"))
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("section of an intake")
        verbose_name_plural = _("sections of intakes")
        constraints = [
            models.UniqueConstraint(fields=["intake", "section"], name="a_section_is_answered_once_per_intake")
        ]

    def __str__(self) -> str:
        return self.section


class AnswerSetAside(models.Model):
    """An answer of an intake that the questionnaire it went on with does not ask, or does not allow.

    It counts for nothing, and stays to be read: in words, as the questionnaire that asked it put them.
    """

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="set_aside")
    code = models.CharField(_("code"), max_length=80)
    answer = models.JSONField(_("answer"))
    label = models.JSONField(_("question"))
    words = models.JSONField(_("answer in words"))
    asked_in = models.CharField(_("asked in"), max_length=120)
    why = models.CharField(
        _("why"),
        max_length=20,
        choices=[("not_asked", _("not asked any more")), ("not_allowed", _("this answer cannot be given any more"))],
    )

    class Meta:
        verbose_name = _("answer that was set aside")
        verbose_name_plural = _("answers that were set aside")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["intake", "code"], name="an_answer_is_set_aside_once_per_intake")
        ]

    def __str__(self) -> str:
        return self.code


class Addendum(models.Model):
    """A correction of, or addition to, a completed intake."""

    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="addenda")
    text = models.TextField(_("text"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("addendum")
        verbose_name_plural = _("addenda")
        ordering = ["at"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="an_addendum_says_something")]

    def __str__(self) -> str:
        return self.text[:60]
