"""The text of a letter to another care provider, from facts and a stored suggestion. Pure.

The letter says what was asked and found, why it is sent and how soon; the therapist reads it, and may change
it, before signing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake.domain.conditions import Terms
from intake.domain.phrases import finding_in_words
from plans.domain.trace import Trace, flag_reasons, referral


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What the letter says about patient, sender and complaint; an empty text is left out."""

    patient: str
    sender: str
    practice: str
    phone: str
    request_for_help: str
    diagnosis: str
    intake_date: str


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter as a draft."""

    recipient: str
    subject: str
    body: str


SAYS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "gp": "Huisarts",
        "manual_therapist": "Manueel therapeut",
        "occupational_therapist": "Ergotherapeut",
        "rehabilitation_physician": "Revalidatiearts",
        "psychosomatic_physiotherapist": "Psychosomatisch fysiotherapeut",
        "pelvic_physiotherapist": "Bekkenfysiotherapeut",
        "occupational_physician": "Bedrijfsarts",
        "emergency": "SPOED, nu",
        "within_24h": "binnen 24 uur",
        "within_week": "binnen een week",
        "routine": "zonder spoed",
        "subject": "Rugklachten: verzoek om beoordeling ({urgency})",
        "opening": "Geachte collega,",
        "intro": "Op {date} zag ik {patient} voor een fysiotherapeutische intake bij rugklachten.",
        "request": "Hulpvraag, in eigen woorden: {text}",
        "why": "Waarom deze brief, en hoe snel ({urgency}):",
        "found": "Vastgelegd bij de intake:",
        "diagnosis": "Fysiotherapeutische conclusie: {text}",
        "ask": "Graag uw beoordeling en een bericht over uw bevindingen en het vervolg.",
        "call": "Telefonisch overleg: {phone}.",
        "closing": "Met vriendelijke groet,\n{sender}\n{practice}",
    },
    "en": {
        "gp": "General practitioner",
        "manual_therapist": "Manual therapist",
        "occupational_therapist": "Occupational therapist",
        "rehabilitation_physician": "Rehabilitation physician",
        "psychosomatic_physiotherapist": "Psychosomatic physiotherapist",
        "pelvic_physiotherapist": "Pelvic physiotherapist",
        "occupational_physician": "Occupational physician",
        "emergency": "EMERGENCY, now",
        "within_24h": "within 24 hours",
        "within_week": "within a week",
        "routine": "not urgent",
        "subject": "Back complaint: request for assessment ({urgency})",
        "opening": "Dear colleague,",
        "intro": "On {date} I saw {patient} for a physiotherapy intake for a back complaint.",
        "request": "Request for help, in the patient's words: {text}",
        "why": "Why this letter, and how soon ({urgency}):",
        "found": "Recorded at the intake:",
        "diagnosis": "Physiotherapy conclusion: {text}",
        "ask": "I would appreciate your assessment, and word of your findings and what follows.",
        "call": "To discuss by telephone: {phone}.",
        "closing": "Kind regards,\n{sender}\n{practice}",
    },
}


def letter_text(*, facts: LetterFacts, trace: Trace, discipline: str, terms: Terms, language: str) -> LetterText:
    """The draft of a referral letter in Dutch or English; `terms` name findings. Raises `KeyError` for no referral."""
    words = SAYS["en" if language.startswith("en") else "nl"]
    urgency, reasons = referral_reasons(trace, discipline)
    how_soon = words[urgency]
    parts = [
        words["opening"],
        words["intro"].format(date=facts.intake_date, patient=facts.patient),
        words["request"].format(text=facts.request_for_help) if facts.request_for_help else "",
        _list(words["why"].format(urgency=how_soon), [reason["explanation"][_key(language)] for reason in reasons]),
        _list(words["found"], _found(reasons, terms, language)),
        words["diagnosis"].format(text=facts.diagnosis) if facts.diagnosis else "",
        words["ask"],
        words["call"].format(phone=facts.phone) if facts.phone else "",
        words["closing"].format(sender=facts.sender, practice=facts.practice).strip(),
    ]
    return LetterText(
        recipient=words[discipline],
        subject=words["subject"].format(urgency=how_soon),
        body="\n\n".join(part for part in parts if part),
    )


def referral_reasons(trace: Trace, discipline: str) -> tuple[str, list[Mapping[str, Any]]]:
    """How soon, and why, this discipline should see the patient. To the GP every red flag is a reason.

    Raises `KeyError` when nothing in the suggestion asks for this discipline.
    """
    suggested = referral(trace, discipline)
    reasons = list(suggested["reasons"]) if suggested else []
    urgencies = [suggested["urgency"]] if suggested else []
    if discipline == "gp":
        reasons = [*flag_reasons(trace), *reasons]
        urgencies += [flag["urgency"] for flag in trace["red_flags"]]
    if not urgencies:
        raise KeyError(discipline)
    order = ("emergency", "within_24h", "within_week", "routine")
    unique = {reason["rule"]: reason for reason in reasons}
    return min(urgencies, key=order.index), list(unique.values())


def _found(reasons: list[Mapping[str, Any]], terms: Terms, language: str) -> list[str]:
    """The answers on which the reasons rest, each once."""
    leaves = {leaf["code"]: leaf["value"] for reason in reasons for leaf in reason["held"]}
    return [finding_in_words(code, value, terms, language) for code, value in leaves.items()]


def _list(title: str, lines: list[str]) -> str:
    return "\n".join([title, *(f"- {line}" for line in lines)]) if lines else ""


def _key(language: str) -> str:
    return "en" if language.startswith("en") else "nl"
