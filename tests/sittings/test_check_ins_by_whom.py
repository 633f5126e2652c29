"""Who is heard at the door at all: of many who act at once, each only where and while they may."""

from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session, col, select

from service.access.actions import ending, entering
from service.access.rules.separation import TEACH
from service.access.tables import Deed
from service.kernel import database, errors, sealing
from service.sittings import queries
from service.sittings.actions import checking_in
from service.sittings.actions import tablets as actions
from service.sittings.queries import door
from service.sittings.rules.seats import SeatState
from service.sittings.tables import Case, Scan, Tablet
from tests import world as worlds
from tests.sittings.tablets import BACK_AT, FIRST, MINUTE, SECOND, THIRD, do, enrol, entry, state, take
from tests.world import CHECK_IN_AT, ENDS_AT, World


def scans(session: Session) -> list[Scan]:
    return list(session.exec(select(Scan).order_by(col(Scan.id))))


def cases(session: Session) -> list[tuple[str, int | None]]:
    return [(case.kind, case.seat_id) for case in session.exec(select(Case).order_by(col(Case.id)))]


def test_whoever_may_not_act_is_refused_and_their_neighbours_are_taken(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        enrol(session, world)
        token = entering.open_session(
            session,
            person_id=world.actor(session, "proctor2").person_id or 0,
            account_id=world.accounts["proctor2"],
            now=CHECK_IN_AT,
        )
        good = sealing.digest(token.encode())
        by = {name: world.actor(session, name) for name in ("proctor_elsewhere", "arranger", "institution")}
        entries = [
            entry(session, world, FIRST, "admit", seat_id, by="0" * 64),
            *(entry(session, world, FIRST, "admit", seat_id, by=actor) for actor in by.values()),
            entry(session, world, FIRST, "admit", seat_id, sitting_id=9999),
            entry(session, world, SECOND, "admit", seat_id, by=world.actor(session, "proctor1")),
            entry(session, world, "never-enrolled", "admit", seat_id, by=world.actor(session, "proctor1")),
            entry(session, world, SECOND, "admit", seat_id, by=good),
        ]

        outcomes = checking_in.take(session, entries, now=BACK_AT)

        refused = [one.code if isinstance(one, errors.ServiceError) else "" for one in outcomes]
        assert refused == [
            "not_signed_in",
            "not_found",
            "right_missing",
            "right_missing",
            "not_found",
            "tablet_of_another",
            "tablet_unknown",
            "",
        ]
        assert state(session, seat_id) is SeatState.ADMITTED
        assert [row.device for row in scans(session)] == [SECOND]


def test_a_session_that_has_ended_or_a_closed_account_acts_no_more(world: World) -> None:
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")
        tokens = [
            entering.open_session(
                session,
                person_id=proctor.person_id or 0,
                account_id=proctor.account_id,
                now=CHECK_IN_AT,
                ends_at=ends_at,
            )
            for ends_at in (BACK_AT + MINUTE, BACK_AT)
        ]
        digests = [sealing.digest(token.encode()) for token in tokens]

        found = entering.actors_of_tokens(session, [*digests, "f" * 64], now=BACK_AT)

        assert found == {digests[0]: proctor}
        one = entering.actor_of_token(session, tokens[0], now=BACK_AT)
        # Only routes ask when somebody last gave a password; at the lane nobody has to.
        assert replace(one, proven_at=None) == proctor
        ending.of_person(session, proctor.person_id or 0, apart_from="", now=BACK_AT)
        assert entering.actors_of_tokens(session, digests, now=BACK_AT) == {}


def test_who_taught_the_class_does_not_check_it_in(world: World) -> None:
    with database.writing() as session:
        enrol(session, world)
        proctor = world.actor(session, "proctor1")
        session.add(
            Deed(person_id=proctor.person_id or 0, duty=TEACH, subject=f"class:{world.class_id}", done_at=CHECK_IN_AT)
        )

        mine, theirs = checking_in.take(
            session,
            [
                entry(session, world, FIRST, "admit", world.seats[0]),
                entry(session, world, SECOND, "admit", world.seats[0]),
            ],
            now=BACK_AT,
        )

        assert isinstance(mine, errors.Refused) and mine.code == "works_for_institution"
        assert not isinstance(theirs, errors.ServiceError) and theirs.decision.allowed
        noted = session.exec(
            select(Deed.person_id).where(Deed.subject == f"class:{world.class_id}", Deed.duty == "proctor")
        )
        assert list(noted) == [world.actor(session, "proctor2").person_id]


def test_a_tablet_that_was_shut_out_is_told_nothing_and_its_acts_are_cases(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        enrol(session, world)
        tablet = session.exec(select(Tablet).where(Tablet.device == FIRST)).one()
        actions.revoke(session, world.actor(session, "arranger"), tablet.id or 0, "", now=CHECK_IN_AT)

        online, look, offline = take(
            session,
            entry(session, world, FIRST, "admit", seat_id),
            entry(session, world, FIRST, "look", text=world.codes[seat_id]),
            entry(session, world, FIRST, "admit", seat_id, at=CHECK_IN_AT - MINUTE),
        )

        assert [(one.decision.code, one.case, one.place) for one in (online, look)] == [
            ("tablet_revoked", None, None)
        ] * 2
        assert (offline.case, offline.place) == ("tablet_revoked", None)
        assert state(session, seat_id) is SeatState.EXPECTED
        assert cases(session) == [("tablet_revoked", seat_id)]
        # Their proctor goes on with the other one.
        assert do(session, world, THIRD, "admit", seat_id, now=BACK_AT) == ("allowed", "")


def test_a_cancelled_sitting_checks_nobody_in(world: World) -> None:
    with database.writing() as session:
        enrol(session, world)
        sitting = queries.sitting(session, world.sitting_id)
        assert sitting is not None
        sitting.cancelled_at, sitting.cancelled_by = CHECK_IN_AT, world.actor(session, "arranger").person_id
        session.add(sitting)

        for more in ({}, {"at": CHECK_IN_AT}):
            assert do(session, world, FIRST, "admit", world.seats[0], now=BACK_AT, **more) == ("sitting_cancelled", "")


def test_what_is_told_after_the_exam_is_a_case(world: World) -> None:
    with database.writing() as session:
        enrol(session, world)
        now = ENDS_AT + MINUTE

        late = do(session, world, FIRST, "admit", world.seats[0], at=CHECK_IN_AT, now=now)

        assert late == ("already_over", "already_over")
        assert state(session, world.seats[0], now) is SeatState.ABSENT


def test_a_tablets_last_sign_of_life_is_written_once_a_minute(world: World) -> None:
    with database.writing() as session:
        enrol(session, world)
        seen = []
        for now in (CHECK_IN_AT + MINUTE, CHECK_IN_AT + MINUTE + timedelta(seconds=1), CHECK_IN_AT + 2 * MINUTE):
            do(session, world, FIRST, "look", world.seats[0], now=now)
            seen.append(session.exec(select(Tablet.seen_at).where(Tablet.device == FIRST)).one())

        later = CHECK_IN_AT + MINUTE + timedelta(seconds=1)
        assert seen == [CHECK_IN_AT, later, later]


def test_the_world_begins_its_exam_through_the_same_door(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)

        assert door.tallies(session, [world.sitting_id])[world.sitting_id] == door.Tally(6, 6)
        assert {(row.act, row.verdict, row.device) for row in scans(session)} == {("admit", "allowed", "")}
