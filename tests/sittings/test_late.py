"""What arrives after the sheet was closed is evidence; receipts; which machine may be used."""

import base64
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from sqlmodel import Session, select

from service.kernel import database, errors
from service.results.actions import marking
from service.sittings import queries
from service.sittings.actions import late as actions
from service.sittings.actions import proctoring
from service.sittings.actions.late import Belated, Kept
from service.sittings.rules import late, lockdown
from service.sittings.rules.lockdown import Lock, Machine
from service.sittings.rules.presence import Silence
from service.sittings.tables import LateAnswer
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import AFTER, ENDS_AT, WORKING_AT, World

KEY = ec.generate_private_key(ec.SECP256R1())
SPKI = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()


def belated(ticket: str, position: int, choice: str, seq: int, made_at: datetime, *, forged: bool = False) -> Belated:
    text = made_at.isoformat().replace("+00:00", "Z")
    signed = late.signed_text(ticket, position, "D" if forged else choice, False, seq, text)
    r, s = utils.decode_dss_signature(KEY.sign(signed, ec.ECDSA(hashes.SHA256())))
    signature = base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()
    return Belated(position, choice, False, seq, made_at, text, signature)


def sat(session: Session, world: World) -> Machine:
    """A candidate works at a machine whose browser has shown its key."""
    seat_id = world.seats[0]
    worlds.begin_exam(session, world)
    machine = worlds.machine(session, seat_id)
    worlds.start(session, seat_id)
    worlds.save(session, seat_id, 1, "A", seq=1)
    seat = queries.seat(session, seat_id)
    assert seat is not None
    seat.browser_key = SPKI
    session.add(seat)
    session.flush()
    return machine


def kept(session: Session) -> list[tuple[int, str, bool]]:
    rows = session.exec(select(LateAnswer).order_by(LateAnswer.id))  # type: ignore[arg-type]
    return [(row.position, row.choice, row.signature_good) for row in rows]


def test_while_the_sheet_is_open_it_is_saved_and_afterwards_it_is_only_kept(world: World) -> None:
    with database.writing() as session:
        machine = sat(session, world)
        ticket = world.tickets[world.seats[0]]
        first = belated(ticket, 1, "B", 2, WORKING_AT)
        assert actions.keep(session, machine, [first], now=WORKING_AT) == Kept(kept=0, saved=1)
        marking.hand_in_overdue(session, now=AFTER)

        entries = [belated(ticket, 1, "C", 3, ENDS_AT), belated(ticket, 2, "D", 1, ENDS_AT, forged=False)]
        forged = belated(ticket, 3, "A", 1, ENDS_AT, forged=True)
        nowhere = belated(ticket, 99, "A", 1, ENDS_AT)
        assert actions.keep(session, machine, [*entries, forged, nowhere], now=AFTER) == Kept(kept=3, saved=0)
        assert actions.keep(session, machine, entries, now=AFTER) == Kept(kept=0, saved=0), "sent twice is kept once"

        assert kept(session) == [(1, "C", True), (2, "D", True), (3, "A", False)]
        row = queries.seat(session, world.seats[0])
        assert row is not None
        assert {one.position: one.choice for one in queries.answers(session, row)} == {1: "B"}, "no answer has changed"


def test_a_machine_that_was_left_behind_has_no_say(world: World) -> None:
    with database.writing() as session:
        machine = sat(session, world)
        proctoring.release_seat(session, world.actor(session, "proctor1"), world.seats[0], "换机", now=WORKING_AT)
        marking.hand_in_overdue(session, now=AFTER)
        entry = belated(world.tickets[world.seats[0]], 1, "C", 3, WORKING_AT)
        for stranger in (machine, Machine("0" * 64)):
            with pytest.raises(errors.Unauthenticated):
                actions.keep(session, stranger, [entry], now=AFTER)
        assert kept(session) == []


