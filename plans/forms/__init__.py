"""The shape of what suggestions, plans, referrals and letters take in."""

from plans.forms.adoption import AdoptionForm, PlanForm, RevisionForm
from plans.forms.small import (
    AlarmContactForm,
    CompletionReasonForm,
    EndForm,
    FollowUpForm,
    LetterForm,
    NoCourseForm,
    ReferralStepForm,
    ReviewForm,
)

__all__ = [
    "AdoptionForm",
    "AlarmContactForm",
    "CompletionReasonForm",
    "EndForm",
    "FollowUpForm",
    "LetterForm",
    "NoCourseForm",
    "PlanForm",
    "ReferralStepForm",
    "ReviewForm",
    "RevisionForm",
]
