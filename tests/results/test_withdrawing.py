"""Withdrawing an item by two: everybody is marked again, both marks stay readable, and undoing restores everything."""

import json
import random
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from service.journal import queries as journal
from service.kernel import database, errors
from service.papers.rules.states import Form
from service.results import queries
from service.results.actions import publishing, voiding, withdrawing
from service.results.actions.voiding import Draft as VoidingDraft
from service.results.queries import editions
from service.results.rules import Scored, Standing
from service.results.rules import withdrawing as rules
from service.results.rules.counting import PEOPLE_AXES, Axis
from service.results.rules.withdrawing import ItemStanding
from service.results.tables import ItemRuling, Result, SheetMarks
from service.sittings.actions import minding
from service.sittings.rules.room import IncidentKind
from tests import world as worlds
from tests.conftest import Browser, Staged
from tests.results.exams import Fate, answers_losing, derived, keys_of, publish, sit, tallied, write
from tests.world import AFTER, WORKING_AT, World

OUT, BACK = ItemStanding.WITHDRAWN, ItemStanding.RESTORED


@dataclass(frozen=True)
class Exam:
    """An exam that four passed and one failed by two points; ``lost`` are the positions that the last one left out."""

    world: World
    failed: int
    lost: list[int]
    points: dict[int, int]

    @property
    def enough(self) -> list[int]:
        """Positions that the one who failed lost, worth two points or more together."""
        found: list[int] = []
        for position in self.lost:
            if sum(self.points[one] for one in found) < 2:
                found.append(position)
        return found


@pytest.fixture
def exam(staged: Staged) -> Exam:
    return staged(signed, AFTER)


def signed(session: Session, world: World) -> Exam:
    fates = dict(zip(world.seats, [Fate.FAILED, *[Fate.PASSED] * 4, Fate.ABSENT], strict=True))
    sit(session, world, fates, ("proctor1", "proctor2"))
    worlds.sign_record(session, world)
    keys = keys_of(session, world.sitting_id)
    lost = sorted(keys.keys() - answers_losing(session, world.sitting_id, 22).keys())
    return Exam(world, world.seats[0], lost, {at: points for at, (_, points) in keys.items()})


def propose(
    session: Session,
    exam: Exam,
    position: int,
    wanted: ItemStanding = OUT,
    by: str = "confirmer",
    letter: Form = Form.A,
) -> int:
    draft = withdrawing.Draft(letter, position, wanted, "题干与条文不一致")
    actor = exam.world.actor(session, by)
    return withdrawing.propose(session, actor, exam.world.class_id, draft, now=AFTER).id or 0


def decide(session: Session, exam: Exam, ruling_id: int, *, uphold: bool = True, by: str = "publisher") -> ItemRuling:
    actor = exam.world.actor(session, by)
    return withdrawing.decide(session, actor, ruling_id, uphold=uphold, note="同意", now=AFTER)


def withdraw(session: Session, exam: Exam, positions: list[int], wanted: ItemStanding = OUT) -> ItemRuling:
    return [decide(session, exam, propose(session, exam, position, wanted)) for position in positions][-1]


def result(session: Session, seat_id: int) -> tuple[str, int, str, int]:
    found = queries.result_of_seat(session, seat_id)
    assert found is not None
    return found.verdict, found.points, found.state, found.version


# --- the rule ---


