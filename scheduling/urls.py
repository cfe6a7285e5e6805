"""Addresses of the screens of planning. No address holds anything that identifies a person."""

from django.urls import path

from scheduling import views

urlpatterns = [
    path("agenda/", views.agenda, name="agenda"),
    path("appointments/<uuid:appointment_id>/", views.appointment, name="appointment"),
    path("appointments/<uuid:appointment_id>/move/", views.appointment_move, name="appointment_move"),
    path("appointments/<uuid:appointment_id>/undo/", views.appointment_undo, name="appointment_undo"),
    path("telephone/", views.dock, name="dock"),
    path("telephone/book/", views.dock_book, name="dock_book"),
]
