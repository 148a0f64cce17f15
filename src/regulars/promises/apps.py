from django.apps import AppConfig


class Config(AppConfig):
    name = "regulars.promises"
    label = "promises"
    default_auto_field = "django.db.models.BigAutoField"
