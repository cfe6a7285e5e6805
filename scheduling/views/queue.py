"""What waits to be scheduled, and scheduling several plans together."""

import uuid
from collections.abc import Collection, Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from patients.policies import Refused
from practice.access import requires
from practice.domain.grants import Act
from scheduling import actions
from scheduling.actions.bookings import placements_of
from scheduling.domain.many import MOST_PLANS
from scheduling.models import Appointment
from scheduling.proposals import Page, Waiting, held_by, in_part, plans_for_planning, queue


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
    incomplete = sum(bool(page.without_place) for page in pages)
    return render(request, "scheduling/together.html", {"pages": pages, "incomplete": incomplete})


def _propose_together(request: HttpRequest) -> HttpResponse:
    chosen = {sent for sent in request.POST.getlist("plan") if _is_uuid(sent)}
    plans = list(plans_for_planning(request.user).filter(pk__in=chosen, life="active"))
    if not plans:
        messages.error(request, _("Choose the plans to schedule."))
        return redirect("to_schedule")
    now = timezone.now()
    try:
        made = actions.propose_together(plans=plans, by=request.user, now=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("to_schedule")
    if nowhere := in_part([one.plan for one in made if not placements_of(one)], now):
        messages.warning(request, _listed(_("Nothing is held for a plan of which no session has a place"), nowhere))
    return redirect("together")


def _listed(what: str, rows: Iterable[Waiting]) -> SafeString:
    """What is so of plans, with for each how many sessions lack a place and a link to its own page."""
    links = format_html_join(
        ", ",
        '<a href="{}">{}</a> ({})',
        ((reverse("series", args=[row.plan.pk]), str(row.patient), _lacking(row)) for row in rows),
    )
    return format_html("{}: {}.", what, links)


def _lacking(row: Waiting) -> str:
    words = ngettext(
        "%(count)s of %(total)s sessions has no place", "%(count)s of %(total)s sessions have no place", row.to_book
    )
    return words % {"count": row.to_book, "total": row.total}


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
    chosen, booked = request.POST.get("series", ""), []
    for one in held_by(request.user, timezone.now()):
        if chosen not in ("all", str(one.pk)):
            continue
        try:
            actions.book_series(series=one, by=request.user, now=timezone.now())
            booked.append(one.plan_id)
        except Refused as refusal:
            messages.error(request, f"{one.plan.episode.patient}: {refusal}")
    _say_booked(request, booked)
    return redirect("together" if held_by(request.user, timezone.now()) else "to_schedule")


def _say_booked(request: HttpRequest, booked: Collection[uuid.UUID]) -> None:
    """Say which plans have all their visits now, and which have not."""
    incomplete = in_part(plans_for_planning(request.user).filter(pk__in=booked), timezone.now())
    if complete := len(booked) - len(incomplete):
        words = ngettext("%(count)s plan is booked completely.", "%(count)s plans are booked completely.", complete)
        messages.success(request, words % {"count": complete})
    if incomplete:
        words = ngettext("%(count)s plan is booked in part", "%(count)s plans are booked in part", len(incomplete))
        messages.warning(request, _listed(words % {"count": len(incomplete)}, incomplete))
