"""Plans as the desk sees them: that there are visits to be booked, and how many. Nothing in it is clinical."""

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from patients.models.patient import of_readable_patients
from plans.models import Plan, PlannedSession
from practice.domain.grants import Act
from practice.models import Staff
from scheduling.domain.life import AppointmentState
from scheduling.models.appointments import Appointment
from scheduling.models.wishes import DroppedSession

AGREED = [AppointmentState.BOOKED.value, AppointmentState.ARRIVED.value, AppointmentState.DONE.value]


class PlanToScheduleQuerySet(QuerySet["PlanToSchedule"]):
    """Plans as the desk speaks of them."""

    def visible_to(self, staff: Staff) -> "PlanToScheduleQuerySet":
        """The plans whose sessions this person may plan or oversee: of visible patients."""
        if not staff.may(Act.READ_PLANNING):
            return self.none()
        return of_readable_patients(self, staff, "episode__patient_id")

    def lacking_visits(self) -> "PlanToScheduleQuerySet":
        """The plans that run and ask for a session which is neither booked nor dropped."""
        taken = Appointment.objects.filter(
            plan=OuterRef("revision__plan"), session_number=OuterRef("number"), state__in=AGREED
        )
        dropped = DroppedSession.objects.filter(plan=OuterRef("revision__plan"), number=OuterRef("number"))
        sessions = PlannedSession.objects.filter(revision=OuterRef("current_revision"))
        open_ones = sessions.exclude(Exists(taken)).exclude(Exists(dropped))
        return self.filter(Exists(open_ones), life="active")

    def short_of_visits(self) -> "PlanToScheduleQuerySet":
        """Those of them for which visits were booked before: something became of one, or the plan was changed."""
        booked_before = Appointment.objects.filter(plan=OuterRef("pk"), session_number__isnull=False)
        return self.lacking_visits().filter(Exists(booked_before.exclude(state=AppointmentState.HELD)))


class PlanToSchedule(Plan):
    """A plan with sessions that lack a place."""

    objects = PlanToScheduleQuerySet.as_manager()

    class Meta:
        proxy = True
        verbose_name = _("plan to schedule")
        verbose_name_plural = _("plans to schedule")
