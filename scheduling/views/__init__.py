"""Screens of when and where, for the desk and for who treats."""

from scheduling.views.board import agenda, appointment, appointment_move
from scheduling.views.calendar import calendar_feed, own_calendar, series_ics
from scheduling.views.conflicts import leave_conflicts, leave_conflicts_move, leave_conflicts_undo
from scheduling.views.dock import appointment_undo, dock, dock_book
from scheduling.views.following import plan_cancel_beyond, plan_drop_session, plan_end, plan_pause
from scheduling.views.leave import own_leave, own_leave_remove
from scheduling.views.queue import to_schedule, together, together_book
from scheduling.views.series import series, series_book, series_booked, series_extend, series_undo
from scheduling.views.visits import appointment_act, appointment_cancel
from scheduling.views.waiting import (
    freed_place,
    offer,
    offer_answer,
    offer_make,
    waiting_list,
    waiting_list_add,
    waiting_list_close,
    wants_earlier,
)

__all__ = [
    "agenda",
    "appointment",
    "appointment_act",
    "appointment_cancel",
    "appointment_move",
    "appointment_undo",
    "calendar_feed",
    "dock",
    "dock_book",
    "freed_place",
    "leave_conflicts",
    "leave_conflicts_move",
    "leave_conflicts_undo",
    "offer",
    "offer_answer",
    "offer_make",
    "own_calendar",
    "own_leave",
    "own_leave_remove",
    "plan_cancel_beyond",
    "plan_drop_session",
    "plan_end",
    "plan_pause",
    "series",
    "series_book",
    "series_booked",
    "series_extend",
    "series_ics",
    "series_undo",
    "to_schedule",
    "together",
    "together_book",
    "waiting_list",
    "waiting_list_add",
    "waiting_list_close",
    "wants_earlier",
]
