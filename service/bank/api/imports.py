"""JSON routes that import items: a rehearsal that writes nothing, and the import of exactly what it showed."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response, UploadFile

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank.actions import importing, uploads
from service.bank.rules.exchange.drafts import Sheaf
from service.bank.rules.exchange.fields import Terms
from service.bank.shapes import exchange as shapes
from service.kernel import clock, rendering, sealing
from service.kernel.database import Reading, Writing

router = APIRouter(prefix="/imports")


# The paths that take a file of items: their bodies may be larger than all others.
PATHS = ("/api/v1/bank/imports", "/api/v1/bank/imports/rehearsal", "/api/v1/bank/leaks")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has been read: its drafts, and its digest for the record."""

    sheaf: Sheaf
    digest: str


def read(file: UploadFile) -> Upload:
    """The uploaded file, read before any session is there: a large one would keep candidates' answers waiting."""
    # One byte more than allowed is enough to refuse the file without reading the rest.
    content = file.file.read(uploads.MOST_BYTES + 1)
    return Upload(uploads.sheaf_of(content), sealing.digest(content))


# The guard stands first: nobody but an author has a file read at all.
Author = Annotated[Actor, may(Right.BANK_AUTHOR)]
Read = Annotated[Upload, Depends(read)]
Said = Annotated[Terms, Depends(shapes.terms)]


@router.post("/rehearsal")
def rehearse(request: Request, actor: Author, upload: Read, said: Said, session: Reading) -> shapes.PlanShape:
    """What importing a file would do, row by row; nothing is written."""
    plan = importing.rehearse_import(session, actor, upload.sheaf, said)
    return shapes.PlanShape.of(plan, rendering.language_of(request), written=False)


@router.post("", responses={422: {"model": shapes.PlanShape}})
def import_items(
    request: Request,
    response: Response,
    actor: Author,
    upload: Read,
    said: Said,
    session: Writing,
    agreed: Annotated[str, Form(max_length=64, description="The digest that the rehearsal gave.")] = "",
) -> shapes.PlanShape:
    """Submit the items of a file for review, all or none; 422 with the plan where faults keep everything out."""
    plan = importing.import_items(
        session, actor, upload.sheaf, said, agreed=agreed, file=upload.digest, now=clock.now()
    )
    if not plan.sound:
        response.status_code = 422
    return shapes.PlanShape.of(plan, rendering.language_of(request), written=plan.sound)
