"""Blueprints: what can be read as one, what is wrong with one, and that the real ones are sound."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from service.access.rules.people import TraineeRole
from service.bank.rules.items import CHOSEN, Kind
from service.journal import queries as journal
from service.kernel import database, errors, settings
from service.papers import queries
from service.papers.actions import blueprints, drafting
from service.papers.rules import blueprint, faults
from service.papers.rules.blueprint import Axis, Band, Blueprint, MustInclude, Range, Shuffle
from tests.conftest import Browser
from tests.world import PREPARED_AT, World

RAW: dict[str, Any] = {
    "role": "team_leader",
    "duration_minutes": 90,
    "pass_points": 80,
    "points": {"single": 2, "multiple": 3, "true_false": 1},
    "difficulty": {"easy": 15, "medium": 22, "hard": 13, "tolerance": 2},
    "cells": {
        "work-safety-law": {"single": 20, "multiple": 8, "true_false": 12},
        "social-insurance-law": {"single": 6, "multiple": 4, "true_false": 0},
    },
}
REAL = blueprints.read(settings.ROOT / "question_bank")
Change = Callable[[dict[str, Any]], object]


def changed(change: Change) -> dict[str, Any]:
    raw = deepcopy(RAW)
    change(raw)
    return raw


def test_a_blueprint_is_read_field_by_field() -> None:
    assert blueprint.parse(RAW) == Blueprint(
        role=TraineeRole.TEAM_LEADER,
        duration_minutes=90,
        pass_points=80,
        points={Kind.SINGLE: 2, Kind.MULTIPLE: 3, Kind.TRUE_FALSE: 1},
        cells={
            ("work-safety-law", Kind.SINGLE): 20,
            ("work-safety-law", Kind.MULTIPLE): 8,
            ("work-safety-law", Kind.TRUE_FALSE): 12,
            ("social-insurance-law", Kind.SINGLE): 6,
            ("social-insurance-law", Kind.MULTIPLE): 4,
        },
        ranges=(
            Range(Axis.BAND, Band.EASY, 13, 17),
            Range(Axis.BAND, Band.MEDIUM, 20, 24),
            Range(Axis.BAND, Band.HARD, 11, 15),
        ),
    )


@pytest.mark.parametrize(
    ("difficulty", "band"),
    [(1, Band.EASY), (2, Band.EASY), (3, Band.MEDIUM), (4, Band.HARD), (5, Band.HARD)],
)
def test_each_difficulty_is_in_one_band(difficulty: int, band: Band) -> None:
    assert blueprint.band_of(difficulty) == band


UNREADABLE = [
    *(
        pytest.param(lambda raw, field=field: raw.pop(field), id=f"no {field}")
        for field in RAW
        if field != "difficulty"
    ),
    pytest.param(lambda raw: raw.update(role="cook"), id="unknown role"),
    pytest.param(lambda raw: raw.update(duration_minutes="an hour"), id="duration in words"),
    pytest.param(lambda raw: raw.update(duration_minutes=None), id="no duration"),
    pytest.param(lambda raw: raw["points"].update(essay=5), id="unknown kind with points"),
    pytest.param(lambda raw: raw["points"].pop("multiple"), id="a kind without points"),
    pytest.param(lambda raw: raw.update(points=[2, 3, 1]), id="points as a list"),
    pytest.param(lambda raw: raw["difficulty"].pop("tolerance"), id="no tolerance"),
    pytest.param(lambda raw: raw["difficulty"].update(hopeless=1), id="unknown band"),
    pytest.param(lambda raw: raw.update(difficulty=5), id="bands as a number"),
    pytest.param(lambda raw: raw["cells"]["work-safety-law"].update(essay=1), id="unknown kind in a cell"),
    pytest.param(lambda raw: raw.update(cells=["work-safety-law"]), id="cells as a list"),
    pytest.param(lambda raw: raw["cells"].update({"work-safety-law": None}), id="an empty cell row"),
    pytest.param(lambda raw: raw.update(levels={"guess": [1, 2]}), id="unknown level"),
    pytest.param(lambda raw: raw.update(levels={"recall": 3}), id="a range of one number"),
    pytest.param(lambda raw: raw.update(tags={"critical": [1, 2, 3]}), id="a range of three numbers"),
    pytest.param(lambda raw: raw.update(must_include=[{"least": 1}]), id="must include nothing"),
    pytest.param(lambda raw: raw.update(must_include=[{"codes": "WSL-001"}]), id="must include a word, not a list"),
    pytest.param(lambda raw: raw.update(enemies=["WSL-001"]), id="enemies as words"),
    pytest.param(lambda raw: raw.update(exposure_cap="often"), id="a cap in words"),
    pytest.param(lambda raw: raw.update(shuffle={"items": "yes"}), id="shuffling in words"),
    pytest.param(lambda raw: raw.update(shuffle={"keys": True}), id="shuffling something else"),
    pytest.param(lambda raw: raw.update(sources=["custom"]), id="sources as a list"),
    pytest.param(lambda raw: raw.update(pass_points=79.5), id="half a point"),
    pytest.param(lambda raw: raw.update(rest_days=True), id="a yes for a number"),
    pytest.param(lambda raw: raw["cells"]["work-safety-law"].update(single=-1), id="less than no items"),
    pytest.param(lambda raw: raw["cells"].update({"x": {"fill_in": 1}}), id="a kind that is asked and has no points"),
    pytest.param(lambda raw: raw["cells"].update({"x": {"written": 1}}), id="a text that is asked and has no points"),
    pytest.param(lambda raw: raw["points"].update(essay=2), id="points for a kind that nobody knows"),
]
FAULTY = [
    pytest.param(lambda raw: raw, [], id="sound"),
    pytest.param(
        lambda raw: raw["points"].update(true_false=2), ["总分应为100分，现为112分"], id="more than full points"
    ),
    pytest.param(
        lambda raw: raw["difficulty"].update(easy=8),
        ["难度各项最多题数之和不应少于50，现为49"],
        id="bands short of the items",
    ),
    pytest.param(
        lambda raw: raw["difficulty"].update(easy=22),
        ["难度各项最少题数之和不应超过50，现为51"],
        id="bands over the items",
    ),
    pytest.param(lambda raw: raw.update(pass_points=1), [], id="lowest pass mark"),
    pytest.param(lambda raw: raw.update(pass_points=100), [], id="highest pass mark"),
    pytest.param(lambda raw: raw.update(pass_points=0), ["合格分应在1至100之间"], id="nothing to reach"),
    pytest.param(lambda raw: raw.update(pass_points=101), ["合格分应在1至100之间"], id="out of reach"),
    pytest.param(lambda raw: raw.update(duration_minutes=10), [], id="shortest"),
    pytest.param(lambda raw: raw.update(duration_minutes=240), [], id="longest"),
    pytest.param(lambda raw: raw.update(duration_minutes=9), ["考试时长应在10至240分钟之间"], id="too short"),
    pytest.param(lambda raw: raw.update(duration_minutes=241), ["考试时长应在10至240分钟之间"], id="too long"),
    pytest.param(
        lambda raw: raw["cells"].pop("social-insurance-law"),
        ["总分应为100分，现为76分", "难度各项最少题数之和不应超过40，现为44"],
        id="a regulation forgotten",
    ),
    pytest.param(
        lambda raw: raw.update(tags={"critical": [5, 4]}),
        ["标签“critical”的题数范围应从小到大且不为负，现为5至4"],
        id="a range upside down",
    ),
    pytest.param(
        lambda raw: raw.update(tags={"critical": [51, 60]}),
        ["标签“critical”最少51题，多于全卷50题"],
        id="a range above all items",
    ),
    pytest.param(
        lambda raw: raw.update(bands={"easy": [0, 12]}),
        ["难度“易”有几个题数范围，彼此矛盾"],
        id="two ranges that contradict each other",
    ),
    pytest.param(
        lambda raw: raw.update(bands={"easy": [0, 14], "medium": [0, 20], "hard": [0, 15]}),
        ["难度各项最多题数之和不应少于50，现为49"],
        id="two ranges of each band, together short of the items",
    ),
    pytest.param(
        lambda raw: raw.update(levels={"recall": [0, 20], "understand": [0, 20], "apply": [0, 9]}),
        ["认知层次各项最多题数之和不应少于50，现为49"],
        id="levels short of the items",
    ),
    pytest.param(lambda raw: raw.update(levels={"recall": [0, 20], "understand": [0, 20]}), [], id="a level left open"),
    pytest.param(
        lambda raw: raw.update(regulations={"social-insurance-law": [11, 20]}),
        ["法规“social-insurance-law”按题型合计10题，不在11至20之间"],
        id="a regulation's range against its cells",
    ),
    pytest.param(
        lambda raw: raw.update(must_include=[{"codes": ["WSL-001"], "least": 2}]),
        ["必选组“WSL-001”应至少选1题且不超过其题数"],
        id="more to include than there are",
    ),
    pytest.param(lambda raw: raw.update(enemies=[["WSL-001"]]), ["互斥组至少应有两题"], id="an enemy of its own"),
    pytest.param(lambda raw: raw.update(exposure_cap=0), ["每题使用次数上限应在1至1000之间"], id="never to be used"),
    pytest.param(
        lambda raw: raw.update(rest_days=-1, overlap_earlier=51),
        ["间隔天数应在0至3650之间", "与以往试卷的重复题数应在0至全卷50题之间"],
        id="rest and overlap out of bounds",
    ),
    pytest.param(
        lambda raw: (
            raw["points"].update(single=0, multiple=8, true_false=0) or raw["cells"].update({"x": {"multiple": 1}})
        ),
        ["总分应为100分，现为104分", "每题分值应在1至20分之间"],
        id="points for nothing",
    ),
    pytest.param(
        lambda raw: raw.update(sources={"pass_mark": "custom", "pass_points": "x" * 301}),
        ["没有“pass_mark”这项设置，不能为它写来源", "来源最多写300个字"],
        id="sources of nothing, and too long",
    ),
]


@pytest.mark.parametrize("change", UNREADABLE)
def test_what_cannot_be_read_is_refused_as_such(change: Change) -> None:
    assert blueprint.parse(deepcopy(RAW)), "the unchanged one can be read"

    with pytest.raises(blueprint.UnreadableError):
        blueprint.parse(changed(change))


@pytest.mark.parametrize(("change", "said"), FAULTY)
def test_every_sum_that_does_not_come_out_is_said(change: Change, said: list[str]) -> None:
    assert [str(one) for one in faults.faults_of(blueprint.parse(changed(change)))] == said


@pytest.mark.parametrize("raw", REAL, ids=lambda raw: raw["role"])
def test_the_real_blueprints_are_sound(raw: dict[str, Any]) -> None:
    parsed = blueprint.parse(raw)

    assert list(faults.faults_of(parsed)) == []
    assert (parsed.full_points, parsed.items) == (100, 50)


def test_there_is_a_real_blueprint_for_every_role() -> None:
    assert {blueprint.parse(raw).role for raw in REAL} == set(TraineeRole)


def test_everything_a_blueprint_may_say_besides_is_read() -> None:
    parsed = blueprint.parse(
        RAW
        | {
            "levels": {"apply": [5, 10]},
            "subjects": {"ventilation": [1, 3]},
            "regulations": {"work-safety-law": [40, 40]},
            "tags": {"safety-critical": [8, 50]},
            "must_include": [{"codes": ["WSL-001", "WSL-002"], "least": 1}, {"codes": ["SIL-003"]}],
            "enemies": [["WSL-001", "WSL-009"]],
            "exposure_cap": 3,
            "rest_days": 30,
            "overlap_earlier": 5,
            "shuffle": {"options": False},
            "sources": {"pass_points": "custom"},
        }
    )

    assert parsed.ranges[3:] == (
        Range(Axis.LEVEL, "apply", 5, 10),
        Range(Axis.SUBJECT, "ventilation", 1, 3),
        Range(Axis.REGULATION, "work-safety-law", 40, 40),
        Range(Axis.TAG, "safety-critical", 8, 50),
    )
    assert parsed.must_include == (
        MustInclude(frozenset({"WSL-001", "WSL-002"}), 1),
        MustInclude(frozenset({"SIL-003"}), 1),
    )
    assert parsed.enemies == (frozenset({"WSL-001", "WSL-009"}),)
    assert (parsed.exposure_cap, parsed.rest_days, parsed.overlap_earlier) == (3, 30, 5)
    assert (parsed.shuffle, parsed.sources) == (Shuffle(items=True, options=False), {"pass_points": "custom"})
    assert list(faults.faults_of(parsed)) == []


def test_the_digest_of_a_blueprint_sees_every_setting_and_no_order() -> None:
    parsed = blueprint.parse(RAW)
    turned = {key: RAW[key] for key in reversed(RAW)} | {"cells": dict(reversed(RAW["cells"].items()))}

    assert blueprint.digest_of(blueprint.parse(turned)) == blueprint.digest_of(parsed)
    others = [{"rest_days": 1}, {"overlap_earlier": 0}, {"shuffle": {"items": False}}, {"sources": {"x": "y"}}]
    assert len({blueprint.digest_of(blueprint.parse(RAW | other)) for other in [{}, *others]}) == 5


# Bodies as they were stored before a paper could ask what is typed, and the digests that were stored beside them.
RICH = RAW | {
    "levels": {"recall": [14, 22], "understand": [20, 29], "apply": [5, 10]},
    "tags": {"瓦斯": [1, 4]},
    "must_include": [{"codes": ["WSL-001", "WSL-002"], "least": 1}],
    "enemies": [["WSL-003", "SIL-004"]],
    "exposure_cap": 3,
    "rest_days": 30,
    "overlap_earlier": 10,
    "shuffle": {"items": True, "options": False},
    "sources": {"pass_points": "市局口头意见"},
}
BEFORE = [
    pytest.param(RAW, "76d66d90394024602cb143954944f145f7eb8a5c0d5c1c8ce66bbe56c9e8f249", id="the least"),
    pytest.param(RICH, "924091266ab0317630b8f9ebb9d6ad6fdd3516dd1ed822af4f6adf2781f8f788", id="every setting"),
    *(
        pytest.param(raw, digest, id=raw["role"])
        for raw, digest in zip(
            REAL,
            (
                "39b01ceadcef365e97b714a7a5bb8f15b4ceda570d322bde9a22589cade74514",
                "f65d470fb501558c59b8ef722a8ded8bad0d85493bcf95f83e8d7558cb33773c",
                "f66296890d9e03bb24c39ec7db5371839e62dea7b67b0d3992cbe13e4701399d",
            ),
            strict=True,
        )
    ),
]


@pytest.mark.parametrize(("body", "digest"), BEFORE)
def test_what_was_stored_before_papers_asked_typed_answers_is_read_as_it_was(body: dict[str, Any], digest: str) -> None:
    """Recipes, proofs and the marking of sittings rest on these digests."""
    parsed = blueprint.parse(body)

    assert blueprint.digest_of(parsed) == digest
    assert set(parsed.points) == set(CHOSEN) and [parsed.points_of(one) for one in (Kind.FILL_IN, Kind.WRITTEN)] == [
        0,
        0,
    ]
    assert list(blueprint.canonical(parsed)["points"]) == ["single", "multiple", "true_false"]


def test_a_kind_that_is_typed_is_in_the_digest_where_it_is_asked() -> None:
    asking = changed(lambda raw: (raw["points"].update(written=10), raw["cells"]["work-safety-law"].update(written=1)))
    dearer = deepcopy(asking)
    dearer["points"]["written"] = 12

    assert len({blueprint.digest_of(blueprint.parse(raw)) for raw in (RAW, asking, dearer)}) == 3
    assert blueprint.parse(asking).full_points == blueprint.parse(RAW).full_points + 10


def test_a_blueprint_is_set_once_and_a_changed_one_is_its_next_version(staffed: World) -> None:
    with database.writing() as session:
        assembler = staffed.actor(session, "assembler")
        first = drafting.draft_blueprint(session, assembler, RAW, now=PREPARED_AT)
        again = drafting.draft_blueprint(session, assembler, deepcopy(RAW), now=PREPARED_AT)
        other = changed(lambda raw: raw.update(pass_points=70))
        second = drafting.draft_blueprint(session, assembler, other, now=PREPARED_AT)

        assert (first.number, again.id, second.number) == (1, first.id, 2)
        newest = queries.newest_blueprint(session, TraineeRole.TEAM_LEADER)
        assert newest is not None and newest.id == second.id
        assert len(list(session.exec(journal.entries(event="BLUEPRINT_SET")))) == 2
        assert (first.state, second.state, queries.blueprint(session, TraineeRole.TEAM_LEADER)) == (
            "superseded",
            "drafted",
            None,
        )
        with pytest.raises(errors.RightMissing):
            drafting.draft_blueprint(session, staffed.actor(session, "approver"), RAW, now=PREPARED_AT)


def test_over_http_every_unsound_blueprint_is_malformed_and_none_is_kept(staffed: World, browser: Browser) -> None:
    assembler = browser.of("assembler")
    for case in (*UNREADABLE, *FAULTY[1:]):
        change = case.values[0]
        if len(case.values) > 1 and not case.values[1]:
            continue
        reply = assembler.put("/api/v1/papers/blueprints", json=changed(change))  # type: ignore[arg-type]

        assert (case.id, reply.status_code) == (case.id, 422)
        assert reply.json()["code"] in {"blueprint_unreadable", "blueprint_faulty"}
    for name, text in {
        "no end of points": '{"pass_points": 1e999}',
        "half a character": '{"sources": {"pass_points": "\\ud800"}}',
        "a setting that no blueprint has": '{"pass_mark": 80}',
        "a setting with half a character": '{"\\ud800": 80}',
    }.items():
        raw = json.dumps(RAW)[:-1] + "," + text[1:]
        reply = assembler.put("/api/v1/papers/blueprints", content=raw, headers={"Content-Type": "application/json"})
        assert (name, reply.status_code, reply.json()["code"]) == (name, 422, "blueprint_unreadable")
    assert assembler.put("/api/v1/papers/blueprints", json=RAW).json()["number"] == 1


def test_a_refused_blueprint_says_everything_that_is_wrong_in_the_readers_language(
    world: World, browser: Browser
) -> None:
    raw = changed(lambda raw: raw.update(pass_points=0, enemies=[["WSL-001", "XX-9"]]))
    raw["points"]["single"] = 3
    assembler, path = browser.of("assembler"), "/api/v1/papers/blueprints"
    del raw["difficulty"]

    assert assembler.put(path, json=raw).json()["detail"] == (
        "组卷方案有误：总分应为100分，现为126分；合格分应在1至100之间；题库中没有这些试题：XX-9。"
    )
    assert assembler.put(path, json=raw, headers={"Accept-Language": "en"}).json()["detail"] == (
        "The blueprint is wrong: full marks should be 100, now 126; the pass mark should be between 1 and 100; "
        "the bank does not have these items: XX-9."
    )
