"""The practice in the back office. `GrantedAdmin` is what every table that is shown there builds on, in every app."""

from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.db.models import Field, Model, QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.forms import Field as FormField
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from practice import actions, audit
from practice.access import requires
from practice.audit import Checks
from practice.domain.grants import Act
from practice.models import (
    Absence,
    AccessEvent,
    Closure,
    HolidayOverride,
    Location,
    OpeningHours,
    PracticeSettings,
    Practitioner,
    PractitionerCompetence,
    PractitionerDiscipline,
    RoleGrant,
    Room,
    Staff,
    WorkingHours,
)
from practice.models.staff import ROLE_NAMES
from practice.policies import can_change_rights
from practice.reading import event_in_words, object_in_words


class Granted:
    """Rights of an admin or an inline, read from the table of grants.

    `acts` names the act that each of "view", "add", "change" and "delete" needs; what it leaves out nobody may.
    """

    acts: ClassVar[dict[str, Act]] = {}

    def _granted(self, request: HttpRequest, right: str) -> bool:
        return right in self.acts and request.user.may(self.acts[right])

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether this person may see these rows."""
        return self._granted(request, "view")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether this person may add such a row."""
        return self._granted(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether this person may change these rows."""
        return self._granted(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether this person may delete these rows."""
        return self._granted(request, "delete")


def everything(act: Act) -> dict[str, Act]:
    """Rights by which one act allows to see, add, change and delete."""
    return dict.fromkeys(("view", "add", "change", "delete"), act)


def name_controls(field: FormField) -> None:
    """Say the name of a field at its controls, for who hears the page, where no label is tied to them.

    That is so in the cells of a table, and where a moment has a control for its date and one for its time.
    """
    widget, name = getattr(field.widget, "widget", field.widget), capfirst(str(field.label))
    if isinstance(widget, AdminSplitDateTime):
        for control, part in zip(widget.widgets, (_("date"), _("time")), strict=True):
            control.attrs["aria-label"] = f"{name}: {part}"
    else:
        widget.attrs["aria-label"] = name


class NamedRows(BaseInlineFormSet):
    """Rows of a table of which every control says its name."""

    def add_fields(self, form: ModelForm, index: int | None) -> None:
        """Add what a row needs besides its own fields, and name all of them."""
        super().add_fields(form, index)
        for field in form.fields.values():
            name_controls(field)


class GrantedInline(Granted, admin.TabularInline):
    """Rows shown on the page of the row they belong to."""

    extra = 0
    formset = NamedRows


class GrantedAdmin(Granted, admin.ModelAdmin):
    """A table in the back office: rights from the table of grants, only visible rows, everything in the access log.

    Where rows are about a patient, `patient_of` gives that patient's id, and each reading of a row is logged.
    `list_event` names the event of opening the list, where opening it is worth a row of the log. `purpose` is what
    the rows are read for, where a grant allows reading for one purpose only.
    """

    list_event = ""
    purpose = ""

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> FormField | None:
        """The field of a column; where it has two controls, each says its name."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, AdminSplitDateTime):
            name_controls(field)
        return field

    def patient_of(self, row: Model) -> object:
        """The id of the patient whom this row is about; None when it is about none."""
        return None

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether this person sees that the table exists."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The rows that this person may see."""
        rows = super().get_queryset(request)
        return rows.visible_to(request.user) if hasattr(rows, "visible_to") else rows

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        """One row, its reading logged when it is about a patient; a row that is not visible is a logged refusal."""
        row = super().get_object(request, object_id, from_field)
        if not self.has_view_permission(request):
            return row  # the view refuses, and that is logged
        if row is None:
            self._record(request, "read", "R", object_id, allowed=False)
        elif self.patient_of(row) is not None:
            self._record(request, "read", "R", row.pk, patient_id=self.patient_of(row))
        return row

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict | None = None) -> HttpResponse:
        """The history of one row, refused before it is looked for."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """The list, logged when it has an event; the log tells which filters were used, not for what."""
        if self.list_event and self.has_view_permission(request):
            audit.record(
                by=request.user,
                event=self.list_event,
                action="R",
                now=timezone.now(),
                object_type=self.opts.label_lower,
                detail=" ".join(sorted(request.GET))[:200],
                query_hash=audit.query_hash(request.GET.urlencode()) if request.GET else "",
            )
        return super().changelist_view(request, extra_context)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        """Write down in the history and in the access log that a row was added."""
        self._record(request, "added", "C", obj.pk, patient_id=self.patient_of(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        """Write down in the history and in the access log that a row was changed."""
        self._record(request, "changed", "U", obj.pk, patient_id=self.patient_of(obj))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> Any:
        """Write down in the history and in the access log which rows are deleted."""
        for row in queryset:
            self._record(request, "deleted", "D", row.pk, patient_id=self.patient_of(row))
        return super().log_deletions(request, queryset)

    def _record(
        self,
        request: HttpRequest,
        event: str,
        action: str,
        pk: object,
        *,
        allowed: bool = True,
        patient_id: object = None,
    ) -> None:
        audit.record(
            by=request.user,
            event=f"{self.opts.model_name}_{event}",
            action=action,
            now=timezone.now(),
            patient_id=patient_id,
            object_type=self.opts.label_lower,
            object_id=str(pk)[:64],
            checks=Checks(authorised=True),
            allowed=allowed,
            purpose=self.purpose,
        )


class RoleGrantInline(GrantedInline):
    """The roles of a member of staff. Nobody changes their own."""

    model = RoleGrant
    acts = everything(Act.MANAGE_STAFF)

    def has_add_permission(self, request: HttpRequest, obj: Staff | None = None) -> bool:
        """Whether this person may give roles to `obj`."""
        return super().has_add_permission(request, obj) and can_change_rights(request.user, obj)

    def has_change_permission(self, request: HttpRequest, obj: Staff | None = None) -> bool:
        """Whether this person may change the roles of `obj`."""
        return super().has_change_permission(request, obj) and can_change_rights(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Staff | None = None) -> bool:
        """Whether this person may take roles from `obj`."""
        return super().has_delete_permission(request, obj) and can_change_rights(request.user, obj)


@admin.register(Staff)
class StaffAdmin(GrantedAdmin):
    """Who works here. An account is never deleted, only deactivated; its password is never chosen by somebody else."""

    acts = {"view": Act.MANAGE_STAFF, "add": Act.MANAGE_STAFF, "change": Act.MANAGE_STAFF}
    list_display = ["name", "email", "is_active", "role_names"]
    list_filter = ["is_active"]
    fields = ["name", "email", "language", "is_active"]
    inlines = [RoleGrantInline]
    change_form_template = "admin/practice/staff/change_form.html"

    @admin.display(description=_("roles"))
    def role_names(self, staff: Staff) -> str:
        """The roles held today, in words."""
        today = timezone.localdate()
        return ", ".join(str(grant) for grant in staff.role_grants.all() if grant.is_valid_on(today))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Staff]:
        """All staff, with their roles in one further query."""
        return super().get_queryset(request).prefetch_related("role_grants")

    def get_readonly_fields(self, request: HttpRequest, obj: Staff | None = None) -> list[str]:
        """Nobody deactivates themselves."""
        return [] if obj is None or can_change_rights(request.user, obj) else ["is_active"]

    def save_model(self, request: HttpRequest, obj: Staff, form: ModelForm, change: bool) -> None:
        """Save a change; a new account gets a temporary password."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            request.temporary_password = actions.add_staff(by=request.user, staff=obj, now=timezone.now())

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list, change: bool) -> None:
        """Save the roles, and write down which were given and taken."""
        staff = form.instance
        before = list(staff.role_grants.values_list("role", flat=True))
        super().save_related(request, form, formsets, change)
        after = list(staff.role_grants.values_list("role", flat=True))
        if any(formset.has_changed() for formset in formsets):
            detail = f"{' '.join(sorted(before)) or '-'} > {' '.join(sorted(after)) or '-'}"
            actions.note_roles_changed(by=request.user, staff=staff, detail=detail, now=timezone.now())

    def response_add(self, request: HttpRequest, obj: Staff, post_url_continue: str | None = None) -> HttpResponse:
        """Show the temporary password, this once."""
        return self._temporary_password_page(request, obj, request.temporary_password)

    def get_urls(self) -> list[URLPattern]:
        """The usual addresses and the one that gives a temporary password."""
        view = self.admin_site.admin_view(requires(Act.MANAGE_STAFF)(require_POST(self.temporary_password)))
        mine = path("<uuid:staff_id>/temporary-password/", view, name="practice_staff_temporary_password")
        return [mine, *super().get_urls()]

    def temporary_password(self, request: HttpRequest, staff_id: object) -> HttpResponse:
        """Give somebody who forgot theirs a temporary password, and show it this once."""
        staff = self.get_object(request, str(staff_id))
        if staff is None:
            raise Http404
        if not can_change_rights(request.user, staff):
            raise PermissionDenied
        password = actions.give_temporary_password(by=request.user, staff=staff, now=timezone.now())
        return self._temporary_password_page(request, staff, password)

    def _temporary_password_page(self, request: HttpRequest, staff: Staff, password: str) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": _("Temporary password"),
            "staff": staff,
            "password": password,
            "days": actions.TEMPORARY_PASSWORD_LIFE.days,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/practice/staff/temporary_password.html", context)


