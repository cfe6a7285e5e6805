"""Reads hours, leave, holidays, rooms and appointments into the values that a series is proposed from."""
