"""The navigation of every page: what this person may open, in a fixed order."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from practice.domain.grants import Act

ITEMS = [
    (Act.SEE_TODAY, "today", _("Today")),
    (Act.SEARCH_PATIENTS, "patient_search", _("Patients")),
    (Act.OPEN_ADMIN, "admin:index", _("Management")),
]


def navigation(request: HttpRequest) -> dict:
    """Context of every template: the menu items this person may open, and whether this is a demo."""
    user = getattr(request, "user", None)
    items = [(name, label) for act, name, label in ITEMS if user and user.is_authenticated and user.may(act)]
    return {"navigation_items": items, "demo": settings.DEMO}
