"""Acts of tablets: in order, once each, judged for the time they happened; what cannot stand is kept as a case."""

import json
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from service.journal import queries as journal
from service.kernel import database
from service.sittings import queries
from service.sittings.actions import checking_in
from service.sittings.actions import tablets as actions
from service.sittings.rules.seats import RefusalReason, SeatState
from service.sittings.tables import Case, Scan
from tests.sittings.tablets import (
    BACK_AT,
    FAR,
    FIRST,
    MINUTE,
    SECOND,
    THIRD,
    another_sitting,
    do,
    enrol,
    entry,
    state,
    take,
)
from tests.world import CHECK_IN_AT, STARTS_AT, World

LAST_ENTRY = STARTS_AT + 30 * MINUTE


def scans(session: Session) -> list[Scan]:
    return list(session.exec(select(Scan).order_by(col(Scan.id))))


def cases(session: Session) -> list[tuple[str, int | None]]:
    return [(case.kind, case.seat_id) for case in session.exec(select(Case).order_by(col(Case.id)))]


def events(session: Session, seat_id: int) -> list[str]:
    return [entry.event for entry in journal.about(session, f"seat:{seat_id}")]


# --- online ---


def test_a_look_and_an_admission_online(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        enrol(session, world)
        look, admit = take(
            session,
            entry(session, world, FIRST, "look", text=world.codes[seat_id]),
            entry(session, world, FIRST, "admit", seat_id, text=world.codes[seat_id]),
            now=CHECK_IN_AT,
        )
        again = take(session, entry(session, world, SECOND, "look", text=world.tickets[seat_id]))[0]

        assert [(one.decision.code, one.state) for one in (look, admit)] == [("allowed", SeatState.ADMITTED)] * 2
        assert (again.decision.code, again.looked_at) == ("already_admitted", CHECK_IN_AT)
        assert again.place is not None and again.place.ticket_number == world.tickets[seat_id]
        assert (admit.tally.admitted, admit.tally.expected) == (1, 6)
        seat = queries.seat(session, seat_id)
        assert seat is not None
        assert (seat.admitted_at, seat.admitted_by) == (CHECK_IN_AT, world.actor(session, "proctor1").person_id)
        assert events(session, seat_id) == ["TICKET_SCANNED", "CANDIDATE_ADMITTED", "TICKET_SCANNED"]
        assert [(row.act, row.verdict, row.device) for row in scans(session)] == [
            ("look", "allowed", FIRST),
            ("admit", "allowed", FIRST),
            ("look", "already_admitted", SECOND),
        ]


def test_what_the_door_may_not_do_online_is_stored_and_changes_nothing(world: World) -> None:
    first, second = world.seats[:2]
    with database.writing() as session:
        enrol(session, world)
        done = [
            do(session, world, FIRST, "admit", first, now=LAST_ENTRY + MINUTE),
            do(session, world, FIRST, "admit", 999_999, now=CHECK_IN_AT),
            do(session, world, FIRST, "admit", first, text=world.codes[second], now=CHECK_IN_AT),
            do(session, world, FIRST, "refuse", first, reason=None, now=CHECK_IN_AT),
            do(session, world, FIRST, "undo", first, now=CHECK_IN_AT),
            do(session, world, FIRST, "look", text="nonsense", now=CHECK_IN_AT),
        ]

        verdicts = [
            "too_late",
            "seat_unknown",
            "ticket_other_seat",
            "refusal_reason_missing",
            "nothing_to_undo",
            "ticket_unreadable",
        ]
        assert done == [(verdict, "") for verdict in verdicts]
        assert [row.verdict for row in scans(session)] == verdicts
        assert state(session, first) is SeatState.EXPECTED
        entries = [json.loads(one.data) for one in session.exec(journal.entries(event="TICKET_SCANNED"))]
        assert [one["verdict"] for one in entries][::-1] == verdicts
        assert cases(session) == []


def test_a_reissued_ticket_is_void_from_its_successor_on(world: World) -> None:
    seat_id, code = world.seats[0], world.codes[world.seats[0]]
    with database.writing() as session:
        enrol(session, world)
        seat = queries.seat(session, seat_id)
        assert seat is not None
        seat.ticket_issue = 2
        session.add(seat)

        assert do(session, world, FIRST, "look", text=code, now=CHECK_IN_AT) == ("ticket_reissued", "")
        assert do(session, world, FIRST, "admit", text=code, now=CHECK_IN_AT) == ("ticket_reissued", "")
        late = do(session, world, FIRST, "admit", text=code, at=CHECK_IN_AT, now=BACK_AT)
        assert late == ("ticket_void", "ticket_void")
        assert do(session, world, FIRST, "refuse", text=code, now=BACK_AT) == ("allowed", "")


# --- offline: order, time ---


def test_acts_of_an_offline_hour_are_taken_in_their_order_for_when_they_happened(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        enrol(session, world)
        acts = ["look", "refuse", "admit", "undo", "admit"]
        outcomes = take(
            session,
            *(
                entry(session, world, FIRST, act, seat_id, at=CHECK_IN_AT + place * MINUTE, sent_at=BACK_AT)
                for place, act in enumerate(acts)
            ),
        )

        assert [one.decision.code for one in outcomes] == ["allowed"] * 5
        seat = queries.seat(session, seat_id)
        assert seat is not None
        assert (seat.admitted_at, seat.refused_at) == (CHECK_IN_AT + 4 * MINUTE, None)
        assert events(session, seat_id) == [
            "TICKET_SCANNED",
            "CANDIDATE_REFUSED",
            "CANDIDATE_ADMITTED",
            "CHECK_IN_UNDONE",
            "CANDIDATE_ADMITTED",
        ]
        admitted = json.loads(journal.about(session, f"seat:{seat_id}")[-1].data)
        assert admitted == {
            "sitting": world.sitting_id,
            "late_minutes": 0,
            "device": FIRST,
            "happened": (CHECK_IN_AT + 4 * MINUTE).isoformat(),
            "said": (CHECK_IN_AT + 4 * MINUTE).isoformat(),
            "sent": BACK_AT.isoformat(),
            "learnt": BACK_AT.isoformat(),
        }


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        pytest.param(CHECK_IN_AT, CHECK_IN_AT, id="possible"),
        pytest.param(BACK_AT + MINUTE, BACK_AT, id="in the future"),
        pytest.param(STARTS_AT - timedelta(days=400), STARTS_AT - timedelta(hours=1), id="long before check-in"),
    ],
)
def test_a_clock_that_cannot_be_right_is_put_right_and_what_it_said_is_kept(
    world: World, said: datetime, believed: datetime
) -> None:
    with database.writing() as session:
        enrol(session, world)
        assert do(session, world, FIRST, "admit", world.seats[0], at=said, now=BACK_AT) == ("allowed", "")

        (row,) = scans(session)
        assert (row.at, row.learnt_at, row.said_at) == (believed, BACK_AT, None if said == believed else said)
        seat = queries.seat(session, world.seats[0])
        assert seat is not None and seat.admitted_at == believed


