"""Screens of referrals and their letters."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from patients.policies import Refused
from plans import actions, documents
from plans.domain.lifecycle import REFERRAL_TRANSITIONS, ReferralStatus
from plans.forms import LetterForm, ReferralStepForm
from plans.models import Letter, Referral
from plans.models.suggestions import DISCIPLINES
from plans.views.intakes import visible_intake
from practice.access import get_visible, requires
from practice.domain.grants import Act


@requires(Act.RECORD_INTAKE)
@require_POST
def referral_draft(request: HttpRequest, intake_id: object, discipline: str) -> HttpResponse:
    """Draft the referral and its letter in one click."""
    intake = visible_intake(request, intake_id, "intake_read")
    now = timezone.now()
    try:
        suggestion = actions.latest_suggestion(intake)
        referral = actions.draft_referral(
            suggestion=suggestion, discipline=discipline, language="nl", by=request.user, now=now
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("suggestions", intake.pk)
    return redirect("referral", referral.pk)


def _visible_referral(request: HttpRequest, referral_id: object) -> Referral:
    visible = Referral.objects.visible_to(request.user).select_related("episode__patient", "recipient", "intake")
    return get_visible(
        request, visible, referral_id, event="referral_read", patient=lambda referral: referral.episode.patient_id
    )


def _visible_letter(request: HttpRequest, letter_id: object) -> Letter:
    visible = Letter.objects.visible_to(request.user).select_related("episode__patient", "referral", "intake__episode")
    return get_visible(
        request, visible, letter_id, event="letter_read", patient=lambda letter: letter.episode.patient_id
    )


def _step_form(referral: Referral, data: object = None) -> ReferralStepForm:
    words = dict(Referral._meta.get_field("status").flatchoices)
    return ReferralStepForm(
        data, steps=[(step, words[step]) for step in sorted(REFERRAL_TRANSITIONS[ReferralStatus(referral.status)])]
    )


@requires(Act.READ_CLINICAL)
def referral(request: HttpRequest, referral_id: object) -> HttpResponse:
    """Where a referral stands, with its letter and steps."""
    shown = _visible_referral(request, referral_id)
    return _referral_page(request, shown, _step_form(shown))


def _referral_page(request: HttpRequest, shown: Referral, form: ReferralStepForm, status: int = 200) -> HttpResponse:
    words = dict(Referral._meta.get_field("status").flatchoices)
    context = {
        "referral": shown,
        "patient": shown.episode.patient,
        "letters": shown.letters.all(),
        "name": DISCIPLINES[shown.discipline],
        "steps": [{"step": step, "name": words[step.status]} for step in shown.steps.select_related("by")],
        "form": form,
    }
    return render(request, "plans/referral.html", context, status=status)


@requires(Act.RECORD_INTAKE)
@require_POST
def referral_step(request: HttpRequest, referral_id: object) -> HttpResponse:
    """Record the next step of a referral."""
    shown = _visible_referral(request, referral_id)
    form = _step_form(shown, request.POST)
    if not form.is_valid():
        return _referral_page(request, shown, form, status=422)
    actions.step_referral(
        referral=shown,
        to=form.cleaned_data["status"],
        note=form.cleaned_data["note"],
        by=request.user,
        now=timezone.now(),
    )
    return redirect("referral", shown.pk)


@requires(Act.RECORD_INTAKE)
def letter(request: HttpRequest, letter_id: object) -> HttpResponse:
    """Read a letter; change it while it is not signed."""
    shown = _visible_letter(request, letter_id)
    if shown.signed_at:
        return render(request, "plans/letter.html", {"letter": shown, "patient": shown.episode.patient})
    initial = {"recipient": shown.recipient, "subject": shown.subject, "text": shown.text}
    form = LetterForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.change_letter(letter=shown, **form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("The letter is saved."))
        return redirect("letter", shown.pk)
    context = {"letter": shown, "patient": shown.episode.patient, "form": form}
    return render(request, "plans/letter.html", context, status=422 if form.errors else 200)


@requires(Act.RECORD_INTAKE)
@require_POST
def letter_sign(request: HttpRequest, letter_id: object) -> HttpResponse:
    """Sign a letter: its PDF is made and kept."""
    shown = _visible_letter(request, letter_id)
    try:
        actions.sign_letter(letter=shown, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("letter", shown.pk)


@requires(Act.READ_CLINICAL)
def letter_pdf(request: HttpRequest, letter_id: object) -> HttpResponse:
    """The PDF of a letter: the signed one as it was kept, a draft marked as such."""
    shown = _visible_letter(request, letter_id)
    if shown.pdf:
        return pdf_response(bytes(shown.pdf), "letter")
    return pdf_response(documents.letter_pdf(shown, by=request.user, now=timezone.now()), "letter-draft")


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """A PDF that opens beside the page; its file name tells nothing about the patient."""
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


def chosen_language(request: HttpRequest) -> str:
    """The language asked for in the address, else that of the page."""
    asked = request.GET.get("language", "")
    return asked if asked in ("nl", "en") else (get_language() or "nl")
