"""Which signed head of the journal a printed code names: for whoever holds the paper."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.journal.queries import tree
from service.journal.rules import heads
from service.kernel import rendering
from service.kernel.database import Reading

router = APIRouter(include_in_schema=False)
LONGEST_CODE = 40


@router.get("/journal/code")
def head_of_code(
    request: Request, session: Reading, actor: Annotated[Actor, may(Right.PUBLIC)], code: str = ""
) -> Response:
    """The form for a code, and what the typed one names; for an unknown code, clear words and the form again."""
    typed = heads.read_code(code[:LONGEST_CODE])
    found = tree.head_of_code(session, typed) if typed else None
    context = {
        "found": found,
        "code": heads.grouped(typed),
        "at": datetime.fromisoformat(found.at) if found is not None else None,
    }
    status = 404 if typed and found is None else 200
    return rendering.page(request, "oversight/head_of_code.html", context, actor=actor, status=status)
