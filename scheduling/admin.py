"""Planning in the back office: kinds of appointment, time that comes back, and the calendar addresses in use."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from practice.admin import GrantedAdmin, everything
from practice.domain.grants import Act
from practice.models.practitioners import COMPETENCE_NAMES
from scheduling import actions
from scheduling.models import AppointmentKind, CalendarFeed, PlanToSchedule, RecurringBlock


class AppointmentKindForm(forms.ModelForm):
    """A kind of visit, with what it takes chosen from the competences of the practice."""

    competences = forms.MultipleChoiceField(
        label=capfirst(_("competences")),
        choices=[(code.value, name) for code, name in COMPETENCE_NAMES.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("What the practitioner must be able to do."),
    )

    class Meta:
        model = AppointmentKind
        fields = ["code", "name_nl", "name_en", "minutes", "room_kind", "competences", "is_active"]


@admin.register(AppointmentKind)
class AppointmentKindAdmin(GrantedAdmin):
    """How long each kind of visit lasts and what it takes. A kind in use is switched off, never deleted."""

    acts = {"view": Act.MANAGE_PRACTICE, "add": Act.MANAGE_PRACTICE, "change": Act.MANAGE_PRACTICE}
    form = AppointmentKindForm
    list_display = ["code", "name_nl", "name_en", "minutes", "room_kind", "is_active"]

    def get_readonly_fields(self, request: HttpRequest, obj: AppointmentKind | None = None) -> list[str]:
        """The code stays: other parts ask for a kind by it."""
        return ["code"] if obj else []


@admin.register(RecurringBlock)
class RecurringBlockAdmin(GrantedAdmin):
    """Time in which nothing is booked, week after week: a meeting, lunch."""

    acts = everything(Act.MANAGE_PRACTICE)
    fields = [
        "title",
        "practitioner",
        "location",
        "weekday",
        "starts",
        "ends",
        "valid_from",
        "valid_until",
        "every_n_weeks",
    ]
    list_display = ["title", "weekday", "starts", "ends", "practitioner", "location", "valid_from", "valid_until"]
    list_filter = ["weekday"]
    list_select_related = ["practitioner__staff", "location"]


@admin.register(CalendarFeed)
class CalendarFeedAdmin(GrantedAdmin):
    """Calendar addresses that work, to revoke them. The address itself is kept nowhere."""

    acts = {"view": Act.MANAGE_PRACTICE, "change": Act.MANAGE_PRACTICE}
    list_display = ["practitioner", "made_at", "by", "revoked_at"]
    list_select_related = ["practitioner__staff", "by"]
    fields = ["practitioner", "made_at", "by", "revoked_at"]
    readonly_fields = fields
    actions = ["revoke"]

    @admin.action(description=_("Revoke the chosen addresses"))
    def revoke(self, request: HttpRequest, feeds: "QuerySet[CalendarFeed]") -> None:
        """Let these addresses stop working."""
        rows = feeds.filter(revoked_at=None).select_related("practitioner")
        count = sum(_revoked(feed, request) for feed in rows)
        words = ngettext("%(count)d address is revoked.", "%(count)d addresses are revoked.", count)
        messages.success(request, words % {"count": count})


def _revoked(feed: CalendarFeed, request: Any) -> bool:
    return actions.revoke_feed(practitioner=feed.practitioner, by=request.user, now=timezone.now())


@admin.register(PlanToSchedule)
class PlanToScheduleAdmin(GrantedAdmin):
    """Plans with sessions that lack a place, the longest wait first: whose, and how many sessions, not for what."""

    acts = {"view": Act.READ_PLANNING}
    list_event = "plans_to_schedule_listed"
    list_display = ["patient_name", "author", "sessions", "activated_at"]
    list_filter = [("author", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["episode__patient", "author", "current_revision"]
    ordering = ["activated_at", "pk"]
    list_per_page = 50
    show_full_result_count = False
    fields = ["patient_name", "author", "sessions", "activated_at"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PlanToSchedule]":
        """The visible plans that wait."""
        return super().get_queryset(request).lacking_visits()

    def patient_of(self, row: PlanToSchedule) -> object:
        """The patient whom a plan is for."""
        return row.episode.patient_id

    @admin.display(description=_("patient"), ordering="episode__patient__sort_name")
    def patient_name(self, plan: PlanToSchedule) -> str:
        """The patient's name as lists show it."""
        return str(plan.patient)

    @admin.display(description=_("sessions"))
    def sessions(self, plan: PlanToSchedule) -> int:
        """How many sessions the plan asks for."""
        return plan.current_revision.sessions if plan.current_revision else 0
