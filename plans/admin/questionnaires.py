"""Questionnaires in the back office: what is asked, what is being written, and its way to new intakes.

They stand in this app, since what protocols use of a questionnaire decides what may change in it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.http import require_POST

from intake.domain.questionnaire import Questionnaire, region_in_words
from intake.models import QuestionnaireVersion
from plans.actions import questionnaires as making
from plans.admin import instrument_files, instruments, questions
from plans.admin import questionnaire_files as files
from plans.admin.questions import page_about, version_by_id
from plans.admin.saying import said
from plans.admin.steps import take_step
from plans.domain.difference import AskedKind, Change, Difference, differences_in_questions
from plans.domain.guards import Guard
from plans.forms.flaws import in_words
from plans.forms.governing import CommentForm
from plans.policies import QuestionsReadiness, authors_of, can_publish_questions, questions_readiness, uses_in_words
from practice.access import requires
from practice.admin import GrantedAdmin
from practice.domain.grants import Act


@admin.register(QuestionnaireVersion)
class QuestionnaireVersionAdmin(GrantedAdmin):
    """Versions of the questionnaires: what is in use, what is being written, and who made it."""

    acts = {"view": Act.GOVERN_PROTOCOL}
    list_display = [
        "questionnaire_title",
        "version",
        "region_called",
        "status",
        "drafted_by",
        "approved_by",
        "loaded_at",
    ]
    list_filter = ["status", "code"]
    list_select_related = ["drafted_by", "approved_by"]
    fields = [
        "questionnaire_title",
        "code",
        "version",
        "region_called",
        "status",
        "based_on",
        "drafted_by",
        "submitted_by",
        "submitted_at",
        "approved_by",
        "approved_at",
        "loaded_at",
        "content_hash",
    ]
    readonly_fields = fields
    change_list_template = "admin/intake/questionnaireversion/change_list.html"
    change_form_template = "admin/intake/questionnaireversion/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionnaireVersion]:
        """All versions; their content is large and read when needed."""
        return super().get_queryset(request).defer("content")

    @admin.display(description=gettext_lazy("questionnaire"), ordering="code")
    def questionnaire_title(self, version: QuestionnaireVersion) -> str:
        """The title in the reader's language."""
        return said(version.title)

    @admin.display(description=gettext_lazy("region"), ordering="region")
    def region_called(self, version: QuestionnaireVersion) -> str:
        """The region in the reader's language."""
        return region_in_words(version.region).in_language(get_language() or "nl")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """A version with its sections, what stands in its way, what may be done with it, and how it came about."""
        version = QuestionnaireVersion.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        shown = self._shown(request, version) if version and self.has_view_permission(request) else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | shown)

    def _shown(self, request: HttpRequest, version: QuestionnaireVersion) -> dict[str, Any]:
        ready = questions_readiness(version) if version.is_in_the_making else None
        return {
            "title": str(version),
            "subtitle": None,
            "show_close": False,
            "sections": [(one, said(one.title.to_json())) for one in version.questionnaire.sections],
            "ready": ready,
            "blocks": _blocks(ready) if ready else [],
            "warnings": _warnings(ready) if ready else [],
            "may_publish": bool(ready) and can_publish_questions(version, request.user, ready),
            "is_author": request.user.pk in authors_of(version),
            "comment": CommentForm(),
            "steps": version.steps.select_related("by"),
        }

    def get_urls(self) -> list[URLPattern]:
        """The usual addresses, and those of sections, questions, differences and steps."""

        def at(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
            whole = f"<int:questionnaire_id>/{route}/"
            return path(whole, self.admin_site.admin_view(view), name=f"intake_questionnaireversion_{name}")

        return [
            at("draft", draft, "draft"),
            at("submit", submit, "submit"),
            at("return", give_back, "return"),
            at("publish", publish, "publish"),
            at("set-aside", set_aside, "set_aside"),
            at("sections/<slug:section>", questions.section_page, "section"),
            at("sections/<slug:section>/add", questions.question_add, "question_add"),
            at("sections/<slug:section>/instruments/add", instrument_files.instrument_add, "instrument_add"),
            at("instruments/<slug:instrument>", instruments.instrument_page, "instrument"),
            at("instruments/<slug:instrument>/import", instrument_files.instrument_import, "instrument_import"),
            at("instruments/<slug:instrument>/take-over", instruments.instrument_take_over, "instrument_take_over"),
            at("instruments/<slug:instrument>/remove", instruments.instrument_remove, "instrument_remove"),
            at("questions/<slug:question>", questions.question_page, "question"),
            at("questions/<slug:question>/remove", questions.question_remove, "question_remove"),
            at("difference", difference, "difference"),
            at("export", files.export, "export"),
            at("fhir", files.export_fhir, "fhir"),
            at("instruments/<slug:instrument>/export", files.export_instrument, "instrument_export"),
            at("instruments/<slug:instrument>/fhir", files.export_instrument_fhir, "instrument_fhir"),
            path("import/", self.admin_site.admin_view(files.import_file), name="intake_questionnaireversion_import"),
            *super().get_urls(),
        ]


def _blocks(ready: QuestionsReadiness) -> list[str]:
    """What the check found, each in a sentence."""
    lost = gettext("%(code)s is not asked any more, but it is used by %(uses)s.")
    altered = gettext("An answer to %(code)s means something else than in %(version)s. Choose another code.")
    rescored = gettext("The scores of %(code)s are computed otherwise than in %(version)s. Give them another code.")
    unmarked = gettext("%(code)s is no red flag any more, but these rules raise a red flag on it: %(rules)s.")
    return [
        *(lost % {"code": code, "uses": uses_in_words(uses)} for code, uses in ready.lost.items()),
        *(altered % {"code": code, "version": version} for code, version in ready.altered.items()),
        *(rescored % {"code": code, "version": version} for code, version in ready.rescored.items()),
        *(unmarked % {"code": code, "rules": ", ".join(rules)} for code, rules in ready.unmarked.items()),
        *(in_words(flaw.message) for flaw in ready.flaws),
    ]


LET_GO = {
    (Guard.RED_FLAG, False): gettext_lazy("%(code)s is no red flag any more."),
    (Guard.RED_FLAG, True): gettext_lazy("The red flag %(code)s is not asked any more."),
    (Guard.REQUIRED, False): gettext_lazy("%(code)s is due on fewer routes than before."),
    (Guard.REQUIRED, True): gettext_lazy("%(code)s was required, and is not asked any more."),
}


def _warnings(ready: QuestionsReadiness) -> list[str]:
    """What the second person should look at before publishing, each in a sentence."""
    rejudged = gettext("The same change of %(code)s is judged otherwise: look at its direction and relevant change.")
    return [
        *(LET_GO[one.guard, one.gone] % {"code": one.code} for one in ready.lowered),
        *(rejudged % {"code": code} for code in ready.rejudged),
    ]


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def draft(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """Make a draft of a version."""
    made = making.draft_questionnaire(of=version_by_id(questionnaire_id), by=request.user, now=timezone.now())
    messages.success(request, gettext("This is your draft. Change its questions, then submit it."))
    return redirect("admin:intake_questionnaireversion_change", made.pk)


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def submit(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """Hand a draft to a second person."""
    done = gettext("Submitted. Somebody else looks at it and publishes it.")
    return take_step(request, version_by_id(questionnaire_id), making.submit_questionnaire, done)


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def give_back(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """Give a submitted draft back to its author, with a comment."""
    done, comment = gettext("Returned to its author."), request.POST.get("comment", "")
    return take_step(request, version_by_id(questionnaire_id), making.return_questionnaire, done, comment=comment)


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def publish(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """Put a submitted draft in use, as the second person."""
    done = gettext("Published. New intakes follow this version; intakes that were started keep theirs.")
    return take_step(request, version_by_id(questionnaire_id), making.publish_questionnaire_draft, done)


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def set_aside(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """Do away with a draft."""
    done = gettext("Set aside. It stays readable.")
    return take_step(request, version_by_id(questionnaire_id), making.set_aside_questionnaire, done)


@requires(Act.GOVERN_PROTOCOL)
def difference(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """What differs from another version of the same questionnaire, in words."""
    version = version_by_id(questionnaire_id)
    others = list(QuestionnaireVersion.objects.filter(code=version.code).exclude(pk=version.pk).defer("content"))
    asked = request.GET.get("with", "")
    other = next((one for one in others if str(one.version) == asked), version.based_on or (others or [None])[0])
    return page_about(
        request,
        "difference",
        version,
        gettext("What differs"),
        other=other,
        others=others,
        rows=list(_differing(other.questionnaire, version)) if other else [],
    )


def _differing(before: Questionnaire, version: QuestionnaireVersion) -> Iterable[dict[str, Any]]:
    """What differs, part by part, in the reader's language, with the page of what is still there."""
    after = version.questionnaire
    language, terms = get_language() or "nl", {**before.terms, **after.terms}
    for one in differences_in_questions(before, after):
        yield {"title": one.title(language), "lines": one.lines(language, terms), "address": _page_of(one, version)}


def _page_of(one: Difference, version: QuestionnaireVersion) -> str:
    """Where a part that differs is read; empty for one that is gone or has no page."""
    names = {AskedKind.QUESTION: "question", AskedKind.INSTRUMENT: "instrument"}
    if one.change is Change.REMOVED or one.kind not in names:
        return ""
    return reverse(f"admin:intake_questionnaireversion_{names[one.kind]}", args=[version.pk, one.code])
