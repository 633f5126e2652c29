"""What a candidate may try in the room, by name: each attempt is refused in words, and moves not one answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from fastapi.testclient import TestClient
from sqlmodel import col, select

from service.access.shapes import cookie_name
from service.kernel import database
from service.sittings.rules import ticket_code
from service.sittings.rules.ticket_code import TicketCode
from service.sittings.tables import Answer
from tests import world as worlds
from tests.architecture import walking
from tests.conftest import Browser, Clock
from tests.world import World

EXAM = "/api/v1/exam"
BEAT = {"made_at": worlds.WORKING_AT.isoformat(), "waiting": 0, "left": [], "after": 0}
LATE = {"position": 2, "choice": "A", "seq": 9, "made_at": "2026-11-20T01:30:00Z", "signature": ""}


@dataclass
class Room:
    """Two neighbours at work, each with one answer; the first one attacks."""

    world: World
    browser: Browser
    clock: Clock
    seats: list[int]
    own: TestClient
    neighbour: TestClient

    @property
    def tickets(self) -> list[str]:
        return [self.world.tickets[seat] for seat in self.seats]

    def tail(self, place: int) -> str:
        return self.world.citizen_ids[self.world.trainees[place]][-6:]

    def stranger(self, token: str) -> TestClient:
        """A machine that shows this as its session."""
        client = self.browser.stranger()
        client.cookies.set(cookie_name(), token)
        return client


@pytest.fixture
def room(world: World, browser: Browser, clock: Clock) -> Room:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        seats = [walking.seat_of(session, one, world) for one in world.trainees[:2]]
    clock.set(worlds.WORKING_AT)
    own, neighbour = [
        browser.candidate(world, seat, trainee) for seat, trainee in zip(seats, world.trainees, strict=False)
    ]
    for client in (own, neighbour):
        assert client.post(f"{EXAM}/start", json={}).status_code == 200
        assert client.put(f"{EXAM}/answers/1", json={"choice": "A", "seq": 5}).status_code == 200
    return Room(world, browser, clock, seats, own, neighbour)


def answers() -> list[tuple[int, int, str, int]]:
    with database.reading() as session:
        rows = session.exec(select(Answer).order_by(col(Answer.seat_id), col(Answer.position)))
        return [(row.seat_id, row.position, row.choice, row.seq) for row in rows]


def save(client: TestClient, position: object, **body: Any) -> Any:
    return client.put(f"{EXAM}/answers/{position}", json={"choice": "B", "seq": 6, **body})


def sign_in(room: Room, ticket: str, tail: str) -> Any:
    return room.browser.stranger().post(f"{EXAM}/session", json={"ticket_number": ticket, "id_tail": tail})


def token_of(client: TestClient) -> str:
    return client.cookies[cookie_name()]


def flipped(text: str) -> str:
    return text[:-1] + ("A" if text[-1] != "A" else "B")


def signed_out(room: Room) -> Any:
    token = token_of(room.own)
    assert room.own.delete("/api/v1/session").status_code == 204
    return save(room.stranger(token), 2)


def handed_in(room: Room) -> Any:
    assert room.own.post(f"{EXAM}/hand-in", json={}).status_code == 200
    return save(room.own, 2)


def past_the_end(room: Room) -> Any:
    room.clock.set(worlds.AFTER)
    return save(room.own, 2)


def by_the_neighbours_key(room: Room) -> Any:
    """The address of another's seat in a body that has no place for one."""
    return save(room.own, 51, seat_id=room.seats[1])


