"""Screens of planning."""

from scheduling.views.board import agenda, appointment, appointment_move

__all__ = ["agenda", "appointment", "appointment_move"]
