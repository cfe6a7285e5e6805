"""The lives of plans, reviews, referrals and protocols: from each state those that may follow. Each has its row."""

from collections.abc import Mapping
from enum import StrEnum


class PlanLife(StrEnum):
    """Where a plan is in its life."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    STOPPED = "stopped"


class Review(StrEnum):
    """Where the review of one revision of a plan stands."""

    NONE = "none"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"


class ProtocolLife(StrEnum):
    """Where one version of a protocol is in its life. A draft that is set aside is retired without having been used."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    RETIRED = "retired"


class ReferralStatus(StrEnum):
    """Where a referral stands."""

    DRAFTED = "drafted"
    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SCHEDULED = "scheduled"
    REPORTED = "reported"
    CLOSED = "closed"


PLAN_TRANSITIONS: Mapping[PlanLife, frozenset[PlanLife]] = {
    PlanLife.DRAFT: frozenset({PlanLife.ACTIVE, PlanLife.STOPPED}),
    PlanLife.ACTIVE: frozenset({PlanLife.PAUSED, PlanLife.COMPLETED, PlanLife.STOPPED}),
    PlanLife.PAUSED: frozenset({PlanLife.ACTIVE, PlanLife.COMPLETED, PlanLife.STOPPED}),
    PlanLife.COMPLETED: frozenset(),
    PlanLife.STOPPED: frozenset(),
}

REVIEW_TRANSITIONS: Mapping[Review, frozenset[Review]] = {
    Review.NONE: frozenset({Review.SUBMITTED}),
    Review.SUBMITTED: frozenset({Review.APPROVED, Review.RETURNED}),
    Review.APPROVED: frozenset(),
    Review.RETURNED: frozenset(),
}

REFERRAL_TRANSITIONS: Mapping[ReferralStatus, frozenset[ReferralStatus]] = {
    ReferralStatus.DRAFTED: frozenset({ReferralStatus.SENT, ReferralStatus.CLOSED}),
    ReferralStatus.SENT: frozenset(
        {ReferralStatus.RECEIVED, ReferralStatus.ACCEPTED, ReferralStatus.DECLINED, ReferralStatus.CLOSED}
    ),
    ReferralStatus.RECEIVED: frozenset({ReferralStatus.ACCEPTED, ReferralStatus.DECLINED, ReferralStatus.CLOSED}),
    ReferralStatus.ACCEPTED: frozenset({ReferralStatus.SCHEDULED, ReferralStatus.REPORTED, ReferralStatus.CLOSED}),
    ReferralStatus.SCHEDULED: frozenset({ReferralStatus.REPORTED, ReferralStatus.CLOSED}),
    ReferralStatus.REPORTED: frozenset({ReferralStatus.CLOSED}),
    ReferralStatus.DECLINED: frozenset({ReferralStatus.CLOSED}),
    ReferralStatus.CLOSED: frozenset(),
}

PROTOCOL_TRANSITIONS: Mapping[ProtocolLife, frozenset[ProtocolLife]] = {
    ProtocolLife.DRAFT: frozenset({ProtocolLife.IN_REVIEW, ProtocolLife.RETIRED}),
    ProtocolLife.IN_REVIEW: frozenset({ProtocolLife.DRAFT, ProtocolLife.PUBLISHED}),
    ProtocolLife.PUBLISHED: frozenset({ProtocolLife.RETIRED}),
    ProtocolLife.RETIRED: frozenset(),
}
