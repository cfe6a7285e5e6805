"""Treatment plans in the back office, to read."""

import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from patients.admin import BoundedPaginator
from plans.admin.filters import ByAuthor, PlanOfTemplate
from plans.admin.saying import said
from plans.admin.sheets import Column, Exported
from plans.domain.progress import Progress
from plans.models import Deviation, Goal, Plan, PlanRevision
from practice.admin import Granted, GrantedAdmin, GrantedInline
from practice.domain.grants import Act


class GoalInline(GrantedInline):
    """The goals of a plan."""

    model = Goal
    acts = {"view": Act.READ_PLAN}
    fields = ["text", "main", "measure", "baseline", "target", "due_week", "status"]


class RevisionInline(Granted, admin.StackedInline):
    """The revisions of a plan, with what differs from the template and why."""

    model = PlanRevision
    extra = 0
    acts = {"view": Act.READ_PLAN}
    fields = [
        "number",
        "kind",
        "weeks",
        "sessions",
        "session_minutes",
        "review",
        "review_comment",
        "differs",
        "made_at",
    ]
    readonly_fields = ["differs"]

    @admin.display(description=_("deviations from the template"))
    def differs(self, revision: PlanRevision) -> SafeString:
        """Every deviation with its reason, one to a line."""
        lines = [(deviation.what, _reason(deviation)) for deviation in revision.deviations.all()]
        return format_html_join(SafeString("<br>"), "{}: {}", lines) or format_html("{}", _("none"))


def _reason(deviation: Deviation) -> str:
    """Why a plan deviates on one point."""
    words = [deviation.get_reason_display(), deviation.explanation]
    return ", ".join(word for word in words if word)


class Watch(admin.SimpleListFilter):
    """Plans in care that ask for a look."""

    title = _("asks for attention")
    parameter_name = "watch"
    ROWS: ClassVar[dict[str, Callable[[QuerySet[Plan], dt.datetime], QuerySet[Plan]]]] = {
        "no_change": lambda plans, now: plans.halfway_with((Progress.NO_CHANGE, Progress.WORSE), now),
        "unmeasured": lambda plans, now: plans.halfway_with((Progress.NOT_MEASURED,), now),
        "late": lambda plans, now: plans.evaluation_late(now),
    }

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Halfway without a relevant change, halfway without a measurement, evaluation late."""
        return [
            ("no_change", _("halfway, no relevant change")),
            ("unmeasured", _("halfway, not measured again")),
            ("late", _("final evaluation late")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Plan]) -> QuerySet[Plan]:
        """Those plans."""
        narrowed = self.ROWS.get(self.value() or "")
        return narrowed(queryset, timezone.now()) if narrowed else queryset


@admin.register(Plan)
class PlanAdmin(Exported, GrantedAdmin):
    """Treatment plans, the newest first."""

    acts = {"view": Act.READ_PLAN}
    list_event = "plans_listed"
    export_name = "plans"
    list_display = ["patient_name", "plan_title", "life", "review", "sessions", "deviations", "author", "created_at"]
    list_display_links = ["patient_name", "plan_title"]
    list_filter = [Watch, "life", "current_revision__review", PlanOfTemplate, ("author", ByAuthor)]
    date_hierarchy = "created_at"
    paginator = BoundedPaginator
    list_per_page = 50
    show_full_result_count = False
    fields = [
        "patient_name",
        "plan_title",
        "template",
        "template_version",
        "protocol_version",
        "life",
        "author",
        "created_at",
        "activated_at",
        "ended_at",
        "end_reason",
    ]
    readonly_fields = fields
    inlines = [GoalInline, RevisionInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        """The plans that this person may see, with what the list shows."""
        rows = (
            super().get_queryset(request).with_patient().defer("protocol_version__content", "current_revision__content")
        )
        return rows.prefetch_related("current_revision__deviations")

    def patient_of(self, row: Plan) -> object:
        """The patient whom a plan is for."""
        return row.episode.patient_id

    @admin.display(description=_("patient"), ordering="episode__patient__sort_name")
    def patient_name(self, plan: Plan) -> str:
        """The patient's name as lists show it."""
        return str(plan.patient)

    @admin.display(description=_("plan"), ordering="template")
    def plan_title(self, plan: Plan) -> str:
        """The title of the template, with its version."""
        return f"{said(plan.title)} v{plan.template_version}"

    @admin.display(description=_("review"), ordering="current_revision__review")
    def review(self, plan: Plan) -> str:
        """Where the review of the current revision stands."""
        return plan.current_revision.get_review_display() if plan.current_revision else ""

    @admin.display(description=_("sessions"), ordering="current_revision__sessions")
    def sessions(self, plan: Plan) -> int:
        """How many sessions the current revision asks for."""
        return plan.current_revision.sessions if plan.current_revision else 0

    @admin.display(description=_("deviations"))
    def deviations(self, plan: Plan) -> int:
        """On how many points the current revision differs from its template."""
        return len(plan.current_revision.deviations.all()) if plan.current_revision else 0

    def sheet_columns(self, request: HttpRequest) -> list[Column]:
        """What the list shows, as plain text."""
        return [
            (_("patient number"), lambda plan: plan.patient.number),
            (_("patient"), self.patient_name),
            (_("plan"), self.plan_title),
            (_("state"), lambda plan: plan.get_life_display()),
            (_("review"), self.review),
            (_("weeks"), lambda plan: plan.current_revision.weeks if plan.current_revision else None),
            (_("sessions"), self.sessions),
            (_("deviations"), self.deviations),
            (_("author"), lambda plan: str(plan.author)),
            (_("created at"), lambda plan: f"{timezone.localtime(plan.created_at):%Y-%m-%d}"),
        ]
