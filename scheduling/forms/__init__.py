"""Input on the screens of planning."""

from scheduling.forms.wishes import WishesForm

__all__ = ["WishesForm"]
