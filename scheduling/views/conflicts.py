"""Visits that cannot be as agreed because of leave, a closure or other hours, and other places for all of them."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from practice.access import requires
from practice.domain.grants import Act
from scheduling import actions
from scheduling.models import Appointment
from scheduling.views.visits import said_in_messages
from scheduling.worklists import Swap, swaps_for, visits_in_conflict


@requires(Act.READ_PLANNING)
@require_safe
def leave_conflicts(request: HttpRequest) -> HttpResponse:
    """Every visit that cannot be as agreed, with another place for each, all of them bookable together."""
    swaps, rest = _swaps(request, timezone.now())
    context = {"swaps": swaps, "rest": rest, "count": len(swaps) + rest}
    return render(request, "scheduling/leave_conflicts.html", context)


def _swaps(request: HttpRequest, now: dt.datetime) -> tuple[list[Swap], int]:
    """Another place for each visit in conflict, and how many visits were not looked at yet."""
    conflicts = visits_in_conflict(Appointment.objects.visible_to(request.user), now)
    swaps = swaps_for(conflicts, now)
    return swaps, len(conflicts) - len(swaps)


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def leave_conflicts_move(request: HttpRequest) -> HttpResponse:
    """Move the chosen visits to the places that were shown, all of them or none."""
    now, chosen = timezone.now(), set(request.POST.getlist("swap"))
    wanted = [swap for swap in _swaps(request, now)[0] if swap.place and swap.key in chosen]
    if not chosen:
        messages.error(request, _("Choose at least one visit to move."))
    elif len(wanted) < len(chosen):
        messages.error(request, _("The places have changed meanwhile. Look at them again; nothing was moved."))
    else:
        with said_in_messages(request):
            moves = [(swap.conflict.visit, swap.place) for swap in wanted if swap.place]
            count = actions.swap_all(moves=moves, by=request.user, now=now)
            words = ngettext("%(count)d visit is moved.", "%(count)d visits are moved.", count)
            messages.success(request, words % {"count": count})
    return redirect("leave_conflicts")
