"""What leaves Traject as a file that other software reads: an intake and a plan in FHIR R4."""

import json

from django.http import HttpRequest, HttpResponse

from intake.fhir.elements import Resource
from intake.fhir.rows import intake_bundle
from plans.fhir.rows import plan_bundle
from plans.views.intakes import visible_intake
from plans.views.plans import visible_plan
from practice.access import requires
from practice.domain.grants import Act


@requires(Act.READ_CLINICAL)
def intake_fhir(request: HttpRequest, intake_id: object) -> HttpResponse:
    """An intake without anybody's name; what was typed in words only when that is asked for, which the log shows."""
    record = visible_intake(request, intake_id, f"intake_exported{_suffix(request)}")
    return fhir_response(intake_bundle(record, with_text=_with_words(request)), "intake")


@requires(Act.READ_PLAN)
def plan_fhir(request: HttpRequest, plan_id: object) -> HttpResponse:
    """A plan without anybody's name; goals in own words only when that is asked for, which the log shows."""
    shown = visible_plan(request, plan_id, f"plan_exported{_suffix(request)}")
    return fhir_response(plan_bundle(shown, with_text=_with_words(request)), "plan")


def _with_words(request: HttpRequest) -> bool:
    return request.GET.get("words") == "yes"


def _suffix(request: HttpRequest) -> str:
    return "_with_words" if _with_words(request) else ""


def fhir_response(bundle: Resource, name: str) -> HttpResponse:
    """A bundle to keep as a file; its name tells nothing about the patient."""
    response = HttpResponse(json.dumps(bundle, ensure_ascii=False, indent=1), content_type="application/fhir+json")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.fhir.json"'
    return response
