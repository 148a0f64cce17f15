"""The screens and the buyer's pages alone."""

from django.urls import include, path

urlpatterns = [path("", include("regulars.public.urls")), path("", include("regulars.web.urls"))]
