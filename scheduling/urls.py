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
    path("to-schedule/", views.to_schedule, name="to_schedule"),
    path("to-schedule/together/", views.together, name="together"),
    path("to-schedule/together/book/", views.together_book, name="together_book"),
    path("plans/<uuid:plan_id>/series/", views.series, name="series"),
    path("series/<uuid:series_id>/", views.series_booked, name="series_booked"),
    path("series/<uuid:series_id>/book/", views.series_book, name="series_book"),
    path("series/<uuid:series_id>/extend/", views.series_extend, name="series_extend"),
    path("series/<uuid:series_id>/undo/", views.series_undo, name="series_undo"),
]
