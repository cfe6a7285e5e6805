"""Every write on suggestions, plans, referrals and letters."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from intake import actions as intake_actions
from intake.actions import ScreeningResult
from intake.domain.prepared import offered_findings
from intake.domain.reading import content_hash
from intake.models import Intake, PatientLink
from patients.policies import Refused
from plans import documents
from plans.domain import alarm as alarms
from plans.domain import plan as planning
from plans.domain.editing import numbered
from plans.domain.letters import letter_text, referral_reasons
from plans.domain.plan import PhaseChoice
from plans.domain.protocol import Protocol, compose
from plans.domain.review import Brief, brief_of, review_due, risk_of
from plans.domain.suggest import suggest
from plans.domain.suggestion import Suggestion as SuggestionValue
from plans.domain.trace import Trace, blocked, hold_of, stored
from plans.models import (
    Deviation,
    FollowUp,
    Goal,
    Letter,
    NoCourse,
    PatientAlarm,
    Plan,
    PlannedSession,
    PlanRevision,
    ProtocolVersion,
    Referral,
    ReferralStep,
    Suggestion,
)
from plans.policies import (
    check_activate,
    check_adopt,
    check_blocked_techniques,
    check_end_without_course,
    check_life,
    check_referral,
    check_review,
    check_revise,
    contacted_matters,
    hold_on,
)
from practice import audit
from practice.models import PracticeSettings, Staff


@dataclass(frozen=True, slots=True)
class GoalChoice:
    """A goal as agreed with the patient; `measure` is a score code, `due_week` counts from the start of the plan."""

    text: str
    measure: str = ""
    baseline: float | None = None
    target: float | None = None
    due_week: int | None = None


@dataclass(frozen=True, slots=True)
class PlanChoice:
    """All that the therapist decided when adopting a template.

    The goals are set at adoption; a revision leaves them as they are. `reasons` gives, for each difference by its key,
    the code of the reason and an explanation in words.
    """

    template: str
    phases: tuple[PhaseChoice, ...]
    session_minutes: int
    main_goal: GoalChoice = GoalChoice(text="")
    goals: tuple[GoalChoice, ...] = ()
    reasons: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    extended_because: str = ""
    consents_to_special_procedures: bool = False
    discussed_with_patient: bool = False


class DeviationsWithoutReason(Exception):
    """The plan differs from its template on points that have no reason yet."""

    def __init__(self, differences: list[planning.Difference]) -> None:
        """`differences` are the points without a reason."""
        super().__init__("deviations without reason")
        self.differences = differences


class StalePlan(Exception):
    """Somebody revised the plan after the revision that a change started from. `current` is the revision now."""

    def __init__(self, current: PlanRevision) -> None:
        super().__init__("stale plan")
        self.current = current


def protocol_for(intake: Intake) -> ProtocolVersion:
    """The published protocol for the region of this intake. Raises `Refused` when the practice has none."""
    return _protocol_for_region(intake.questionnaire.region)


def _protocol_for_region(region: str) -> ProtocolVersion:
    """The published protocol for a region. Raises `Refused` when the practice has none."""
    for version in ProtocolVersion.objects.published():
        if region in version.regions:
            return version
    raise Refused(_("No published protocol covers this region. An administrator can load one."))


def regions_with_rules() -> frozenset[str]:
    """The regions that a published protocol covers: elsewhere nobody would notice what cannot wait."""
    return frozenset(region for version in ProtocolVersion.objects.published() for region in version.regions)


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
    _log(intake, suggestion, by=by, event="suggestion_made", action="C", now=now)
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
        _put_in_line(revision, revision.brief or _brief(revision.plan), revision.deviations.count())
    _log(intake, follow_up, by=by, event="flag_followed_up", action="C", now=now)
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
    version = _protocol_for_region(questionnaire.region)
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
        actor=intake_actions.PATIENT_BY_LINK,
    )


@transaction.atomic
def adopt(*, suggestion: Suggestion, choice: PlanChoice, by: Staff, now: dt.datetime) -> Plan:
    """Make a plan from a template of the protocol the suggestion was drawn from.

    The plan is pinned to the versions of protocol and template. Every difference from the template needs a reason:
    raises `DeviationsWithoutReason` for those that lack one, and `Refused` when findings, flags or policy forbid it.
    """
    intake = Intake.objects.select_for_update().get(pk=suggestion.intake_id)
    version = suggestion.protocol_version
    check_adopt(intake, suggestion.trace)
    _check_techniques(version.protocol, suggestion.trace, choice)
    template = version.protocol.templates[choice.template]
    plan = Plan.objects.create(
        episode=intake.episode,
        intake=intake,
        suggestion=suggestion,
        protocol_version=version,
        template=template.code,
        template_version=template.version,
        title={"nl": template.title.nl, "en": template.title.en},
        author=by,
        created_at=now,
    )
    _revise(plan, choice, by=by, now=now)
    _store_goals(plan, choice)
    _log(intake, plan, by=by, event="plan_adopted", action="C", now=now)
    if not PracticeSettings.objects.current().review_before_care:
        activate(plan=plan, by=by, now=now)
    return plan


def _check_techniques(protocol: Protocol, trace: Trace, choice: PlanChoice) -> None:
    """Refuse blocked techniques, and special procedures without recorded consent."""
    chosen = {code for phase in choice.phases for code in phase.techniques}
    check_blocked_techniques(_titles(protocol, chosen & blocked(trace)))
    special = {code for code in chosen if protocol.techniques[code].special_procedure}
    if special and not choice.consents_to_special_procedures:
        raise Refused(_("Record the patient's consent for the special procedures in this plan."))


def _titles(protocol: Protocol, codes: Iterable[str]) -> list[str]:
    """The titles of these techniques in the reader's language."""
    return sorted(protocol.techniques[code].title.in_language(get_language() or "nl") for code in codes)


