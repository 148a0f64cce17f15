"""The schemes that come with the product, as texts to begin with."""

from importlib import resources

__all__ = ["READY", "ready_text"]

READY = ("after-order",)


def ready_text(name: str) -> str:
    """The text of a ready scheme; `name` is one of READY."""
    return resources.files("regulars.schemes").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
