"""Documents as PDF: what is in them is worked out here, how they look is templates/pdf/document.typ.

The PDF is tagged for screen readers (PDF/UA-1). Text reaches the typesetter as data only, so nothing that somebody
typed is ever read as markup.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

import typst
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from intake.domain.text import Text
from intake.models import Intake
from patients.models import Patient
from plans.domain.letters import LetterFacts
from plans.domain.protocol import AdviceMoment, Exercise, Protocol
from plans.domain.trace import Trace
from plans.models import Letter, NoCourse, Plan
from practice.models import PracticeSettings, Staff

SOURCE = settings.BASE_DIR / "templates" / "pdf" / "document.typ"

Block = dict[str, Any]


def heading(text: str, level: int = 2) -> Block:
    """A heading of level 2 or 3; level 1 is the title of the document."""
    return {"kind": "heading", "text": text, "level": level}


def paragraph(text: str) -> Block:
    """A paragraph; its line breaks are kept."""
    return {"kind": "text", "text": text}


def bullets(items: Iterable[str]) -> Block:
    """A list of short texts."""
    return {"kind": "list", "items": list(items)}


def facts(pairs: Iterable[tuple[str, str]]) -> Block:
    """Names with values, side by side."""
    return {"kind": "facts", "facts": [list(pair) for pair in pairs]}


def box(title: str, items: Iterable[str]) -> Block:
    """A framed list that must catch the eye."""
    return {"kind": "box", "title": title, "items": list(items)}


def typeset(*, title: str, author: str, language: str, header: str, footer: str, blocks: list[Block]) -> bytes:
    """The document as a PDF."""
    data = {
        "title": title,
        "author": author,
        "lang": language,
        "header": header,
        "footer": footer,
        "page": _("page"),
        "blocks": blocks,
    }
    return typst.compile(
        SOURCE.read_bytes(),
        sys_inputs={"data": json.dumps(data)},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
    )


def patient_header(patient: Patient) -> str:
    """Whose document this is: on every page, so that a loose sheet is not lost."""
    return _("%(name)s, born %(birth)s") % {
        "name": patient.name.formal(),
        "birth": date_format(patient.birth_date, "j-b-Y"),
    }


def practice_footer(by: Staff, now: dt.datetime) -> str:
    """Who made the document, where and when."""
    practice = PracticeSettings.objects.current().name
    return f"{practice} · {by.name} · {date_format(localtime(now), 'j-b-Y H:i')}"


def letter_facts(intake: Intake, by: Staff, language: str) -> LetterFacts:
    """What a letter says about this intake besides the suggestion."""
    practice = PracticeSettings.objects.current()
    answers = intake.answers()
    with translation.override(language):
        return LetterFacts(
            patient=patient_header(intake.patient),
            sender=by.name,
            practice=practice.name,
            phone=practice.phone,
            request_for_help=str(answers.get("request_for_help", "")),
            diagnosis=str(answers.get("diagnosis_text", "")),
            intake_date=date_format(intake.date, "j F Y"),
        )


def letter_pdf(letter: Letter, *, by: Staff, now: dt.datetime) -> bytes:
    """A letter as PDF, in its own language; one that is not signed says that it is a draft."""
    with translation.override(letter.language):
        patient = letter.episode.patient
        about = facts(
            [
                (_("To"), letter.recipient),
                (_("About"), patient_header(patient)),
                (_("Date"), date_format(localtime(now), "j F Y")),
            ]
        )
        draft = [] if letter.signed_at else [box(_("Draft, not final"), [_("This letter is not signed.")])]
        return typeset(
            title=letter.subject,
            author=by.name,
            language=letter.language,
            header=patient_header(patient),
            footer=practice_footer(by, now),
            blocks=[*draft, about, *(paragraph(part) for part in letter.text.split("\n\n") if part.strip())],
        )


def _said(text: Text | Mapping[str, str] | None) -> str:
    """A bilingual text in the language in force; a plan keeps its texts as plain data."""
    if not text:
        return ""
    return text.in_language(_language()) if isinstance(text, Text) else text[_language()]


def _language() -> str:
    """The language in force, of the two that texts have."""
    return "en" if (translation.get_language() or "nl").startswith("en") else "nl"


def _length(weeks: int, sessions: int) -> str:
    """How long a phase lasts and how many sessions it has, such as "1 week, 2 sessions"."""
    return ", ".join(
        (
            ngettext("%(number)s week", "%(number)s weeks", weeks) % {"number": weeks},
            ngettext("%(number)s session", "%(number)s sessions", sessions) % {"number": sessions},
        )
    )


def plan_pdf(plan: Plan, *, by: Staff, now: dt.datetime, language: str) -> bytes:
    """The plan for the patient, in plain words: what we agreed, what happens when, and what to do if it gets worse."""
    with translation.override(language):
        return typeset(
            title=_("Your treatment plan"),
            author=by.name,
            language=language,
            header=patient_header(plan.patient),
            footer=practice_footer(by, now),
            blocks=_plan_blocks(plan),
        )


def _plan_blocks(plan: Plan) -> list[Block]:
    """The parts of the patient's plan in reading order."""
    revision, content = plan.current_revision, plan.current_revision.content
    sessions = _("%(sessions)s sessions in %(weeks)s weeks, %(minutes)s minutes each") % {
        "sessions": revision.sessions,
        "weeks": revision.weeks,
        "minutes": revision.session_minutes,
    }
    return [
        facts([(_("Plan"), _said(plan.title)), (_("Sessions"), sessions), (_("Physiotherapist"), plan.author.name)]),
        heading(_("What we want to reach")),
        bullets(goal.in_language(_language()) for goal in plan.goals.all()),
        heading(_("What we are going to do")),
        *(block for number, phase in enumerate(content["phases"], 1) for block in _phase_blocks(plan, number, phase)),
        *_advice_blocks(plan, _("What you can do yourself"), content.get("advice")),
        *_safety_blocks(plan, content.get("safety_net")),
        *_advice_blocks(plan, _("How to prevent it from coming back"), content.get("prevention")),
    ]


