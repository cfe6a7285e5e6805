"""What cannot wait: alarms from patients, contacts about red flags, and intakes on which something waits."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from intake.models import Intake, IntakeQuerySet, PatientLink
from patients.models import Patient
from patients.models.patient import name_of, of_readable_patients
from plans.domain.trace import hold_of
from plans.models.protocols import ProtocolVersion
from plans.models.suggestions import Suggestion
from practice.domain.grants import Act
from practice.models import Staff


class FollowUp(models.Model):
    """A recorded contact about flags of an intake: who was reached, when, what was advised and what came of it."""

    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="follow_ups")
    flags = models.JSONField(_("flags"), help_text=_("Codes of the red flags this contact was about."))
    reached = models.CharField(_("who was reached"), max_length=120)
    reached_at = models.DateTimeField(_("reached at"))
    advised = models.TextField(_("what was advised"))
    outcome = models.CharField(
        _("outcome"),
        max_length=20,
        choices=[
            ("may_start", _("treatment may start or go on")),
            ("await_result", _("wait for examination or result")),
            ("no_treatment", _("no physiotherapy for now")),
        ],
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("follow-up of a flag")
        verbose_name_plural = _("follow-ups of flags")
        ordering = ["at"]
        constraints = [
            models.CheckConstraint(condition=~Q(reached="") & ~Q(advised=""), name="a_follow_up_says_who_and_what"),
            models.CheckConstraint(
                condition=Q(reached_at__lte=F("at")), name="a_follow_up_is_recorded_after_the_contact"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reached} {localtime(self.reached_at):%d-%m-%Y %H:%M}"


class OpenIntakeQuerySet(IntakeQuerySet):
    """Intakes on which something waits, as who watches over them speaks of them."""

    def stale_drafts(self, now: dt.datetime) -> "OpenIntakeQuerySet":
        """Drafts that were begun more than a day ago."""
        return self.drafts().filter(started_at__lte=now - dt.timedelta(hours=24))

    def unanswered(self) -> "OpenIntakeQuerySet":
        """Completed intakes in which something holds treatment (an urgent flag, niet-pluis) without a recorded contact.

        Only few can be that: those that were completed with a reason or with an urgent flag, and of which the episode
        is open or nobody was reached at all. Of these the last suggestion says what holds.
        """
        could = Q(urgency__in=["emergency", "within_24h"]) | ~Q(completed_with_reason="")
        loose = Q(episode__closed_on=None) | Q(follow_ups=None)
        few = list(self.filter(could, loose, status="completed").distinct().values_list("pk", flat=True))
        contacted: dict[object, set[str]] = {}
        for intake, flags in FollowUp.objects.filter(intake__in=few).values_list("intake_id", "flags"):
            contacted.setdefault(intake, set()).update(flags)
        suggestions = Suggestion.objects.filter(intake__in=few).order_by("made_at")
        matters = {
            intake: {"red_flags": flags, "hold": hold}
            for intake, flags, hold in suggestions.values_list("intake_id", "trace__red_flags", "trace__hold")
        }
        held = [pk for pk, trace in matters.items() if hold_of(trace, contacted.get(pk, ())).held]
        return self.filter(pk__in=held)

    def waiting(self, now: dt.datetime) -> "OpenIntakeQuerySet":
        """Both."""
        return self.filter(Q(pk__in=self.stale_drafts(now).values("pk")) | Q(pk__in=self.unanswered().values("pk")))


class OpenIntake(Intake):
    """An intake on which something waits, as who watches over it sees it: for whom, by whom, since when."""

    objects = OpenIntakeQuerySet.as_manager()

    class Meta:
        proxy = True
        verbose_name = _("open intake")
        verbose_name_plural = _("open intakes")


class PatientAlarmQuerySet(models.QuerySet["PatientAlarm"]):
    """Alarms as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "PatientAlarmQuerySet":
        """The alarms this person may answer: of visible patients. What was answered is shown to clinicians only."""
        if not staff.may(Act.ANSWER_PATIENT_ALARM):
            return self.none()
        return of_readable_patients(self, staff, "link__episode__patient_id")

    def open(self) -> "PatientAlarmQuerySet":
        """Alarms about which no contact was recorded yet, the oldest first."""
        return self.filter(contacted_at=None).order_by("raised_at")

    def with_patient(self) -> "PatientAlarmQuerySet":
        """The same alarms, with all that a page about one shows."""
        return self.select_related("link__episode__patient", "link__episode__location")

    def as_lines(self) -> "PatientAlarmQuerySet":
        """The same alarms with no more than a line about each says: whom to call at what number, and why."""
        patient = "link__episode__patient"
        said = ("urgency", "flags", "raised_at", f"{patient}__phone")
        return self.select_related(patient).only(*said, *name_of(patient))


class PatientAlarm(models.Model):
    """A patient's prepared answers that cannot wait for the visit. It stays until a contact is recorded."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    link = models.ForeignKey(PatientLink, on_delete=models.PROTECT, related_name="alarms")
    protocol_version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    urgency = models.CharField(
        _("urgency"),
        max_length=20,
        choices=[("emergency", _("emergency")), ("within_24h", _("within 24 hours"))],
    )
    flags = models.JSONField(_("red flags"), help_text=_("Code, label and urgency of each."))
    raised_at = models.DateTimeField(_("raised at"))
    contacted_at = models.DateTimeField(_("contact recorded at"), null=True, blank=True)
    contacted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reached = models.CharField(_("who was reached"), max_length=120, blank=True)
    agreed = models.TextField(_("what was agreed"), blank=True)

    objects = PatientAlarmQuerySet.as_manager()

    class Meta:
        verbose_name = _("alarm from a patient")
        verbose_name_plural = _("alarms from patients")
        ordering = ["-raised_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["link"], condition=Q(contacted_at__isnull=True), name="a_link_has_one_open_alarm"
            ),
            models.CheckConstraint(
                condition=Q(urgency__in=["emergency", "within_24h"]), name="an_alarm_cannot_wait_for_the_visit"
            ),
            models.CheckConstraint(
                condition=Q(contacted_at__isnull=True, contacted_by__isnull=True, reached="", agreed="")
                | (Q(contacted_at__isnull=False, contacted_by__isnull=False) & ~Q(reached="") & ~Q(agreed="")),
                name="an_alarm_ends_with_who_was_reached_and_what_was_agreed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_urgency_display()} {localtime(self.raised_at):%d-%m-%Y %H:%M}"

    @property
    def patient(self) -> Patient:
        """Whose answers they are."""
        return self.link.patient

    @property
    def is_emergency(self) -> bool:
        """Whether it cannot wait at all."""
        return self.urgency == "emergency"
