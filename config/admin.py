"""The admin site: the managers' back office. Rights come from the same table of grants as the screens'.

Its index begins with the worklist: what asks for a decision or for attention, in numbers that lead to lists.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import Count, F, Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patients.models import Episode
from plans.domain.progress import Progress
from plans.models import OpenIntake, Plan, PlanRevision
from practice.access import Denied, deny, requires
from practice.domain.grants import Act
from practice.models import Staff
from scheduling.models import PlanToSchedule

View = Callable[..., HttpResponse]
Rows = Callable[[Staff, dt.datetime], QuerySet]
EXPIRES_WITHIN = dt.timedelta(days=14)
NAMED_OWNERS = 2  # so many people are named behind a number; more are counted


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work that waits: which rows, since when, with whom, and the list that shows them.

    `rows` gives them for a person at a moment. `since` is the field with the moment from which a row waits and `owner`
    the one with the name of whose turn it is. An app that lies above adds its own to `WORKLIST`.
    """

    label: str | Promise
    act: Act
    rows: Rows
    since: str
    owner: str
    table: str
    query: Callable[[dt.datetime], dict[str, str]] = field(default=lambda _now: {})
    decides: bool = False
    starts: bool = False

    def address(self, now: dt.datetime) -> str:
        """The list of these rows."""
        query = urlencode(self.query(now))
        return reverse(f"admin:{self.table}_changelist") + (f"?{query}" if query else "")

    def tally(self, staff: Staff, now: dt.datetime) -> "Tally":
        """How many there are for this person, since when, and with whom."""
        rows = self.rows(staff, now).order_by().values(owned_by=F(self.owner))
        groups = list(rows.annotate(rows=Count("pk"), oldest=Min(self.since)).order_by("oldest"))
        return Tally(
            work=self,
            url=self.address(now),
            count=sum(group["rows"] for group in groups),
            waited=_waited(groups[0]["oldest"], now) if groups else None,
            owners=tuple(group["owned_by"] for group in groups),
            start=self._start(staff, now) if groups and self.starts else "",
        )

    def _start(self, staff: Staff, now: dt.datetime) -> str:
        """The page of the row whose turn it is."""
        first = self.rows(staff, now).values_list("pk", flat=True).first()
        return reverse(f"admin:{self.table}_change", args=[first]) if first else ""


@dataclass(frozen=True, slots=True)
class Tally:
    """A number on the worklist; `start` is where the first of it is dealt with."""

    work: Work
    url: str
    count: int
    waited: dt.timedelta | None
    owners: tuple[str, ...]
    start: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """The owners that are named."""
        return self.owners[:NAMED_OWNERS]

    @property
    def unnamed(self) -> int:
        """How many more owners there are."""
        return len(self.owners) - len(self.named)


def _waited(since: dt.datetime | dt.date, now: dt.datetime) -> dt.timedelta | None:
    """How long ago that was; None for what is still to come."""
    if isinstance(since, dt.datetime):
        return now - since
    days = timezone.localdate(now) - since
    return days if days >= dt.timedelta(0) else None


def _expiring(staff: Staff, now: dt.datetime) -> QuerySet[Episode]:
    episodes = Episode.objects.visible_to(staff).open()
    return episodes.filter(referral_valid_until__lte=timezone.localdate(now) + EXPIRES_WITHIN)


