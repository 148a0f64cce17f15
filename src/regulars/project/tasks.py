"""Jobs whose work stands in the ways in and out, wired here so that the jobs role finds them."""

from procrastinate.contrib.django import app

from regulars.base import db

__all__ = ["make_export"]


@app.task(name="web.make_export")
def make_export(export_id: int) -> None:
    """Make the file that somebody asked for."""
    from regulars.web.exports.making import make  # noqa: PLC0415 - tasks are found while Django still starts

    try:
        make(export_id)
    finally:
        db.close()
