"""Who proctors what: the draw by its four wishes against every possible one, and its acceptance as it was shown."""

import itertools
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from service.access.actions import administering, using
from service.access.rules.policy import Duty
from service.access.rules.separation import TEACH
from service.journal import queries as journal
from service.kernel import database, errors
from service.kernel.decision import refuse
from service.papers.rules.states import Form
from service.sittings import queries
from service.sittings.actions import allotting, arranging, places
from service.sittings.actions.allotting import Allotment
from service.sittings.rules import allotting as rules
from service.sittings.rules import phases
from service.sittings.rules.allotting import Colleague, Draw, Post
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.world import COUNTIES, ENDS_AT, PREPARED_AT, STARTS_AT, World

HOME, AWAY = COUNTIES
BARRED = refuse("deeds_exclude", "有关联")


def post(sitting_id: int, *, hours: float = 0, needed: int = 2, county: str = HOME) -> Post:
    return Post(sitting_id, county, phases.planned(STARTS_AT + timedelta(hours=hours), 90, 30), needed)


def person(person_id: int, *, load: int = 0, county: str = HOME, barred: tuple[int, ...] = ()) -> Colleague:
    return Colleague(person_id, county, load, dict.fromkeys(barred, BARRED))


# --- the draw ---


@pytest.mark.parametrize(
    ("posts", "people", "chosen"),
    [
        pytest.param([post(1)], [person(1), person(2)], {1: (1, 2)}, id="the only two"),
        pytest.param(
            [post(1)],
            [person(1, load=9), person(2, load=9), person(3, county=AWAY)],
            {1: (1, 2)},
            id="the own county comes before an even load",
        ),
        pytest.param(
            [post(1)], [person(1, load=3), person(2, load=1), person(3, load=2)], {1: (2, 3)}, id="the least loaded"
        ),
        pytest.param(
            [post(1)], [person(1), person(2, barred=(1,)), person(3, county=AWAY)], {1: (1, 3)}, id="never an excluded"
        ),
        pytest.param([post(1)], [person(1), person(2, barred=(1,))], {1: (1,)}, id="rather a gap than an excluded"),
        pytest.param([post(1, needed=0)], [person(1)], {1: ()}, id="nobody is needed"),
        pytest.param([post(1)], [], {1: ()}, id="nobody is there"),
        pytest.param(
            # The obvious pair for the first sitting would leave the second one empty.
            [post(1, needed=1), post(2, needed=1)],
            [person(1), person(2, load=5, barred=(2,))],
            {1: (2,), 2: (1,)},
            id="thinks of the other sitting at the same time",
        ),
        pytest.param(
            [post(1, needed=1), post(2, hours=2.5, needed=1)],
            [person(1)],
            {1: (1,), 2: (1,)},
            id="one after the other, check-in included",
        ),
        pytest.param(
            [post(1, needed=1), post(2, hours=2.49, needed=1)],
            [person(1, barred=(1,))],
            {1: (), 2: (1,)},
            id="not while the other one still runs",
        ),
        pytest.param(
            [post(1, needed=1), post(2, hours=3, needed=1), post(3, hours=6, needed=1)],
            [person(1), person(2, barred=(1, 2)), person(3, load=9)],
            {1: (1,), 2: (1,), 3: (2,)},
            id="two turns for who is fresh, a third one for the next",
        ),
        pytest.param(
            [post(1, needed=1), post(2, hours=3, needed=1)],
            [person(1, barred=(2,)), person(2)],
            {1: (1,), 2: (2,)},
            id="one each rather than two for one",
        ),
    ],
)
def test_the_wishes_in_their_order(
    posts: list[Post], people: list[Colleague], chosen: dict[int, tuple[int, ...]]
) -> None:
    for seed in range(5):
        drawn = rules.draw(posts, people, seed)

        assert drawn.chosen == chosen
        assert drawn.lacking == {one.sitting_id: one.needed - len(chosen[one.sitting_id]) for one in posts}


def wishes(drawn: Draw, posts: list[Post], people: list[Colleague]) -> tuple[int, int, int]:
    """What the first three wishes cost: empty places, strangers to the county, turns by load."""
    by_id = {one.person_id: one for one in people}
    turns = [one for chosen in drawn.chosen.values() for one in chosen]
    strangers = sum(by_id[one].county != at.county for at in posts for one in drawn.chosen[at.sitting_id])
    loads = sum(by_id[one].load + turn for one in set(turns) for turn in range(turns.count(one)))
    return sum(drawn.lacking.values()), strangers, loads


