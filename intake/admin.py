"""Questionnaires and their instruments in the back office, to read: what is asked, in which version."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext_lazy

from intake.domain.items import Item, ItemKind
from intake.domain.questionnaire import Questionnaire
from intake.models import QuestionnaireVersion
from practice.admin import GrantedAdmin
from practice.domain.grants import Act

KINDS = {
    ItemKind.YES_NO: gettext_lazy("yes or no"),
    ItemKind.CHOICE: gettext_lazy("one choice"),
    ItemKind.CHOICES: gettext_lazy("several choices"),
    ItemKind.NUMBER: gettext_lazy("number"),
    ItemKind.SCALE: gettext_lazy("scale"),
    ItemKind.TEXT: gettext_lazy("text"),
    ItemKind.LONG_TEXT: gettext_lazy("long text"),
    ItemKind.BODY_CHART: gettext_lazy("body chart"),
}


@admin.register(QuestionnaireVersion)
class QuestionnaireVersionAdmin(GrantedAdmin):
    """Versions of the questionnaires. They change by content files only, and are read here."""

    acts = {"view": Act.GOVERN_PROTOCOL}
    list_display = ["questionnaire_title", "version", "region", "status", "loaded_at"]
    list_filter = ["status", "code"]
    fields = ["questionnaire_title", "code", "version", "region", "status", "loaded_at", "content_hash"]
    readonly_fields = fields
    change_form_template = "admin/intake/questionnaireversion/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuestionnaireVersion]:
        """All versions; their content is large and read when needed."""
        return super().get_queryset(request).defer("content")

    @admin.display(description=gettext_lazy("questionnaire"), ordering="code")
    def questionnaire_title(self, version: QuestionnaireVersion) -> str:
        """The title in the reader's language."""
        return version.title["en" if (get_language() or "nl").startswith("en") else "nl"]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """A version with every question it asks."""
        version = QuestionnaireVersion.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        may = version is not None and self.has_view_permission(request)
        shown = {"title": str(version), **_shown(version.questionnaire)} if may else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | shown | {"show_close": False})


def _shown(questionnaire: Questionnaire) -> dict[str, Any]:
    """The questions section by section, and the instruments, in the reader's language."""
    language = get_language() or "nl"
    return {
        "sections": [
            (section.title.in_language(language), [_row(item, language) for item in section.items])
            for section in questionnaire.sections
        ],
        "instruments": [(one.code, one.version, one.title.in_language(language)) for one in questionnaire.instruments],
    }


def _row(item: Item, language: str) -> dict[str, Any]:
    """One question."""
    return {
        "code": item.code,
        "label": item.label.in_language(language),
        "kind": KINDS[item.kind],
        "choices": [(choice.code, choice.label.in_language(language)) for choice in item.choices],
        "red_flag": item.red_flag,
        "sources": item.backing.sources,
    }
