"""Turns stored answers, suggestions and plans into what a screen says, in the reader's language. Reads only."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from intake.actions import Incomplete, StaleSection
from intake.domain.body_chart import chart_in_words
from intake.domain.conditions import Terms, parse
from intake.domain.items import Item
from intake.domain.phrases import finding_in_words, value_in_words
from intake.domain.prepared import Page, asked_pages, offered_findings
from intake.domain.questionnaire import Section
from intake.domain.text import Text
from intake.forms.sections import UNITS
from intake.models import Intake, PatientLink
from patients.policies import Refused
from plans import actions
from plans.actions import PlanChoice
from plans.domain.hold import HoldCause
from plans.domain.letters import referral_reasons
from plans.domain.plan import changes, choices_in
from plans.domain.protocol import PlanTemplate, Urgency
from plans.domain.trace import Trace, hold_of
from plans.models import Deviation, Plan, PlanRevision, Suggestion
from plans.policies import answered_matters, can_revise, contacted_matters, hold_on
from practice.domain.grants import Act
from practice.models import PracticeSettings, Staff

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
DISCIPLINES = {
    "gp": gettext_lazy("general practitioner"),
    "manual_therapist": gettext_lazy("manual therapist"),
    "occupational_therapist": gettext_lazy("occupational therapist"),
    "rehabilitation_physician": gettext_lazy("rehabilitation physician"),
    "psychosomatic_physiotherapist": gettext_lazy("psychosomatic physiotherapist"),
    "pelvic_physiotherapist": gettext_lazy("pelvic physiotherapist"),
    "occupational_physician": gettext_lazy("occupational physician"),
}
EVIDENCE = {
    "verified": gettext_lazy("read in the source"),
    "verified_secondary": gettext_lazy("read in an extract, to be signed"),
    "unverified": gettext_lazy("not verified"),
    "proposal": gettext_lazy("own proposal, to be signed"),
}
POINTS = {
    "weeks": gettext_lazy("weeks"),
    "sessions_per_week": gettext_lazy("sessions a week"),
    "techniques": gettext_lazy("techniques"),
    "exercises": gettext_lazy("exercises"),
    "left_out": gettext_lazy("left out"),
}


def language() -> str:
    """The language of the reader."""
    return get_language() or "nl"


def said(text: Mapping[str, str] | None) -> str:
    """A stored bilingual text in the reader's language."""
    return text["en" if language().startswith("en") else "nl"] if text else ""


def read_back(intake: Intake) -> list[dict[str, Any]]:
    """Every section of an intake with its answers in words, and how many of its questions were not asked."""
    recorded = intake.recorded
    return [
        {
            "code": section.code,
            "title": section.title,
            "rows": [_row(item, recorded[item.code]) for item in section.items if item.code in recorded],
            "unasked": sum(item.code not in recorded for item in section.items),
        }
        for section in intake.questionnaire.sections
    ]


def _row(item: Item, answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": item.code,
        "label": item.label.in_language(language()),
        "answer": answer_in_words(item, answer["value"]),
        "alarming": item.red_flag and answer["value"] is True,
        "by": answer["name"],
        "at": dt.datetime.fromisoformat(answer["at"]),
        "bulk": answer["how"] == "bulk",
        "diagram": item.diagram,
        "value": answer["value"],
        "patient": answer["how"] == "patient",
        "copied_from": dt.date.fromisoformat(answer["from"]["on"]) if "from" in answer else None,
    }


def answer_in_words(item: Item, value: Any) -> str:
    """An answer as a reader says it; a body chart region by region."""
    if item.diagram and value:
        return "\n".join(chart_in_words(value, item.diagram, language()))
    return value_in_words(value, item.term if item.is_finding else None, language())


