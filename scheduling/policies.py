"""What may be done with appointments, and in which words it is refused."""

import datetime as dt

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.policies import Refused
from plans.models import Plan
from practice.domain.grants import Act
from practice.models import Staff
from scheduling.domain.life import AppointmentState
from scheduling.domain.step import InStep
from scheduling.domain.visits import Refusal, VisitAct, why_not
from scheduling.models import Appointment, Offer, Series

UNDO_WITHIN = dt.timedelta(seconds=30)
REFUSAL_WORDS = {
    Refusal.NOT_IN_THIS_STATE: gettext_lazy("That is not possible for a visit that is: %(state)s."),
    Refusal.NOT_TODAY: gettext_lazy("That is possible on the day of the visit only."),
    Refusal.NOT_YET: gettext_lazy("The visit has not begun yet."),
    Refusal.OVER: gettext_lazy("The visit is over."),
}


def check_visit(appointment: Appointment, act: VisitAct, now: dt.datetime) -> None:
    """Raise `Refused` unless `act` can be done with this visit now."""
    reason = why_not(act, AppointmentState(appointment.state), appointment.starts, appointment.ends, now)
    if reason is not None:
        raise Refused(REFUSAL_WORDS[reason] % {"state": appointment.get_state_display()})


def check_answer(offer: Offer, now: dt.datetime) -> None:
    """Raise `Refused` unless the offer can still be answered."""
    if offer.state != "open":
        raise Refused(_("This offer was answered already."))
    if not offer.is_open(now) or offer.held is None:
        raise Refused(_("This offer has expired; the place is free for others again."))


def check_offer(starts: dt.datetime, now: dt.datetime) -> None:
    """Raise `Refused` unless there is time left to offer a place."""
    if starts <= now:
        raise Refused(_("This place is over."))


def check_wants_earlier(appointment: Appointment, now: dt.datetime) -> None:
    """Raise `Refused` unless somebody can still come earlier than this visit."""
    if appointment.state != AppointmentState.BOOKED or appointment.starts <= now:
        raise Refused(_("Only a visit that is booked and still to come can be made earlier."))


def check_drop(step: InStep, number: int) -> None:
    """Raise `Refused` unless this session of a plan is still to be booked."""
    if number not in step.to_book:
        raise Refused(_("This session is not to be booked any more."))


def check_schedule(plan: Plan) -> None:
    """Raise `Refused` unless visits of this plan may be booked."""
    if plan.life == "draft":
        raise Refused(_("This plan waits for its review. Its visits can be booked after that."))
    if plan.life != "active":
        raise Refused(
            _("This plan is %(state)s. Visits are booked for an active plan.") % {"state": plan.get_life_display()}
        )


def why_not_scheduled(plan: Plan) -> str:
    """Why visits of this plan may not be booked now; empty when they may."""
    try:
        check_schedule(plan)
    except Refused as refusal:
        return str(refusal)
    return ""


def check_nobody_else_holds(plan: Plan, by: Staff, now: dt.datetime) -> None:
    """Raise `Refused` while a colleague holds places for this plan."""
    held = Appointment.objects.filter(plan=plan, state="held", held_until__gt=now, series__isnull=False)
    other = held.exclude(by=by).select_related("by").order_by("-held_until").first()
    if other and other.held_until:
        raise Refused(
            _("%(name)s is scheduling this plan and holds places until %(time)s.")
            % {"name": other.by, "time": date_format(localtime(other.held_until), "H:i")}
        )


def check_undo(series: Series, now: dt.datetime) -> None:
    """Raise `Refused` unless booking this series can still be undone."""
    if series.booked_at is None or series.undone_at is not None:
        raise Refused(_("There is nothing to undo."))
    if now > series.booked_at + UNDO_WITHIN:
        raise Refused(_("Undoing was possible for 30 seconds. Cancel the visits one by one instead."))


def check_undo_moves(moved_at: dt.datetime, now: dt.datetime) -> None:
    """Raise `Refused` unless visits that were moved together can still be put back."""
    if now > moved_at + UNDO_WITHIN:
        raise Refused(_("Undoing was possible for 30 seconds. Move the visits one by one instead."))


def can_undo(series: Series, now: dt.datetime) -> bool:
    """Whether booking this series can still be undone."""
    try:
        check_undo(series, now)
    except Refused:
        return False
    return True


def check_undo_visit(appointment: Appointment, by: Staff, now: dt.datetime) -> None:
    """Raise `Refused` unless this person just booked this one visit, and nothing became of it yet."""
    untouched = appointment.state == AppointmentState.BOOKED and appointment.version == 1
    if not untouched or appointment.series_id is not None or appointment.by_id != by.pk:
        raise Refused(_("There is nothing to undo."))
    if now > appointment.created_at + UNDO_WITHIN:
        raise Refused(_("Undoing was possible for 30 seconds. Cancel the visit instead."))


def can_undo_visit(appointment: Appointment, by: Staff, now: dt.datetime) -> bool:
    """Whether the booking of this one visit can still be undone."""
    try:
        check_undo_visit(appointment, by, now)
    except Refused:
        return False
    return True


def check_overlap(by: Staff, because: str) -> None:
    """Raise `Refused` unless this person may let two appointments share a practitioner or a room, and says why."""
    if not by.may(Act.OVERLAP_APPOINTMENTS):
        raise Refused(_("Only a practitioner or a manager may book two appointments at once."))
    if not because.strip():
        raise Refused(_("Write why two appointments share this time, such as a trainee under supervision."))
