"""Input on the screens of planning."""

from scheduling.forms.visits import (
    CancelForm,
    DropForm,
    EndPlanForm,
    LeaveForm,
    OfferForm,
    PausePlanForm,
    ShareForm,
    WaitingForm,
)
from scheduling.forms.wishes import WishesForm

__all__ = [
    "CancelForm",
    "DropForm",
    "EndPlanForm",
    "LeaveForm",
    "OfferForm",
    "PausePlanForm",
    "ShareForm",
    "WaitingForm",
    "WishesForm",
]