def conflict_rows(intake: Intake, conflicts: Iterable[StaleSection]) -> list[dict[str, Any]]:
    """Both values of every answer that somebody else saved meanwhile."""
    items = intake.questionnaire.items
    return [
        {
            "code": code,
            "label": items[code].label.in_language(language()),
            "url": question_url(code),
            "stored": answer_in_words(items[code], held),
            "sent": answer_in_words(items[code], sent),
            "by": conflict.stored.saved_by,
            "at": conflict.stored.saved_at,
        }
        for conflict in conflicts
        for code, (held, sent) in conflict.conflicting.items()
    ]


def missing_rows(intake: Intake, incomplete: Incomplete) -> list[dict[str, str]]:
    """What stands in the way of completing, as links: each wrong answer, and what the record still needs."""
    items = intake.questionnaire.items
    rows = [
        {
            "url": question_url(code),
            "text": _("%(question)s: check this answer, it is not within what is possible.")
            % {"question": items[code].label.in_language(language())},
        }
        for code in sorted({problem.path.split(".")[1].split("[")[0] for problem in incomplete.problems})
    ]
    rows += [
        {
            "url": question_url(item.code),
            "text": _("%(question)s: copied from an earlier intake. Confirm it, or change it.")
            % {"question": item.label.in_language(language())},
        }
        for item in incomplete.unconfirmed
    ]
    return rows + [
        {"url": line["url"], "text": _("Still needed: %(question)s") % {"question": line["label"]}}
        for line in needed(intake)
    ]


def unfit_labels(intake: Intake, codes: Iterable[str]) -> list[str]:
    """The questions of this intake whose answer would not fit another questionnaire."""
    items = intake.questionnaire.items
    return [items[code].label.in_language(language()) for code in codes if code in items and code in intake.recorded]


def question_url(code: str) -> str:
    """The place of a question on the intake page."""
    return f"#div_id_{code}"


def summary_of(intake: Intake) -> dict[str, Any]:
    """What the side of the intake page says: saved when, red flags, what is needed, the provisional suggestion."""
    saved = max((section.saved_at for section in intake.sections.all()), default=None)
    missing = intake.missing()
    summary = {"saved_at": saved, "needed": _lines(intake, missing), "needed_count": len(missing)}
    try:
        trace = actions.preview(intake=intake).in_short()
    except Refused as refusal:
        return summary | {"trouble": str(refusal), "flags": []}
    contacted = contacted_matters(intake)
    return summary | {
        "flags": [flag_card(flag, contacted) for flag in trace["red_flags"]],
        "screening": SCREENINGS[trace["screening"]],
        "suggestion": _provisional(trace),
        "follow_up": reverse("follow_up", args=[intake.pk]) if hold_of(trace, contacted).held else "",
    }


SPELLED_OUT = 3  # missing answers of one section up to here are named; more are counted


def needed(intake: Intake) -> list[dict[str, str]]:
    """What the record still needs, as links: a question by its name, many of one section as a number."""
    return _lines(intake, intake.missing())


def _lines(intake: Intake, missing: Iterable[Item]) -> list[dict[str, str]]:
    codes = {item.code for item in missing}
    return [line for section in intake.questionnaire.sections for line in _needed_in(section, codes)]


def _needed_in(section: Section, missing: set[str]) -> list[dict[str, str]]:
    items = [item for item in section.items if item.code in missing]
    if len(items) > SPELLED_OUT:
        title = section.title.in_language(language())
        words = _("%(section)s: %(number)s not recorded") % {"section": title, "number": len(items)}
        return [{"label": words, "url": question_url(items[0].code), "section": section.code}]
    return [
        {"label": item.label.in_language(language()), "url": question_url(item.code), "section": section.code}
        for item in items
    ]


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


def _provisional(trace: Trace) -> dict[str, str] | None:
    if not trace["templates"]:
        return None
    first = trace["templates"][0]
    return {"title": said(first["title"]), "detail": said(first["reasons"][0]["explanation"])}


