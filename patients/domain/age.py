"""What a birth date decides: the age, and who gives consent."""

import datetime as dt
from enum import StrEnum

CONSENTS_WITH_REPRESENTATIVE_FROM = 12
CONSENTS_ALONE_FROM = 16


class ConsentBy(StrEnum):
    """Who consents to treatment (Dutch Civil Code, articles 7:447 and 7:450)."""

    PATIENT = "patient"
    PATIENT_AND_REPRESENTATIVE = "patient_and_representative"
    REPRESENTATIVE = "representative"


def age_on(birth_date: dt.date, day: dt.date) -> int:
    """Full years of life on `day`. Who is born on 29 February turns a year older on 1 March in other years.

    Raises ValueError when `day` is before the birth.
    """
    if day < birth_date:
        raise ValueError("a person has no age before being born")
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def consent_by(birth_date: dt.date, day: dt.date) -> ConsentBy:
    """Who gives consent on `day`: under 12 the representative, under 16 both, from 16 on the patient."""
    age = age_on(birth_date, day)
    if age < CONSENTS_WITH_REPRESENTATIVE_FROM:
        return ConsentBy.REPRESENTATIVE
    return ConsentBy.PATIENT_AND_REPRESENTATIVE if age < CONSENTS_ALONE_FROM else ConsentBy.PATIENT
