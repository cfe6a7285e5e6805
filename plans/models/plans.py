"""What was decided after an intake: a plan with its goals, or no course."""

import datetime as dt
import uuid
from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from intake.models import Intake, Measurement
from patients.models import Episode, Patient
from patients.models.patient import name_of, of_readable_patients
from plans.domain.progress import Progress, progress_of
from plans.domain.protocol import PlanTemplate
from plans.models.protocols import ProtocolVersion
from plans.models.suggestions import Suggestion
from practice.domain.grants import Act
from practice.models import Staff
from practice.models.governed import in_the_readers_language

LONGEST_WEEKS = 52  # no plan is longer; SQLite cannot multiply a number of weeks into a moment


class PlanQuerySet(models.QuerySet["Plan"]):
    """Plans as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "PlanQuerySet":
        """The plans this person may read in full."""
        if not staff.may(Act.READ_PLAN):
            return self.none()
        return of_readable_patients(self, staff, "episode__patient_id")

    def with_patient(self) -> "PlanQuerySet":
        """The same plans, with all that a list of them shows."""
        with_related = self.select_related("episode__patient", "author", "protocol_version", "current_revision")
        return with_related.defer("protocol_version__content")

    def with_intake(self) -> "PlanQuerySet":
        """The same plans, with all that a page about one shows, the intake it came from included."""
        related = self.with_patient().select_related("intake__episode", "intake__questionnaire_version")
        return related.defer(
            "protocol_version__content", "intake__frozen_findings", "intake__questionnaire_version__content"
        )

    def as_lines(self, *also: str) -> "PlanQuerySet":
        """The same plans with no more than a line about each says: of whom, which, since when, and `also`."""
        said = ("title", "life", "activated_at", *also)
        return self.select_related("episode__patient").only(*said, *name_of("episode__patient"))

    def with_review(self) -> "PlanQuerySet":
        """The same plans as lines, each with what was said of it at its review."""
        parts = ("review", "reviewed_at", "review_comment", "reviewed_by__name")
        said = [f"current_revision__{one}" for one in parts]
        return self.as_lines(*said).select_related("current_revision__reviewed_by")

    def running_since(self, share: float, now: dt.datetime) -> "PlanQuerySet":
        """The plans in care of whose weeks this share is over; those of a pause do not count."""
        lengths = range(1, LONGEST_WEEKS + 1)
        over = [Q(current_revision__weeks=n, counted_from__lte=now - dt.timedelta(days=7 * share * n)) for n in lengths]
        return self.filter(reduce(or_, over), life="active")

    def evaluation_late(self, now: dt.datetime) -> "PlanQuerySet":
        """The plans whose weeks are over, without a final measurement since they began."""
        final = Measurement.objects.filter(
            episode_id=OuterRef("episode_id"), moment="final", taken_on__gte=OuterRef("activated_at__date")
        )
        return self.running_since(1, now).filter(~Exists(final))

    def halfway_with(self, progress: Iterable[Progress], now: dt.datetime) -> "PlanQuerySet":
        """The plans that are halfway or further, and whose patients have come as far as one of these."""
        halfway = self.running_since(0.5, now).select_related("intake__questionnaire_version")
        plans = list(halfway.defer("intake__questionnaire_version__content", "intake__frozen_findings"))
        measured: dict[object, list[Measurement]] = {}
        for one in Measurement.objects.filter(episode__in=[plan.episode_id for plan in plans]).order_by("taken_on"):
            measured.setdefault(one.episode_id, []).append(one)
        found = [plan.pk for plan in plans if plan.progress(measured.get(plan.episode_id, ())) in progress]
        return self.filter(pk__in=found)


class Plan(models.Model):
    """A treatment plan of one episode, pinned to the versions of protocol and template it was adopted from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="plans")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="plans")
    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="plans")
    protocol_version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="plans")
    template = models.CharField(_("template"), max_length=80)
    template_version = models.PositiveIntegerField(_("template version"))
    title = models.JSONField(_("title"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="plans", verbose_name=_("author")
    )
    life = models.CharField(
        _("state"),
        max_length=10,
        choices=[
            ("draft", _("draft")),
            ("active", _("active")),
            ("paused", _("paused")),
            ("completed", _("completed")),
            ("stopped", _("stopped")),
        ],
        default="draft",
    )
    created_at = models.DateTimeField(_("created at"))
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True)
    counted_from = models.DateTimeField(
        _("weeks counted from"),
        null=True,
        blank=True,
        help_text=_("When it was activated, and later by each pause that is over."),
    )
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_reason = models.TextField(_("reason for ending"), blank=True)
    current_revision = models.ForeignKey(
        "PlanRevision", on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("treatment plan")
        verbose_name_plural = _("treatment plans")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["episode"], condition=Q(life__in=["active", "paused"]), name="one_active_plan_per_episode"
            ),
            models.CheckConstraint(
                condition=Q(life="stopped")
                | Q(life="draft", activated_at__isnull=True)
                | (~Q(life="draft") & Q(activated_at__isnull=False)),
                name="a_plan_in_care_was_activated",
            ),
            models.CheckConstraint(
                condition=Q(activated_at__isnull=True, counted_from__isnull=True)
                | Q(activated_at__isnull=False, counted_from__isnull=False, counted_from__gte=F("activated_at")),
                name="weeks_count_from_the_activation_or_later",
            ),
            models.CheckConstraint(
                condition=Q(life="paused", paused_at__isnull=False) | (~Q(life="paused") & Q(paused_at__isnull=True)),
                name="a_plan_is_paused_iff_paused_at",
            ),
            models.CheckConstraint(
                condition=Q(life__in=["completed", "stopped"], ended_at__isnull=False)
                | (~Q(life__in=["completed", "stopped"]) & Q(ended_at__isnull=True)),
                name="a_plan_has_ended_iff_ended_at",
            ),
            models.CheckConstraint(condition=~Q(life="stopped") | ~Q(end_reason=""), name="a_stopped_plan_says_why"),
        ]
        indexes = [
            models.Index(fields=["life", "-created_at"], name="plan_by_life_and_age"),
            models.Index(fields=["-created_at", "-id"], name="plan_by_age"),
        ]

    def __str__(self) -> str:
        return f"{in_the_readers_language(self.title)} · {localtime(self.created_at):%d-%m-%Y}"

    @property
    def patient(self) -> Patient:
        """The patient this plan is for."""
        return self.episode.patient

    @property
    def is_returned(self) -> bool:
        """Whether a reviewer returned what it follows now to its author."""
        return self.current_revision is not None and self.current_revision.review == "returned"

    def progress(self, measured: Iterable[Measurement]) -> Progress:
        """How far the patient has come since the intake, by all that was measured in this episode, the oldest first."""
        scores = [(one.instrument, one.moment == "intake", one.scores) for one in measured]
        return progress_of(scores, self.intake.questionnaire.instruments)

    def weeks_from(self, now: dt.datetime) -> dt.datetime | None:
        """The moment from which its weeks are counted now, which moves along during a pause; None before it started."""
        if self.counted_from is None or self.paused_at is None:
            return self.counted_from
        return self.counted_from + (now - self.paused_at)

    @property
    def plan_template(self) -> PlanTemplate:
        """The template this plan was adopted from, in the version it had then."""
        return self.protocol_version.protocol.templates[self.template]