def test_an_admission_before_the_last_entry_counts_though_it_is_told_after(world: World) -> None:
    first, second = world.seats[:2]
    now = LAST_ENTRY + 20 * MINUTE
    with database.writing() as session:
        enrol(session, world)

        assert do(session, world, FIRST, "admit", first, at=LAST_ENTRY, now=now) == ("allowed", "")
        assert do(session, world, FIRST, "admit", second, at=LAST_ENTRY + MINUTE, now=now) == ("too_late", "too_late")
        assert [state(session, seat_id, now) for seat_id in (first, second)] == [
            SeatState.ADMITTED,
            SeatState.EXPECTED,
        ]
        assert cases(session) == [("too_late", second)]


# --- two tablets ---


def test_one_person_admitted_on_two_tablets_is_in_once_and_is_a_case(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        enrol(session, world)
        mine = do(session, world, FIRST, "admit", seat_id, at=CHECK_IN_AT + MINUTE, now=BACK_AT)
        theirs = do(session, world, SECOND, "admit", seat_id, at=CHECK_IN_AT, now=BACK_AT)

        assert (mine, theirs) == (("allowed", ""), ("admitted_twice", "admitted_twice"))
        seat = queries.seat(session, seat_id)
        assert seat is not None and seat.admitted_at == CHECK_IN_AT + MINUTE
        assert cases(session) == [("admitted_twice", seat_id)]
        assert events(session, seat_id) == ["CANDIDATE_ADMITTED", "CASE_OPENED"]
        opened = json.loads(journal.about(session, f"seat:{seat_id}")[-1].data)
        assert (opened["kind"], opened["act"], opened["happened"], opened["learnt"]) == (
            "admitted_twice",
            "admit",
            CHECK_IN_AT.isoformat(),
            BACK_AT.isoformat(),
        )


def test_two_tablets_of_one_proctor_are_two_tablets(world: World) -> None:
    with database.writing() as session:
        enrol(session, world)
        do(session, world, FIRST, "admit", world.seats[0], at=CHECK_IN_AT, now=BACK_AT)
        second = do(session, world, THIRD, "admit", world.seats[0], at=CHECK_IN_AT, now=BACK_AT)

        assert second == ("admitted_twice", "admitted_twice")


def test_an_admission_online_and_a_refusal_elsewhere_while_offline(world: World) -> None:
    first, second = world.seats[:2]
    with database.writing() as session:
        enrol(session, world)
        for seat_id in (first, second):
            do(session, world, SECOND, "admit", seat_id, now=CHECK_IN_AT + 5 * MINUTE)

        after = do(session, world, FIRST, "refuse", first, at=CHECK_IN_AT + 6 * MINUTE, now=BACK_AT)
        before = do(session, world, FIRST, "refuse", second, at=CHECK_IN_AT + 4 * MINUTE, now=BACK_AT)

        assert (after[1], before[1]) == ("refused_after_admission", "admitted_after_refusal")
        assert [state(session, seat_id) for seat_id in (first, second)] == [SeatState.ADMITTED] * 2
        assert {row.reason for row in scans(session) if row.act == "refuse"} == {"no_document"}


def test_acts_of_both_tablets_in_one_group_are_judged_against_each_other(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        enrol(session, world)
        outcomes = take(
            session,
            entry(session, world, SECOND, "refuse", seat_id),
            entry(session, world, FIRST, "admit", seat_id, at=CHECK_IN_AT),
        )

        assert [one.decision.code for one in outcomes] == ["allowed", "refused_after_admission"]
        assert state(session, seat_id) is SeatState.REFUSED


# --- nonces ---


def test_a_repeated_nonce_is_answered_again_and_is_one_act(world: World) -> None:
    first, second = world.seats[:2]
    with database.writing() as session:
        enrol(session, world)
        acts = [
            entry(session, world, FIRST, "admit", first, at=CHECK_IN_AT),
            entry(session, world, SECOND, "admit", first, at=CHECK_IN_AT),
            entry(session, world, FIRST, "look", text="nonsense"),
            entry(session, world, FIRST, "refuse", second, at=CHECK_IN_AT),
        ]
        told = [(one.decision.code, one.decision.reason, one.case) for one in take(session, *acts)]
        state_before, entries = state(session, first), len(list(session.exec(journal.entries())))
        # In the same group, in a later one, and after the seat has gone on.
        once_more = [(one.decision.code, one.decision.reason, one.case) for one in take(session, *acts, *acts)]
        do(session, world, FIRST, "undo", first, now=BACK_AT)
        later = [(one.decision.code, one.decision.reason, one.case) for one in take(session, *acts)]

        assert [code for code, _, _ in told] == ["allowed", "admitted_twice", "ticket_unreadable", "allowed"]
        assert (once_more, later) == (told * 2, told)
        assert len(scans(session)) == 5
        assert len(cases(session)) == 1
        assert len(list(session.exec(journal.entries()))) == entries + 1
        assert (state_before, state(session, first)) == (SeatState.ADMITTED, SeatState.EXPECTED)


def test_acts_of_two_sittings_in_one_group_keep_apart(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        other = another_sitting(session, world)
        enrol(session, world)
        actions.enrol(session, world.actor(session, "proctor_elsewhere"), FAR, "", now=CHECK_IN_AT)
        there = {"sitting_id": other.sitting_id, "by": world.actor(session, "proctor_elsewhere")}

        outcomes = take(
            session,
            entry(session, world, FIRST, "admit", seat_id, nonce="same-nonce"),
            entry(session, world, FAR, "admit", other.seats[0], nonce="same-nonce", **there),
            entry(session, world, FAR, "look", text=world.codes[seat_id], **there),
            entry(session, world, FAR, "admit", seat_id, at=CHECK_IN_AT, **there),
            entry(session, world, FAR, "refuse", seat_id, at=CHECK_IN_AT, **there),
            entry(session, world, FAR, "undo", seat_id, at=CHECK_IN_AT, **there),
        )

        assert [(one.decision.code, one.tally.admitted, one.tally.expected) for one in outcomes] == [
            ("allowed", 1, 6),
            ("allowed", 1, len(other.seats)),
            ("ticket_other_sitting", 1, len(other.seats)),
            *[("unknown_seat", 1, len(other.seats))] * 3,
        ]
        assert cases(session) == [("unknown_seat", None)] * 3, "whatever was done to a stranger, a person looks at it"


# --- undoing ---


def test_an_undo_brings_back_what_stood_before_with_its_reason(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        enrol(session, world)
        do(session, world, FIRST, "refuse", seat_id, reason=RefusalReason.IMPERSONATION, now=CHECK_IN_AT)
        do(session, world, SECOND, "admit", seat_id, now=CHECK_IN_AT + MINUTE)
        states = [state(session, seat_id)]
        for _ in range(2):
            assert do(session, world, FIRST, "undo", seat_id, now=BACK_AT) == ("allowed", "")
            seat = queries.seat(session, seat_id)
            assert seat is not None
            states.append(state(session, seat_id))
            if seat.refused_at is not None:
                assert (seat.refused_at, seat.refusal) == (CHECK_IN_AT, "impersonation")

        assert states == [SeatState.ADMITTED, SeatState.REFUSED, SeatState.EXPECTED]
        assert do(session, world, FIRST, "undo", seat_id, now=BACK_AT) == ("nothing_to_undo", "")
        undone = [
            json.loads(one.data)["undone"] for one in journal.about(session, f"seat:{seat_id}") if "UNDONE" in one.event
        ]
        assert undone == ["admit", "refuse"]


def test_nothing_is_undone_once_the_candidate_works(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        enrol(session, world)
        do(session, world, FIRST, "admit", seat_id, now=CHECK_IN_AT)
        seat = queries.seat(session, seat_id)
        assert seat is not None
        seat.started_at = STARTS_AT
        session.add(seat)
        now = STARTS_AT + MINUTE

        assert do(session, world, FIRST, "undo", seat_id, now=now) == ("already_working", "")
        late = do(session, world, FIRST, "undo", seat_id, at=CHECK_IN_AT + MINUTE, now=now)
        assert late == ("already_over", "already_over")
        assert state(session, seat_id, now) is SeatState.WORKING


def test_what_was_admitted_on_a_page_without_a_roster_is_undone_like_the_rest(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        enrol(session, world)
        checking_in.admit(session, world.actor(session, "proctor2"), seat_id, now=CHECK_IN_AT)

        elsewhere = do(session, world, FIRST, "admit", seat_id, at=CHECK_IN_AT, now=BACK_AT)
        assert elsewhere == ("admitted_twice", "admitted_twice")
        assert do(session, world, FIRST, "undo", seat_id, now=BACK_AT) == ("allowed", "")
        assert state(session, seat_id) is SeatState.EXPECTED
