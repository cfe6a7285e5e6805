"""Test cases of protocols in the back office, and how an intake becomes one."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from intake.domain.phrases import finding_in_words
from patients.policies import Refused
from plans import actions
from plans.actions import governing
from plans.admin.pages import version_page
from plans.admin.replays import visible_intake
from plans.domain.expectation import expecting
from plans.domain.suggest import conclude
from plans.forms.cases import CaseForm, CaseOfIntakeForm, initial_of_expectation
from plans.models import ProtocolCase
from plans.reading import language
from practice.access import requires
from practice.admin import GrantedAdmin
from practice.domain.grants import Act


@admin.register(ProtocolCase)
class ProtocolCaseAdmin(GrantedAdmin):
    """The test set: what every version of a protocol must make of some intakes."""

    acts = {"view": Act.GOVERN_PROTOCOL, "add": Act.GOVERN_PROTOCOL, "change": Act.GOVERN_PROTOCOL}
    form = CaseForm
    list_display = ["called", "protocol", "questionnaire", "age", "maker", "in_use"]
    list_filter = ["protocol", "questionnaire"]
    list_select_related = ["made_by"]
    search_fields = ["title", "title_en", "why"]
    fieldsets = [
        (None, {"fields": ["protocol", "title", "title_en", "why", "seen"]}),
        (gettext_lazy("The intake"), {"fields": ["questionnaire", ("age", "sex", "route"), "answers"]}),
        (
            gettext_lazy("What must come out"),
            {"fields": ["urgency", "disposition", "first_template", "flags", "referrals", "gates"]},
        ),
    ]
    change_form_template = "admin/plans/protocolcase/change_form.html"

    @admin.display(description=gettext_lazy("title"), ordering="title")
    def called(self, case: ProtocolCase) -> str:
        """The title in the reader's language."""
        return str(case)

    @admin.display(description=gettext_lazy("made by"), ordering="made_by")
    def maker(self, case: ProtocolCase) -> str:
        """Who made it; what came with the protocol was made by nobody here."""
        return str(case.made_by or gettext("shipped"))

    @admin.display(description=gettext_lazy("in use"), boolean=True)
    def in_use(self, case: ProtocolCase) -> bool:
        """Whether it runs at every check."""
        return case.retired_at is None

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProtocolCase]:
        """The cases in use first."""
        return super().get_queryset(request).order_by(F("retired_at").asc(nulls_first=True), "protocol", "title")

    def has_change_permission(self, request: HttpRequest, obj: ProtocolCase | None = None) -> bool:
        """A case that was retired is only read."""
        return super().has_change_permission(request, obj) and (obj is None or obj.retired_at is None)

    def get_form(self, request: HttpRequest, obj: ProtocolCase | None = None, **_given: Any) -> type[ModelForm]:
        """The form as it is written: its fields are not all columns."""
        return CaseForm if self.has_change_permission(request, obj) else super().get_form(request, obj, fields=None)

    def get_fieldsets(self, request: HttpRequest, obj: ProtocolCase | None = None) -> list:
        """The columns, for who only reads."""
        if self.has_change_permission(request, obj):
            return self.fieldsets
        return [
            (None, {"fields": ["protocol", "title", "title_en", "why", "questionnaire", "age", "answers", "expects"]})
        ]

    def save_model(self, request: HttpRequest, obj: ProtocolCase, form: CaseForm, _change: bool) -> None:
        """Save through the action."""
        governing.save_case(
            case=obj,
            expected=form.expectation(),
            seen=form.cleaned_data["seen"] or 0,
            by=request.user,
            now=timezone.now(),
        )

    def get_urls(self) -> list[URLPattern]:
        """The usual addresses, and those that retire a case and make one of an intake."""

        def at(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"plans_protocolcase_{name}")

        return [
            at("of-intake/<uuid:intake_id>/", case_of_intake, "of_intake"),
            at("<int:case_id>/retire/", case_retire, "retire"),
            *super().get_urls(),
        ]


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def case_retire(request: HttpRequest, case_id: int) -> HttpResponse:
    """Take a case out of the test set."""
    case = ProtocolCase.objects.filter(pk=case_id, retired_at=None).first()
    if case:
        governing.retire_case(case=case, by=request.user, now=timezone.now())
        messages.success(request, gettext("The case no longer runs."))
    return redirect("admin:plans_protocolcase_changelist")


@requires(Act.GOVERN_PROTOCOL)
def case_of_intake(request: HttpRequest, intake_id: object) -> HttpResponse:
    """Show what of an intake would be kept as a test case, and keep it."""
    intake = visible_intake(request, intake_id)
    version = actions.protocol_for(intake)
    expected = expecting(conclude(intake.findings(), version.protocol))
    form = CaseOfIntakeForm(request.POST or None, initial=initial_of_expectation(expected))
    if request.method == "POST" and form.is_valid():
        try:
            case = governing.case_of_intake(
                intake=intake,
                protocol=version,
                title=form.cleaned_data["title"],
                title_en=form.cleaned_data["title_en"],
                why=form.cleaned_data["why"],
                expected=form.expectation(),
                by=request.user,
                now=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, gettext("The case is in the test set. It says nothing of whose intake it was."))
            return redirect("admin:plans_protocolcase_change", case.pk)
    kept = governing.without_identity(intake)
    terms = intake.questionnaire.terms
    context = intake.context()
    return version_page(
        request,
        "case_of_intake",
        version,
        gettext("Make a test case of this intake"),
        form=form,
        about=[
            finding_in_words(code, value, intake.questionnaire.terms, language())
            for code, value in (("age", context.age), ("sex", context.sex), ("route", context.route))
        ],
        kept=[finding_in_words(code, value, terms, language()) for code, value in kept.items() if code in terms],
        left_out=len(intake.answers()) - len(kept),
    )
