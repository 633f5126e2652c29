"""An exam with a free text on its paper, and people to mark it; through the real actions, from bank to sheet."""

import copy
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from service.access.actions import administering
from service.access.rules.duties import Duty
from service.access.rules.people import TraineeRole
from service.bank import queries as bank
from service.bank.actions import reading, reviewing
from service.bank.rules.items import ItemText, Kind
from service.kernel import settings
from service.papers.actions import blueprints, drafting, opening
from service.results.actions import grading, marking
from service.sittings import queries as sittings
from tests import world as worlds
from tests.growing import upon
from tests.results.exams import keys_of
from tests.world import PREPARED_AT, STARTS_AT, World

MARKERS = ("marker1", "marker2", "marker3")
WORTH = (4, 3, 3)
RUBRIC = "4 立即停止作业\n3 撤出受威胁地点的人员\n3 报告矿调度室"
HANDED_IN_AT = STARTS_AT + timedelta(minutes=60)


def questions() -> list[ItemText]:
    """One for each form: forms of a class share nothing."""
    first = ItemText(
        code="CMS-901",
        kind=Kind.WRITTEN,
        stem="井下发现透水征兆时，班组长应当怎样处置？",
        options={},
        key=RUBRIC,
        explanation="参考答案：立即停止作业，撤出所有受水患威胁地点的人员，报告矿调度室。",
        edition="coal-mine-safety-regulations-2025",
        article=10,
        roles=(TraineeRole.TEAM_LEADER,),
        difficulty=3,
    )
    return [first, replace(first, code="CMS-902", stem="采掘工作面瓦斯浓度超限时，班组长应当怎样处置？")]


def blueprint() -> dict[str, object]:
    """The one of team leaders, with a free text of ten points in the place of two single and two multiple choices."""
    (raw,) = [one for one in blueprints.read(settings.current().question_bank) if one["role"] == "team_leader"]
    raw = copy.deepcopy(raw)
    raw["points"]["written"] = sum(WORTH)
    raw["cells"]["coal-mine-safety-regulations"] |= {"single": 7, "multiple": 3, "written": 1}
    # So that what people give decides who passes: whoever has everything else right has ninety.
    raw["pass_points"] = 95
    raw["overlap_earlier"] = 47
    raw["difficulty"] |= {"easy": 14, "medium": 21, "hard": 12}
    return raw


@upon(worlds.banked)
def build(session: Session, world: World) -> World:
    """The evening before such an exam, with three people who may mark."""
    reviewing.submit_items(session, world.actor(session, "author"), questions(), now=PREPARED_AT)
    for version_id in bank.awaiting_review(session):
        _approve(session, world, version_id)
    drafted = drafting.draft_blueprint(session, world.actor(session, "assembler"), blueprint(), now=PREPARED_AT)
    approver = world.actor(session, "approver")
    drafting.judge_blueprint(session, approver, drafted.id or 0, approve=True, reason="", now=PREPARED_AT)
    worlds.open_class(session, world)
    worlds.seal_paper(session, world)
    worlds.plan_sitting(session, world)
    for number, username in enumerate(MARKERS, start=970):
        open_marker(session, world, username, number)
    return world


def _approve(session: Session, world: World, version_id: int) -> None:
    found = bank.version(session, version_id)
    assert found is not None
    reviewer = world.actor(session, "reviewer")
    if found[1].kind != Kind.WRITTEN:
        worlds.approve_item(session, reviewer, version_id)
        return
    reading.answer_item(session, reviewer, version_id, ["停止作业，撤人，报告。"], now=PREPARED_AT)
    reviewing.review_item(session, reviewer, version_id, approve=True, reason="", now=PREPARED_AT)


def open_marker(session: Session, world: World, username: str, number: int) -> None:
    """An account of the bureau with the duty of marking."""
    account = administering.open_account(
        session,
        world.actor(session, "administrator"),
        organisation_id=world.organisations["bureau"],
        name=username,
        citizen_id=worlds.citizen_id(number),
        username=username,
        password_hash=worlds.hashed(),
        now=PREPARED_AT,
    )
    worlds.has_chosen(session, account)
    world.accounts[username] = account.id or 0
    administering.grant_duty(session, worlds.security(session), account.id or 0, Duty.MARK, now=PREPARED_AT)


def written_at(session: Session, sitting_id: int) -> int:
    """The position of the free text on the paper of a sitting."""
    sitting = sittings.sitting(session, sitting_id)
    assert sitting is not None and sitting.form_id is not None
    (found,) = [one.position for one in opening.read_opened(session, sitting.form_id) if one.kind == Kind.WRITTEN]
    return found


def text_of(place: int) -> str:
    """What the candidate at this place in the list of seats writes."""
    return f"第{place}份：停止作业，\n撤出人员，报告调度室。"


def sit(session: Session, world: World, texts: int, *, now: datetime = HANDED_IN_AT) -> None:
    """Everybody answers everything that has a key rightly; the first ``texts`` write something, the others nothing."""
    worlds.begin_exam(session, world)
    keys, at = keys_of(session, world.sitting_id), written_at(session, world.sitting_id)
    for place, seat_id in enumerate(world.seats):
        worlds.start(session, seat_id)
        for position, (key, _) in keys.items():
            if position != at:
                worlds.save(session, seat_id, position, key)
        if place < texts:
            worlds.save(session, seat_id, at, text_of(place))
    for seat_id in world.seats:
        worlds.hand_in(session, seat_id, now=now)
    assert marking.hand_in_overdue(session, now=now) == 0


def mark_all(session: Session, world: World, given: list[int], *, by: tuple[str, str], now: datetime) -> None:
    """Two people give every text of a class the same points."""
    for username in by:
        actor = world.actor(session, username)
        while desk := grading.take_next(session, actor, world.class_id, now=now):
            nonce = f"{username}-{desk.script.id}"
            grading.put_mark(session, actor, desk.script.id or 0, given, nonce, now=now)


@upon(build)
def handed_in(session: Session, world: World) -> World:
    """Six have handed in such an exam, and three of them have written something."""
    sit(session, world, 3)
    return world
