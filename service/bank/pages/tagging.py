"""The page on which many items are filed under tags at once: which, what would change, confirm, undo."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank.actions import tagging
from service.bank.queries import tagging as queries
from service.bank.rules import tagging as rules
from service.bank.shapes.narrowing import Asked
from service.bank.shapes.tagging import SHOWN, Named, PreviewShape, TaggingShape, Which, Wished
from service.kernel import errors, language, rendering
from service.kernel.database import Reading

router = APIRouter()


@router.get("/bank/tagging")
def items_tagging(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.BANK_AUTHOR)],
    which: Which,
    wished: Wished,
    asked: Asked,
    item: Named = [],  # noqa: B006 - FastAPI copies it
    every: Annotated[bool, Query()] = False,
) -> Response:
    """What was chosen, the tags to put on or take away, and, once there are any, what that would change."""
    seen, said = None, ""
    try:
        seen = PreviewShape.of(tagging.preview(session, actor, which, wished))
    except errors.ServiceError as refusal:
        said = language.say(rendering.language_of(request), refusal.detail, refusal.values)
    last = queries.last(session, actor.person_id)
    context = {
        "seen": seen,
        "said": said,
        "wished": wished,
        "query": [*asked.named().items(), *(("item", str(one)) for one in item), *_whole(every)],
        "narrowed": asked.named(),
        "every": every,
        "last": TaggingShape.of(last) if last is not None else None,
        "shown": SHOWN,
        "limits": {"items": rules.MOST_ITEMS, "words": rules.MOST_WORDS},
    }
    return rendering.page(request, "bank/tagging.html", context, actor=actor)


def _whole(every: bool) -> list[tuple[str, str]]:
    return [("every", "true")] if every else []
