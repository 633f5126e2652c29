"""An exam whose paper has two cases at its end; through the real actions, from the bank to the evening before."""

import copy

from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.bank import queries as bank
from service.bank.actions import files, reviewing
from service.bank.rules.cases import Case
from service.bank.rules.items import ItemText, Kind, Level
from service.kernel import settings
from service.papers.actions import blueprints, drafting
from tests import world as worlds
from tests.growing import upon
from tests.world import PREPARED_AT, World

CASES, SIZE = 4, 3
PLACES = ("综采工作面", "掘进工作面", "机电硐室", "回风大巷")
TOLD = "某煤矿{place}当班作业时，瓦斯检查员发现瓦斯浓度异常并报告跟班班长。"
TOLD += "\n班长认为影响不大，安排继续作业，没有向调度室报告。"


def text_of(number: int) -> str:
    """The text of one of the cases, counted from 0."""
    return TOLD.format(place=PLACES[number])


def questions() -> list[ItemText]:
    """Four cases of three sub-questions: forms of a class share nothing."""
    return [_question(number, place) for number in range(CASES) for place in range(1, SIZE + 1)]


def _question(number: int, place: int) -> ItemText:
    kind = (Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE)[place - 1]
    options = {letter: f"{PLACES[number]}第{place}问的选项{letter}" for letter in "ABCD"}
    return ItemText(
        code=f"CQA-{number + 1}{place:02d}",
        kind=kind,
        stem=f"{PLACES[number]}的班长应当怎样处置（第{place}问）？",
        options={} if kind is Kind.TRUE_FALSE else options,
        key={Kind.SINGLE: "B", Kind.MULTIPLE: "ABD", Kind.TRUE_FALSE: "F"}[kind],
        explanation="应当立即停止作业并报告。",
        edition="coal-mine-safety-regulations-2025",
        article=10,
        roles=(TraineeRole.TEAM_LEADER,),
        difficulty=3,
        level=Level.APPLY,
        case=Case(f"CAS-00{number + 1}", text_of(number), place, SIZE),
    )


def blueprint() -> dict[str, object]:
    """The one of team leaders, with two cases in every form."""
    (raw,) = [one for one in blueprints.read(settings.current().question_bank) if one["role"] == "team_leader"]
    raw = copy.deepcopy(raw)
    raw["cases"] = {"least": 2, "most": 2}
    raw["levels"]["apply"] = [5, 16]
    raw["levels"]["understand"] = [14, 29]
    return raw


def fill_bank(session: Session, world: World) -> None:
    """The team leaders' bank with the cases, all approved, and the blueprint in force."""
    author = world.actor(session, "author")
    found = files.read(settings.current().question_bank)
    leaders = [one for one in found.items if TraineeRole.TEAM_LEADER in one.roles and one.case is None]
    reviewing.load_editions(session, author, found.editions, now=PREPARED_AT)
    reviewing.load_subjects(session, author, found.subjects, now=PREPARED_AT)
    reviewing.submit_items(session, author, [*leaders, *questions()], now=PREPARED_AT)
    for version_id in bank.awaiting_review(session):
        worlds.approve_item(session, world.actor(session, "reviewer"), version_id)
    drafted = drafting.draft_blueprint(session, world.actor(session, "assembler"), blueprint(), now=PREPARED_AT)
    approver = world.actor(session, "approver")
    drafting.judge_blueprint(session, approver, drafted.id or 0, approve=True, reason="", now=PREPARED_AT)


@upon(worlds.found_staff)
def banked(session: Session, world: World) -> World:
    """Such a bank, and a class without a paper."""
    fill_bank(session, world)
    worlds.open_class(session, world)
    return world


@upon(banked)
def build(session: Session, world: World) -> World:
    """The evening before such an exam."""
    worlds.seal_paper(session, world)
    worlds.plan_sitting(session, world)
    return world
