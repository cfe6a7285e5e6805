"""What the pages about a version of a protocol have in common: their frame, their forms, and unsaved text."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from plans.admin.unsaved import NO_DRAFT, unsaved, why_gone
from plans.forms.kinds import PARTS
from plans.forms.moving import BUTTON, rearranged
from plans.forms.rows import MOST_ROWS, AskedForm
from plans.models import ProtocolVersion


def version_page(
    request: HttpRequest, name: str, version: ProtocolVersion | None, title: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page of the back office about a protocol version."""
    about = {"version": version, "version_name": str(version) if version else "", "parts": PARTS.values()}
    given = admin.site.each_context(request) | {"title": title, **about, **context}
    return TemplateResponse(request, f"admin/plans/protocolversion/{name}.html", given, status=status)


def sent_form(request: HttpRequest, form: type[AskedForm], **about: Any) -> Any:
    """The form as it is opened, or as it was sent; after a button of its rows, with the rows as that button asks."""
    if BUTTON not in request.POST:
        return form(request.POST or None, **about)
    typed, at = rearranged(request.POST, MOST_ROWS)
    return form(typed, judged=not at, at=at, **about)


def is_to_save(request: HttpRequest) -> bool:
    """Whether the form was sent to be saved, and not for its rows."""
    return request.method == "POST" and BUTTON not in request.POST


def status_of(form: forms.Form) -> int:
    """The status of a page with this form: 409 when somebody was faster, 422 when something is wrong."""
    if hasattr(form, "changed_meanwhile"):
        return 409
    return 422 if form.errors or getattr(form, "is_wrong", False) else 200


def get_version(version_id: object) -> ProtocolVersion:
    """A version by its id, or a page that says it is not there."""
    version = ProtocolVersion.objects.select_related("based_on").filter(pk=version_id).first()
    if version is None:
        raise Http404
    return version


def unsaved_page(
    request: HttpRequest, version: ProtocolVersion, code: str, labels: Mapping[str, str], **again: str
) -> HttpResponse:
    """What was typed for a part that cannot be saved; a page that is not there for who typed nothing."""
    if request.method != "POST":
        raise Http404
    why = why_gone(version, code) if version.may_be_changed else NO_DRAFT
    typed = unsaved(request.POST, labels)
    return version_page(request, "unsaved", version, code, status=409, why=why, typed=typed, **again)
