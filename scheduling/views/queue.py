"""What waits to be scheduled, and scheduling several plans together."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from patients.policies import Refused
from practice.access import requires
from practice.domain.grants import Act
from scheduling import actions
from scheduling.domain.many import MOST_PLANS
from scheduling.models import Appointment
from scheduling.proposals import Page, held_by, plans_for_planning, queue


@requires(Act.BOOK_APPOINTMENTS)
def to_schedule(request: HttpRequest) -> HttpResponse:
    """The plans without a complete series, the longest wait first; then the visits that no plan asks for any more."""
    now = timezone.now()
    context = {
        "waiting": queue(request.user, now),
        "beyond": Appointment.objects.visible_to(request.user).beyond_their_plan(now).as_lines().order_by("starts"),
        "request_key": uuid.uuid4(),
        "most": MOST_PLANS,
    }
    return render(request, "scheduling/to_schedule.html", context)


@requires(Act.BOOK_APPOINTMENTS)
@require_http_methods(["GET", "POST"])
def together(request: HttpRequest) -> HttpResponse:
    """Propose for several plans at once; then what is held for this person, plan by plan."""
    if request.method == "POST":
        return _propose_together(request)
    now = timezone.now()
    held = held_by(request.user, now)
    plans = {plan.pk: plan for plan in plans_for_planning(request.user).filter(pk__in=[one.plan_id for one in held])}
    pages = [Page(plans[one.plan_id], one, now=now) for one in held if one.plan_id in plans]
    return render(request, "scheduling/together.html", {"pages": pages})


def _propose_together(request: HttpRequest) -> HttpResponse:
    chosen = {sent for sent in request.POST.getlist("plan") if _is_uuid(sent)}
    plans = list(plans_for_planning(request.user).filter(pk__in=chosen, life="active"))
    if not plans:
        messages.error(request, _("Choose the plans to schedule."))
        return redirect("to_schedule")
    try:
        actions.propose_together(plans=plans, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("to_schedule")
    return redirect("together")


def _is_uuid(sent: str) -> bool:
    try:
        uuid.UUID(sent)
    except ValueError:
        return False
    return True


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def together_book(request: HttpRequest) -> HttpResponse:
    """Book one of the proposals that are held for this person, or all of them; each of them whole or not at all."""
    chosen, booked = request.POST.get("series", ""), 0
    for one in held_by(request.user, timezone.now()):
        if chosen not in ("all", str(one.pk)):
            continue
        try:
            actions.book_series(series=one, by=request.user, now=timezone.now())
            booked += 1
        except Refused as refusal:
            messages.error(request, f"{one.plan.episode.patient}: {refusal}")
    if booked:
        messages.success(
            request,
            ngettext("%(count)s plan is booked.", "%(count)s plans are booked.", booked) % {"count": booked},
        )
    return redirect("together" if held_by(request.user, timezone.now()) else "to_schedule")
