"""Cases in the bank: what a case must be, what makes one whole, how it is written, reviewed and filed in YAML."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from service.access.rules.people import TraineeRole
from service.bank.actions import files
from service.bank.rules import cases, comparing, drafting, items, parting, stock
from service.bank.rules.cases import Case
from service.bank.rules.items import ItemText, Kind
from service.kernel.settings import ROOT

TEXT = "某矿综采工作面回风流中瓦斯浓度达到百分之一点五，跟班班长认为影响不大，安排继续割煤。"
ITEM = ItemText(
    code="XAM-001",
    kind=Kind.TRUE_FALSE,
    stem="跟班班长的安排符合规定。",
    options={},
    key="F",
    explanation="依据第四十一条，应当停止作业。",
    edition="law-2021",
    article=41,
    roles=(TraineeRole.TEAM_LEADER,),
    difficulty=3,
)
CASE = Case("CAS-001", TEXT, 1, 2)
BOTH = (CASE, replace(CASE, place=2))


def test_a_text_without_a_case_keeps_the_digest_that_it_had() -> None:
    assert items.digest(ITEM) == "550ce13171aaa040811f286a4dde861f8726e86cd56050e8a0c9f0b2fc19d40e"
    assert items.digest(replace(ITEM, case=CASE)) != items.digest(ITEM)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        pytest.param({}, [], id="sound"),
        pytest.param({"code": "cas-1"}, ["case_code"], id="a code of another shape"),
        pytest.param({"text": "太短"}, ["case_text"], id="no text to speak of"),
        pytest.param({"text": "长" * 2001}, ["case_text"], id="a text too long"),
        pytest.param({"size": 1}, ["case_size"], id="one question needs no case"),
        pytest.param({"size": 7}, ["case_size"], id="too many questions"),
        pytest.param({"place": 0}, ["case_place"], id="no place"),
        pytest.param({"place": 3}, ["case_place"], id="a place behind the last"),
    ],
)
def test_what_is_wrong_with_the_case_of_one_item(change: dict[str, object], where: list[str]) -> None:
    found = items.faults_of(replace(ITEM, case=replace(CASE, **change)), 100)  # type: ignore[arg-type]

    assert [one.where for one in found] == where


@pytest.mark.parametrize(
    ("parts", "reasons"),
    [
        pytest.param(BOTH, [], id="whole"),
        pytest.param(BOTH[:1], ["还缺少其中的几问"], id="one is missing"),
        pytest.param((), [], id="nothing"),
        pytest.param((CASE, CASE), ["有两题是同一问", "还缺少其中的几问"], id="the same question twice"),
        pytest.param((CASE, replace(BOTH[1], text=TEXT + "。")), ["各问的案例材料不一致"], id="two texts"),
        pytest.param(
            (CASE, replace(BOTH[1], size=3)),
            ["各问所说的问数不一致", "还缺少其中的几问"],
            id="two numbers of questions",
        ),
    ],
)
def test_what_keeps_a_case_from_being_whole(parts: tuple[Case, ...], reasons: list[str]) -> None:
    assert list(cases.broken(parts)) == reasons
    named = [(f"XAM-{number}", one) for number, one in enumerate(parts)]
    assert bool(cases.whole(named)) is (bool(parts) and not reasons)


def test_sub_questions_stand_in_their_order_whatever_their_codes() -> None:
    found = cases.whole([("XAM-001", BOTH[1]), ("XAM-002", CASE), ("XAM-003", None)])

    assert found == {"CAS-001": ("XAM-002", "XAM-001")}


def test_the_next_sub_question_begins_with_the_case_and_nothing_else_of_the_item() -> None:
    begun = parting.next_part(drafting.of(replace(ITEM, case=CASE, subject="gas")))

    assert (begun.case_code, begun.case_text, begun.case_place, begun.case_size) == ("CAS-001", TEXT, "2", "2")
    assert (begun.code, begun.stem, begun.key, begun.accepted, begun.explanation) == ("", "", (), "", "")


def test_two_versions_differ_by_the_case_they_ask_about() -> None:
    found = comparing.differences(ITEM, replace(ITEM, case=CASE))

    assert [one.name for one in found] == ["案例", "案例材料"]


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        pytest.param({}, [], id="sound"),
        pytest.param({"roles": (TraineeRole.SAFETY_OFFICER,)}, ["各问的适用角色不一致"], id="another role"),
        pytest.param({"enemies": ("gas",)}, ["有两问属于同一个互斥组"], id="enemies of one another"),
        pytest.param({"case": None}, ["还缺少其中的几问"], id="not of the case"),
    ],
)
def test_cases_that_no_paper_could_take_are_faults_of_a_bank(change: dict[str, object], reasons: list[str]) -> None:
    first = replace(ITEM, case=CASE, enemies=("gas",) if "enemies" in change else ())
    second = replace(ITEM, **{"code": "XAM-002", "case": BOTH[1], **change})  # type: ignore[arg-type]

    assert [one.reason for one in stock.broken_cases([first, second])] == reasons


# --- in the folder of the bank ---


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bank of one case with two sub-questions."""
    shutil.copy(ROOT / "question_bank" / "regulations.yaml", tmp_path)
    shutil.copy(ROOT / "question_bank" / "subjects.yaml", tmp_path)
    (tmp_path / "items").mkdir()
    _write(tmp_path, [_entry(1), _entry(2)], [{"code": "CAS-001", "text": TEXT}])
    return tmp_path


