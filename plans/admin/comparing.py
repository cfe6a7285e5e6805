"""What a reviewer reads of one plan: where it differs and why, what drove it, its flags, its history. Reads only."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from intake.domain.phrases import finding_in_words
from plans.domain.plan import Difference, PhaseChoice, changes, choices_in, differences, template_choices
from plans.domain.review import ROUTINE, Brief, Wait, wait_of
from plans.models import Deviation, FollowUp, Goal, Plan, PlanRevision
from plans.reading import SuggestionReading, deviation_name, deviation_value, hold_sentences, language, said
from plans.reading.plans import REVIEW_TONES
from practice.templatetags.components import duration

WAIT_TONES = {Wait.FINE: "quiet", Wait.LATE: "warning", Wait.TOO_LATE: "danger"}
POINTS = ("weeks", "sessions_per_week", "techniques", "exercises")


@dataclass(frozen=True, slots=True)
class Row:
    """One point of a plan beside its template."""

    what: str
    template_value: str
    plan_value: str
    reason: str = ""
    explanation: str = ""
    added: str = ""
    dropped: str = ""


def differing_rows(revision: PlanRevision) -> list[Row]:
    """Every point on which the revision differs from its template, each with the author's reason."""
    rows = [_deviation_row(deviation, revision.plan) for deviation in revision.deviations.all()]
    if revision.extended_because:
        length = _("%(weeks)s weeks") % {"weeks": revision.weeks}
        rows.append(Row(_("Length"), _("at most 8 weeks"), length, _("extended"), revision.extended_because))
    return rows


def _deviation_row(deviation: Deviation, plan: Plan) -> Row:
    row = Row(
        deviation_name(deviation.what, plan),
        deviation_value(deviation.template_value, plan),
        deviation_value(deviation.plan_value, plan),
        deviation.get_reason_display(),
        deviation.explanation,
    )
    before, after = deviation.template_value, deviation.plan_value
    if not isinstance(before, list) or not isinstance(after, list):
        return row
    added, dropped = [code for code in after if code not in before], [code for code in before if code not in after]
    return replace(
        row,
        added=deviation_value(added, plan) if added else "",
        dropped=deviation_value(dropped, plan) if dropped else "",
    )


def equal_rows(revision: PlanRevision) -> list[Row]:
    """Every point on which the revision is as its template."""
    plan = revision.plan
    template = plan.plan_template
    chosen = choices_in(revision.content, template)
    differing = {difference.what for difference in differences(template, chosen, revision.session_minutes)}
    return [
        Row(deviation_name(what, plan), deviation_value(value, plan), deviation_value(value, plan))
        for what, value in _points(template_choices(template), template.session_minutes, differing)
    ]


def _points(choices: tuple[PhaseChoice, ...], minutes: int, differing: set[str]) -> Iterator[tuple[str, Any]]:
    """The points of a template that do not differ, by key, with their value."""
    for choice in choices:
        if f"{choice.code}.left_out" in differing:
            continue
        for point in POINTS:
            if f"{choice.code}.{point}" not in differing:
                yield f"{choice.code}.{point}", getattr(choice, point)
    if "session_minutes" not in differing:
        yield "session_minutes", minutes


def changed_rows(before: PlanRevision, after: PlanRevision) -> list[Row]:
    """What changed between two revisions of one plan: the earlier one in the place of the template."""
    plan = after.plan
    template = plan.plan_template
    found = list(changes(choices_in(before.content, template), choices_in(after.content, template)))
    if before.session_minutes != after.session_minutes:
        found.append(Difference("session_minutes", before.session_minutes, after.session_minutes))
    reasons = {deviation.what: deviation for deviation in after.deviations.all()}
    return [_changed_row(one, plan, reasons.get(one.what)) for one in found]


