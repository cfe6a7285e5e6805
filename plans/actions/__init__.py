"""Every write on suggestions, plans, referrals and letters. Protocols in the making: `governing` and `replaying`."""

from plans.actions.adopting import (
    DeviationsWithoutReason,
    GoalChoice,
    PlanChoice,
    StalePlan,
    adopt,
    end_without_course,
    revise,
)
from plans.actions.attention import (
    hand_in_prepared,
    raise_alarm_if_due,
    record_alarm_contact,
    record_follow_up,
    save_prepared_page,
)
from plans.actions.letters import change_letter, draft_referral, sign_letter, step_referral
from plans.actions.lifecycle import activate, end, pause
from plans.actions.publishing import publish_protocol, sign_protocol
from plans.actions.reviewing import review
from plans.actions.suggesting import (
    OpenFlags,
    complete_intake,
    latest_suggestion,
    preview,
    protocol_for,
    regions_with_rules,
    suggest_again,
)

__all__ = [
    "DeviationsWithoutReason",
    "GoalChoice",
    "OpenFlags",
    "PlanChoice",
    "StalePlan",
    "activate",
    "adopt",
    "change_letter",
    "complete_intake",
    "draft_referral",
    "end",
    "end_without_course",
    "hand_in_prepared",
    "latest_suggestion",
    "pause",
    "preview",
    "protocol_for",
    "publish_protocol",
    "raise_alarm_if_due",
    "record_alarm_contact",
    "record_follow_up",
    "regions_with_rules",
    "review",
    "revise",
    "save_prepared_page",
    "sign_letter",
    "sign_protocol",
    "step_referral",
    "suggest_again",
]
