"""Questionnaires in the back office: what is asked, what is being written, and its way to new intakes.

They stand in this app, since what protocols use of a questionnaire decides what may change in it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.http import require_POST

from intake.domain.conditions import Condition, Terms
from intake.domain.instruments import Instrument
from intake.domain.items import Item, Required
from intake.domain.questionnaire import Questionnaire, Section
from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.actions import questionnaires as making
from plans.actions.making import ChangedMeanwhile, Unfit
from plans.actions.questionnaires import question_hash, question_now
from plans.admin.saying import code_list, name_of, said, sentences
from plans.admin.steps import take_step
from plans.domain.difference import AskedKind, Change, differences_in_questions
from plans.forms.asking import KINDS, KnownQuestionForm, NewQuestionForm, QuestionForm, others_in
from plans.forms.governing import CommentForm, in_words, written
from plans.policies import authors_of, can_publish_questions, questions_readiness, users_of, uses_in_words
from practice.access import requires
from practice.admin import GrantedAdmin
from practice.domain.grants import Act

REQUIRED = {
    Required.ALWAYS: gettext_lazy("required"),
    Required.DIRECT_ACCESS: gettext_lazy("required with direct access"),
    Required.REFERRAL: gettext_lazy("required with a referral"),
}


@admin.register(QuestionnaireVersion)
class QuestionnaireVersionAdmin(GrantedAdmin):
    """Versions of the questionnaires: what is in use, what is being written, and who made it."""

    acts = {"view": Act.GOVERN_PROTOCOL}
    list_display = ["questionnaire_title", "version", "region", "status", "drafted_by", "approved_by", "loaded_at"]
    list_filter = ["status", "code"]
    list_select_related = ["drafted_by", "approved_by"]
    fields = [
        "questionnaire_title",
        "code",
        "version",
        "region",
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
    change_form_template = "admin/intake/questionnaireversion/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionnaireVersion]:
        """All versions; their content is large and read when needed."""
        return super().get_queryset(request).defer("content")

    @admin.display(description=gettext_lazy("questionnaire"), ordering="code")
    def questionnaire_title(self, version: QuestionnaireVersion) -> str:
        """The title in the reader's language."""
        return said(version.title)

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
            "title": name_of(version),
            "subtitle": None,
            "show_close": False,
            "sections": [(one, said(one.title.to_json())) for one in version.questionnaire.sections],
            "ready": ready,
            "blocks": _blocks(ready) if ready else [],
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
            at("sections/<slug:section>", section_page, "section"),
            at("sections/<slug:section>/add", question_add, "question_add"),
            at("questions/<slug:question>", question_page, "question"),
            at("questions/<slug:question>/remove", question_remove, "question_remove"),
            at("difference", difference, "difference"),
            *super().get_urls(),
        ]


def _blocks(ready: Any) -> list[str]:
    """What the check found, each in a sentence."""
    lost = gettext("%(code)s is not asked any more, but it is used by %(uses)s.")
    altered = gettext("An answer to %(code)s means something else than in %(version)s. Choose another code.")
    return [
        *(lost % {"code": code, "uses": uses_in_words(uses)} for code, uses in ready.lost.items()),
        *(altered % {"code": code, "version": version} for code, version in ready.altered.items()),
        *(in_words(flaw.message) for flaw in ready.flaws),
    ]


def _page(
    request: HttpRequest, name: str, version: QuestionnaireVersion, title: str, status: int = 200, **context: Any
) -> HttpResponse:
    """A page of the back office about a version of a questionnaire."""
    about = {"version": version, "version_name": name_of(version)}
    given = admin.site.each_context(request) | {"title": title, **about, **context}
    return TemplateResponse(request, f"admin/intake/questionnaireversion/{name}.html", given, status=status)


def _version(questionnaire_id: int) -> QuestionnaireVersion:
    """A version by its id, or a page that says it is not there."""
    version = QuestionnaireVersion.objects.select_related("based_on").filter(pk=questionnaire_id).first()
    if version is None:
        raise Http404
    return version


