"""The series of a plan: wishes, proposal, booking it, and taking that back."""

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from patients.policies import Refused
from plans.models import Plan
from practice.access import get_visible, requires
from practice.domain.grants import Act
from scheduling import actions
from scheduling.actions.bookings import OnPurpose, overlaps_of, pins_of, placements_of, skips_of
from scheduling.availability import Shared
from scheduling.forms import ShareForm, WishesForm
from scheduling.models import Series
from scheduling.policies import UNDO_WITHIN, can_undo, why_not_scheduled
from scheduling.proposals import Page, initial_wishes, plans_for_planning, proposal_of, rhythm_in_words, runs_over
from scheduling.reading import as_sent


def visible_plan(request: HttpRequest, plan_id: object) -> Plan:
    """The plan whose visits this person may book, with the read logged; else 404."""
    visible = plans_for_planning(request.user)
    return get_visible(request, visible, plan_id, event="planning_read", patient=lambda plan: plan.episode.patient_id)


def visible_series(request: HttpRequest, series_id: object) -> Series:
    """The series that this person may see, with the read logged; else 404."""
    visible = Series.objects.visible_to(request.user).select_related("plan__episode__patient", "plan__current_revision")
    return get_visible(
        request, visible, series_id, event="series_read", patient=lambda series: series.plan.episode.patient_id
    )


@requires(Act.BOOK_APPOINTMENTS)
@require_http_methods(["GET", "POST"])
def series(request: HttpRequest, plan_id: object) -> HttpResponse:
    """Wishes and the proposal for the sessions that lack a place; every button changes the proposal.

    A plan of which no visits may be booked now has no buttons, and the page says why.
    """
    plan = visible_plan(request, plan_id)
    if request.method == "GET":
        return _series_page(request, plan)
    if "share" in request.POST:
        return _share(request, plan)
    form = WishesForm(request.POST) if "minimum_days" in request.POST else None
    if form is not None and not form.is_valid():
        return _series_page(request, plan, form=form, status=422)
    try:
        _act(request, plan, form)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("series", plan.pk)


def _share(request: HttpRequest, plan: Plan) -> HttpResponse:
    """Put a session where another visit is, on purpose and for a reason."""
    made, now, number = proposal_of(plan, request.user), timezone.now(), _number(request, "share")
    share = ShareForm(number, request.POST)
    if made is None or not share.is_valid():
        return _series_page(request, plan, share=share, status=422)
    given = share.cleaned_data
    ways = Page(plan, made, now=now).ways_to_share(number, given["start"], str(given["practitioner"].pk))
    try:
        if not ways:
            raise Refused(_("This session is not to be booked any more."))
        way = next((one for one in ways if as_sent(one.placement) == given["place"]), ways[0])
        asks = not way.is_named_in(given["named"]) or (way.room_of and not given["place"])
        named = [visit.pk for visit in way.doubled] if asks else given["named"]
        share_it = actions.check_share if asks else actions.change_proposal
        because = given["overlap_because"]
        share_it(series=made, place=way.placement, overlap_because=because, named=named, by=request.user, now=now)
    except Refused as refusal:
        share.add_error(None, str(refusal))
        return _series_page(request, plan, share=share, status=409)
    if asks:
        return _series_page(request, plan, share=share, ways=ways)
    return redirect("series", plan.pk)


def _act(request: HttpRequest, plan: Plan, form: WishesForm | None) -> None:
    """Do what the button that was pressed says."""
    made, now = proposal_of(plan, request.user), timezone.now()
    chosen = next((name for name in CHANGES if name in request.POST), None)
    if made is not None and chosen is not None:
        CHANGES[chosen](request, plan, made, now)
        return
    if form is not None:
        actions.save_wishes(plan=plan, wishes=form.wishes(), by=request.user, now=now)
    _propose(request, plan, made, now)


def _propose(request: HttpRequest, plan: Plan, made: Series | None, now: dt.datetime) -> None:
    """Propose the rest again; what is pinned stays."""
    pins = pins_of(made) if made else frozenset()
    actions.propose_series(
        plan=plan,
        request_key=_key(request.POST.get("request_key", "")),
        by=request.user,
        now=now,
        pins=[one for one in placements_of(made) if one.number in pins] if made else (),
        skips=skips_of(made) if made else (),
        overlaps=_of_pins(made, pins) if made else {},
    )


def _of_pins(made: Series, pins: Collection[int]) -> dict[int, OnPurpose]:
    """The sessions that stay where they are and share their place on purpose."""
    return {number: on_purpose for number, on_purpose in overlaps_of(made).items() if number in pins}


def _key(sent: str) -> uuid.UUID:
    """The key that a page sent, or one of its own for a page without."""
    try:
        return uuid.UUID(sent)
    except ValueError:
        return uuid.uuid4()


def _number(request: HttpRequest, name: str) -> int:
    sent = request.POST[name]
    return int(sent) if sent.isdecimal() and len(sent) < 5 else 0


def _pin(request: HttpRequest, _plan: Plan, made: Series, now: dt.datetime) -> None:
    pins = pins_of(made) ^ {_number(request, "pin")}
    actions.change_proposal(series=made, pins=pins, by=request.user, now=now)


def _skip(request: HttpRequest, _plan: Plan, made: Series, now: dt.datetime) -> None:
    skips = skips_of(made) | {_number(request, "skip")}
    actions.change_proposal(series=made, pins=pins_of(made) - skips, skips=skips, by=request.user, now=now)


