"""The steps that a version of a protocol or of a questionnaire takes in the back office."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from intake.models import QuestionnaireVersion
from patients.policies import Refused
from plans.models import ProtocolVersion


def take_step(
    request: HttpRequest,
    version: ProtocolVersion | QuestionnaireVersion,
    action: Callable[..., Any],
    done: str,
    **given: Any,
) -> HttpResponse:
    """Take one step with a version, say what came of it, and go back to the version."""
    try:
        action(version=version, by=request.user, now=timezone.now(), **given)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(f"admin:{version._meta.app_label}_{version._meta.model_name}_change", version.pk)
