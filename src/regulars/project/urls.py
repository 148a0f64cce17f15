"""All paths of the product, by who reads them."""

from django.urls import include, path

from regulars.api import app as api
from regulars.project import refusals

handler400 = refusals.bad_request
handler404 = refusals.not_found
handler500 = refusals.our_fault

urlpatterns = [
    path("api/v1/", api.urls),
    api.docs,
    path("", include("regulars.public.urls")),
    path("", include("regulars.web.urls")),
]
