"""Screens of no app: the help, and the page of components."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from config.components import SampleForm, content
from practice.access import public, requires
from practice.domain.grants import Act


@public
def help_page(request: HttpRequest) -> HttpResponse:
    """What the signs and words on the screens mean, and whom to ask."""
    return render(request, "config/help_page.html")


@requires(Act.SEE_TODAY)
def components(request: HttpRequest) -> HttpResponse:
    """Every shared component, with `?errors` in the state after a refused form; only in a demo or in development."""
    if not (settings.DEMO or settings.DEBUG):
        raise Http404
    sample = content(get_language() or settings.LANGUAGE_CODE)
    form = SampleForm(sample, data={} if "errors" in request.GET else None)
    facts = [(fact["label"], fact["value"]) for fact in sample["patient"]["facts"]]
    rows = [(row["label"], row["value"]) for row in sample["definitions"]]
    return render(request, "config/components.html", sample | {"form": form, "facts": facts, "definition_rows": rows})
