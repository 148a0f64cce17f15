from django.apps import AppConfig


class Config(AppConfig):
    name = "regulars.talks"
    label = "talks"
    default_auto_field = "django.db.models.BigAutoField"
