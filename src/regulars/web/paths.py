"""Paths: the converter of our own ids (digits that fit a bigint; a longer one is just not found), and the way back."""

from django.urls import register_converter
from django.utils.http import url_has_allowed_host_and_scheme

__all__ = ["Id", "safe_path"]


def safe_path(path: str) -> str:
    """The path to go on to, if it is one of ours; else the first page."""
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return path if is_ours else "/"


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
