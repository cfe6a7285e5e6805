"""Tables of the intake: what was asked, found and measured."""

from intake.models.intakes import Addendum, AnswerSetAside, Intake, IntakeQuerySet, SectionAnswers
from intake.models.links import PatientLink, PatientLinkQuerySet, PreparedAnswers, PreparedAnswersQuerySet
from intake.models.measurements import LaterChart, LaterChartQuerySet, Measurement, MeasurementQuerySet
from intake.models.questionnaires import (
    DiagnosisCode,
    DiagnosisCodeQuerySet,
    QuestionnaireStep,
    QuestionnaireVersion,
    QuestionnaireVersionQuerySet,
)

__all__ = [
    "Addendum",
    "AnswerSetAside",
    "DiagnosisCode",
    "DiagnosisCodeQuerySet",
    "Intake",
    "IntakeQuerySet",
    "LaterChart",
    "LaterChartQuerySet",
    "Measurement",
    "MeasurementQuerySet",
    "PatientLink",
    "PatientLinkQuerySet",
    "PreparedAnswers",
    "PreparedAnswersQuerySet",
    "QuestionnaireStep",
    "QuestionnaireVersion",
    "QuestionnaireVersionQuerySet",
    "SectionAnswers",
]
