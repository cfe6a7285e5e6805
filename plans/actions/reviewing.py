"""The review of plans: whose turn it is, and what the reviewer decides."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from patients.policies import Refused
from plans.actions.writing import log
from plans.domain.review import Brief, brief_of, review_due, risk_of
from plans.models import Plan, PlanRevision
from plans.policies import check_review, contacted_matters
from practice.models import Staff


def brief_for(plan: Plan) -> dict[str, Any]:
    """What a list of plans says of the suggestion and the intake that this plan came from."""
    return brief_of(plan.suggestion.trace, plan.intake.completeness())


def put_in_line(revision: PlanRevision, brief: Brief, deviations: int) -> None:
    """Give a revision its turn among those that wait for review."""
    risk = risk_of(brief, deviations, contacted_matters(revision.plan.intake))
    revision.brief, revision.risk, revision.due_at = brief, risk, review_due(revision.made_at, risk)
    revision.save(update_fields=["brief", "risk", "due_at"])


@transaction.atomic
def review(
    *,
    revision: PlanRevision,
    to: str,
    by: Staff,
    now: dt.datetime,
    comment: str = "",
    self_approved_because: str = "",
    managers: int,
) -> None:
    """Approve a revision or return it with a comment. `managers` is how many managers the practice has now."""
    revision = PlanRevision.objects.select_for_update().select_related("plan__intake__episode").get(pk=revision.pk)
    check_review(revision, by, to, self_approved_because=self_approved_because, managers=managers)
    if to == "returned" and not comment.strip():
        raise Refused(_("Write what should change: the author sees it."))
    revision.review, revision.reviewed_by, revision.reviewed_at = to, by, now
    revision.review_comment = comment.strip()
    revision.self_approved_because = self_approved_because.strip()
    revision.save()
    log(revision.plan.intake, revision.plan, by=by, event=f"plan_{to}", action="U", now=now)
