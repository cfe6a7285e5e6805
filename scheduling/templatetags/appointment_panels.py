"""Parts of planning on the pages of plans."""

from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils import timezone

from plans.models import Plan
from practice.domain.grants import Act
from scheduling.availability import sessions_of
from scheduling.models import Appointment

register = template.Library()


@register.inclusion_tag("scheduling/_appointments_panel.html", takes_context=True)
def appointments_panel(context: RequestContext, plan: Plan) -> dict[str, Any]:
    """The visits of a plan that have a place, and the way to book the rest, for who reads the planning."""
    staff = context["request"].user
    visits = Appointment.objects.visible_to(staff).booked().filter(plan=plan, session_number__isnull=False)
    return {
        "plan": plan,
        "may_read": staff.may(Act.READ_PLANNING),
        "may_book": staff.may(Act.BOOK_APPOINTMENTS) and plan.life == "active",
        "visits": visits.select_related("practitioner__staff", "room").order_by("starts"),
        "to_book": len(sessions_of(plan, now=timezone.now()).to_book),
    }
