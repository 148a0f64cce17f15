from django.apps import AppConfig


class Config(AppConfig):
    name = "regulars.staff"
    label = "staff"
    default_auto_field = "django.db.models.BigAutoField"
