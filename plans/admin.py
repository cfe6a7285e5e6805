"""Plans and protocols in the back office: managers read them there. What changes a plan goes through the actions."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from patients.policies import Refused
from plans import actions
from plans.models import Deviation, Goal, Plan, PlanRevision, ProtocolVersion
from practice.admin import Granted, GrantedAdmin, GrantedInline
from practice.domain.grants import Act


def _said(text: dict[str, str]) -> str:
    """A stored bilingual text in the reader's language."""
    return text["en" if (get_language() or "nl").startswith("en") else "nl"]


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


@admin.register(Plan)
class PlanAdmin(GrantedAdmin):
    """Treatment plans, the newest first."""

    acts = {"view": Act.READ_PLAN}
    list_event = "plans_listed"
    list_display = ["patient_name", "plan_title", "life", "review", "sessions", "deviations", "author", "created_at"]
    list_display_links = ["patient_name", "plan_title"]
    list_filter = ["life", "current_revision__review", "template", "author"]
    date_hierarchy = "created_at"
    list_select_related = ["episode__patient", "author", "current_revision"]
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
        return super().get_queryset(request).prefetch_related("current_revision__deviations")

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
        return f"{_said(plan.title)} v{plan.template_version}"

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


@admin.register(ProtocolVersion)
class ProtocolVersionAdmin(GrantedAdmin):
    """Versions of the protocols: what is in use, and who signed it."""

    acts = {"view": Act.GOVERN_PROTOCOL}
    list_display = ["protocol_title", "version", "status", "rules", "templates", "signed", "valid_from"]
    list_filter = ["status"]
    fields = [
        "protocol_title",
        "code",
        "version",
        "status",
        "valid_from",
        "loaded_at",
        "content_hash",
        "signed_by_first",
        "signed_by_second",
    ]
    readonly_fields = fields
    actions = ["sign"]

    @admin.display(description=_("protocol"), ordering="code")
    def protocol_title(self, version: ProtocolVersion) -> str:
        """The title of the protocol."""
        return _said(version.title)

    @admin.display(description=_("rules"))
    def rules(self, version: ProtocolVersion) -> int:
        """How many rules the version has."""
        return len(version.protocol.rules)

    @admin.display(description=_("templates"))
    def templates(self, version: ProtocolVersion) -> int:
        """How many plan templates the version has."""
        return len(version.protocol.templates)

    @admin.display(description=_("signed by two people"), boolean=True)
    def signed(self, version: ProtocolVersion) -> bool:
        """Whether two people of the practice have signed it."""
        return version.is_signed

    @admin.action(description=_("Sign: I have read this version and stand for its use here"), permissions=["view"])
    def sign(self, request: HttpRequest, versions: QuerySet[ProtocolVersion]) -> None:
        """Sign the chosen versions; the second signature must be another person's."""
        for version in versions:
            try:
                actions.sign_protocol(version=version, by=request.user, now=timezone.now())
            except Refused as refusal:
                self.message_user(request, str(refusal), level="error")
