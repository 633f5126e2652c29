"""What arrives after the sheet was closed is evidence; receipts; which machine may be used."""

import base64
import json
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from sqlmodel import Session, col, select

from service.journal import queries as journal
from service.kernel import database, errors, sealing
from service.results.actions import marking
from service.sittings import queries
from service.sittings.actions import attending, binding, clockwork, evidence, proctoring
from service.sittings.actions import late as actions
from service.sittings.actions.attending import Beat
from service.sittings.actions.binding import Browser as Shown
from service.sittings.actions.late import Belated, Fate, Taken
from service.sittings.queries import late as late_queries
from service.sittings.rules import late, lockdown
from service.sittings.rules.late import Closed, Evidence, LateState, Standing, Stated
from service.sittings.rules.lockdown import Lock, Machine
from service.sittings.rules.presence import Silence
from service.sittings.tables import LateAnswer
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import AFTER, ENDS_AT, STARTS_AT, WORKING_AT, World

HEARD_AT = WORKING_AT - timedelta(minutes=1)
MOVED_AT = WORKING_AT + timedelta(minutes=5)

KEY = ec.generate_private_key(ec.SECP256R1())
SPKI = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()


def belated(
    ticket: str, position: int, choice: str, seq: int, made_at: datetime, *, forged: bool = False, paper: int = 0
) -> Belated:
    text = made_at.isoformat().replace("+00:00", "Z")
    signed = late.signed_text(ticket, position, "D" if forged else choice, False, seq, text, paper)
    r, s = utils.decode_dss_signature(KEY.sign(signed, ec.ECDSA(hashes.SHA256())))
    signature = base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()
    return Belated(position, choice, False, seq, made_at, text, signature, paper)


def sat(session: Session, world: World, seat_id: int | None = None) -> Machine:
    """A candidate works at a machine whose browser has shown its key, and which is heard for the last time."""
    seat_id = seat_id or world.seats[0]
    worlds.begin_exam(session, world)
    machine = worlds.machine(session, seat_id)
    bind(session, seat_id, machine)
    worlds.start(session, seat_id)
    worlds.save(session, seat_id, 1, "A", seq=1, now=HEARD_AT)
    beat(session, machine, HEARD_AT)
    return machine


def bind(session: Session, seat_id: int, machine: Machine, key: str = SPKI, now: datetime = STARTS_AT) -> None:
    seat = queries.seat(session, seat_id)
    assert seat is not None
    binding.bind(session, seat, machine.token_digest, Shown(key), now=now)


def beat(session: Session, machine: Machine, now: datetime, drift: timedelta = timedelta()) -> None:
    worlds.done(attending.attend(session, [Beat(machine, now + drift, 0)], now=now)[0])


def kept(session: Session) -> list[tuple[int, str, bool, bool]]:
    rows = session.exec(select(LateAnswer).order_by(LateAnswer.id))  # type: ignore[arg-type]
    return [(row.position, row.choice, row.signature_good, row.left_at is not None) for row in rows]


def fates(taken: Taken) -> list[tuple[Fate, str]]:
    return [(one.fate, one.refusal.code if one.refusal else "") for one in taken.outcomes]


def test_while_the_sheet_is_open_it_is_saved_and_afterwards_it_is_only_kept(world: World) -> None:
    with database.writing() as session:
        machine, ticket = sat(session, world), world.tickets[world.seats[0]]
        first = belated(ticket, 1, "B", 2, WORKING_AT)
        taken = actions.keep(session, machine, ticket, [first], now=WORKING_AT)
        assert (taken.closed, fates(taken)) == (False, [(Fate.SAVED, "")])
        marking.hand_in_overdue(session, now=AFTER)

        entries = [belated(ticket, 1, "C", 3, ENDS_AT), belated(ticket, 2, "D", 1, ENDS_AT, forged=False)]
        forged = belated(ticket, 3, "A", 1, ENDS_AT, forged=True)
        nowhere = belated(ticket, 99, "A", 1, ENDS_AT)
        taken = actions.keep(session, machine, ticket, [*entries, forged, nowhere], now=AFTER)
        assert taken.closed
        assert fates(taken) == [(Fate.KEPT, "")] * 3 + [(Fate.REFUSED, "answer_malformed")]
        again = actions.keep(session, machine, ticket, entries, now=AFTER)
        assert fates(again) == [(Fate.KEPT, "")] * 2, "sent twice is acknowledged twice"

        assert kept(session) == [(1, "C", True, False), (2, "D", True, False), (3, "A", False, False)], "and kept once"
        row = queries.seat(session, world.seats[0])
        assert row is not None
        assert {one.position: one.choice for one in queries.answers(session, row)} == {1: "B"}, "no answer has changed"
        told = [entry for entry in journal.about(session, f"seat:{row.id}") if entry.event == "LATE_ANSWER_KEPT"]
        assert [json.loads(entry.data) for entry in told] == [{"kept": 3, "signed": 2, "left": False}]


