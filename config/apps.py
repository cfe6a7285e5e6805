"""The admin as an app of Django; with it come the checks of the whole."""

from django.contrib.admin.apps import AdminConfig

from config import checks  # noqa: F401 - registers the checks


class TrajectAdminConfig(AdminConfig):
    """Makes `TrajectAdminSite` the site that every app registers with."""

    default_site = "config.admin.TrajectAdminSite"