def _section(version: QuestionnaireVersion, code: str) -> Section:
    found = next((one for one in version.questionnaire.sections if one.code == code), None)
    if found is None:
        raise Http404
    return found


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def draft(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """Make a draft of a version."""
    made = making.draft_questionnaire(of=_version(questionnaire_id), by=request.user, now=timezone.now())
    messages.success(request, gettext("This is your draft. Change its questions, then submit it."))
    return redirect("admin:intake_questionnaireversion_change", made.pk)


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def submit(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """Hand a draft to a second person."""
    done = gettext("Submitted. Somebody else looks at it and publishes it.")
    return take_step(request, _version(questionnaire_id), making.submit_questionnaire, done)


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def give_back(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """Give a submitted draft back to its author, with a comment."""
    done, comment = gettext("Returned to its author."), request.POST.get("comment", "")
    return take_step(request, _version(questionnaire_id), making.return_questionnaire, done, comment=comment)


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def publish(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """Put a submitted draft in use, as the second person."""
    done = gettext("Published. New intakes follow this version; intakes that were started keep theirs.")
    return take_step(request, _version(questionnaire_id), making.publish_questionnaire_draft, done)


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def set_aside(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """Do away with a draft."""
    done = gettext("Set aside. It stays readable.")
    return take_step(request, _version(questionnaire_id), making.set_aside_questionnaire, done)


@requires(Act.GOVERN_PROTOCOL)
def section_page(request: HttpRequest, questionnaire_id: int, section: str) -> HttpResponse:
    """The questions of one section in order, or the instruments of one."""
    version = _version(questionnaire_id)
    shown, asked = _section(version, section), version.questionnaire
    return _page(
        request,
        "section",
        version,
        said(shown.title.to_json()),
        section=shown,
        help=said(shown.help.to_json()) if shown.help else "",
        rows=[_row(item, asked.terms) for item in shown.items],
        instruments=[_instrument(asked.instrument(code), asked) for code in shown.instruments],
        sections=[(one, said(one.title.to_json())) for one in asked.sections],
    )


def _row(item: Item, terms: Terms) -> dict[str, Any]:
    """One question in a list, in the reader's language."""
    language = get_language() or "nl"

    def sentence(condition: Condition | None) -> str:
        return condition.describe(language, terms) if condition else ""

    return {
        "item": item,
        "label": item.label.in_language(language),
        "help": item.help.in_language(language) if item.help else "",
        "kind": KINDS[item.kind],
        "choices": [choice.label.in_language(language) for choice in item.choices],
        "required": REQUIRED.get(item.required, ""),
        "core_when": sentence(item.core_when),
        "ask_when": sentence(item.ask_when),
    }


def _instrument(instrument: Instrument, asked: Questionnaire) -> dict[str, Any]:
    """An instrument with its questions and on what it rests."""
    language = get_language() or "nl"
    scores = instrument.scores
    cited = dict.fromkeys(key for one in (instrument, *scores) for key in one.backing.sources)
    return {
        "instrument": instrument,
        "title": instrument.title.in_language(language),
        "help": instrument.help.in_language(language) if instrument.help else "",
        "scores": [score.label.in_language(language) for score in scores],
        "sources": [(key, asked.sources.get(key, {})) for key in cited],
        "rows": [_row(item, asked.terms) for item in instrument.items],
    }


@requires(Act.GOVERN_PROTOCOL)
def question_add(request: HttpRequest, questionnaire_id: int, section: str) -> HttpResponse:
    """Write a new question at the end of a section, or elsewhere in it."""
    version = _version(questionnaire_id)
    found = _section(version, section)
    if found.instruments or not version.may_be_changed:
        raise Http404
    others = others_in(found.items)
    form = NewQuestionForm(
        request.POST or None,
        section=section,
        others=others,
        for_patients=found.patient is not None,
        initial={"after": others[-1][0] if others else ""},
    )
    status = 200
    if request.method == "POST":
        status, done = _saved(request, version, form)
        if done:
            return done
    return _question(request, version, found, gettext("New question"), form, None, status)


@requires(Act.GOVERN_PROTOCOL)
def question_page(request: HttpRequest, questionnaire_id: int, question: str) -> HttpResponse:
    """One question: what it asks, when, and who uses it; to change in a draft."""
    version = _version(questionnaire_id)
    item = version.questionnaire.items.get(question)
    if item is None:
        raise Http404
    found = next(one for one in version.questionnaire.sections if item in one.items)
    known = question_now(version, question)
    form, status = None, 200
    if known and version.may_be_changed:
        others = others_in(found.items, leave_out=question)
        form = KnownQuestionForm(
            request.POST or None, known=known, others=others, for_patients=found.patient is not None
        )
        if request.method == "POST":
            status, done = _saved(request, version, form)
            if done:
                return done
    elif request.method == "POST":
        messages.error(request, gettext("Only a draft can be changed. Make a draft of this version first."))
        status = 409
    title = item.label.in_language(get_language() or "nl")
    return _question(request, version, found, title, form, item, status)


def _saved(request: HttpRequest, version: QuestionnaireVersion, form: QuestionForm) -> tuple[int, HttpResponse | None]:
    """Save the question and go to it; else the status of the page, on which the form says what is wrong."""
    if not form.is_valid():
        return 422, None
    placed = form.placed()
    try:
        making.save_question(
            version=version, placed=placed, seen=form.cleaned_data["seen"], by=request.user, now=timezone.now()
        )
    except Unfit as unfit:
        form.blame(unfit.flaws)
        return 422, None
    except Refused as refusal:
        form.add_error(form.field_of("code"), str(refusal))
        return 422, None
    except ChangedMeanwhile as changed:
        _show_both(form, changed, version, placed.content["code"])
        return 409, None
    messages.success(request, gettext("The question is saved."))
    return 302, redirect("admin:intake_questionnaireversion_question", version.pk, placed.content["code"])


def _show_both(form: QuestionForm, changed: ChangedMeanwhile, version: QuestionnaireVersion, code: str) -> None:
    """Say that somebody was faster; saving once more replaces what that person wrote, knowingly."""
    version.refresh_from_db()
    form.changed_meanwhile = written(dict(changed.current)) if changed.current else ""
    form.data = form.data.copy()
    form.data["seen"] = question_hash(question_now(version, code))
    form.add_error(
        None, gettext("Somebody changed this after it was opened. Nothing is saved yet; both texts are below.")
    )


def _question(
    request: HttpRequest,
    version: QuestionnaireVersion,
    section: Section,
    title: str,
    form: QuestionForm | None,
    item: Item | None,
    status: int,
) -> HttpResponse:
    asked = version.questionnaire
    uses = users_of(item.code, version) if item else ()
    conditions = _conditions(form, item)
    named = " and ".join(f"({one})" for one in conditions.values())
    return _page(
        request,
        "question",
        version,
        title,
        status,
        section=section,
        section_title=said(section.title.to_json()),
        form=form,
        item=item,
        row=_row(item, asked.terms) if item else None,
        seen=question_hash(question_now(version, item.code)) if item else "",
        uses=uses_in_words(uses) if uses else "",
        said={name: sentences(text, asked.terms) for name, text in conditions.items()},
        codes=code_list(asked.terms, named) if form else None,
        instrument=said(asked.instrument(item.instrument).title.to_json()) if item and item.instrument else "",
    )


def _conditions(form: QuestionForm | None, item: Item | None) -> dict[str, str]:
    """The conditions of a question as they are typed, or as they are kept."""
    names = ("core_when", "ask_when")
    if form:
        found = {name: form[name].value() or "" for name in names}
    else:
        found = {name: kept.to_text() for name in names if item and (kept := getattr(item, name))}
    return {name: text for name, text in found.items() if text}


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def question_remove(request: HttpRequest, questionnaire_id: int, question: str) -> HttpResponse:
    """Take a question out of a draft."""
    version = _version(questionnaire_id)
    known = question_now(version, question)
    if known is None:
        raise Http404
    try:
        making.remove_question(
            version=version, code=question, seen=request.POST.get("seen", ""), by=request.user, now=timezone.now()
        )
    except ChangedMeanwhile:
        messages.error(request, gettext("Somebody changed this question after it was opened. Look at it again first."))
        return redirect("admin:intake_questionnaireversion_question", version.pk, question)
    except (Refused, Unfit) as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:intake_questionnaireversion_question", version.pk, question)
    messages.success(request, gettext("The question %(code)s is taken out of this draft.") % {"code": question})
    return redirect("admin:intake_questionnaireversion_section", version.pk, known.section)


@requires(Act.GOVERN_PROTOCOL)
def difference(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """What differs from another version of the same questionnaire, in words."""
    version = _version(questionnaire_id)
    others = list(QuestionnaireVersion.objects.filter(code=version.code).exclude(pk=version.pk).defer("content"))
    asked = request.GET.get("with", "")
    other = next((one for one in others if str(one.version) == asked), version.based_on or (others or [None])[0])
    return _page(
        request,
        "difference",
        version,
        gettext("What differs"),
        other=other,
        others=others,
        rows=list(_differing(other.questionnaire, version.questionnaire)) if other else [],
    )


def _differing(before: Questionnaire, after: Questionnaire) -> Iterable[dict[str, Any]]:
    """What differs, part by part, in the reader's language."""
    language, terms = get_language() or "nl", {**before.terms, **after.terms}
    for one in differences_in_questions(before, after):
        yield {
            "code": one.code if one.kind is AskedKind.QUESTION and one.change is not Change.REMOVED else "",
            "title": one.title(language),
            "lines": one.lines(language, terms),
        }
