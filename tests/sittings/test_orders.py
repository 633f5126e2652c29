"""Each seat sees the paper in an order of its own, on whatever machine, and is marked by the paper's letters."""

from datetime import timedelta

from sqlmodel import Session

from service.kernel import database
from service.papers import queries as papers
from service.papers.actions import keys, opening
from service.papers.actions.opening import Question
from service.papers.rules.states import Form
from service.results import queries as results
from service.sittings.actions import asking, proctoring, starting
from service.sittings.actions.starting import Exam
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import STARTS_AT, WORKING_AT, World


def shape(questions: list[Question]) -> list[tuple[int, tuple[str, ...]]]:
    """What stands where: positions and letters in the order shown."""
    return [(one.position, tuple(one.options)) for one in questions]


def look(session: Session, seat_id: int) -> Exam:
    return starting.look(session, worlds.machine(session, seat_id), now=WORKING_AT)


def test_neighbours_see_items_and_options_in_orders_of_their_own_and_a_reload_changes_nothing(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        seen = {seat_id: list(worlds.start(session, seat_id).questions) for seat_id in world.seats}

        assert len({tuple(shape(questions)) for questions in seen.values()}) == len(world.seats)
        for seat_id, questions in seen.items():
            assert shape(list(look(session, seat_id).questions)) == shape(questions)
            assert any(list(one.options) != sorted(one.options) for one in questions if one.kind != "true_false")
            assert all(sorted(one.options) == list("ABCD")[: len(one.options)] for one in questions if one.options)


def test_another_machine_and_another_process_show_the_same_order(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        before = shape(list(worlds.start(session, seat_id).questions))
        first = worlds.machine(session, seat_id)
        proctoring.release_seat(session, world.actor(session, "proctor1"), seat_id, "换机", now=WORKING_AT)
        # What this process remembers of the opened form is gone with the process.
        asking._OPENED.clear()

        assert worlds.machine(session, seat_id, now=WORKING_AT) != first
        assert shape(list(look(session, seat_id).questions)) == before


def test_the_seed_of_the_orders_is_in_the_sealed_form_and_nowhere_before(world: World) -> None:
    with database.writing() as session:
        form_id = papers.forms(session, world.paper_id)[Form.A].id or 0
        worlds.begin_exam(session, world)
        shuffle = opening.read_whole(session, form_id).shuffle
        assert (len(shuffle.seed), shuffle.items, shuffle.options) == (32, True, True)
        assert [one.position for one in opening.read_opened(session, form_id)] == list(range(1, 51))


def test_whoever_presses_the_right_words_has_full_marks_wherever_they_stood(
    world: World, browser: Browser, clock: Clock
) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        form_id = papers.forms(session, world.paper_id)[Form.A].id or 0
        right = {at: one.key for at, one in keys.use_key(session, form_id, "system", "test", now=WORKING_AT).items()}
    clock.set(STARTS_AT + timedelta(minutes=1))
    seat_id = world.seats[1]
    candidate = browser.candidate(world, seat_id, world.trainees[1])
    questions = candidate.post("/api/v1/exam/start").json()["questions"]
    assert any(list(one["options"]) != sorted(one["options"]) for one in questions), "the reply keeps the order"

    for one in questions:
        key = right[one["position"]]
        # As the page does it: the boxes that are ticked, in the order shown, and then sorted.
        choice = "".join(sorted(letter for letter in one["options"] or "TF" if letter in key))
        saved = candidate.put(f"/api/v1/exam/answers/{one['position']}", json={"choice": choice, "seq": 1})
        assert saved.status_code == 200, saved.text

    assert candidate.post("/api/v1/exam/hand-in", json={}).status_code == 200
    with database.reading() as session:
        found = results.result_of_seat(session, seat_id)
        assert found is not None and found.points == 100
