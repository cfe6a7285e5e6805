"""Addresses of the practice's screens."""

from django.urls import path

from practice import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
]