# Each attempt by its name: what is sent, and the code of what comes back.
ATTEMPTS: dict[str, tuple[Callable[[Room], Any], str]] = {
    "an invented session": (lambda room: save(room.stranger("A" * 43), 2), "not_signed_in"),
    "the own session with one letter changed": (
        lambda room: save(room.stranger(flipped(token_of(room.own))), 2),
        "not_signed_in",
    ),
    "the digest of a session in its place": (lambda room: save(room.stranger("0" * 64), 2), "not_signed_in"),
    "a session that has ended": (signed_out, "not_signed_in"),
    "two sessions in one cookie": (
        lambda room: save(room.stranger(f"{token_of(room.own)}, {token_of(room.neighbour)}"), 2),
        "not_signed_in",
    ),
    "the neighbour's ticket with the own id": (
        lambda room: sign_in(room, room.tickets[1], room.tail(0)),
        # Whether an id fits is told of no seat at work.
        "seat_taken",
    ),
    "the neighbour's ticket with the neighbour's id": (
        lambda room: sign_in(room, room.tickets[1], room.tail(1)),
        "seat_taken",
    ),
    "a second machine for the own seat": (lambda room: sign_in(room, room.tickets[0], room.tail(0)), "seat_taken"),
    "a ticket number that was never given": (lambda room: sign_in(room, "2699999999", room.tail(0)), "wrong_ticket"),
    "a ticket number with SQL in it": (lambda room: sign_in(room, "1' OR '1'='1", room.tail(0)), "malformed"),
    "a position after the last": (lambda room: save(room.own, 51), "answer_malformed"),
    "position zero": (lambda room: save(room.own, 0), "answer_malformed"),
    "a position below zero": (lambda room: save(room.own, -1), "answer_malformed"),
    "a position that no number is": (lambda room: save(room.own, "1 OR 1=1"), "malformed"),
    "a position beyond every number": (lambda room: save(room.own, 10**30), "answer_malformed"),
    "an item of the form that was not opened": (lambda room: save(room.own, 2, paper=999), "paper_switched"),
    "another's seat in the body": (by_the_neighbours_key, "answer_malformed"),
    "a letter that the item has not": (lambda room: save(room.own, 2, choice="Z"), "answer_malformed"),
    "all letters at once": (lambda room: save(room.own, 2, choice="ABCD"), "answer_malformed"),
    "a letter that looks like one": (lambda room: save(room.own, 2, choice="\u0391"), "answer_malformed"),
    "a choice with a zero byte": (lambda room: save(room.own, 2, choice="A\0"), "answer_malformed"),
    "a sequence number beyond all others": (lambda room: save(room.own, 1, seq=2**31), "malformed"),
    "a sequence number below one": (lambda room: save(room.own, 1, seq=0), "malformed"),
    # The newer one stays, and its number is what comes back.
    "an older answer sent again": (lambda room: save(room.own, 1, seq=4), "200"),
    "another answer under the same number": (lambda room: save(room.own, 1, seq=5), "answer_from_two_windows"),
    "an answer after the hand-in": (handed_in, "not_signed_in"),
    "an answer after the end": (past_the_end, "already_handed_in"),
    "late answers for the neighbour": (
        lambda room: room.own.post(f"{EXAM}/late-answers", json={"ticket_number": room.tickets[1], "entries": [LATE]}),
        "late_other_seat",
    ),
    "the board of the room": (
        lambda room: room.own.get(f"/api/v1/sittings/{room.world.sitting_id}/board"),
        "right_missing",
    ),
    "admitting oneself": (
        lambda room: room.own.post(f"/api/v1/sittings/seats/{room.seats[0]}/admission", json={"admit": True}),
        "right_missing",
    ),
    "giving oneself minutes": (
        lambda room: room.own.post(
            f"/api/v1/sittings/{room.world.sitting_id}/extra-time",
            json={"nonce": "nonce-1-2-3", "seat_id": room.seats[0], "minutes": 30, "reason": "多给时间"},
        ),
        "right_missing",
    ),
    "collecting the neighbour's sheet": (
        lambda room: room.own.post(f"/api/v1/sittings/seats/{room.seats[1]}/collection", json={}),
        "right_missing",
    ),
    "the paper with its key": (
        lambda room: room.own.get(f"/api/v1/papers/{room.world.paper_id}/forms/A"),
        "right_missing",
    ),
}


