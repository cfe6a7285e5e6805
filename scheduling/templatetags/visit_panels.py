"""Parts of planning on other pages: what can be done with a visit, and where a plan stands in the calendar."""

import datetime as dt
from typing import Any

from django import template
from django.template.context import RequestContext
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.models import Episode, Patient
from plans.models import Plan
from practice.domain.grants import Act
from practice.models import Staff
from scheduling.domain.life import AppointmentState
from scheduling.domain.visits import VisitAct, possible
from scheduling.forms import DropForm
from scheduling.models import Appointment, PlanToSchedule, Series, WaitingListEntry
from scheduling.steps import step_of, steps_of
from scheduling.worklists import causes_of_conflict, freed_places

register = template.Library()

ACT_WORDS: dict[VisitAct, Promise] = {
    VisitAct.ARRIVE: _("Patient is here"),
    VisitAct.FINISH: _("Visit is done"),
    VisitAct.MISS: _("Did not come"),
    VisitAct.CANCEL: _("Cancel the visit"),
    VisitAct.TAKE_UP: _("Book it again after all"),
    VisitAct.STEP_BACK: _("Undo the last step"),
}
IN_THE_CALENDAR = (AppointmentState.BOOKED, AppointmentState.ARRIVED)
LATEST_OF_A_PATIENT = 60  # visits that are read for a record: more than a course of eight weeks has to come
NEXT_OF_A_PATIENT = 4  # visits to come that are seen at once
OTHERS_OF_A_PATIENT = 5  # visits that are over or cancelled, behind a fold
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
    """The visits of a plan and where it stands in the calendar, for who reads the planning: nothing is clinical."""
    staff = context["request"].user
    if not staff.may(Act.READ_PLANNING):
        return {"step": None}
    now = timezone.now()
    step = step_of(plan, now)
    page = context["request"].path
    visits = Appointment.objects.visible_to(staff).booked().filter(plan=plan, session_number__isnull=False)
    return {
        "csrf_token": context.get("csrf_token"),
        "plan": plan,
        "step": step,
        "visits": visits.select_related("practitioner__staff").order_by("starts"),
        "evaluation_due": bool(step.evaluation and step.evaluation.is_due(timezone.localdate(now))),
        "series": Series.objects.visible_to(staff).filter(plan=plan, booked_at__isnull=False, undone_at=None),
        "next": page if context["request"].method == "GET" else "",
        "may_book": staff.may(Act.BOOK_APPOINTMENTS) and plan.life == "active",
        "books_here": page == reverse("series", args=[plan.pk]),
        "may_trim": staff.may(Act.ADOPT_PLAN),
        "may_drop": staff.may(Act.ADOPT_PLAN) and plan.ended_at is None and bool(step.to_book),
        "drop_reasons": DropForm().fields["reason"].choices,
    }


@register.inclusion_tag("scheduling/_plan_short.html", takes_context=True)
def plan_short(context: RequestContext, visit: Appointment) -> dict[str, Any]:
    """One line when the plan of a visit lacks visits, with the way to another place, for whoever may book."""
    may = context["request"].user.may(Act.BOOK_APPOINTMENTS) and visit.plan is not None and visit.plan.life == "active"
    return {
        "csrf_token": context.get("csrf_token"),
        "plan": visit.plan,
        "patient": visit.patient,
        "short": step_of(visit.plan, timezone.now()).short if may else 0,
    }


@register.inclusion_tag("scheduling/_plans_out_of_step.html", takes_context=True)
def plans_out_of_step(context: RequestContext) -> dict[str, Any]:
    """How many running plans lack visits, and how many visits no plan asks for any more, for whoever may book."""
    staff = context["request"].user
    if not staff.may(Act.BOOK_APPOINTMENTS):
        return {"short": 0, "beyond": 0}
    return {
        "short": PlanToSchedule.objects.visible_to(staff).short_of_visits().count(),
        "beyond": Appointment.objects.visible_to(staff).beyond_their_plan(timezone.now()).count(),
    }


