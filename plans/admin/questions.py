"""The questions of a questionnaire in the back office: a list for each section, and a page for each."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST

from intake.domain.editing import UnknownPartError
from intake.domain.instrument_editing import instrument_in, question_in
from intake.domain.items import Item
from intake.domain.questionnaire import Section
from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.actions import questionnaires as making
from plans.actions.instruments import save_instrument_question
from plans.actions.making import ChangedMeanwhile, Unfit
from plans.actions.questionnaires import question_hash, question_now, sources_at_hand
from plans.admin.asked_in_words import instrument_in_words, row_of
from plans.admin.keeping import kept
from plans.admin.pages import status_of
from plans.admin.saying import code_list, said, sentences
from plans.admin.unsaved import NO_DRAFT, labels_of, unsaved, why_gone
from plans.forms.asking import KnownQuestionForm, NewQuestionForm, QuestionForm, QuestionWords, others_in
from plans.forms.instruments import InstrumentQuestionForm
from plans.policies import users_of, uses_in_words
from practice.access import requires
from practice.domain.grants import Act


def page_about(
    request: HttpRequest, name: str, version: QuestionnaireVersion, title: str, status: int = 200, **context: Any
) -> HttpResponse:
    """A page of the back office about a version of a questionnaire."""
    about = {"version": version, "version_name": str(version)}
    given = admin.site.each_context(request) | {"title": title, **about, **context}
    return TemplateResponse(request, f"admin/intake/questionnaireversion/{name}.html", given, status=status)


def version_by_id(questionnaire_id: int) -> QuestionnaireVersion:
    """A version by its id, or a page that says it is not there."""
    version = QuestionnaireVersion.objects.select_related("based_on").filter(pk=questionnaire_id).first()
    if version is None:
        raise Http404
    return version


def section_by_code(version: QuestionnaireVersion, code: str) -> Section:
    """A section of a version, or a page that says it is not there."""
    found = next((one for one in version.questionnaire.sections if one.code == code), None)
    if found is None:
        raise Http404
    return found


@requires(Act.GOVERN_PROTOCOL)
def section_page(request: HttpRequest, questionnaire_id: int, section: str) -> HttpResponse:
    """The questions of one section in order, or the instruments of one."""
    version = version_by_id(questionnaire_id)
    shown, asked = section_by_code(version, section), version.questionnaire
    return page_about(
        request,
        "section",
        version,
        said(shown.title.to_json()),
        section=shown,
        help=said(shown.help.to_json()) if shown.help else "",
        rows=[row_of(item, asked.terms) for item in shown.items],
        instruments=[instrument_in_words(asked.instrument(code), asked) for code in shown.instruments],
        sections=[(one, said(one.title.to_json())) for one in asked.sections],
    )


@requires(Act.GOVERN_PROTOCOL)
def question_add(request: HttpRequest, questionnaire_id: int, section: str) -> HttpResponse:
    """Write a new question at the end of a section, or elsewhere in it."""
    version = version_by_id(questionnaire_id)
    found = section_by_code(version, section)
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
    """One question: what it asks, when, and who uses it; to change in a draft, one of an instrument in its words."""
    version = version_by_id(questionnaire_id)
    item = version.questionnaire.items.get(question)
    if item is None:
        return _unsaved(request, version, question, why_gone(version, question))
    if request.method == "POST" and not version.may_be_changed:
        return _unsaved(request, version, question, NO_DRAFT)
    found = next(one for one in version.questionnaire.sections if item in one.items)
    form, status = None, 200
    if version.may_be_changed:
        form = _form_of(request, version, found, item)
        if form and request.method == "POST":
            status, done = _saved(request, version, form, item)
            if done:
                return done
    title = item.label.in_language(get_language() or "nl")
    return _question(request, version, found, title, form, item, status)


def _unsaved(request: HttpRequest, version: QuestionnaireVersion, code: str, why: object) -> HttpResponse:
    """What was typed for a question that cannot be saved; a page that is not there for who typed nothing."""
    if request.method != "POST":
        raise Http404
    section = _section_before(version, code) if version.may_be_changed else ""
    return page_about(
        request,
        "unsaved",
        version,
        code,
        409,
        why=why,
        typed=unsaved(request.POST, labels_of(QuestionForm.base_fields)),
        again=reverse("admin:intake_questionnaireversion_question_add", args=[version.pk, section]) if section else "",
        again_words=gettext("Add it again as a new question"),
    )


def _section_before(version: QuestionnaireVersion, code: str) -> str:
    """The section in which the version that this draft was made of asks a question; empty where that is not known."""
    before = question_now(version.based_on, code) if version.based_on else None
    known = {one.code for one in version.questionnaire.sections}
    return before.section if before and before.section in known else ""


def _form_of(
    request: HttpRequest, version: QuestionnaireVersion, section: Section, item: Item
) -> KnownQuestionForm | InstrumentQuestionForm | None:
    """The form of a question; None for a total from paper, which is called as its score."""
    typed, for_patients = request.POST or None, section.patient is not None
    if known := question_now(version, item.code):
        others = others_in(section.items, leave_out=item.code)
        return KnownQuestionForm(typed, known=known, others=others, for_patients=for_patients)
    try:
        asked = question_in(instrument_in(version.content, item.instrument), item.code)
    except UnknownPartError:
        return None
    return InstrumentQuestionForm(typed, known=asked, for_patients=for_patients)


def _saved(
    request: HttpRequest, version: QuestionnaireVersion, form: QuestionWords, item: Item | None = None
) -> tuple[int, HttpResponse | None]:
    """Save the question and go to it; else the status of the page, on which the form says what is wrong."""
    if not form.is_valid():
        return 422, None
    code, save = _change_of(form, item)
    at = "code" if "code" in form.fields else None
    save = partial(save, version=version, by=request.user, now=timezone.now())
    if kept(form, save, refused_at=at) is None:
        return status_of(form), None
    messages.success(request, gettext("The question is saved."))
    return 302, redirect("admin:intake_questionnaireversion_question", version.pk, code)


def _change_of(form: QuestionWords, item: Item | None) -> tuple[str, Callable[..., None]]:
    """The code of the question in a valid form, and what saves it."""
    seen = form.cleaned_data["seen"]
    if isinstance(form, InstrumentQuestionForm):
        saving = partial(save_instrument_question, instrument=item.instrument if item else "", seen=seen)
        return form.known["code"], partial(saving, question=form.question())
    placed = form.placed()
    reason = form.cleaned_data.get("reason", "")
    return placed.content["code"], partial(making.save_question, placed=placed, seen=seen, reason=reason)


def _question(
    request: HttpRequest,
    version: QuestionnaireVersion,
    section: Section,
    title: str,
    form: QuestionWords | None,
    item: Item | None,
    status: int,
) -> HttpResponse:
    asked = version.questionnaire
    uses = users_of(item.code, version) if item else ()
    instrument = asked.instrument(item.instrument) if item and item.instrument else None
    conditions = _conditions(form, item)
    named = " and ".join(f"({one})" for one in conditions.values())
    return page_about(
        request,
        "question",
        version,
        title,
        status,
        section=section,
        section_title=said(section.title.to_json()),
        form=form,
        item=item,
        row=row_of(item, asked.terms) if item else None,
        seen=question_hash(question_now(version, item.code)) if item else "",
        uses=uses_in_words(uses) if uses else "",
        said={name: sentences(text, asked.terms) for name, text in conditions.items()},
        codes=code_list(asked.terms, named) if isinstance(form, QuestionForm) else None,
        sources=sorted(sources_at_hand(version).items()) if isinstance(form, QuestionForm) else [],
        instrument=instrument,
        instrument_title=said(instrument.title.to_json()) if instrument else "",
    )


def _conditions(form: QuestionWords | None, item: Item | None) -> dict[str, str]:
    """The conditions of a question as they are typed, or as they are kept."""
    names = ("core_when", "ask_when")
    if form and "ask_when" in form.fields:
        found = {name: form[name].value() or "" for name in names}
    else:
        found = {name: kept.to_text() for name in names if item and (kept := getattr(item, name))}
    return {name: text for name, text in found.items() if text}


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def question_remove(request: HttpRequest, questionnaire_id: int, question: str) -> HttpResponse:
    """Take a question out of a draft."""
    version = version_by_id(questionnaire_id)
    known = question_now(version, question)
    if known is None and question not in version.questionnaire.items:
        messages.error(request, why_gone(version, question))
        return redirect("admin:intake_questionnaireversion_change", version.pk)
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
