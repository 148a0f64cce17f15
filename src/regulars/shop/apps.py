from django.apps import AppConfig


class Config(AppConfig):
    name = "regulars.shop"
    label = "shop"
    default_auto_field = "django.db.models.BigAutoField"
