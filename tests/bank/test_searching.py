"""Searching the bank: words of any length on either database, narrowed by everything, read stretch by stretch."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.bank import queries
from service.bank.queries import searching
from service.bank.rules import wording
from service.bank.rules.items import Kind, State
from service.bank.rules.narrowing import Narrowing
from service.kernel import database
from service.kernel.paging import Stretch, stretch_of
from tests.bank.test_reviewing import LEADER, OFFICER, TEXT, submit
from tests.world import World

OPTIONS = {"A": "0.5%", "B": "0.75%", "C": "1.0%", "D": "1.5%"}
GAS = replace(
    TEXT,
    code="CMS-101",
    kind=Kind.SINGLE,
    stem="采区回风巷风流中甲烷浓度超过多少时,必须停止工作?",
    options=OPTIONS,
    key="C",
    tags=("瓦斯", "数字"),
)
DUST = replace(
    TEXT, code="CMS-102", stem="井下作业地点的粉尘浓度应当定期测定。", key="T", difficulty=4, roles=(OFFICER,)
)
LATIN = replace(TEXT, code="CMS-103", stem="矿井应当装备ＰＬＣ控制的𠮷式风门_2%。", tags=("a_b",), roles=(LEADER,))
ALL = (GAS, DUST, LATIN)


def codes(session: Session, asked: Narrowing) -> list[str]:
    return [item.code for item, _ in session.execute(searching.listing(session, asked))]


CASES = [
    pytest.param(Narrowing(text="甲烷"), [GAS], id="two characters"),
    pytest.param(Narrowing(text="浓度"), [GAS, DUST], id="two characters that several say"),
    pytest.param(Narrowing(text="尘"), [DUST], id="one character, which no index knows"),
    pytest.param(Narrowing(text="甲烷浓度超过"), [GAS], id="a long word"),
    pytest.param(Narrowing(text="甲烷浓度 停止"), [GAS], id="two words"),
    pytest.param(Narrowing(text="停止　 甲烷"), [GAS], id="in whatever order and spacing"),
    pytest.param(Narrowing(text="甲烷 粉尘"), [], id="two words that no item says both"),
    pytest.param(Narrowing(text="浓甲"), [], id="its pairs in the wrong order"),
    pytest.param(Narrowing(text="烷浓 浓度超 0.75%"), [GAS], id="an option"),
    pytest.param(Narrowing(text="plc"), [LATIN], id="small letters for full-width ones"),
    pytest.param(Narrowing(text="𠮷式"), [LATIN], id="a rare character"),
    pytest.param(Narrowing(text="_2%"), [LATIN], id="signs that stand for themselves"),
    pytest.param(Narrowing(text="%"), [GAS, LATIN], id="one sign"),
    pytest.param(Narrowing(text="CMS-10"), [GAS, DUST, LATIN], id="the beginning of a code"),
    pytest.param(Narrowing(text="cms-102"), [DUST], id="a code in small letters"),
    pytest.param(Narrowing(text="瓦斯"), [GAS], id="a tag by its words"),
    pytest.param(Narrowing(tag="瓦斯"), [GAS], id="a tag"),
    pytest.param(Narrowing(tag="瓦"), [], id="half a tag"),
    pytest.param(Narrowing(tag="a_b"), [LATIN], id="a tag with a sign"),
    pytest.param(Narrowing(tag="aXb"), [], id="a tag by a pattern"),
    pytest.param(Narrowing(text="依据该条"), [], id="an explanation is not searched"),
    pytest.param(Narrowing(role=LEADER), [GAS, LATIN], id="a role"),
    pytest.param(Narrowing(role=TraineeRole.SAFETY_DEPUTY), [], id="a role that none has"),
    pytest.param(Narrowing(difficulty=4), [DUST], id="a difficulty"),
    pytest.param(Narrowing(text="浓度", kind=Kind.TRUE_FALSE, difficulty=4), [DUST], id="everything at once"),
    pytest.param(Narrowing(state=State.APPROVED, text="浓度"), [], id="a state"),
    pytest.param(Narrowing(), [GAS, DUST, LATIN], id="nothing"),
    pytest.param(Narrowing(text=" 　"), [GAS, DUST, LATIN], id="only spaces"),
    pytest.param(Narrowing(text='" OR 甲 NEAR(*'), [], id="the words of a query language"),
]


def test_what_is_found_is_what_says_the_words(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, *ALL)
        found = {case.id: codes(session, case.values[0]) for case in CASES}  # type: ignore[arg-type]
    assert found == {case.id: [one.code for one in case.values[1]] for case in CASES}  # type: ignore[union-attr]


def test_every_version_is_found_by_its_own_words(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, GAS)
        submit(session, staffed, replace(GAS, stem="采区回风巷风流中二氧化碳浓度超过多少时,必须停止工作?"))
        found = [
            [(item.code, version.number) for item, version in session.execute(searching.listing(session, asked))]
            for asked in (Narrowing(text="甲烷"), Narrowing(text="二氧化碳"), Narrowing(text="回风巷"))
        ]
    assert found == [[(GAS.code, 1)], [(GAS.code, 2)], [(GAS.code, 1), (GAS.code, 2)]]


def test_the_words_kept_are_those_of_the_rule_and_an_index_is_asked_for_them(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, *ALL)
        kept = session.execute(sa.text("SELECT said FROM bank_wording ORDER BY version_id")).scalars().all()
        statement = searching.listing(session, Narrowing(text="甲烷"))
        index = (
            "bank_search MATCH" if session.get_bind().dialect.name == "sqlite" else "peikao_grams(bank_wording.said)"
        )

        assert kept == [wording.said_of(one) for one in ALL]
        assert index in str(statement.compile(session.connection()))


# --- the rule ---


@pytest.mark.parametrize(
    ("word", "pairs"),
    [
        pytest.param("尘", (), id="one character"),
        pytest.param("粉尘", ("粉尘",), id="a pair"),
        pytest.param("测测测", ("测测",), id="the same pair twice"),
        pytest.param("粉尘浓度", ("粉尘", "尘浓", "浓度"), id="neighbours"),
    ],
)
def test_grams(word: str, pairs: Sequence[str]) -> None:
    assert wording.grams(word) == pairs


def test_a_very_long_word_is_found_by_its_first_pairs() -> None:
    word = "".join(chr(0x4E00 + place) for place in range(200))
    assert len(wording.grams(word)) == wording.MOST_GRAMS


# --- stretches ---


def seen(found: Stretch[tuple[object, ...]]) -> list[tuple[str, int]]:
    return [(item.code, version.number) for item, version in found.rows]  # type: ignore[attr-defined]


def test_stretches_lead_forward_and_back_through_all_versions(staffed: World) -> None:
    with database.writing() as session:
        for difficulty in (1, 2, 3):
            submit(session, staffed, *(replace(one, difficulty=difficulty) for one in ALL))
        statement = searching.listing(session, Narrowing())
        everything = [(one.code, number) for one in ALL for number in (1, 2, 3)]

        forward = [stretch_of(session, statement, searching.ORDER, rows=4)]
        while forward[-1].after:
            forward.append(stretch_of(session, statement, searching.ORDER, after=forward[-1].after, rows=4))
        back = [forward[-1]]
        while back[-1].before:
            back.append(stretch_of(session, statement, searching.ORDER, before=back[-1].before, rows=4))

        assert [seen(one) for one in forward] == [everything[:4], everything[4:8], everything[8:]]
        assert [seen(one) for one in back] == [everything[8:], everything[4:8], everything[:4]]
        assert {(one.total, one.more) for one in (*forward, *back)} == {(9, False)}


@pytest.mark.parametrize("words", ["", "CMS-101", "CMS-101~one", "a~b~c"])
def test_words_that_are_no_place_begin_the_list_anew(staffed: World, words: str) -> None:
    with database.writing() as session:
        submit(session, staffed, *ALL)
        statement = searching.listing(session, Narrowing())
        found = stretch_of(session, statement, searching.ORDER, after=words, rows=2)
        assert (seen(found), found.before) == ([(GAS.code, 1), (DUST.code, 1)], "")


def test_a_stretch_before_the_first_is_empty_and_leads_nowhere_wrong(staffed: World) -> None:
    with database.writing() as session:
        submit(session, staffed, *ALL)
        assert queries.item_codes(session).keys() == {one.code for one in ALL}
        found = stretch_of(session, searching.listing(session, Narrowing()), searching.ORDER, before="A~1")
        assert (seen(found), found.before, found.after) == ([], "", "")
