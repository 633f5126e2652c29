"""Near-duplicates: likeness against a count by hand, neighbours of items, of files, and of other people's questions."""

import json
import random
from dataclasses import replace
from functools import cache

import pytest
from sqlmodel import Session

from service.bank import queries
from service.bank.actions import files, importing, leaking, uploads
from service.bank.queries import neighbours
from service.bank.rules import alike
from service.bank.rules.alike import Neighbour
from service.bank.rules.exchange.fields import Terms
from service.bank.rules.exchange.planning import Plan
from service.bank.rules.items import ItemText, Kind
from service.journal import queries as journal
from service.kernel import database, errors
from service.kernel.settings import ROOT
from tests import world as worlds
from tests.bank.exchange.files import one, row
from tests.bank.test_reviewing import LATER, SUCCESSOR, TEXT, submit
from tests.conftest import Browser
from tests.world import World

OPTIONS = {"A": "立即停止工作并撤出人员", "B": "继续观察", "C": "加强通风", "D": "报告调度室"}
GAS = replace(
    TEXT, code="CMS-101", kind=Kind.SINGLE, stem="采区回风巷中甲烷浓度超过规定时应当（　）。", options=OPTIONS, key="A"
)
REWORDED = replace(
    GAS,
    code="CMS-102",
    stem="采区回风巷内，甲烷浓度超过规定值时，应当（　）。",
    options=dict(zip("ABCD", [*OPTIONS.values()][::-1], strict=True)),
    key="D",
)


def asked(item: ItemText) -> str:
    return alike.asked(item.stem, item.options)


def by_hand(text: str, other: str) -> int:
    """Jaccard of the pairs of neighbours, in thousandths."""
    one, two = (
        {part[place : place + 2] for part in said.split("\n") for place in range(len(part) - 1)}
        for said in (text, other)
    )
    return 1000 * len(one & two) // len(one | two) if one | two else 0


@cache
def shipped() -> list[str]:
    return [asked(item) for item in files.read(ROOT / "question_bank").items]


# --- the rule ---


@pytest.mark.parametrize(
    ("other", "like"),
    [
        pytest.param(GAS, True, id="itself"),
        pytest.param(REWORDED, True, id="a few words and the order of the options changed"),
        pytest.param(
            replace(GAS, stem="ＡＢ 采区回风巷中,甲烷浓度超过规定时应当( )"), True, id="other signs and widths"
        ),
        pytest.param(TEXT, False, id="another question"),
    ],
)
def test_what_is_like_a_question(other: ItemText, like: bool) -> None:
    ((found,),) = alike.Index([asked(GAS)]).nearest([asked(other)], least=0) if like else (((None),),)
    if like:
        assert found is not None and found.likeness >= alike.NEAR
    else:
        assert list(alike.Index([asked(GAS)]).nearest([asked(other)])) == [()]


def test_neighbours_are_those_that_a_count_by_hand_finds() -> None:
    drawn = random.Random(3)
    known = drawn.sample(shipped(), 120)
    # Some of them with a third of their characters changed, one unknown, one empty.
    texts = ["".join(c if drawn.random() < 0.7 else "某" for c in text) for text in known[:40]] + ["彁彁彁", ""]
    found = list(alike.Index(known).nearest(texts, least=200, most=3))

    for text, near in zip(texts, found, strict=True):
        counted = sorted((-by_hand(text, other), place) for place, other in enumerate(known))
        assert near == tuple(Neighbour(place, -like) for like, place in counted[:3] if -like >= 200)
    assert sum(bool(near) for near in found) >= 35 and found[-2:] == [(), ()]


def test_the_shipped_bank_has_no_question_twice() -> None:
    texts = shipped()
    best = [near[-1].likeness for near in alike.Index(texts).nearest(texts, most=2) if len(near) > 1]
    assert best and max(best) < alike.NEAR


@pytest.mark.parametrize("known", [[], [""], ["甲"]])
def test_nothing_is_like_nothing(known: list[str]) -> None:
    assert list(alike.Index(known).nearest(["甲烷浓度", ""])) == [(), ()]


# --- the bank ---