def _changed_row(one: Difference, plan: Plan, deviation: Deviation | None) -> Row:
    return Row(
        deviation_name(one.what, plan),
        deviation_value(one.template_value, plan),
        deviation_value(one.plan_value, plan),
        deviation.get_reason_display() if deviation else _("as the template"),
        deviation.explanation if deviation else "",
    )


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A red flag, or another matter, with what was done about it."""

    label: str
    urgency: str
    contact: FollowUp | None

    @property
    def state(self) -> str:
        """What was done about it, in words."""
        if self.contact:
            return _("followed up")
        return _("stays open, asked again at each evaluation") if self.urgency == ROUTINE else _("no follow-up")

    @property
    def in_short(self) -> str:
        """The same in a word or two."""
        return _("stays open") if self.tone == "warning" else self.state

    @property
    def tone(self) -> str:
        """The tone of that state."""
        if self.contact:
            return "ok"
        return "warning" if self.urgency == ROUTINE else "danger"


def flag_rows(brief: Brief, follow_ups: list[FollowUp]) -> list[FlagRow]:
    """The matters of a plan, each with its last recorded contact; those without one come first."""
    last = {code: follow_up for follow_up in follow_ups for code in follow_up.flags}
    rows = [FlagRow(said(flag["label"]), flag["urgency"], last.get(flag["code"])) for flag in brief["flags"]]
    rows += [FlagRow(_matter_name(code), "", last.get(code)) for code in brief["others"]]
    return sorted(rows, key=lambda row: row.contact is not None)


def _matter_name(code: str) -> str:
    return _("The therapist's concern (niet-pluis)") if code == "screening" else code


def waiting(revision: PlanRevision, now: dt.datetime) -> tuple[str, Wait]:
    """How long a revision waits, in words, and whether that is long."""
    waited = now - revision.made_at
    return duration(waited), wait_of(waited)


class ReviewReading:
    """One revision as its review page says it."""

    def __init__(self, revision: PlanRevision, now: dt.datetime) -> None:
        self.revision, self.plan, self.now = revision, revision.plan, now
        self.suggestion = SuggestionReading(self.plan.intake, self.plan.suggestion)

    def context(self) -> dict[str, Any]:
        """Everything that the page shows."""
        revision, plan, trace = self.revision, self.plan, self.suggestion.context()
        equal = equal_rows(revision)
        words, wait = waiting(revision, self.now)
        follow_ups = list(plan.intake.follow_ups.all())
        return {
            "revision": revision,
            "plan": plan,
            "patient": plan.patient,
            "rows": differing_rows(revision),
            "equal": equal,
            "waiting": words,
            "wait_tone": WAIT_TONES[wait],
            "review_tone": REVIEW_TONES[revision.review],
            "flags": flag_rows(revision.brief, follow_ups) if revision.brief else [],
            "held": hold_sentences(plan.intake, plan.suggestion.trace),
            "goals": [self._goal(goal) for goal in plan.goals.all()],
            "measures": self._measures(),
            "completed_because": plan.intake.completed_with_reason,
            "trace": trace,
            "drove": [
                reason for one in trace["templates"] if one["code"] == plan.template for reason in one["reasons"]
            ],
            "rank": self._rank(),
            "earlier": self._earlier(),
            "history": history_of(plan),
        } | self._replaced()

    def _measures(self) -> list[str]:
        """The scores of the intake, as facts."""
        terms = self.suggestion.terms
        scores = [
            (code, value) for measured in self.plan.intake.measurements.all() for code, value in measured.scores.items()
        ]
        return [finding_in_words(code, value, terms, language()) for code, value in scores if code in terms]

    def _goal(self, goal: Goal) -> dict[str, Any]:
        """A goal with its measure by name."""
        term = self.suggestion.terms.get(goal.measure)
        return {
            "goal": goal,
            "text": goal.in_language(language()),
            "measure": term.name(language()) if term else goal.measure,
        }

    def _rank(self) -> int:
        """The place of this template among those that were suggested, from 1; 0 when it was not suggested."""
        codes = [one["code"] for one in self.suggestion.trace["templates"]]
        return codes.index(self.plan.template) + 1 if self.plan.template in codes else 0

    def _earlier(self) -> dict[str, Any] | None:
        """What changed since the revision before this one."""
        before = self.plan.revisions.filter(number__lt=self.revision.number).order_by("-number").first()
        return {"revision": before, "rows": changed_rows(before, self.revision)} if before else None

    def _replaced(self) -> dict[str, Any]:
        """When a newer revision has taken this one's place: which, and how it differs."""
        current = self.plan.current_revision
        if current is None or current.pk == self.revision.pk:
            return {"newer": None, "newer_rows": []}
        return {"newer": current, "newer_rows": changed_rows(self.revision, current)}


def history_of(plan: Plan) -> list[dict[str, Any]]:
    """What happened to a plan, in order: each revision, each review, each contact about a flag."""
    events = [
        event for revision in plan.revisions.select_related("author", "reviewed_by") for event in _revised(revision)
    ]
    events += [
        {"at": one.at, "who": one.by, "what": _("contact about a flag: %(who)s") % {"who": one.reached}, "text": ""}
        for one in plan.intake.follow_ups.select_related("by")
    ]
    return sorted(events, key=lambda event: event["at"])


def _revised(revision: PlanRevision) -> Iterator[dict[str, Any]]:
    made = _("handed in revision %(number)s") % {"number": revision.number}
    yield {"at": revision.made_at, "who": revision.author, "what": made, "text": ""}
    if revision.reviewed_at:
        reviewed = {
            "approved": _("approved revision %(number)s"),
            "returned": _("returned revision %(number)s"),
        }[revision.review]
        own = _("Approved by its own author, because: %(why)s") % {"why": revision.self_approved_because}
        yield {
            "at": revision.reviewed_at,
            "who": revision.reviewed_by,
            "what": reviewed % {"number": revision.number},
            "text": own if revision.self_approved_because else revision.review_comment,
        }
