"""Every write on intakes."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.mail import send_mail
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from intake.domain.body_chart import Chart, CollisionError, merged, refusal, tidy
from intake.domain.carrying_over import Unfit, told
from intake.domain.copying import CONFIRMED, COPIED
from intake.domain.findings import validate
from intake.domain.instruments import Instrument
from intake.domain.items import Item
from intake.domain.measuring import measured, subjects
from intake.domain.progress import rest_of
from intake.domain.questionnaire import Questionnaire
from intake.domain.reading import Problem
from intake.models import (
    Addendum,
    AnswerSetAside,
    DiagnosisCode,
    Intake,
    LaterChart,
    Measurement,
    PatientLink,
    PreparedAnswers,
    QuestionnaireVersion,
    SectionAnswers,
)
from intake.policies import (
    check_addendum,
    check_copy,
    check_mail_link,
    check_measure,
    check_offered,
    check_prepare,
    check_revoke_link,
    check_send_link,
    check_write,
)
from patients.models import Episode
from patients.policies import Refused
from practice import audit
from practice.models import PracticeSettings, Staff

LINK_LASTS = dt.timedelta(days=14)
TOKEN_BYTES = 32
LINK_OPENED = "patient_link_opened"
PATIENT_BY_LINK = "patient by link"
GUESSES_PER_ADDRESS = 20  # refused openings from one network address within the window
GUESSING_WINDOW = dt.timedelta(minutes=15)
NOBODYS_BIRTH_DATE = dt.date(1800, 1, 1)  # compared with when there is no link: nobody was born then


@dataclass(frozen=True, slots=True)
class ScreeningResult:
    """What the screening said when the intake was completed, handed down by the app that has the rules."""

    urgency: str
    protocol: str


class StaleSection(Exception):
    """Somebody saved this section meanwhile: nothing was overwritten."""

    def __init__(self, stored: SectionAnswers, conflicting: Mapping[str, tuple[Any, Any]]) -> None:
        """`conflicting` gives, for each item code that differs, the stored value and the value just sent."""
        super().__init__(stored.section)
        self.stored = stored
        self.conflicting = conflicting


class Incomplete(Exception):
    """The intake cannot be completed yet."""

    def __init__(self, missing: Sequence[Item], problems: Sequence[Problem], unconfirmed: Sequence[Item] = ()) -> None:
        """`missing` are required items without an answer; `problems` say what is wrong with which answer.

        `unconfirmed` are items whose answer was copied from an earlier intake and not confirmed yet.
        """
        super().__init__("incomplete")
        self.missing = missing
        self.problems = problems
        self.unconfirmed = unconfirmed


@transaction.atomic
def start(*, episode: Episode, questionnaire_version: QuestionnaireVersion, by: Staff, now: dt.datetime) -> Intake:
    """Start an intake, or go on with the draft this person already has for the episode."""
    draft = Intake.objects.drafts().filter(episode=episode, author=by).first()
    if draft:
        return draft
    intake = Intake.objects.create(
        episode=episode,
        questionnaire_version=questionnaire_version,
        author=by,
        started_at=now,
        date=localtime(now).date(),
    )
    _log(intake, by=by, event="intake_started", action="C", now=now)
    return intake


@transaction.atomic
def change_questionnaire(
    *, intake: Intake, questionnaire_version: QuestionnaireVersion, by: Staff, now: dt.datetime
) -> None:
    """Go on with another questionnaire: a newer version, or that of another region.

    Each answer moves to the section that asks it. One that does not fit any more is set aside with its reason, and
    comes back with a questionnaire that it fits.
    """
    intake = Intake.objects.select_for_update().select_related("questionnaire_version").get(pk=intake.pk)
    check_write(intake, by)
    carried = intake.carried_over_to(questionnaire_version)
    _set_aside(intake, carried.unfit)
    recorded = {one.section: one for one in intake.sections.select_for_update()}
    for section, answers in {**{section: {} for section in recorded}, **carried.sections}.items():
        held = recorded.get(section)
        if (held.answers if held else {}) != answers:
            _store(held or SectionAnswers(intake=intake, section=section), dict(answers), by=by, now=now)
    intake.questionnaire_version = questionnaire_version
    intake.save(update_fields=["questionnaire_version"])
    detail = f"{len(carried.unfit)} set aside"
    _log(intake, by=by, event="intake_questionnaire_changed", action="U", now=now, detail=detail)


def _set_aside(intake: Intake, unfit: Mapping[str, Unfit]) -> None:
    """Make these the answers that are set aside. One that was set aside before keeps the words it had then."""
    items, recorded = intake.questionnaire.items, intake.recorded
    stays = unfit.keys() - recorded.keys()
    intake.set_aside.exclude(code__in=stays).delete()
    for code in unfit.keys() & recorded.keys():
        label, words = told(code, items.get(code), recorded[code]["value"])
        AnswerSetAside.objects.create(
            intake=intake,
            code=code,
            answer=recorded[code],
            label=label.to_json(),
            words=words.to_json(),
            asked_in=str(intake.questionnaire_version),
            why=unfit[code].value,
        )


@transaction.atomic
def save_section(
    *,
    intake: Intake,
    section: str,
    values: Mapping[str, Any],
    base: Mapping[str, Any],
    by: Staff,
    now: dt.datetime,
    how: str = "single",
) -> SectionAnswers:
    """Store what was answered in one section. A value of None takes the answer back: not asked.

    Odd values are kept as they were typed; completing the intake refuses them. `base` is what the form showed before
    it was filled in. Raises `StaleSection` when somebody gave an item that is sent now another value meanwhile, and
    stores nothing.
    """
    check_write(intake, by)
    stored = _locked_section(intake, section, by, now)
    values, base = _with_charts_merged(intake, stored, values, base)
    _refuse_conflicts(stored, values, base)
    _store(stored, _merged(stored.answers, values, by=by, now=now, how=how), by=by, now=now)
    Intake.objects.filter(pk=intake.pk).update(last_section=section)
    _log(intake, by=by, event="intake_section_saved", action="U", now=now, detail=section)
    return stored


def _locked_section(intake: Intake, section: str, by: Staff, now: dt.datetime) -> SectionAnswers:
    """The stored section, locked until the transaction ends; made when it was never saved."""
    stored, _created = SectionAnswers.objects.select_for_update().get_or_create(
        intake=intake, section=section, defaults={"saved_at": now, "saved_by": by}
    )
    return stored


def _with_charts_merged(
    intake: Intake, stored: SectionAnswers, values: Mapping[str, Any], base: Mapping[str, Any]
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """These values and what the form showed, with each body chart merged region by region with what is stored.

    A chart on which the same region was drawn differently meanwhile stays as it was sent.
    """
    new_values, new_base = dict(values), dict(base)
    for code in intake.questionnaire.body_charts.keys() & values.keys():
        held = stored.answers.get(code, {}).get("value")
        try:
            new_values[code] = merged(base.get(code), held, values[code])
        except CollisionError:
            continue
        new_base[code] = held
    return new_values, new_base


def _refuse_conflicts(stored: SectionAnswers, values: Mapping[str, Any], base: Mapping[str, Any]) -> None:
    """Raise `StaleSection` when a stored value is neither what the form showed nor what is sent now."""
    held = {code: answer["value"] for code, answer in stored.answers.items()}
    conflicting = {
        code: (held.get(code), value)
        for code, value in values.items()
        if held.get(code) != value and held.get(code) != base.get(code)
    }
    if conflicting:
        raise StaleSection(stored, conflicting)


def _merged(
    held: Mapping[str, Any], values: Mapping[str, Any], *, by: Staff, now: dt.datetime, how: str
) -> dict[str, Any]:
    """The answers of a section after these values: an unchanged value keeps who recorded it and when."""
    merged = dict(held)
    for code, value in values.items():
        if value is None:
            merged.pop(code, None)
        elif code not in merged or merged[code]["value"] != value:
            merged[code] = {"value": value, "by": str(by.pk), "name": by.name, "at": now.isoformat(), "how": how}
    return merged


@transaction.atomic
def record_rest(
    *, intake: Intake, section: str, codes: Collection[str], how: str, by: Staff, now: dt.datetime
) -> list[str]:
    """Record in one go the questions among `codes` that have no answer yet; give back their codes.

    `how` is "no" (asked: no) or "unremarkable" (examined: nothing particular). `codes` are what the page showed: what
    it did not show is not recorded, and what was answered stays as it is. Each answer says that it was recorded in one
    go; `take_back` undoes it.
    """
    check_write(intake, by)
    stored = _locked_section(intake, section, by, now)
    parts = [part for part in intake.asked() if part.section.code == section]
    items = [item for part in parts for item in (*part.core, *part.more) if item.code in codes]
    values = rest_of(items, intake.answers(), how)
    _store(stored, _merged(stored.answers, values, by=by, now=now, how="bulk"), by=by, now=now)
    _log(intake, by=by, event="intake_rest_recorded", action="U", now=now, detail=f"{section}: {len(values)} {how}")
    return list(values)


@transaction.atomic
def take_back(*, intake: Intake, section: str, by: Staff, now: dt.datetime) -> list[str]:
    """Take back the last lines of a section that were recorded in one go; give back their codes.

    A line that was answered anew since then stays.
    """
    check_write(intake, by)
    stored = _locked_section(intake, section, by, now)
    codes = last_bulk(stored.answers)
    _store(stored, {code: one for code, one in stored.answers.items() if code not in codes}, by=by, now=now)
    _log(intake, by=by, event="intake_rest_taken_back", action="U", now=now, detail=f"{section}: {len(codes)}")
    return codes


def last_bulk(answers: Mapping[str, Any]) -> list[str]:
    """The codes of the answers that were recorded last in one go."""
    moments = {code: answer["at"] for code, answer in answers.items() if answer["how"] == "bulk"}
    return [code for code, at in moments.items() if at == max(moments.values())]


@transaction.atomic
def copy_section(*, intake: Intake, source: Intake, section: str, by: Staff, now: dt.datetime) -> list[str]:
    """Take over what the content lets one copy from an earlier intake in one section; give back the codes.

    Each answer says from which intake it is. It waits for `confirm_copied`: until then the intake is not completed.
    """
    check_write(intake, by)
    check_copy(intake, source)
    stored = _locked_section(intake, section, by, now)
    values = intake.copyable_from(source).get(section, {})
    origin = {"from": {"intake": str(source.pk), "on": source.date.isoformat()}}
    answers = _merged(stored.answers, values, by=by, now=now, how=COPIED)
    _store(stored, answers | {code: answers[code] | origin for code in values}, by=by, now=now)
    _log(intake, by=by, event="intake_section_copied", action="U", now=now, detail=f"{section}: {len(values)}")
    return list(values)


@transaction.atomic
def confirm_copied(*, intake: Intake, section: str, by: Staff, now: dt.datetime) -> list[str]:
    """Record that the copied answers of a section were gone through with the patient; give back their codes."""
    check_write(intake, by)
    stored = _locked_section(intake, section, by, now)
    codes = [code for code, answer in stored.answers.items() if answer["how"] == COPIED]
    stamp = {"by": str(by.pk), "name": by.name, "at": now.isoformat(), "how": CONFIRMED}
    _store(stored, stored.answers | {code: stored.answers[code] | stamp for code in codes}, by=by, now=now)
    _log(intake, by=by, event="intake_copies_confirmed", action="U", now=now, detail=f"{section}: {len(codes)}")
    return codes


def _store(stored: SectionAnswers, answers: dict[str, Any], *, by: Staff, now: dt.datetime) -> None:
    """Save a locked section with these answers, as its next version."""
    stored.answers = answers
    stored.version += 1
    stored.saved_at, stored.saved_by = now, by
    stored.save()


def check_complete(intake: Intake) -> None:
    """Raise `Incomplete` unless all that is required is answered, each answer is possible and each copy confirmed."""
    missing, problems, unconfirmed = intake.missing(), intake.problems(), intake.unconfirmed()
    if missing or problems or unconfirmed:
        raise Incomplete(missing, problems, unconfirmed)


@transaction.atomic
def complete(*, intake: Intake, screening: ScreeningResult, reason: str, by: Staff, now: dt.datetime) -> None:
    """Complete the intake: its answers, derived findings and searchable columns are frozen together."""
    intake = Intake.objects.select_for_update().get(pk=intake.pk)
    check_write(intake, by)
    check_complete(intake)
    findings = intake.findings()
    intake.frozen_findings = findings.to_json()
    intake.region = intake.questionnaire.region
    weeks = findings.get("weeks_since_onset")
    intake.weeks_since_onset = float(weeks) if isinstance(weeks, int | float) else None
    intake.urgency, intake.protocol = screening.urgency, screening.protocol
    intake.status, intake.completed_at, intake.completed_by = "completed", now, by
    intake.completed_with_reason = reason
    _store_measurements(intake, by=by, now=now)
    intake.save()
    _log(intake, by=by, event="intake_completed", action="U", now=now)


def _store_measurements(intake: Intake, *, by: Staff, now: dt.datetime) -> None:
    """One measurement for each instrument of the questionnaire that was answered."""
    answers = intake.answers()
    for instrument in intake.questionnaire.instruments:
        items = {item.code: answers[item.code] for item in instrument.all_items if item.code in answers}
        if items:
            Measurement.objects.create(
                episode=intake.episode,
                intake=intake,
                instrument=instrument.code,
                instrument_version=instrument.version,
                items=items,
                scores=instrument.compute(answers),
                moment="intake",
                taken_on=intake.date,
                recorded_at=now,
                by=by,
            )


@dataclass(frozen=True, slots=True)
class Taken:
    """What was measured on one day after the intake: answers by item code, and a chart unless none was drawn.

    An empty chart says that it was asked and nothing is felt anywhere; `final` that care ends with this measurement.
    """

    on: dt.date
    answers: Mapping[str, Any]
    chart: Chart | None = None
    final: bool = False


@transaction.atomic
def measure(*, intake: Intake, taken: Taken, by: Staff, now: dt.datetime) -> list[Measurement]:
    """Record outcome measures after this intake, by the instruments of its questionnaire, and perhaps a body chart.

    An instrument of which nothing was answered is not measured. What the patient named earlier, such as an activity,
    is kept with the new answers. Measured again on the same day, what was recorded last counts; nothing is replaced.
    """
    check_measure(intake, taken.on, now)
    if validate(taken.answers, intake.questionnaire)[1]:
        raise Refused(_("An answer is not within what is possible."))
    done = [
        Measurement.objects.create(
            episode=intake.episode,
            instrument=instrument.code,
            instrument_version=instrument.version,
            items=items,
            scores=measured(instrument, items),
            moment="final" if taken.final else "interim",
            taken_on=taken.on,
            recorded_at=now,
            by=by,
        )
        for instrument in intake.questionnaire.instruments
        if (items := _with_subjects(intake, instrument, taken.answers))
    ]
    if taken.chart is not None:
        _draw_again(intake, taken, by=by, now=now)
    elif not done:
        raise Refused(_("Nothing is filled in: give at least one score, or draw the body chart."))
    _log(intake, by=by, event="measured_again", action="C", now=now)
    return done


def _with_subjects(intake: Intake, instrument: Instrument, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to the questions of an instrument with what the patient named earlier; empty when nothing is new."""
    given = {item.code: answers[item.code] for item in instrument.all_items if item.code in answers}
    earlier = intake.earlier_answers(instrument)
    named = {text: earlier[text] for text in subjects(instrument).values() if text in earlier}
    return named | given if given else {}


