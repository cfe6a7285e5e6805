"""Protocols in the back office: what is in use and who signed it, what is being written, and its way to the patient."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, register_converter
from django.utils import timezone
from django.utils.translation import get_language, gettext, gettext_lazy
from django.views.decorators.http import require_POST

from patients.policies import Refused
from plans import actions
from plans.actions import governing
from plans.admin import parts, replays, rules
from plans.admin.fhir_export import EXPORTED, FhirExport
from plans.admin.files import brought_in, taken_along
from plans.admin.pages import get_version, status_of, version_page
from plans.admin.saying import said, terms_of
from plans.admin.steps import take_step
from plans.domain.difference import Change, differences
from plans.forms.flaws import in_words
from plans.forms.governing import CommentForm, FileForm
from plans.forms.kinds import PARTS, SLUGS
from plans.management.content_files import pack, unpack
from plans.models import ProtocolCase, ProtocolVersion
from plans.policies import authors_of, can_publish_draft
from practice.access import requires
from practice.admin import GrantedAdmin
from practice.domain.grants import Act

Page = Callable[..., HttpResponse]
register_converter(parts.PartConverter, "part")


@admin.register(ProtocolVersion)
class ProtocolVersionAdmin(FhirExport, GrantedAdmin):
    """Versions of the protocols: what is in use, what is being written, and who signed it."""

    acts = {"view": Act.GOVERN_PROTOCOL}
    list_display = ["protocol_title", "version", "status", "drafted_by", "approved_by", "signed", "valid_from"]
    list_filter = ["status", "code"]
    list_select_related = ["drafted_by", "approved_by"]
    fields = [
        "protocol_title",
        "code",
        "version",
        "status",
        "valid_from",
        "based_on",
        "drafted_by",
        "submitted_by",
        "submitted_at",
        "approved_by",
        "approved_at",
        "signatures",
        "loaded_at",
        "content_hash",
    ]
    readonly_fields = fields
    actions = ["sign"]
    change_form_template = "admin/plans/protocolversion/change_form.html"
    change_list_template = "admin/plans/protocolversion/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProtocolVersion]:
        """All versions; their content is large and read when needed."""
        return super().get_queryset(request).defer("content")

    @admin.display(description=gettext_lazy("protocol"), ordering="code")
    def protocol_title(self, version: ProtocolVersion) -> str:
        """The title of the protocol."""
        return said(version.title)

    @admin.display(description=gettext_lazy("signed by two people"), boolean=True)
    def signed(self, version: ProtocolVersion) -> bool:
        """Whether two people of the practice have signed it."""
        return version.is_signed

    @admin.display(description=gettext_lazy("signatures"))
    def signatures(self, version: ProtocolVersion) -> str:
        """Who signed it; one that nobody signed is as it was shipped."""
        names = [str(one) for one in (version.signed_by_first, version.signed_by_second) if one]
        return ", ".join(names) or gettext("none")

    @admin.action(
        description=gettext_lazy("Sign: I have read this version and stand for its use here"), permissions=["view"]
    )
    def sign(self, request: HttpRequest, versions: QuerySet[ProtocolVersion]) -> None:
        """Sign the chosen versions; the second signature must be another person's."""
        for version in versions:
            try:
                actions.sign_protocol(version=version, by=request.user, now=timezone.now())
            except Refused as refusal:
                self.message_user(request, str(refusal), level="error")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict | None = None
    ) -> HttpResponse:
        """A version with what stands in its way, what may be done with it, and how it came about."""
        version = ProtocolVersion.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
        shown = self._shown(request, version) if version and self.has_view_permission(request) else {}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | shown)

    def _shown(self, request: HttpRequest, version: ProtocolVersion) -> dict[str, Any]:
        making = version.status in ("draft", "in_review")
        ready = governing.readiness(version) if making else None
        return {
            "title": str(version),
            "parts": PARTS.values(),
            "subtitle": None,
            "show_close": False,
            "ready": ready,
            "blocks": [(flaw.path, in_words(flaw.message)) for flaw in ready.blocks] if ready else [],
            "warnings": [(flaw.path, in_words(flaw.message)) for flaw in ready.warnings] if ready else [],
            "may_publish": bool(ready) and can_publish_draft(version, request.user, ready),
            "is_author": request.user.pk in authors_of(version),
            "comment": CommentForm(),
            "steps": version.steps.select_related("by"),
            "replays": version.replays.select_related("by")[:5],
        }

    def get_urls(self) -> list[URLPattern]:
        """The usual addresses, and those of rules and other parts, differences, files, replays and steps."""

        def at(route: str, view: Page, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"plans_protocolversion_{name}")

        return [
            at("import/", import_file, "import"),
            at("replays/<uuid:replay_id>/", replays.replay, "replay"),
            at("replays/<uuid:replay_id>/cancel/", replays.replay_cancel, "replay_cancel"),
            at("replays/<uuid:replay_id>/intakes/<uuid:intake_id>/", replays.replay_intake, "replay_intake"),
            at("<int:version_id>/draft/", draft, "draft"),
            at("<int:version_id>/submit/", submit, "submit"),
            at("<int:version_id>/return/", give_back, "return"),
            at("<int:version_id>/publish/", publish, "publish"),
            at("<int:version_id>/set-aside/", set_aside, "set_aside"),
            at("<int:version_id>/rules/", rules.rules, "rules"),
            at("<int:version_id>/rules/add/<slug:kind>/", rules.rule_add, "rule_add"),
            at("<int:version_id>/rules/<slug:code>/", rules.rule, "rule"),
            at("<int:version_id>/rules/<slug:code>/retire/", rules.rule_retire, "rule_retire"),
            at("<int:version_id>/<part:part>/", parts.listing, "parts"),
            at("<int:version_id>/<part:part>/new-entry/", parts.add, "part_add"),  # no code has a hyphen
            at("<int:version_id>/<part:part>/<slug:code>/", parts.entry, "part"),
            at("<int:version_id>/<part:part>/<slug:code>/remove/", parts.remove, "part_remove"),
            at("<int:version_id>/difference/", difference, "difference"),
            at("<int:version_id>/export/", export, "export"),
            at("<int:version_id>/replay/", replays.replay_ask, "replay_ask"),
            *super().get_urls(),
        ]


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def draft(request: HttpRequest, version_id: int) -> HttpResponse:
    """Make a draft of a version."""
    made = governing.draft_protocol(of=get_version(version_id), by=request.user, now=timezone.now())
    messages.success(request, gettext("This is your draft. Change its rules, templates and the rest, then submit it."))
    return redirect("admin:plans_protocolversion_change", made.pk)


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def submit(request: HttpRequest, version_id: int) -> HttpResponse:
    """Hand a draft to a second person."""
    done = gettext("Submitted. Somebody else looks at it and publishes it.")
    return take_step(request, get_version(version_id), governing.submit_protocol, done)


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def give_back(request: HttpRequest, version_id: int) -> HttpResponse:
    """Give a submitted draft back to its author, with a comment."""
    comment = request.POST.get("comment", "")
    return take_step(
        request, get_version(version_id), governing.return_protocol, gettext("Returned to its author."), comment=comment
    )


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def publish(request: HttpRequest, version_id: int) -> HttpResponse:
    """Put a submitted draft in use, as the second person."""
    done = gettext("Published. New suggestions follow this version; plans and suggestions that exist keep theirs.")
    return take_step(request, get_version(version_id), governing.publish_draft, done)


