"""What may be copied from an earlier intake, as a part of the intake page."""

from typing import Any

from django import template
from django.template.context import RequestContext

from intake.models import Intake
from plans.reading import copy_offers

register = template.Library()


@register.inclusion_tag("plans/_copied_panel.html", takes_context=True)
def copied_panel(context: RequestContext, intake: Intake, section: str) -> dict[str, Any]:
    """What an earlier intake says in one section, and what was copied and waits to be confirmed; inside the form."""
    if not hasattr(intake, "copy_offers"):
        intake.copy_offers = copy_offers(intake, context["request"].user)
    codes = {item.code for part in intake.questionnaire.sections if part.code == section for item in part.items}
    return {
        "section": section,
        "offer": intake.copy_offers.get(section),
        "unconfirmed": [item for item in intake.unconfirmed() if item.code in codes],
    }
