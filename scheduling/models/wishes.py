"""What patients wish of their visits, and who helps to fill a place that became free."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from patients.models import Episode, Patient
from patients.models.patient import of_readable_patients
from plans.models import Plan
from practice.domain.grants import Act
from practice.models import Practitioner, Staff
from practice.models.places import WEEKDAYS
from scheduling.models.appointments import Appointment

DAY_PARTS = [("morning", _("morning")), ("afternoon", _("afternoon")), ("evening", _("evening"))]


class PlanWishes(models.Model):
    """What a patient wishes of the visits of one plan. What is not named does not matter.

    `day_parts` holds codes of `scheduling.domain.instance.DayPart`, `weekdays` numbers from 1 (Monday), `strict` codes
    of `scheduling.domain.instance.Wish`: those wishes are conditions.
    """

    plan = models.OneToOneField(Plan, on_delete=models.CASCADE, related_name="wishes", verbose_name=_("plan"))
    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("practitioner")
    )
    day_parts = models.JSONField(_("parts of the day"), default=list, blank=True)
    weekdays = models.JSONField(_("days"), default=list, blank=True)
    strict = models.JSONField(_("wishes that are conditions"), default=list, blank=True)
    same_time = models.BooleanField(_("at the same time"), default=False)
    as_early_as_possible = models.BooleanField(_("as early as possible"), default=False)
    not_before = models.DateField(_("not before"), null=True, blank=True)
    not_after = models.DateField(_("not after"), null=True, blank=True)
    minimum_days = models.PositiveSmallIntegerField(_("days between two sessions"), default=1)
    changed_at = models.DateTimeField(_("changed at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("wishes for the visits of a plan")
        verbose_name_plural = _("wishes for the visits of plans")
        constraints = [
            models.CheckConstraint(
                condition=Q(minimum_days__gte=1, minimum_days__lte=14), name="sessions_are_1_to_14_days_apart"
            ),
            models.CheckConstraint(
                condition=Q(not_before__isnull=True) | Q(not_after__isnull=True) | Q(not_after__gte=F("not_before")),
                name="wishes_do_not_end_before_they_begin",
            ),
        ]

    def __str__(self) -> str:
        return str(self.plan_id)


class DroppedSession(models.Model):
    """A planned session that will not be given, with its reason. Planned = booked + to book + done + dropped."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="dropped_sessions", verbose_name=_("plan"))
    number = models.PositiveSmallIntegerField(_("number of the session"))
    reason = models.CharField(
        _("reason"),
        max_length=20,
        choices=[
            ("goal_reached", _("not needed any more")),
            ("patient", _("the patient does not want it")),
            ("no_place", _("no place within the plan")),
            ("plan_ended", _("the plan ended")),
        ],
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("dropped session")
        verbose_name_plural = _("dropped sessions")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="a_session_is_dropped_once")]

    def __str__(self) -> str:
        return str(self.number)


class WaitingListEntryQuerySet(models.QuerySet["WaitingListEntry"]):
    """The waiting list as the desk speaks of it."""

    def visible_to(self, staff: Staff) -> "WaitingListEntryQuerySet":
        """The entries of visible patients, for whoever may read the planning."""
        if not staff.may(Act.READ_PLANNING):
            return self.none()
        return of_readable_patients(self, staff, "patient_id")

    def open(self) -> "WaitingListEntryQuerySet":
        """Who still waits, the longest first."""
        return self.filter(closed_at=None).order_by("asked_at")


class WaitingListEntry(models.Model):
    """Somebody who waits for a visit, or who wants an earlier one than the appointment that is booked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="waiting_list_entries", verbose_name=_("patient")
    )
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    instead_of = models.ForeignKey(
        Appointment,
        on_delete=models.PROTECT,
        related_name="wants_earlier",
        null=True,
        blank=True,
        verbose_name=_("earlier than"),
    )
    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("practitioner")
    )
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=30)
    weekdays = models.JSONField(_("days"), default=list, blank=True)
    day_parts = models.JSONField(_("parts of the day"), default=list, blank=True)
    from_date = models.DateField(_("from"), null=True, blank=True)
    until_date = models.DateField(_("until"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = WaitingListEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of the waiting list")
        verbose_name_plural = _("waiting list")
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["instead_of"],
                condition=Q(closed_at__isnull=True, instead_of__isnull=False),
                name="an_appointment_is_wanted_earlier_once",
            )
        ]

    def __str__(self) -> str:
        return f"{localtime(self.asked_at):%d-%m-%Y}"

    @property
    def weekday_names(self) -> list[str]:
        """The wished days in words."""
        return [str(name) for number, name in WEEKDAYS if number in self.weekdays]

    @property
    def day_part_names(self) -> list[str]:
        """The wished parts of the day in words."""
        return [str(name) for code, name in DAY_PARTS if code in self.day_parts]


class OfferQuerySet(models.QuerySet["Offer"]):
    """Offers as the desk speaks of them."""

    def visible_to(self, staff: Staff) -> "OfferQuerySet":
        """The offers to visible patients, for whoever may read the planning."""
        return self.filter(entry__in=WaitingListEntry.objects.visible_to(staff))


class Offer(models.Model):
    """A place that became free, offered to one person for a while: it is held, so nobody else gets it meanwhile."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(WaitingListEntry, on_delete=models.PROTECT, related_name="offers")
    held = models.OneToOneField(
        Appointment, on_delete=models.SET_NULL, related_name="offer", null=True, verbose_name=_("held place")
    )
    starts = models.DateTimeField(_("from"))
    practitioner = models.ForeignKey(Practitioner, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[
            ("open", _("open")),
            ("accepted", _("accepted")),
            ("declined", _("declined")),
            ("expired", _("expired")),
        ],
        default="open",
    )
    offered_at = models.DateTimeField(_("offered at"))
    expires_at = models.DateTimeField(_("expires at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer of a place")
        verbose_name_plural = _("offers of places")
        ordering = ["-offered_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state="open"), name="somebody_who_waits_has_one_open_offer"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("offered_at")), name="an_offer_expires_after_it_is_made"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True) | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="an_offer_is_open_until_it_is_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{localtime(self.starts):%d-%m-%Y %H:%M}"

    def is_open(self, now: dt.datetime) -> bool:
        """Whether it can still be accepted."""
        return self.state == "open" and now < self.expires_at
