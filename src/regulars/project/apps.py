from django.apps import AppConfig


class Config(AppConfig):
    name = "regulars.project"
    label = "project"

    def ready(self) -> None:
        from regulars.project import compile_messages, registry  # noqa: PLC0415 - the apps must be ready

        registry.wire()
        compile_messages.ensure()
