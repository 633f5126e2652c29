"""JSON routes that hand items out with their keys, and the blank template to fill in."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank.actions import exporting, workbook
from service.bank.actions.exporting import ENDINGS, MEDIA_TYPES, Export, Format
from service.bank.shapes.narrowing import Asked
from service.kernel import clock, database
from service.kernel.database import Writing

router = APIRouter()
# Keys leave the house with these files.
Taking = Annotated[Actor, may(Right.BANK_READ, fresh=True)]
# Of how many items the file keeps quiet, because whoever asks is to review them and has not answered them yet.
LEFT_OUT = "X-Items-Left-Out"
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}, "description": "The file."}
}


def made(
    actor: Taking,
    asked: Asked,
    format: Format = Format.XLSX,  # noqa: A002 - the word that callers expect
) -> Export:
    """The file of the items asked for, made before any turn to write."""
    with database.reading() as session:
        return exporting.make(session, actor, format, asked)


@router.get("/exports", responses=FILES, response_class=Response)
def export_items(actor: Taking, file: Annotated[Export, Depends(made)], session: Writing) -> Response:
    """The newest version of the items asked for, with their keys; it goes on record, which is why this GET writes.

    A reviewer gets none that they have yet to answer; the header ``X-Items-Left-Out`` says how many these are.
    """
    reply = _file(exporting.export_items(session, actor, file, now=clock.now()), file.form, "items")
    reply.headers[LEFT_OUT] = str(file.left_out)
    return reply


@router.get("/imports/template", responses=FILES, response_class=Response)
def template(_: Annotated[Actor, may(Right.BANK_AUTHOR)]) -> Response:
    """An empty workbook with the headings that an import understands."""
    return _file(workbook.workbook_of([]), Format.XLSX, "template")


def _file(content: bytes, form: Format, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ENDINGS[form]}"', "Cache-Control": "no-store"}
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)