@pytest.mark.parametrize(
    ("anew", "granted", "withdrawn", "points"),
    [
        pytest.param([], [], [], {1: 0, 2: 2}, id="as first marked"),
        pytest.param([(1, Scored("A", 1, 0))], [], [], {1: 1, 2: 2}, id="a late answer"),
        pytest.param([], [{2: 1}, {2: 0}], [], {1: 0, 2: 0}, id="the later appeal counts"),
        pytest.param([(1, Scored("A", 1, 0))], [{1: 0}], [1], {1: 1, 2: 2}, id="withdrawn counts in full, last"),
        pytest.param([], [], [2, 9], {1: 0, 2: 2}, id="what was right stays right, and what was not asked is nothing"),
    ],
)
def test_what_counts(
    anew: list[tuple[int, Scored]], granted: list[dict[int, int]], withdrawn: list[int], points: dict[int, int]
) -> None:
    first = {1: Scored("B", 0, 1), 2: Scored("AB", 2, 2)}

    counted = rules.counted(first, anew, granted, withdrawn)

    assert {at: one.points for at, one in counted.items()} == points
    assert first == {1: Scored("B", 0, 1), 2: Scored("AB", 2, 2)}


# --- before publication ---


def test_before_publication_the_results_change_and_wait_for_a_new_confirmation(exam: Exam) -> None:
    gained = sum(exam.points[one] for one in exam.enough)
    with database.writing() as session:
        confirmer = exam.world.actor(session, "confirmer")
        publishing.confirm_results(session, confirmer, exam.world.class_id, now=AFTER)
        assert result(session, exam.failed) == ("failed", 78, "confirmed", 1)

        withdraw(session, exam, exam.enough)

        assert result(session, exam.failed) == ("passed", 78 + gained, "marked", 1)
        assert editions.of_class(session, exam.world.class_id) == []
        withdraw(session, exam, exam.enough, BACK)
        assert result(session, exam.failed) == ("failed", 78, "marked", 1)


