"""Every write on appointments, series, waiting list and messages."""
