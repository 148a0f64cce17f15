from django.apps import AppConfig


class Config(AppConfig):
    name = "regulars.feedback"
    label = "feedback"
    default_auto_field = "django.db.models.BigAutoField"