@register.inclusion_tag("scheduling/_todays_visits.html", takes_context=True)
def todays_visits(context: RequestContext) -> dict[str, Any]:
    """The visits of today of whoever treats, in their order, and when the next day with visits is."""
    staff, now = context["request"].user, timezone.now()
    treats = hasattr(staff, "practitioner") and staff.may(Act.READ_PLANNING)
    if not treats:
        return {"treats": False}
    own = Appointment.objects.visible_to(staff).booked().filter(practitioner__staff=staff)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + dt.timedelta(days=1)
    visits = list(own.between(midnight, tomorrow).as_lines().order_by("starts"))
    return {
        "treats": True,
        "user": staff,
        "visits": visits,
        "next": None if visits else own.filter(starts__gte=tomorrow).only("starts").order_by("starts").first(),
    }


@register.inclusion_tag("scheduling/_planning_work.html", takes_context=True)
def planning_work(context: RequestContext) -> dict[str, Any]:
    """What waits for the desk, in numbers: visits that cannot be as agreed, free places, offers and who waits."""
    staff, now = context["request"].user, timezone.now()
    if not staff.may(Act.BOOK_APPOINTMENTS):
        return {"may": False}
    freed = freed_places(staff, now)
    return {
        "may": True,
        "conflicts": len(causes_of_conflict(Appointment.objects.visible_to(staff), now)),
        "freed": [place for place in freed if place.helped and not place.offer][:3],
        "free": len(freed),
        "waiting": WaitingListEntry.objects.visible_to(staff).filter(closed_at=None).count(),
    }


@register.inclusion_tag("scheduling/_patient_waiting.html", takes_context=True)
def patient_waiting(context: RequestContext, patient: Patient) -> dict[str, Any]:
    """Whether a patient waits for a place, and the way onto the list."""
    staff = context["request"].user
    entries = WaitingListEntry.objects.visible_to(staff).filter(patient=patient, closed_at=None)
    return {
        "patient": patient,
        "may": staff.may(Act.BOOK_APPOINTMENTS) and patient.merged_into_id is None and patient.deceased_on is None,
        "entries": entries.select_related("instead_of").only("asked_at", "instead_of__starts").order_by("asked_at"),
    }


@register.inclusion_tag("scheduling/_patient_visits.html", takes_context=True)
def patient_visits(context: RequestContext, patient: Patient) -> dict[str, Any]:
    """The visits to come of a patient, the last of the others, and the way to book, for who reads the planning."""
    staff, now = context["request"].user, timezone.now()
    if not staff.may(Act.READ_PLANNING):
        return {"reads": False}
    agreed = Appointment.objects.visible_to(staff).filter(patient=patient).exclude(state=AppointmentState.HELD)
    lines = agreed.exclude(cancel_reason="undone").as_lines_of_a_patient()
    rows = list(lines.order_by("-starts")[:LATEST_OF_A_PATIENT])
    to_come = [row for row in reversed(rows) if row.state in IN_THE_CALENDAR and row.ends > now]
    may_book = staff.may(Act.BOOK_APPOINTMENTS) and patient.merged_into_id is None and patient.deceased_on is None
    return {
        "reads": True,
        "count": len(to_come),
        "next": to_come[:NEXT_OF_A_PATIENT],
        "later": to_come[NEXT_OF_A_PATIENT:],
        "others": [row for row in rows if row not in to_come][:OTHERS_OF_A_PATIENT],
        "bookable": _bookable(patient, staff) if may_book else (),
    }


def _bookable(patient: Patient, staff: Staff) -> list[object]:
    """The ids of the plans that run, for which visits can be booked."""
    running = PlanToSchedule.objects.visible_to(staff).filter(episode__patient=patient, life="active")
    return list(running.values_list("pk", flat=True))


@register.inclusion_tag("scheduling/_episode_planning.html", takes_context=True)
def episode_planning(context: RequestContext, episode: Episode) -> dict[str, Any]:
    """What is left to book of the plans of an episode that have not ended, for who reads the planning."""
    staff = context["request"].user
    running = PlanToSchedule.objects.visible_to(staff).filter(episode=episode, ended_at=None)
    plans = list(running.select_related("current_revision"))
    steps = steps_of(plans, timezone.now()) if plans else {}
    return {
        "episode": episode,
        "rows": [(plan, steps[plan.pk]) for plan in plans],
        "may_book": staff.may(Act.BOOK_APPOINTMENTS),
    }


@register.simple_tag
def own_planning_links() -> SafeString:
    """The ways to one's own calendar and leave."""
    ways = [(reverse("own_calendar"), gettext("Own calendar")), (reverse("own_leave"), gettext("Own leave"))]
    return format_html_join(" ", '<a class="btn btn-secondary" href="{}">{}</a>', ways)
