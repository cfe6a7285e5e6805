"""Versions as files, taken along and brought in; whoever takes one along is written down."""

import json
from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from intake.fhir.paths import NotExpressibleError
from intake.management.packed_files import FileRefusedError
from patients.policies import Refused
from plans.actions.making import Unfit
from plans.forms.flaws import in_words
from plans.forms.governing import FileForm
from practice import audit
from practice.models import GovernedVersion

Made = TypeVar("Made")


def taken_along(
    request: HttpRequest, version: GovernedVersion, event: str, name: str, kind: str, content: bytes
) -> HttpResponse:
    """A version, or a part of it, as a file of this name and kind; `event` is how the access log calls that."""
    audit.record(
        by=request.user,
        event=event,
        action="R",
        now=timezone.now(),
        object_type=version._meta.label_lower,
        object_id=version.pk,
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


def taken_along_as_fhir(
    request: HttpRequest, version: GovernedVersion, event: str, name: str, make: Callable[[], object]
) -> HttpResponse:
    """The bundle as a file; back to the version with the reason where something in it cannot be said so."""
    try:
        text = json.dumps(make(), ensure_ascii=False, indent=1)
    except NotExpressibleError as finding:
        words = _("The finding %(code)s cannot be said in FHIRPath: it is read off a body chart.")
        messages.error(request, words % {"code": finding})
        return redirect(f"admin:{version._meta.app_label}_{version._meta.model_name}_change", version.pk)
    return taken_along(request, version, event, f"{name}.fhir.json", "application/fhir+json", text.encode())


def brought_in(
    request: HttpRequest, form: FileForm, make: Callable[[bytes], GovernedVersion]
) -> HttpResponse | list[tuple[str, str]]:
    """To the draft made of a sent file; else what is wrong with its content, and where; the form says why."""
    if request.method != "POST" or not form.is_valid():
        return []
    made, flaws = read_into(form, make)
    if made is None:
        return flaws
    messages.success(request, _("The file became this draft. Nothing that is published was changed."))
    return redirect(f"admin:{made._meta.app_label}_{made._meta.model_name}_change", made.pk)


def read_into(form: FileForm, make: Callable[[bytes], Made]) -> tuple[Made | None, list[tuple[str, str]]]:
    """What is made of the file in a valid form; else what is wrong with its content, and where; the form says why."""
    try:
        return make(form.cleaned_data["file"].read()), []
    except FileRefusedError as refusal:
        form.add_error("file", form.no_file % {"why": refusal})
    except Refused as refusal:
        form.add_error("file", str(refusal))
    except Unfit as unfit:
        form.add_error("file", form.unfit)
        return None, [(flaw.path, in_words(flaw.message)) for flaw in unfit.flaws]
    return None, []
