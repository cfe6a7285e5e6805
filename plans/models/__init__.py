"""Tables of what will be done: protocols, suggestions, plans, referrals and letters."""

from plans.models.attention import FollowUp, OpenIntake, OpenIntakeQuerySet, PatientAlarm, PatientAlarmQuerySet
from plans.models.cases import ProtocolCase, ProtocolCaseQuerySet
from plans.models.letters import Letter, LetterQuerySet, Referral, ReferralQuerySet, ReferralStep
from plans.models.plans import Goal, NoCourse, Plan, PlanQuerySet
from plans.models.protocols import ProtocolStep, ProtocolVersion, ProtocolVersionQuerySet
from plans.models.replays import MovedIntake, MovedIntakeQuerySet, Replay, ReplayQuerySet
from plans.models.revisions import Deviation, PlannedSession, PlanRevision, PlanRevisionQuerySet, PlanToReview
from plans.models.suggestions import Suggestion

__all__ = [
    "Deviation",
    "FollowUp",
    "Goal",
    "Letter",
    "LetterQuerySet",
    "MovedIntake",
    "MovedIntakeQuerySet",
    "NoCourse",
    "OpenIntake",
    "OpenIntakeQuerySet",
    "PatientAlarm",
    "PatientAlarmQuerySet",
    "Plan",
    "PlanQuerySet",
    "PlanRevision",
    "PlanRevisionQuerySet",
    "PlanToReview",
    "PlannedSession",
    "ProtocolCase",
    "ProtocolCaseQuerySet",
    "ProtocolStep",
    "ProtocolVersion",
    "ProtocolVersionQuerySet",
    "Referral",
    "ReferralQuerySet",
    "ReferralStep",
    "Replay",
    "ReplayQuerySet",
    "Suggestion",
]
