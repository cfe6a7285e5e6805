"""Quality of care per therapist, template or quarter, added up in the database; too small numbers are not shown."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, TruncQuarter
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.domain.instruments import Direction, Score, Threshold, ThresholdKind
from intake.models import Measurement, QuestionnaireVersion
from plans.admin.saying import said
from plans.domain.quality import SMALLEST, Group, Share
from plans.models import Deviation, Plan, Referral

PERIODS = {"4": gettext_lazy("the last 4 quarters"), "8": gettext_lazy("the last 8 quarters"), "": gettext_lazy("ever")}
QUARTER = dt.timedelta(days=91)


def _quarter(plan: Mapping[str, Any]) -> str:
    start = timezone.localtime(plan["key"])
    return _("%(year)s, quarter %(quarter)s") % {"year": start.year, "quarter": (start.month + 2) // 3}


# What plans are grouped by: the expression, what else is needed to name a group, and its name.
GROUPED: dict[str, tuple[Combinable, tuple[str, ...], Callable[[Mapping[str, Any]], str]]] = {
    "therapist": (F("author_id"), ("author__name",), lambda row: row["author__name"]),
    "template": (F("template"), ("title",), lambda row: said(row["title"])),
    "quarter": (TruncQuarter("created_at"), (), _quarter),
}
HEADS = {
    "therapist": gettext_lazy("therapist"),
    "template": gettext_lazy("template"),
    "quarter": gettext_lazy("quarter"),
}


def groups_of(plans: QuerySet[Plan], by: str) -> list[Group]:
    """The figures of these plans in groups, the largest first; quarters with the newest first. Three queries."""
    key, naming, name = GROUPED[by]
    keyed = plans.order_by().annotate(key=key)
    reasons, outcomes = _reasons(keyed), _outcomes(keyed)
    rows = _totals(keyed, naming)
    groups = [
        Group(
            key=str(row["key"]),
            name=name(row),
            **{figure: row[figure] for figure in ("plans", "as_template", "stopped", "ended", "referred", "sessions")},
            reasons=reasons.get(row["key"], {}),
            **outcomes.get(row["key"], {}),
        )
        for row in rows
    ]
    return sorted(groups, key=(lambda one: one.key) if by == "quarter" else (lambda one: one.plans), reverse=True)


def _totals(keyed: QuerySet[Plan], naming: tuple[str, ...]) -> Iterable[dict[str, Any]]:
    deviates = Exists(Deviation.objects.filter(revision=OuterRef("current_revision_id")))
    referred = Exists(Referral.objects.filter(intake=OuterRef("intake_id")))
    rows = keyed.annotate(deviates=deviates, was_referred=referred).values("key", *naming)
    return rows.annotate(
        plans=Count("pk"),
        as_template=Count("pk", filter=Q(deviates=False)),
        stopped=Count("pk", filter=Q(life="stopped")),
        ended=Count("pk", filter=Q(life__in=["completed", "stopped"])),
        referred=Count("pk", filter=Q(was_referred=True)),
        sessions=Sum("current_revision__sessions", default=0),
    )


def _reasons(keyed: QuerySet[Plan]) -> dict[object, dict[str, int]]:
    """For each group how many plans deviate for each reason."""
    words = dict(Deviation._meta.get_field("reason").flatchoices)
    rows = keyed.filter(current_revision__deviations__isnull=False).values(
        "key", "current_revision__deviations__reason"
    )
    found: dict[object, dict[str, int]] = defaultdict(dict)
    for row in rows.annotate(plans=Count("pk", distinct=True)):
        found[row["key"]][str(words[row["current_revision__deviations__reason"]])] = row["plans"]
    return found


def _outcomes(keyed: QuerySet[Plan]) -> dict[object, dict[str, int]]:
    """For each group how many patients were measured again, and how many improved by as much as matters on a score."""
    scores = _scores()
    if not scores:
        return {}
    later = Measurement.objects.filter(episode=OuterRef("episode_id")).exclude(moment="intake")
    rows = keyed.filter(Exists(later))
    for index, (instrument, _direction, score) in enumerate(scores):
        of_score = Measurement.objects.filter(episode=OuterRef("episode_id"), instrument=instrument)
        rows = rows.annotate(
            **{
                f"before_{index}": _value(of_score.filter(moment="intake").order_by("taken_on"), score),
                f"after_{index}": _value(of_score.exclude(moment="intake").order_by("-taken_on"), score),
            }
        )
    numbered = list(enumerate(scores))
    compared = [Q(**{f"before_{n}__isnull": False, f"after_{n}__isnull": False}) for n, _score in numbered]
    improved = [_improved(n, direction, score) for n, (_instrument, direction, score) in numbered]
    counted = rows.values("key").annotate(
        compared=Count("pk", filter=reduce(or_, compared)), improved=Count("pk", filter=reduce(or_, improved))
    )
    return {row["key"]: {"compared": row["compared"], "improved": row["improved"]} for row in counted}


def _scores() -> list[tuple[str, Direction, Score]]:
    """Every score of which is known what change matters, of the questionnaires in use."""
    found = {
        score.code: (instrument.code, instrument.direction, score)
        for version in QuestionnaireVersion.objects.published()
        for instrument in version.questionnaire.instruments
        for score in instrument.scores
        if score.relevant_change
    }
    return [found[code] for code in sorted(found)]


def _value(measured: QuerySet[Measurement], score: Score) -> Subquery:
    """The value of a score in the first of these measurements."""
    valued = measured.annotate(value=Cast(KT(f"scores__{score.code}"), FloatField()))
    return Subquery(valued.values("value")[:1])


def _improved(n: int, direction: Direction, score: Score) -> Q:
    """Whether score `n` changed for the better by one of its thresholds."""
    return reduce(or_, (_reached(n, direction, threshold) for threshold in score.relevant_change))


def _reached(n: int, direction: Direction, threshold: Threshold) -> Q:
    before, lower = F(f"before_{n}"), direction is Direction.LOWER_IS_BETTER
    if threshold.kind is ThresholdKind.ABSOLUTE:
        return Q(
            **(
                {f"after_{n}__lte": before - threshold.value}
                if lower
                else {f"after_{n}__gte": before + threshold.value}
            )
        )
    share = threshold.value / 100
    changed = {f"after_{n}__lte": before * (1 - share)} if lower else {f"after_{n}__gte": before * (1 + share)}
    return Q(**changed, **{f"before_{n}__gt": 0})


def overview(request: HttpRequest) -> dict[str, Any]:
    """What the page shows: the groups, by what they are grouped, and of which time."""
    by = request.GET.get("by", "")
    by = by if by in GROUPED else "therapist"
    period = request.GET.get("period", "4")
    period = period if period in PERIODS else "4"
    plans = Plan.objects.visible_to(request.user)
    if period:
        plans = plans.filter(created_at__gte=timezone.now() - int(period) * QUARTER)
    return {
        "by": by,
        "period": period,
        "groups": groups_of(plans, by),
        "head": HEADS[by],
        "heads": HEADS,
        "periods": PERIODS,
        "smallest": SMALLEST,
    }


def sheet_of(groups: Iterable[Group], head: str) -> tuple[list[str], list[list[object]]]:
    """The same figures as rows of a spreadsheet; what is not shown is said so."""
    heads = [
        str(head),
        _("plans"),
        _("as the template (%)"),
        _("main reasons for deviating"),
        _("sessions per plan"),
        _("relevant improvement (%)"),
        _("measured again"),
        _("stopped (%)"),
        _("referred (%)"),
    ]
    return heads, [_line(group) for group in groups]


def _line(group: Group) -> list[object]:
    few = _("fewer than %(n)s") % {"n": SMALLEST}

    def percent(share: Share) -> object:
        return share.percent if share.is_shown else few

    return [
        group.name,
        group.plans if group.is_shown else few,
        percent(group.kept),
        "; ".join(f"{reason} ({n})" for reason, n in group.main_reasons),
        group.sessions_per_plan if group.is_shown else few,
        percent(group.better),
        group.compared if group.better.is_shown else few,
        percent(group.dropped_out),
        percent(group.referrals),
    ]
