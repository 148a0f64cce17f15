"""The converter of our own ids in paths: digits that fit a bigint, so that a longer one is just not found."""

from django.urls import register_converter

__all__ = ["Id"]


class Id:
    """An id of ours."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(Id, "ourid")
