"""Making the file of an export: rows in pages into a file on the disk, then into the store of files.

Owns the cap on rows and who makes what: a small one at once, a large one by the jobs role, which says how far it is.
"""

import logging
import tempfile
from typing import IO

from django.utils import translation

from regulars.base import db
from regulars.base.blobs import BlobTooLarge
from regulars.shop import queries as shops
from regulars.staff import queries, saving
from regulars.staff.queries import ExportRow
from regulars.web.exports.columns import table_of
from regulars.web.exports.sheets import FORMS, open_sheet

__all__ = ["AT_ONCE", "JOB", "MOST", "make"]

JOB = "web.make_export"
MOST = 50_000
"""Rows of a file; what is more is left out, and the screen says so."""
AT_ONCE = 1000
"""So many rows are made while the browser waits."""

log = logging.getLogger(__name__)


def make(export_id: int) -> None:
    """Make the file, unless somebody else does or has; what fails is said on the export's page."""
    with db.transact() as cur:
        shop_id = saving.begin_export(cur, export_id)
        export = None if shop_id is None else queries.export(cur, shop_id, export_id)
    if shop_id is None or export is None:
        return
    try:
        with translation.override(export.asked["language"]), tempfile.TemporaryFile() as file:
            rows, is_cut = _write(file, shop_id, export)
            file.seek(0)
            with db.transact() as cur:
                saving.finish_export(cur, shop_id, export_id, file.read(), FORMS[export.form], rows, is_cut)
    except BlobTooLarge:
        log.warning("export %s: the file is too large to keep", export_id)
        with db.transact() as cur:
            saving.fail_export(cur, export_id)
    except Exception:
        with db.transact() as cur:
            saving.fail_export(cur, export_id)
        raise


def _write(file: IO[bytes], shop_id: int, export: ExportRow) -> tuple[int, bool]:
    """Rows written, and whether there were more."""
    with db.transact() as cur:
        shop = shops.settings_of(cur, shop_id)
    table = table_of(shop, export.page, export.asked["query"], export.asked["ids"], export.whole_contacts)
    sheet = open_sheet(export.form, file, export.asked["language"])
    sheet.row(list(table.heads))
    done, is_cut = 0, False
    for page in table.pages():
        room = MOST - done
        for row in page[:room]:
            sheet.row(row)
        is_cut = len(page) > room
        done += min(len(page), room)
        if is_cut:
            break
        with db.transact() as cur:
            saving.progress(cur, export.id, done)
    sheet.close()
    return done, is_cut
