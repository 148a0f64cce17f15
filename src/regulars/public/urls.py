"""Paths of the buyer's pages, as outbox/links.py writes them into letters."""

from django.urls import path

from regulars.public.preferences import preferences
from regulars.public.survey import survey
from regulars.public.unsubscribe import unsubscribe

app_name = "public"
urlpatterns = [
    path("u/<str:token>", unsubscribe, name="unsubscribe"),
    path("p/<str:token>", preferences, name="preferences"),
    path("a/<str:token>", survey, name="answer"),
]
