"""Referrals with the steps they take, and the letters that go with them."""

import datetime as dt
import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from patients.policies import Refused
from plans import documents
from plans.actions.writing import log
from plans.domain.letters import letter_text, referral_reasons
from plans.models import Letter, Referral, ReferralStep, Suggestion
from plans.policies import check_referral
from practice.models import Staff


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
    log(intake, referral, by=by, event="referral_drafted", action="C", now=now)
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
    log(letter.intake, letter, by=by, event="letter_changed", action="U", now=now)


@transaction.atomic
def sign_letter(*, letter: Letter, by: Staff, now: dt.datetime) -> None:
    """Sign a letter: its PDF is made and kept, and nothing in it changes any more."""
    _check_unsigned(letter)
    letter.signed_at = now
    letter.pdf = documents.letter_pdf(letter, by=by, now=now)
    letter.pdf_hash = hashlib.sha256(letter.pdf).hexdigest()
    letter.save(update_fields=["signed_at", "pdf", "pdf_hash"])
    log(letter.intake, letter, by=by, event="letter_signed", action="U", now=now)


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
    log(referral.intake, referral, by=by, event=f"referral_{to}", action="U", now=now)
