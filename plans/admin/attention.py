"""Intakes on which something waits, for who watches over them: for whom, by whom and since when, not what was said."""

import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plans.admin.comparing import WAIT_TONES
from plans.admin.saying import mark, said
from plans.admin.sheets import Column, Exported
from plans.domain.review import wait_of
from plans.models import OpenIntake, OpenIntakeQuerySet
from practice.admin import GrantedAdmin
from practice.domain.grants import Act
from practice.templatetags.components import duration


class What(admin.SimpleListFilter):
    """What waits: a contact about something that holds treatment, or the completion of a draft."""

    title = gettext_lazy("what waits")
    parameter_name = "what"
    ROWS: ClassVar[dict[str | None, Callable[[OpenIntakeQuerySet, dt.datetime], OpenIntakeQuerySet]]] = {
        "unanswered": lambda intakes, _now: intakes.unanswered(),
        "drafts": lambda intakes, now: intakes.stale_drafts(now),
        None: lambda intakes, now: intakes.waiting(now),
    }

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """A contact, or the completion."""
        return [("unanswered", _("a contact about a flag or concern")), ("drafts", _("draft older than 24 hours"))]

    def queryset(self, request: HttpRequest, queryset: OpenIntakeQuerySet) -> OpenIntakeQuerySet:
        """The intakes on which that waits; on which anything does when nothing is chosen."""
        return self.ROWS.get(self.value(), self.ROWS[None])(queryset, timezone.now())


@admin.register(OpenIntake)
class OpenIntakeAdmin(Exported, GrantedAdmin):
    """Intakes on which something waits, the oldest first."""

    acts = {"view": Act.REVIEW_PLAN}
    list_event = "open_intakes_listed"
    export_name = "open_intakes"
    purpose = "plan_review"
    list_display = ["patient_name", "author", "complaint", "what", "since"]
    list_filter = [What, ("author", admin.RelatedOnlyFieldListFilter)]
    ordering = ["started_at", "pk"]
    list_per_page = 50
    show_full_result_count = False
    fields = ["patient_name", "author", "complaint", "what", "started_at", "completed_at", "completed_with_reason"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[OpenIntake]:
        """The intakes that this person watches over, without their answers."""
        rows = OpenIntake.objects.overseen_by(request.user).order_by(*self.ordering)
        light = rows.select_related("episode__patient", "author", "questionnaire_version")
        return light.defer("frozen_findings", "questionnaire_version__content")

    def patient_of(self, row: OpenIntake) -> object:
        """The patient whom the intake is of."""
        return row.episode.patient_id

    @admin.display(description=gettext_lazy("patient"), ordering="episode__patient__sort_name")
    def patient_name(self, intake: OpenIntake) -> str:
        """Whose intake it is."""
        return str(intake.patient)

    @admin.display(description=gettext_lazy("intake"))
    def complaint(self, intake: OpenIntake) -> str:
        """The title of the questionnaire."""
        return said(intake.questionnaire_version.title)

    @admin.display(description=gettext_lazy("what waits"))
    def what(self, intake: OpenIntake) -> str:
        """What is to happen."""
        return _("to be completed") if intake.is_draft else _("a contact about a flag or concern")

    @admin.display(description=gettext_lazy("waits"), ordering="started_at")
    def since(self, intake: OpenIntake) -> SafeString:
        """How long it waits."""
        waited = timezone.now() - (intake.completed_at or intake.started_at)
        return mark(duration(waited), WAIT_TONES[wait_of(waited)], "clock")

    def sheet_columns(self, request: HttpRequest) -> list[Column]:
        """What the list shows, as plain text."""
        return [
            (_("patient number"), lambda row: row.patient.number),
            (_("patient"), self.patient_name),
            (_("author"), lambda row: str(row.author)),
            (_("intake"), self.complaint),
            (_("what waits"), self.what),
            (_("since"), lambda row: f"{timezone.localtime(row.completed_at or row.started_at):%Y-%m-%d %H:%M}"),
        ]
