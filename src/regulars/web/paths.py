"""The converter of our own ids in paths: digits that fit a bigint, so that a longer one is just not found."""

from django.urls import register_converter

__all__ = ["Id"]


class Id:
    """An id of ours."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number >= 1 << 63:
            raise ValueError("no id of ours is that long")
        return number

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(Id, "ourid")
