"""Addresses of the patients' screens."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
