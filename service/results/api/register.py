"""JSON routes of credits for the register of safety training: a feed that another system follows, and exports."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, database, describing, language, rendering, sheets
from service.kernel.database import Reading
from service.results.actions import credit_exports
from service.results.rules import credits as rules
from service.results.shapes import credits as shapes
from service.results.shapes.credits import CreditFeed, CreditList

router = APIRouter()
# Names leave the house with it. A program, which is how the feed is meant to be followed, is not asked again.
Taking = Annotated[Actor, may(Right.RESULTS_CREDITS, fresh=True)]
Year = Annotated[int, Query(ge=2000, le=2100)]
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_STORE = {"Cache-Control": "no-store"}


@router.get("/credits/events")
def credit_events(
    session: Reading,
    actor: Taking,
    response: Response,
    after: Annotated[str, Query(max_length=40, examples=["12-345"])] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> CreditFeed:
    """What happened to credits since ``after``: granted, reversed, restored. Following ``next`` misses nothing."""
    found = credit_exports.follow(session, actor, rules.position(after), limit)
    feed = CreditFeed.of(found, rules.position(after), limit)
    # Asking in vain tells nothing, so only what is told goes on record.
    if feed.events:
        _note(actor, "credits:events", feed.model_dump_json().encode(), len(feed.events), "json", after)
    response.headers.update(NO_STORE)
    return feed


@router.get("/credits")
def credit_list(session: Reading, actor: Taking, year: Year, response: Response) -> CreditList:
    """The credits of a plan year that count now."""
    listed = CreditList.of(credit_exports.standing(session, actor, year))
    _note(actor, f"credits:{year}", listed.model_dump_json().encode(), len(listed.credits), "json", "")
    response.headers.update(NO_STORE)
    return listed


@router.get("/credits.xlsx", **describing.a_file(SHEET))
def credit_sheet(request: Request, session: Reading, actor: Taking, year: Year) -> Response:
    """The same as a spreadsheet; no text in it is ever computed."""
    listed = CreditList.of(credit_exports.standing(session, actor, year))
    found = listed.credits
    tongue = rendering.language_of(request)
    heads = [language.say(tongue, head) for head in shapes.HEADS]
    hours, retraining = sum(one.hours for one in found), sum(one.retraining_hours for one in found)
    total = [language.say(tongue, "合计"), None, None, None, hours, retraining]
    below = ((shapes.FROM_ELSEWHERE, listed.from_elsewhere), (shapes.LEFT_OUT, listed.left_out))
    elsewhere: list[sheets.Row] = [[language.say(tongue, head), number] for head, number in below if number]
    content = sheets.xlsx_of([heads, *shapes.rows(found), total, *elsewhere])
    _note(actor, f"credits:{year}", content, len(found), "xlsx", "")
    headers = {**NO_STORE, "Content-Disposition": f'attachment; filename="credits-{year}.xlsx"'}
    return Response(content, media_type=SHEET, headers=headers)


def _note(actor: Actor, subject: str, content: bytes, number: int, form: str, after: str) -> None:
    with database.writing() as noting:
        credit_exports.note(noting, actor, subject, content, number, form, after, now=clock.now())