def _draw_again(intake: Intake, taken: Taken, *, by: Staff, now: dt.datetime) -> None:
    """Keep a chart on the figure that this intake was drawn on."""
    diagram = intake.diagram
    chart = taken.chart or {}
    if diagram is None or (chart and refusal(chart, diagram)):
        raise Refused(_("This body chart cannot be kept: it does not fit the figure of the intake."))
    LaterChart.objects.create(
        episode=intake.episode,
        diagram=diagram.code,
        diagram_version=diagram.version,
        chart=tidy(chart, diagram),
        taken_on=taken.on,
        recorded_at=now,
        by=by,
    )


@transaction.atomic
def add_addendum(*, intake: Intake, text: str, by: Staff, now: dt.datetime) -> Addendum:
    """Add a correction to a completed intake; what was recorded stays readable."""
    check_addendum(intake)
    if not text.strip():
        raise Refused(_("Write what is corrected or added."))
    addendum = Addendum.objects.create(intake=intake, text=text.strip(), by=by, at=now)
    _log(intake, by=by, event="intake_addendum_added", action="C", now=now)
    return addendum


@transaction.atomic
def mark_entered_in_error(*, intake: Intake, by: Staff, now: dt.datetime) -> None:
    """Take a draft back that belongs to the wrong patient or should not exist; it stays on record as such."""
    check_write(intake, by)
    intake.status = "entered_in_error"
    intake.save(update_fields=["status"])
    _log(intake, by=by, event="intake_entered_in_error", action="U", now=now)


