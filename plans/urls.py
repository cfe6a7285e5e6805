"""Addresses of the screens of intakes, suggestions and plans."""

from django.urls import path

from plans import views

urlpatterns = [
    path("", views.today, name="today"),
    path("episodes/<uuid:episode_id>/intakes/start/", views.intake_start, name="intake_start"),
    path("intakes/<uuid:intake_id>/", views.intake, name="intake"),
    path("intakes/<uuid:intake_id>/sections/<slug:section>/", views.intake_section, name="intake_section"),
    path("intakes/<uuid:intake_id>/region/", views.intake_region, name="intake_region"),
    path("intakes/<uuid:intake_id>/complete/", views.intake_complete, name="intake_complete"),
    path("intakes/<uuid:intake_id>/error/", views.intake_error, name="intake_error"),
    path("intakes/<uuid:intake_id>/answers/", views.intake_answers, name="intake_answers"),
    path("intakes/<uuid:intake_id>/addendum/", views.intake_addendum, name="intake_addendum"),
    path("intakes/<uuid:intake_id>/follow-up/", views.follow_up, name="follow_up"),
    path("intakes/<uuid:intake_id>/suggestions/", views.suggestions, name="suggestions"),
    path("intakes/<uuid:intake_id>/no-course/", views.no_course, name="no_course"),
    path("intakes/<uuid:intake_id>/advice.pdf", views.advice_pdf, name="advice_pdf"),
    path("intakes/<uuid:intake_id>/adopt/<slug:template>/", views.plan_adopt, name="plan_adopt"),
    path("intakes/<uuid:intake_id>/referrals/<slug:discipline>/", views.referral_draft, name="referral_draft"),
    path("intakes/<uuid:intake_id>/prepared/", views.prepared, name="prepared"),
    path("episodes/<uuid:episode_id>/patient-link/", views.patient_link, name="patient_link"),
    path("patient-links/<uuid:link_id>/revoke/", views.patient_link_revoke, name="patient_link_revoke"),
    path("patient-alarms/<uuid:alarm_id>/", views.patient_alarm, name="patient_alarm"),
    path("prepare/where/", views.prepare_region, name="prepare_region"),
    path("prepare/questions/<int:number>/", views.prepare_page, name="prepare_page"),
    path("prepare/call/", views.prepare_call, name="prepare_call"),
    path("prepare/overview/", views.prepare_finish, name="prepare_finish"),
    path("prepare/done/", views.prepare_done, name="prepare_done"),
    path("prepare/stop/", views.prepare_stop, name="prepare_stop"),
    path("prepare/closed/", views.prepare_closed, name="prepare_closed"),
    path("prepare/link/<slug:token>/", views.prepare, name="prepare"),
    path("referrals/<uuid:referral_id>/", views.referral, name="referral"),
    path("referrals/<uuid:referral_id>/step/", views.referral_step, name="referral_step"),
    path("letters/<uuid:letter_id>/", views.letter, name="letter"),
    path("letters/<uuid:letter_id>/sign/", views.letter_sign, name="letter_sign"),
    path("letters/<uuid:letter_id>/letter.pdf", views.letter_pdf, name="letter_pdf"),
    path("plans/<uuid:plan_id>/", views.plan, name="plan"),
    path("plans/<uuid:plan_id>/revise/", views.plan_revise, name="plan_revise"),
    path("plans/<uuid:plan_id>/activate/", views.plan_activate, name="plan_activate"),
    path("plans/<uuid:plan_id>/plan.pdf", views.plan_pdf, name="plan_pdf"),
]
