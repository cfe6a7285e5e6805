"""One's own leave: what a practitioner enters, and how many visits it touches."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from practice.access import requires
from practice.actions import add_absence, remove_absence
from practice.domain.grants import Act
from scheduling.forms import LeaveForm
from scheduling.models import Appointment


@requires(Act.CHANGE_OWN_PROFILE)
@require_http_methods(["GET", "POST"])
def own_leave(request: HttpRequest) -> HttpResponse:
    """The leave of who is signed in, to come; enter more of it here."""
    practitioner = getattr(request.user, "practitioner", None)
    form = LeaveForm(request.POST or None)
    if practitioner and form.is_valid():
        absence = add_absence(
            practitioner=practitioner,
            starts=form.cleaned_data["starts"],
            ends=form.cleaned_data["ends"],
            by=request.user,
            now=timezone.now(),
        )
        visits = Appointment.objects.visible_to(request.user).filter(practitioner=practitioner, state="booked")
        _say_touched(request, visits.between(absence.starts, absence.ends).filter(starts__gt=timezone.now()).count())
        return redirect("own_leave")
    leave = practitioner.absences.filter(ends__gt=timezone.now()).order_by("starts") if practitioner else []
    context = {"practitioner": practitioner, "leave": leave, "form": form}
    return render(request, "scheduling/own_leave.html", context, status=422 if form.errors else 200)


def _say_touched(request: HttpRequest, count: int) -> None:
    words = ngettext(
        "Entered. %(count)d visit falls in it and needs another place.",
        "Entered. %(count)d visits fall in it and need another place.",
        count,
    )
    messages.success(request, words % {"count": count} if count else _("Entered. No visit falls in it."))


@requires(Act.CHANGE_OWN_PROFILE)
@require_POST
def own_leave_remove(request: HttpRequest, number: int) -> HttpResponse:
    """Take back leave of one's own."""
    practitioner = getattr(request.user, "practitioner", None)
    absence = practitioner.absences.filter(pk=number).first() if practitioner else None
    if absence is None:
        raise Http404
    remove_absence(absence=absence, by=request.user, now=timezone.now())
    messages.success(request, _("The leave is taken back."))
    return redirect("own_leave")