# What is held before the camera of a proctor's tablet, and the verdict.
TICKETS: dict[str, tuple[Callable[[World], str], str]] = {
    "one letter changed": (lambda world: flipped(world.codes[world.seats[2]]), "ticket_unreadable"),
    "the number of the seat changed": (lambda world: resigned(world, seat=1), "ticket_unreadable"),
    "the issue changed": (lambda world: resigned(world, issue=1), "ticket_unreadable"),
    "without its signature": (lambda world: world.codes[world.seats[2]][:40], "ticket_unreadable"),
    "another person's key": (lambda world: by_own_key(world), "ticket_unreadable"),
    "a replay of a ticket that was let in": (lambda world: world.codes[world.seats[0]], "already_admitted"),
    "a number that was never given": (lambda world: "2699999999", "ticket_unknown"),
    "an address": (lambda world: "https://evil.example/EX1:", "ticket_unreadable"),
    "SQL": (lambda world: "' OR 1=1 --", "ticket_unreadable"),
}


def resigned(world: World, seat: int = 0, issue: int = 0) -> str:
    """A ticket whose numbers were changed under the signature it had."""
    code = world.codes[world.seats[2]]
    message = cbor2.loads(ticket_code.from_base45(code.removeprefix(ticket_code.PREFIX)))
    protected, unprotected, payload, signature = message.value
    numbers = cbor2.loads(payload)
    numbers[2], numbers[3] = numbers[2] + seat, numbers[3] + issue
    changed = cbor2.CBORTag(message.tag, [protected, unprotected, cbor2.dumps(numbers), signature])
    return ticket_code.PREFIX + ticket_code.base45(cbor2.dumps(changed))


def by_own_key(world: World) -> str:
    """A ticket with the right numbers, signed by a key that the candidate made."""
    key = ec.generate_private_key(ec.SECP256R1())

    def sign(message: bytes) -> bytes:
        r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return ticket_code.encode(TicketCode(world.sitting_id, world.seats[2], 1, 2**31 - 1), sign)


@pytest.mark.parametrize("name", TICKETS)
def test_a_forged_ticket_admits_nobody(world: World, browser: Browser, clock: Clock, name: str) -> None:
    clock.set(worlds.CHECK_IN_AT)
    proctor, place = browser.of("proctor1"), f"/api/v1/sittings/{world.sitting_id}/scans"
    admitted = proctor.post(f"/api/v1/sittings/seats/{world.seats[0]}/admission", json={"admit": True})
    real = proctor.post(place, json={"text": world.codes[world.seats[2]], "nonce": "nonce-real"}).json()
    assert (admitted.status_code, real["allowed"]) == (200, True)

    text, wanted = TICKETS[name]
    card = proctor.post(place, json={"text": text(world), "nonce": "nonce-forged"}).json()

    assert (card["allowed"], card["code"]) == (False, wanted)
    elsewhere = browser.of("proctor_elsewhere").post(place, json={"text": text(world), "nonce": "nonce-elsewhere"})
    assert elsewhere.status_code == 404


def told(reply: Any) -> str:
    body = reply.json() if reply.content else {}
    return str(body.get("code", reply.status_code))


def test_the_same_requests_are_taken_from_whoever_may_make_them(room: Room) -> None:
    """The attempts are real ones: with the right session, item and number the answer is there."""
    assert save(room.own, 2).status_code == 200
    assert save(room.neighbour, 1).status_code == 200

    assert answers() == sorted([(room.seats[0], 1, "A", 5), (room.seats[0], 2, "B", 6), (room.seats[1], 1, "B", 6)])


@pytest.mark.parametrize("name", ATTEMPTS)
def test_a_candidate_gets_nowhere(room: Room, name: str) -> None:
    attempt, wanted = ATTEMPTS[name]
    before = answers()

    reply = attempt(room)

    assert told(reply) == wanted
    assert answers() == before and len(before) == 2