@transaction.atomic
def publish_questionnaire(*, questionnaire: Questionnaire, now: dt.datetime) -> bool:
    """Add this version of a questionnaire and publish it; whether anything was new.

    A version that exists is never altered: the same version with other content is refused.
    """
    known = QuestionnaireVersion.objects.filter(code=questionnaire.code, version=questionnaire.version).first()
    if known:
        _refuse_altered(known, questionnaire)
        return False
    QuestionnaireVersion.objects.filter(code=questionnaire.code, status="published").update(status="retired")
    QuestionnaireVersion.objects.create(
        code=questionnaire.code,
        version=questionnaire.version,
        region=questionnaire.region,
        title={"nl": questionnaire.title.nl, "en": questionnaire.title.en},
        content=questionnaire.content,
        content_hash=questionnaire.hash,
        status="published",
        loaded_at=now,
    )
    return True


@transaction.atomic
def load_diagnosis_codes(*, codes: Mapping[str, str]) -> int:
    """Make these the diagnosis codes that intakes may use; give back how many. Older codes stay readable."""
    if not codes:
        raise Refused(_("The list has no codes."))
    DiagnosisCode.objects.exclude(code__in=list(codes)).update(is_current=False)
    DiagnosisCode.objects.bulk_create(
        [DiagnosisCode(code=code, description=description, is_current=True) for code, description in codes.items()],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["description", "is_current"],
    )
    return len(codes)


