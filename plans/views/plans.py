"""Screens of plans: adopt a template, read the plan, print it, and steer its life."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from intake.policies import can_measure
from patients.policies import Refused
from plans import actions, documents
from plans.domain.trace import gates
from plans.forms import AdoptionForm, PlanForm, RevisionForm
from plans.models import Plan, Suggestion
from plans.outcomes import plan_outcomes
from plans.policies import can_revise
from plans.reading import (
    baselines_of,
    goal_proposal,
    hold_sentences,
    measures_of,
    plan_reading,
    revision_conflicts,
)
from plans.views.intakes import visible_intake
from plans.views.letters import chosen_language, pdf_response
from practice.access import get_visible, requires
from practice.domain.grants import Act


def visible_plan(request: HttpRequest, plan_id: object, event: str = "plan_read") -> Plan:
    """The plan that this person may see, with the read logged; else 404."""
    visible = Plan.objects.visible_to(request.user).with_intake()
    return get_visible(request, visible, plan_id, event=event, patient=lambda plan: plan.episode.patient_id)


@requires(Act.ADOPT_PLAN)
def plan_adopt(request: HttpRequest, intake_id: object, template: str) -> HttpResponse:
    """Make a plan from a template: keep it, or change it with reasons."""
    intake = visible_intake(request, intake_id, "intake_read")
    if not intake.is_completed:
        return redirect("intake", intake.pk)
    suggestion = actions.latest_suggestion(intake)
    form = adoption_form(suggestion, template, request.POST or None)
    if request.method == "POST" and form.is_valid():
        plan = _adopted(request, suggestion, form)
        if plan:
            return redirect("plan", plan.pk)
    context = {
        "intake": intake,
        "patient": intake.patient,
        "template": form.template,
        "form": form,
        "holds": hold_sentences(intake, suggestion.trace),
        "suggestion": suggestion,
    }
    return render(request, "plans/plan_adopt.html", context, status=422 if form.errors else 200)


def adoption_form(suggestion: Suggestion, code: str, posted: QueryDict | None = None) -> AdoptionForm:
    """The form for this template of the suggestion's protocol; 404 for a template that it does not have."""
    protocol = suggestion.protocol_version.protocol
    if code not in protocol.templates:
        raise Http404
    return AdoptionForm(
        posted,
        template=protocol.templates[code],
        protocol=protocol,
        gates=gates(suggestion.trace),
        measures=measures_of(suggestion.intake),
        baselines=baselines_of(suggestion.intake),
        initial=goal_proposal(suggestion.intake, protocol.templates[code]),
    )


def _adopted(request: HttpRequest, suggestion: Suggestion, form: AdoptionForm) -> Plan | None:
    """The plan, or None when the form now says what stands in the way."""
    with said_at(form):
        return actions.adopt(suggestion=suggestion, choice=form.choice(), by=request.user, now=timezone.now())
    return None


@contextmanager
def said_at(form: PlanForm) -> Iterator[None]:
    """Say in the form what stands in the way of a plan."""
    try:
        yield
    except actions.DeviationsWithoutReason as missing:
        form.ask_reasons(difference.what for difference in missing.differences)
    except Refused as refusal:
        form.add_error(None, str(refusal))


@requires(Act.ADOPT_PLAN)
def plan_revise(request: HttpRequest, plan_id: object) -> HttpResponse:
    """Change a plan: a new revision, with reasons for what differs from the template, that is submitted for review."""
    shown = visible_plan(request, plan_id)
    if not can_revise(shown):
        return redirect("plan", shown.pk)
    form = _revision_form(request, shown)
    if request.method == "POST" and form.is_valid():
        try:
            if _revised(request, shown, form):
                messages.success(request, _("The plan is changed and submitted for review."))
                return redirect("plan", shown.pk)
        except actions.StalePlan as stale:
            conflicts = revision_conflicts(shown, form.choice(), stale.current)
            form.go_on_from(stale.current)
            return _plan_revise_page(request, shown, form, 409, conflicts=conflicts, revision=stale.current)
    return _plan_revise_page(request, shown, form, 422 if form.errors else 200, revision=shown.current_revision)


def _plan_revise_page(
    request: HttpRequest, shown: Plan, form: RevisionForm, status: int, **extra: object
) -> HttpResponse:
    context = {"plan": shown, "patient": shown.patient, "form": form, **extra}
    return render(request, "plans/plan_revise.html", context, status=status)


def _revision_form(request: HttpRequest, shown: Plan) -> RevisionForm:
    return RevisionForm(
        request.POST or None,
        revision=shown.current_revision,
        template=shown.plan_template,
        protocol=shown.protocol_version.protocol,
        gates=gates(shown.suggestion.trace),
    )


def _revised(request: HttpRequest, shown: Plan, form: RevisionForm) -> bool:
    """Whether the plan was changed; if not, the form now says what stands in the way."""
    with said_at(form):
        base = form.cleaned_data["revision"]
        actions.revise(plan=shown, base=base, choice=form.choice(), by=request.user, now=timezone.now())
        return True
    return False


@requires(Act.READ_PLAN)
def plan(request: HttpRequest, plan_id: object) -> HttpResponse:
    """The plan: goals, phases, sessions, deviations, measurements and where it stands."""
    shown = visible_plan(request, plan_id)
    context = {
        "plan": shown,
        "patient": shown.patient,
        "may_measure": request.user.may(Act.RECORD_INTAKE) and can_measure(shown.intake, timezone.now()),
        "just_measured": "measured" in request.GET,
        **plan_reading(shown, request.user),
        **plan_outcomes(shown, request.user),
    }
    return render(request, "plans/plan.html", context)


@requires(Act.ADOPT_PLAN)
@require_POST
def plan_activate(request: HttpRequest, plan_id: object) -> HttpResponse:
    """Start care under the plan, or go on after a pause."""
    shown = visible_plan(request, plan_id)
    try:
        actions.activate(plan=shown, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("plan", shown.pk)


@requires(Act.READ_PLAN)
def plan_pdf(request: HttpRequest, plan_id: object) -> HttpResponse:
    """The plan for the patient as PDF, in the language asked for."""
    shown = visible_plan(request, plan_id, "plan_printed")
    content = documents.plan_pdf(shown, by=request.user, now=timezone.now(), language=chosen_language(request))
    return pdf_response(content, "plan")


@requires(Act.READ_CLINICAL)
def advice_pdf(request: HttpRequest, intake_id: object) -> HttpResponse:
    """The first advice after an intake as PDF, chosen by the findings."""
    intake = visible_intake(request, intake_id, "advice_printed")
    if not intake.is_completed:
        return redirect("intake", intake.pk)
    suggestion = actions.latest_suggestion(intake)
    no_course = getattr(intake, "no_course", None)
    protocol = suggestion.protocol_version.protocol
    given = no_course.advice if no_course else documents.first_advice(protocol, suggestion.trace)
    content = documents.advice_pdf(
        patient=intake.patient,
        protocol=protocol,
        advice=given,
        safety_net=documents.safety_net(protocol, suggestion.trace),
        no_course=no_course,
        by=request.user,
        now=timezone.now(),
        language=chosen_language(request),
    )
    return pdf_response(content, "advice")
