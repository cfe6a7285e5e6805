"""Visits: one row for each, whether it belongs to a series or not. Nothing in them is clinical."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from patients.models import Episode, Patient
from patients.models.patient import name_of, of_readable_patients
from plans.models import Plan, PlannedSession
from practice.domain.grants import Act
from practice.models import Location, Practitioner, Room, Staff
from scheduling.domain.life import GONE, AppointmentState

STATES = [
    (AppointmentState.HELD.value, _("held")),
    (AppointmentState.BOOKED.value, _("booked")),
    (AppointmentState.ARRIVED.value, _("arrived")),
    (AppointmentState.DONE.value, _("done")),
    (AppointmentState.CANCELLED.value, _("cancelled")),
    (AppointmentState.LATE_CANCELLED.value, _("cancelled late")),
    (AppointmentState.NO_SHOW.value, _("not shown up")),
]
GONE_STATES = sorted(state.value for state in GONE)


class AppointmentKindQuerySet(models.QuerySet["AppointmentKind"]):
    """Kinds of visit as the desk speaks of them."""

    def named(self, code: str) -> "AppointmentKind":
        """The kind with this code. Raises `DoesNotExist`."""
        return self.get(code=code)

    def by_code(self) -> "dict[str, AppointmentKind]":
        """Every kind by its code."""
        return {kind.code: kind for kind in self}

    def in_use(self) -> "AppointmentKindQuerySet":
        """Those that can be booked."""
        return self.filter(is_active=True)


class AppointmentKind(models.Model):
    """A kind of visit under a neutral name: how long it lasts, and what it takes."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name_nl = models.CharField(_("name in Dutch"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    room_kind = models.CharField(
        _("kind of room"),
        max_length=20,
        blank=True,
        choices=Room._meta.get_field("kind").choices,
        help_text=_("Empty: no room is needed."),
    )
    competences = models.JSONField(
        _("competences"), default=list, blank=True, help_text=_("Codes of what the practitioner must be able to do.")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    objects = AppointmentKindQuerySet.as_manager()

    class Meta:
        verbose_name = _("kind of appointment")
        verbose_name_plural = _("kinds of appointment")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gte=5, minutes__lte=240), name="a_visit_lasts_5_to_240_minutes")
        ]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "nl").startswith("en") else self.name_nl


class SeriesQuerySet(models.QuerySet["Series"]):
    """Series as the desk speaks of them."""

    def visible_to(self, staff: Staff) -> "SeriesQuerySet":
        """The series of visible patients, for whoever may read the planning."""
        if not staff.may(Act.READ_PLANNING):
            return self.none()
        return of_readable_patients(self, staff, "plan__episode__patient_id")


class Series(models.Model):
    """The visits that were booked for a plan in one go. It is an id on each of them, not a rule that makes them.

    `request_key` is chosen by the page that books: the same request, sent twice, books once. `proposal` holds
    the places that were proposed, and which sessions were fixed or left out.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="series", verbose_name=_("plan"))
    request_key = models.UUIDField(_("key of the request"), unique=True, editable=False)
    proposal = models.JSONField(_("what was proposed"), default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    held_at = models.DateTimeField(_("held at"))
    booked_at = models.DateTimeField(_("booked at"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("series of appointments")
        verbose_name_plural = _("series of appointments")
        ordering = ["-held_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | Q(booked_at__isnull=False), name="only_a_booked_series_is_undone"
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} · {localtime(self.held_at):%d-%m-%Y}"


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Appointments as the desk speaks of them."""

    def visible_to(self, staff: Staff) -> "AppointmentQuerySet":
        """The appointments of visible patients, for whoever may read the planning."""
        if not staff.may(Act.READ_PLANNING):
            return self.none()
        return of_readable_patients(self, staff, "patient_id")

    def live(self) -> "AppointmentQuerySet":
        """Those that take their place: everything but what was cancelled."""
        return self.exclude(state__in=GONE_STATES)

    def booked(self) -> "AppointmentQuerySet":
        """Those that were agreed on: live, and not merely held."""
        return self.live().exclude(state=AppointmentState.HELD)

    def expired_holds(self, now: dt.datetime) -> "AppointmentQuerySet":
        """Those that were held for a moment which is over."""
        return self.filter(state=AppointmentState.HELD, held_until__lte=now)

    def between(self, start: dt.datetime, end: dt.datetime) -> "AppointmentQuerySet":
        """Those that share a moment with a half-open piece of time."""
        return self.filter(starts__lt=end, ends__gt=start)

    def beyond_their_plan(self, now: dt.datetime) -> "AppointmentQuerySet":
        """Those to come for a session that their running plan does not ask for any more."""
        asked_for = PlannedSession.objects.filter(
            revision=OuterRef("plan__current_revision"), number=OuterRef("session_number")
        )
        to_come = self.filter(state=AppointmentState.BOOKED, starts__gte=now, session_number__isnull=False)
        return to_come.filter(~Exists(asked_for), plan__life__in=["active", "paused"])

    def with_related(self) -> "AppointmentQuerySet":
        """The same appointments, with all that a list of them shows."""
        return self.select_related("patient", "practitioner__staff", "room", "location", "kind")

    def as_places(self) -> "AppointmentQuerySet":
        """The same appointments with no more than the place that each takes: when, where and with whom."""
        said = ("starts", "ends", "location", "practitioner__staff__name")
        return self.select_related("practitioner__staff").only(*said)

    def as_lines(self) -> "AppointmentQuerySet":
        """The same appointments with no more than a line about each says to whom it is with."""
        of_kind = [f"kind__{name}" for name in ("name_nl", "name_en")]
        said = ("starts", "state", "session_number", *of_kind, "room__name", "plan__current_revision__sessions")
        related = self.select_related("patient", "kind", "room", "plan__current_revision")
        return related.only(*said, *name_of("patient"))

    def as_lines_of_a_patient(self) -> "AppointmentQuerySet":
        """The same appointments with no more than a line about each says on the record of its patient."""
        said = ("starts", "ends", "state", "session_number", "location__name", "room__name")
        related = self.select_related("practitioner__staff", "location", "room")
        return related.only(*said, "practitioner__staff__name")