@transaction.atomic
def revise(*, plan: Plan, base: int, choice: PlanChoice, by: Staff, now: dt.datetime) -> PlanRevision:
    """Change a plan: a new revision is made and submitted; the earlier one stays readable.

    `base` is the number of the revision that the change started from; raises `StalePlan` when that was replaced.
    """
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    check_revise(plan)
    current = plan.revisions.latest("number")
    if current.number != base:
        raise StalePlan(current)
    _check_techniques(plan.protocol_version.protocol, plan.suggestion.trace, choice)
    revision = _revise(plan, choice, by=by, now=now)
    _log(plan.intake, plan, by=by, event="plan_revised", action="U", now=now)
    return revision


def _revise(plan: Plan, choice: PlanChoice, *, by: Staff, now: dt.datetime) -> PlanRevision:
    """Add the next revision of the plan with its deviations and sessions, and submit it for review."""
    template = plan.plan_template
    differences = planning.differences(template, choice.phases, choice.session_minutes)
    _check_reasons(differences, choice)
    kind = planning.kind_of_plan(template, choice.phases)
    _check_length(kind, choice)
    revision = PlanRevision.objects.create(
        plan=plan,
        number=plan.revisions.count() + 1,
        kind=kind,
        weeks=planning.total_weeks(choice.phases),
        sessions=planning.total_sessions(choice.phases),
        session_minutes=choice.session_minutes,
        content=_content(plan, choice),
        extended_because=choice.extended_because.strip() if kind == "extended" else "",
        author=by,
        made_at=now,
        review="submitted",
    )
    _store_deviations(revision, differences, choice)
    _store_sessions(revision, choice)
    _put_in_line(revision, _brief(plan), len(differences))
    plan.current_revision = revision
    plan.save(update_fields=["current_revision"])
    return revision


def _brief(plan: Plan) -> dict[str, Any]:
    """What a list of plans says of the suggestion and the intake that this plan came from."""
    return brief_of(plan.suggestion.trace, plan.intake.completeness())


def _put_in_line(revision: PlanRevision, brief: Brief, deviations: int) -> None:
    """Give a revision its turn among those that wait for review."""
    risk = risk_of(brief, deviations, contacted_matters(revision.plan.intake))
    revision.brief, revision.risk, revision.due_at = brief, risk, review_due(revision.made_at, risk)
    revision.save(update_fields=["brief", "risk", "due_at"])


def _check_reasons(differences: Iterable[planning.Difference], choice: PlanChoice) -> None:
    """Raise `DeviationsWithoutReason` for differences that have no reason, `Refused` for another one without words."""
    given = [(difference, choice.reasons.get(difference.what, ("", ""))) for difference in differences]
    without = [difference for difference, (reason, _words) in given if not reason]
    if without:
        raise DeviationsWithoutReason(without)
    if any(reason == "other" and not words.strip() for _difference, (reason, words) in given):
        raise Refused(_("Write the other reason in words."))


