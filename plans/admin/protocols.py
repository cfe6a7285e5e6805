"""Protocols in the back office: what is in use, and who signed it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from patients.policies import Refused
from plans import actions
from plans.admin.fhir_export import FhirExport
from plans.admin.saying import said
from plans.models import ProtocolVersion
from practice.admin import GrantedAdmin
from practice.domain.grants import Act


@admin.register(ProtocolVersion)
class ProtocolVersionAdmin(FhirExport, GrantedAdmin):
    """Versions of the protocols: what is in use, and who signed it."""

    acts = {"view": Act.GOVERN_PROTOCOL}
    list_display = ["protocol_title", "version", "status", "rules", "templates", "signed", "valid_from"]
    list_filter = ["status"]
    fields = [
        "protocol_title",
        "code",
        "version",
        "status",
        "valid_from",
        "loaded_at",
        "content_hash",
        "signed_by_first",
        "signed_by_second",
    ]
    readonly_fields = fields
    actions = ["sign"]

    @admin.display(description=_("protocol"), ordering="code")
    def protocol_title(self, version: ProtocolVersion) -> str:
        """The title of the protocol."""
        return said(version.title)

    @admin.display(description=_("rules"))
    def rules(self, version: ProtocolVersion) -> int:
        """How many rules the version has."""
        return len(version.protocol.rules)

    @admin.display(description=_("templates"))
    def templates(self, version: ProtocolVersion) -> int:
        """How many plan templates the version has."""
        return len(version.protocol.templates)

    @admin.display(description=_("signed by two people"), boolean=True)
    def signed(self, version: ProtocolVersion) -> bool:
        """Whether two people of the practice have signed it."""
        return version.is_signed

    @admin.action(description=_("Sign: I have read this version and stand for its use here"), permissions=["view"])
    def sign(self, request: HttpRequest, versions: QuerySet[ProtocolVersion]) -> None:
        """Sign the chosen versions; the second signature must be another person's."""
        for version in versions:
            try:
                actions.sign_protocol(version=version, by=request.user, now=timezone.now())
            except Refused as refusal:
                self.message_user(request, str(refusal), level="error")
