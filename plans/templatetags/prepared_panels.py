"""What patients prepared, and their links and alarms, as parts of other pages."""

import datetime as dt
from typing import Any

from django import template
from django.template.context import RequestContext
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from intake.models import Intake, PatientLink
from patients.models import Episode
from plans.models import PatientAlarm
from plans.reading import OfferedSection, offered_sections
from practice.domain.grants import Act
from practice.models import PracticeSettings

register = template.Library()


@register.simple_tag
def practice_name() -> str:
    """The name of the practice, as patients know it."""
    return PracticeSettings.objects.current().name or "Traject"


@register.inclusion_tag("plans/_practice_phone.html")
def practice_phone() -> dict[str, Any]:
    """The telephone number of the practice, to call; nothing when none is recorded."""
    return {"number": PracticeSettings.objects.current().phone}


@register.inclusion_tag("plans/_patient_alarms.html", takes_context=True)
def patient_alarms(context: RequestContext) -> dict[str, Any]:
    """The patients whose prepared answers cannot wait, until a contact is recorded."""
    staff = context["request"].user
    return {
        "alarms": PatientAlarm.objects.visible_to(staff).open().as_lines(),
        "clinical": staff.may(Act.READ_CLINICAL),
    }


@register.inclusion_tag("plans/_patient_link_panel.html", takes_context=True)
def patient_link_panel(context: RequestContext, episode: Episode) -> dict[str, Any]:
    """The personal links of an episode and how far each is; never an answer."""
    staff, now = context["request"].user, timezone.now()
    links = PatientLink.objects.visible_to(staff).filter(episode=episode).select_related("sent_by", "episode")
    return {
        "request": context["request"],
        "csrf_token": context.get("csrf_token"),
        "episode": episode,
        "allowed": staff.may(Act.SEND_PATIENT_LINK),
        "links": [(link, *link_status(link, now)) for link in links],
    }


def link_status(link: PatientLink, now: dt.datetime) -> tuple[str | Promise, str]:
    """How far a link is, in words, and the tone of its chip."""
    statuses = (
        (link.finished_at, _("finished"), "ok"),
        (link.revoked_at, _("revoked"), "quiet"),
        (link.is_locked, _("locked: too many wrong dates of birth"), "warning"),
        (link.expires_at <= now, _("expired"), "quiet"),
        (link.opened_at, _("opened, not finished"), "info"),
    )
    return next(((words, tone) for holds, words, tone in statuses if holds), (_("sent, not opened"), "info"))


@register.inclusion_tag("plans/_prepared_panel.html")
def prepared_panel(intake: Intake, section: str) -> dict[str, Any]:
    """What the patient offers in one section of an intake; it stands inside the intake's form."""
    if not hasattr(intake, "offered"):
        intake.offered = {part.code: part for part in offered_sections(intake)}
    return offered_part(intake, intake.offered.get(section)) | {"from_intake": True}


@register.inclusion_tag("plans/_prepared_panel.html")
def offered_part(intake: Intake, part: OfferedSection | None) -> dict[str, Any]:
    """One section of what the patient offers."""
    return {"part": part, "url": reverse("prepared", args=[intake.pk])}