def possible(posts: list[Post], people: list[Colleague]) -> list[Draw]:
    """Every allotment that breaks no exclusion and puts nobody in two places."""
    choices = []
    for at in posts:
        free = [one.person_id for one in people if at.sitting_id not in one.barred]
        choices.append([chosen for size in range(at.needed + 1) for chosen in itertools.combinations(free, size)])
    found = []
    for combination in itertools.product(*choices):
        clash = any(
            set(first) & set(second)
            for (one, first), (other, second) in itertools.combinations(zip(posts, combination, strict=True), 2)
            if phases.overlap(one.at, other.at)
        )
        if not clash:
            chosen = {at.sitting_id: people_there for at, people_there in zip(posts, combination, strict=True)}
            lacking = {at.sitting_id: at.needed - len(chosen[at.sitting_id]) for at in posts}
            found.append(Draw(0, chosen, lacking))
    return found


@given(data=st.data(), seed=st.integers(0, rules.SEEDS - 1))
def test_no_possible_allotment_is_better_than_the_drawn_one(data: st.DataObject, seed: int) -> None:
    sittings = range(1, data.draw(st.integers(1, 3)) + 1)
    posts = [
        post(one, hours=data.draw(st.sampled_from((0, 1, 3))), county=data.draw(st.sampled_from(COUNTIES)))
        for one in sittings
    ]
    people = [
        person(
            one,
            load=data.draw(st.integers(0, 3)),
            county=data.draw(st.sampled_from(COUNTIES)),
            barred=tuple(data.draw(st.sets(st.sampled_from(list(sittings)), max_size=1))),
        )
        for one in range(1, data.draw(st.integers(1, 4)) + 1)
    ]

    drawn = rules.draw(posts, people, seed)

    every = possible(posts, people)
    assert (drawn.chosen, drawn.lacking) in [(one.chosen, one.lacking) for one in every]
    assert wishes(drawn, posts, people) == min(wishes(one, posts, people) for one in every)
    assert rules.draw(posts[::-1], people[::-1], seed) == drawn, "the order of asking changes nothing"


def test_the_seed_decides_among_equals_and_draws_the_same_again() -> None:
    posts, people = [post(1)], [person(one) for one in range(1, 7)]

    drawn = {seed: rules.draw(posts, people, seed).chosen[1] for seed in range(40)}

    assert drawn == {seed: rules.draw(posts, people, seed).chosen[1] for seed in range(40)}
    assert len(set(drawn.values())) > 5, "different seeds, different pairs"
    assert {one for pair in drawn.values() for one in pair} == set(range(1, 7)), "and everybody's turn comes"


# --- the proposal ---


def another(session: Session, world: World, code: str = "2024-TL-02", number: int = 120) -> tuple[World, int]:
    """A second class and its sitting at the same time in the same county, still without proctors."""
    other = open_class(session, world, Wanted(code, first_number=number))
    worlds.seal_paper(session, other)
    arranger = world.actor(session, "arranger")
    (room,) = places.add_exam_point(session, arranger, f"{code}考试点", HOME, "", {"一号": 30}, now=PREPARED_AT)
    sitting = arranging.plan_sitting(
        session,
        arranger,
        class_id=other.class_id,
        room_id=room.id or 0,
        starts_at=STARTS_AT,
        late_minutes=30,
        letter=Form.A,
        now=PREPARED_AT,
    )
    return other, sitting.id or 0


def propose(session: Session, world: World, *sittings: int, seed: int = 7, by: str = "arranger") -> Allotment:
    return allotting.propose(session, world.actor(session, by), sittings, seed, now=PREPARED_AT)


def accept(session: Session, world: World, shown: Allotment, *sittings: int) -> int:
    arranger = world.actor(session, "arranger")
    return allotting.accept(session, arranger, sittings, shown.seed, shown.digest, now=PREPARED_AT)


def grant(session: Session, world: World, *usernames: str) -> None:
    for username in usernames:
        guardian = world.actor(session, "security")
        administering.grant_duty(session, guardian, world.accounts[username], Duty.PROCTOR, now=PREPARED_AT)


def test_everybody_with_the_duty_is_chosen_spare_or_excluded_with_the_reason(world: World) -> None:
    with database.writing() as session:
        other, sitting_id = another(session, world)
        grant(session, world, "author", "assembler", "reviewer", "confirmer")
        teacher = world.actor(session, "reviewer").person_id or 0
        using.note_deed(session, teacher, TEACH, f"class:{other.class_id}", now=PREPARED_AT)

        (one,) = propose(session, world, sitting_id).sittings

        assert (one.needed, one.lacking, one.assigned) == (2, 0, ())
        found = {holder.person.name: decision.code for holder, decision in one.excluded}
        assert found == {
            "assembler": "deeds_exclude",
            "reviewer": "works_for_institution",
            "proctor1": "proctor_busy",
            "proctor2": "proctor_busy",
        }
        named = {holder.person.name for holder in (*one.chosen, *one.spare)}
        assert named == {"author", "confirmer", "proctor_elsewhere"}
        # The own county has nobody left, so that any two of the others may be drawn.
        assert len(one.chosen) == 2


