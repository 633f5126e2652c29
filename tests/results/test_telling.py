"""What items and papers tell, where it is read: after marking, by the bureau's two people, and by nobody else."""

from dataclasses import dataclass

import pytest
from sqlmodel import Session

from service.bank.rules.items import Kind
from service.kernel import database, errors
from service.results.actions import comparing, marking, telling, withdrawing
from service.results.queries.telling import sheets_of_class
from service.results.rules.item_statistics import Flag
from service.results.rules.withdrawing import ItemStanding
from tests import world as worlds
from tests.access.exports import exported
from tests.conftest import Browser, Staged
from tests.results.exams import Fate, answers_losing, keys_of, sit
from tests.world import AFTER, WORKING_AT, World

STRANGERS = ("institution", "enterprise", "supervisor", "statistician", "auditor", "arranger", "author", "proctor1")


@dataclass(frozen=True)
class Exam:
    """Four passed and one failed; ``lost`` has the points of what only that one left out, by position."""

    world: World
    lost: dict[int, int]


@pytest.fixture
def exam(staged: Staged) -> Exam:
    return staged(signed, AFTER)


def signed(session: Session, world: World) -> Exam:
    fates = dict(zip(world.seats, [Fate.FAILED, *[Fate.PASSED] * 4, Fate.ABSENT], strict=True))
    sit(session, world, fates, ("proctor1", "proctor2"))
    worlds.sign_record(session, world)
    keys = keys_of(session, world.sitting_id)
    least, most = (answers_losing(session, world.sitting_id, lost).keys() for lost in (4, 22))
    return Exam(world, {position: keys[position][1] for position in least - most})


def test_everybody_who_sat_is_counted_and_every_position_told(exam: Exam) -> None:
    with database.reading() as session:
        (form,) = telling.statistics(session, exam.world.actor(session, "confirmer"), exam.world.class_id, now=AFTER)
        keys = keys_of(session, exam.world.sitting_id)

    assert (form.paper_id, form.letter) == (exam.world.paper_id, "A")
    assert (form.paper.sat, form.paper.least, form.paper.most, form.paper.few) == (5, 78, 96, True)
    assert form.paper.mean == pytest.approx((78 + 4 * 96) / 5)
    assert form.paper.passed == 0.8
    assert [one.asked.position for one in form.items] == sorted(keys)
    assert {one.asked.position for one in form.items if one.facility == 0.8} == set(exam.lost)
    assert all(one.asked.code and one.flags == (Flag.FEW,) for one in form.items)
    by_kind = {one.asked.kind: len(one.asked.letters) for one in form.items}
    assert by_kind == {Kind.SINGLE: 4, Kind.MULTIPLE: 4, Kind.TRUE_FALSE: 2}


def test_a_withdrawn_item_leaves_the_paper_and_stays_in_the_table(exam: Exam) -> None:
    position, points = next(iter(exam.lost.items()))
    draft = withdrawing.Draft("A", position, ItemStanding.WITHDRAWN, "题干与条文不一致")  # type: ignore[arg-type]
    with database.writing() as session:
        confirmer, publisher = exam.world.actor(session, "confirmer"), exam.world.actor(session, "publisher")
        ruling = withdrawing.propose(session, confirmer, exam.world.class_id, draft, now=AFTER)
        withdrawing.decide(session, publisher, ruling.id or 0, uphold=True, note="同意", now=AFTER)

    with database.reading() as session:
        (form,) = telling.statistics(session, exam.world.actor(session, "publisher"), exam.world.class_id, now=AFTER)

    row = next(one for one in form.items if one.asked.position == position)
    assert (row.flags, row.facility) == ((Flag.WITHDRAWN, Flag.FEW), 0.8)
    assert (form.paper.items, form.paper.least, form.paper.most) == (len(form.items) - 1, 78 + points, 96)


def test_page_table_and_api_say_the_same_and_no_key(exam: Exam, browser: Browser) -> None:
    place = f"results/statistics/{exam.world.class_id}"
    client = browser.of("confirmer")
    page, table, reply = client.get(f"/{place}"), client.get(f"/{place}/items.csv"), client.get(f"/api/v1/{place}")

    (form,) = reply.json()
    rows = table.content.decode("utf-8-sig").splitlines()
    assert len(rows) == 1 + len(form["items"])
    left = (f"class:{exam.world.class_id}", "item_statistics", len(form["items"]), "csv")
    assert exported(exam.world, "confirmer", table.content) == [left]
    assert "不足 30 人" in page.text
    for item, row in zip(form["items"], rows[1:], strict=True):
        assert item["code"] in page.text and row.split(",")[:3] == [
            f"{exam.world.paper_id}A",
            str(item["position"]),
            item["code"],
        ]
    assert set(form["items"][0]["distractors"][0]) == {"share", "upper", "lower"}
    assert f"/{place}" in client.get(f"/results/classes/{exam.world.class_id}").text


@pytest.mark.parametrize("path", ["/results/statistics/{}", "/results/statistics/{}/items.csv"])
@pytest.mark.parametrize("prefix", ["", "/api/v1"])
def test_strangers_are_refused(exam: Exam, browser: Browser, path: str, prefix: str) -> None:
    if prefix and path.endswith("csv"):
        pytest.skip("the table is of the page")
    place = f"{prefix}{path}".format(exam.world.class_id)
    assert browser.of("publisher").get(place).status_code == 200
    assert {who: browser.of(who).get(place).status_code for who in STRANGERS} == dict.fromkeys(STRANGERS, 403)
    assert browser.stranger().get(place).status_code in {302, 303, 307, 401}
    assert browser.of("publisher").get(place.replace(f"/{exam.world.class_id}", "/99999")).status_code == 404


def test_nothing_is_told_before_anybody_handed_in(world: World, browser: Browser) -> None:
    with database.reading() as session:
        assert telling.statistics(session, world.actor(session, "confirmer"), world.class_id, now=AFTER) == []
        with pytest.raises(errors.Refused):
            telling.statistics(session, world.actor(session, "institution"), world.class_id, now=AFTER)
    assert "还没有可以分析的答卷" in browser.of("confirmer").get(f"/results/statistics/{world.class_id}").text


def test_nothing_is_told_while_others_still_sit_over_the_same_items(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        proctor = world.actor(session, "proctor1")
        for seat_id in world.seats[:2]:
            marking.collect(session, proctor, seat_id, now=WORKING_AT)
        confirmer = world.actor(session, "confirmer")
        assert len(sheets_of_class(session, world.class_id)) == 1

        assert telling.statistics(session, confirmer, world.class_id, now=WORKING_AT) == []
        assert comparing.compare(session, confirmer, world.class_id, now=WORKING_AT) == []

        marking.hand_in_overdue(session, now=AFTER)
        assert len(telling.statistics(session, confirmer, world.class_id, now=AFTER)) == 1
        assert len(comparing.compare(session, confirmer, world.class_id, now=AFTER)) == 1
