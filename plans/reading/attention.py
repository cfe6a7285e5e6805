"""What cannot wait, in words: red flags, what holds treatment, and the intakes that wait for a decision."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from intake.models import Intake
from plans.domain.hold import HoldCause
from plans.domain.protocol import Urgency
from plans.domain.trace import Trace, hold_of
from plans.models import Suggestion
from plans.policies import contacted_matters, hold_on
from plans.reading.words import question_url, said
from practice.models import Staff

CAUSES = {
    HoldCause.EMERGENCY: gettext_lazy(
        "An emergency flag has no recorded contact that lets treatment start: %(names)s."
    ),
    HoldCause.WITHIN_24H: gettext_lazy("A flag for within 24 hours has no such contact: %(names)s."),
    HoldCause.SEVERAL_WITHIN_WEEK: gettext_lazy("Two or more flags for within a week have no such contact: %(names)s."),
    HoldCause.CONCERN: gettext_lazy("The screening says niet-pluis, and no contact about it lets treatment start."),
    HoldCause.RULE: gettext_lazy("A rule of the protocol holds treatment: %(names)s."),
}
SCREENINGS = {
    "clear": gettext_lazy("All red flags were asked: none."),
    "incomplete": gettext_lazy("No red flag among the answers so far; not everything was asked."),
    "not_evaluated": gettext_lazy("Not evaluated: some rules could not be worked out, so nothing is called clear."),
    "flags": gettext_lazy("There are red flags."),
}


def flag_card(flag: Mapping[str, Any], contacted: Iterable[str] = ()) -> dict[str, Any]:
    """A red flag with what to do and a link to the answer that raised it."""
    reason = flag["reasons"][0]
    leaves = [leaf["code"] for leaf in reason["held"]]
    return {
        "code": flag["code"],
        "label": said(flag["label"]),
        "detail": said(reason["explanation"]),
        "action": said(reason["action"]),
        "urgency": flag["urgency"],
        "url": question_url(leaves[0]) if leaves else "#red_flags",
        "contacted": flag["code"] in set(contacted),
    }


def hold_sentences(intake: Intake, trace: Trace) -> list[str]:
    """Why a plan from a suggestion with this trace is held now; empty when it is not."""
    return _sentences(hold_on(intake, trace).reasons, trace)


def _sentences(reasons: Iterable[Any], trace: Trace) -> list[str]:
    names = {flag["code"]: said(flag["label"]) for flag in trace["red_flags"]}
    return [
        str(CAUSES[reason.cause]) % {"names": ", ".join(names.get(code, code) for code in reason.codes)}
        for reason in reasons
    ]


MOST_URGENT_FIRST = [*(urgency.value for urgency in reversed(Urgency)), ""]
NOTHING_HOLDS: Trace = {"red_flags": (), "hold": {"reasons": ()}}


def undecided_intakes(staff: Staff) -> list[dict[str, Any]]:
    """The completed intakes of this person that still need a decision: the most urgent first, then the oldest.

    `unanswered` says that something holds treatment about which no contact is recorded; among equally urgent intakes
    those come first.
    """
    intakes = (
        Intake.objects.visible_to(staff)
        .as_lines()
        .filter(author=staff, status="completed", plans__isnull=True, no_course__isnull=True, episode__closed_on=None)
        .prefetch_related("follow_ups")
        .order_by("completed_at")
    )
    traces = _last_matters(intakes)
    rows = [
        {
            "intake": intake,
            "unanswered": hold_of(traces.get(intake.pk, NOTHING_HOLDS), contacted_matters(intake)).held,
        }
        for intake in intakes
    ]
    return sorted(rows, key=lambda row: (MOST_URGENT_FIRST.index(row["intake"].urgency), not row["unanswered"]))


def _last_matters(intakes: Iterable[Intake]) -> dict[object, Trace]:
    """Of the last suggestion of each intake what can hold treatment."""
    suggestions = Suggestion.objects.filter(intake__in=[intake.pk for intake in intakes]).order_by("made_at")
    return dict(suggestions.parts("red_flags", "hold", of="intake_id"))


def follow_up_choices(trace: Trace, intake: Intake) -> list[tuple[str, str]]:
    """The flags and matters a contact can be about, those without a contact first."""
    contacted = contacted_matters(intake)
    choices = [(flag["code"], said(flag["label"])) for flag in trace["red_flags"]]
    choices += [(code, _("The therapist's concern (niet-pluis)")) for code in _codes(trace, "concern")]
    known = {code for code, _label in choices}
    choices += [(code, code) for code in _codes(trace, "rule") if code not in known]
    return sorted(choices, key=lambda choice: choice[0] in contacted)


def _codes(trace: Trace, cause: str) -> list[str]:
    return [code for reason in trace["hold"]["reasons"] if reason["cause"] == cause for code in reason["codes"]]
