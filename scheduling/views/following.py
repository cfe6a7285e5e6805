"""A plan and its visits: pause and end it, and bring the calendar in line with a changed plan."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from patients.policies import Refused
from plans.models import Plan
from practice.access import get_visible, requires
from practice.domain.grants import Act
from scheduling import actions
from scheduling.forms import DropForm, EndPlanForm, PausePlanForm
from scheduling.models import Appointment
from scheduling.views.visits import said_in_messages, way_back


def visible_plan(request: HttpRequest, plan_id: object) -> Plan:
    """The plan that this person may see, with the read logged; else 404."""
    visible = Plan.objects.visible_to(request.user).with_patient()
    return get_visible(request, visible, plan_id, event="plan_read", patient=lambda plan: plan.episode.patient_id)


@requires(Act.ADOPT_PLAN)
@require_http_methods(["GET", "POST"])
def plan_pause(request: HttpRequest, plan_id: object) -> HttpResponse:
    """Pause care under a plan, with or without its visits to come."""
    plan = visible_plan(request, plan_id)
    form = PausePlanForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with said_in_messages(request):
            count = actions.pause_plan(plan=plan, **form.cleaned_data, by=request.user, now=timezone.now())
            _say_cancelled(request, count)
        return redirect("plan", plan.pk)
    context = {"plan": plan, "patient": plan.patient, "form": form, "visits": _to_come(request, plan)}
    return render(request, "scheduling/plan_pause.html", context)


@requires(Act.ADOPT_PLAN)
@require_http_methods(["GET", "POST"])
def plan_end(request: HttpRequest, plan_id: object) -> HttpResponse:
    """End a plan as completed or stopped, with or without its visits to come."""
    plan = visible_plan(request, plan_id)
    form = EndPlanForm(request.POST if request.method == "POST" else None, life=plan.life)
    if request.method == "POST" and form.is_valid():
        try:
            count = actions.end_plan(plan=plan, **form.cleaned_data, by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            _say_cancelled(request, count)
            return redirect("plan", plan.pk)
    context = {"plan": plan, "patient": plan.patient, "form": form, "visits": _to_come(request, plan)}
    return render(request, "scheduling/plan_end.html", context, status=422 if form.errors else 200)


def _to_come(request: HttpRequest, plan: Plan) -> list[Appointment]:
    """The visits of a plan that would be cancelled with it."""
    visits = Appointment.objects.visible_to(request.user).with_related()
    return list(visits.filter(plan=plan, state="booked", starts__gt=timezone.now()).order_by("starts"))


def _say_cancelled(request: HttpRequest, count: int) -> None:
    if count:
        words = ngettext("%(count)d visit is cancelled.", "%(count)d visits are cancelled.", count)
        messages.success(request, words % {"count": count})


@requires(Act.ADOPT_PLAN)
@require_POST
def plan_cancel_beyond(request: HttpRequest, plan_id: object) -> HttpResponse:
    """Cancel the visits that a changed plan does not ask for any more."""
    plan = visible_plan(request, plan_id)
    with said_in_messages(request):
        _say_cancelled(request, actions.cancel_beyond(plan=plan, by=request.user, now=timezone.now()))
    return way_back(request, "plan", plan.pk)


@requires(Act.ADOPT_PLAN)
@require_POST
def plan_drop_session(request: HttpRequest, plan_id: object) -> HttpResponse:
    """Note that a session will not be given, and why."""
    plan = visible_plan(request, plan_id)
    form = DropForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a reason."))
        return way_back(request, "plan", plan.pk)
    with said_in_messages(request):
        actions.drop_session(plan=plan, **form.cleaned_data, by=request.user, now=timezone.now())
    return way_back(request, "plan", plan.pk)