def _check_length(kind: str, choice: PlanChoice) -> None:
    """Refuse a length that this kind of plan cannot have."""
    weeks, sessions = planning.total_weeks(choice.phases), planning.total_sessions(choice.phases)
    if kind == "course" and weeks < planning.COURSE_WEEKS[0]:
        raise Refused(_("A course lasts 4 to 8 weeks; this one lasts %(weeks)s.") % {"weeks": weeks})
    if kind == "extended" and not choice.extended_because.strip():
        raise Refused(_("This plan is longer than 8 weeks. Write why."))
    if kind == "self_management" and sessions > planning.SELF_MANAGEMENT_SESSIONS:
        raise Refused(
            _("A self-management plan has at most 3 sessions; this one has %(sessions)s.") % {"sessions": sessions}
        )


def _content(plan: Plan, choice: PlanChoice) -> dict[str, Any]:
    """The content of the new revision, from the template's data and the choices."""
    data = plan.protocol_version.content["templates"][plan.template]
    rest = {
        key: data.get(key)
        for key in ("measurements", "evaluation_weeks", "later_check_week", "advice", "prevention", "safety_net")
    }
    rest["discussed_with_patient"] = choice.discussed_with_patient
    rest["consent_special_procedures"] = choice.consents_to_special_procedures
    return planning.content_of(
        plan.plan_template, choice.phases, {phase["code"]: phase for phase in data["phases"]}, rest
    )


def _store_deviations(revision: PlanRevision, differences: Iterable[planning.Difference], choice: PlanChoice) -> None:
    """One row for each difference from the template, with its reason."""
    Deviation.objects.bulk_create(
        Deviation(
            revision=revision,
            what=difference.what,
            template_value=difference.template_value,
            plan_value=difference.plan_value,
            reason=choice.reasons[difference.what][0],
            explanation=choice.reasons[difference.what][1].strip(),
        )
        for difference in differences
    )


def _store_sessions(revision: PlanRevision, choice: PlanChoice) -> None:
    """One row for each session the revision asks for."""
    weeks = [moment["week"] for moment in revision.content["measurements"] or []]
    PlannedSession.objects.bulk_create(
        PlannedSession(
            revision=revision,
            number=need.number,
            phase=need.phase,
            week=need.week,
            minutes=need.minutes,
            measurement=need.measurement,
        )
        for need in planning.sessions_needed(choice.phases, choice.session_minutes, weeks)
    )


def _store_goals(plan: Plan, choice: PlanChoice) -> None:
    """The main goal and the other goals of the plan."""
    if not choice.main_goal.text.strip():
        raise Refused(_("Write the main goal: what the patient wants to be able to do, and by when."))
    goals = [(True, choice.main_goal), *((False, goal) for goal in choice.goals if goal.text.strip())]
    Goal.objects.bulk_create(
        Goal(
            plan=plan,
            main=main,
            text=goal.text.strip(),
            measure=goal.measure,
            baseline=goal.baseline,
            target=goal.target,
            due_week=goal.due_week,
        )
        for main, goal in goals
    )


@transaction.atomic
def activate(*, plan: Plan, by: Staff, now: dt.datetime) -> None:
    """Start care under this plan, or go on after a pause."""
    hold = hold_on(plan.intake, plan.suggestion.trace)
    check_activate(plan, hold, PracticeSettings.objects.current())
    plan.activated_at = plan.activated_at or now
    plan.counted_from = plan.weeks_from(now) or now
    _live(plan, "active", by=by, now=now)


@transaction.atomic
def pause(*, plan: Plan, by: Staff, now: dt.datetime) -> None:
    """Pause care under this plan; the weeks of a pause do not count."""
    check_life(plan, "paused")
    plan.paused_at = now
    _live(plan, "paused", by=by, now=now)


@transaction.atomic
def end(*, plan: Plan, to: str, reason: str, by: Staff, now: dt.datetime) -> None:
    """End the plan as `completed` or `stopped`; stopping needs a reason."""
    check_life(plan, to)
    if to == "stopped" and not reason.strip():
        raise Refused(_("Write why the plan is stopped."))
    plan.counted_from = plan.weeks_from(now)
    plan.ended_at, plan.end_reason = now, reason.strip()
    _live(plan, to, by=by, now=now)


