"""The life of an appointment and of an offer: which state may follow which."""

from enum import StrEnum


class AppointmentState(StrEnum):
    """Where an appointment stands. A held one is kept free for a moment; it is booked, or let go."""

    HELD = "held"
    BOOKED = "booked"
    ARRIVED = "arrived"
    DONE = "done"
    CANCELLED = "cancelled"
    LATE_CANCELLED = "late_cancelled"
    NO_SHOW = "no_show"


class OfferState(StrEnum):
    """Where an offer of a place that became free stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


# A cancelled appointment may be taken up again, as long as its place is still free: the database decides that.
APPOINTMENT_TRANSITIONS: dict[AppointmentState, frozenset[AppointmentState]] = {
    AppointmentState.HELD: frozenset({AppointmentState.BOOKED}),
    AppointmentState.BOOKED: frozenset(
        {
            AppointmentState.ARRIVED,
            AppointmentState.DONE,
            AppointmentState.CANCELLED,
            AppointmentState.LATE_CANCELLED,
            AppointmentState.NO_SHOW,
        }
    ),
    AppointmentState.ARRIVED: frozenset({AppointmentState.BOOKED, AppointmentState.DONE}),
    AppointmentState.DONE: frozenset({AppointmentState.ARRIVED}),
    AppointmentState.CANCELLED: frozenset({AppointmentState.BOOKED}),
    AppointmentState.LATE_CANCELLED: frozenset({AppointmentState.BOOKED}),
    AppointmentState.NO_SHOW: frozenset({AppointmentState.BOOKED, AppointmentState.ARRIVED}),
}

OFFER_TRANSITIONS: dict[OfferState, frozenset[OfferState]] = {
    OfferState.OPEN: frozenset({OfferState.ACCEPTED, OfferState.DECLINED, OfferState.EXPIRED}),
    OfferState.ACCEPTED: frozenset(),
    OfferState.DECLINED: frozenset(),
    OfferState.EXPIRED: frozenset(),
}

# In these states an appointment gives its place back to others.
GONE = frozenset({AppointmentState.CANCELLED, AppointmentState.LATE_CANCELLED})
