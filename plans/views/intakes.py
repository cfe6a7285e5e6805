"""Screens of the intake: start, record, complete, read back and correct."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from intake import actions as intake_actions
from intake.actions import Incomplete, StaleSection
from intake.domain.progress import NOT_EXAMINED
from intake.forms import EVERYTHING, AddendumForm, IntakePage, StartForm
from intake.models import Intake
from patients.models import Episode
from patients.policies import Refused
from plans import actions
from plans.forms import CompletionReasonForm
from plans.reading import conflict_rows, copy_sources, missing_rows, read_back, summary_of, unfit_labels
from practice.access import get_visible, requires
from practice.domain.grants import Act


def visible_intake(request: HttpRequest, intake_id: object, event: str) -> Intake:
    """The intake that this person may see, with the read logged; else 404."""
    return _visible(request, Intake.objects.visible_to(request.user).with_patient(), intake_id, event)


def intake_to_record(request: HttpRequest, intake_id: object) -> Intake:
    """The same, with no more of it than saving answers takes."""
    return _visible(request, Intake.objects.visible_to(request.user).for_recording(), intake_id, "intake_read")


def _visible(request: HttpRequest, visible: QuerySet[Intake], intake_id: object, event: str) -> Intake:
    return get_visible(request, visible, intake_id, event=event, patient=lambda intake: intake.episode.patient_id)


@requires(Act.RECORD_INTAKE)
@require_POST
def intake_start(request: HttpRequest, episode_id: object) -> HttpResponse:
    """Start an intake for a region of the complaint, or go on with the draft there is."""
    episode = get_visible(
        request,
        Episode.objects.visible_to(request.user).select_related("patient"),
        episode_id,
        event="episode_read",
        patient=lambda episode: episode.patient_id,
    )
    form = StartForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(form.errors["questionnaire"]))
        return redirect("episode", episode.pk)
    version = form.cleaned_data["questionnaire"]
    started = intake_actions.start(episode=episode, questionnaire_version=version, by=request.user, now=timezone.now())
    return redirect("intake", started.pk)


@requires(Act.RECORD_INTAKE)
def intake(request: HttpRequest, intake_id: object) -> HttpResponse:
    """Record an intake: one page, saved as a whole with each button; a completed intake is read back instead."""
    record = visible_intake(request, intake_id, "intake_read")
    if not record.is_draft:
        return redirect("intake_answers", record.pk)
    if request.method == "POST":
        return _save(request, record)
    return _intake_page(request, IntakePage(record, opened=request.GET.getlist("open")))


def _intake_page(request: HttpRequest, page: IntakePage, *, status: int = 200, **extra: object) -> HttpResponse:
    """The page with its summary."""
    context = {
        "page": page,
        "intake": page.intake,
        "patient": page.intake.patient,
        "summary": summary_of(page.intake, page.missing),
        "closed_instruments": page.closed_instruments(),
        "everything": EVERYTHING in page.opened,
        **_other_version(page.intake),
        "regions": StartForm().fields["questionnaire"].queryset,
        **extra,
    }
    return render(request, "plans/intake.html", context, status=status)


def _other_version(record: Intake) -> dict[str, object]:
    """A newer version of the questionnaire to go on with, what would not fit it, and what was set aside before."""
    newer = record.newer_questionnaire()
    unfit = record.carried_over_to(newer).unfit if newer else {}
    return {"newer": newer, "would_not_fit": unfit_labels(record, unfit), "set_aside": record.set_aside.all()}


def _save(request: HttpRequest, record: Intake) -> HttpResponse:
    """Save every section that was changed; then do what the pressed button says."""
    page = IntakePage(record, request.POST)
    conflicts = save_sections(request, page)
    if conflicts:
        stored = visible_intake(request, record.pk, "intake_read")
        return _intake_page(request, IntakePage(stored), status=409, conflicts=conflict_rows(stored, conflicts))
    for section in record.questionnaire.sections:
        _codes, words = act_in_one_go(request, record, section.code)
        if words:
            messages.success(request, words)
            return redirect(f"{request.path}#{section.code}")
    if "complete" in request.POST:
        return _complete(request, record.pk, reason="")
    opened = request.POST.get("open", "")
    if any(opened == each.code for each in record.questionnaire.instruments):
        return redirect(f"{request.path}?open={opened}#measurements")
    section = request.POST.get("save", "")
    known = any(section == each.code for each in record.questionnaire.sections)
    return redirect(f"{request.path}#{section}" if known else request.path)


def save_sections(request: HttpRequest, page: IntakePage) -> list[StaleSection]:
    """Save what changed; give back the sections that somebody saved meanwhile with other values."""
    conflicts = []
    for form in page.changed():
        try:
            intake_actions.save_section(
                intake=page.intake,
                section=form.section.code,
                values=form.changed_values(),
                base=form.initial,
                by=request.user,
                now=timezone.now(),
            )
        except StaleSection as stale:
            conflicts.append(stale)
    return conflicts


def act_in_one_go(request: HttpRequest, record: Intake, section: str) -> tuple[list[str], str]:
    """Do what a button of this section asks for many lines at once.

    Gives the codes of the questions that were recorded or taken back, and a sentence about it; nothing and no words
    when no such button was pressed.
    """
    who = {"section": section, "by": request.user, "now": timezone.now()}
    for how, words in RECORDED.items():
        codes = request.POST.get(f"rest_{how}_{section}")
        if codes is not None:
            done = intake_actions.record_rest(intake=record.with_answers_of_now(), codes=codes.split(), how=how, **who)
            return done, words % {"number": len(done)}
    if f"copy_{section}" in request.POST or f"confirm_{section}" in request.POST:
        return _copy_or_confirm(request, record, who)
    if f"take_back_{section}" in request.POST:
        done = intake_actions.take_back(intake=record.with_answers_of_now(), **who)
        return done, _("Took back %(number)s lines.") % {"number": len(done)}
    return [], ""


def _copy_or_confirm(request: HttpRequest, record: Intake, who: dict[str, Any]) -> tuple[list[str], str]:
    """Take over what an earlier intake says in a section, or confirm what was taken over."""
    stored = record.with_answers_of_now()
    if f"confirm_{who['section']}" in request.POST:
        done = intake_actions.confirm_copied(intake=stored, **who)
        return done, _("Confirmed %(number)s copied answers.") % {"number": len(done)}
    source = copy_sources(stored, request.user).get(who["section"])
    done = intake_actions.copy_section(intake=stored, source=source, **who) if source else []
    return done, _("Copied %(number)s answers. Confirm them with the patient.") % {"number": len(done)}


RECORDED = {
    "no": gettext_lazy("Recorded %(number)s lines as asked: no."),
    "unremarkable": gettext_lazy("Recorded %(number)s lines as examined: nothing particular."),
    NOT_EXAMINED: gettext_lazy("Recorded %(number)s lines as not examined."),
}


@requires(Act.RECORD_INTAKE)
@require_POST
def intake_region(request: HttpRequest, intake_id: object) -> HttpResponse:
    """Go on with the questionnaire of another region; every answer is kept."""
    record = visible_intake(request, intake_id, "intake_read")
    form = StartForm(request.POST)
    if form.is_valid():
        intake_actions.change_questionnaire(
            intake=record,
            questionnaire_version=form.cleaned_data["questionnaire"],
            by=request.user,
            now=timezone.now(),
        )
    return redirect("intake", record.pk)


def _complete(request: HttpRequest, intake_id: object, *, reason: str) -> HttpResponse:
    """Complete the intake, or show what is missing or which flag stops it."""
    record = visible_intake(request, intake_id, "intake_read")
    try:
        actions.complete_intake(intake=record, by=request.user, now=timezone.now(), reason=reason)
    except Incomplete as incomplete:
        return _intake_page(request, IntakePage(record), status=422, incomplete=missing_rows(record, incomplete))
    except actions.OpenFlags:
        return redirect("intake_complete", record.pk)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("intake", record.pk)
    return redirect("suggestions", record.pk)


@requires(Act.RECORD_INTAKE)
def intake_complete(request: HttpRequest, intake_id: object) -> HttpResponse:
    """The one interruption: a flag holds treatment and no contact is recorded. Record it, or complete with a reason."""
    record = visible_intake(request, intake_id, "intake_read")
    if not record.is_draft:
        return redirect("suggestions", record.pk)
    form = CompletionReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _complete(request, record.pk, reason=form.cleaned_data["reason"])
    summary = summary_of(record, record.missing())
    context = {"intake": record, "patient": record.patient, "summary": summary, "form": form}
    return render(request, "plans/intake_complete.html", context, status=422 if form.errors else 200)


@requires(Act.RECORD_INTAKE)
@require_POST
def intake_error(request: HttpRequest, intake_id: object) -> HttpResponse:
    """Mark a draft as entered in error: it stays on record as such."""
    record = visible_intake(request, intake_id, "intake_read")
    try:
        intake_actions.mark_entered_in_error(intake=record, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("intake", record.pk)
    return redirect("episode", record.episode_id)


@requires(Act.READ_CLINICAL)
def intake_answers(request: HttpRequest, intake_id: object) -> HttpResponse:
    """Read an intake back: every answer with who recorded it and when, and the addenda."""
    record = visible_intake(request, intake_id, "intake_read")
    return _intake_answers_page(request, record, AddendumForm())


def _intake_answers_page(request: HttpRequest, record: Intake, form: AddendumForm, status: int = 200) -> HttpResponse:
    context = {
        "intake": record,
        "patient": record.patient,
        "sections": read_back(record),
        "addenda": record.addenda.select_related("by"),
        "set_aside": record.set_aside.all(),
        "form": form,
    }
    return render(request, "plans/intake_answers.html", context, status=status)


@requires(Act.RECORD_INTAKE)
@require_POST
def intake_addendum(request: HttpRequest, intake_id: object) -> HttpResponse:
    """Add a correction to a completed intake."""
    record = visible_intake(request, intake_id, "intake_read")
    form = AddendumForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            intake_actions.add_addendum(intake=record, text=text, by=request.user, now=timezone.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("intake_answers", record.pk)
    return _intake_answers_page(request, record, form, status=422)
