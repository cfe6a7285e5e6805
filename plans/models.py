"""Tables of what will be done: protocols, suggestions, plans, referrals and letters."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from intake.domain.findings import Context, derive
from intake.domain.questionnaire import Questionnaire
from intake.models import Intake, IntakeQuerySet, Measurement, PatientLink
from patients.models import Episode, ExternalProvider, Patient
from patients.models.patient import overseen
from plans.domain.expectation import Unmet, expectation_of, unmet
from plans.domain.progress import Progress, progress_of
from plans.domain.protocol import PlanTemplate, Protocol, compose
from plans.domain.review import Risk
from plans.domain.suggest import conclude
from plans.domain.trace import hold_of, packed, unpacked
from practice.domain.grants import Act
from practice.models import Staff

LONGEST_WEEKS = 52  # no plan is longer; SQLite cannot multiply a number of weeks into a moment
URGENCIES = [
    ("emergency", _("emergency")),
    ("within_24h", _("within 24 hours")),
    ("within_week", _("within a week")),
    ("routine", _("routine")),
]
RISKS = [
    (Risk.OPEN_FLAG, _("red flag without follow-up")),
    (Risk.FLAG, _("red flag, followed up or routine")),
    (Risk.NOT_ASKED, _("no red flag was asked")),
    (Risk.DEVIATES, _("differs from the template")),
    (Risk.CLEAN, _("as the template, no flags")),
]
KINDS = [
    ("course", _("course")),
    ("self_management", _("self-management")),
    ("extended", _("extended")),
    ("follow_up", _("follow-up")),
]


class ProtocolVersionQuerySet(models.QuerySet["ProtocolVersion"]):
    """Protocols as the practice speaks of them."""

    def published(self) -> "ProtocolVersionQuerySet":
        """The versions that suggestions are drawn from: one for each protocol. Content is read when needed."""
        return self.filter(status="published").order_by("code").defer("content")

    def in_the_making(self) -> "ProtocolVersionQuerySet":
        """The versions that are being written or wait for a second person."""
        return self.filter(status__in=["draft", "in_review"])


class ProtocolVersion(models.Model):
    """One version of a protocol: rules and plan templates. What is published never changes."""

    code = models.CharField(_("code"), max_length=60)
    version = models.PositiveIntegerField(_("version"))
    title = models.JSONField(_("title"))
    regions = models.JSONField(_("regions"))
    content = models.JSONField(_("content"))
    content_hash = models.CharField(_("content hash"), max_length=64)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=[
            ("draft", _("draft")),
            ("in_review", _("in review")),
            ("published", _("published")),
            ("retired", _("retired")),
        ],
    )
    valid_from = models.DateField(_("valid from"))
    loaded_at = models.DateTimeField(_("loaded at"))
    signed_by_first = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    signed_by_second = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    based_on = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="drafts",
        null=True,
        blank=True,
        verbose_name=_("draft of version"),
    )
    origin_hash = models.CharField(
        _("hash of the file"), max_length=64, blank=True, help_text=_("Of the file this version came from, if any.")
    )
    edits = models.PositiveIntegerField(_("changes"), default=0)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("written by"),
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("submitted by"),
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)

    objects = ProtocolVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("protocol version")
        verbose_name_plural = _("protocol versions")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="a_protocol_version_exists_once"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(status="published"), name="one_published_version_per_protocol"
            ),
            models.CheckConstraint(
                condition=Q(signed_by_first__isnull=True)
                | Q(signed_by_second__isnull=True)
                | ~Q(signed_by_first=F("signed_by_second")),
                name="a_protocol_is_signed_by_two_people",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (
                    (Q(drafted_by__isnull=True) | ~Q(drafted_by=F("approved_by")))
                    & (Q(submitted_by__isnull=True) | ~Q(submitted_by=F("approved_by")))
                ),
                name="who_approves_a_protocol_did_not_write_it",
            ),
            models.CheckConstraint(
                condition=Q(submitted_by__isnull=True, submitted_at__isnull=True)
                | Q(submitted_by__isnull=False, submitted_at__isnull=False),
                name="a_submitted_protocol_says_by_whom_and_when",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False, submitted_by__isnull=False),
                name="an_approved_protocol_was_submitted",
            ),
            models.CheckConstraint(
                condition=~Q(status="in_review") | Q(submitted_by__isnull=False),
                name="a_protocol_in_review_was_submitted",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["draft", "in_review"]) | Q(approved_by__isnull=True),
                name="what_is_approved_is_no_draft",
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(based_on__isnull=True) | Q(approved_by__isnull=False),
                name="a_draft_is_published_by_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title['nl']} v{self.version}"

    @property
    def protocol(self) -> Protocol:
        """The protocol as a value, composed once in each process."""
        if self.content_hash not in _composed:
            while len(_composed) >= KEPT_COMPOSED:
                _composed.pop(next(iter(_composed)))
            _composed[self.content_hash] = compose(self.content)
        return _composed[self.content_hash]

    @property
    def may_be_changed(self) -> bool:
        """Whether rules and templates may be changed now."""
        return self.status == "draft"

    @property
    def is_signed(self) -> bool:
        """Whether two people of the practice have signed this version."""
        return bool(self.signed_by_first_id and self.signed_by_second_id)


# The same content composes to the same protocol, so what was composed once in a process stays right. Every change of a
# draft is other content, so only the last few are kept.
KEPT_COMPOSED = 12
_composed: dict[str, Protocol] = {}


class ProtocolStep(models.Model):
    """One step in the making of a protocol version: what was done, to which rule or template, by whom and when."""

    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="steps")
    what = models.CharField(
        _("step"),
        max_length=20,
        choices=[
            ("drafted", _("draft made")),
            ("imported", _("draft made from a file")),
            ("rule_added", _("rule added")),
            ("rule_changed", _("rule changed")),
            ("rule_retired", _("rule retired")),
            ("template_changed", _("template changed")),
            ("submitted", _("submitted for review")),
            ("returned", _("returned to its author")),
            ("published", _("published")),
            ("set_aside", _("set aside")),
        ],
    )
    code = models.CharField(_("rule or template"), max_length=80, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step of a protocol version")
        verbose_name_plural = _("steps of a protocol version")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(what="returned") | ~Q(comment=""), name="a_returned_protocol_has_a_comment"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.code}".strip()


CASE_PARTS = ("title", "why", "questionnaire", "age", "sex", "route", "answers", "expects")


class ProtocolCaseQuerySet(models.QuerySet["ProtocolCase"]):
    """Test cases as the practice speaks of them."""

    def of(self, protocol: str) -> "ProtocolCaseQuerySet":
        """The cases that every version of this protocol is held against."""
        return self.filter(protocol=protocol, retired_at=None)


class ProtocolCase(models.Model):
    """One test case of a protocol: answers of nobody in particular, and what must come out. No version is without."""

    protocol = models.CharField(_("protocol"), max_length=60)
    title = models.CharField(_("title"), max_length=120)
    questionnaire = models.CharField(_("questionnaire"), max_length=60)
    age = models.PositiveSmallIntegerField(_("age"), null=True, blank=True)
    sex = models.CharField(
        _("sex"),
        max_length=10,
        blank=True,
        choices=[("female", _("female")), ("male", _("male")), ("intersex", _("intersex"))],
    )
    route = models.CharField(
        _("route"),
        max_length=15,
        blank=True,
        choices=[("direct_access", _("direct access")), ("referral", _("referral"))],
    )
    answers = models.JSONField(_("answers"))
    expects = models.JSONField(_("expected"))
    why = models.TextField(_("why this must come out"), blank=True)
    edits = models.PositiveIntegerField(_("changes"), default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("made by"),
        help_text=_("Empty when it was shipped with the protocol."),
    )
    made_at = models.DateTimeField(_("made at"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    changed_at = models.DateTimeField(_("changed at"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    objects = ProtocolCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("test case of a protocol")
        verbose_name_plural = _("test cases of a protocol")
        ordering = ["protocol", "title"]
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "title"],
                condition=Q(retired_at__isnull=True),
                name="a_test_case_has_a_title_of_its_own",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="a_test_case_has_a_title"),
        ]

    def __str__(self) -> str:
        return self.title

    def context(self) -> Context:
        """What is known without asking."""
        return Context(age=self.age, sex=self.sex or None, route=self.route or None)

    def to_content(self) -> dict[str, Any]:
        """The case as it stands in a content file, without what is empty."""
        values = {name: getattr(self, name) for name in CASE_PARTS}
        return {name: value for name, value in values.items() if value not in ("", None)}

    def misses(self, protocol: Protocol, questionnaires: Mapping[str, Questionnaire]) -> tuple[Unmet, ...]:
        """Where this protocol concludes otherwise. Raises `AnswersRefusedError` for answers that cannot be given now,
        `KeyError` when the questionnaire is not in use."""
        findings = derive(self.answers, self.context(), questionnaires[self.questionnaire])
        return unmet(expectation_of(self.expects), conclude(findings, protocol))


class ReplayQuerySet(models.QuerySet["Replay"]):
    """Replays as the practice speaks of them."""

    def open(self) -> "ReplayQuerySet":
        """Those that wait or run."""
        return self.filter(status__in=["waiting", "running"])


class Replay(models.Model):
    """One run of a draft over all completed intakes, beside the version in use: what would be said otherwise."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="replays")
    against = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    content_hash = models.CharField(_("content hash"), max_length=64, help_text=_("Of the draft as it was then."))
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=[
            ("waiting", _("waiting")),
            ("running", _("running")),
            ("done", _("done")),
            ("cancelled", _("cancelled")),
            ("failed", _("failed")),
        ],
        default="waiting",
    )
    total = models.PositiveIntegerField(_("intakes"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    moved = models.PositiveIntegerField(_("with another suggestion"), default=0)
    counts = models.JSONField(_("counts"), default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = ReplayQuerySet.as_manager()

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="a_replay_does_no_more_than_all"),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "running"], finished_at__isnull=True)
                | Q(status__in=["done", "cancelled", "failed"], finished_at__isnull=False),
                name="a_replay_is_over_iff_finished_at",
            ),
            models.UniqueConstraint(
                fields=["version"],
                condition=Q(status__in=["waiting", "running"]),
                name="a_draft_is_replayed_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.asked_at:%d-%m-%Y %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.status in ("waiting", "running")

    @property
    def is_current(self) -> bool:
        """Whether the draft has not been changed since."""
        return self.content_hash == self.version.content_hash


class MovedIntakeQuerySet(models.QuerySet["MovedIntake"]):
    """Intakes with another suggestion as the practice speaks of them."""

    def with_shift(self, shift: str) -> "MovedIntakeQuerySet":
        """Those on which this kind of change is one of the changes."""
        return self.filter(shifts__contains=f" {shift} ")

    def visible_to(self, staff: Staff) -> "MovedIntakeQuerySet":
        """Those of patients whom this person may see."""
        return self.filter(intake__episode__in=Episode.objects.visible_to(staff))


class MovedIntake(models.Model):
    """One intake of which a replay says otherwise; `gravest` orders them, the smallest must be looked at first."""

    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="intakes")
    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="+")
    gravest = models.PositiveSmallIntegerField(_("gravest change"))
    shifts = models.CharField(_("kinds of change"), max_length=400, help_text=_("With a space around each."))
    moved = models.JSONField(_("what is said otherwise"))

    objects = MovedIntakeQuerySet.as_manager()

    class Meta:
        verbose_name = _("intake with another suggestion")
        verbose_name_plural = _("intakes with another suggestion")
        ordering = ["gravest", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["replay", "intake"], name="an_intake_moves_once_in_a_replay"),
        ]
        indexes = [models.Index(fields=["replay", "gravest"], name="moved_intake_by_gravity")]

    def __str__(self) -> str:
        return str(self.intake_id)


