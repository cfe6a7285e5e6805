"""Parts of planning on other pages: what can be done with a visit, and where a plan stands in the calendar."""

from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plans.models import Plan
from practice.domain.grants import Act
from scheduling.domain.life import AppointmentState
from scheduling.domain.visits import VisitAct, possible
from scheduling.forms import DropForm
from scheduling.models import Appointment, Series, WaitingListEntry
from scheduling.steps import step_of

register = template.Library()

ACT_WORDS: dict[VisitAct, Promise] = {
    VisitAct.ARRIVE: _("Patient is here"),
    VisitAct.FINISH: _("Visit is done"),
    VisitAct.MISS: _("Did not come"),
    VisitAct.CANCEL: _("Cancel the visit"),
    VisitAct.TAKE_UP: _("Book it again after all"),
    VisitAct.STEP_BACK: _("Undo the last step"),
}
FIRST = (VisitAct.ARRIVE, VisitAct.FINISH, VisitAct.TAKE_UP)  # the step that comes next gets the strong button


@register.inclusion_tag("scheduling/_visit_acts.html", takes_context=True)
def visit_acts(context: RequestContext, visit: Appointment) -> dict[str, Any]:
    """The buttons of a visit: what can be done with it at this moment, for whoever may."""
    request, now = context["request"], timezone.now()
    may = request.user.may(Act.BOOK_APPOINTMENTS)
    acts = possible(AppointmentState(visit.state), visit.starts, visit.ends, now) if may else ()
    steps = [act for act in acts if act is not VisitAct.CANCEL]
    to_come = visit.state == AppointmentState.BOOKED and visit.starts > now
    return {
        "csrf_token": context.get("csrf_token"),
        "visit": visit,
        "next": request.path,
        "steps": [(act.value, ACT_WORDS[act], act is steps[0] and act in FIRST) for act in steps],
        "may_cancel": VisitAct.CANCEL in acts,
        "may_want_earlier": may and to_come,
        "wants_earlier": WaitingListEntry.objects.open().filter(instead_of=visit).exists() if to_come else False,
        "freed": may and visit.cancelled_at is not None and visit.starts > now,
    }


@register.inclusion_tag("scheduling/_plan_in_step.html", takes_context=True)
def plan_in_step(context: RequestContext, plan: Plan) -> dict[str, Any]:
    """Where a plan stands in the calendar, for whoever may read the planning: nothing in it is clinical."""
    staff = context["request"].user
    if not staff.may(Act.READ_PLANNING):
        return {"step": None}
    now = timezone.now()
    visits = Appointment.objects.visible_to(staff).with_related().filter(plan=plan)
    step = step_of(plan, now)
    return {
        "csrf_token": context.get("csrf_token"),
        "plan": plan,
        "step": step,
        "evaluation_due": bool(step.evaluation and step.evaluation.is_due(timezone.localdate(now))),
        "visits": visits.exclude(cancel_reason="undone").order_by("starts"),
        "series": Series.objects.visible_to(staff).filter(plan=plan, booked_at__isnull=False, undone_at=None).first(),
        "may_book": staff.may(Act.BOOK_APPOINTMENTS) and plan.life == "active",
        "may_trim": staff.may(Act.ADOPT_PLAN) and bool(step.beyond),
        "may_drop": staff.may(Act.ADOPT_PLAN) and plan.ended_at is None and bool(step.to_book),
        "drop_reasons": DropForm().fields["reason"].choices,
    }