def _phase_blocks(plan: Plan, number: int, phase: Mapping[str, Any]) -> list[Block]:
    """One phase: how long, what for, what we do, and what the patient does at home."""
    protocol = plan.protocol_version.protocol
    title = _("Step %(number)s: %(title)s (%(length)s)") % {
        "number": number,
        "title": _said(phase["title"]),
        "length": _length(phase["weeks"], phase["sessions"]),
    }
    blocks = [heading(title, 3), paragraph(_said(phase["aim"]))]
    blocks.append(bullets(_said(protocol.techniques[chosen["code"]].plain) for chosen in phase["techniques"]))
    if phase["exercises"]:
        blocks.append(heading(_("Exercises at home"), 3))
        blocks.append(bullets(_exercise_line(protocol.exercises[code]) for code in phase["exercises"]))
    if phase.get("home_programme"):
        blocks.append(paragraph(_said(phase["home_programme"])))
    return blocks


def _exercise_line(exercise: Exercise) -> str:
    """An exercise with its instruction and dose."""
    return f"{_said(exercise.title)}: {_said(exercise.instruction)} {_said(exercise.dose)}"


def _advice_blocks(plan: Plan, title: str, codes: Iterable[str] | None) -> list[Block]:
    """A heading with the texts of this advice; nothing when there is none."""
    texts = advice_texts(plan.protocol_version.protocol, codes)
    return [heading(title), bullets(texts)] if texts else []


def _safety_blocks(plan: Plan, codes: Iterable[str] | None) -> list[Block]:
    """When to call at once, framed."""
    texts = advice_texts(plan.protocol_version.protocol, codes)
    return [box(_("Call us or your GP at once when this happens"), texts)] if texts else []


def advice_texts(protocol: Protocol, codes: Iterable[str] | None) -> list[str]:
    """The texts of these advice codes in the language in force, in their order."""
    return [_said(protocol.advice[code].text) for code in codes or ()]


def first_advice(protocol: Protocol, trace: Trace) -> list[str]:
    """The codes of the advice that findings ask for at the intake."""
    return _advice_given(protocol, trace, AdviceMoment.INTAKE)


def safety_net(protocol: Protocol, trace: Trace) -> list[str]:
    """The codes of the advice on when to call at once."""
    return _advice_given(protocol, trace, AdviceMoment.SAFETY_NET)


def _advice_given(protocol: Protocol, trace: Trace, moment: AdviceMoment) -> list[str]:
    codes = [remark["code"] for remark in trace["advice"]]
    return [code for code in codes if code in protocol.advice and protocol.advice[code].when_given is moment]


def advice_pdf(
    *,
    patient: Patient,
    protocol: Protocol,
    advice: Iterable[str],
    safety_net: Iterable[str],
    no_course: NoCourse | None,
    by: Staff,
    now: dt.datetime,
    language: str,
) -> bytes:
    """The first advice after an intake in plain words, with when to call and, without a course, when to come back."""
    with translation.override(language):
        blocks = [bullets(advice_texts(protocol, advice))]
        if no_course:
            blocks += [heading(_("When to come back")), paragraph(no_course.come_back_when)]
        urgent = advice_texts(protocol, safety_net)
        if urgent:
            blocks.append(box(_("Call us or your GP at once when this happens"), urgent))
        return typeset(
            title=_("Advice for your back"),
            author=by.name,
            language=language,
            header=patient_header(patient),
            footer=practice_footer(by, now),
            blocks=blocks,
        )