def test_whoever_hands_in_after_the_withdrawal_has_the_points_of_the_item_too(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        keys, sheet = keys_of(session, world.sitting_id), answers_losing(session, world.sitting_id, 22)
        lost = sorted(keys.keys() - sheet.keys())[:2]
        for seat_id in world.seats[:2]:
            write(session, world, seat_id, sheet, WORKING_AT)
        worlds.hand_in(session, world.seats[0], now=WORKING_AT)
        exam = Exam(world, world.seats[0], lost, {at: points for at, (_, points) in keys.items()})
        withdraw(session, exam, lost)

        worlds.hand_in(session, world.seats[1], now=WORKING_AT)

        assert result(session, world.seats[1]) == result(session, world.seats[0])
        assert result(session, world.seats[1])[1] == 78 + sum(keys[at][1] for at in lost)
        withdraw(session, exam, lost, BACK)
        assert result(session, world.seats[1]) == ("failed", 78, "marked", 1)


# --- after publication ---


def test_after_publication_it_is_a_new_version_and_all_that_rests_on_it_follows(exam: Exam) -> None:
    gained = sum(exam.points[one] for one in exam.enough)
    with database.writing() as session:
        publish(session, exam.world, AFTER)
        before = derived(session, exam.world)
        assert (tallied(session)["passed"], tallied(session)["present"]) == (4, 5)

        ruling = withdraw(session, exam, exam.enough)

        assert result(session, exam.failed) == ("passed", 78 + gained, "published", 1 + len(exam.enough))
        assert (ruling.sat, ruling.passed_before, ruling.passed_after) == (5, 4, 5)
        assert (ruling.points_after or 0) > (ruling.points_before or 0)
        assert (tallied(session)["passed"], tallied(session)["present"]) == (5, 5)
        now = derived(session, exam.world)
        assert len(now["credits"]) == len(before["credits"]) + 1  # type: ignore[arg-type]
        withdraw(session, exam, exam.enough, BACK)
        after = derived(session, exam.world)
        assert after == before


def test_every_marking_stays_readable(exam: Exam) -> None:
    position = exam.lost[0]
    with database.writing() as session:
        publish(session, exam.world, AFTER)
        withdraw(session, exam, [position])

        versions = session.exec(select(Result).where(Result.seat_id == exam.failed).order_by(Result.version)).all()
        kept = {one.version: json.loads(session.get_one(SheetMarks, one.id).entries) for one in versions}

    places = [row[0] for row in kept[1]]
    assert [row for row in kept[1] if row not in kept[2]] == [[position, "", 0, exam.points[position]]]
    assert [row for row in kept[2] if row not in kept[1]] == [
        [position, "", exam.points[position], exam.points[position]]
    ]
    assert [row[0] for row in kept[2]] == places


def test_each_correction_is_an_edition_with_its_people_and_its_digest(exam: Exam) -> None:
    with database.writing() as session:
        publish(session, exam.world, AFTER)
        withdraw(session, exam, exam.lost[:1])
        withdraw(session, exam, exam.lost[:1], BACK)

        found = editions.of_class(session, exam.world.class_id)
        told = [
            json.loads(one.data)
            for one in journal.about(session, f"class:{exam.world.class_id}")
            if one.event == "EDITION_PUBLISHED"
        ]

    assert [(one.number, one.cause, one.reason) for one in found] == [
        (1, "published", ""),
        (2, "withdrawal", "题干与条文不一致"),
        (3, "withdrawal", "题干与条文不一致"),
    ]
    assert len({one.digest for one in found}) == 3
    assert [(one["edition"], one["digest"]) for one in told] == [(one.number, one.digest) for one in found]


def test_whatever_is_decided_and_taken_back_leaves_every_number_as_it_was(exam: Exam) -> None:
    """A random walk of withdrawals and voidings; counts add up over every axis at each step."""
    chance = random.Random(20261126)
    with database.writing() as session:
        seat_ids = exam.world.seats[:5]
        incident = (
            minding.report_incident(
                session,
                exam.world.actor(session, "proctor1"),
                exam.world.sitting_id,
                None,
                IncidentKind.PHONE,
                "手机",
                now=WORKING_AT,
            ).id
            or 0
        )
        worlds.sign_record(session, exam.world)
        publish(session, exam.world, AFTER)
        before, out, void = derived(session, exam.world), set[int](), set[int]()

        def turn_item(position: int) -> None:
            withdraw(session, exam, [position], BACK if position in out else OUT)
            out.symmetric_difference_update({position})

        def turn_result(seat_id: int) -> None:
            wanted = Standing.VALID if seat_id in void else Standing.VOID
            draft = VoidingDraft(wanted, IncidentKind.PHONE, "理由", incident)
            actor = exam.world.actor(session, "confirmer")
            made = voiding.propose(session, actor, seat_id, draft, now=AFTER)
            voiding.decide(
                session, exam.world.actor(session, "publisher"), made.id or 0, uphold=True, note="同意", now=AFTER
            )
            void.symmetric_difference_update({seat_id})

        for _ in range(12):
            if chance.random() < 0.5:
                turn_item(chance.choice(exam.lost))
            else:
                turn_result(chance.choice(seat_ids))
            points = [row.points for row in queries.results_of_class(session, exam.world.class_id)]
            assert all(0 <= one <= 100 for one in points)
            by_axis = [tallied(session, axis) for axis in PEOPLE_AXES if axis is not Axis.LECTURER]
            assert all(one == by_axis[0] for one in by_axis)
            assert by_axis[0]["void"] == len(void)
        assert derived(session, exam.world) != before
        for position in sorted(out):
            turn_item(position)
        for seat_id in sorted(void):
            turn_result(seat_id)

        assert derived(session, exam.world) == before


# --- who, and when ---


@pytest.mark.parametrize("who", [None, "institution", "enterprise", "supervisor", "auditor", "planner", "proctor1"])
def test_strangers_neither_see_nor_propose_nor_decide(exam: Exam, browser: Browser, who: str | None) -> None:
    with database.writing() as session:
        ruling_id = propose(session, exam, exam.lost[0])
    client = browser.of(who) if who else browser.stranger()
    path = f"/api/v1/results/classes/{exam.world.class_id}/withdrawals"
    body = {"letter": "A", "position": 2, "wanted": "withdrawn", "reason": "理由"}

    told = [
        client.get(path).status_code,
        client.post(path, json=body).status_code,
        client.post(
            f"/api/v1/results/withdrawals/{ruling_id}/decision", json={"uphold": True, "note": "是的"}
        ).status_code,
    ]

    assert told == [403 if who else 401] * 3


def test_two_people_and_one_proposal_at_a_time(exam: Exam) -> None:
    position = exam.lost[0]
    with database.writing() as session:
        for place, letter, code in ((9999, Form.A, "item_not_asked"), (position, Form.B, "nobody_sat")):
            with pytest.raises(errors.ServiceError) as refused:
                propose(session, exam, place, letter=letter)
            assert refused.value.code == code
        with pytest.raises(errors.WrongState, match=r"^item_already:"):
            propose(session, exam, position, BACK)
        ruling_id = propose(session, exam, position)
        with pytest.raises(errors.WrongState, match=r"^item_proposed:"):
            propose(session, exam, position)
        with pytest.raises(errors.RightMissing):
            decide(session, exam, ruling_id, by="confirmer")
        assert decide(session, exam, ruling_id, uphold=False).points_after == decide_sum(session, exam)
        with pytest.raises(errors.WrongState, match=r"^void_decided:"):
            decide(session, exam, ruling_id)
        with pytest.raises(errors.NotFound):
            decide(session, exam, 9999)


def decide_sum(session: Session, exam: Exam) -> int:
    return sum(row.points for row in queries.results_of_class(session, exam.world.class_id))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE results_item_ruling SET state = 'upheld'", "ck_results_item_ruling"),
        ("UPDATE results_edition SET number = 7", "only ever added to"),
        ("DELETE FROM results_count", "only ever added to"),
        ("UPDATE results_participant SET county = ''", "only ever added to"),
        ("DELETE FROM results_part_count", "only ever added to"),
        ("UPDATE results_form_part SET subject = ''", "only ever added to"),
    ],
)
def test_the_database_too_refuses(exam: Exam, statement: str, said: str) -> None:
    with database.writing() as session:
        publish(session, exam.world, AFTER)
        propose(session, exam, exam.lost[0])

    with pytest.raises(IntegrityError) as refusal, database.writing() as session:
        session.execute(sa.text(statement))
    assert said in str(refusal.value.orig)


