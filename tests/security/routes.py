"""Every address of Traject, found by walking the URLconf, with who may open it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.contrib.admin import ModelAdmin
from django.urls import URLPattern, URLResolver, get_resolver
from django.views.generic import RedirectView

from practice.domain.grants import Act, Role, may

# The right of a table's admin that each kind of its addresses needs.
ADMIN_RIGHTS = {"changelist": "view", "add": "add", "change": "view", "delete": "delete", "history": "view"}
# The admin's own door leads to ours, where people sign in.
ADMIN_DOOR = "admin:login"


@dataclass(frozen=True, slots=True)
class Route:
    """One address: its name for `reverse`, the arguments it takes, and the view behind it."""

    name: str
    arguments: tuple[str, ...]
    view: Callable

    @property
    def admin(self) -> ModelAdmin | None:
        """The admin of the table that this address belongs to, if it belongs to one."""
        return getattr(self.view, "model_admin", None)

    @property
    def declares(self) -> bool:
        """Whether the view says who may open it."""
        in_admin = self.admin is not None or hasattr(self.view, "admin_site")
        return in_admin or self.name == ADMIN_DOOR or hasattr(self.view, "required_act")

    @property
    def is_public(self) -> bool:
        """Whether anybody may open it, signed in or not."""
        return self.name == ADMIN_DOOR or getattr(self.view, "required_act", Act.OPEN_ADMIN) is None

    def acts(self, method: str) -> frozenset[Act | None]:
        """What somebody must be granted to open it, all of it; with None nobody may."""
        if self.is_public:
            return frozenset()
        if self.admin is None:
            return frozenset({getattr(self.view, "required_act", Act.OPEN_ADMIN)})
        kind = self.name.rpartition("_")[2]
        right = "change" if (kind, method) == ("change", "post") else ADMIN_RIGHTS[kind]
        return frozenset({Act.OPEN_ADMIN, self.admin.acts.get(right)})

    def is_open_to(self, role: Role | None, method: str = "get") -> bool:
        """Whether the table of grants lets somebody with this one role through; None is somebody without a role."""
        held = frozenset({role} if role else ())
        return all(act is not None and may(held, act) for act in self.acts(method))


def walk(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[Route]:
    """All addresses that have a name, those of the admin too."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from walk(entry, f"{entry.namespace}:" if entry.namespace else namespace)
        elif not is_redirect_of_admin(entry):
            yield Route(f"{namespace}{entry.name}", tuple(_arguments(entry)), entry.callback)


def is_redirect_of_admin(entry: URLPattern) -> bool:
    """Django's nameless address of a row without "change", which only leads to the one with it."""
    return entry.name is None and getattr(entry.callback, "view_class", None) is RedirectView


def _arguments(entry: URLPattern) -> list[str]:
    return re.findall(r"<(?:\w+:)?(\w+)>", str(entry.pattern))


ROUTES = sorted(walk(), key=lambda route: route.name)
EVERY_ROUTE = [route.name for route in ROUTES]
BY_NAME = {route.name: route for route in ROUTES}


def opens_row_of_team(route: Route) -> bool:
    """Whether an address of the admin opens a row that some may see and others may not."""
    by_row = route.admin is not None and "object_id" in route.arguments
    return by_row and hasattr(route.admin.model._default_manager.all(), "visible_to")
