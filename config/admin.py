"""The admin site: the managers' back office. Rights come from the same table of grants as the screens'."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from practice.domain.grants import Act


class TrajectAdminSite(AdminSite):
    """Django's admin for the people who are granted it."""

    site_header = _("Traject management")
    site_title = _("Traject management")
    index_title = _("Management")

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person may open the admin at all."""
        return request.user.is_authenticated and request.user.may(Act.OPEN_ADMIN)


class TrajectAdminConfig(AdminConfig):
    """Makes `TrajectAdminSite` the default site."""

    default_site = "config.admin.TrajectAdminSite"
