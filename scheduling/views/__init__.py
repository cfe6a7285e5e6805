"""Screens of planning."""

from scheduling.views.board import agenda, appointment, appointment_move
from scheduling.views.dock import appointment_undo, dock, dock_book

__all__ = ["agenda", "appointment", "appointment_move", "appointment_undo", "dock", "dock_book"]
