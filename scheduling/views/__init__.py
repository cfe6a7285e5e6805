"""Screens of when and where, for the desk and for who treats."""

from scheduling.views.queue import to_schedule, together, together_book
from scheduling.views.series import series, series_book, series_booked, series_extend, series_undo

__all__ = [
    "series",
    "series_book",
    "series_booked",
    "series_extend",
    "series_undo",
    "to_schedule",
    "together",
    "together_book",
]
