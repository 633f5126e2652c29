"""JSON routes at the door: acts of tablets and their rosters, cases, tablets, and single acts on a page without any."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session

from service.access.rules.policy import Actor, Right
from service.access.shapes import may, session_token
from service.kernel import clock, describing, errors, language, paging, rendering, sealing
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.kernel.express import Arrival, Lane, Reply
from service.kernel.group_commit import GroupCommit, Work
from service.programme.queries import classes as programme
from service.sittings import queries
from service.sittings.actions import cases, checking_in, on_duty, packing, tablets
from service.sittings.actions.acts import Entry, Outcome
from service.sittings.rules.seats import REFUSAL_NAMES
from service.sittings.shapes import bodies as shapes
from service.sittings.shapes import door
from service.sittings.shapes import tablets as tablet_shapes

router = APIRouter()
Proctoring = Annotated[Actor, may(Right.SITTINGS_PROCTOR)]
# Proctors and those who arrange exams alike; how far each reaches is the action's business.
Viewing = Annotated[Actor, may(Right.SITTINGS_VIEW)]


@router.get("/sittings/{sitting_id}/pack")
def pack(
    request: Request,
    response: Response,
    sitting_id: int,
    device: Annotated[door.Device, Query()],
    session: Writing,
    actor: Proctoring,
    name: Annotated[str, Query(max_length=60, description="What its owner calls the tablet.")] = "",
) -> door.PackShape:
    """The sitting's roster for this tablet, signed; fetching it enrols the tablet and goes on record."""
    tongue = rendering.language_of(request)
    words = {reason.value: language.say(tongue, said) for reason, said in REFUSAL_NAMES.items()}
    name = name.replace("\0", "").strip()
    issued = packing.issue_pack(session, actor, sitting_id, device, name, words, now=clock.now())
    response.headers["Cache-Control"] = "no-store"
    return door.PackShape(pack=issued.token, key=dict(issued.pack_key), ticket_key=dict(issued.ticket_key))


@router.post("/sittings/{sitting_id}/check-ins")
def check_in(
    request: Request, sitting_id: Identifier, body: door.CheckIns, session: Writing, actor: Proctoring
) -> door.CheckedIn:
    """Take the acts of a tablet in their order; a repeated nonce is answered again and changes nothing."""
    now, outcomes = clock.now(), []
    for outcome in checking_in.take(session, body.entries(actor, sitting_id), now=now):
        if isinstance(outcome, errors.ServiceError):
            raise outcome
        outcomes.append(outcome)
    return door.CheckedIn.of(outcomes, now, rendering.language_of(request))


_ACTS, _ID = TypeAdapter(door.CheckIns), TypeAdapter[int](Identifier)


def _take(session: Session, groups: Sequence[list[Entry]]) -> list[list[Outcome | errors.ServiceError]]:
    """The acts of many tablets in one transaction, each tablet's outcomes apart."""
    outcomes = iter(checking_in.take(session, [entry for group in groups for entry in group], now=clock.now()))
    return [[next(outcomes) for _ in group] for group in groups]


_TAKING = Work[list[Entry], list[Outcome | errors.ServiceError]](_take, journals=True)


def _tongue(arrival: Arrival) -> str:
    """The language of a request; its cookies are taken apart only where one of them says so."""
    if rendering.LANGUAGE_COOKIE.encode() in arrival.headers.get(b"cookie", b""):
        asked = Request({"type": "http", "path": arrival.path, "headers": list(arrival.headers.items())})
        return rendering.language_of(asked)
    return language.choose(None, arrival.headers.get(b"accept-language", b"").decode("latin-1"))


def lanes(group: GroupCommit) -> Mapping[tuple[str, str], Lane]:
    """The express lane of check-in: the doors of a whole city open in the same half hour."""

    async def lane(arrival: Arrival) -> Reply:
        try:
            body, sitting_id = _ACTS.validate_json(arrival.body), _ID.validate_strings(arrival.rest)
        except ValidationError:
            return None
        outcomes = await group.submit(_TAKING, body.entries(sealing.digest(arrival.token.encode()), sitting_id))
        taken = [outcome for outcome in outcomes if not isinstance(outcome, errors.ServiceError)]
        if len(taken) < len(outcomes):
            return None
        return door.CheckedIn.of(taken, clock.now(), _tongue(arrival)).model_dump_json().encode(), ()

    return {("POST", "/api/v1/sittings/*/check-ins"): lane}