class TraceField(models.JSONField):
    """The trace of a suggestion, kept packed; traces that were stored whole are read as they are."""

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """In the database it is a column of JSON like any other."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        return packed(value) if isinstance(value, dict) else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        kept = super().from_db_value(value, expression, connection)
        return unpacked(kept) if isinstance(kept, dict) else kept


class Suggestion(models.Model):
    """What the protocol said of one intake at one moment, with its trace. Never changes; made again as a new one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="suggestions")
    protocol_version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="suggestions")
    findings_hash = models.CharField(_("hash of the findings"), max_length=64)
    trace = TraceField(_("trace"))
    urgency = models.CharField(_("urgency"), max_length=20, blank=True, choices=URGENCIES)
    made_at = models.DateTimeField(_("made at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.protocol_version} · {self.made_at:%d-%m-%Y}"


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
        return f"{self.reached} {self.reached_at:%d-%m-%Y %H:%M}"


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
        return self.filter(link__episode__in=Episode.objects.visible_to(staff))

    def open(self) -> "PatientAlarmQuerySet":
        """Alarms about which no contact was recorded yet, the oldest first."""
        return self.filter(contacted_at=None).order_by("raised_at")

    def with_patient(self) -> "PatientAlarmQuerySet":
        """The same alarms, with all that a list of them shows."""
        return self.select_related("link__episode__patient", "link__episode__location")


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
        return f"{self.get_urgency_display()} {self.raised_at:%d-%m-%Y %H:%M}"

    @property
    def patient(self) -> Patient:
        """Whose answers they are."""
        return self.link.patient

    @property
    def is_emergency(self) -> bool:
        """Whether it cannot wait at all."""
        return self.urgency == "emergency"


class PlanQuerySet(models.QuerySet["Plan"]):
    """Plans as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "PlanQuerySet":
        """The plans this person may read in full."""
        if not staff.may(Act.READ_PLAN):
            return self.none()
        return self.filter(episode__in=Episode.objects.visible_to(staff))

    def with_patient(self) -> "PlanQuerySet":
        """The same plans, with all that a list of them shows."""
        with_related = self.select_related("episode__patient", "author", "protocol_version", "current_revision")
        return with_related.defer("protocol_version__content")

    def running_since(self, share: float, now: dt.datetime) -> "PlanQuerySet":
        """The plans in care of whose weeks this share is over; those of a pause do not count."""
        lengths = range(1, LONGEST_WEEKS + 1)
        over = [Q(current_revision__weeks=n, counted_from__lte=now - dt.timedelta(days=7 * share * n)) for n in lengths]
        return self.filter(reduce(or_, over), life="active")

    def evaluation_late(self, now: dt.datetime) -> "PlanQuerySet":
        """The plans whose weeks are over, without a final measurement since they began."""
        final = Measurement.objects.filter(
            episode_id=OuterRef("episode_id"), moment="final", taken_on__gte=OuterRef("activated_at__date")
        )
        return self.running_since(1, now).filter(~Exists(final))

    def halfway_with(self, progress: Iterable[Progress], now: dt.datetime) -> "PlanQuerySet":
        """The plans that are halfway or further, and whose patients have come as far as one of these."""
        halfway = self.running_since(0.5, now).select_related("intake__questionnaire_version")
        plans = list(halfway.defer("intake__questionnaire_version__content", "intake__frozen_findings"))
        measured: dict[object, list[Measurement]] = {}
        for one in Measurement.objects.filter(episode__in=[plan.episode_id for plan in plans]).order_by("taken_on"):
            measured.setdefault(one.episode_id, []).append(one)
        found = [plan.pk for plan in plans if plan.progress(measured.get(plan.episode_id, ())) in progress]
        return self.filter(pk__in=found)


class Plan(models.Model):
    """A treatment plan of one episode, pinned to the versions of protocol and template it was adopted from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="plans")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="plans")
    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="plans")
    protocol_version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="plans")
    template = models.CharField(_("template"), max_length=80)
    template_version = models.PositiveIntegerField(_("template version"))
    title = models.JSONField(_("title"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="plans", verbose_name=_("author")
    )
    life = models.CharField(
        _("state"),
        max_length=10,
        choices=[
            ("draft", _("draft")),
            ("active", _("active")),
            ("paused", _("paused")),
            ("completed", _("completed")),
            ("stopped", _("stopped")),
        ],
        default="draft",
    )
    created_at = models.DateTimeField(_("created at"))
    activated_at = models.DateTimeField(_("activated at"), null=True, blank=True)
    counted_from = models.DateTimeField(
        _("weeks counted from"),
        null=True,
        blank=True,
        help_text=_("When it was activated, and later by each pause that is over."),
    )
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_reason = models.TextField(_("reason for ending"), blank=True)
    current_revision = models.ForeignKey(
        "PlanRevision", on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("treatment plan")
        verbose_name_plural = _("treatment plans")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["episode"], condition=Q(life__in=["active", "paused"]), name="one_active_plan_per_episode"
            ),
            models.CheckConstraint(
                condition=Q(life="stopped")
                | Q(life="draft", activated_at__isnull=True)
                | (~Q(life="draft") & Q(activated_at__isnull=False)),
                name="a_plan_in_care_was_activated",
            ),
            models.CheckConstraint(
                condition=Q(activated_at__isnull=True, counted_from__isnull=True)
                | Q(activated_at__isnull=False, counted_from__isnull=False, counted_from__gte=F("activated_at")),
                name="weeks_count_from_the_activation_or_later",
            ),
            models.CheckConstraint(
                condition=Q(life="paused", paused_at__isnull=False) | (~Q(life="paused") & Q(paused_at__isnull=True)),
                name="a_plan_is_paused_iff_paused_at",
            ),
            models.CheckConstraint(
                condition=Q(life__in=["completed", "stopped"], ended_at__isnull=False)
                | (~Q(life__in=["completed", "stopped"]) & Q(ended_at__isnull=True)),
                name="a_plan_has_ended_iff_ended_at",
            ),
            models.CheckConstraint(condition=~Q(life="stopped") | ~Q(end_reason=""), name="a_stopped_plan_says_why"),
        ]
        indexes = [
            models.Index(fields=["life", "-created_at"], name="plan_by_life_and_age"),
            models.Index(fields=["-created_at", "-id"], name="plan_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.title['nl']} · {self.created_at:%d-%m-%Y}"

    @property
    def patient(self) -> Patient:
        """The patient this plan is for."""
        return self.episode.patient

    def progress(self, measured: Iterable[Measurement]) -> Progress:
        """How far the patient has come since the intake, by all that was measured in this episode, the oldest first."""
        scores = [(one.instrument, one.moment == "intake", one.scores) for one in measured]
        return progress_of(scores, self.intake.questionnaire.instruments)

    def weeks_from(self, now: dt.datetime) -> dt.datetime | None:
        """The moment from which its weeks are counted now, which moves along during a pause; None before it started."""
        if self.counted_from is None or self.paused_at is None:
            return self.counted_from
        return self.counted_from + (now - self.paused_at)

    @property
    def plan_template(self) -> PlanTemplate:
        """The template this plan was adopted from, in the version it had then."""
        return self.protocol_version.protocol.templates[self.template]


class PlanRevisionQuerySet(models.QuerySet["PlanRevision"]):
    """Revisions of plans as a reviewer speaks of them."""

    def visible_to(self, staff: Staff) -> "PlanRevisionQuerySet":
        """The revisions this person may review: by grant, of the patients of the locations it is for."""
        return overseen(self, staff, Act.REVIEW_PLAN, "plan__episode__patient_id")

    def current(self) -> "PlanRevisionQuerySet":
        """The revisions that their plans now follow, of plans that have not ended."""
        return self.filter(plan__current_revision_id=F("pk"), plan__life__in=["draft", "active", "paused"])

    def to_review(self) -> "PlanRevisionQuerySet":
        """What waits for a reviewer: the riskiest and the oldest first."""
        return self.current().filter(review="submitted").order_by("due_at", "pk")

    def returned(self) -> "PlanRevisionQuerySet":
        """What was returned and not changed since, the oldest first."""
        return self.current().filter(review="returned").order_by("reviewed_at", "pk")

    def with_plan(self) -> "PlanRevisionQuerySet":
        """The same revisions, with all that a list of them shows; the large texts stay behind."""
        related = self.select_related(
            "plan__episode__patient", "plan__intake", "plan__protocol_version", "author", "reviewed_by"
        )
        light = related.defer("content", "plan__intake__frozen_findings", "plan__protocol_version__content")
        return light.prefetch_related("deviations", "plan__intake__follow_ups")


class PlanRevision(models.Model):
    """One agreed version of a plan. A change makes a new revision; a manager reviews a revision, not a plan."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=20, choices=KINDS)
    weeks = models.PositiveIntegerField(_("weeks"))
    sessions = models.PositiveIntegerField(_("sessions"))
    session_minutes = models.PositiveIntegerField(_("minutes per session"))
    content = models.JSONField(_("content"))
    extended_because = models.TextField(_("longer than eight weeks, because"), blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("author")
    )
    made_at = models.DateTimeField(_("made at"))
    review = models.CharField(
        _("review"),
        max_length=10,
        choices=[
            ("none", _("none")),
            ("submitted", _("submitted")),
            ("approved", _("approved")),
            ("returned", _("returned")),
        ],
        default="none",
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    review_comment = models.TextField(_("comment of the reviewer"), blank=True)
    self_approved_because = models.TextField(_("approved by the author, because"), blank=True)
    brief = models.JSONField(
        _("in brief"), null=True, editable=False, help_text=_("Of its suggestion what a list of plans says.")
    )
    due_at = models.DateTimeField(_("to be looked at from"), null=True, editable=False)
    risk = models.CharField(_("why to look"), max_length=10, null=True, editable=False, choices=RISKS)

    objects = PlanRevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("revision of a plan")
        verbose_name_plural = _("revisions of plans")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="a_revision_number_exists_once_per_plan"),
            models.CheckConstraint(
                condition=~Q(kind="course") | Q(weeks__gte=4, weeks__lte=8), name="plan_lasts_4_to_8_weeks"
            ),
            models.CheckConstraint(
                condition=~Q(kind="self_management") | Q(sessions__lte=3),
                name="self_management_has_at_most_3_sessions",
            ),
            models.CheckConstraint(
                condition=~Q(kind="extended") | (Q(weeks__gt=8) & ~Q(extended_because="")),
                name="an_extended_plan_is_longer_and_says_why",
            ),
            models.CheckConstraint(
                condition=Q(review__in=["none", "submitted"], reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(review__in=["approved", "returned"], reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="a_reviewed_revision_names_its_reviewer",
            ),
            models.CheckConstraint(
                condition=~Q(review="approved") | ~Q(reviewed_by=F("author")) | ~Q(self_approved_because=""),
                name="author_and_approver_differ_or_the_reason_is_there",
            ),
            models.CheckConstraint(
                condition=~Q(review="returned") | ~Q(review_comment=""), name="a_returned_revision_has_a_comment"
            ),
        ]
        indexes = [
            models.Index(fields=["review", "made_at"], name="revision_by_review_and_age"),
            models.Index(fields=["review", "due_at", "id"], name="revision_by_turn_of_review"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.number}"

    @property
    def is_current(self) -> bool:
        """Whether the plan follows this revision now."""
        return self.plan.current_revision_id == self.pk


class PlanToReview(PlanRevision):
    """The current revision of a plan as a reviewer sees it: what waits, what was returned, what was approved."""

    class Meta:
        proxy = True
        verbose_name = _("plan to review")
        verbose_name_plural = _("plans to review")


class Deviation(models.Model):
    """One difference between a revision and its template, with the reason of the author."""

    revision = models.ForeignKey(PlanRevision, on_delete=models.PROTECT, related_name="deviations")
    what = models.CharField(_("what"), max_length=160)
    template_value = models.JSONField(_("in the template"), null=True)
    plan_value = models.JSONField(_("in this plan"), null=True)
    reason = models.CharField(
        _("reason"),
        max_length=20,
        choices=[
            ("request_for_help", _("request for help")),
            ("load_capacity", _("load capacity")),
            ("patient_preference", _("preference of the patient")),
            ("competence", _("competence")),
            ("planning", _("planning")),
            ("other", _("other")),
        ],
    )
    explanation = models.CharField(_("explanation"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("deviation from the template")
        verbose_name_plural = _("deviations from the template")
        constraints = [
            models.UniqueConstraint(fields=["revision", "what"], name="a_deviation_is_named_once_per_revision"),
            models.CheckConstraint(
                condition=~Q(reason="other") | ~Q(explanation=""), name="another_reason_is_explained"
            ),
        ]

    def __str__(self) -> str:
        return self.what


class PlannedSession(models.Model):
    """One session a plan asks for, by number; the appointment that delivers it belongs to scheduling."""

    revision = models.ForeignKey(PlanRevision, on_delete=models.PROTECT, related_name="planned_sessions")
    number = models.PositiveIntegerField(_("number"))
    phase = models.CharField(_("phase"), max_length=60)
    week = models.PositiveIntegerField(_("week"))
    minutes = models.PositiveIntegerField(_("minutes"))
    measurement = models.BooleanField(_("measurement moment"), default=False)

    class Meta:
        verbose_name = _("planned session")
        verbose_name_plural = _("planned sessions")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "number"], name="a_session_number_exists_once_per_revision")
        ]

    def __str__(self) -> str:
        return str(self.number)


class Goal(models.Model):
    """What the patient wants to reach: a sentence, and where possible a measure with baseline and target."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="goals")
    main = models.BooleanField(_("main goal"), default=False)
    text = models.CharField(_("goal"), max_length=300)
    measure = models.CharField(_("measure"), max_length=40, blank=True)
    baseline = models.FloatField(_("at the start"), null=True, blank=True)
    target = models.FloatField(_("target"), null=True, blank=True)
    due_week = models.PositiveIntegerField(_("within weeks"), null=True, blank=True)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=[
            ("open", _("open")),
            ("reached", _("reached")),
            ("partly", _("partly reached")),
            ("missed", _("not reached")),
        ],
        default="open",
    )

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ["-main", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan"], condition=Q(main=True), name="a_plan_has_one_main_goal"),
            models.CheckConstraint(condition=~Q(text=""), name="a_goal_says_something"),
        ]

    def __str__(self) -> str:
        return self.text

    def in_language(self, language: str) -> str:
        """A goal of the template in this language; what was written for this patient stays as it is."""
        texts = (goal.text for goal in self.plan.plan_template.goals)
        known = next((text for text in texts if self.text in (text.nl, text.en)), None)
        return known.in_language(language) if known else self.text


class ReferralQuerySet(models.QuerySet["Referral"]):
    """Referrals as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "ReferralQuerySet":
        """The referrals this person may read."""
        if not staff.may(Act.READ_CLINICAL):
            return self.none()
        return self.filter(episode__in=Episode.objects.visible_to(staff))


class Referral(models.Model):
    """A request to another discipline, with its reasons and where it stands."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="referrals")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="referrals")
    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="referrals")
    discipline = models.CharField(_("discipline"), max_length=40)
    urgency = models.CharField(_("urgency"), max_length=20, choices=URGENCIES)
    reasons = models.JSONField(_("reasons"))
    recipient = models.ForeignKey(ExternalProvider, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=[
            ("drafted", _("drafted")),
            ("sent", _("sent")),
            ("received", _("received")),
            ("accepted", _("accepted")),
            ("declined", _("declined")),
            ("scheduled", _("scheduled")),
            ("reported", _("reported")),
            ("closed", _("closed")),
        ],
        default="drafted",
    )
    created_at = models.DateTimeField(_("created at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.discipline} · {self.created_at:%d-%m-%Y}"


class ReferralStep(models.Model):
    """One step in the life of a referral: which, when and by whom."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="steps")
    status = models.CharField(_("status"), max_length=12)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step of a referral")
        verbose_name_plural = _("steps of referrals")
        ordering = ["at"]

    def __str__(self) -> str:
        return self.status


class LetterQuerySet(models.QuerySet["Letter"]):
    """Letters as the practice speaks of them."""

    def visible_to(self, staff: Staff) -> "LetterQuerySet":
        """The letters this person may read."""
        if not staff.may(Act.READ_CLINICAL):
            return self.none()
        return self.filter(episode__in=Episode.objects.visible_to(staff))


class Letter(models.Model):
    """A letter about an episode: a draft that may change, then signed and immutable."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="letters")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="letters")
    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="letters", null=True, blank=True)
    kind = models.CharField(
        _("kind"), max_length=20, choices=[("referral", _("referral letter")), ("report", _("report"))]
    )
    language = models.CharField(_("language"), max_length=2, choices=[("nl", _("Dutch")), ("en", _("English"))])
    recipient = models.CharField(_("recipient"), max_length=200)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    pdf = models.BinaryField(_("PDF"), null=True, editable=False)
    pdf_hash = models.CharField(_("hash of the PDF"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("created at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True) | ~Q(pdf_hash=""), name="a_signed_letter_has_its_pdf"
            )
        ]

    def __str__(self) -> str:
        return self.subject


class NoCourse(models.Model):
    """An intake that ends without a course: advice, and when to come back."""

    intake = models.OneToOneField(Intake, on_delete=models.PROTECT, related_name="no_course")
    suggestion = models.ForeignKey(Suggestion, on_delete=models.PROTECT, related_name="+")
    advice = models.JSONField(_("advice"))
    come_back_when = models.TextField(_("when to come back"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("intake without a course")
        verbose_name_plural = _("intakes without a course")
        constraints = [models.CheckConstraint(condition=~Q(come_back_when=""), name="no_course_says_when_to_come_back")]

    def __str__(self) -> str:
        return str(self.at)
