"""Questionnaires and their instruments as files: taken along as content files or FHIR R4, and brought in as a draft."""

import json
from collections.abc import Callable

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from intake.fhir.paths import NotExpressibleError
from intake.fhir.rows import instrument_bundle, questionnaire_bundle
from intake.management.packed_files import FileRefusedError, pack_questionnaire, to_text, unpack_questionnaire
from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.actions.making import Unfit
from plans.actions.questionnaires import import_questionnaire
from plans.admin.questions import version_by_id
from plans.forms.flaws import in_words
from plans.forms.governing import FileForm
from practice import audit
from practice.access import requires
from practice.domain.grants import Act


@requires(Act.GOVERN_PROTOCOL)
@require_safe
def export(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """A version as a packed folder of content files."""
    version = version_by_id(questionnaire_id)
    packed = pack_questionnaire(version.content)
    return _file(request, version, f"{version.code}_v{version.version}.zip", "application/zip", packed)


@requires(Act.GOVERN_PROTOCOL)
@require_safe
def export_fhir(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """A version as a FHIR questionnaire with its value sets."""
    version = version_by_id(questionnaire_id)
    return _fhir(request, version, f"{version.code}-{version.version}", lambda: questionnaire_bundle(version))


@requires(Act.GOVERN_PROTOCOL)
@require_safe
def export_instrument(request: HttpRequest, questionnaire_id: int, instrument: str) -> HttpResponse:
    """An instrument as the content file that it is."""
    version = version_by_id(questionnaire_id)
    known = version.content["instruments"].get(instrument)
    if known is None:
        raise Http404
    return _file(request, version, f"{instrument}.yaml", "application/yaml", to_text(known).encode())


@requires(Act.GOVERN_PROTOCOL)
@require_safe
def export_instrument_fhir(request: HttpRequest, questionnaire_id: int, instrument: str) -> HttpResponse:
    """An instrument as a FHIR questionnaire of its own, with its value sets."""
    version = version_by_id(questionnaire_id)
    known = version.content["instruments"].get(instrument)
    if known is None:
        raise Http404
    return _fhir(request, version, f"{instrument}-{known['version']}", lambda: instrument_bundle(version, instrument))


def _fhir(request: HttpRequest, version: QuestionnaireVersion, name: str, make: Callable[[], object]) -> HttpResponse:
    """The bundle as a file; back to the version with the reason where something in it cannot be said so."""
    try:
        text = json.dumps(make(), ensure_ascii=False, indent=1)
    except NotExpressibleError as finding:
        words = gettext("The finding %(code)s cannot be said in FHIRPath: it is read off a body chart.")
        messages.error(request, words % {"code": finding})
        return redirect("admin:intake_questionnaireversion_change", version.pk)
    return _file(request, version, f"{name}.fhir.json", "application/fhir+json", text.encode())


def _file(request: HttpRequest, version: QuestionnaireVersion, name: str, kind: str, content: bytes) -> HttpResponse:
    """The file, and in the access log who took it along."""
    now, pk = timezone.now(), version.pk
    event, table = "questionnaire_exported", "questionnaireversion"
    audit.record(by=request.user, event=event, action="R", now=now, object_type=table, object_id=pk)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)


@requires(Act.GOVERN_PROTOCOL)
def import_file(request: HttpRequest) -> HttpResponse:
    """Make a draft of a file."""
    form = FileForm(request.POST or None, request.FILES or None)
    flaws: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            content = unpack_questionnaire(form.cleaned_data["file"].read())
            made = import_questionnaire(content=content, by=request.user, now=timezone.now())
        except FileRefusedError as refusal:
            form.add_error("file", gettext("This is no packed folder of content files: %(why)s") % {"why": refusal})
        except Refused as refusal:
            form.add_error("file", str(refusal))
        except Unfit as unfit:
            form.add_error("file", gettext("The content cannot be read. What is wrong stands below; nothing was made."))
            flaws = [(flaw.path, in_words(flaw.message)) for flaw in unfit.flaws]
        else:
            messages.success(request, gettext("The file became this draft. Nothing that is published was changed."))
            return redirect("admin:intake_questionnaireversion_change", made.pk)
    given = admin.site.each_context(request) | {
        "title": gettext("Import a questionnaire"),
        "form": form,
        "flaws": flaws,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/intake/questionnaireversion/import.html", given, status=status)