def _unskip(request: HttpRequest, plan: Plan, made: Series, now: dt.datetime) -> None:
    skips = skips_of(made) - {_number(request, "unskip")}
    pins, there = pins_of(made), [one for one in placements_of(made) if one.number not in skips]
    actions.propose_series(
        plan=plan,
        request_key=uuid.uuid4(),
        by=request.user,
        now=now,
        pins=[one for one in there if one.number in pins],
        kept=[one for one in there if one.number not in pins],
        skips=skips,
        overlaps=_of_pins(made, {one.number for one in there}),
    )


def _place(request: HttpRequest, plan: Plan, made: Series, now: dt.datetime) -> None:
    place = Page(plan, made, now=now).alternative(request.POST["place"])
    if place is None:
        raise Refused(_("That place is not free any more. Choose another one."))
    actions.change_proposal(series=made, place=place, by=request.user, now=now)


Change = Callable[[HttpRequest, Plan, Series, dt.datetime], None]
CHANGES: dict[str, Change] = {"pin": _pin, "skip": _skip, "unskip": _unskip, "place": _place}


def _series_page(
    request: HttpRequest,
    plan: Plan,
    *,
    status: int = 200,
    form: WishesForm | None = None,
    share: ShareForm | None = None,
    ways: Sequence[Shared] = (),
    changes: tuple[actions.Change, ...] = (),
) -> HttpResponse:
    """The page of a plan's series, with the proposal of this person if there is one."""
    page = Page(plan, proposal_of(plan, request.user), now=timezone.now())
    context = {
        "changes": page.changes(changes),
        "plan": plan,
        "patient": plan.episode.patient,
        "closed_because": why_not_scheduled(plan),
        "page": page,
        "rhythm": rhythm_in_words(plan),
        "form": form or WishesForm(initial=initial_wishes(plan)),
        "shares": _shares(request, page, share),
        "ways": ways,
        "request_key": uuid.uuid4(),
    }
    return render(request, "scheduling/series.html", context, status=status)


def _shares(request: HttpRequest, page: Page, sent: ShareForm | None) -> dict[int, ShareForm]:
    """For each session without a place the form to put it where another visit is, for whoever may."""
    if page.series is None or not request.user.may(Act.OVERLAP_APPOINTMENTS):
        return {}
    refused = [line.number for line in page.lines if line.is_refused]
    usual = page.plan.episode.practitioner_id
    return {
        number: sent if sent and sent.number == number else ShareForm(number, practitioner=usual) for number in refused
    }


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def series_book(request: HttpRequest, series_id: object) -> HttpResponse:
    """Book all of a proposal or the chosen sessions; when that cannot be, say what changed and propose again."""
    shown = visible_series(request, series_id)
    sent = request.POST.get("numbers", "")
    numbers = {int(number) for number in sent.split(",") if number.isdecimal()} if sent else None
    try:
        actions.book_series(series=shown, numbers=numbers, by=request.user, now=timezone.now())
    except actions.SeriesChanged as changed:
        return _changed(request, shown, changed)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("series", shown.plan_id)
    return redirect("series_booked", shown.pk)


def _changed(request: HttpRequest, shown: Series, changed: actions.SeriesChanged) -> HttpResponse:
    """The page with what is not free any more, beside a new proposal that is held."""
    try:
        fixed = pins_of(shown) - {change.placement.number for change in changed.changes}
        actions.propose_series(
            plan=shown.plan,
            request_key=uuid.uuid4(),
            by=request.user,
            now=timezone.now(),
            pins=[one for one in placements_of(shown) if one.number in fixed],
            skips=skips_of(shown),
            overlaps=_of_pins(shown, fixed),
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
    plan = visible_plan(request, shown.plan_id)
    return _series_page(request, plan, status=409, changes=changed.changes)


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def series_extend(request: HttpRequest, series_id: object) -> HttpResponse:
    """Hold the places for another five minutes."""
    shown = visible_series(request, series_id)
    try:
        actions.extend_hold(series=shown, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("series", shown.plan_id)


@requires(Act.BOOK_APPOINTMENTS)
def series_booked(request: HttpRequest, series_id: object) -> HttpResponse:
    """What was booked: to read, to print, and for half a minute to take back."""
    shown = visible_series(request, series_id)
    if shown.booked_at is None:
        return redirect("series", shown.plan_id)
    now = timezone.now()
    visits = list(shown.appointments.booked().with_related().order_by("starts"))
    context = {
        "series": shown,
        "plan": shown.plan,
        "patient": shown.plan.episode.patient,
        "visits": visits,
        "may_undo": can_undo(shown, now),
        "undo_until": shown.booked_at + UNDO_WITHIN,
        "runs_over": runs_over(shown.plan, [timezone.localdate(visit.starts) for visit in visits], now),
    }
    return render(request, "scheduling/series_booked.html", context)


@requires(Act.BOOK_APPOINTMENTS)
@require_POST
def series_undo(request: HttpRequest, series_id: object) -> HttpResponse:
    """Take the booking of a series back."""
    shown = visible_series(request, series_id)
    try:
        actions.undo_series(series=shown, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("series_booked", shown.pk)
    messages.success(request, _("The booking is undone. Nobody was told."))
    return redirect("series", shown.plan_id)
