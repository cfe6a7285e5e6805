"""Suggestions: which protocol speaks for an intake, what it says, and the completing that stores it."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from intake import actions as intake_actions
from intake.actions import ScreeningResult
from intake.domain.reading import content_hash
from intake.models import Intake
from patients.policies import Refused
from plans.actions.writing import log
from plans.domain.suggest import suggest
from plans.domain.suggestion import Suggestion as SuggestionValue
from plans.domain.trace import hold_of, stored
from plans.models import ProtocolVersion, Suggestion
from plans.policies import contacted_matters
from practice.models import Staff


def protocol_for(intake: Intake) -> ProtocolVersion:
    """The published protocol for the region of this intake. Raises `Refused` when the practice has none."""
    return protocol_for_region(intake.questionnaire.region)


def protocol_for_region(region: str) -> ProtocolVersion:
    """The published protocol for a region. Raises `Refused` when the practice has none."""
    for version in ProtocolVersion.objects.speaking():
        if region in version.regions:
            return version
    raise Refused(_("No published protocol covers this region. An administrator can load one."))


def regions_with_rules() -> frozenset[str]:
    """The regions that a published protocol covers: elsewhere nobody would notice what cannot wait."""
    return frozenset(region for version in ProtocolVersion.objects.speaking() for region in version.regions)


def preview(*, intake: Intake) -> SuggestionValue:
    """What the published protocol says of the answers so far. Nothing is stored: a draft has no suggestion yet."""
    return suggest(intake.findings(), protocol_for(intake).protocol)


def latest_suggestion(intake: Intake) -> Suggestion:
    """The last suggestion that was made for a completed intake. Raises `Refused` for a draft."""
    suggestion = intake.suggestions.select_related("protocol_version").defer("protocol_version__content").first()
    if suggestion is None:
        raise Refused(_("Complete the intake first: a suggestion is drawn from a completed intake."))
    return suggestion


@transaction.atomic
def suggest_again(*, intake: Intake, by: Staff, now: dt.datetime) -> Suggestion:
    """A new suggestion when the published protocol is another than that of the last one; else the last one."""
    version = protocol_for(intake)
    known = latest_suggestion(intake)
    return known if known.protocol_version_id == version.pk else _store_suggestion(intake, version, by=by, now=now)


def _store_suggestion(intake: Intake, version: ProtocolVersion, *, by: Staff, now: dt.datetime) -> Suggestion:
    """Work out and store the suggestion with its full trace."""
    findings = intake.findings()
    value = suggest(findings, version.protocol)
    suggestion = Suggestion.objects.create(
        intake=intake,
        protocol_version=version,
        findings_hash=content_hash(findings.to_json()),
        trace=stored(value.to_json()),
        urgency=_urgency_code(value),
        made_at=now,
        by=by,
    )
    log(intake, suggestion, by=by, event="suggestion_made", action="C", now=now)
    return suggestion


def _urgency_code(value: SuggestionValue) -> str:
    return value.urgency.value if value.urgency else ""


@transaction.atomic
def complete_intake(*, intake: Intake, by: Staff, now: dt.datetime, reason: str = "") -> Suggestion:
    """Complete the intake and store its suggestion.

    `reason` is needed when something holds treatment and no contact about it is recorded: it completes the intake
    only, the plan stays held. Raises `OpenFlags` when it is missing.
    """
    intake_actions.check_complete(intake)
    version = protocol_for(intake)
    value = suggest(intake.findings(), version.protocol)
    if hold_of(value.to_json(), contacted_matters(intake)).held and not reason.strip():
        raise OpenFlags
    screening = ScreeningResult(urgency=_urgency_code(value), protocol=f"{version.code} v{version.version}")
    intake_actions.complete(intake=intake, screening=screening, reason=reason.strip(), by=by, now=now)
    completed = Intake.objects.get(pk=intake.pk)
    return _store_suggestion(completed, version, by=by, now=now)


class OpenFlags(Exception):
    """Something holds treatment and no contact about it is recorded."""