def _live(plan: Plan, to: str, *, by: Staff, now: dt.datetime) -> None:
    """Move the plan to another state of its life."""
    plan.life = to
    if to != "paused":
        plan.paused_at = None
    plan.save(update_fields=["life", "activated_at", "counted_from", "paused_at", "ended_at", "end_reason"])
    _log(plan.intake, plan, by=by, event=f"plan_{to}", action="U", now=now)


@transaction.atomic
def review(
    *,
    revision: PlanRevision,
    to: str,
    by: Staff,
    now: dt.datetime,
    comment: str = "",
    self_approved_because: str = "",
    managers: int,
) -> None:
    """Approve a revision or return it with a comment. `managers` is how many managers the practice has now."""
    revision = PlanRevision.objects.select_for_update().select_related("plan__intake__episode").get(pk=revision.pk)
    check_review(revision, by, to, self_approved_because=self_approved_because, managers=managers)
    if to == "returned" and not comment.strip():
        raise Refused(_("Write what should change: the author sees it."))
    revision.review, revision.reviewed_by, revision.reviewed_at = to, by, now
    revision.review_comment = comment.strip()
    revision.self_approved_because = self_approved_because.strip()
    revision.save()
    _log(revision.plan.intake, revision.plan, by=by, event=f"plan_{to}", action="U", now=now)


@transaction.atomic
def draft_referral(*, suggestion: Suggestion, discipline: str, language: str, by: Staff, now: dt.datetime) -> Referral:
    """Draft a referral with its letter, from the reasons in the suggestion. One for each discipline and intake."""
    intake = suggestion.intake
    known = Referral.objects.filter(intake=intake, discipline=discipline).exclude(status="closed").first()
    if known:
        return known
    try:
        urgency, reasons = referral_reasons(suggestion.trace, discipline)
    except KeyError:
        raise Refused(_("Nothing in this suggestion asks for this discipline.")) from None
    referral = Referral.objects.create(
        episode=intake.episode,
        intake=intake,
        suggestion=suggestion,
        discipline=discipline,
        urgency=urgency,
        reasons=reasons,
        recipient=intake.patient.gp if discipline == "gp" else None,
        created_at=now,
        by=by,
    )
    ReferralStep.objects.create(referral=referral, status="drafted", by=by, at=now)
    _draft_letter(referral, language=language, by=by, now=now)
    _log(intake, referral, by=by, event="referral_drafted", action="C", now=now)
    return referral


def _draft_letter(referral: Referral, *, language: str, by: Staff, now: dt.datetime) -> Letter:
    """The letter that goes with a referral, as a draft that the therapist may still change."""
    intake = referral.intake
    text = letter_text(
        facts=documents.letter_facts(intake, by, language),
        trace=referral.suggestion.trace,
        discipline=referral.discipline,
        terms=intake.questionnaire.terms,
        language=language,
    )
    return Letter.objects.create(
        episode=intake.episode,
        intake=intake,
        referral=referral,
        kind="referral",
        language=language,
        recipient=str(referral.recipient) if referral.recipient else text.recipient,
        subject=text.subject,
        text=text.body,
        created_at=now,
        by=by,
    )


@transaction.atomic
def change_letter(*, letter: Letter, recipient: str, subject: str, text: str, by: Staff, now: dt.datetime) -> None:
    """Change a letter that is not signed yet."""
    _check_unsigned(letter)
    letter.recipient, letter.subject, letter.text = recipient.strip(), subject.strip(), text
    letter.save(update_fields=["recipient", "subject", "text"])
    _log(letter.intake, letter, by=by, event="letter_changed", action="U", now=now)


@transaction.atomic
def sign_letter(*, letter: Letter, by: Staff, now: dt.datetime) -> None:
    """Sign a letter: its PDF is made and kept, and nothing in it changes any more."""
    _check_unsigned(letter)
    letter.signed_at = now
    letter.pdf = documents.letter_pdf(letter, by=by, now=now)
    letter.pdf_hash = hashlib.sha256(letter.pdf).hexdigest()
    letter.save(update_fields=["signed_at", "pdf", "pdf_hash"])
    _log(letter.intake, letter, by=by, event="letter_signed", action="U", now=now)


def _check_unsigned(letter: Letter) -> None:
    """Raise `Refused` when the letter is signed."""
    if letter.signed_at:
        raise Refused(_("This letter is signed. Write a new one to correct it."))


