"""JSON routes that file many items under tags: a preview, the act itself, and undoing the last one."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank.actions import tagging
from service.bank.shapes.tagging import PreviewShape, TaggingShape, Which, Wished
from service.kernel import clock
from service.kernel.database import Reading, Writing

router = APIRouter(prefix="/taggings")
Author = Annotated[Actor, may(Right.BANK_AUTHOR)]


@router.get("/preview", responses={409: {}})
def preview_tagging(actor: Author, which: Which, wished: Wished, session: Reading) -> PreviewShape:
    """What filing these items would change; nothing is written."""
    return PreviewShape.of(tagging.preview(session, actor, which, wished))


@router.post("")
def tag_items(
    actor: Author,
    which: Which,
    wished: Wished,
    session: Writing,
    agreed: Annotated[str, Query(max_length=64, description="The digest that the preview gave.")] = "",
) -> TaggingShape:
    """File items as the preview showed, all or none. Versions, and papers made of them, stay as they are."""
    return TaggingShape.of(tagging.tag_items(session, actor, which, wished, agreed=agreed, now=clock.now()))


@router.delete("/last")
def undo_tagging(actor: Author, session: Writing) -> TaggingShape:
    """Take one's own last act back, where things still are as it left them."""
    return TaggingShape.of(tagging.undo(session, actor, now=clock.now()))
