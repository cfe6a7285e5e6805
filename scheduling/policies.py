"""What may be done with appointments, and in which words it is refused."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.policies import Refused
from scheduling.domain.life import AppointmentState
from scheduling.domain.step import InStep
from scheduling.domain.visits import Refusal, VisitAct, why_not
from scheduling.models import Appointment, Offer

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
