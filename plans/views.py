"""Screens of intakes, suggestions and plans."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from practice.access import requires
from practice.domain.grants import Act


@requires(Act.SEE_TODAY)
def today(request: HttpRequest) -> HttpResponse:
    """What waits for this person today."""
    return render(request, "plans/today.html")