@transaction.atomic
def send_patient_link(*, episode: Episode, language: str, by: Staff, now: dt.datetime) -> tuple[PatientLink, str]:
    """Make a personal link by which the patient prepares the intake of this episode; give back its token, only now.

    An earlier link of the episode that is not finished stops working. Whoever sends it need not know anything
    clinical: the patient says where the complaint is.
    """
    check_send_link(episode)
    for earlier in PatientLink.objects.open().select_for_update().filter(episode=episode):
        _revoke(earlier, by=by, now=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = PatientLink.objects.create(
        episode=episode,
        token_hash=_token_hash(token),
        language=language,
        sent_at=now,
        sent_by=by,
        expires_at=now + LINK_LASTS,
    )
    _log_link(link, by=by, event="patient_link_sent", action="C", now=now)
    return link, token


def mail_patient_link(*, link: PatientLink, address: str, by: Staff, now: dt.datetime) -> None:
    """E-mail the address of this link to the patient, in the language of the link and without clinical content.

    Raises `Refused` when there is no e-mail address, the patient wants no e-mail, or the server did not take it; the
    link itself stays.
    """
    check_mail_link(link.episode)
    subject, body = _letter_with_link(link, address)
    try:
        send_mail(subject, body, None, [link.patient.email])
    except OSError as failure:
        raise Refused(_("The e-mail could not be sent. Give the link in another way, or try again.")) from failure
    with transaction.atomic():
        link.emailed_at = now
        link.save(update_fields=["emailed_at"])
        _log_link(link, by=by, event="patient_link_emailed", action="E", now=now)


def _letter_with_link(link: PatientLink, address: str) -> tuple[str, str]:
    """Subject and body of the e-mail that brings a link."""
    practice = PracticeSettings.objects.current()
    with override(link.language):
        name = practice.name or gettext("your physiotherapy practice")
        subject = gettext("Questions before your appointment at %(practice)s") % {"practice": name}
        lines = [
            gettext("You have an appointment at %(practice)s.") % {"practice": name},
            gettext("With this personal link you can answer some questions beforehand, on your phone or computer:"),
            address,
            gettext("We ask for your date of birth first. You can stop at any moment and go on later."),
            gettext("The link works until %(moment)s.") % {"moment": date_format(localtime(link.expires_at), "j F Y")},
            gettext("Would you rather not? Then do nothing: the physiotherapist asks you the same at the appointment."),
        ]
        if practice.phone:
            lines.append(gettext("Questions? Call us: %(phone)s.") % {"phone": practice.phone})
    return subject, "\n\n".join(lines)


@transaction.atomic
def revoke_patient_link(*, link: PatientLink, by: Staff, now: dt.datetime) -> None:
    """Make a link stop working at once. What the patient answered so far stays on offer."""
    link = PatientLink.objects.select_for_update().get(pk=link.pk)
    check_revoke_link(link)
    _revoke(link, by=by, now=now)


def _revoke(link: PatientLink, *, by: Staff, now: dt.datetime) -> None:
    link.revoked_at, link.revoked_by = now, by
    link.save(update_fields=["revoked_at", "revoked_by"])
    _log_link(link, by=by, event="patient_link_revoked", action="U", now=now)


class TooManyAttempts(Exception):
    """So many wrong links or dates came from this network address that it has to wait."""


@transaction.atomic
def open_patient_link(*, token: str, birth_date: dt.date, now: dt.datetime) -> PatientLink | None:
    """The link of this token, if it may be used and the date is the patient's date of birth; else None.

    Whatever is wrong, the answer is the same and takes the same comparisons: nobody learns whether a link exists. A
    wrong date counts, and the fifth locks the link. Raises `TooManyAttempts` for a network address that guesses.
    """
    if audit.recent_refusals(LINK_OPENED, since=now - GUESSING_WINDOW) >= GUESSES_PER_ADDRESS:
        raise TooManyAttempts
    link = PatientLink.objects.select_for_update().filter(token_hash=_token_hash(token)).first()
    expected = link.patient.birth_date if link else NOBODYS_BIRTH_DATE
    right = constant_time_compare(birth_date.isoformat(), expected.isoformat())
    if link and right and link.is_usable(now):
        _note_opening(link, now)
        return link
    if link and not right:
        link.attempts = min(link.attempts + 1, PatientLink.WRONG_DATES)
        link.save(update_fields=["attempts"])
    _log_link(link, event=LINK_OPENED, action="E", now=now, allowed=False)
    return None


def _note_opening(link: PatientLink, now: dt.datetime) -> None:
    """Keep when the patient came in first; wrong dates before it are forgotten."""
    link.opened_at, link.attempts = link.opened_at or now, 0
    link.save(update_fields=["opened_at", "attempts"])
    _log_link(link, event=LINK_OPENED, action="E", now=now)


@transaction.atomic
def choose_prepared_questionnaire(
    *, link: PatientLink, questionnaire_version: QuestionnaireVersion, now: dt.datetime
) -> None:
    """Let the patient say where the complaint is. Answers given so far are kept."""
    link = _prepared_link(link, now)
    link.questionnaire_version = questionnaire_version
    link.save(update_fields=["questionnaire_version"])
    _log_link(link, event="patient_chose_region", action="U", now=now)


@transaction.atomic
def save_prepared_section(
    *, link: PatientLink, section: str, values: Mapping[str, Any], now: dt.datetime
) -> PreparedAnswers:
    """Keep what the patient answered of one section. A value of None takes the answer back."""
    link = _prepared_link(link, now)
    stored, _created = PreparedAnswers.objects.select_for_update().get_or_create(
        link=link, section=section, defaults={"saved_at": now}
    )
    stored.answers = _offered(stored.answers, values, now)
    stored.version += 1
    stored.saved_at = now
    stored.save()
    _log_link(link, event="patient_answers_saved", action="U", now=now, detail=section)
    return stored


def _prepared_link(link: PatientLink, now: dt.datetime) -> PatientLink:
    """The link as it is now, locked until the transaction ends. Raises `Refused` when it cannot be used any more."""
    fresh = PatientLink.objects.select_for_update().get(pk=link.pk)
    check_prepare(fresh, now)
    return fresh


def _offered(held: Mapping[str, Any], values: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """What a patient offers after these values: an unchanged one keeps its moment."""
    offered = {code: given for code, given in held.items() if values.get(code, given["value"]) is not None}
    for code, value in values.items():
        if value is not None and offered.get(code, {}).get("value") != value:
            offered[code] = {"value": value, "at": now.isoformat()}
    return offered


@transaction.atomic
def finish_prepared(*, link: PatientLink, now: dt.datetime) -> None:
    """Hand the answers to the practice: the link stops working and the answers do not change any more."""
    link = _prepared_link(link, now)
    link.finished_at = now
    link.save(update_fields=["finished_at"])
    _log_link(link, event="patient_answers_finished", action="U", now=now)


@transaction.atomic
def confirm_prepared(
    *, intake: Intake, link: PatientLink, section: str, codes: Iterable[str], by: Staff, now: dt.datetime
) -> list[str]:
    """Take these offered answers of a section over into the intake; give back the codes of what was recorded.

    Each is recorded as by the patient, confirmed by `by`. What was not offered, or not by this patient, is left out.
    """
    check_write(intake, by)
    check_offered(intake, link)
    known = {item.code for part in intake.questionnaire.sections if part.code == section for item in part.items}
    offered = {code: value for code, value in link.answers().items() if code in known}
    values = {code: offered[code] for code in codes if code in offered}
    save_section(intake=intake, section=section, values=values, base=intake.answers(), by=by, now=now, how="patient")
    _log(intake, by=by, event="prepared_answers_confirmed", action="U", now=now, detail=f"{section}: {len(values)}")
    return list(values)


@transaction.atomic
def dismiss_prepared(
    *, intake: Intake, link: PatientLink, section: str, codes: Iterable[str], by: Staff, now: dt.datetime
) -> None:
    """Set these offered answers of a section aside; they stay on record as offered and are recorded nowhere."""
    check_write(intake, by)
    check_offered(intake, link)
    chosen = set(codes)
    for stored in PreparedAnswers.objects.select_for_update().filter(link=link):
        aside = {code: {"by": str(by.pk), "at": now.isoformat()} for code in chosen & stored.answers.keys()}
        if aside:
            stored.dismissed = {**stored.dismissed, **aside}
            stored.save(update_fields=["dismissed"])
    _log(intake, by=by, event="prepared_answers_dismissed", action="U", now=now, detail=f"{section}: {len(chosen)}")


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _log_link(
    link: PatientLink | None,
    *,
    event: str,
    action: str,
    now: dt.datetime,
    by: Staff | None = None,
    allowed: bool = True,
    detail: str = "",
) -> None:
    """Write one event about a personal link to the access log; without staff, the patient acts by the link."""
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=link.episode.patient_id if link else None,
        object_type="patientlink",
        object_id=link.pk if link else "",
        detail=detail,
        checks=audit.Checks(authorised=allowed, treatment_relationship=True if by else None),
        allowed=allowed,
        purpose="prepare_intake",
        actor=PATIENT_BY_LINK,
    )


def _refuse_altered(known: QuestionnaireVersion, questionnaire: Questionnaire) -> None:
    """Raise when a published version would get other content."""
    if known.content_hash != questionnaire.hash:
        raise Refused(
            _("%(code)s version %(version)s is published already with other content. Give it a new version.")
            % {"code": known.code, "version": known.version}
        )


def _log(intake: Intake, *, by: Staff, event: str, action: str, now: dt.datetime, detail: str = "") -> None:
    """Write one event about this intake to the access log."""
    audit.record(
        by=by,
        event=event,
        action=action,
        now=now,
        patient_id=intake.episode.patient_id,
        object_type="intake",
        object_id=intake.pk,
        detail=detail,
        checks=audit.Checks(authorised=True, treatment_relationship=True),
    )
