"""Addresses of the screens of planning."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
