"""Time that comes back and in which nothing is booked: a meeting, lunch."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from practice.models import Location, Practitioner
from practice.models.hours import Recurring, recurring_constraints


class RecurringBlock(Recurring):
    """Closed time that repeats: of one practitioner, of a location, or of the whole practice."""

    title = models.CharField(_("what it is"), max_length=60, help_text=_("The desk and colleagues read this."))
    practitioner = models.ForeignKey(
        Practitioner,
        on_delete=models.CASCADE,
        related_name="recurring_blocks",
        null=True,
        blank=True,
        verbose_name=_("practitioner"),
        help_text=_("Empty: everybody"),
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.CASCADE,
        related_name="recurring_blocks",
        null=True,
        blank=True,
        verbose_name=_("location"),
        help_text=_("Empty: all locations"),
    )

    class Meta:
        verbose_name = _("recurring block")
        verbose_name_plural = _("recurring blocks")
        ordering = ["weekday", "starts"]
        constraints = recurring_constraints(
            times="a_block_ends_after_it_starts",
            weekday="a_block_is_on_a_day_of_the_week",
            days="a_block_does_not_end_before_it_begins",
            weeks="a_block_repeats_every_1_to_8_weeks",
        )

    def __str__(self) -> str:
        return f"{self.title}: {self.get_weekday_display()} {self.starts:%H:%M}-{self.ends:%H:%M}"
