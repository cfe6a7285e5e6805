"""Turns stored answers, suggestions and plans into what a screen says, in the reader's language. Reads only."""

from plans.reading.attention import follow_up_choices, hold_sentences, undecided_intakes
from plans.reading.copying import copy_offers, copy_sources
from plans.reading.intakes import conflict_rows, missing_rows, read_back, summary_of, unfit_labels
from plans.reading.plans import (
    baselines_of,
    deviation_name,
    deviation_value,
    goal_proposal,
    measures_of,
    plan_reading,
    revision_conflicts,
)
from plans.reading.prepared import OfferedSection, call_advice, offered_sections, pages_of, prepared_overview
from plans.reading.suggestions import SuggestionReading
from plans.reading.words import language, said

__all__ = [
    "OfferedSection",
    "SuggestionReading",
    "baselines_of",
    "call_advice",
    "conflict_rows",
    "copy_offers",
    "copy_sources",
    "deviation_name",
    "deviation_value",
    "follow_up_choices",
    "goal_proposal",
    "hold_sentences",
    "language",
    "measures_of",
    "missing_rows",
    "offered_sections",
    "pages_of",
    "plan_reading",
    "prepared_overview",
    "read_back",
    "revision_conflicts",
    "said",
    "summary_of",
    "undecided_intakes",
    "unfit_labels",
]
