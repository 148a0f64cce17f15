"""All paths of the product, by who reads them."""

from django.urls import include, path

from regulars.api import app as api

urlpatterns = [
    path("api/v1/", api.urls),
    api.docs,
]
