"""Every write on appointments, series, waiting list and messages."""

from scheduling.actions.bookings import (
    Change,
    NotPossible,
    SeriesChanged,
    book_one,
    book_series,
    change_proposal,
    extend_hold,
    hold_series,
    move_appointment,
    propose_series,
    propose_together,
    save_wishes,
    undo_series,
)
from scheduling.actions.writing import PlaceTaken, Stale

__all__ = [
    "Change",
    "NotPossible",
    "PlaceTaken",
    "SeriesChanged",
    "Stale",
    "book_one",
    "book_series",
    "change_proposal",
    "extend_hold",
    "hold_series",
    "move_appointment",
    "propose_series",
    "propose_together",
    "save_wishes",
    "undo_series",
]
