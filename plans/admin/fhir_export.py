"""Export of a protocol version as FHIR R4, from its page in the back office. A protocol is about nobody."""

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from plans.admin.files import taken_along_as_fhir
from plans.fhir.rows import protocol_bundle
from plans.models import ProtocolVersion
from practice.access import requires
from practice.domain.grants import Act

EXPORTED = "protocol_exported"


class FhirExport:
    """Adds a link to the page of a protocol version, and the file behind it. Stands before the admin class."""

    def get_urls(self) -> list[URLPattern]:
        """The usual addresses and the one of the file."""
        view = self.admin_site.admin_view(requires(Act.GOVERN_PROTOCOL)(require_safe(self.fhir_export)))
        mine = path("<int:version_id>/fhir.json", view, name="plans_protocolversion_fhir")
        return [mine, *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: ProtocolVersion | None = None) -> list[str]:
        """Those of the page and the link."""
        return [*super().get_readonly_fields(request, obj), "fhir_link"]

    def get_fieldsets(self, request: HttpRequest, obj: ProtocolVersion | None = None) -> list[Any]:
        """Those of the page and, for a version that exists, the link."""
        sets = list(super().get_fieldsets(request, obj))
        return [*sets, (_("Export"), {"fields": ["fhir_link"]})] if obj else sets

    @admin.display(description=_("For other software"))
    def fhir_link(self, version: ProtocolVersion) -> SafeString:
        """Where the file is."""
        address = reverse("admin:plans_protocolversion_fhir", args=[version.pk])
        return format_html('<a href="{}">{}</a>', address, _("Export as FHIR"))

    def fhir_export(self, request: HttpRequest, version_id: int) -> HttpResponse:
        """The version as a bundle: rules, templates, techniques, and the questionnaires whose answers it judges."""
        version = self.get_object(request, str(version_id))
        if version is None:
            raise Http404
        name = f"{version.code}-{version.version}"
        return taken_along_as_fhir(request, version, EXPORTED, name, lambda: protocol_bundle(version))
