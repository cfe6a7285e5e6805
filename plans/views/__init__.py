"""Screens of intakes, suggestions, plans and letters. Those of the intake live here because they need the rules."""

from plans.views.intakes import (
    intake,
    intake_addendum,
    intake_answers,
    intake_complete,
    intake_error,
    intake_region,
    intake_start,
)
from plans.views.letters import letter, letter_pdf, letter_sign, referral, referral_draft, referral_step
from plans.views.plans import advice_pdf, plan, plan_activate, plan_adopt, plan_pdf, plan_revise
from plans.views.prepare import (
    prepare,
    prepare_call,
    prepare_closed,
    prepare_done,
    prepare_finish,
    prepare_page,
    prepare_region,
    prepare_stop,
)
from plans.views.prepared import patient_alarm, patient_link, patient_link_revoke, prepared
from plans.views.sections import intake_section
from plans.views.suggestions import follow_up, no_course, suggestions
from plans.views.today import today

__all__ = [
    "advice_pdf",
    "follow_up",
    "intake",
    "intake_addendum",
    "intake_answers",
    "intake_complete",
    "intake_error",
    "intake_region",
    "intake_section",
    "intake_start",
    "letter",
    "letter_pdf",
    "letter_sign",
    "no_course",
    "patient_alarm",
    "patient_link",
    "patient_link_revoke",
    "plan",
    "plan_activate",
    "plan_adopt",
    "plan_pdf",
    "plan_revise",
    "prepare",
    "prepare_call",
    "prepare_closed",
    "prepare_done",
    "prepare_finish",
    "prepare_page",
    "prepare_region",
    "prepare_stop",
    "prepared",
    "referral",
    "referral_draft",
    "referral_step",
    "suggestions",
    "today",
]
