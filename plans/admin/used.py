"""What became of a rule in this practice, from the suggestions, plans and contacts that are kept."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from plans.domain.protocol import Rule
from plans.domain.use import Sequel, Use, sequel_techniques, use_of
from plans.models import Deviation, FollowUp, NoCourse, Plan, ProtocolVersion, Referral, Suggestion

LATEST = 200  # suggestions that are looked at, whatever the size of the practice
SHOWN = 5  # explanations


def rule_use(version: ProtocolVersion, rule: Rule) -> Use:
    """How often a rule fired in the latest suggestions of its protocol, in any version, and what became of it."""
    of_protocol = Suggestion.objects.filter(protocol_version__code=version.code)
    suggestions = list(of_protocol.select_related("intake").only("trace", "intake__completed_with_reason")[:LATEST])
    sequels = _sequels(suggestions)
    use = use_of(rule, ((suggestion.trace, sequels[suggestion.pk]) for suggestion in suggestions))
    del use.explanations[SHOWN:]
    return use


def _sequels(suggestions: Iterable[Suggestion]) -> dict[Any, Sequel]:
    """What was done after each suggestion, in a fixed number of queries."""
    by_pk = {suggestion.pk: suggestion for suggestion in suggestions}
    plans = {
        plan.suggestion_id: plan
        for plan in Plan.objects.filter(suggestion__in=by_pk).select_related("current_revision").order_by("created_at")
    }
    deviations = defaultdict(list)
    revisions = [plan.current_revision_id for plan in plans.values()]
    for deviation in Deviation.objects.filter(revision__in=revisions):
        deviations[deviation.revision_id].append((deviation.what, deviation.reason, deviation.explanation))
    contacted = defaultdict(set)
    intakes = {suggestion.intake_id for suggestion in by_pk.values()}
    for intake, flags in FollowUp.objects.filter(intake__in=intakes).values_list("intake", "flags"):
        contacted[intake].update(flags)
    referred = defaultdict(set)
    for suggestion, discipline in Referral.objects.filter(suggestion__in=by_pk).values_list("suggestion", "discipline"):
        referred[suggestion].add(discipline)
    without = set(NoCourse.objects.filter(suggestion__in=by_pk).values_list("suggestion", flat=True))
    return {
        pk: _sequel(
            plans.get(pk),
            deviations,
            contacted=frozenset(contacted[one.intake_id]),
            referred=frozenset(referred[pk]),
            ended_without=pk in without,
            went_on_because=one.intake.completed_with_reason,
        )
        for pk, one in by_pk.items()
    }


def _sequel(plan: Plan | None, deviations: Any, **rest: Any) -> Sequel:
    if plan is None or plan.current_revision is None:
        return Sequel(**rest)
    return Sequel(
        template=plan.template,
        techniques=sequel_techniques(plan.current_revision.content),
        deviations=tuple(deviations[plan.current_revision_id]),
        **rest,
    )