def hold_sentences(intake: Intake, suggestion: Suggestion) -> list[str]:
    """Why a plan from this suggestion is held now; empty when it is not."""
    return _sentences(hold_on(intake, suggestion.trace).reasons, suggestion.trace)


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
        .with_patient()
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
    """Of the last suggestion of each intake what can hold treatment; the rest of a trace is large and stays behind."""
    rows = (
        Suggestion.objects.filter(intake__in=[intake.pk for intake in intakes])
        .order_by("made_at")
        .values_list("intake_id", "trace__red_flags", "trace__hold")
    )
    return {intake: {"red_flags": red_flags, "hold": held} for intake, red_flags, held in rows}


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


class SuggestionReading:
    """A stored suggestion as its screen says it."""

    def __init__(self, intake: Intake, suggestion: Suggestion) -> None:
        self.intake, self.trace = intake, suggestion.trace
        self.protocol = suggestion.protocol_version.protocol
        self.answers_url = reverse("intake_answers", args=[intake.pk])
        derived = self.protocol.derivations.terms
        self.terms: Terms = {**derived, **intake.questionnaire.terms}

    def context(self) -> dict[str, Any]:
        """Everything that the screen shows."""
        trace = self.trace
        return {
            "screening": trace["screening"],
            "screening_words": SCREENINGS[trace["screening"]],
            "flags": [self._flag(flag) for flag in trace["red_flags"]],
            "templates": [self._template(template) for template in trace["templates"]],
            "alternatives": [self._alternative(one) for one in trace["alternatives"]],
            "referrals": self._referrals(),
            "techniques": [self._technique(one) for one in trace["techniques"]],
            "endings": [self._remark(one) for one in trace["endings"]],
            "notes": [self._remark(one) for one in (*trace["scope"], *trace["notes"])],
            "advice": [self._remark(one) for one in trace["advice"]],
            "questions": [self._question(one) for one in trace["open_questions"][:12]],
            "question_count": len(trace["open_questions"]),
            "not_evaluated": trace["not_evaluated"],
            "decided_by": [self._leaf(leaf) for leaf in trace["decided_by"]],
        }

    def _flag(self, flag: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **flag_card(flag, contacted_matters(self.intake)),
            "lifted": flag["code"] in answered_matters(self.intake),
            "reasons": self._reasons(flag["reasons"]),
        }

    def _template(self, template: Mapping[str, Any]) -> dict[str, Any]:
        full = self.protocol.templates[template["code"]]
        return {
            "code": template["code"],
            "title": said(template["title"]),
            "summary": full.summary.in_language(language()),
            "kind": template["kind"],
            "weeks": full.weeks,
            "sessions": full.sessions,
            "techniques": sorted(
                {
                    self.protocol.techniques[dose.technique].title.in_language(language())
                    for phase in full.phases
                    for dose in phase.techniques
                    if dose.core
                }
            ),
            "reasons": self._reasons(template["reasons"]),
        }

    def _alternative(self, one: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "code": one["code"],
            "title": said(one["title"]),
            "changes": [self._change(change) for change in one["changes"][:4]],
            "against": [self._leaf(leaf) for leaf in one["reasons"][0]["against"]],
        }

    def _change(self, change: Mapping[str, Any]) -> str:
        """The single answer that would make the difference, as a sentence."""
        return parse(change["to"]).describe(language(), self.terms)

    def _referrals(self) -> list[dict[str, Any]]:
        """The referrals; with red flags the GP is always among them, with every flag as a reason."""
        others = [one for one in self.trace["referrals"] if one["discipline"] != "gp"]
        try:
            urgency, reasons = referral_reasons(self.trace, "gp")
        except KeyError:
            return [self._referral(one) for one in others]
        gp = {"discipline": "gp", "urgency": urgency, "reasons": reasons}
        return [self._referral(one) for one in (gp, *others)]

    def _referral(self, one: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "discipline": one["discipline"],
            "name": DISCIPLINES[one["discipline"]],
            "urgency": one["urgency"],
            "reasons": self._reasons(one["reasons"]),
        }

    def _technique(self, one: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "title": self.protocol.techniques[one["code"]].title.in_language(language()),
            "gate": one["gate"],
            "reasons": self._reasons(one["reasons"]),
            "unsettled": [said(reason["explanation"]) for reason in one["unsettled"]],
        }

    def _remark(self, one: Mapping[str, Any]) -> dict[str, Any]:
        return {"code": one["code"], "label": said(one.get("label")), "reasons": self._reasons(one["reasons"])}

    def _question(self, one: Mapping[str, Any]) -> dict[str, Any]:
        names = [self.terms[code].name(language()) for code in one["asks"] if code in self.terms]
        return {"text": ", ".join(names) or one["code"], "urgency": one["urgency"]}

    def _reasons(self, reasons: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        return [self._reason(reason) for reason in reasons]

    def _reason(self, reason: Mapping[str, Any]) -> dict[str, Any]:
        leaves = [
            *(self._leaf(leaf, "for") for leaf in reason["held"]),
            *(self._leaf(leaf, "against") for leaf in reason["against"]),
        ]
        return {
            "rule": reason["rule"],
            "explanation": said(reason["explanation"]),
            "action": said(reason["action"]),
            "evidence": EVIDENCE.get(reason["evidence"], ""),
            "sources": [self._source(key) for key in reason["sources"]],
            "leaves": leaves,
            "open": [self._leaf(leaf, "open") for leaf in reason["unknown"]],
        }

    def _leaf(self, leaf: Mapping[str, Any], kind: str = "for") -> dict[str, str]:
        return {
            "kind": kind,
            "text": finding_in_words(leaf["code"], leaf["value"], self.terms, language()),
            "url": f"{self.answers_url}#answer-{leaf['code']}",
        }

    def _source(self, key: str) -> dict[str, str]:
        source = self.protocol.sources.get(key, {})
        return {"title": source.get("title", key), "url": source.get("url", "")}


def measures_of(intake: Intake) -> list[tuple[str, str]]:
    """The scores that can carry a goal, with their labels."""
    return [
        (score.code, score.label.in_language(language()))
        for instrument in intake.questionnaire.instruments
        for score in instrument.scores
    ]


def baselines_of(intake: Intake) -> dict[str, tuple[str, float | None]]:
    """For each instrument the score that stands for it (of its own name, else its mean or total) and its value."""
    findings = intake.findings()
    found = {}
    for instrument in intake.questionnaire.instruments:
        codes = {score.code for score in instrument.scores}
        names = (instrument.code, f"{instrument.code}_mean", f"{instrument.code}_total")
        score = next((name for name in names if name in codes), "")
        value = findings.get(score)
        found[instrument.code] = (score, float(value) if isinstance(value, int | float) else None)
    return found


def goal_proposal(intake: Intake, template: PlanTemplate) -> dict[str, Any]:
    """What the goal of a plan starts from: the patient's own words and activity; nothing is invented."""
    answers, findings = intake.answers(), intake.findings()
    text = answers.get("goal_activity") or answers.get("psk_1_activity") or answers.get("request_for_help", "")
    return {
        "goal_text": str(text)[:300],
        "goal_weeks": answers.get("goal_weeks") or template.weeks,
        "goal_measure": "psk_mean" if "psk_mean" in findings else "",
        "goal_baseline": findings.get("psk_mean"),
    }


LIFE_TONES = {"draft": "warning", "active": "ok", "paused": "warning", "completed": "quiet", "stopped": "quiet"}
REVIEW_TONES = {"none": "quiet", "submitted": "info", "approved": "ok", "returned": "warning"}


def plan_reading(plan: Plan, staff: Staff) -> dict[str, Any]:
    """A plan as its screen says it."""
    revision, protocol = plan.current_revision, plan.protocol_version.protocol
    phases = [
        {
            **phase,
            "techniques": [
                {"title": protocol.techniques[one["code"]].title, "dose": one["dose"]} for one in phase["techniques"]
            ],
            "exercises": [protocol.exercises[code] for code in phase["exercises"]],
        }
        for phase in revision.content["phases"]
    ]
    return {
        "revision": revision,
        "phases": phases,
        "deviations": [deviation_row(deviation, plan) for deviation in revision.deviations.all()],
        "sessions": revision.planned_sessions.all(),
        "holds": hold_sentences(plan.intake, plan.suggestion),
        "notes": [said(note["label"]) for note in plan.suggestion.trace["notes"]],
        "life_tone": LIFE_TONES[plan.life],
        "review_tone": REVIEW_TONES[revision.review],
        "review_words": _("review: %(state)s") % {"state": revision.get_review_display()},
        "revisions": plan.revisions.select_related("author", "reviewed_by"),
        "may_revise": staff.may(Act.ADOPT_PLAN) and can_revise(plan),
        "safety_net": [protocol.advice[code] for code in revision.content.get("safety_net") or ()],
    }


def deviation_row(deviation: Deviation, plan: Plan) -> dict[str, Any]:
    """A deviation in words."""
    return {
        "what": deviation_name(deviation.what, plan),
        "template_value": deviation_value(deviation.template_value, plan),
        "plan_value": deviation_value(deviation.plan_value, plan),
        "reason": deviation.get_reason_display(),
        "explanation": deviation.explanation,
    }


def revision_conflicts(plan: Plan, choice: PlanChoice, current: PlanRevision) -> list[tuple[str, str, str]]:
    """What somebody wanted of a plan and what it is now, by point, where the two differ."""
    differing = changes(choices_in(current.content, plan.plan_template), choice.phases)
    rows = [(each.what, each.plan_value, each.template_value) for each in differing]
    if choice.session_minutes != current.session_minutes:
        rows.append(("session_minutes", choice.session_minutes, current.session_minutes))
    return [
        (deviation_name(what, plan), deviation_value(wanted, plan), deviation_value(stored, plan))
        for what, wanted, stored in rows
    ]


def deviation_name(what: str, plan: Plan) -> str:
    """What a deviation is about: the phase and the point."""
    if "." not in what:
        return _("minutes per session")
    phase_code, point = what.split(".")
    titles = {phase.code: phase.title.in_language(language()) for phase in plan.plan_template.phases}
    return f"{titles.get(phase_code, phase_code)}: {POINTS[point]}"


def deviation_value(value: Any, plan: Plan) -> str:
    """One side of a deviation in words: codes of techniques and exercises by their titles."""
    if not isinstance(value, list | tuple):
        return value_in_words(value, None, language())
    protocol = plan.protocol_version.protocol
    titles = {**protocol.techniques, **protocol.exercises}
    return ", ".join(titles[code].title.in_language(language()) for code in value) or _("none")


@dataclass(frozen=True, slots=True)
class CallAdvice:
    """What a patient is told to do when the answers cannot wait."""

    emergency: bool
    phone: str


def call_advice(link: PatientLink) -> CallAdvice | None:
    """Whether the patient must call, and whom; None when no alarm about this link waits for a contact."""
    alarm = link.alarms.open().first()
    if alarm is None:
        return None
    return CallAdvice(alarm.is_emergency, link.episode.location.phone or PracticeSettings.objects.current().phone)


def pages_of(link: PatientLink) -> tuple[Page, ...]:
    """The pages that have something to ask this patient now."""
    questionnaire = link.questionnaire_version.questionnaire
    findings = offered_findings(link.answers(), link.context(timezone.now()), questionnaire)
    return asked_pages(questionnaire, findings)


def prepared_overview(link: PatientLink) -> list[dict[str, Any]]:
    """What the patient answered, by section, in plain words, each with the page to change it on."""
    answers, overview = link.answers(), {}
    for page in pages_of(link):
        part = overview.setdefault(page.section.code, {"title": page.section.patient.title, "rows": [], "skipped": 0})
        for item in page.items:
            if item.code in answers:
                part["rows"].append(_plain_row(item, answers[item.code], page.number))
            else:
                part["skipped"] += 1
        part.setdefault("page", page.number)
    return list(overview.values())


def with_unit(item: Item, value: Any) -> str:
    """An answer as a reader says it, with what a number counts."""
    unit = UNITS.get(item.unit, item.unit)
    return f"{answer_in_words(item, value)} {unit}".strip()


def _plain_row(item: Item, value: Any, page: int) -> dict[str, Any]:
    labels = {choice.code: choice.plain.in_language(language()) for choice in item.choices}
    if item.choices:
        words = ", ".join(labels.get(code, code) for code in (value if isinstance(value, list) else [value]))
    else:
        words = with_unit(item, value)
    return {"question": item.patient.label, "answer": words, "page": page}


@dataclass(frozen=True, slots=True)
class CopyOffer:
    """What may be taken over in one section from an earlier intake, in words."""

    source: Intake
    rows: tuple[tuple[str, str], ...]


EARLIER_INTAKES = 5  # so many are looked through for something to copy


def copy_sources(intake: Intake, staff: Staff) -> dict[str, Intake]:
    """For each section the latest earlier intake that this person may read and that has something to take over."""
    found: dict[str, Intake] = {}
    for source in Intake.objects.visible_to(staff).before(intake).with_patient()[:EARLIER_INTAKES]:
        found = dict.fromkeys(intake.copyable_from(source), source) | found
    return found


def copy_offers(intake: Intake, staff: Staff) -> dict[str, CopyOffer]:
    """What may be taken over from earlier intakes, by section."""
    return {code: _copy_offer(intake, source, code) for code, source in copy_sources(intake, staff).items()}


def _copy_offer(intake: Intake, source: Intake, section: str) -> CopyOffer:
    items = intake.questionnaire.items
    values = [(items[code], value) for code, value in intake.copyable_from(source)[section].items()]
    rows = ((item.label.in_language(language()), with_unit(item, value)) for item, value in values)
    return CopyOffer(source, tuple(rows))


@dataclass(frozen=True, slots=True)
class OfferedRow:
    """One answer that a patient offers, beside what is recorded."""

    code: str
    label: str
    answer: str
    recorded: str
    state: str
    alarming: bool

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision: it is not recorded as it was offered, and was not set aside."""
        return self.state in ("new", "differs")


@dataclass(frozen=True, slots=True)
class OfferedSection:
    """What a patient offers in one section of an intake."""

    code: str
    title: Text
    link: PatientLink
    saved_at: dt.datetime
    rows: tuple[OfferedRow, ...]

    @property
    def open(self) -> list[OfferedRow]:
        """The answers that wait for a decision."""
        return [row for row in self.rows if row.is_open]


def offered_sections(intake: Intake) -> list[OfferedSection]:
    """What the patient of this intake prepared by the last link with answers, by section; empty when nothing was."""
    link = intake.episode.patient_links.filter(prepared__isnull=False).distinct().order_by("-sent_at").first()
    if link is None:
        return []
    parts = list(link.prepared.all())
    offered = {code: given["value"] for part in parts for code, given in part.answers.items()}
    aside = {code for part in parts for code in part.dismissed}
    saved_at = max(part.saved_at for part in parts)
    found = []
    for section in intake.questionnaire.sections:
        rows = tuple(_offered_row(intake, item, offered, aside) for item in section.items if item.code in offered)
        if rows:
            found.append(OfferedSection(section.code, section.title, link, saved_at, rows))
    return found


def _offered_row(intake: Intake, item: Item, offered: Mapping[str, Any], aside: set[str]) -> OfferedRow:
    value, recorded = offered[item.code], intake.answers()
    return OfferedRow(
        code=item.code,
        label=item.label.in_language(language()),
        answer=with_unit(item, value),
        recorded=with_unit(item, recorded[item.code]) if item.code in recorded else "",
        state=_offered_state(item.code, value, recorded, aside),
        alarming=item.red_flag and value is True,
    )


def _offered_state(code: str, value: Any, recorded: Mapping[str, Any], aside: set[str]) -> str:
    """new, differs (something else is recorded), taken_over (the same is recorded) or set_aside."""
    if code in recorded and recorded[code] == value:
        return "taken_over"
    if code in aside:
        return "set_aside"
    return "differs" if code in recorded else "new"