def test_who_is_there_already_counts_and_is_not_drawn_again(world: World) -> None:
    with database.writing() as session:
        (full,) = propose(session, world, world.sitting_id).sittings
        assert (full.needed, full.lacking, full.chosen) == (2, 0, ())
        assert [person.name for person in full.assigned] == ["proctor1", "proctor2"]

        proctor = world.actor(session, "proctor2").person_id or 0
        arranging.remove_proctor(
            session, world.actor(session, "arranger"), world.sitting_id, proctor, "生病", now=PREPARED_AT
        )
        (half,) = propose(session, world, world.sitting_id).sittings
        assert [holder.person.name for holder in half.chosen] == ["proctor2"], "the own county first"
        assert [person.name for person in half.assigned] == ["proctor1"]


def test_what_is_accepted_is_what_was_shown_and_the_record_can_draw_it_again(world: World) -> None:
    with database.writing() as session:
        _, sitting_id = another(session, world)
        grant(session, world, "author", "confirmer")
        shown = propose(session, world, sitting_id, seed=11)
        chosen = {holder.person.id for holder in shown.sittings[0].chosen}

        assert accept(session, world, shown, sitting_id) == 2

        assert queries.proctors(session, sitting_id) == chosen
        entries = [json.loads(entry.data) for entry in journal.about(session, f"sitting:{sitting_id}")[1:]]
        assert [(one["seed"], one["draw"]) for one in entries] == [(11, shown.digest)] * 2
        with pytest.raises(errors.WrongState, match=r"^allotment_changed:"):
            accept(session, world, shown, sitting_id)
        empty = propose(session, world, sitting_id, seed=11)
        with pytest.raises(errors.WrongState, match=r"^nobody_to_allot:"):
            accept(session, world, empty, sitting_id)


def test_a_proposal_that_is_out_of_date_assigns_nobody(world: World) -> None:
    with database.writing() as session:
        _, sitting_id = another(session, world)
        grant(session, world, "author", "confirmer")
        shown = propose(session, world, sitting_id)
        account = shown.sittings[0].chosen[0].account
        administering.revoke_duty(session, worlds.security(session), account.id or 0, Duty.PROCTOR, now=PREPARED_AT)

        with pytest.raises(errors.WrongState, match=r"^allotment_changed:"):
            accept(session, world, shown, sitting_id)

        assert queries.proctors(session, sitting_id) == frozenset()


def test_a_whole_day_is_drawn_at_once(world: World) -> None:
    with database.writing() as session:
        _, second = another(session, world)
        _, third = another(session, world, "2024-TL-03", 140)
        grant(session, world, "author", "confirmer")
        now = PREPARED_AT

        assert allotting.open_on(session, STARTS_AT.date(), now=now) == [second, third]
        assert allotting.open_on(session, STARTS_AT.date() + timedelta(days=1), now=now) == []
        assert allotting.open_on(session, STARTS_AT.date(), now=ENDS_AT) == [], "over"
        shown = propose(session, world, second, third)
        drawn = [holder.person.id for one in shown.sittings for holder in one.chosen]
        assert len(drawn) == len(set(drawn)) == 3, "at one time each at one place"
        assert sum(one.lacking for one in shown.sittings) == 1
        assert accept(session, world, shown, second, third) == 3


def test_only_the_arranger_draws(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    with database.writing() as session:
        _, sitting_id = another(session, world)
        for username in ("planner", "proctor1", "institution", "administrator", "assembler"):
            with pytest.raises(errors.RightMissing):
                propose(session, world, sitting_id, by=username)
        with pytest.raises(errors.NotFound):
            propose(session, world, 9999)

    api, arranger = "/api/v1/sittings/allotment", browser.of("arranger")
    assert browser.of("proctor1").get(api, params={"day": "2026-11-20"}).status_code == 403
    shown = arranger.get(api, params={"day": "2026-11-20", "seed": 5}).json()
    assert [one["sitting_id"] for one in shown["sittings"]] == [sitting_id]
    assert arranger.get(api, params={"day": "2026-11-20", "seed": 5}).json() == shown
    reasons = {one["name"]: one["reason"] for one in shown["sittings"][0]["excluded"]}
    assert set(reasons) == {"proctor1", "proctor2"}
    assert all(reason.startswith(f"{name}在2026-11-20 08:00–10:30") for name, reason in reasons.items())
    page = arranger.get("/sittings/allotment", params={"day": "2026-11-20"})
    assert page.status_code == 303 and "seed=" in page.headers["location"]
    body = {"sitting_ids": [sitting_id], "seed": 5, "digest": shown["digest"]}
    assert arranger.post(api, json=body).json() == {"assigned": len(shown["sittings"][0]["chosen"])}