def test_an_item_is_compared_with_the_newest_version_of_every_other(staffed: World) -> None:
    with database.writing() as session:
        assert neighbours.bank(session).nearest([asked(GAS)]) == [()]
        submit(session, staffed, GAS, REWORDED, TEXT)
        found = neighbours.bank(session)
        assert [near.code for near in found.nearest([asked(GAS)], but=[GAS.code])[0]] == [REWORDED.code]
        assert neighbours.bank(session) is found, "nothing has been added"

        submit(
            session,
            staffed,
            replace(
                REWORDED,
                stem="井下爆破后应当怎样处理拒爆？",
                options=dict.fromkeys("ABCD", "") | {k: f"做法{k}" for k in "ABCD"},
            ),
        )
        assert neighbours.bank(session).nearest([asked(GAS)], but=[GAS.code]) == [()]


def notes(plan: Plan) -> list[tuple[int, str, object]]:
    return [
        (line.row, note.code, note.values.get("code", note.values.get("place")))
        for line in plan.lines
        for note in line.notes
        if note.code.startswith("like_")
    ]


def test_a_rehearsal_says_what_is_almost_in_the_bank_or_in_the_file(staffed: World) -> None:
    stem = "某矿采区回风巷中甲烷浓度超过百分之一时的处理办法"
    content = one(row(1, 题干=stem), row(2, 题干=f"{stem}是什么"), row(3))
    with database.writing() as session:
        submit(session, staffed, SUCCESSOR)
        author, sheaf = staffed.actor(session, "author"), uploads.sheaf_of(content)
        plan = importing.rehearse_import(session, author, sheaf, Terms())
        first, second, third = plan.lines
        assert plan.sound, plan
        submit(session, staffed, replace(first.text, code="CMS-900"))
        again = importing.rehearse_import(session, author, sheaf, Terms())

    assert (second.row, "like_in_file", f"{first.sheet} #{first.row}".strip()) in notes(plan)
    assert [where for _, code, where in notes(plan) if code == "like_in_bank"] == []
    assert (second.row, "like_in_bank", "CMS-900") in notes(again)
    assert third.row not in {place for place, code, _ in notes(again) if code == "like_in_bank"} or third.text.stem


# --- other people's questions ---


def measured(session: Session, world: World, content: bytes, username: str = "author") -> leaking.Leak:
    return leaking.measure(session, world.actor(session, username), uploads.sheaf_of(content))


MOCK = json.dumps(
    [
        {"stem": REWORDED.stem, "options": dict(REWORDED.options), "kind": "single", "key": "D"},
        {"stem": "今天天气怎么样", "kind": "true_false", "key": "T"},
    ]
).encode()


def test_the_nearest_item_of_every_question_is_named_and_the_act_is_on_record(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, GAS, TEXT)
        leak = measured(session, staffed, MOCK)
        reader = staffed.actor(session, "reviewer")
        leaking.screen(session, reader, leak, file="f" * 64, now=LATER)

        assert [line.near.code if line.near else "" for line in leak.lines] == [GAS.code, ""]
        assert (leak.marks[alike.NEAR], leak.marks[900], len(leak.lines)) == (1, leak.marks[900], 2)
        (entry,) = session.exec(journal.entries(event="LEAK_MEASURED"))
        assert json.loads(entry.data) == {"file": "f" * 64, "questions": 2, "near": 1}


def test_strangers_measure_nothing_and_an_empty_file_is_refused(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, GAS)
        for username in {"administrator", *worlds.STAFF} - {"author", "reviewer"}:
            with pytest.raises(errors.RightMissing):
                measured(session, staffed, MOCK, username)
        with pytest.raises(errors.Malformed, match=r"^no_questions:"):
            measured(session, staffed, b"[]")
        assert queries.item_codes(session).keys() == {GAS.code}


def test_pages_and_the_api_show_the_nearest(staffed: World, browser: Browser) -> None:
    with database.writing() as session:
        submit(session, staffed, GAS, REWORDED)
        waiting = queries.awaiting_review(session)
    author, reviewer = browser.of("author"), browser.of("reviewer")

    reply = author.post("/api/v1/bank/leaks", files={"file": ("mock.json", MOCK)}).json()
    page = reviewer.get(f"/bank/items/{waiting[0]}").text

    assert (reply["questions"], [line["row"] for line in reply["lines"]]) == (2, [1, 2])
    assert reply["lines"][0]["near"]["code"] in {GAS.code, REWORDED.code}
    assert REWORDED.code in page and GAS.explanation not in page
    assert browser.of("institution").post("/api/v1/bank/leaks", files={"file": ("a", MOCK)}).status_code == 403
