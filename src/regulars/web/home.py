"""The address without a path: the day begins at the tasks; a new shop's owner begins with the first steps."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from regulars.web.access import Seat, staff

__all__ = ["home"]


@staff("GET")
def home(request: HttpRequest, seat: Seat) -> HttpResponse:
    """To the tasks, or to where the owner of a new shop stands."""
    is_new = seat.is_owner and seat.shop.first_steps not in ("", "later")
    return redirect("web:welcome" if is_new else "web:tasks")
