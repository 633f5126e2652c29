"""The JSON interface's one route of bytes for candidates: a picture of the paper that they are working on."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, describing
from service.kernel.database import Reading
from service.sittings.actions import picturing
from service.sittings.shapes import machines

router = APIRouter()
SHOWN = describing.a_file("image/jpeg", "image/png")


@router.get(
    "/exam/pictures/{position}/{place}",
    response_class=SHOWN["response_class"],
    responses={**SHOWN["responses"], 404: {}, 409: {}},
)
def picture_of_question(
    request: Request,
    position: Annotated[int, Path(ge=1, le=1000)],
    place: Literal["stem", "A", "B", "C", "D"],
    session: Reading,
    _: Annotated[Actor, may(Right.SITTINGS_SIT)],
) -> Response:
    """The picture at a place of a question of one's own paper, while one is working on it."""
    found = picturing.show(session, machines.of(request), position, place, now=clock.now())
    # The next candidate at this machine finds nothing of it.
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": "no-store"})
