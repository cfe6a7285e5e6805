"""Traject's addresses, and the two that show what the bare stack costs."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import include, path

from practice.models import Staff


def noop(request: HttpRequest) -> HttpResponse:
    """The least a request costs: routing and middleware."""
    return HttpResponse("ok")


@login_required
def floor(request: HttpRequest) -> HttpResponse:
    """The least a page costs: who is it, one row by its key, one small template."""
    return render(request, "served/floor.html", {"staff": get_object_or_404(Staff, pk=request.user.pk)})


urlpatterns = [path("noop/", noop), path("floor/", floor), path("", include("config.urls"))]
