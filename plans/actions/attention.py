"""What cannot wait: alarms from what a patient prepared, and the contacts about alarms and flags."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from intake import actions as intake_actions
from intake.actions.writing import PATIENT_BY_LINK
from intake.domain.prepared import offered_findings
from intake.models import Intake, PatientLink
from patients.policies import Refused
from plans.actions.reviewing import brief_for, put_in_line
from plans.actions.suggesting import protocol_for_region
from plans.actions.writing import log
from plans.domain import alarm as alarms
from plans.domain.suggest import suggest
from plans.models import FollowUp, PatientAlarm, PlanRevision
from practice import audit
from practice.models import Staff


@transaction.atomic
def record_follow_up(
    *,
    intake: Intake,
    flags: Iterable[str],
    reached: str,
    reached_at: dt.datetime,
    advised: str,
    outcome: str,
    by: Staff,
    now: dt.datetime,
) -> FollowUp:
    """Record a contact about flags of this intake: who was reached, when, what was advised and what came of it."""
    if reached_at > now:
        raise Refused(_("The contact cannot lie in the future."))
    if not list(flags):
        raise Refused(_("Choose at least one flag that the contact was about."))
    follow_up = FollowUp.objects.create(
        intake=intake,
        flags=sorted(flags),
        reached=reached.strip(),
        reached_at=reached_at,
        advised=advised.strip(),
        outcome=outcome,
        by=by,
        at=now,
    )
    for revision in PlanRevision.objects.filter(plan__intake=intake, review="submitted"):
        put_in_line(revision, revision.brief or brief_for(revision.plan), revision.deviations.count())
    log(intake, follow_up, by=by, event="flag_followed_up", action="C", now=now)
    return follow_up


@transaction.atomic
def save_prepared_page(*, link: PatientLink, section: str, values: Mapping[str, Any], now: dt.datetime) -> None:
    """Keep what a patient answered on one page, and raise an alarm when the answers so far cannot wait."""
    intake_actions.save_prepared_section(link=link, section=section, values=values, now=now)
    raise_alarm_if_due(link=link, now=now)


@transaction.atomic
def raise_alarm_if_due(*, link: PatientLink, now: dt.datetime) -> None:
    """Put this patient on the worklist when the offered answers alone hold a flag for today or for now.

    A flag about which a contact was recorded raises no second alarm, unless it became more urgent. An alarm never
    disappears because an answer was changed.
    """
    if link.questionnaire_version is None:
        return
    questionnaire = link.questionnaire_version.questionnaire
    version = protocol_for_region(questionnaire.region)
    findings = offered_findings(link.answers(), link.context(now), questionnaire)
    earlier = list(PatientAlarm.objects.select_for_update().filter(link=link))
    answered = [flag for alarm in earlier if alarm.contacted_at for flag in alarm.flags]
    flags = alarms.without(alarms.alarming(suggest(findings, version.protocol)), answered)
    if flags:
        held = next((alarm for alarm in earlier if alarm.contacted_at is None), None)
        _raise_alarm(held or PatientAlarm(link=link, protocol_version=version, raised_at=now), flags, now)


def _raise_alarm(alarm: PatientAlarm, flags: Iterable[Mapping[str, Any]], now: dt.datetime) -> None:
    """Add these flags to an alarm, and keep it when that changes anything."""
    joined = alarms.joined(alarm.flags or (), flags)
    if joined == alarm.flags:
        return
    alarm.flags, alarm.urgency = joined, alarms.urgency_of(joined).value
    alarm.save()
    _log_alarm(alarm, by=None, event="patient_alarm_raised", action="C", now=now)


@transaction.atomic
def hand_in_prepared(*, link: PatientLink, now: dt.datetime) -> None:
    """Hand a patient's answers to the practice, after a last look at what cannot wait."""
    raise_alarm_if_due(link=link, now=now)
    intake_actions.finish_prepared(link=link, now=now)


@transaction.atomic
def record_alarm_contact(*, alarm: PatientAlarm, reached: str, agreed: str, by: Staff, now: dt.datetime) -> None:
    """Record who was reached about a patient's alarm and what was agreed; only that takes it off the worklist."""
    alarm = PatientAlarm.objects.select_for_update().get(pk=alarm.pk)
    if alarm.contacted_at:
        raise Refused(_("A contact is recorded already."))
    if not reached.strip() or not agreed.strip():
        raise Refused(_("Write who was reached and what was agreed."))
    alarm.reached, alarm.agreed = reached.strip(), agreed.strip()
    alarm.contacted_at, alarm.contacted_by = now, by
    alarm.save()
    _log_alarm(alarm, by=by, event="patient_alarm_answered", action="U", now=now)


def _log_alarm(alarm: PatientAlarm, *, by: Staff | None, event: str, action: str, now: dt.datetime) -> None:
    """Write one event about an alarm to the access log; without staff, the patient acts by the link."""
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=alarm.link.episode.patient_id,
        object_type="patientalarm",
        object_id=alarm.pk,
        checks=audit.Checks(authorised=True, treatment_relationship=True if by else None),
        actor=PATIENT_BY_LINK,
    )
