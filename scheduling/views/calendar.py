"""Calendar files: of a series for its patient, and the private feed of a practitioner."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from practice.access import get_visible, public, requires
from practice.domain.grants import Act
from practice.models import Practitioner
from scheduling import actions
from scheduling.documents import feed_file, series_file
from scheduling.models import Series

ICS = "text/calendar; charset=utf-8"


@requires(Act.READ_PLANNING)
@require_safe
def series_ics(request: HttpRequest, series_id: object) -> HttpResponse:
    """The visits of a series as a calendar file for the patient."""
    visible = Series.objects.visible_to(request.user).select_related("plan__episode__patient")
    series = get_visible(
        request, visible, series_id, event="series_exported", patient=lambda series: series.plan.episode.patient_id
    )
    return _file(series_file(series), "appointments.ics")


@public
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The appointments of one practitioner for a calendar program. Whatever is wrong with the address: 404."""
    try:
        feed = actions.open_feed(token=token, now=timezone.now())
    except actions.TooManyReads:
        refused = HttpResponse(status=429, content_type="text/plain")
        refused["Retry-After"] = "900"
        return refused
    if feed is None:
        return HttpResponse(status=404, content_type="text/plain")
    return _file(feed_file(feed, timezone.now()), "traject.ics")


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=ICS)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


@requires(Act.CHANGE_OWN_PROFILE)
@require_http_methods(["GET", "POST"])
def own_calendar(request: HttpRequest) -> HttpResponse:
    """The address by which one's own calendar program reads one's appointments: made here, shown once, revoked here."""
    practitioner = getattr(request.user, "practitioner", None)
    address = ""
    if request.method == "POST" and practitioner is not None:
        if request.POST.get("act") == "revoke":
            _revoke(request, practitioner)
            return redirect("own_calendar")
        token = actions.make_feed(practitioner=practitioner, by=request.user, now=timezone.now())
        address = request.build_absolute_uri(reverse("calendar_feed", args=[token]))
    feed = practitioner.feeds.filter(revoked_at=None).first() if practitioner else None
    context = {"practitioner": practitioner, "feed": feed, "address": address, "days": dt.timedelta(weeks=26).days}
    return render(request, "scheduling/own_calendar.html", context)


def _revoke(request: HttpRequest, practitioner: Practitioner) -> None:
    if actions.revoke_feed(practitioner=practitioner, by=request.user, now=timezone.now()):
        messages.success(request, _("The address does not work any more."))
