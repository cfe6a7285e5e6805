"""Today: what waits for this person, an open red flag first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from intake.models import Intake
from plans.models import Plan
from plans.reading import undecided_intakes
from practice.access import requires
from practice.domain.grants import Act
from practice.models import Staff


@requires(Act.SEE_TODAY)
def today(request: HttpRequest) -> HttpResponse:
    """What holds treatment and waits for a contact first, then unfinished work and what asks for attention."""
    context = {"now": timezone.localtime(), **_clinical_work(request.user)}
    return render(request, "plans/today.html", context)


def _clinical_work(staff: Staff) -> dict[str, object]:
    """The drafts, held intakes and plans of this person; nothing for who records no intakes."""
    if not staff.may(Act.RECORD_INTAKE):
        return {}
    own = Intake.objects.visible_to(staff).filter(author=staff)
    plans = Plan.objects.visible_to(staff).with_review().filter(author=staff, life__in=["draft", "active", "paused"])
    returned = [plan for plan in plans if plan.is_returned]
    undecided = undecided_intakes(staff)
    return {
        "drafts": own.drafts().to_continue().order_by("-started_at")[:20],
        "unanswered": [row["intake"] for row in undecided if row["unanswered"]],
        "undecided": [row["intake"] for row in undecided if not row["unanswered"]],
        "returned": returned[:20],
        "waiting": [plan for plan in plans if plan.life == "draft" and plan not in returned][:20],
        "active": [plan for plan in plans if plan.life != "draft"][:20],
    }
