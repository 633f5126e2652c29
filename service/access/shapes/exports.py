"""Tables as files: each leaves with an entry of the journal, which is on disk before the file is on its way."""

from collections.abc import Sequence

from fastapi import Response

from service.access.actions import exporting
from service.access.actions.exporting import Table
from service.access.rules.policy import Actor
from service.kernel import clock, database, sheets

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def as_csv(
    actor: Actor, subject: str, table: Table, head: sheets.Row, rows: Sequence[sheets.Row], name: str
) -> Response:
    """A table as CSV; ``name`` is the file's, without its ending."""
    return hand_out(actor, subject, table, sheets.csv_of([head, *rows]), len(rows), "csv", name)


def hand_out(actor: Actor, subject: str, table: Table, content: bytes, rows: int, form: str, name: str) -> Response:
    """A finished file of so many rows, as ``csv`` or ``xlsx``; that it leaves is written in a short turn of its own."""
    with database.writing() as noting:
        exporting.note(noting, actor, subject, table, content, rows, form, now=clock.now())
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Cache-Control": "no-store"}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)
