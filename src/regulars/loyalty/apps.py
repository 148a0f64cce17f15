from django.apps import AppConfig


class Config(AppConfig):
    name = "regulars.loyalty"
    label = "loyalty"
    default_auto_field = "django.db.models.BigAutoField"