class Appointment(models.Model):
    """One visit: who, with whom, where and when; half-open, from `starts` up to `ends`, in UTC.

    The database refuses that two live appointments share a moment for a practitioner, a room or a patient (see the
    migrations). A practitioner and a room may be shared on purpose, with a reason and by somebody who may.
    `version` counts changes, so that nobody overwrites another's; `sequence` is the one calendar files carry.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.ForeignKey(AppointmentKind, on_delete=models.PROTECT, related_name="+", verbose_name=_("kind"))
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("patient")
    )
    episode = models.ForeignKey(
        Episode,
        on_delete=models.PROTECT,
        related_name="appointments",
        null=True,
        blank=True,
        verbose_name=_("episode"),
    )
    plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, related_name="appointments", null=True, blank=True, verbose_name=_("plan")
    )
    session_number = models.PositiveSmallIntegerField(_("number of the session"), null=True, blank=True)
    series = models.ForeignKey(
        Series, on_delete=models.PROTECT, related_name="appointments", null=True, blank=True, verbose_name=_("series")
    )
    practitioner = models.ForeignKey(
        Practitioner, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("practitioner")
    )
    room = models.ForeignKey(
        Room, on_delete=models.PROTECT, related_name="appointments", null=True, blank=True, verbose_name=_("room")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("location")
    )
    starts = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"))
    state = models.CharField(_("state"), max_length=15, choices=STATES, default=AppointmentState.BOOKED.value)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    overlap_because = models.CharField(_("overlaps on purpose, because"), max_length=200, blank=True)
    overlap_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    sequence = models.PositiveIntegerField(_("sequence in calendar files"), default=0)
    created_at = models.DateTimeField(_("made at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("changed at"))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancel_reason = models.CharField(
        _("cancelled by"),
        max_length=15,
        blank=True,
        choices=[
            ("patient", _("the patient")),
            ("practice", _("the practice")),
            ("plan_ended", _("the end or pause of the plan")),
            ("undone", _("booking undone")),
        ],
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="an_appointment_ends_after_it_starts",
                violation_error_message=_("The end comes after the start."),
            ),
            models.CheckConstraint(
                condition=Q(state="held", held_until__isnull=False) | (~Q(state="held") & Q(held_until__isnull=True)),
                name="only_a_held_appointment_is_held_until_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=GONE_STATES, cancelled_at__isnull=False)
                | (~Q(state__in=GONE_STATES) & Q(cancelled_at__isnull=True)),
                name="an_appointment_is_cancelled_iff_cancelled_at",
            ),
            models.CheckConstraint(
                condition=Q(overlap_because="", overlap_by__isnull=True)
                | (~Q(overlap_because="") & Q(overlap_by__isnull=False)),
                name="an_overlap_on_purpose_says_why_and_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(session_number__isnull=True) | Q(plan__isnull=False, session_number__gte=1),
                name="a_numbered_session_belongs_to_a_plan",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in AppointmentState]),
                name="an_appointment_is_in_a_known_state",
            ),
            models.UniqueConstraint(
                fields=["plan", "session_number"],
                condition=Q(state__in=["booked", "arrived", "done"], session_number__isnull=False),
                name="a_session_of_a_plan_is_booked_once",
            ),
        ]
        indexes = [
            models.Index(fields=["practitioner", "starts"], name="agenda_of_a_practitioner"),
            models.Index(fields=["room", "starts"], name="agenda_of_a_room"),
            models.Index(fields=["patient", "starts"], name="agenda_of_a_patient"),
            models.Index(fields=["location", "starts"], name="agenda_of_a_location"),
            models.Index(fields=["starts"], name="agenda_by_moment"),
            models.Index(fields=["held_until"], condition=Q(state="held"), name="holds_by_their_end"),
        ]

    def __str__(self) -> str:
        return f"{localtime(self.starts):%d-%m-%Y %H:%M}"

    @property
    def is_live(self) -> bool:
        """Whether it takes its place."""
        return self.state not in GONE_STATES
