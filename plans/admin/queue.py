"""Plans to review: the line in which they wait, the page on which one is judged, and approval of many at once."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from patients import actions as patient_actions
from patients.admin import COUNTED_AT_MOST, BoundedPaginator
from patients.policies import Refused
from plans import actions
from plans.admin.comparing import WAIT_TONES, FlagRow, ReviewReading, flag_rows, waiting
from plans.admin.filters import FOUND, ByAuthor, Deviates, Flagged, Found, OfTemplate, ReviewState, Waits
from plans.admin.quality import overview, sheet_of
from plans.admin.saying import mark, said
from plans.admin.sheets import ASKED_BY, KINDS, Column, Exported, note_export, sheet_response
from plans.domain.review import flags_were_asked
from plans.forms import ReviewForm
from plans.models import PlanRevision, PlanToReview
from plans.policies import reasons_against_bulk, reviewers_of, why_not_review
from plans.reading import deviation_name
from practice.access import requires
from practice.admin import GrantedAdmin
from practice.domain.grants import Act

NAMED_DEVIATIONS = 3  # differences of one plan that the list names; more are counted


@admin.register(PlanToReview)
class PlanToReviewAdmin(Exported, GrantedAdmin):
    """The plans that wait for review, the riskiest and the oldest first; opening one is judging it."""

    acts = {"view": Act.REVIEW_PLAN, "change": Act.REVIEW_PLAN}
    list_event = "plans_to_review_listed"
    export_name = "plans_to_review"
    purpose = "plan_review"
    change_list_template = "admin/plans/plantoreview/change_list.html"
    list_display = ["patient_and_plan", "author", "template", "differs", "flags", "completeness", "waits"]
    list_display_links = ["patient_and_plan"]
    list_filter = [
        ReviewState,
        Waits,
        Deviates,
        Flagged,
        OfTemplate,
        ("author", ByAuthor),
        Found,
    ]
    date_hierarchy = "made_at"
    ordering = ["due_at", "pk"]
    list_per_page = 50
    paginator = BoundedPaginator
    show_full_result_count = False
    actions = ["approve_selected"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlanRevision]:
        """The current revisions that this person may review; a page of one revision also shows what was replaced."""
        rows = super().get_queryset(request).with_plan()
        match = request.resolver_match
        return rows.current() if match and match.url_name.endswith("_changelist") else rows

    def patient_of(self, row: PlanRevision) -> object:
        """The patient whom the plan is for."""
        return row.plan.episode.patient_id

    @admin.display(description=gettext_lazy("patient, plan"), ordering="plan__episode__patient__sort_name")
    def patient_and_plan(self, revision: PlanRevision) -> str:
        """Whom the plan is for."""
        return str(revision.plan.patient)

    @admin.display(description=gettext_lazy("template"), ordering="plan__template")
    def template(self, revision: PlanRevision) -> str:
        """The title of the template, with its version."""
        return f"{said(revision.plan.title)} v{revision.plan.template_version}"

    @admin.display(description=gettext_lazy("differs"))
    def differs(self, revision: PlanRevision) -> SafeString:
        """On how many points the plan differs from its template, and on which."""
        names = [deviation_name(deviation.what, revision.plan) for deviation in revision.deviations.all()]
        if not names:
            return format_html('<span class="quiet">{}</span>', _("as the template"))
        shown = names[:NAMED_DEVIATIONS] + (["…"] if len(names) > NAMED_DEVIATIONS else [])
        points = ngettext("%(count)s point", "%(count)s points", len(names)) % {"count": len(names)}
        return format_html("<strong>{}</strong>: {}", points, "; ".join(shown))

    @admin.display(description=gettext_lazy("red flags"), ordering="risk")
    def flags(self, revision: PlanRevision) -> SafeString:
        """The red flags and concerns, each with whether a contact about it is recorded."""
        rows = flag_rows(revision.brief, list(revision.plan.intake.follow_ups.all())) if revision.brief else []
        if not rows and not flags_were_asked(revision.brief or {}):
            return mark(_("none was asked"), "warning")
        if not rows:
            return format_html('<span class="quiet">{}</span>', _("none"))
        return format_html_join(SafeString("<br>"), "{}", [(_flag_mark(row),) for row in rows])

    @admin.display(description=gettext_lazy("completeness"))
    def completeness(self, revision: PlanRevision) -> str:
        """How many of the questions that the record must have are answered, and how many red flags were asked."""
        brief = revision.brief or {}
        if "required" not in brief:
            return "–"
        return _("%(answered)s of %(required)s; red flags %(flags_asked)s of %(flags_total)s") % brief

    @admin.display(description=gettext_lazy("waits"), ordering="made_at")
    def waits(self, revision: PlanRevision) -> SafeString:
        """How long the plan waits, in words; amber from a day on, red from three days on."""
        if revision.review != "submitted":
            day = timezone.localtime(revision.reviewed_at)
            return format_html("{}, {}", revision.get_review_display(), f"{day:%d-%m-%Y}")
        words, wait = waiting(revision, timezone.now())
        return mark(words, WAIT_TONES[wait], "clock")

    def sheet_columns(self, request: HttpRequest) -> list[Column]:
        """What the list shows, as plain text."""
        now = timezone.now()
        return [
            (_("patient number"), lambda row: row.plan.patient.number),
            (_("patient"), lambda row: str(row.plan.patient)),
            (_("author"), lambda row: str(row.author)),
            (_("template"), self.template),
            (_("revision"), lambda row: row.number),
            (_("review"), lambda row: row.get_review_display()),
            (_("handed in"), lambda row: f"{timezone.localtime(row.made_at):%Y-%m-%d %H:%M}"),
            (_("waiting (hours)"), lambda row: int((now - row.made_at).total_seconds() // 3600)),
            (_("deviations"), lambda row: len(row.deviations.all())),
            (_("differs"), _deviations_in_words),
            (_("red flags"), lambda row: len(row.brief["flags"]) if row.brief else None),
            (_("why to look"), lambda row: str(row.get_risk_display())),
        ]

    # The list: search without names in the address.

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """The list; a search travels in the body of the request and comes back as the ids of who was found."""
        if request.method == "POST" and "find" in request.POST and self.has_view_permission(request):
            return redirect(f"{request.path}?{self._found(request)}")
        return super().changelist_view(request, extra_context)

    def get_action_choices(self, request: HttpRequest, default_choices: list | None = None) -> list[tuple[str, str]]:
        """The one action stands ready; there is nothing to choose first."""
        return super().get_action_choices(request, [])

    def _found(self, request: HttpRequest) -> str:
        found = patient_actions.find(text=request.POST["find"], by=request.user, now=timezone.now())
        query = request.GET.copy()
        query[FOUND] = ",".join(patient.pk.hex for patient in found.patients)
        query.pop("p", None)
        return query.urlencode(safe=",")

    # Quality of care.

    def get_urls(self) -> list[URLPattern]:
        """The usual addresses and the overview of quality."""
        view = self.admin_site.admin_view(requires(Act.REVIEW_PLAN)(self.quality))
        return [path("quality/", view, name="plans_plantoreview_quality"), *super().get_urls()]

    def quality(self, request: HttpRequest) -> HttpResponse:
        """Adoption, deviations, outcomes, sessions, drop-out and referrals per therapist, template or quarter."""
        found, kind = overview(request), request.GET.get(ASKED_BY)
        if kind in KINDS:
            note_export(request, "quality", kind, len(found["groups"]))
            return sheet_response(request, kind, f"quality_by_{found['by']}", *sheet_of(found["groups"], found["head"]))
        context = self.admin_site.each_context(request) | found | {"title": _("Quality of care"), "opts": self.opts}
        return TemplateResponse(request, "admin/plans/plantoreview/quality.html", context)

    # The page of one revision.

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """What differs and why, what drove it, and the decision."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        revision = self.get_object(request, object_id)
        if revision is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            return self._decide(request, revision)
        return self._page(request, revision, ReviewForm())

    def _decide(self, request: HttpRequest, revision: PlanRevision) -> HttpResponse:
        """Give the review that was chosen, or say on the page why that cannot be."""
        form, following = ReviewForm(request.POST), self._neighbours(request, revision)[1]
        if not form.is_valid():
            return self._page(request, revision, form, status=422)
        managers = len(reviewers_of(revision.plan, timezone.localdate()))
        try:
            actions.review(revision=revision, by=request.user, now=timezone.now(), managers=managers, **form.choice())
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self._refused(request, revision, form)
        self.message_user(request, self._done(form, revision), level=messages.SUCCESS)
        return redirect(self._after(request, following) if form.goes_on() else self._list())

    def _refused(self, request: HttpRequest, shown: PlanRevision, form: ReviewForm) -> HttpResponse:
        """The page as things are now: 409 when the plan was changed or reviewed meanwhile, else 422."""
        fresh = self.get_queryset(request).get(pk=shown.pk)
        changed = not fresh.is_current or fresh.review != "submitted"
        return self._page(request, fresh, form, status=409 if changed else 422)

    def _done(self, form: ReviewForm, revision: PlanRevision) -> str:
        names = {"patient": revision.plan.patient, "author": revision.author}
        if form.choice()["to"] == "returned":
            return _("The plan of %(patient)s is returned to %(author)s, who sees the comment on Today.") % names
        return _("The plan of %(patient)s is approved.") % names

    def _after(self, request: HttpRequest, following: PlanRevision | None) -> str:
        """The next plan in the line after the one that was judged, else the first; the list when nothing waits."""
        line = self._line(request)
        after = (following and line.filter(pk=following.pk).first()) or line.exclude(author=request.user).first()
        return _address(after) if after else self._list()

    def _list(self) -> str:
        return reverse("admin:plans_plantoreview_changelist")

    def _line(self, request: HttpRequest) -> QuerySet[PlanRevision]:
        return self.model.objects.visible_to(request.user).to_review()

    def _neighbours(
        self, request: HttpRequest, revision: PlanRevision
    ) -> tuple[PlanRevision | None, PlanRevision | None]:
        """Who stands before and after this revision in the line."""
        at, pk, line = revision.due_at, revision.pk, self._line(request)
        before = line.filter(~Q(due_at=at, pk__gte=pk), due_at__lte=at).order_by("-due_at", "-pk").first()
        after = line.filter(~Q(due_at=at, pk__lte=pk), due_at__gte=at).exclude(author=request.user).first()
        return before, after

    def _place(self, request: HttpRequest, revision: PlanRevision) -> str:
        """The place of a revision in the line and how many wait; empty where the line is too long to count."""
        line = self._line(request)
        before = line.filter(~Q(due_at=revision.due_at, pk__gte=revision.pk), due_at__lte=revision.due_at)
        count = line[:COUNTED_AT_MOST].count()
        place = {"n": before[:COUNTED_AT_MOST].count() + 1, "count": count}
        return _("%(n)s of %(count)s") % place if count < COUNTED_AT_MOST else ""

    def _page(
        self, request: HttpRequest, revision: PlanRevision, form: ReviewForm, *, status: int = 200
    ) -> HttpResponse:
        """The review page."""
        reviewers = reviewers_of(revision.plan, timezone.localdate())
        before, after = self._neighbours(request, revision)
        context = (
            self.admin_site.each_context(request)
            | ReviewReading(revision, timezone.now()).context()
            | {
                "title": revision.plan.patient,
                "opts": self.opts,
                "form": form,
                "before": before,
                "after": after,
                "place": self._place(request, revision),
                "is_own": revision.author_id == request.user.pk,
                "why_not": why_not_review(revision, request.user, "approved", managers=len(reviewers)),
                "others": [one for one in reviewers if one.pk != revision.author_id],
                "is_open": revision.is_current and revision.review == "submitted",
            }
        )
        return TemplateResponse(request, "admin/plans/plantoreview/review.html", context, status=status)

    # Many at once.

    @admin.action(description=gettext_lazy("Approve what has no deviation and no red flag"), permissions=["change"])
    def approve_selected(self, request: HttpRequest, chosen: QuerySet[PlanRevision]) -> HttpResponse | None:
        """Show which plans would be approved and which are left out, with the reason; then approve, one by one."""
        sorted_out = [(revision, reasons_against_bulk(revision, request.user)) for revision in chosen]
        clean = [revision for revision, against in sorted_out if not against]
        if request.POST.get("sure"):
            self._approve_all(request, clean)
            return None
        context = self.admin_site.each_context(request) | {
            "title": _("Approve several plans"),
            "opts": self.opts,
            "clean": clean,
            "left_out": [pair for pair in sorted_out if pair[1]],
            "action": "approve_selected",
        }
        return TemplateResponse(request, "admin/plans/plantoreview/approve_selected.html", context)

    def _approve_all(self, request: HttpRequest, clean: list[PlanRevision]) -> None:
        """Approve each through the action; what was changed meanwhile is named."""
        approved = 0
        for revision in clean:
            try:
                actions.review(revision=revision, to="approved", by=request.user, now=timezone.now(), managers=1)
                approved += 1
            except Refused as refusal:
                self.message_user(request, f"{revision.plan.patient}: {refusal}", level=messages.ERROR)
        text = ngettext("%(n)s plan approved.", "%(n)s plans approved.", approved) % {"n": approved}
        self.message_user(request, text, level=messages.SUCCESS)


def _flag_mark(row: FlagRow) -> SafeString:
    return mark(f"{row.label}: {row.in_short}", row.tone)


def _address(revision: PlanRevision) -> str:
    return reverse("admin:plans_plantoreview_change", args=[revision.pk])


def _deviations_in_words(revision: PlanRevision) -> str:
    return "; ".join(
        f"{deviation_name(one.what, revision.plan)} ({one.get_reason_display()})" for one in revision.deviations.all()
    )
