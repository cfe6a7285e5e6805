"""The admin site: the managers' back office. Rights come from the same table of grants as the screens'."""

from collections.abc import Callable
from functools import wraps

from django.contrib.admin import AdminSite
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from practice.access import Denied, deny, requires
from practice.domain.grants import Act

View = Callable[..., HttpResponse]


class TrajectAdminSite(AdminSite):
    """Django's admin for the people who are granted it, behind the same doors as every screen."""

    site_header = _("Traject management")
    site_title = _("Traject management")
    index_title = _("Management")
    final_catch_all_view = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person may open the admin at all."""
        return request.user.is_authenticated and request.user.may(Act.OPEN_ADMIN)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Put the door of the admin before a view: sign in first, and a refusal is logged."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def noted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            try:
                return inner(request, *args, **kwargs)
            except Denied:
                raise
            except PermissionDenied:
                deny(request, Act.OPEN_ADMIN)

        door = requires(Act.OPEN_ADMIN)(noted)
        door.required_act = getattr(view, "required_act", Act.OPEN_ADMIN)
        return door

    def register(self, model_or_iterable: object, admin_class: type | None = None, **options: object) -> None:
        """Show a table whose rights come from the table of grants; tables of packages have none and stay away."""
        if hasattr(admin_class, "acts"):
            super().register(model_or_iterable, admin_class, **options)
        elif admin_class is None or not admin_class.__module__.startswith(("django.", "django_tasks_db.")):
            raise ImproperlyConfigured(f"{admin_class} has no grants: build it on practice.admin.GrantedAdmin.")

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Nobody signs in here: there is one way in."""
        return redirect("sign_in")

    def logout(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Sign out as on every screen."""
        return redirect("sign_out", preserve_request=True)

    def password_change(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Change one's password as on every screen."""
        return redirect("change_password")
