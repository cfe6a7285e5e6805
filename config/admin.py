"""The admin site: the managers' back office. Rights come from the same table of grants as the screens'."""

from collections.abc import Callable

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from practice.access import requires
from practice.domain.grants import Act

View = Callable[..., HttpResponse]


class TrajectAdminSite(AdminSite):
    """Django's admin for the people who are granted it, behind the same doors as every screen."""

    site_header = _("Traject management")
    site_title = _("Traject management")
    index_title = _("Management")

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person may open the admin at all."""
        return request.user.is_authenticated and request.user.may(Act.OPEN_ADMIN)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Put the door of the admin before a view: sign in first, and a refusal is logged."""
        return requires(Act.OPEN_ADMIN)(super().admin_view(view, cacheable))

    def login(self, *_args: object, **_kwargs: object) -> HttpResponse:
        """Nobody signs in here: there is one way in."""
        return redirect("sign_in")

    def logout(self, *_args: object, **_kwargs: object) -> HttpResponse:
        """Sign out as on every screen."""
        return redirect("sign_out", preserve_request=True)

    def password_change(self, *_args: object, **_kwargs: object) -> HttpResponse:
        """Change one's password as on every screen."""
        return redirect("change_password")
