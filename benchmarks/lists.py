"""The lists of the back office with a few full pages of plans, and with 20,000: they are to open as fast.

A hundred wait for a review each time, the others are over. Each list is the first page of what its manager sees, in
processor time of one process, the median of 30 requests. What counts is how many times as long it takes with all of
them; a fifth of that is left to noise.
"""

import io
import uuid
from collections.abc import Iterator
from statistics import median
from time import process_time

from django.conf import settings
from django.core.management import call_command
from django.db.models import OuterRef, Subquery
from django.test import Client, override_settings
from django.utils import timezone

from benchmarks.figures import Figure
from plans.models import Plan, PlanRevision
from practice.models import Staff

FEW, MANY, WAITING = 200, 20_000, 100  # plans
REQUESTS, WARM_UP = 30, 3
TIMES = 1.2
LISTS = {
    "the work of a manager": "/admin/",
    "plans to review": "/admin/plans/plantoreview/",
    "approved plans": "/admin/plans/plantoreview/?state=approved",
    "treatment plans": "/admin/plans/plan/",
}


def measure(seed: int) -> Iterator[Figure]:
    """Milliseconds of each list before and after, and the ratio of the two."""
    with override_settings(DEMO=True):
        for command in ("migrate", "load_content", "load_demo"):
            call_command(command, verbosity=0, stdout=io.StringIO())
        add_plans(WAITING, wait=True)
        add_plans(FEW - WAITING, wait=False)
        few = taken_by_each()
        add_plans(MANY - FEW, wait=False)
        many = taken_by_each()
    for name in LISTS:
        yield Figure(f"{name}, {FEW} plans", few[name], "ms", None, "lower")
        yield Figure(f"{name}, {MANY:,} plans", many[name], "ms", None, "lower")
        yield Figure(f"{name}, so many times as long", many[name] / few[name], "times", TIMES, "lower")


def taken_by_each() -> dict[str, float]:
    """The milliseconds of each list for the manager of the demo."""
    client = Client(SERVER_NAME="localhost")
    manager = Staff.objects.get(email="marieke@traject.example")
    client.force_login(manager, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return {name: milliseconds(client, address) for name, address in LISTS.items()}


def milliseconds(client: Client, address: str) -> float:
    """The processor time of one request."""
    taken = []
    for _ in range(WARM_UP + REQUESTS):
        began = process_time()
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}")
        taken.append((process_time() - began) * 1000)
    return median(taken[WARM_UP:])


def add_plans(count: int, *, wait: bool) -> None:
    """Copies of plans: drafts that wait for a review, or plans that are over."""
    originals = list(Plan.objects.select_related("current_revision")[:20])
    plans, revisions = [], []
    for number in range(count):
        original = originals[number % len(originals)]
        plan, revision = copied(original, waits=wait)
        plans.append(plan)
        revisions.append(revision)
    Plan.objects.bulk_create(plans, batch_size=500)
    PlanRevision.objects.bulk_create(revisions, batch_size=500)
    only = PlanRevision.objects.filter(plan=OuterRef("pk")).values("pk")
    Plan.objects.filter(current_revision=None).update(current_revision=Subquery(only))


def copied(original: Plan, *, waits: bool) -> tuple[Plan, PlanRevision]:
    """A plan like another one, with one revision."""
    plan = Plan(**{field.attname: getattr(original, field.attname) for field in Plan._meta.concrete_fields})
    now = timezone.now()
    plan.pk, plan.current_revision_id, plan.paused_at = uuid.uuid4(), None, None
    plan.life = "draft" if waits else "completed"
    plan.activated_at = plan.counted_from = None if waits else plan.created_at
    plan.ended_at = None if waits else now
    found = original.current_revision
    revision = PlanRevision(**{field.attname: getattr(found, field.attname) for field in found._meta.concrete_fields})
    revision.pk, revision.plan, revision.number = None, plan, 1
    revision.review = "submitted" if waits else "approved"
    revision.reviewed_by_id, revision.reviewed_at = (None, None) if waits else (other_than(revision), now)
    return plan, revision


def other_than(revision: PlanRevision) -> object:
    """Somebody who did not write it."""
    return Staff.objects.exclude(pk=revision.author_id).values_list("pk", flat=True).first()
