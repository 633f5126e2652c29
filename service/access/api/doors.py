"""JSON routes for one's own second factors and sessions."""

from typing import Annotated

import segno
from fastapi import APIRouter, Depends, Request, Response

from service.access import shapes
from service.access.actions import authenticators, custody, factors, passkeys, sessions, vouching
from service.access.actions.custody import Hand
from service.access.rules.policy import Actor, Right
from service.access.rules.proofs import Factor
from service.access.shapes import doors as bodies
from service.access.shapes import may
from service.kernel import clock, database, language, problems, rendering
from service.kernel.database import Writing
from service.kernel.decision import Decision

router = APIRouter(prefix="/api/v1/session", tags=["access"])
Somebody = Annotated[Actor, may(Right.SIGNED_IN)]
# Whoever finds a screen unlocked must not bind a telephone of their own.
Proven = Annotated[Actor, may(Right.SIGNED_IN, fresh=True)]


def _hand(body: bodies.Proof, actor: Somebody) -> Hand:
    with database.reading() as session:
        return custody.step_up(session, actor, body.password) if body.password else Hand()


@router.post("/proof", status_code=204, response_class=Response)
def prove(
    request: Request,
    body: bodies.Proof,
    # Before the session: whoever holds the turn to write must not be hashing.
    hand: Annotated[Hand, Depends(_hand)],
    session: Writing,
    actor: Somebody,
) -> Response:
    """Give the password or a code again, before something that must be one's own doing."""
    return _said(
        request, sessions.prove(session, actor, shapes.session_token(request), hand, body.code, now=clock.now())
    )


@router.get("/proof", status_code=204, response_class=Response)
def is_proven(_: Proven) -> Response:
    """Whether this session's holder proved themselves a moment ago: a page asks before it fetches a file."""
    return Response(status_code=204)


def _said(request: Request, decision: Decision) -> Response:
    if decision.allowed:
        return Response(status_code=204)
    # A returned refusal commits: failed attempts must count.
    detail = language.say(rendering.language_of(request), decision.reason, decision.values)
    return problems.render(request, decision.status, decision.code, detail)


@router.post("/activation", status_code=204, response_class=Response, responses={404: {}, 409: {}})
def activate(request: Request, body: bodies.Activation, session: Writing, actor: Somebody) -> Response:
    """Wake one's duties by the security administrator's code; sign in anew afterwards."""
    return _said(request, vouching.activate(session, actor, body.code, now=clock.now()))


@router.post("/totp", status_code=201, responses={404: {}})
def begin_totp(session: Writing, actor: Proven) -> bodies.Enrolment:
    """A new secret for an authenticator application; it counts once its first code was given."""
    made = authenticators.begin_totp(session, actor, now=clock.now())
    picture = segno.make(made.address, error="m").svg_data_uri(scale=6)
    return bodies.Enrolment(secret=made.secret, address=made.address, picture=picture)


@router.put("/totp")
def confirm_totp(request: Request, body: bodies.Code, session: Writing, actor: Proven) -> bodies.Codes:
    """The first code of a new authenticator; one's own sessions that showed no second factor end."""
    codes = authenticators.confirm_totp(session, actor, body.code, now=clock.now())
    sessions.keep_equipped(session, actor, shapes.session_token(request), Factor.TOTP, now=clock.now())
    return bodies.Codes(codes=codes)


@router.delete("/totp", status_code=204, responses={404: {}})
def remove_totp(session: Writing, actor: Proven) -> None:
    """Give up one's authenticator."""
    authenticators.remove_totp(session, actor, now=clock.now())


@router.post("/recovery-codes", status_code=201, responses={404: {}})
def new_codes(session: Writing, actor: Proven) -> bodies.Codes:
    """A new set of recovery codes; the old ones are worth nothing any more."""
    return bodies.Codes(codes=factors.new_codes(session, actor, now=clock.now()))


@router.post("/passkeys/challenge", responses={404: {}})
def begin_passkey(session: Writing, actor: Proven) -> bodies.Challenge:
    """What a browser needs to make a passkey."""
    account = factors.account_to_equip(session, actor)
    return bodies.Challenge(options=passkeys.begin(session, account, now=clock.now()))


@router.post("/passkeys", status_code=201)
def add_passkey(request: Request, body: bodies.NewPasskey, session: Writing, actor: Proven) -> bodies.Codes:
    """Keep the passkey that the browser has made; one's own sessions that showed no second factor end."""
    codes = authenticators.add_passkey(session, actor, body.name, body.credential, now=clock.now())
    sessions.keep_equipped(session, actor, shapes.session_token(request), Factor.PASSKEY, now=clock.now())
    return bodies.Codes(codes=codes)


@router.delete("/passkeys/{passkey_id}", status_code=204)
def remove_passkey(passkey_id: int, session: Writing, actor: Proven) -> None:
    """Give up one of one's passkeys."""
    authenticators.remove_passkey(session, actor, passkey_id, now=clock.now())


@router.delete("/others", responses={404: {}})
def end_others(request: Request, session: Writing, actor: Somebody) -> bodies.Ended:
    """End all of one's own sessions but this one."""
    return bodies.Ended(ended=sessions.end_others(session, actor, shapes.session_token(request), now=clock.now()))


@router.delete("/others/{name}", status_code=204)
def end_one(name: str, session: Writing, actor: Somebody) -> None:
    """End one of one's own sessions, wherever it is."""
    sessions.end(session, actor, name, now=clock.now())
