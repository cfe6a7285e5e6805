"""Screens of what is measured after the intake, and of what a patient may look at along with the therapist."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from intake import actions as intake_actions
from intake.forms import MeasurementForm
from intake.policies import can_measure
from patients.policies import Refused
from plans.models import Plan
from plans.outcomes import Outcomes, looked_along
from plans.views.intakes import visible_intake
from plans.views.plans import visible_plan
from practice.access import requires
from practice.domain.grants import Act


@requires(Act.RECORD_INTAKE)
def plan_measure(request: HttpRequest, plan_id: object) -> HttpResponse:
    """Take outcome measures again under a plan; the plan then says at once what they mean."""
    shown = visible_plan(request, plan_id)
    if not can_measure(shown.intake, timezone.now()):
        return redirect("plan", shown.pk)
    last = Outcomes(shown.intake, request.user).last_chart
    start = last if request.GET.get("chart") == "last" else None
    form = MeasurementForm(shown.intake, request.POST or None, today=timezone.localdate(), chart=start)
    if request.method == "POST" and form.is_valid() and _measured(request, shown, form):
        return redirect(reverse("plan", args=[shown.pk]) + "?measured=yes#outcome")
    context = {"plan": shown, "patient": shown.patient, "form": form, "last_chart": last, "started": start is not None}
    return render(request, "plans/plan_measure.html", context, status=422 if form.errors else 200)


@requires(Act.READ_CLINICAL)
def plan_look_along(request: HttpRequest, plan_id: object) -> HttpResponse:
    """What the patient may look at along with the therapist: of a plan, with its goals."""
    shown = visible_plan(request, plan_id, "plan_looked_along")
    context = looked_along(shown.intake, request.user, shown.goals.all())
    return render(request, "plans/plan_look_along.html", {"looked": context, "back": reverse("plan", args=[shown.pk])})


@requires(Act.READ_CLINICAL)
def intake_look_along(request: HttpRequest, intake_id: object) -> HttpResponse:
    """What the patient may look at along with the therapist: of an intake, also while it is recorded."""
    record = visible_intake(request, intake_id, "intake_looked_along")
    back = reverse("intake" if record.is_draft else "suggestions", args=[record.pk])
    context = {"looked": looked_along(record, request.user), "back": back}
    return render(request, "plans/intake_look_along.html", context)


def _measured(request: HttpRequest, shown: Plan, form: MeasurementForm) -> bool:
    """Whether the measurement was recorded; if not, the form now says what stands in the way."""
    try:
        intake_actions.measure(intake=shown.intake, taken=form.taken(), by=request.user, now=timezone.now())
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
