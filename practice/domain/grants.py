"""Who may do what: the one table of grants that views and admin both read.

An act is one thing a person may want to do; a role is a job in the practice. `GRANTS` is total over roles: a role
that is not in it may do nothing, and a test refuses a role or an act that the table forgets.
"""

from enum import StrEnum


class Role(StrEnum):
    """A job in the practice. One person may hold several roles."""

    PHYSIOTHERAPIST = "physiotherapist"
    FRONT_DESK = "front_desk"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Act(StrEnum):
    """One thing a person may want to do in Traject."""

    SEE_TODAY = "see_today"
    SEARCH_PATIENTS = "search_patients"
    READ_PATIENT = "read_patient"
    REGISTER_PATIENT = "register_patient"
    CHANGE_PATIENT = "change_patient"
    REVEAL_BSN = "reveal_bsn"
    OPEN_EPISODE = "open_episode"
    READ_CLINICAL = "read_clinical"
    RECORD_INTAKE = "record_intake"
    SEND_PATIENT_LINK = "send_patient_link"
    ANSWER_PATIENT_ALARM = "answer_patient_alarm"
    READ_PLAN = "read_plan"
    ADOPT_PLAN = "adopt_plan"
    READ_PLANNING = "read_planning"
    BOOK_APPOINTMENTS = "book_appointments"
    OVERLAP_APPOINTMENTS = "overlap_appointments"
    REVIEW_PLAN = "review_plan"
    GOVERN_PROTOCOL = "govern_protocol"
    MANAGE_STAFF = "manage_staff"
    MANAGE_PRACTICE = "manage_practice"
    READ_ACCESS_LOG = "read_access_log"
    OPEN_ADMIN = "open_admin"
    CHANGE_OWN_PROFILE = "change_own_profile"


EVERYBODY = frozenset({Act.SEE_TODAY, Act.CHANGE_OWN_PROFILE})

GRANTS: dict[Role, frozenset[Act]] = {
    Role.PHYSIOTHERAPIST: EVERYBODY
    | {
        Act.SEARCH_PATIENTS,
        Act.READ_PATIENT,
        Act.REGISTER_PATIENT,
        Act.CHANGE_PATIENT,
        Act.REVEAL_BSN,
        Act.OPEN_EPISODE,
        Act.READ_CLINICAL,
        Act.RECORD_INTAKE,
        Act.SEND_PATIENT_LINK,
        Act.ANSWER_PATIENT_ALARM,
        Act.READ_PLAN,
        Act.ADOPT_PLAN,
        Act.READ_PLANNING,
        Act.BOOK_APPOINTMENTS,
        Act.OVERLAP_APPOINTMENTS,
    },
    Role.FRONT_DESK: EVERYBODY
    | {
        Act.SEARCH_PATIENTS,
        Act.READ_PATIENT,
        Act.REGISTER_PATIENT,
        Act.CHANGE_PATIENT,
        Act.REVEAL_BSN,
        Act.OPEN_EPISODE,
        Act.SEND_PATIENT_LINK,
        Act.ANSWER_PATIENT_ALARM,
        Act.READ_PLANNING,
        Act.BOOK_APPOINTMENTS,
    },
    Role.MANAGER: EVERYBODY
    | {
        Act.SEARCH_PATIENTS,
        Act.READ_PATIENT,
        Act.READ_PLAN,
        Act.READ_PLANNING,
        Act.OVERLAP_APPOINTMENTS,
        Act.REVIEW_PLAN,
        Act.GOVERN_PROTOCOL,
        Act.MANAGE_PRACTICE,
        Act.READ_ACCESS_LOG,
        Act.OPEN_ADMIN,
    },
    Role.ADMINISTRATOR: EVERYBODY | {Act.MANAGE_STAFF, Act.MANAGE_PRACTICE, Act.READ_ACCESS_LOG, Act.OPEN_ADMIN},
}


def may(roles: frozenset[Role], act: Act) -> bool:
    """Whether one of these roles is granted this act."""
    return any(act in GRANTS[role] for role in roles)
