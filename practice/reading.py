"""What the access log says of each event, in words.

The log keeps codes, which never change. Most have words of their own; those of one family ("plan_approved",
"location_changed", "protocol_rule_added") are said as what it is about and what was done to it. A refusal carries the
act that was not granted.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from practice.domain.grants import Act
from practice.models import GovernedStep

EVENTS: Mapping[str, Promise] = {
    "sign_in": _("signed in"),
    "sign_out": _("signed out"),
    "own_password_changed": _("own password changed"),
    "own_profile_changed": _("own profile changed"),
    "temporary_password_given": _("temporary password given"),
    "roles_changed": _("roles changed"),
    "administrator_added": _("administrator added"),
    "demo_account_added": _("demo account added"),
    "field_keys_rotated": _("keys of encrypted fields renewed"),
    "access_log_read": _("access log read"),
    "absence_added": _("leave entered"),
    "absence_removed": _("leave taken back"),
    "patients_searched": _("patients searched"),
    "patient_read": _("record of a patient read"),
    "patient_registered": _("patient registered"),
    "patient_changed": _("details of a patient changed"),
    "similar_patient_shown": _("a similar patient shown"),
    "relationship_started": _("treatment relationship started"),
    "bsn_revealed": _("BSN shown in full"),
    "consent_recorded": _("decision on a consent recorded"),
    "episode_opened": _("episode opened"),
    "episode_read": _("episode read"),
    "episode_closed": _("episode closed"),
    "patient_link_sent": _("personal link made for a patient"),
    "patient_link_emailed": _("personal link sent by e-mail"),
    "patient_link_read": _("personal link looked at"),
    "patient_link_revoked": _("personal link revoked"),
    "patient_link_opened": _("personal link opened by the patient"),
    "patient_chose_region": _("region chosen by the patient"),
    "patient_answers_saved": _("answers saved by the patient"),
    "patient_answers_finished": _("answers finished by the patient"),
    "patient_alarm_raised": _("alarm raised by answers of a patient"),
    "patient_alarm_read": _("alarm of a patient read"),
    "patient_alarm_answered": _("contact about an alarm recorded"),
    "prepared_answers_read": _("prepared answers read"),
    "prepared_answers_confirmed": _("prepared answers taken over"),
    "prepared_answers_dismissed": _("prepared answers set aside"),
    "intake_started": _("intake started"),
    "intake_read": _("intake read"),
    "intake_section_saved": _("answers of an intake saved"),
    "intake_section_copied": _("answers of an earlier intake taken over"),
    "intake_copies_confirmed": _("answers that were taken over confirmed"),
    "intake_rest_recorded": _("several answers of an intake recorded at once"),
    "intake_rest_taken_back": _("several answers of an intake taken back at once"),
    "intake_questionnaire_changed": _("intake continued with another questionnaire"),
    "intake_completed": _("intake completed"),
    "intake_addendum_added": _("addendum to an intake added"),
    "intake_entered_in_error": _("intake marked as entered in error"),
    "intake_looked_along": _("intake looked at together with the patient"),
    "intake_exported": _("intake exported"),
    "intake_exported_with_words": _("intake exported with the patient's own words"),
    "measured_again": _("outcome measured again"),
    "suggestion_made": _("suggestion made"),
    "suggestion_read": _("suggestion read"),
    "advice_printed": _("first advice printed"),
    "flag_followed_up": _("contact about a red flag recorded"),
    "ended_without_course": _("intake ended without a course"),
    "letter_read": _("letter read"),
    "letter_changed": _("letter changed"),
    "letter_signed": _("letter signed"),
    "referral_read": _("referral read"),
    "plan_adopted": _("treatment plan made"),
    "plan_read": _("treatment plan read"),
    "plan_revised": _("treatment plan changed"),
    "plan_printed": _("treatment plan printed"),
    "plan_looked_along": _("treatment plan looked at together with the patient"),
    "plan_exported": _("treatment plan exported"),
    "plan_exported_with_words": _("treatment plan exported with the patient's own words"),
    "protocol_signed": _("protocol signed"),
    "protocol_exported": _("protocol exported"),
    "protocol_case_saved": _("test case of a protocol saved"),
    "protocol_case_retired": _("test case of a protocol retired"),
    "questionnaire_exported": _("questionnaire exported"),
    "replay_asked": _("replay of a protocol asked for"),
    "replay_cancelled": _("replay of a protocol called off"),
    "replay_read": _("replay of a protocol read"),
    "patients_listed": _("list of patients read"),
    "episodes_listed": _("list of episodes read"),
    "plans_listed": _("list of treatment plans read"),
    "plans_to_review_listed": _("list of plans to review read"),
    "open_intakes_listed": _("list of open intakes read"),
    "plans_to_schedule_listed": _("list of plans to be scheduled read"),
    "plans_to_review_exported": _("list of plans to review exported"),
    "open_intakes_exported": _("list of open intakes exported"),
    "plans_exported": _("list of treatment plans exported"),
    "quality_exported": _("figures of quality exported"),
    "agenda_read": _("agenda read"),
    "planning_read": _("planning of a treatment plan read"),
    "appointment_read": _("visit read"),
    "appointment_booked": _("visit booked"),
    "appointment_moved": _("visit moved"),
    "appointment_undone": _("last change of a visit undone"),
    "appointment_arrived": _("patient arrived for a visit"),
    "appointment_done": _("visit done"),
    "appointment_missed": _("visit missed by the patient"),
    "appointment_cancelled": _("visit cancelled"),
    "appointment_taken_up": _("cancelled visit booked again"),
    "appointment_stepped_back": _("last step of a visit taken back"),
    "visit_wishes_changed": _("wishes for visits changed"),
    "session_dropped": _("session of a treatment plan left out"),
    "series_held": _("series of visits held"),
    "series_hold_extended": _("hold on a series of visits extended"),
    "hold_expired": _("hold on a series of visits expired"),
    "series_booked": _("series of visits booked"),
    "series_read": _("series of visits read"),
    "series_undone": _("booking of a series undone"),
    "series_exported": _("series of visits exported"),
    "telephone_offers": _("visits offered by telephone"),
    "waiting_list_read": _("waiting list read"),
    "waiting_list_added": _("patient put on the waiting list"),
    "waiting_list_closed": _("patient taken off the waiting list"),
    "wants_earlier": _("wish for an earlier visit recorded"),
    "place_offered": _("free place offered"),
    "offer_read": _("offer of a free place read"),
    "offer_accepted": _("offer of a free place accepted"),
    "offer_declined": _("offer of a free place declined"),
    "message_sent": _("message to a patient sent"),
    "message_called_off": _("message to a patient called off"),
    "calendar_feed_made": _("calendar feed made"),
    "calendar_feed_read": _("calendar feed read"),
    "calendar_feed_revoked": _("calendar feed revoked"),
}
ACTS: Mapping[Act, Promise] = {
    Act.SEE_TODAY: _("see Today"),
    Act.SEARCH_PATIENTS: _("search for patients"),
    Act.READ_PATIENT: _("read the record of a patient"),
    Act.REGISTER_PATIENT: _("register patients"),
    Act.CHANGE_PATIENT: _("change the details of a patient"),
    Act.REVEAL_BSN: _("see a BSN in full"),
    Act.OPEN_EPISODE: _("open and close episodes"),
    Act.READ_CLINICAL: _("read clinical content"),
    Act.RECORD_INTAKE: _("record an intake"),
    Act.SEND_PATIENT_LINK: _("send a personal link"),
    Act.ANSWER_PATIENT_ALARM: _("answer an alarm of a patient"),
    Act.READ_PLAN: _("read treatment plans"),
    Act.ADOPT_PLAN: _("make treatment plans"),
    Act.READ_PLANNING: _("read the planning"),
    Act.BOOK_APPOINTMENTS: _("book visits"),
    Act.OVERLAP_APPOINTMENTS: _("let visits overlap on purpose"),
    Act.REVIEW_PLAN: _("review treatment plans"),
    Act.GOVERN_PROTOCOL: _("govern protocols"),
    Act.MANAGE_STAFF: _("manage staff"),
    Act.MANAGE_PRACTICE: _("manage the practice"),
    Act.READ_ACCESS_LOG: _("read the access log"),
    Act.OPEN_ADMIN: _("open the back office"),
    Act.CHANGE_OWN_PROFILE: _("change one's own profile"),
}
SUBJECTS: Mapping[str, Promise] = {
    "plan": _("treatment plan"),
    "referral": _("referral"),
    "protocol": _("protocol"),
    "questionnaire": _("questionnaire"),
}
DONE: Mapping[str, Promise] = {
    "added": _("added"),
    "changed": _("changed"),
    "deleted": _("deleted"),
    "read": _("looked at"),
    "active": _("active"),
    "paused": _("paused"),
    "completed": _("completed"),
    "stopped": _("stopped"),
    "approved": _("approved"),
    "returned": _("returned"),
    "drafted": _("drafted"),
    "sent": _("sent"),
    "received": _("received"),
    "accepted": _("accepted"),
    "declined": _("declined"),
    "scheduled": _("scheduled"),
    "reported": _("reported"),
    "closed": _("closed"),
}


def event_in_words(code: str) -> str:
    """What happened, in the language of the reader; a code that has no words stays what it is."""
    if code in EVENTS:
        return str(EVENTS[code])
    if code in set(Act):
        return str(ACTS[Act(code)])
    return next((f"{subject}: {done}" for subject, done in _ways_to_say(code)), code)


def object_in_words(kind: str) -> str:
    """What an event was about, by the name of its table; a table that is no more stays what it was called."""
    return str(_tables().get(kind.rpartition(".")[2], kind))


def _ways_to_say(code: str) -> Iterator[tuple[object, object]]:
    """The code as what it is about and what was done, wherever it can be cut so."""
    subjects, done = _tables() | SUBJECTS, DONE | _steps()
    parts = code.split("_")
    for place in range(1, len(parts)):
        subject, what = "_".join(parts[:place]), "_".join(parts[place:])
        if subject in subjects and what in done:
            yield subjects[subject], done[what]


@cache
def _tables() -> dict[str, object]:
    """What each table of the back office calls a row of it, by the name of its model."""
    return {model._meta.model_name: model._meta.verbose_name for model in apps.get_models()}


@cache
def _steps() -> dict[str, object]:
    """The steps in which versions are made, in words."""
    kinds = [dict(step._meta.get_field("what").choices) for step in GovernedStep.__subclasses__()]
    return {code: words for kind in kinds for code, words in kind.items()}
