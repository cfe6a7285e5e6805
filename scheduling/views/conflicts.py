"""Visits that cannot be as agreed because of leave, a closure or other hours, and other places for all of them."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

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
from scheduling.policies import UNDO_WITHIN
from scheduling.views.visits import said_in_messages
from scheduling.worklists import Swap, swaps_for, visits_in_conflict

MOVED = "visits_moved_together"  # in the session: what was moved last, so that it can be taken back


@requires(Act.READ_PLANNING)
@require_safe
def leave_conflicts(request: HttpRequest) -> HttpResponse:
    """Every visit that cannot be as agreed, with another place for each, all of them bookable together."""
    swaps, rest = _swaps(request, timezone.now())
    context = {"swaps": swaps, "rest": rest, "count": len(swaps) + rest, "undo_until": _undo_until(request)}
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
            moved = actions.swap_all(moves=moves, by=request.user, now=now)
            count, request.session[MOVED] = len(moved), _kept(moved, now)
            words = ngettext("%(count)d visit is moved.", "%(count)d visits are moved.", count)
            messages.success(request, words % {"count": count})
    return redirect("leave_conflicts")


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def leave_conflicts_undo(request: HttpRequest) -> HttpResponse:
    """Put the visits that were just moved together back where they were."""
    kept = request.session.get(MOVED)
    moves = _moves_of(request, kept) if kept else []
    if not moves:
        messages.error(request, _("There is nothing to undo."))
        return redirect("leave_conflicts")
    with said_in_messages(request):
        moved_at = dt.datetime.fromisoformat(kept["at"])
        actions.undo_swaps(moves=moves, moved_at=moved_at, by=request.user, now=timezone.now())
        del request.session[MOVED]
        messages.success(request, _("The visits are back where they were. Nobody was told."))
    return redirect("leave_conflicts")


def _kept(moved: Iterable[actions.Moved], now: dt.datetime) -> dict[str, Any]:
    """What was moved, as a session keeps it."""
    rows = [
        {"visit": str(one.visit.pk), "version": one.version, "was": one.was | _times(one.was, dt.datetime.isoformat)}
        for one in moved
    ]
    return {"at": now.isoformat(), "rows": rows}


def _moves_of(request: HttpRequest, kept: Mapping[str, Any]) -> list[actions.Moved]:
    """What was moved, read back; nothing when this person may not see one of the visits any more."""
    keys = [row["visit"] for row in kept["rows"]]
    visits = {str(one.pk): one for one in Appointment.objects.visible_to(request.user).filter(pk__in=keys)}
    if len(visits) < len(keys):
        return []
    return [
        actions.Moved(visits[row["visit"]], row["version"], row["was"] | _times(row["was"], dt.datetime.fromisoformat))
        for row in kept["rows"]
    ]


def _times(was: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    return {name: change(was[name]) for name in ("starts", "ends")}


def _undo_until(request: HttpRequest) -> dt.datetime | None:
    """Until when what was moved last can be taken back; None when it cannot."""
    kept = request.session.get(MOVED)
    until = dt.datetime.fromisoformat(kept["at"]) + UNDO_WITHIN if kept else None
    return until if until and timezone.now() <= until else None
