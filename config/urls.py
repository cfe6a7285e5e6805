"""The addresses of Traject: each app names its own."""

from django.contrib import admin
from django.urls import include, path

from config import views

urlpatterns = [
    path("", include("practice.urls")),
    path("", include("patients.urls")),
    path("", include("plans.urls")),
    path("", include("scheduling.urls")),
    path("help/", views.help_page, name="help_page"),
    path("_components/", views.components, name="components"),
    path("admin/", admin.site.urls),
]
