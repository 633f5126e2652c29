"""JSON routes of the Safe Exam Browser: asking for it, and the file that machines open."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, describing, errors
from service.kernel.database import Reading, Writing
from service.sittings import queries
from service.sittings.actions import locking_down

router = APIRouter()
Arranging = Annotated[Actor, may(Right.SITTINGS_ARRANGE)]


class BrowserRequired(BaseModel):
    required: bool


class BrowserShape(BaseModel):
    """The Config Key is empty where any browser will do."""

    required: bool
    config_key: str


@router.put("/sittings/{sitting_id}/safe-exam-browser")
def require_browser(sitting_id: int, body: BrowserRequired, session: Writing, actor: Arranging) -> BrowserShape:
    """Ask for the Safe Exam Browser in a sitting, or no longer; before the exam begins."""
    sitting = locking_down.require_browser(session, actor, sitting_id, body.required, now=clock.now())
    return BrowserShape(required=bool(sitting.seb_config_key), config_key=sitting.seb_config_key)


@router.get("/sittings/{sitting_id}/exam.seb", **describing.a_file("application/seb"))
def configuration(sitting_id: int, session: Reading, _: Arranging) -> Response:
    """The configuration file of a sitting, to be put on its machines."""
    sitting = queries.sitting(session, sitting_id)
    if sitting is None:
        raise errors.NotFound()
    if sitting.seb_config is None:
        raise errors.WrongState("seb_not_required", "本场没有要求使用安全考试浏览器，请先在场次页面设定。")
    headers = {"Content-Disposition": f'attachment; filename="peikao-{sitting_id}.seb"', "Cache-Control": "no-store"}
    return Response(sitting.seb_config, media_type="application/seb", headers=headers)
