"""What a protocol said of an intake, with its whole trace."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from intake.models import Intake
from plans.domain.trace import Trace, packed, unpacked
from plans.models.protocols import ProtocolVersion

DISCIPLINES = {
    "gp": _("general practitioner"),
    "manual_therapist": _("manual therapist"),
    "occupational_therapist": _("occupational therapist"),
    "rehabilitation_physician": _("rehabilitation physician"),
    "psychosomatic_physiotherapist": _("psychosomatic physiotherapist"),
    "pelvic_physiotherapist": _("pelvic physiotherapist"),
    "occupational_physician": _("occupational physician"),
}
SCOPES = {"outside_guideline": _("outside the guideline")}
OUTCOMES = {"no_course_needed": _("no course needed")}
URGENCIES = [
    ("emergency", _("emergency")),
    ("within_24h", _("within 24 hours")),
    ("within_week", _("within a week")),
    ("routine", _("routine")),
]


class TraceField(models.JSONField):
    """The trace of a suggestion, kept packed; traces that were stored whole are read as they are."""

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """In the database it is a column of JSON like any other."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        return packed(value) if isinstance(value, Mapping) else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        kept = super().from_db_value(value, expression, connection)
        return unpacked(kept) if isinstance(kept, dict) else kept


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    """Suggestions as those speak of them who read but a little of each."""

    def parts(self, *keys: str, of: str = "pk") -> list[tuple[Any, Trace]]:
        """Some parts of the trace of each, with what tells of what it is; the rest is large and stays behind.

        The leaves in their reasons are left as they are stored.
        """
        rows = self.values_list(of, *[f"trace__{key}" for key in keys])
        return [(row[0], dict(zip(keys, row[1:], strict=True))) for row in rows]


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

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.protocol_version} · {localtime(self.made_at):%d-%m-%Y}"
