"""The files of the bank: the real ones are sound, and each way of breaking them is found, by code and by command."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.access.rules.people import TraineeRole
from service.bank.actions import files
from service.bank.rules import stock
from service.bank.rules.items import Kind, Level, in_force
from service.kernel import settings
from service.papers.actions import blueprints

BANK = settings.ROOT / "question_bank"
REGULATIONS = settings.ROOT.parent / "shared" / "regulations"
EXAM_DAY = date(2026, 11, 20)
LAW = "work-safety-law-2021"
SOUND = {
    "id": "WSL-001",
    "kind": "single",
    "stem": "从业人员有权（　　）。",
    "options": {"A": "一", "B": "二", "C": "三", "D": "四"},
    "key": "B",
    "explanation": "依据第五十四条。",
    "article": 54,
    "roles": ["team_leader"],
    "difficulty": 3,
    "level": "recall",
    "subject": "rights",
}


def write(folder: Path, entries: object, name: str = f"{LAW}.yaml") -> Path:
    """A bank of the real editions and subjects with one file of items."""
    (folder / "items").mkdir(parents=True, exist_ok=True)
    for known in ("regulations.yaml", "subjects.yaml"):
        shutil.copy(BANK / known, folder)
    text = entries if isinstance(entries, str) else yaml.safe_dump(entries, allow_unicode=True)
    (folder / "items" / name).write_text(text, encoding="utf-8")
    return folder


def changed(**fields: object) -> list[dict[str, Any]]:
    return [{**deepcopy(SOUND), **fields}]


def without(field: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in SOUND.items() if name != field}]


# --- the real bank ---


def test_the_real_bank_is_sound_and_large_enough_for_every_role() -> None:
    bank = files.read(BANK)

    assert bank.faults == ()
    assert len(bank.items) >= 240
    usable = {
        edition.slug for edition in bank.editions if in_force(edition.effective_on, edition.repealed_on, EXAM_DAY)
    }
    for role in TraineeRole:
        assert sum(role in item.roles and item.edition in usable for item in bank.items) >= 110


def test_every_role_has_fill_ins_that_accept_more_than_one_way_of_writing_the_answer() -> None:
    blanks = [item for item in files.read(BANK).items if item.kind is Kind.FILL_IN]

    for role in TraineeRole:
        assert sum(role in item.roles for item in blanks) >= 20
    assert [item.code for item in blanks if len(item.key.split("\n")) < 2] == []


def test_every_item_file_of_the_real_bank_is_read() -> None:
    written = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (BANK / "items").iterdir()]

    assert {item.code for item in files.read(BANK).items} == {entry["id"] for part in written for entry in part}


def test_no_item_of_the_real_bank_rests_on_a_repealed_edition() -> None:
    bank = files.read(BANK)
    repealed = {edition.slug for edition in bank.editions if edition.repealed_on is not None}

    assert repealed == {"coal-mine-safety-regulations-2022"}
    assert {item.edition for item in bank.items} & repealed == set()


@pytest.mark.skipif(not REGULATIONS.is_dir(), reason="the regulation texts are not part of the repository")
def test_every_cited_article_of_the_real_bank_is_in_its_text() -> None:
    bank = files.read(BANK)

    assert {edition.slug for edition in bank.editions if (REGULATIONS / f"{edition.slug}.md").exists()} >= {
        item.edition for item in bank.items
    }
    assert list(files.missing_articles(bank, REGULATIONS)) == []


def test_every_subject_of_the_catalogue_and_every_level_is_asked_about() -> None:
    bank = files.read(BANK)

    assert {item.subject for item in bank.items} == {subject.slug for subject in bank.subjects}
    assert {item.level for item in bank.items} == set(Level)
    assert bank.warnings == ()


def test_enemy_groups_of_the_real_bank_are_small_and_name_items_that_meet_in_some_role() -> None:
    bank = files.read(BANK)
    roles = {item.code: set(item.roles) for item in bank.items}
    groups = stock.enemy_groups(bank.items)

    assert len(groups) >= 30
    for name, codes in groups.items():
        assert (name, 2 <= len(codes) <= stock.LARGEST_GROUP) == (name, True)
        assert (name, bool(set.intersection(*(roles[code] for code in codes)))) == (name, True)


# --- broken ones ---


def test_the_sound_item_is_read_as_it_was_written(tmp_path: Path) -> None:
    bank = files.read(write(tmp_path, changed()))

    assert bank.faults == ()
    (item,) = bank.items
    assert (item.code, item.edition, item.article, item.key) == ("WSL-001", LAW, 54, "B")
    assert item.roles == (TraineeRole.TEAM_LEADER,)
    assert (item.level, item.subject, item.enemies, item.tags) == (Level.RECALL, "rights", (), ())


def test_enemies_and_tags_are_read_where_they_are_written(tmp_path: Path) -> None:
    pair = [*changed(enemies=["pay"], tags=["计算"]), *changed(id="WSL-002", stem="另一题", enemies=["pay", "pay"])]

    bank = files.read(write(tmp_path, pair))

    assert [(item.enemies, item.tags) for item in bank.items] == [(("pay",), ("计算",)), (("pay", "pay"), ())]
    assert [(fault.code, fault.where) for fault in bank.faults] == [("WSL-002", "enemies")]


@pytest.mark.parametrize(
    ("members", "warned"),
    [pytest.param(6, [], id="as large as may be"), pytest.param(7, [("WSL-101", "enemies")], id="one too many")],
)
def test_a_large_enemy_group_is_a_warning_and_no_fault(
    tmp_path: Path, members: int, warned: list[tuple[str, str]]
) -> None:
    group = [changed(id=f"WSL-{101 + place}", stem=f"第{place}题", enemies=["pay"])[0] for place in range(members)]

    bank = files.read(write(tmp_path, group))

    assert [(warning.code, warning.where) for warning in bank.warnings] == warned
    assert (len(bank.items), bank.faults) == (members, ())


@pytest.mark.parametrize(
    ("entries", "faults"),
    [
        pytest.param(changed(stem="  "), [("WSL-001", "stem")], id="blank stem"),
        pytest.param(changed(key="BA", kind="multiple"), [("WSL-001", "key")], id="key out of order"),
        pytest.param(changed(key=True), [("WSL-001", "key")], id="key that yaml took for a truth"),
        pytest.param(changed(options={"A": "一", "B": "二"}), [("WSL-001", "options")], id="two options"),
        pytest.param(changed(article=120), [("WSL-001", "article")], id="article past the end of the law"),
        pytest.param(changed(difficulty=6), [("WSL-001", "difficulty")], id="too hard"),
        pytest.param(changed(kind="essay"), [("WSL-001", "format")], id="unknown kind"),
        pytest.param(changed(roles=["cook"]), [("WSL-001", "format")], id="unknown role"),
        pytest.param(changed(roles=None), [("WSL-001", "format")], id="roles left empty"),
        pytest.param(changed(article="五十四"), [("WSL-001", "format")], id="article in words"),
        pytest.param(changed(options=["一", "二", "三", "四"]), [("WSL-001", "format")], id="options as a list"),
        pytest.param(changed(level="guess"), [("WSL-001", "format")], id="unknown level"),
        pytest.param(without("level"), [("WSL-001", "format")], id="no level"),
        pytest.param(changed(subject="nothing"), [("WSL-001", "subject")], id="unknown subject"),
        pytest.param(changed(subject=""), [("WSL-001", "subject")], id="no subject"),
        pytest.param(changed(tags=["长" * 21]), [("WSL-001", "tags")], id="a tag too long"),
        pytest.param(changed(enemies=["pay"]), [("WSL-001", "enemies")], id="a group with one member"),
        pytest.param(changed(author="某人"), [("WSL-001", "format")], id="unknown field"),
        pytest.param(without("explanation"), [("WSL-001", "format")], id="missing field"),
        pytest.param(without("id"), [(f"{LAW}.yaml", "format")], id="no id"),
        pytest.param(["just words"], [(f"{LAW}.yaml", "format")], id="an entry that is no mapping"),
        pytest.param({"items": []}, [(f"{LAW}.yaml", "file")], id="a mapping instead of a list"),
        pytest.param("- id: [", [(f"{LAW}.yaml", "file")], id="not yaml"),
        pytest.param(changed() + changed(stem="另一题"), [("WSL-001", "id")], id="a code twice"),
        pytest.param(changed() + changed(id="WSL-002"), [("WSL-002", "stem")], id="the same words twice"),
    ],
)
def test_each_fault_is_found(tmp_path: Path, entries: object, faults: list[tuple[str, str]]) -> None:
    found = files.read(write(tmp_path, entries)).faults

    assert [(fault.code, fault.where) for fault in found] == faults


def test_a_fault_does_not_hide_the_sound_items_beside_it(tmp_path: Path) -> None:
    bank = files.read(write(tmp_path, [*changed(kind="essay"), *changed(id="WSL-002")]))

    assert [item.code for item in bank.items] == ["WSL-002"]
    assert [fault.code for fault in bank.faults] == ["WSL-001"]


def test_a_file_of_no_known_edition_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    bank = files.read(write(tmp_path, changed(), name="work-safety-law-2012.yaml"))

    assert (bank.items, [(fault.code, fault.where) for fault in bank.faults]) == (
        (),
        [("work-safety-law-2012.yaml", "file")],
    )


ARTICLE_HEADS = (
    ("第一条", 1),
    ("第九条", 9),
    ("第十条", 10),
    ("第十一条", 11),
    ("第二十条", 20),
    ("第五十四条", 54),
    ("第一百条", 100),
    ("第一百零五条", 105),
    ("第一百一十条", 110),
    ("第一百一十九条", 119),
)


@pytest.mark.parametrize(("head", "article"), ARTICLE_HEADS)
def test_a_cited_article_is_found_in_the_text_by_its_chinese_number(tmp_path: Path, head: str, article: int) -> None:
    bank = files.read(write(tmp_path / "bank", changed(article=article)))
    others = [other for other, _ in ARTICLE_HEADS if other != head]

    def missing(heads: list[str]) -> list[str]:
        text = "\n".join(f"{one}　本条的内容，提到{head}。" for one in heads)
        (tmp_path / f"{LAW}.md").write_text(text, encoding="utf-8")
        return [fault.code for fault in files.missing_articles(bank, tmp_path)]

    assert missing([*others, head]) == []
    assert missing(others) == ["WSL-001"]


def test_an_edition_without_a_text_is_not_judged(tmp_path: Path) -> None:
    assert list(files.missing_articles(files.read(write(tmp_path, changed())), tmp_path)) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        pytest.param(lambda raw: raw["difficulty"].update(easy=30), "sums", id="bands do not add up"),
        pytest.param(lambda raw: raw["points"].update(single=3), "sums", id="more than full points"),
        pytest.param(lambda raw: raw.pop("cells"), "format", id="no cells"),
        pytest.param(lambda raw: raw.update(cells=[]), "format", id="cells of another shape"),
        pytest.param(lambda raw: raw["points"].pop("multiple"), "format", id="a kind without points"),
        pytest.param(lambda raw: raw.update(role="cook"), "format", id="unknown role"),
    ],
)
def test_each_fault_of_a_blueprint_file_is_found(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], where: str
) -> None:
    shutil.copytree(BANK, tmp_path / "bank")
    bank = files.read(tmp_path / "bank")
    assert list(blueprints.faults(tmp_path / "bank", bank)) == []

    path = tmp_path / "bank" / "blueprints" / "team_leader.yaml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(raw)
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")

    assert {fault.where for fault in blueprints.faults(tmp_path / "bank", bank)} == {where}


def test_a_cell_that_the_stock_cannot_fill_twice_is_named_exactly() -> None:
    bank = files.read(BANK)
    cell = "social-insurance-law × true_false"
    kept = tuple(item for item in bank.items if not (item.code.startswith("SIL") and item.kind == "true_false"))
    assert len(bank.items) - len(kept) > 0

    found = list(blueprints.faults(BANK, files.BankFiles(bank.editions, kept, ())))

    assert {fault.where for fault in found} == {cell}
    assert {(fault.code, fault.reason) for fault in found} == {
        ("blueprint safety_deputy", "需要2，现有0"),
        ("blueprint safety_officer", "需要2，现有0"),
        ("blueprint team_leader", "需要2，现有0"),
    }


# --- the command ---


def lint(folder: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """``peikao bank lint`` in a process of its own, on the day of the exam."""
    noon = datetime(EXAM_DAY.year, EXAM_DAY.month, EXAM_DAY.day, 4, tzinfo=UTC)
    (tmp_path / "clock").write_text(str((noon - datetime.now(UTC)).total_seconds()))
    return subprocess.run(
        [sys.executable, "-m", "service.cli", "bank", "lint", str(folder), "--regulations", str(tmp_path)],
        cwd=settings.ROOT,
        env={**os.environ, "PEIKAO_CLOCK_FILE": str(tmp_path / "clock")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_accepts_the_real_bank_and_counts_it(tmp_path: Path) -> None:
    done = lint(BANK, tmp_path)
    bank = files.read(BANK)

    assert (done.returncode, done.stderr) == (0, "")
    *counted, unchecked, summary = done.stdout.splitlines()
    assert counted == [
        *(line for role in TraineeRole for line in covered(bank, role)),
        *(keys_of(bank, name) for name in ("all", *TraineeRole)),
    ]
    assert unchecked == "not checked: cited articles and figures of keys: no regulation texts at hand"
    assert summary.startswith(f"{len(bank.items)} items, 0 faults; ")


def covered(bank: files.BankFiles, role: TraineeRole) -> list[str]:
    """What the command says of a role, counted here by other means."""
    asked = [item for item in bank.items if role in item.roles]
    lines = [f"{role}: {len(asked)} usable items"]
    for edition in sorted({item.edition for item in asked}):
        kinds = [item.kind for item in asked if item.edition == edition]
        lines.append(f"  {edition}: {', '.join(f'{kind} {kinds.count(kind)}' for kind in Kind)}")
    levels = [item.level for item in asked]
    return [*lines, f"  levels: {', '.join(f'{level} {levels.count(level)}' for level in Level)}"]


def keys_of(bank: files.BankFiles, name: str) -> str:
    """How the keys are spread for everybody or a role, counted here by other means."""
    keys = [(item.kind, item.key) for item in bank.items if name in ("all", *item.roles)]

    def said(kind: Kind, wanted: dict[str, Callable[[str], bool]]) -> str:
        found = [key for one, key in keys if one is kind]
        told = (f"{key} {100 * len(list(filter(is_it, found))) / len(found):.1f}%" for key, is_it in wanted.items())
        return f"{kind} {' '.join(told)}"

    truths = said(Kind.TRUE_FALSE, {"T": "T".__eq__, "F": "F".__eq__})
    letters = said(Kind.SINGLE, {letter: letter.__eq__ for letter in "ABCD"})
    sizes = said(Kind.MULTIPLE, {str(size): lambda key, size=size: len(key) == size for size in (2, 3, 4)})
    return f"keys of {name}: {truths}, {letters}, {sizes}"


def test_the_command_warns_of_a_large_group_and_accepts_the_bank(tmp_path: Path) -> None:
    shutil.copytree(BANK, tmp_path / "bank")
    path = tmp_path / "bank" / "items" / "social-insurance-law-2018.yaml"
    text = path.read_text(encoding="utf-8")
    # Seven items without enemies, so that a group of their own is their only one.
    alone = re.findall(r"(?m)^- id: (SIL-\d+)\n(?:  (?!enemies).*\n)+?(?=- id|\Z)", text)[:7]
    for code in alone:
        text = re.sub(rf"(?m)^- id: {code}\n", r"\g<0>  enemies: [pensions]\n", text)
    path.write_text(text, encoding="utf-8")

    done = lint(tmp_path / "bank", tmp_path)

    assert (done.returncode, done.stderr) == (0, f"warning: {alone[0]}: enemies: 互斥组pensions有7题，多于6题\n")


def test_the_command_refuses_a_broken_bank_and_names_the_fault(tmp_path: Path) -> None:
    shutil.copytree(BANK, tmp_path / "bank")
    path = tmp_path / "bank" / "items" / "social-insurance-law-2018.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("difficulty: 1", "difficulty: 7", 1), encoding="utf-8")

    done = lint(tmp_path / "bank", tmp_path)

    assert (done.returncode, done.stderr) == (1, "SIL-001: difficulty: 难度应为1至5\n")
    assert " items, 1 faults; " in done.stdout.splitlines()[-1]