def test_over_http_the_figures_stand_beside_those_of_the_other_classes(exam: Exam, browser: Browser) -> None:
    with database.writing() as session:
        publish(session, exam.world, AFTER)
    confirmer, publisher = browser.of("confirmer"), browser.of("publisher")
    path = f"/api/v1/results/classes/{exam.world.class_id}/withdrawals"
    body = {"letter": "A", "position": exam.lost[0], "wanted": "withdrawn", "reason": "题干有误"}
    for wrong in ({"letter": "C"}, {"position": 0}, {"wanted": "gone"}, {"reason": ""}, {"reason": "a\0b"}):
        assert confirmer.post(path, json=body | wrong).status_code == 422
    made = confirmer.post(path, json=body)
    assert made.status_code == 201
    decision = f"/api/v1/results/withdrawals/{made.json()['ruling_id']}/decision"
    page = f"/results/classes/{exam.world.class_id}"
    assert decision in publisher.get(page).text and decision not in confirmer.get(page).text

    assert publisher.post(decision, json={"uphold": True, "note": "同意撤销"}).json() == {"state": "upheld"}

    shown = confirmer.get(path).json()
    (ruling,) = shown["rulings"]
    assert (ruling["sat"], ruling["proposed_by"], ruling["decided_by"]) == (5, "confirmer", "publisher")
    assert [(one["code"], one["sat"], one["points"]) for one in shown["alike"]] == [
        ("2024-TL-01", 5, ruling["points_after"])
    ]
    numbers = browser.of("institution").get(f"/api/v1/results/classes/{exam.world.class_id}/editions").json()
    assert [(one["number"], one["cause"]) for one in numbers] == [(1, "published"), (2, "withdrawal")]
