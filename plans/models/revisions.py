"""The agreed versions of a plan: what differs from the template, which sessions it asks for, and its review."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from patients.models.patient import overseen
from plans.domain.review import Risk
from plans.models.plans import Plan
from practice.domain.grants import Act
from practice.models import Staff

RISKS = [
    (Risk.OPEN_FLAG, _("red flag without follow-up")),
    (Risk.FLAG, _("red flag, followed up or routine")),
    (Risk.NOT_ASKED, _("no red flag was asked")),
    (Risk.DEVIATES, _("differs from the template")),
    (Risk.CLEAN, _("as the template, no flags")),
]
KINDS = [
    ("course", _("course")),
    ("self_management", _("self-management")),
    ("extended", _("extended")),
    ("follow_up", _("follow-up")),
]


HAS_NOT_ENDED = Q(plan__life__in=["draft", "active", "paused"])
WAITS_FOR_REVIEW = Q(review="submitted") & HAS_NOT_ENDED
IS_RETURNED = Q(review="returned") & HAS_NOT_ENDED


class PlanRevisionQuerySet(models.QuerySet["PlanRevision"]):
    """Revisions of plans as a reviewer speaks of them."""

    def visible_to(self, staff: Staff) -> "PlanRevisionQuerySet":
        """The revisions this person may review: by grant, of the patients of the locations it is for."""
        return overseen(self, staff, Act.REVIEW_PLAN, "plan__episode__patient_id")

    def current(self) -> "PlanRevisionQuerySet":
        """The revisions that their plans now follow, or followed when they ended."""
        return self.filter(plan__current_revision_id=F("pk"))

    def to_review(self) -> "PlanRevisionQuerySet":
        """What waits for a reviewer: the riskiest and the oldest first."""
        return self.current().filter(WAITS_FOR_REVIEW).order_by("due_at", "pk")

    def returned(self) -> "PlanRevisionQuerySet":
        """What was returned and not changed since, the oldest first."""
        return self.current().filter(IS_RETURNED).order_by("reviewed_at", "pk")

    def with_plan(self) -> "PlanRevisionQuerySet":
        """The same revisions, with all that a list of them shows; the large texts stay behind."""
        related = self.select_related(
            "plan__episode__patient", "plan__intake", "plan__protocol_version", "author", "reviewed_by"
        )
        light = related.defer("content", "plan__intake__frozen_findings", "plan__protocol_version__content")
        return light.prefetch_related("deviations", "plan__intake__follow_ups")


class PlanRevision(models.Model):
    """One agreed version of a plan. A change makes a new revision; a manager reviews a revision, not a plan."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    weeks = models.PositiveIntegerField(_("weeks"))
    sessions = models.PositiveIntegerField(_("sessions"))
    session_minutes = models.PositiveIntegerField(_("minutes per session"))
    content = models.JSONField(_("content"))
    extended_because = models.TextField(_("longer than eight weeks, because"), blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("author")
    )
    made_at = models.DateTimeField(_("made at"))
    review = models.CharField(
        _("review"),
        max_length=10,
        choices=[
            ("none", _("none")),
            ("submitted", _("submitted")),
            ("approved", _("approved")),
            ("returned", _("returned")),
        ],
        default="none",
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    review_comment = models.TextField(_("comment of the reviewer"), blank=True)
    self_approved_because = models.TextField(_("approved by the author, because"), blank=True)
    brief = models.JSONField(
        _("in brief"), null=True, editable=False, help_text=_("Of its suggestion what a list of plans says.")
    )
    due_at = models.DateTimeField(_("to be looked at from"), null=True, editable=False)
    risk = models.CharField(_("why to look"), max_length=10, null=True, editable=False, choices=RISKS)

    objects = PlanRevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("revision of a plan")
        verbose_name_plural = _("revisions of plans")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="a_revision_number_exists_once_per_plan"),
            models.CheckConstraint(
                condition=~Q(kind="course") | Q(weeks__gte=4, weeks__lte=8), name="plan_lasts_4_to_8_weeks"
            ),
            models.CheckConstraint(
                condition=~Q(kind="self_management") | Q(sessions__lte=3),
                name="self_management_has_at_most_3_sessions",
            ),
            models.CheckConstraint(
                condition=~Q(kind="extended") | (Q(weeks__gt=8) & ~Q(extended_because="")),
                name="an_extended_plan_is_longer_and_says_why",
            ),
            models.CheckConstraint(
                condition=Q(review__in=["none", "submitted"], reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(review__in=["approved", "returned"], reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="a_reviewed_revision_names_its_reviewer",
            ),
            models.CheckConstraint(
                condition=~Q(review="approved") | ~Q(reviewed_by=F("author")) | ~Q(self_approved_because=""),
                name="author_and_approver_differ_or_the_reason_is_there",
            ),
            models.CheckConstraint(
                condition=~Q(review="returned") | ~Q(review_comment=""), name="a_returned_revision_has_a_comment"
            ),
        ]
        indexes = [
            models.Index(fields=["review", "made_at"], name="revision_by_review_and_age"),
            models.Index(fields=["review", "due_at", "id"], name="revision_by_turn_of_review"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.number}"

    @property
    def is_current(self) -> bool:
        """Whether the plan follows this revision now."""
        return self.plan.current_revision_id == self.pk


class PlanToReview(PlanRevision):
    """The current revision of a plan as a reviewer sees it: what waits, what was returned, what was approved."""

    class Meta:
        proxy = True
        verbose_name = _("plan to review")
        verbose_name_plural = _("plans to review")


class Deviation(models.Model):
    """One difference between a revision and its template, with the reason of the author."""

    revision = models.ForeignKey(PlanRevision, on_delete=models.PROTECT, related_name="deviations")
    what = models.CharField(_("what"), max_length=160)
    template_value = models.JSONField(_("in the template"), null=True)
    plan_value = models.JSONField(_("in this plan"), null=True)
    reason = models.CharField(
        _("reason"),
        max_length=20,
        choices=[
            ("request_for_help", _("request for help")),
            ("load_capacity", _("load capacity")),
            ("patient_preference", _("preference of the patient")),
            ("competence", _("competence")),
            ("planning", _("planning")),
            ("other", _("other")),
        ],
    )
    explanation = models.CharField(_("explanation"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("deviation from the template")
        verbose_name_plural = _("deviations from the template")
        constraints = [
            models.UniqueConstraint(fields=["revision", "what"], name="a_deviation_is_named_once_per_revision"),
            models.CheckConstraint(
                condition=~Q(reason="other") | ~Q(explanation=""), name="another_reason_is_explained"
            ),
        ]

    def __str__(self) -> str:
        return self.what


class PlannedSession(models.Model):
    """One session a plan asks for, by number; the appointment that delivers it belongs to scheduling."""

    revision = models.ForeignKey(PlanRevision, on_delete=models.PROTECT, related_name="planned_sessions")
    number = models.PositiveIntegerField(_("number"))
    phase = models.CharField(_("phase"), max_length=60)
    week = models.PositiveIntegerField(_("week"))
    minutes = models.PositiveIntegerField(_("minutes"))
    measurement = models.BooleanField(_("measurement moment"), default=False)

    class Meta:
        verbose_name = _("planned session")
        verbose_name_plural = _("planned sessions")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "number"], name="a_session_number_exists_once_per_revision")
        ]

    def __str__(self) -> str:
        return str(self.number)
