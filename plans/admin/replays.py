"""Replays of a draft over past intakes: progress, what changes and for whom, and two suggestions side by side."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from intake.domain.phrases import finding_in_words
from intake.models import Intake
from patients.models import Episode
from patients.policies import Refused
from plans.actions import replaying
from plans.admin.pages import get_version, version_page
from plans.admin.saying import GATE_WORDS, URGENCY_WORDS, said, terms_of
from plans.domain.outcome import SHIFT_DIRECTION_LABELS, Direction, Shift
from plans.domain.suggest import suggest
from plans.forms.cases import DISPOSITIONS
from plans.models import ProtocolVersion, Replay
from plans.models.suggestions import DISCIPLINES
from plans.reading import language
from practice import audit
from practice.access import not_visible, requires
from practice.domain.grants import Act

DISPOSITION_WORDS = {one.value: words for one, words in DISPOSITIONS.items()}
PER_PAGE = 50
REFRESH = 2  # seconds until the page of a running replay is fetched anew

SHIFTS = {
    Shift.EMERGENCY_LOST: gettext_lazy("an emergency flag is lost"),
    Shift.EMERGENCY_WON: gettext_lazy("an emergency flag is new"),
    Shift.NOT_EVALUATED: gettext_lazy("other rules cannot be evaluated"),
    Shift.HOLD_LOST: gettext_lazy("treatment is no longer held"),
    Shift.FLAG_LOWERED: gettext_lazy("a red flag is lost or less urgent"),
    Shift.HOLD_WON: gettext_lazy("treatment is held"),
    Shift.FLAG_RAISED: gettext_lazy("a red flag is new or more urgent"),
    Shift.REFERRAL_LOWERED: gettext_lazy("a referral is lost or less urgent"),
    Shift.REFERRAL_RAISED: gettext_lazy("a referral is new or more urgent"),
    Shift.GATE_LOOSENED: gettext_lazy("less is said against a technique"),
    Shift.GATE_TIGHTENED: gettext_lazy("more is said against a technique"),
    Shift.DISPOSITION: gettext_lazy("the patient goes elsewhere first"),
    Shift.FIRST_TEMPLATE: gettext_lazy("another template comes first"),
    Shift.TEMPLATES: gettext_lazy("other templates follow"),
    Shift.GATE_FAVOUR: gettext_lazy("more or less is said for a technique"),
    Shift.REMARKS: gettext_lazy("other advice or notes"),
}
DIRECTIONS = {
    Direction.LESS_CAUTIOUS: gettext_lazy("less cautious"),
    Direction.MORE_CAUTIOUS: gettext_lazy("more cautious"),
    Direction.OTHERWISE: gettext_lazy("otherwise"),
}


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def replay_ask(request: HttpRequest, version_id: int) -> HttpResponse:
    """Have a draft run over all completed intakes."""
    version = get_version(version_id)
    try:
        replay = replaying.ask_replay(version=version, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:plans_protocolversion_change", version.pk)
    return redirect("admin:plans_protocolversion_replay", replay.pk)


@requires(Act.GOVERN_PROTOCOL)
def replay(request: HttpRequest, replay_id: object) -> HttpResponse:
    """How far a replay is, and what it found."""
    found = _get_replay(replay_id)
    shift = request.GET.get("shift", "")
    looks = found.is_open and request.GET.get("look") != "no"
    rows = found.intakes.visible_to(request.user)
    if shift:
        rows = rows.with_shift(shift)
    page = Paginator(rows.select_related("intake__episode__patient"), PER_PAGE).get_page(request.GET.get("page"))
    audit.record(
        by=request.user,
        event="replay_read",
        action="R",
        now=timezone.now(),
        object_type="replay",
        object_id=found.pk,
        purpose="protocol_replay",
    )
    response = version_page(
        request,
        "replay",
        found.version,
        _("Replay over past intakes"),
        replay=found,
        percent=100 * found.done // found.total if found.total else 0,
        counts=_counts(found),
        page=page,
        rows=[_row(row, found.version) for row in page],
        shift=shift,
        looks=looks,
    )
    if looks:
        response["Refresh"] = str(REFRESH)
    return response


def _get_replay(replay_id: object) -> Replay:
    found = Replay.objects.select_related("version", "against", "by").filter(pk=replay_id).first()
    if found is None:
        raise Http404
    return found


def _counts(found: Replay) -> list[dict[str, Any]]:
    """How many intakes each kind of change is about, the gravest first."""
    return [
        {
            "shift": shift.value,
            "words": SHIFTS[shift],
            "direction": DIRECTIONS[SHIFT_DIRECTION_LABELS[shift]],
            "towards": SHIFT_DIRECTION_LABELS[shift].value,
            "grave": shift <= Shift.EMERGENCY_WON,
            "number": found.counts[shift.value],
        }
        for shift in Shift
        if found.counts.get(shift.value)
    ]


def _row(row: Any, version: ProtocolVersion) -> dict[str, Any]:
    """An intake with another suggestion: of whom, when, and what changes."""
    return {
        "intake": row.intake,
        "patient": row.intake.patient,
        "moved": [moved_in_words(one, version) for one in row.moved],
        "grave": row.gravest <= Shift.EMERGENCY_WON.rank,
    }


def moved_in_words(one: dict[str, str], version: ProtocolVersion) -> dict[str, object]:
    """One change in words, such as "a red flag is new or more urgent: tumour (nothing → within a week)"."""
    shift = Shift(one["shift"])
    name = DISCIPLINES.get(one["code"]) or (_named(one["code"], version) if one["code"] else "")
    values = [_values(one[side], version) for side in ("before", "after")]
    return {
        "words": SHIFTS[shift],
        "name": name,
        "before": values[0],
        "after": values[1],
        "direction": DIRECTIONS[SHIFT_DIRECTION_LABELS[shift]],
        "grave": shift <= Shift.EMERGENCY_WON,
    }


def _values(codes: str, version: ProtocolVersion) -> str:
    """Codes of urgencies, gates, templates or advice by their names."""
    return ", ".join(_named(code, version) for code in codes.split(", ") if code)


def _named(code: str, version: ProtocolVersion) -> str:
    words = URGENCY_WORDS.get(code) or GATE_WORDS.get(code) or DISPOSITION_WORDS.get(code)
    if words:
        return str(words)
    for named in (version.protocol.templates, version.protocol.techniques, version.protocol.advice):
        if code in named:
            return named[code].title.in_language(language())
    return version.protocol.label(code).in_language(language()).replace("_", " ")


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def replay_cancel(request: HttpRequest, replay_id: object) -> HttpResponse:
    """Stop a replay."""
    found = _get_replay(replay_id)
    try:
        replaying.cancel_replay(replay=found, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("admin:plans_protocolversion_replay", found.pk)


@requires(Act.GOVERN_PROTOCOL)
def replay_intake(request: HttpRequest, replay_id: object, intake_id: object) -> HttpResponse:
    """The suggestion of one intake by the version in use and by the draft, side by side, with their reasons."""
    intake = visible_intake(request, intake_id)
    found = _get_replay(replay_id)
    row = found.intakes.filter(intake=intake).first()
    findings = intake.findings()
    sides = [
        _side(version, suggest(findings, version.protocol).to_json()) for version in (found.against, found.version)
    ]
    _mark_differences(sides)
    following = found.intakes.visible_to(request.user)
    if row:
        following = following.filter(gravest=row.gravest, pk__gt=row.pk) | following.filter(gravest__gt=row.gravest)
    after = following.first()
    return version_page(
        request,
        "replay_intake",
        found.version,
        _("Two suggestions side by side"),
        replay=found,
        intake=intake,
        moved=[moved_in_words(one, found.version) for one in row.moved] if row else [],
        sides=sides,
        next=reverse("admin:plans_protocolversion_replay_intake", args=[found.pk, after.intake_id]) if after else "",
    )


def _mark_differences(sides: list[dict[str, Any]]) -> None:
    """Mark on each side what the other one does not say, or says with another weight."""
    said_by = [{_line_key(title, line) for title, lines in side["parts"] for line in lines} for side in sides]
    for side, other in zip(sides, reversed(said_by), strict=True):
        for title, lines in side["parts"]:
            for line in lines:
                line["differs"] = _line_key(title, line) not in other


def _line_key(title: str, line: dict[str, Any]) -> tuple[str, str, str]:
    return title, str(line["name"]), str(line["weight"])


def visible_intake(request: HttpRequest, intake_id: object) -> Intake:
    """A completed intake of a patient whom this person may see, its reading logged with the purpose it is for."""
    visible = Intake.objects.filter(status="completed", episode__in=Episode.objects.visible_to(request.user))
    intake = visible.with_patient().filter(pk=intake_id).first()
    if intake is None:
        not_visible(request, Intake, intake_id, event="intake_read", patient=lambda one: one.episode.patient_id)
    audit.record(
        by=request.user,
        event="intake_read",
        action="R",
        now=timezone.now(),
        patient_id=intake.episode.patient_id,
        object_type="intake",
        object_id=intake.pk,
        purpose="protocol_replay",
        checks=audit.Checks(authorised=True, treatment_relationship=True),
    )
    return intake


def _side(version: ProtocolVersion, trace: dict[str, Any]) -> dict[str, Any]:
    """One suggestion: each conclusion with the rules that led to it and the answers they rest on."""
    terms = terms_of(version)

    def line(name: object, weight: object, reasons: list[dict[str, Any]]) -> dict[str, Any]:
        held = {leaf["code"]: leaf["value"] for reason in reasons for leaf in reason["held"]}
        return {
            "name": name,
            "weight": weight,
            "rules": [(reason["rule"], said(reason["explanation"])) for reason in reasons],
            "held": [finding_in_words(code, value, terms, language()) for code, value in held.items()],
        }

    def urgent(part: str, name: Callable[[dict[str, Any]], object]) -> list[dict[str, Any]]:
        return [line(name(one), URGENCY_WORDS[one["urgency"]], one["reasons"]) for one in trace[part]]

    def titled(part: str, key: str, weight: str) -> list[dict[str, Any]]:
        return [line(said(one[key]), one.get(weight, ""), one["reasons"]) for one in trace[part]]

    techniques = [
        line(_named(one["code"], version), GATE_WORDS[one["gate"]], one["reasons"])
        for one in trace["techniques"]
        if one["gate"]
    ]
    return {
        "version": version,
        "parts": [
            (_("Red flags"), urgent("red_flags", lambda one: said(one["label"]))),
            (_("Referrals"), urgent("referrals", lambda one: DISCIPLINES[one["discipline"]])),
            (_("Plan templates"), titled("templates", "title", "rank")),
            (_("Techniques"), techniques),
            (
                _("Advice and notes"),
                [one for part in ("scope", "notes", "advice") for one in titled(part, "label", "")],
            ),
        ],
    }
