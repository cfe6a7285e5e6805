"""Input on the screens of planning."""
