"""What lists of plans, and the line of those to review, can be narrowed down by."""

import datetime as dt
import re
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plans.domain.review import LATE, TOO_LATE, Risk
from plans.models import Deviation, ProtocolVersion
from plans.models.revisions import IS_RETURNED, WAITS_FOR_REVIEW
from plans.reading import language
from practice.domain.grants import Role
from practice.models import RoleGrant

FOUND = "patient"
IDENTIFIER = re.compile("[0-9a-f]{32}")


class ReviewState(admin.SimpleListFilter):
    """Where the review stands; what waits is shown first."""

    title = gettext_lazy("review")
    parameter_name = "state"
    STATES: ClassVar[dict[str, Q]] = {
        "submitted": WAITS_FOR_REVIEW,
        "returned": IS_RETURNED,
        "approved": Q(review="approved"),
        "all": Q(),
    }

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """The states, in the order in which they are of interest."""
        return [
            ("submitted", _("To review")),
            ("returned", _("Returned, not changed yet")),
            ("approved", _("Approved")),
            ("all", _("All")),
        ]

    def value(self) -> str:
        """The chosen state; what waits when none is chosen."""
        chosen = super().value()
        return chosen if chosen in self.STATES else "submitted"

    def choices(self, changelist: Any) -> Any:
        """The states without Django's own "all", which would be what waits."""
        choices = super().choices(changelist)
        next(choices)
        yield from choices

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The plans in this state."""
        return queryset.filter(self.STATES[self.value()])


class Waits(admin.SimpleListFilter):
    """How long a plan waits for its review."""

    title = gettext_lazy("waiting time")
    parameter_name = "waits"
    LEAST: ClassVar[dict[str, dt.timedelta]] = {"24": LATE, "72": TOO_LATE}

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Longer than a day, longer than three days."""
        return [("24", _("longer than 24 hours")), ("72", _("longer than 72 hours"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The plans that were handed in that long ago."""
        least = self.LEAST.get(self.value() or "")
        return queryset.filter(made_at__lte=timezone.now() - least) if least else queryset


class YesOrNo(admin.SimpleListFilter):
    """A question with yes and no."""

    condition: ClassVar[Any]

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Yes and no."""
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The plans for which it holds, or does not."""
        answers = {"yes": self.condition, "no": ~self.condition}
        return queryset.filter(answers[self.value()]) if self.value() in answers else queryset


class Deviates(YesOrNo):
    """Whether a plan differs from its template."""

    title = gettext_lazy("differs from the template")
    parameter_name = "deviates"
    condition = Exists(Deviation.objects.filter(revision=OuterRef("pk")))


class Flagged(admin.SimpleListFilter):
    """Whether there are red flags, and whether they were followed up."""

    title = gettext_lazy("red flags")
    parameter_name = "flags"
    RISKS: ClassVar[dict[str, list[Risk]]] = {
        "open": [Risk.OPEN_FLAG],
        "followed": [Risk.FLAG],
        "unasked": [Risk.NOT_ASKED],
        "none": [Risk.DEVIATES, Risk.CLEAN],
    }

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """Without follow-up, with it or routine, not asked, none."""
        return [
            ("open", _("without follow-up")),
            ("followed", _("followed up or routine")),
            ("unasked", _("none was asked")),
            ("none", _("none")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The plans with such flags."""
        risks = self.RISKS.get(self.value() or "")
        return queryset.filter(risk__in=risks) if risks else queryset


class OfTemplate(admin.SimpleListFilter):
    """From which template a plan was adopted, by its title."""

    title = gettext_lazy("template")
    parameter_name = "template"
    field: ClassVar[str] = "plan__template"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """The templates of the protocols in use; nothing goes through all plans to find them."""
        protocols = [version.protocol for version in ProtocolVersion.objects.published()]
        titles = {
            code: template.title.in_language(language())
            for protocol in protocols
            for code, template in protocol.templates.items()
        }
        return sorted(titles.items(), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The plans from the chosen template."""
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class PlanOfTemplate(OfTemplate):
    """The same of plans themselves."""

    field = "template"


class ByAuthor(admin.RelatedFieldListFilter):
    """Who made the plan: whoever is or was a physiotherapist here."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[object, str]]:
        """The physiotherapists, without going through all plans to find them."""
        therapists = RoleGrant.objects.filter(role=Role.PHYSIOTHERAPIST).values("staff_id")
        return field.get_choices(include_blank=False, limit_choices_to={"pk__in": therapists})


class Found(admin.SimpleListFilter):
    """The patients that a search found, by their ids: what was typed is in no address."""

    title = gettext_lazy("found patients")
    parameter_name = FOUND

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        """What was found, so that it can be left again."""
        chosen = request.GET.get(FOUND)
        return [(chosen, _("found by the search"))] if chosen is not None else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The plans of these patients."""
        if self.value() is None:
            return queryset
        ids = [one for one in self.value().split(",") if IDENTIFIER.fullmatch(one)]
        return queryset.filter(plan__episode__patient_id__in=ids)