class RoomInline(GrantedInline):
    """The rooms of a location."""

    model = Room
    acts = everything(Act.MANAGE_PRACTICE)


class OpeningHoursInline(GrantedInline):
    """The hours at which a location is open."""

    model = OpeningHours
    acts = everything(Act.MANAGE_PRACTICE)


@admin.register(Location)
class LocationAdmin(GrantedAdmin):
    """The buildings with their rooms and opening hours."""

    acts = everything(Act.MANAGE_PRACTICE)
    list_display = ["name", "city", "is_active"]
    inlines = [RoomInline, OpeningHoursInline]


@admin.register(Closure)
class ClosureAdmin(GrantedAdmin):
    """When the practice or a location is closed."""

    acts = everything(Act.MANAGE_PRACTICE)
    list_display = ["starts", "ends", "location", "reason"]
    list_select_related = ["location"]


@admin.register(HolidayOverride)
class HolidayOverrideAdmin(GrantedAdmin):
    """On which public holidays the practice works, or closes on another day."""

    acts = everything(Act.MANAGE_PRACTICE)
    list_display = ["date", "location", "is_open"]
    list_select_related = ["location"]


@admin.register(PracticeSettings)
class PracticeSettingsAdmin(GrantedAdmin):
    """The one row of settings."""

    acts = {"view": Act.MANAGE_PRACTICE, "add": Act.MANAGE_PRACTICE, "change": Act.MANAGE_PRACTICE}

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The row can be added as long as it is not there."""
        return super().has_add_permission(request, obj) and not PracticeSettings.objects.exists()


class DisciplineInline(GrantedInline):
    """The disciplines in which somebody works."""

    model = PractitionerDiscipline
    acts = everything(Act.MANAGE_PRACTICE)


class CompetenceInline(GrantedInline):
    """What somebody is able to do."""

    model = PractitionerCompetence
    acts = everything(Act.MANAGE_PRACTICE)


class WorkingHoursInline(GrantedInline):
    """When somebody works."""

    model = WorkingHours
    acts = everything(Act.MANAGE_PRACTICE)
    fields = ["location", "weekday", "starts", "ends", "valid_from", "valid_until", "every_n_weeks"]


class AbsenceInline(GrantedInline):
    """When somebody is away."""

    model = Absence
    acts = everything(Act.MANAGE_PRACTICE)


@admin.register(Practitioner)
class PractitionerAdmin(GrantedAdmin):
    """Who treats, with what they are, are able to do, and when they work."""

    acts = everything(Act.MANAGE_PRACTICE)
    list_display = ["staff", "agb", "big"]
    list_select_related = ["staff"]
    inlines = [DisciplineInline, CompetenceInline, WorkingHoursInline, AbsenceInline]


class OneOf(admin.SimpleListFilter):
    """Shows the rows with one exact value of a column, which the columns of the list link to."""

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        """The value that is chosen now, so that it can be left again."""
        chosen = request.GET.get(self.parameter_name, "")
        return [(chosen, chosen)] if chosen else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[AccessEvent]) -> QuerySet[AccessEvent]:
        """The rows with the chosen value."""
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class OnePatient(OneOf):
    """What happened to the record of one patient."""

    title = _("patient id")
    parameter_name = "patient_id"


class OneEmployee(OneOf):
    """What one member of staff did."""

    title = _("user id")
    parameter_name = "user_id"


@admin.register(AccessEvent)
class AccessEventAdmin(GrantedAdmin):
    """The access log, to read: per patient, per employee and per day. Opening it is a row of it."""

    acts = {"view": Act.READ_ACCESS_LOG}
    list_event = "access_log_read"
    list_display = ["at_utc", "who", "roles", "what", "outcome", "patient", "about", "detail"]
    list_filter = ["outcome", "action", OnePatient, OneEmployee]
    date_hierarchy = "at_utc"
    search_fields = ["=patient_id", "=object_id"]
    search_help_text = _("The id of a patient or of another object")
    show_full_result_count = False
    list_per_page = 100
    readonly_fields = ["what"]

    def get_fields(self, request: HttpRequest, obj: AccessEvent | None = None) -> list[str]:
        """Everything that was written down, after what happened in words."""
        return ["what", *(name for name in super().get_fields(request, obj) if name != "what")]

    def patient_of(self, row: AccessEvent) -> object:
        """The patient whom the row of the log is about, if it is about one."""
        return row.patient_id or None

    @admin.display(description=_("user"), ordering="user_name")
    def who(self, row: AccessEvent) -> str | SafeString:
        """The name, which leads to all that this person did."""
        return self._link("user_id", row.user_id, row.user_name)

    @admin.display(description=_("roles"), ordering="user_roles")
    def roles(self, row: AccessEvent) -> str:
        """The roles that were held at the time, in words; one that is no more by its code."""
        names = {role.value: name for role, name in ROLE_NAMES.items()}
        return ", ".join(str(names.get(role, role)) for role in row.user_roles.split())

    @admin.display(description=_("what happened"), ordering="event")
    def what(self, row: AccessEvent) -> str:
        """What happened, in words."""
        return event_in_words(row.event)

    @admin.display(description=_("kind of object"), ordering="object_type")
    def about(self, row: AccessEvent) -> str:
        """What the event was about, in words."""
        return object_in_words(row.object_type)

    @admin.display(description=_("patient id"))
    def patient(self, row: AccessEvent) -> str | SafeString:
        """The id, which leads to all that happened to this record."""
        return self._link("patient_id", row.patient_id, row.patient_id[:8])

    def _link(self, column: str, value: str, text: str) -> str | SafeString:
        address = f"{reverse('admin:practice_accessevent_changelist')}?{urlencode({column: value})}"
        return format_html('<a href="{}">{}</a>', address, text) if value else ""
