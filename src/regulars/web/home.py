"""The address without a path: the day begins at the tasks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from regulars.web.access import Seat, staff

__all__ = ["home"]


@staff("GET")
def home(request: HttpRequest, seat: Seat) -> HttpResponse:
    """To the tasks."""
    return redirect("web:tasks")
