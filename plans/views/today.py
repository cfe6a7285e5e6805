"""Today: what waits for this person, drafts first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from intake.models import Intake
from plans.models import Plan
from practice.access import requires
from practice.domain.grants import Act
from practice.models import Staff


@requires(Act.SEE_TODAY)
def today(request: HttpRequest) -> HttpResponse:
    """Unfinished work first, then what asks for attention."""
    context = {"now": timezone.localtime(), **_clinical_work(request.user)}
    return render(request, "plans/today.html", context)


def _clinical_work(staff: Staff) -> dict[str, object]:
    """The drafts, held intakes and plans of this person; nothing for who reads no clinical content."""
    own = Intake.objects.visible_to(staff).with_patient().filter(author=staff)
    plans = Plan.objects.visible_to(staff).with_patient().filter(author=staff)
    completed = own.filter(status="completed", plans__isnull=True, no_course__isnull=True, episode__closed_on=None)
    return {
        "drafts": own.drafts().order_by("-started_at")[:20],
        "undecided": completed.order_by("-completed_at")[:20],
        "returned": plans.filter(current_revision__review="returned", life__in=["draft", "active", "paused"])[:20],
        "waiting": plans.filter(life="draft")[:20],
        "active": plans.filter(life__in=["active", "paused"])[:20],
    }