@router.get("/sittings/{sitting_id}/cases")
def list_cases(request: Request, sitting_id: int, session: Reading, actor: Viewing) -> list[door.CaseShape]:
    """What the door did and the server could not simply accept; open ones first."""
    found = cases.list_cases(session, actor, sitting_id, now=clock.now())
    return [door.CaseShape.of(one, rendering.language_of(request)) for one in found]


@router.post("/sittings/cases/{case_id}/closing")
def close_case(case_id: int, body: door.Closing, session: Writing, actor: Viewing) -> dict[str, int]:
    """Close a case with a reason; a proctor of the sitting or whoever arranges exams."""
    reason = body.reason.replace("\0", "")
    return {"id": cases.close_case(session, actor, case_id, body.outcome, reason, now=clock.now()).id or 0}


@router.get("/tablets")
def list_tablets(request: Request, session: Reading, actor: Viewing, page: int = 1) -> list[tablet_shapes.TabletShape]:
    """One's own tablets, or all for whoever arranges exams; the last seen first, fifty a page."""
    found = paging.page_of(session, tablets.visible(actor), page)
    now, tongue = clock.now(), rendering.language_of(request)
    ways = [tablets.may_restore(actor, tablet, now=now) for tablet, _ in found.rows]
    return [
        tablet_shapes.TabletShape.of(tablet, owner, actor, way, tongue)
        for (tablet, owner), way in zip(found.rows, ways, strict=True)
    ]


@router.get("/tablets/standing")
def standing(
    response: Response,
    device: Annotated[door.Device, Query()],
    session: Reading,
    _: Annotated[Actor, may(Right.PUBLIC)],
) -> tablet_shapes.StandingShape:
    """Whether the tablet with this id was shut out; it asks so when its session is over, and then clears itself."""
    response.headers["Cache-Control"] = "no-store"
    return tablet_shapes.StandingShape(shut_out=tablets.is_shut_out(session, device))


@router.post("/tablets/{tablet_id}/revocation")
def revoke_tablet(request: Request, tablet_id: int, session: Writing, actor: Viewing) -> dict[str, int]:
    """Shut a lost tablet out; its owner is signed out everywhere but where this is asked from."""
    return {"id": tablets.revoke(session, actor, tablet_id, session_token(request), now=clock.now()).id or 0}


@router.post("/tablets/{tablet_id}/restoration")
def restore_tablet(tablet_id: int, session: Writing, actor: Viewing) -> dict[str, int]:
    """Let a tablet work again: whoever arranges exams, or its owner who shut it out a moment ago."""
    return {"id": tablets.restore(session, actor, tablet_id, now=clock.now()).id or 0}


@router.post("/sittings/{sitting_id}/scans")
def scan(
    request: Request, sitting_id: int, body: shapes.ScanTicket, session: Writing, actor: Proctoring
) -> shapes.CardShape:
    """Look at a ticket: who it belongs to, and whether that person may be admitted now."""
    card = checking_in.scan_ticket(session, actor, sitting_id, body.text, body.nonce, now=clock.now())
    reason = language.say(rendering.language_of(request), card.decision.reason, card.decision.values)
    return shapes.CardShape.of(card, reason)


@router.post("/sittings/seats/{seat_id}/admission")
def admission(seat_id: int, body: shapes.Admission, session: Writing, actor: Proctoring) -> dict[str, bool]:
    """Admit a candidate whose identity is confirmed, or refuse with a coded reason."""
    if body.admit:
        checking_in.admit(session, actor, seat_id, now=clock.now())
    elif body.reason is None:
        raise errors.Malformed("refusal_reason_missing", "拒绝入场必须选择原因。")
    else:
        checking_in.turn_away(session, actor, seat_id, body.reason, body.note, now=clock.now())
    return {"admitted": body.admit}


@router.get("/sittings/seats/{seat_id}/photo", **describing.a_file("image/jpeg", "image/png"))
def photo(seat_id: int, session: Reading, actor: Proctoring) -> Response:
    """The photo of a candidate, for the proctors of the sitting."""
    seat = queries.seat(session, seat_id)
    if seat is None:
        raise errors.NotFound()
    on_duty.require(session, actor, seat.sitting_id, now=clock.now())
    found = programme.photo(session, seat.trainee_id)
    if found is None:
        raise errors.NotFound()
    return Response(found[0], media_type=found[1], headers={"Cache-Control": "no-store"})
