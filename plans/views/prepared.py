"""The practice's side of personal links: send and revoke them, answer alarms, and take offered answers over."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from intake import actions as intake_actions
from intake.actions import StaleSection
from intake.forms import IntakePage, SendLinkForm
from intake.models import Intake, PatientLink
from intake.policies import can_mail_link, check_mail_link
from patients.models import Episode
from patients.policies import Refused
from plans import actions
from plans.forms import AlarmContactForm
from plans.models import PatientAlarm
from plans.reading import offered_sections
from practice.access import get_visible, requires
from practice.domain.grants import Act


@requires(Act.SEND_PATIENT_LINK)
@never_cache
def patient_link(request: HttpRequest, episode_id: object) -> HttpResponse:
    """Send a patient a personal link, by e-mail or as an address to copy; it is shown this once."""
    episode = get_visible(
        request,
        Episode.objects.visible_to(request.user).select_related("patient"),
        episode_id,
        event="episode_read",
        patient=lambda episode: episode.patient_id,
    )
    language = episode.patient.language if episode.patient.language in ("nl", "en") else "en"
    form = SendLinkForm(request.POST or None, may_mail=can_mail_link(episode), initial={"language": language})
    if request.method == "POST" and form.is_valid():
        return _send(request, episode, form)
    return _patient_link_page(request, episode, form=form, why_no_mail=_why_no_mail(episode))


def _patient_link_page(request: HttpRequest, episode: Episode, **context: object) -> HttpResponse:
    context |= {"episode": episode, "patient": episode.patient}
    status = 422 if getattr(context.get("form"), "errors", None) else 200
    return render(request, "plans/patient_link.html", context, status=status)


def _why_no_mail(episode: Episode) -> str:
    """Why the link cannot go by e-mail; empty when it can."""
    try:
        check_mail_link(episode)
    except Refused as refusal:
        return str(refusal)
    return ""


def _send(request: HttpRequest, episode: Episode, form: SendLinkForm) -> HttpResponse:
    """Make the link and show its address; mail it too when that was chosen."""
    now, language = timezone.now(), form.cleaned_data["language"]
    try:
        link, token = intake_actions.send_patient_link(episode=episode, language=language, by=request.user, now=now)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("episode", episode.pk)
    address = request.build_absolute_uri(reverse("prepare", args=[token]))
    if form.cleaned_data["how"] == "email":
        _mail(request, link, address)
    return _patient_link_page(request, episode, link=link, address=address)


def _mail(request: HttpRequest, link: PatientLink, address: str) -> None:
    try:
        intake_actions.mail_patient_link(link=link, address=address, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))


@requires(Act.SEND_PATIENT_LINK)
@require_POST
def patient_link_revoke(request: HttpRequest, link_id: object) -> HttpResponse:
    """Make a personal link stop working."""
    link = get_visible(
        request,
        PatientLink.objects.visible_to(request.user).select_related("episode"),
        link_id,
        event="patient_link_read",
        patient=lambda link: link.episode.patient_id,
    )
    try:
        intake_actions.revoke_patient_link(link=link, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The link does not work any more."))
    return redirect("episode", link.episode_id)


@requires(Act.ANSWER_PATIENT_ALARM)
def patient_alarm(request: HttpRequest, alarm_id: object) -> HttpResponse:
    """Call this patient now, and record who was reached and what was agreed."""
    alarm = get_visible(
        request,
        PatientAlarm.objects.visible_to(request.user).with_patient(),
        alarm_id,
        event="patient_alarm_read",
        patient=lambda alarm: alarm.link.episode.patient_id,
    )
    form = AlarmContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_alarm_contact(alarm=alarm, by=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("today")
    context = {"alarm": alarm, "patient": alarm.patient, "episode": alarm.link.episode, "form": form}
    return render(request, "plans/patient_alarm.html", context, status=422 if form.errors else 200)


@requires(Act.RECORD_INTAKE)
def prepared(request: HttpRequest, intake_id: object) -> HttpResponse:
    """What the patient prepared, beside what is recorded; nothing is recorded until it is taken over here."""
    record = get_visible(
        request,
        Intake.objects.visible_to(request.user).with_patient(),
        intake_id,
        event="prepared_answers_read",
        patient=lambda intake: intake.episode.patient_id,
    )
    if not record.is_draft:
        return redirect("intake_answers", record.pk)
    if request.method == "POST":
        return _decide(request, record)
    context = {"intake": record, "patient": record.patient, "sections": offered_sections(record)}
    return render(request, "plans/prepared.html", context)


def _decide(request: HttpRequest, record: Intake) -> HttpResponse:
    """Keep what was typed on the intake page, then take over or set aside what the pressed button names."""
    verb, chosen = next(
        ((verb, request.POST[verb]) for verb in ("take_over", "set_aside") if verb in request.POST), ("", "")
    )
    section, _dot, code = chosen.partition(".")
    part = next((part for part in offered_sections(record) if part.code == section), None)
    if part is None:
        return redirect("prepared", record.pk)
    codes = [row.code for row in part.open if code in ("", row.code)]
    decide = intake_actions.confirm_prepared if verb == "take_over" else intake_actions.dismiss_prepared
    try:
        _save_typed(request, record)
        decide(intake=record, link=part.link, section=section, codes=codes, by=request.user, now=timezone.now())
    except StaleSection:
        messages.error(request, _("Somebody changed this section meanwhile. Look at it again; nothing was taken over."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    back = "intake" if "from_intake" in request.POST else "prepared"
    return redirect(f"{reverse(back, args=[record.pk])}#{section}")


def _save_typed(request: HttpRequest, record: Intake) -> None:
    """Keep what the intake page held when one of the buttons on it was pressed."""
    for form in IntakePage(record, request.POST).changed():
        intake_actions.save_section(
            intake=record,
            section=form.section.code,
            values=form.changed_values(),
            base=form.initial,
            by=request.user,
            now=timezone.now(),
        )
