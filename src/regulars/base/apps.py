from django.apps import AppConfig


class Config(AppConfig):
    name = "regulars.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"