def test_the_evidence_can_be_verified_by_whoever_reads_the_row(world: World) -> None:
    with database.writing() as session:
        machine, ticket = sat(session, world), world.tickets[world.seats[0]]
        marking.hand_in_overdue(session, now=AFTER)
        actions.keep(session, machine, ticket, [belated(ticket, 1, "C", 3, WORKING_AT)], now=AFTER)

        (row,) = session.exec(select(LateAnswer))
        text = late.signed_text(ticket, row.position, row.choice, row.flagged, row.seq, row.made_at_text)
        sealing.verify_with(base64.b64decode(row.public_key), text, base64.b64decode(row.signature))
        assert evidence.is_signed(ticket, row)
        for change in (
            {"choice": "D"},
            {"flagged": True},
            {"seq": 4},
            {"position": 2},
            {"paper": 1},
            {"made_at_text": "2026-11-20T01:30:01Z"},
            {"made_at": WORKING_AT - timedelta(seconds=1)},
            {"signature": ""},
            {"signature": "AAAA"},
            {"public_key": ""},
        ):
            assert not evidence.is_signed(ticket, LateAnswer(**{**row.model_dump(), **change})), change
        assert not evidence.is_signed("00000000", row)


def test_what_the_sheet_says_already_is_no_evidence(world: World) -> None:
    with database.writing() as session:
        machine, ticket = sat(session, world), world.tickets[world.seats[0]]
        marking.hand_in_overdue(session, now=AFTER)
        entries = [belated(ticket, 1, "A", 1, WORKING_AT), belated(ticket, 2, "", 2, WORKING_AT)]
        taken = actions.keep(session, machine, ticket, entries, now=AFTER)
        assert (fates(taken), kept(session)) == ([(Fate.SAVED, "")] * 2, []), "only the acknowledgement was lost"


def test_where_nothing_can_be_taken_the_machine_is_told_and_keeps_its_copy(world: World) -> None:
    with database.writing() as session:
        machine, ticket = sat(session, world), world.tickets[world.seats[0]]
        rival, new = belated(ticket, 1, "C", 1, WORKING_AT), belated(ticket, 2, "B", 1, WORKING_AT)
        with pytest.raises(errors.WrongState, match=r"^answer_from_two_windows:"):
            actions.keep(session, machine, ticket, [rival], now=WORKING_AT)
        taken = actions.keep(session, machine, ticket, [rival, new], now=WORKING_AT)
        assert fates(taken) == [(Fate.REFUSED, "answer_from_two_windows"), (Fate.SAVED, "")]

        clockwork.pause_room(session, world.actor(session, "proctor1"), world.sitting_id, "停电", now=WORKING_AT)
        with pytest.raises(errors.WrongState, match=r"^exam_paused:"):
            actions.keep(session, machine, ticket, [belated(ticket, 2, "C", 2, WORKING_AT)], now=WORKING_AT)
        assert kept(session) == []


