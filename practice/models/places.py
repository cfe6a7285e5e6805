"""Where the practice works and when its doors are open."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

AGB = r"^[0-9]{8}\Z"
IS_AGB = RegexValidator(AGB, _("An AGB code has 8 digits."))

WEEKDAYS = [
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
]


class PracticeSettingsQuerySet(models.QuerySet["PracticeSettings"]):
    """Finds the one row of settings."""

    def current(self) -> "PracticeSettings":
        """The practice's settings; those that hold before anybody has set them, if nobody has."""
        return self.first() or PracticeSettings()


class PracticeSettings(models.Model):
    """What the practice as a whole is called and how it wants to work: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(_("name"), max_length=120, blank=True)
    agb = models.CharField(_("AGB code"), max_length=8, blank=True, validators=[IS_AGB])
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    review_before_care = models.BooleanField(
        _("review before care"),
        default=False,
        help_text=_("A plan starts only after a manager has approved it. Off: care may start at once."),
    )

    objects = PracticeSettingsQuerySet.as_manager()

    class Meta:
        verbose_name = _("settings of the practice")
        verbose_name_plural = _("settings of the practice")
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="there_is_one_row_of_settings"),
            models.CheckConstraint(condition=Q(agb="") | Q(agb__regex=AGB), name="agb_code_of_practice_has_8_digits"),
        ]

    def __str__(self) -> str:
        return self.name or str(self._meta.verbose_name)


class Location(models.Model):
    """A building in which the practice works."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    street = models.CharField(_("street and number"), max_length=120, blank=True)
    postcode = models.CharField(_("postcode"), max_length=7, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    """A room in which people are treated or train."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="rooms", verbose_name=_("location"))
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(
        _("kind"),
        max_length=20,
        default="treatment_room",
        choices=[
            ("treatment_room", _("treatment room")),
            ("exercise_room", _("exercise room")),
            ("consultation_room", _("consultation room")),
        ],
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ["location", "name"]
        constraints = [
            models.UniqueConstraint(fields=["location", "name"], name="a_room_has_a_name_of_its_own_at_its_location"),
            models.CheckConstraint(
                condition=Q(kind__in=["treatment_room", "exercise_room", "consultation_room"]),
                name="a_room_is_of_a_known_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.location}, {self.name}"


class OpeningHours(models.Model):
    """The hours between which a location is open on one day of the week, in the practice's wall time."""

    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="opening_hours", verbose_name=_("location")
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=WEEKDAYS)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["location", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="a_location_closes_after_it_opens",
                violation_error_message=_("Closing comes after opening."),
            ),
            models.CheckConstraint(
                condition=Q(weekday__gte=1, weekday__lte=7), name="a_location_opens_on_a_day_of_the_week"
            ),
            models.UniqueConstraint(
                fields=["location", "weekday", "opens"], name="a_location_opens_once_at_the_same_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


class Closure(models.Model):
    """A time in which one location, or the whole practice, is closed; half-open: `starts` counts, `ends` does not."""

    location = models.ForeignKey(
        Location,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("location"),
        help_text=_("Empty: all locations"),
    )
    starts = models.DateTimeField(_("from"))
    ends = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="a_closure_ends_after_it_starts",
                violation_error_message=_("The end comes after the start."),
            )
        ]

    def __str__(self) -> str:
        return f"{localtime(self.starts):%d-%m-%Y} {self.reason}".strip()


class HolidayOverride(models.Model):
    """What the practice decides about one date, whatever the calendar of public holidays says of it."""

    date = models.DateField(_("date"))
    location = models.ForeignKey(
        Location,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("location"),
        help_text=_("Empty: all locations"),
    )
    is_open = models.BooleanField(_("open"), help_text=_("On: an ordinary working day. Off: closed all day."))

    class Meta:
        verbose_name = _("exception to a public holiday")
        verbose_name_plural = _("exceptions to public holidays")
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(
                fields=["date"], condition=Q(location__isnull=True), name="a_holiday_is_decided_once_for_the_practice"
            ),
            models.UniqueConstraint(fields=["date", "location"], name="a_holiday_is_decided_once_for_a_location"),
        ]

    def __str__(self) -> str:
        return f"{self.date:%d-%m-%Y}"