@transaction.atomic
def step_referral(*, referral: Referral, to: str, note: str, by: Staff, now: dt.datetime) -> None:
    """Record the next step of a referral: sent, received, accepted and so on."""
    check_referral(referral, to)
    referral.status = to
    referral.save(update_fields=["status"])
    ReferralStep.objects.create(referral=referral, status=to, note=note.strip(), by=by, at=now)
    _log(referral.intake, referral, by=by, event=f"referral_{to}", action="U", now=now)


@transaction.atomic
def end_without_course(
    *, suggestion: Suggestion, advice: Iterable[str], come_back_when: str, by: Staff, now: dt.datetime
) -> NoCourse:
    """End an intake without a course: the advice given, and when to come back. Never while a flag holds."""
    intake = Intake.objects.select_for_update().get(pk=suggestion.intake_id)
    check_end_without_course(intake, suggestion.trace)
    if not come_back_when.strip():
        raise Refused(_("Write when the patient should come back."))
    no_course = NoCourse.objects.create(
        intake=intake,
        suggestion=suggestion,
        advice=sorted(advice),
        come_back_when=come_back_when.strip(),
        by=by,
        at=now,
    )
    _log(intake, no_course, by=by, event="ended_without_course", action="C", now=now)
    return no_course


@transaction.atomic
def publish_protocol(*, protocol: Protocol, now: dt.datetime) -> bool:
    """Add this version of a protocol and publish it as shipped, unsigned; whether anything was new.

    A version that exists is never altered: the same version with other content is refused. Where the practice governs
    the protocol itself, what is shipped arrives as a draft with the next number, for two people to look at.
    """
    versions = ProtocolVersion.objects.filter(code=protocol.code)
    if versions.filter(Q(content_hash=protocol.hash) | Q(origin_hash=protocol.hash)).exists():
        return False
    same = versions.filter(version=protocol.version).first()
    if same and same.based_on_id is None:
        raise Refused(
            _("%(code)s version %(version)s is published already with other content. Give it a new version.")
            % {"code": same.code, "version": same.version}
        )
    in_use = versions.filter(status="published").first()
    governed = in_use is not None and in_use.approved_by_id is not None
    if not governed:
        versions.filter(status="published").update(status="retired")
    _add_shipped(protocol, renumbered=same is not None or governed, based_on=in_use if governed else None, now=now)
    return True


def _add_shipped(protocol: Protocol, *, renumbered: bool, based_on: ProtocolVersion | None, now: dt.datetime) -> None:
    """Keep what is shipped: in use, or as a draft of the version that the practice governs."""
    kept = protocol
    if renumbered:
        versions = ProtocolVersion.objects.filter(code=protocol.code)
        highest = versions.aggregate(Max("version"))["version__max"]
        kept = compose(numbered(protocol.content, highest + 1))
    ProtocolVersion.objects.create(
        code=kept.code,
        version=kept.version,
        title=kept.title.to_json(),
        regions=sorted(kept.regions),
        content=kept.content,
        content_hash=kept.hash,
        origin_hash=protocol.hash if renumbered else "",
        status="draft" if based_on else "published",
        valid_from=protocol.valid_from or localtime(now).date(),
        loaded_at=now,
        based_on=based_on,
    )


@transaction.atomic
def sign_protocol(*, version: ProtocolVersion, by: Staff, now: dt.datetime) -> None:
    """Sign a published protocol version as first or second person of the practice."""
    version = ProtocolVersion.objects.select_for_update().get(pk=version.pk)
    if version.status != "published" or version.is_signed:
        raise Refused(_("Only a published version that lacks a signature can be signed."))
    if version.signed_by_first_id == by.pk:
        raise Refused(_("The second signature must be another person's."))
    if version.signed_by_first_id is None:
        version.signed_by_first = by
    else:
        version.signed_by_second = by
    version.save(update_fields=["signed_by_first", "signed_by_second"])
    audit.record(
        by=by, event="protocol_signed", action="U", now=now, object_type="protocolversion", object_id=version.pk
    )


def _log(intake: Intake, thing: Any, *, by: Staff, event: str, action: str, now: dt.datetime) -> None:
    """Write one event about this intake's patient to the access log."""
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=intake.episode.patient_id,
        object_type=thing._meta.model_name,
        object_id=thing.pk,
        checks=audit.Checks(authorised=True, treatment_relationship=True),
    )
