"""Addresses of the screens of planning. No address holds anything that identifies a person."""

from django.urls import path

from scheduling import views

urlpatterns = [
    path("agenda/", views.agenda, name="agenda"),
    path("appointments/<uuid:appointment_id>/", views.appointment, name="appointment"),
    path("appointments/<uuid:appointment_id>/act/", views.appointment_act, name="appointment_act"),
    path("appointments/<uuid:appointment_id>/cancel/", views.appointment_cancel, name="appointment_cancel"),
    path("appointments/<uuid:appointment_id>/wants-earlier/", views.wants_earlier, name="wants_earlier"),
    path("appointments/<uuid:appointment_id>/free-place/", views.freed_place, name="freed_place"),
    path("appointments/<uuid:appointment_id>/free-place/offer/", views.offer_make, name="offer_make"),
    path("offers/<uuid:offer_id>/", views.offer, name="offer"),
    path("offers/<uuid:offer_id>/answer/", views.offer_answer, name="offer_answer"),
    path("waiting-list/", views.waiting_list, name="waiting_list"),
    path("patients/<uuid:patient_id>/waiting-list/", views.waiting_list_add, name="waiting_list_add"),
    path("waiting-list/<uuid:entry_id>/close/", views.waiting_list_close, name="waiting_list_close"),
    path("visits-to-move/", views.leave_conflicts, name="leave_conflicts"),
    path("visits-to-move/move/", views.leave_conflicts_move, name="leave_conflicts_move"),
    path("visits-to-move/undo/", views.leave_conflicts_undo, name="leave_conflicts_undo"),
    path("plans/<uuid:plan_id>/pause/", views.plan_pause, name="plan_pause"),
    path("plans/<uuid:plan_id>/end/", views.plan_end, name="plan_end"),
    path("plans/<uuid:plan_id>/visits/cancel/", views.plan_cancel_beyond, name="plan_cancel_beyond"),
    path("plans/<uuid:plan_id>/sessions/drop/", views.plan_drop_session, name="plan_drop_session"),
    path("series/<uuid:series_id>/appointments.ics", views.series_ics, name="series_ics"),
    path("calendar/<slug:token>/traject.ics", views.calendar_feed, name="calendar_feed"),
    path("profile/calendar/", views.own_calendar, name="own_calendar"),
    path("profile/leave/", views.own_leave, name="own_leave"),
    path("profile/leave/<int:number>/remove/", views.own_leave_remove, name="own_leave_remove"),
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
