"""Every write on patients, their consents, their relationships and their episodes."""

from patients.actions.changing import LostUpdate, change, reveal_bsn, rotate_field_keys
from patients.actions.consenting import record_consent
from patients.actions.finding import find
from patients.actions.registering import Similar, SimilarPatients, register, show_similar
from patients.actions.treating import close_episode, open_episode, start_relationship, take_over, take_over_token
from patients.actions.writing import NewProvider

__all__ = [
    "LostUpdate",
    "NewProvider",
    "Similar",
    "SimilarPatients",
    "change",
    "close_episode",
    "find",
    "open_episode",
    "record_consent",
    "register",
    "reveal_bsn",
    "rotate_field_keys",
    "show_similar",
    "start_relationship",
    "take_over",
    "take_over_token",
]
