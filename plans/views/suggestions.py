"""Screens of the suggestion: judge it, record contacts about flags, or end without a course."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from intake.models import Intake
from patients.policies import Refused
from plans import actions
from plans.domain.trace import Trace
from plans.forms import FollowUpForm, NoCourseForm
from plans.models import Suggestion
from plans.reading import SuggestionReading, follow_up_choices, hold_sentences, language
from plans.views.intakes import visible_intake
from plans.views.plans import adoption_form
from practice.access import requires
from practice.domain.grants import Act


@requires(Act.READ_CLINICAL)
def suggestions(request: HttpRequest, intake_id: object) -> HttpResponse:
    """The suggestion with its reasons, alternatives, referrals and what holds a plan; POST draws a newer one."""
    intake = visible_intake(request, intake_id, "suggestion_read")
    if not intake.is_completed:
        return redirect("intake", intake.pk)
    if request.method == "POST":
        actions.suggest_again(intake=intake, by=request.user, now=timezone.now())
        return redirect("suggestions", intake.pk)
    suggestion = actions.latest_suggestion(intake)
    context = {
        "intake": intake,
        "patient": intake.patient,
        "suggestion": suggestion,
        "holds": hold_sentences(intake, suggestion.trace),
        "follow_ups": intake.follow_ups.select_related("by"),
        "newer": _newer_protocol(intake, suggestion),
        "drafted": {referral.discipline: referral for referral in intake.referrals.all()},
        "plans": intake.plans.all(),
        "no_course": getattr(intake, "no_course", None),
        **SuggestionReading(intake, suggestion).context(),
    }
    first = next(iter(context["templates"]), None)
    if first and request.user.may(Act.ADOPT_PLAN):
        context["adoption"] = adoption_form(suggestion, first["code"])
    return render(request, "plans/suggestions.html", context)


def _newer_protocol(intake: Intake, suggestion: Suggestion) -> bool:
    """Whether a newer protocol was published since this suggestion was made."""
    try:
        return actions.protocol_for(intake).pk != suggestion.protocol_version_id
    except Refused:
        return False


def _trace_of(intake: Intake) -> Trace:
    """The trace of the last suggestion; of a draft what the answers so far would give."""
    if intake.is_draft:
        return actions.preview(intake=intake).to_json()
    return actions.latest_suggestion(intake).trace


@requires(Act.RECORD_INTAKE)
def follow_up(request: HttpRequest, intake_id: object) -> HttpResponse:
    """Record a contact about red flags: it is what lifts a hold."""
    intake = visible_intake(request, intake_id, "intake_read")
    try:
        choices = follow_up_choices(_trace_of(intake), intake)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("intake", intake.pk)
    form = FollowUpForm(request.POST or None, flags=choices)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_follow_up(intake=intake, **form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The contact is recorded."))
            return redirect("intake" if intake.is_draft else "suggestions", intake.pk)
    context = {
        "intake": intake,
        "patient": intake.patient,
        "form": form,
        "follow_ups": intake.follow_ups.select_related("by"),
        "back": reverse("intake" if intake.is_draft else "suggestions", args=[intake.pk]),
    }
    return render(request, "plans/follow_up.html", context, status=422 if form.errors else 200)


@requires(Act.RECORD_INTAKE)
def no_course(request: HttpRequest, intake_id: object) -> HttpResponse:
    """End an intake without a course: the advice that was given, and when to come back."""
    intake = visible_intake(request, intake_id, "intake_read")
    if not intake.is_completed:
        return redirect("intake", intake.pk)
    suggestion = actions.latest_suggestion(intake)
    done = getattr(intake, "no_course", None)
    form = NoCourseForm(request.POST or None, advice=_advice_choices(suggestion))
    if request.method == "POST" and not done and form.is_valid():
        try:
            actions.end_without_course(suggestion=suggestion, **form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("no_course", intake.pk)
    context = {"intake": intake, "patient": intake.patient, "form": form, "done": done}
    return render(request, "plans/no_course.html", context, status=422 if form.errors else 200)


def _advice_choices(suggestion: Suggestion) -> list[tuple[str, str]]:
    """The advice for an intake, that which the findings ask for first. Nothing is ticked beforehand."""
    asked = [remark["code"] for remark in suggestion.trace["advice"]]
    advice = suggestion.protocol_version.protocol.advice.values()
    given = [one for one in advice if one.when_given.value == "intake"]
    ordered = sorted(given, key=lambda one: one.code not in asked)
    return [(one.code, one.title.in_language(language())) for one in ordered]
