"""The navigation of every page: what this person may open, in a fixed order."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from practice.domain.grants import Act


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the main navigation: the route it opens, and the app whose pages lie behind it."""

    act: Act
    route: str
    label: str | Promise
    app: str = ""

    def current(self, request: HttpRequest) -> str:
        """The value of `aria-current`: "page" on the route itself, "true" on a page behind it, else empty."""
        match = request.resolver_match
        if match is None:
            return ""
        if match.view_name == self.route:
            return "page"
        return "true" if self.app and match.func.__module__.startswith(f"{self.app}.") else ""


ITEMS = [
    Item(Act.SEE_TODAY, "today", _("Today")),
    Item(Act.BOOK_APPOINTMENTS, "to_schedule", _("To schedule")),
    Item(Act.READ_PLANNING, "agenda", _("Agenda")),
    Item(Act.SEARCH_PATIENTS, "patient_search", _("Patients"), app="patients"),
    Item(Act.OPEN_ADMIN, "admin:index", _("Management")),
]


def navigation(request: HttpRequest) -> dict:
    """Context of every template: the menu items this person may open, whether they may search, whether it is a demo."""
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    items = [(item, item.current(request)) for item in ITEMS if signed_in and user.may(item.act)]
    may_search = signed_in and user.may(Act.SEARCH_PATIENTS)
    return {"navigation_items": items, "may_search_patients": may_search, "demo": settings.DEMO}
