"""Every write on appointments, series, waiting list and messages."""

from scheduling.actions.feeds import TooManyReads, make_feed, open_feed, revoke_feed
from scheduling.actions.following import cancel_beyond, drop_session, end_plan, pause_plan
from scheduling.actions.messages import plan_reminders, send_messages, tell
from scheduling.actions.visits import arrive, cancel, cancel_all, finish, miss, step_back, take_up
from scheduling.actions.waiting import (
    accept_offer,
    close_entry,
    decline_offer,
    expire_offers,
    offer_place,
    wait_for_a_place,
    want_earlier,
)
from scheduling.actions.writing import PlaceTaken, Stale

__all__ = [
    "PlaceTaken",
    "Stale",
    "TooManyReads",
    "accept_offer",
    "arrive",
    "cancel",
    "cancel_all",
    "cancel_beyond",
    "close_entry",
    "decline_offer",
    "drop_session",
    "end_plan",
    "expire_offers",
    "finish",
    "make_feed",
    "miss",
    "offer_place",
    "open_feed",
    "pause_plan",
    "plan_reminders",
    "revoke_feed",
    "send_messages",
    "step_back",
    "take_up",
    "tell",
    "wait_for_a_place",
    "want_earlier",
]
