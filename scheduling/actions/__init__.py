"""Every write on appointments, series, waiting list and messages."""

from scheduling.actions.agenda import open_agenda, undo_visit
from scheduling.actions.bookings import (
    Change,
    NotPossible,
    SeriesChanged,
    book_one,
    book_series,
    change_proposal,
    expire_holds,
    extend_hold,
    hold_series,
    move_appointment,
    propose_series,
    propose_together,
    save_wishes,
    undo_series,
)
from scheduling.actions.feeds import TooManyReads, make_feed, open_feed, revoke_feed
from scheduling.actions.following import cancel_beyond, drop_session, end_plan, pause_plan
from scheduling.actions.messages import ask_to_send, plan_reminders, send_messages, tell
from scheduling.actions.swapping import swap_all
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
    "Change",
    "NotPossible",
    "PlaceTaken",
    "SeriesChanged",
    "Stale",
    "TooManyReads",
    "accept_offer",
    "arrive",
    "ask_to_send",
    "book_one",
    "book_series",
    "cancel",
    "cancel_all",
    "cancel_beyond",
    "change_proposal",
    "close_entry",
    "decline_offer",
    "drop_session",
    "end_plan",
    "expire_holds",
    "expire_offers",
    "extend_hold",
    "finish",
    "hold_series",
    "make_feed",
    "miss",
    "move_appointment",
    "offer_place",
    "open_agenda",
    "open_feed",
    "pause_plan",
    "plan_reminders",
    "propose_series",
    "propose_together",
    "revoke_feed",
    "save_wishes",
    "send_messages",
    "step_back",
    "swap_all",
    "take_up",
    "tell",
    "undo_series",
    "undo_visit",
    "wait_for_a_place",
    "want_earlier",
]
