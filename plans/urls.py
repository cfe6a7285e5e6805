"""Addresses of the screens of intakes and plans."""

from django.urls import path

from plans import views

urlpatterns = [path("", views.today, name="today")]
