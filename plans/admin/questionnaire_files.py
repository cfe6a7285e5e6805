"""Questionnaires and their instruments as files: taken along as content files or FHIR R4, and brought in as a draft."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from intake.fhir.rows import instrument_bundle, questionnaire_bundle
from intake.management.packed_files import pack_questionnaire, to_text, unpack_questionnaire
from intake.models import QuestionnaireVersion
from plans.actions.questionnaires import import_questionnaire
from plans.admin.files import brought_in, taken_along, taken_along_as_fhir
from plans.admin.questions import version_by_id
from plans.forms.governing import FileForm
from practice.access import requires
from practice.domain.grants import Act

EXPORTED = "questionnaire_exported"


@requires(Act.GOVERN_PROTOCOL)
@require_safe
def export(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """A version as a packed folder of content files."""
    version = version_by_id(questionnaire_id)
    packed = pack_questionnaire(version.content)
    return taken_along(request, version, EXPORTED, f"{version.code}_v{version.version}.zip", "application/zip", packed)


@requires(Act.GOVERN_PROTOCOL)
@require_safe
def export_fhir(request: HttpRequest, questionnaire_id: int) -> HttpResponse:
    """A version as a FHIR questionnaire with its value sets."""
    version = version_by_id(questionnaire_id)
    return taken_along_as_fhir(
        request, version, EXPORTED, f"{version.code}-{version.version}", lambda: questionnaire_bundle(version)
    )


@requires(Act.GOVERN_PROTOCOL)
@require_safe
def export_instrument(request: HttpRequest, questionnaire_id: int, instrument: str) -> HttpResponse:
    """An instrument as the content file that it is."""
    version = version_by_id(questionnaire_id)
    known = version.content["instruments"].get(instrument)
    if known is None:
        raise Http404
    return taken_along(request, version, EXPORTED, f"{instrument}.yaml", "application/yaml", to_text(known).encode())


@requires(Act.GOVERN_PROTOCOL)
@require_safe
def export_instrument_fhir(request: HttpRequest, questionnaire_id: int, instrument: str) -> HttpResponse:
    """An instrument as a FHIR questionnaire of its own, with its value sets."""
    version = version_by_id(questionnaire_id)
    known = version.content["instruments"].get(instrument)
    if known is None:
        raise Http404
    return taken_along_as_fhir(
        request, version, EXPORTED, f"{instrument}-{known['version']}", lambda: instrument_bundle(version, instrument)
    )


@requires(Act.GOVERN_PROTOCOL)
def import_file(request: HttpRequest) -> HttpResponse:
    """Make a draft of a file."""

    def make(packed: bytes) -> QuestionnaireVersion:
        return import_questionnaire(content=unpack_questionnaire(packed), by=request.user, now=timezone.now())

    form = FileForm(request.POST or None, request.FILES or None)
    done = brought_in(request, form, make)
    if isinstance(done, HttpResponse):
        return done
    given = {"title": gettext("Import a questionnaire"), "form": form, "flaws": done}
    context = admin.site.each_context(request) | given
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/intake/questionnaireversion/import.html", context, status=status)