@requires(Act.GOVERN_PROTOCOL)
@require_POST
def set_aside(request: HttpRequest, version_id: int) -> HttpResponse:
    """Do away with a draft."""
    done = gettext("Set aside. It stays readable.")
    return take_step(request, get_version(version_id), governing.set_aside_draft, done)


@requires(Act.GOVERN_PROTOCOL)
def difference(request: HttpRequest, version_id: int) -> HttpResponse:
    """What differs from another version of the same protocol, in words."""
    version = get_version(version_id)
    others = list(ProtocolVersion.objects.filter(code=version.code).exclude(pk=version.pk).defer("content"))
    asked = request.GET.get("with", "")
    other = next((one for one in others if str(one.version) == asked), version.based_on or (others or [None])[0])
    language = get_language() or "nl"
    terms = {**terms_of(other), **terms_of(version)} if other else {}
    found = differences(other.protocol, version.protocol) if other else ()
    rows = [
        {
            "kind": one.kind.value,
            "code": one.code,
            "slug": SLUGS.get(one.kind, ""),
            "title": one.title(language),
            "lines": one.lines(language, terms),
            "gone": one.change is Change.REMOVED,
        }
        for one in found
    ]
    return version_page(request, "difference", version, gettext("What differs"), other=other, others=others, rows=rows)


@requires(Act.GOVERN_PROTOCOL)
def export(request: HttpRequest, version_id: int) -> HttpResponse:
    """A version as a packed folder of content files."""
    version = get_version(version_id)
    packed = pack(version.content, [case.to_content() for case in ProtocolCase.objects.of(version.code)])
    name = f"{version.code}_v{version.version}.zip"
    return taken_along(request, version, EXPORTED, name, "application/zip", packed)


@requires(Act.GOVERN_PROTOCOL)
def import_file(request: HttpRequest) -> HttpResponse:
    """Make a draft of a file."""

    def make(packed: bytes) -> ProtocolVersion:
        content, cases = unpack(packed)
        return governing.import_protocol(content=content, cases=cases, by=request.user, now=timezone.now())

    form = FileForm(request.POST or None, request.FILES or None)
    done = brought_in(request, form, make)
    if isinstance(done, HttpResponse):
        return done
    title, status = gettext("Import a protocol"), status_of(form)
    return version_page(request, "import", None, title, status=status, form=form, flaws=done)