CUT_OFF = (Silence(ENDS_AT - timedelta(minutes=5), ENDS_AT + timedelta(minutes=3)),)
GOOD = {
    "signature_good": True,
    "made_at": ENDS_AT - timedelta(minutes=1),
    "drift": timedelta(),
    "ends_at": ENDS_AT,
    "received_at": ENDS_AT + timedelta(minutes=3),
    "silences": CUT_OFF,
}
RULE = {
    "made before the end while cut off": ({}, "allowed"),
    "made at the very end": ({"made_at": ENDS_AT}, "allowed"),
    "a tick after the end": ({"made_at": ENDS_AT + timedelta(microseconds=1)}, "late_made_after"),
    "an hour fast, made before the end": (
        {"made_at": ENDS_AT + timedelta(minutes=59), "drift": timedelta(hours=1)},
        "allowed",
    ),
    "an hour slow, made after the end": (
        {"made_at": ENDS_AT - timedelta(minutes=58), "drift": -timedelta(hours=1)},
        "late_made_after",
    ),
    "not signed": ({"signature_good": False}, "late_unsigned"),
    "while it was connected": ({"made_at": ENDS_AT - timedelta(minutes=30)}, "late_was_connected"),
    "never cut off": ({"silences": ()}, "late_was_connected"),
}


@pytest.mark.parametrize(("change", "code"), RULE.values(), ids=RULE)
def test_what_may_be_accepted(change: dict[str, object], code: str) -> None:
    assert late.may_accept(**{**GOOD, **change}).code == code  # type: ignore[arg-type]


# --- receipts ---


def test_a_receipt_can_be_checked_by_anybody_and_proves_this_sheet_only(
    world: World, browser: Browser, clock: Clock
) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        trainee = queries.seat(session, world.seats[0]).trainee_id  # type: ignore[union-attr]
    clock.set(WORKING_AT)
    candidate = browser.candidate(world, seat_id, trainee)
    assert candidate.get("/api/v1/exam/receipt").status_code == 404, "nothing has been handed in"
    candidate.post("/api/v1/exam/start")
    candidate.put("/api/v1/exam/answers/1", json={"choice": "A", "seq": 1})
    receipt = candidate.post("/api/v1/exam/hand-in").json()["receipt"]

    assert (receipt["code"], receipt["answered"], receipt["items"]) == (world.tickets[seat_id], 1, 50)
    assert candidate.get("/api/v1/exam/receipt").json() == receipt, "whoever lost the reply asks again"
    stranger = browser.stranger()
    path = f"/api/v1/exam/receipts/{receipt['code']}"
    assert stranger.get(path, params={"digest": receipt["digest"]}).json()["valid"] is True
    for wrong in ("0" * 12, receipt["digest"][:11], ""):
        assert stranger.get(path, params={"digest": wrong}).json() == {
            "valid": False,
            "handed_in_at": None,
            "answered": 0,
            "items": 0,
        }
    assert stranger.get("/api/v1/exam/receipt").status_code == 404


# --- which machine ---

TOKEN = "a" * 64
URL = f"https://exam.example.org/exam/paper?t={lockdown.exam_token(TOKEN)}"
SEB = Lock(seb_config_key="c" * 64)
PROOF = lockdown.proof_for(URL, "c" * 64)
OTHER = URL.replace("t=", "x=1&t=")
USES = {
    "nothing is asked": (Lock(), Machine(TOKEN), "allowed"),
    "in the network": (Lock("10.1.0.0/24, 10.2.0.0/24"), Machine(TOKEN, "10.2.0.7"), "allowed"),
    "outside it": (Lock("10.1.0.0/24"), Machine(TOKEN, "10.1.1.7"), "wrong_machine"),
    "IPv6": (Lock("fd00::/8"), Machine(TOKEN, "fd12::1"), "allowed"),
    "no address at all": (Lock("10.1.0.0/24"), Machine(TOKEN, ""), "wrong_machine"),
    "the right browser": (SEB, Machine(TOKEN, "", URL, PROOF), "allowed"),
    "capital letters": (SEB, Machine(TOKEN, "", URL, PROOF.upper()), "allowed"),
    "with a fragment": (SEB, Machine(TOKEN, "", URL + "#3", PROOF), "allowed"),
    "no proof": (SEB, Machine(TOKEN, "", URL), "seb_required"),
    "a proof of another page": (SEB, Machine(TOKEN, "", OTHER, PROOF), "seb_required"),
    "another person's proof": (SEB, Machine("b" * 64, "", URL, PROOF), "seb_required"),
    "the token in the path only": (
        SEB,
        Machine(TOKEN, "", URL.replace("?", "/"), lockdown.proof_for(URL.replace("?", "/"), "c" * 64)),
        "seb_required",
    ),
}


@pytest.mark.parametrize(("lock", "machine", "code"), USES.values(), ids=USES)
def test_which_machine_may_be_used(lock: Lock, machine: Machine, code: str) -> None:
    assert lockdown.may_use(lock, machine).code == code
