"""Screens of when and where, for the desk and for who treats."""

from scheduling.views.board import agenda, appointment, appointment_move
from scheduling.views.dock import appointment_undo, dock, dock_book
from scheduling.views.queue import to_schedule, together, together_book
from scheduling.views.series import series, series_book, series_booked, series_extend, series_undo

__all__ = [
    "agenda",
    "appointment",
    "appointment_move",
    "appointment_undo",
    "dock",
    "dock_book",
    "series",
    "series_book",
    "series_booked",
    "series_extend",
    "series_undo",
    "to_schedule",
    "together",
    "together_book",
]
