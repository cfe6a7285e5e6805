"""Every write on intakes."""

from intake.actions.completing import Incomplete, ScreeningResult, add_addendum, check_complete, complete
from intake.actions.drafting import change_questionnaire, mark_entered_in_error, start
from intake.actions.links import (
    TooManyAttempts,
    mail_patient_link,
    open_patient_link,
    revoke_patient_link,
    send_patient_link,
)
from intake.actions.measuring import Taken, measure
from intake.actions.preparing import (
    choose_prepared_questionnaire,
    confirm_prepared,
    dismiss_prepared,
    finish_prepared,
    save_prepared_section,
)
from intake.actions.publishing import load_diagnosis_codes, publish_questionnaire
from intake.actions.recording import (
    StaleSection,
    confirm_copied,
    copy_section,
    last_bulk,
    record_rest,
    save_section,
    take_back,
)

__all__ = [
    "Incomplete",
    "ScreeningResult",
    "StaleSection",
    "Taken",
    "TooManyAttempts",
    "add_addendum",
    "change_questionnaire",
    "check_complete",
    "choose_prepared_questionnaire",
    "complete",
    "confirm_copied",
    "confirm_prepared",
    "copy_section",
    "dismiss_prepared",
    "finish_prepared",
    "last_bulk",
    "load_diagnosis_codes",
    "mail_patient_link",
    "mark_entered_in_error",
    "measure",
    "open_patient_link",
    "publish_questionnaire",
    "record_rest",
    "revoke_patient_link",
    "save_prepared_section",
    "save_section",
    "send_patient_link",
    "start",
    "take_back",
]
