"""What people of the practice are and what they are able to do, by code."""

from enum import StrEnum


class Discipline(StrEnum):
    """A profession or specialism in which somebody works; referrals name the same codes."""

    PHYSIOTHERAPIST = "physiotherapist"
    MANUAL_THERAPIST = "manual_therapist"
    PELVIC_PHYSIOTHERAPIST = "pelvic_physiotherapist"
    PSYCHOSOMATIC_PHYSIOTHERAPIST = "psychosomatic_physiotherapist"
    PAEDIATRIC_PHYSIOTHERAPIST = "paediatric_physiotherapist"
    GERIATRIC_PHYSIOTHERAPIST = "geriatric_physiotherapist"
    SPORTS_PHYSIOTHERAPIST = "sports_physiotherapist"
    OEDEMA_PHYSIOTHERAPIST = "oedema_physiotherapist"
    OCCUPATIONAL_PHYSIOTHERAPIST = "occupational_physiotherapist"
    EXERCISE_THERAPIST = "exercise_therapist"


class Competence(StrEnum):
    """An ability beyond basic training; a technique may ask for one by its code."""

    MANUAL_TECHNIQUES = "manual_techniques"
    MANIPULATION = "manipulation"
    DRY_NEEDLING = "dry_needling"
    TAPING = "taping"
    PELVIC = "pelvic"
    PSYCHOSOMATIC = "psychosomatic"
