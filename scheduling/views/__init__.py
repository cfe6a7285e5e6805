"""Screens of planning."""

from scheduling.views.board import agenda, appointment

__all__ = ["agenda", "appointment"]
