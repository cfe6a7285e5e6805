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
    """The drafts, held intakes and plans of this person; nothing for who reads no clinical content."""
    own = Intake.objects.visible_to(staff).with_patient().filter(author=staff)
    plans = Plan.objects.visible_to(staff).as_lines().filter(author=staff)
    returned = plans.filter(current_revision__review="returned", life__in=["draft", "active", "paused"])
    undecided = undecided_intakes(staff)
    return {
        "drafts": own.drafts().order_by("-started_at")[:20],
        "unanswered": [row["intake"] for row in undecided if row["unanswered"]],
        "undecided": [row["intake"] for row in undecided if not row["unanswered"]],
        "returned": returned.with_review()[:20],
        "waiting": plans.filter(life="draft").exclude(current_revision__review="returned")[:20],
        "active": plans.filter(life__in=["active", "paused"])[:20],
    }