WORKLIST: list[Work] = [
    Work(
        label=_("Niet-pluis or urgent flag without a recorded contact"),
        act=Act.REVIEW_PLAN,
        rows=lambda staff, _now: OpenIntake.objects.overseen_by(staff).unanswered(),
        since="completed_at",
        owner="author__name",
        table="plans_openintake",
        query=lambda _now: {"what": "unanswered"},
        decides=True,
    ),
    Work(
        label=_("Plans to review"),
        act=Act.REVIEW_PLAN,
        rows=lambda staff, _now: PlanRevision.objects.visible_to(staff).to_review(),
        since="made_at",
        owner="author__name",
        table="plans_plantoreview",
        decides=True,
        starts=True,
    ),
    Work(
        label=_("Returned, not changed yet"),
        act=Act.REVIEW_PLAN,
        rows=lambda staff, _now: PlanRevision.objects.visible_to(staff).returned(),
        since="reviewed_at",
        owner="author__name",
        table="plans_plantoreview",
        query=lambda _now: {"state": "returned"},
        decides=True,
    ),
    Work(
        label=_("Halfway without a relevant change"),
        act=Act.REVIEW_PLAN,
        rows=lambda staff, now: Plan.objects.visible_to(staff).halfway_with((Progress.NO_CHANGE, Progress.WORSE), now),
        since="activated_at",
        owner="author__name",
        table="plans_plan",
        query=lambda _now: {"watch": "no_change"},
    ),
    Work(
        label=_("Halfway, not measured since the intake"),
        act=Act.REVIEW_PLAN,
        rows=lambda staff, now: Plan.objects.visible_to(staff).halfway_with((Progress.NOT_MEASURED,), now),
        since="activated_at",
        owner="author__name",
        table="plans_plan",
        query=lambda _now: {"watch": "unmeasured"},
    ),
    Work(
        label=_("Final evaluation late"),
        act=Act.REVIEW_PLAN,
        rows=lambda staff, now: Plan.objects.visible_to(staff).evaluation_late(now),
        since="activated_at",
        owner="author__name",
        table="plans_plan",
        query=lambda _now: {"watch": "late"},
    ),
    Work(
        label=_("Sessions without a place in the agenda"),
        act=Act.REVIEW_PLAN,
        rows=lambda staff, _now: PlanToSchedule.objects.visible_to(staff).lacking_visits(),
        since="activated_at",
        owner="author__name",
        table="scheduling_plantoschedule",
    ),
    Work(
        label=_("Draft intakes older than 24 hours"),
        act=Act.REVIEW_PLAN,
        rows=lambda staff, now: OpenIntake.objects.overseen_by(staff).stale_drafts(now),
        since="started_at",
        owner="author__name",
        table="plans_openintake",
        query=lambda _now: {"what": "drafts"},
    ),
    Work(
        label=_("Referrals that expire within two weeks"),
        act=Act.REVIEW_PLAN,
        rows=_expiring,
        since="referral_valid_until",
        owner="practitioner__staff__name",
        table="patients_episode",
        query=lambda now: {
            "closed_on__isnull": "True",
            "referral_valid_until__lte": f"{timezone.localdate(now) + EXPIRES_WITHIN}",
        },
    ),
]


def worklist(staff: Staff, now: dt.datetime) -> dict[str, Any]:
    """What waits for this person, in two groups, and what is in order: the kinds of work of which there is none."""
    tallies = list(_tallies(staff, now))
    waiting = [tally for tally in tallies if tally.count]
    return {
        "decide": [tally for tally in waiting if tally.work.decides],
        "attend": [tally for tally in waiting if not tally.work.decides],
        "in_order": [tally for tally in tallies if not tally.count],
    }


def _tallies(staff: Staff, now: dt.datetime) -> Iterator[Tally]:
    for work in WORKLIST:
        if staff.may(work.act):
            yield work.tally(staff, now)


class TrajectAdminSite(AdminSite):
    """Django's admin for the people who are granted it, behind the same doors as every screen."""

    site_header = _("Traject management")
    site_title = _("Traject management")
    index_title = _("Management")
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person may open the admin at all."""
        return request.user.is_authenticated and request.user.may(Act.OPEN_ADMIN)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Put the door of the admin before a view: sign in first, and a refusal is logged."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def noted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            try:
                return inner(request, *args, **kwargs)
            except Denied:
                raise
            except PermissionDenied:
                deny(request, Act.OPEN_ADMIN)

        door = requires(Act.OPEN_ADMIN)(noted)
        door.required_act = getattr(view, "required_act", Act.OPEN_ADMIN)
        return door

    def register(self, model_or_iterable: object, admin_class: type | None = None, **options: object) -> None:
        """Show a table whose rights come from the table of grants; tables of packages have none and stay away."""
        if hasattr(admin_class, "acts"):
            super().register(model_or_iterable, admin_class, **options)
        elif admin_class is None or not admin_class.__module__.startswith(("django.", "django_tasks_db.")):
            raise ImproperlyConfigured(f"{admin_class} has no grants: build it on practice.admin.GrantedAdmin.")

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """The worklist, then every table."""
        found = worklist(request.user, timezone.now())
        return super().index(request, {**(extra_context or {}), "worklist": found if any(found.values()) else None})

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Nobody signs in here: there is one way in."""
        return redirect("sign_in")

    def logout(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Sign out as on every screen."""
        return redirect("sign_out", preserve_request=True)

    def password_change(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Change one's password as on every screen."""
        return redirect("change_password")

    def password_change_done(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Nobody comes here after changing it: one's own account says that it was changed."""
        return redirect("profile")