def _entry(place: int, **more: object) -> dict[str, object]:
    subject = yaml.safe_load((ROOT / "question_bank" / "subjects.yaml").read_text(encoding="utf-8"))[0]["slug"]
    return {
        "id": f"XAM-00{place}",
        "kind": "true_false",
        "stem": f"第{place}问：跟班班长的安排符合规定。",
        "key": "F",
        "explanation": "依据第四十一条，应当停止作业。",
        "article": 41,
        "roles": ["team_leader"],
        "difficulty": 3,
        "level": "apply",
        "subject": subject,
        "case": {"code": "CAS-001", "place": place, "size": 2},
        **more,
    }


def _write(folder: Path, entries: list[dict[str, object]], told: list[dict[str, object]]) -> None:
    (folder / "items" / "work-safety-law-2021.yaml").write_text(yaml.safe_dump(entries, allow_unicode=True))
    (folder / "cases.yaml").write_text(yaml.safe_dump(told, allow_unicode=True))


def test_a_case_is_read_with_its_text_from_the_folder(folder: Path) -> None:
    found = files.read(folder)

    assert found.faults == ()
    assert [one.case for one in found.items] == [CASE, BOTH[1]]


TOLD: list[dict[str, object]] = [{"code": "CAS-001", "text": TEXT}]


@pytest.mark.parametrize(
    ("entries", "told", "found"),
    [
        pytest.param([(1, {})], TOLD, [("CAS-001", "还缺少其中的几问")], id="a question is missing"),
        pytest.param(
            [(1, {}), (2, {"case": {"code": "CAS-001", "place": 1, "size": 2}})],
            TOLD,
            [("CAS-001", "有两题是同一问"), ("CAS-001", "还缺少其中的几问")],
            id="a question twice",
        ),
        pytest.param(
            [(1, {}), (2, {"roles": ["safety_officer"]})], TOLD, [("CAS-001", "各问的适用角色不一致")], id="other roles"
        ),
        pytest.param(
            [(1, {}), (2, {})],
            [*TOLD, {"code": "CAS-002", "text": TEXT}],
            [("CAS-002", "案例材料没有一问")],
            id="a text alone",
        ),
        pytest.param(
            [(1, {}), (2, {})],
            [{"code": "CAS-001", "text": "太短"}],
            [("XAM-001", "案例材料应为20至2000个字"), ("XAM-002", "案例材料应为20至2000个字")],
            id="a text too short",
        ),
        pytest.param(
            [(1, {}), (2, {"case": {"code": "CAS-009", "place": 2, "size": 2}})],
            TOLD,
            [("XAM-002", "'no text of the case CAS-009 in cases.yaml'"), ("CAS-001", "还缺少其中的几问")],
            id="a case without a text",
        ),
        pytest.param(
            [(1, {}), (2, {"case": {"code": "CAS-001", "place": 2, "size": 2, "of": 3}})],
            TOLD,
            [("XAM-002", "unknown fields of the case: ['of']"), ("CAS-001", "还缺少其中的几问")],
            id="a field nobody knows",
        ),
    ],
)
def test_faults_of_cases_in_the_folder_are_found(
    folder: Path,
    entries: list[tuple[int, dict[str, object]]],
    told: list[dict[str, object]],
    found: list[tuple[str, str]],
) -> None:
    _write(folder, [_entry(place, **more) for place, more in entries], told)

    assert [(one.code, one.reason) for one in files.read(folder).faults] == found
