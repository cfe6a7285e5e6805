"""The shape of what an intake takes in."""
