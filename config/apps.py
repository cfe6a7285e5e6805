from django.contrib.admin.apps import AdminConfig


class TrajectAdminConfig(AdminConfig):
    """Makes `TrajectAdminSite` the site that every app registers with."""

    default_site = "config.admin.TrajectAdminSite"