def test_a_machine_that_was_left_behind_is_heard_but_changes_no_answer(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        old, ticket = sat(session, world), world.tickets[world.seats[0]]
        beat(session, old, HEARD_AT, timedelta(seconds=30))
        proctoring.release_seat(session, world.actor(session, "proctor1"), seat_id, "换机", now=MOVED_AT)
        new = worlds.machine(session, seat_id, now=MOVED_AT)
        bind(session, seat_id, new, "", MOVED_AT)
        beat(session, new, MOVED_AT)

        taken = actions.keep(session, old, ticket, [belated(ticket, 2, "C", 1, WORKING_AT)], now=MOVED_AT)
        assert (taken.closed, fates(taken)) == (False, [(Fate.KEPT, "")]), "open still: the machine keeps its copy"
        marking.hand_in_overdue(session, now=AFTER)
        late_too = belated(ticket, 3, "C", 1, WORKING_AT)
        assert actions.keep(session, old, ticket, [late_too], now=AFTER).closed

        assert kept(session) == [(2, "C", True, True), (3, "C", True, True)]
        drifts = session.exec(select(LateAnswer.drift_ms, LateAnswer.left_at))
        assert list(drifts) == [(30_000, MOVED_AT)] * 2, "its own clock, not that of the machine which took its place"
        row = queries.seat(session, seat_id)
        assert row is not None and [one.position for one in queries.answers(session, row)] == [1]


def test_a_machine_that_comes_back_before_the_sheet_is_collected_was_silent_all_the_same(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        machine, ticket = sat(session, world), world.tickets[seat_id]
        beat(session, machine, ENDS_AT + timedelta(seconds=1))
        marking.hand_in_overdue(session, now=ENDS_AT + timedelta(seconds=3))
        actions.keep(session, machine, ticket, [belated(ticket, 2, "C", 1, ENDS_AT)], now=AFTER)
        (found,) = evidence.examine(session, late_queries.lines(session, late_queries.listing()))
        assert (found.silent, found.rule.code) == (True, "allowed")


def test_a_clock_that_was_never_heard_is_not_known(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        old, ticket = sat(session, world), world.tickets[seat_id]
        proctoring.release_seat(session, world.actor(session, "proctor1"), seat_id, "换机", now=MOVED_AT)
        new = worlds.machine(session, seat_id, now=MOVED_AT)
        bind(session, seat_id, new, SPKI, MOVED_AT)
        marking.hand_in_overdue(session, now=AFTER)
        for machine in (old, new):
            actions.keep(session, machine, ticket, [belated(ticket, 2, "C", 1, WORKING_AT)], now=AFTER)

        assert list(session.exec(select(LateAnswer.drift_ms).order_by(col(LateAnswer.id)))) == [0, None]


def test_strangers_and_other_seats_have_no_say(world: World) -> None:
    with database.writing() as session:
        machine, ticket = sat(session, world), world.tickets[world.seats[0]]
        marking.hand_in_overdue(session, now=AFTER)
        entry = belated(ticket, 1, "C", 3, WORKING_AT)
        with pytest.raises(errors.Unauthenticated):
            actions.keep(session, Machine("0" * 64), ticket, [entry], now=AFTER)
        with pytest.raises(errors.Unauthenticated):
            actions.keep(session, machine, ticket, [entry], now=AFTER + timedelta(days=4000))
        with pytest.raises(errors.Refused, match=r"^late_other_seat:"):
            actions.keep(session, machine, world.tickets[world.seats[1]], [entry], now=AFTER)
        assert kept(session) == []
        assert fates(actions.keep(session, machine, ticket, [entry], now=AFTER)) == [(Fate.KEPT, "")]


def test_a_machine_cannot_fill_the_database(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_KEPT", 2)
    with database.writing() as session:
        machine, ticket = sat(session, world), world.tickets[world.seats[0]]
        marking.hand_in_overdue(session, now=AFTER)
        entries = [belated(ticket, 1, "C", seq, WORKING_AT) for seq in (2, 3, 4)]
        taken = actions.keep(session, machine, ticket, entries, now=AFTER)
        assert fates(taken) == [(Fate.KEPT, "")] * 2 + [(Fate.REFUSED, "late_too_many")]
        with pytest.raises(errors.WrongState, match=r"^late_too_many:"):
            actions.keep(session, machine, ticket, entries[2:], now=AFTER)


# --- the rule ---

MADE_AT = ENDS_AT - timedelta(minutes=1)
CUT_OFF = (Silence(ENDS_AT - timedelta(minutes=5), ENDS_AT),)
GOOD = {"signature_good": True, "fits": True, "made_at": MADE_AT, "drift": timedelta(), "seq": 2, "left_at": None}
SHEET = {"at": ENDS_AT, "silences": CUT_OFF, "standing": Standing(1, WORKING_AT)}
TICK = timedelta(microseconds=1)
REOPENED = Silence(MADE_AT, MADE_AT + timedelta(seconds=30))
RULE: dict[str, tuple[dict[str, object], dict[str, object], str]] = {
    "made before the end while cut off": ({}, {}, "allowed"),
    "nothing was answered before": ({}, {"standing": None}, "allowed"),
    "made at the very end": ({"made_at": ENDS_AT}, {}, "allowed"),
    "a tick after the end": ({"made_at": ENDS_AT + TICK}, {}, "late_made_after"),
    "after the candidate's own handing in": ({}, {"at": MADE_AT - TICK}, "late_made_after"),
    "two minutes fast, made before the end": (
        {"made_at": ENDS_AT + timedelta(minutes=2), "drift": timedelta(minutes=2)},
        {},
        "allowed",
    ),
    "two minutes slow, made after the end": (
        {"made_at": ENDS_AT - timedelta(minutes=1), "drift": -timedelta(minutes=2)},
        {},
        "late_made_after",
    ),
    "a clock that is further off": ({"drift": timedelta(minutes=2) + TICK}, {}, "late_clock"),
    "a clock that is further behind": ({"drift": -timedelta(minutes=2) - TICK}, {}, "late_clock"),
    "an hour off": ({"made_at": MADE_AT + timedelta(hours=1), "drift": timedelta(hours=1)}, {}, "late_clock"),
    "a clock that was never heard": ({"drift": None}, {}, "late_clock"),
    "not signed": ({"signature_good": False}, {}, "late_unsigned"),
    "to the form that is sat": ({"form": Stated(2, 2, STARTS_AT)}, {}, "allowed"),
    "to the form that was given up": ({"form": Stated(1, 2, STARTS_AT, told=True)}, {}, "paper_switched"),
    "form not named, never heard since the switch": ({"form": Stated(0, 2, STARTS_AT)}, {}, "late_form_unknown"),
    "form not named, heard since": ({"form": Stated(0, 2, STARTS_AT, told=True)}, {}, "allowed"),
    "form not named, made before the switch": ({"form": Stated(0, 2, MADE_AT, told=True)}, {}, "paper_switched"),
    "no item of the paper": ({"fits": False}, {}, "late_not_of_the_paper"),
    "while it was connected": ({"made_at": ENDS_AT - timedelta(minutes=30)}, {}, "late_was_connected"),
    "a sign of life before the cut": ({"made_at": CUT_OFF[0].from_at - timedelta(seconds=15)}, {}, "allowed"),
    "more than that before": ({"made_at": CUT_OFF[0].from_at - timedelta(seconds=15) - TICK}, {}, "late_was_connected"),
    "never cut off": ({}, {"silences": ()}, "late_was_connected"),
    "the same number is saved": ({}, {"standing": Standing(2, WORKING_AT)}, "late_not_newest"),
    "a newer one is saved": ({}, {"standing": Standing(3, WORKING_AT)}, "late_not_newest"),
    "learnt of later, by the same machine": ({}, {"standing": Standing(1, ENDS_AT)}, "allowed"),
    "before the sheet was closed the first time": ({}, {"before": [REOPENED]}, "allowed"),
    "while it was closed, until it was opened again": (
        {"made_at": REOPENED.from_at + TICK},
        {"before": [REOPENED]},
        "late_made_after",
    ),
    "after it was opened again": ({"made_at": REOPENED.until_at}, {"before": [REOPENED]}, "allowed"),
    "answered again after it was opened, by a machine that counts anew": (
        {"seq": 9},
        {"before": [REOPENED], "standing": Standing(1, ENDS_AT)},
        "late_not_newest",
    ),
    "the machine was left behind": ({"left_at": ENDS_AT}, {}, "allowed"),
    "made after the move": ({"left_at": MADE_AT - TICK}, {}, "late_made_after_move"),
    "changed on the new machine since": ({"left_at": ENDS_AT}, {"standing": Standing(1, ENDS_AT)}, "late_not_newest"),
}


@pytest.mark.parametrize(("change", "sheet", "code"), RULE.values(), ids=RULE)
def test_what_may_be_accepted(change: dict[str, object], sheet: dict[str, object], code: str) -> None:
    found = late.may_accept(Evidence(**{**GOOD, **change}), Closed(**{**SHEET, **sheet}))  # type: ignore[arg-type]
    assert found.code == code


UNDECIDED, PROPOSED, ACCEPTED, DECLINED = LateState
SPEAKING = {
    "nobody has spoken": (UNDECIDED, False, "allowed", "late_not_proposed"),
    "another has proposed": (PROPOSED, False, "late_spoken_for", "allowed"),
    "the same person has": (PROPOSED, True, "late_spoken_for", "two_people_needed"),
    "accepted": (ACCEPTED, False, "late_spoken_for", "late_spoken_for"),
    "declined": (DECLINED, False, "late_spoken_for", "late_spoken_for"),
}


@pytest.mark.parametrize(("now_is", "same_person", "proposing", "deciding"), SPEAKING.values(), ids=SPEAKING)
def test_who_may_speak_when(now_is: LateState, same_person: bool, proposing: str, deciding: str) -> None:
    assert late.may_propose(now_is).code == proposing
    assert late.may_decide(now_is, same_person=same_person).code == deciding


# --- what is no instant ---

NO_INSTANTS = {
    "a month too many": "2026-13-45T99:00:00Z",
    "no such day": "2026-02-30T00:00:00Z",
    "the first hour there is, east of it": "0001-01-01T00:00:00+08:00",
    "the last hour there is, west of it": "9999-12-31T23:59:59-08:00",
    "before clocks count": "1899-12-31T23:59:59Z",
    "no zone": "2026-11-20T01:00:00",
    "full-width digits": "２０２６-11-20T01:00:00Z",
    "a leap second": "2026-11-20T01:00:60Z",
    "an hour too far east": "2026-11-20T01:00:00+99:00",
    "nothing": "",
}


@pytest.mark.parametrize("said", NO_INSTANTS.values(), ids=NO_INSTANTS)
def test_what_is_no_instant_is_malformed_whoever_sends_it(
    world: World, browser: Browser, clock: Clock, said: str
) -> None:
    clock.set(AFTER)
    entry = {"position": 1, "choice": "A", "seq": 1, "made_at": said}
    body = {"ticket_number": world.tickets[world.seats[0]], "entries": [entry]}
    stranger = browser.stranger()
    assert stranger.post("/api/v1/exam/late-answers", json=body).status_code == 422
    entry["made_at"] = "1970-01-01T00:00:00.123456789Z"
    assert stranger.post("/api/v1/exam/late-answers", json=body).status_code == 401, "an instant, but nobody's"


@pytest.mark.parametrize("said", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"])
def test_a_sign_of_life_from_the_ends_of_time_is_malformed(
    world: World, browser: Browser, clock: Clock, said: str
) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        trainee = queries.seat(session, seat_id).trainee_id  # type: ignore[union-attr]
    clock.set(WORKING_AT)
    candidate = browser.candidate(world, seat_id, trainee)
    left = [{"nonce": "n" * 8, "kind": "window", "seconds": 1, "made_at": said}]
    fine = WORKING_AT.isoformat()
    assert candidate.post("/api/v1/exam/heartbeat", json={"made_at": fine, "left": left}).status_code == 422
    assert candidate.post("/api/v1/exam/heartbeat", json={"made_at": said}).status_code == 422
    assert candidate.post("/api/v1/exam/heartbeat", json={"made_at": "2099-01-01T00:00:00Z"}).status_code == 200


def test_over_http_every_change_learns_its_fate(world: World, browser: Browser, clock: Clock) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        trainee = queries.seat(session, seat_id).trainee_id  # type: ignore[union-attr]
    clock.set(WORKING_AT)
    candidate = browser.candidate(world, seat_id, trainee)
    candidate.post("/api/v1/exam/start")
    candidate.post("/api/v1/exam/hand-in")
    entries = [
        {"position": 1, "choice": "B", "seq": 1, "made_at": WORKING_AT.isoformat()},
        {"position": 99, "choice": "B", "seq": 1, "made_at": WORKING_AT.isoformat()},
    ]
    body = {"ticket_number": world.tickets[seat_id], "entries": entries}
    assert candidate.post("/api/v1/exam/late-answers", json=body).json() == {
        "closed": True,
        "outcomes": [
            {"position": 1, "seq": 1, "fate": "kept", "code": ""},
            {"position": 99, "seq": 1, "fate": "refused", "code": "answer_malformed"},
        ],
    }
    refused = candidate.post("/api/v1/exam/late-answers", json={**body, "entries": entries[1:]})
    assert (refused.status_code, refused.json()["code"]) == (422, "answer_malformed")
    body["ticket_number"] = world.tickets[world.seats[1]]
    assert candidate.post("/api/v1/exam/late-answers", json=body).json()["code"] == "late_other_seat"


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
    "in the network, by a socket for both families": (
        Lock("10.1.0.0/16"),
        Machine(TOKEN, "::ffff:10.1.2.3"),
        "allowed",
    ),
    "outside it, by that socket": (Lock("10.1.0.0/16"), Machine(TOKEN, "::ffff:10.2.2.3"), "wrong_machine"),
    "a network written for that socket": (Lock("::ffff:10.1.0.0/112"), Machine(TOKEN, "10.1.2.3"), "allowed"),
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
