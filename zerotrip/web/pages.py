"""Pages of the design system."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def design(request: HttpRequest) -> HttpResponse:
    """The design system on one page."""
    return render(request, "web/design.html")