class Goal(models.Model):
    """What the patient wants to reach: a sentence, and where possible a measure with baseline and target."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="goals")
    main = models.BooleanField(_("main goal"), default=False)
    text = models.CharField(_("goal"), max_length=300)
    measure = models.CharField(_("measure"), max_length=40, blank=True)
    baseline = models.FloatField(_("at the start"), null=True, blank=True)
    target = models.FloatField(_("target"), null=True, blank=True)
    due_week = models.PositiveIntegerField(_("within weeks"), null=True, blank=True)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=[
            ("open", _("open")),
            ("reached", _("reached")),
            ("partly", _("partly reached")),
            ("missed", _("not reached")),
        ],
        default="open",
    )

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ["-main", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan"], condition=Q(main=True), name="a_plan_has_one_main_goal"),
            models.CheckConstraint(condition=~Q(text=""), name="a_goal_says_something"),
        ]

    def __str__(self) -> str:
        return self.text

    def in_language(self, language: str) -> str:
        """A goal of the template in this language; what was written for this patient stays as it is."""
        texts = (goal.text for goal in self.plan.plan_template.goals)
        known = next((text for text in texts if self.text in (text.nl, text.en)), None)
        return known.in_language(language) if known else self.text


class NoCourse(models.Model):
    """An intake that ends without a course: advice, and when to come back."""

    intake = models.OneToOneField(Intake, on_delete=models.PROTECT, related_name="no_course")
    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="+")
    advice = models.JSONField(_("advice"))
    come_back_when = models.TextField(_("when to come back"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("intake without a course")
        verbose_name_plural = _("intakes without a course")
        constraints = [models.CheckConstraint(condition=~Q(come_back_when=""), name="no_course_says_when_to_come_back")]

    def __str__(self) -> str:
        return str(self.at)
