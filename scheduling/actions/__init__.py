"""Every write on appointments, series, waiting list and messages."""

from scheduling.actions.agenda import open_agenda

__all__ = ["open_agenda"]
