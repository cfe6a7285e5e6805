"""Parts of plans on other pages, and small words about plans."""

from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils.translation import gettext_lazy as _

from intake.forms import StartForm
from intake.models import Intake
from patients.models import Episode
from plans.models import Plan
from practice.domain.grants import Act

register = template.Library()

GATES = {
    "recommend": ("ok", _("recommended")),
    "consider": ("info", _("consider")),
    "possible": ("quiet", _("possible")),
    "caution": ("warning", _("with caution")),
    "advise_against": ("warning", _("advised against")),
    "block": ("danger", _("not possible")),
    None: ("quiet", _("nothing known")),
}


@register.inclusion_tag("components/_chip.html")
def gate(value: str | None) -> dict[str, Any]:
    """What the findings say of a technique, as a chip."""
    tone, label = GATES[value]
    icons = {"ok": "check", "warning": "alert", "danger": "flag", "info": "info", "quiet": "dot"}
    return {"label": label, "tone": tone, "icon_name": icons[tone]}


@register.inclusion_tag("plans/_episode_panel.html", takes_context=True)
def episode_panel(context: RequestContext, episode: Episode) -> dict[str, Any]:
    """The intakes and plans of an episode, for who reads clinical content."""
    staff = context["request"].user
    return {
        "csrf_token": context.get("csrf_token"),
        "episode": episode,
        "regions": StartForm().fields["questionnaire"].queryset,
        "may_record": staff.may(Act.RECORD_INTAKE) and episode.closed_on is None,
        "clinical": staff.may(Act.READ_CLINICAL),
        "intakes": Intake.objects.visible_to(staff)
        .filter(episode=episode)
        .select_related("questionnaire_version", "author")
        .defer("questionnaire_version__content"),
        "plans": Plan.objects.visible_to(staff).filter(episode=episode).select_related("current_revision"),
    }
