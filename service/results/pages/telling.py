"""What items and papers tell: a page for each class, and the same table as a file."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.access.actions import using
from service.access.actions.exporting import Table
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import exports, may
from service.bank.rules.items import KIND_NAMES
from service.kernel import clock, language, rendering, settings, sheets
from service.kernel.bounds import Identifier
from service.kernel.database import Reading
from service.kernel.decision import Decision, first_refusal
from service.programme.actions import viewing
from service.results.actions import calibrating, cases, comparing, telling
from service.results.rules import similarity as rules
from service.results.rules.calibrating import MODEL_NAMES
from service.results.rules.cases import FINDING_NAMES
from service.results.rules.item_statistics import DEAD, EASY, FEW, FLAG_NAMES, HARD, LEAST_ALIKE, ItemStatistics

router = APIRouter(prefix="/results/statistics", include_in_schema=False)
Seeing = Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)]
HEADS = (
    "试卷",
    "题号",
    "题目编号",
    "题型",
    "作答人数",
    "得分率",
    "区分度",
    "高低分组差",
    "未答",
    "干扰项",
    "常见错误答案",
    "提示",
)


@router.get("/{class_id}")
def statistics(request: Request, class_id: Identifier, session: Reading, actor: Seeing) -> Response:
    """Every form that the class sat: the form as a whole, its items in a chart and in a table."""
    context = {
        "line": viewing.view_class(session, actor, class_id),
        "forms": telling.statistics(session, actor, class_id, now=clock.now()),
        "calibration": calibrating.judge(session, actor, class_id) if holds(actor, Right.RESULTS_PUBLISH) else None,
        "kinds": KIND_NAMES,
        "flags": FLAG_NAMES,
        "few": FEW,
        "models": MODEL_NAMES,
        "two_from": settings.current().two_parameter_answers,
        "bounds": {"dead": DEAD, "easy": EASY, "hard": HARD, "alike": LEAST_ALIKE},
    }
    return rendering.page(request, "results/statistics.html", context, actor=actor)


@router.get("/{class_id}/similarity")
def similarity(request: Request, class_id: Identifier, session: Reading, actor: Seeing) -> Response:
    """The pairs in each room whose answers agree too often, and the cases that people have made of them."""
    found = cases.of_class(session, actor, class_id)
    context = {
        "line": viewing.view_class(session, actor, class_id),
        "forms": comparing.compare(session, actor, class_id, now=clock.now()),
        "alarm": rules.ALARM,
        "cases": found,
        "waiting": {(one.case.seat_id, one.case.other_seat_id) for one in found if one.case.closed_at is None},
        "findings": FINDING_NAMES,
        "opening": _duty(session, actor, Right.RESULTS_CONFIRM, Duty.CONFIRM, class_id),
        "closing": _duty(session, actor, Right.RESULTS_PUBLISH, Duty.PUBLISH, class_id),
    }
    return rendering.page(request, "results/similarity.html", context, actor=actor)


def _duty(session: Session, actor: Actor, right: Right, duty: Duty, class_id: int) -> Decision | None:
    """Whether somebody with the right may use the duty for a class; nothing for everybody else."""
    if not holds(actor, right):
        return None
    assert actor.person_id is not None
    return first_refusal(*using.may_use_duty(session, actor.person_id, duty, f"class:{class_id}"))


@router.get("/{class_id}/items.csv")
def statistics_csv(request: Request, class_id: Identifier, session: Reading, actor: Seeing) -> Response:
    """One row per item; it goes on record, so this GET writes."""
    tongue = rendering.language_of(request)
    rows: list[sheets.Row] = []
    for form in telling.statistics(session, actor, class_id, now=clock.now()):
        rows += [[f"{form.paper_id}{form.letter}", *_cells(tongue, item)] for item in form.items]
    heads = [language.say(tongue, head) for head in HEADS]
    return exports.as_csv(actor, f"class:{class_id}", Table.ITEM_STATISTICS, heads, rows, f"items-{class_id}")


def _cells(tongue: str, item: ItemStatistics) -> list[sheets.Cell]:
    return [
        item.asked.position,
        item.asked.code,
        language.say(tongue, KIND_NAMES[item.asked.kind]),
        item.answers,
        _figure(item.facility),
        _figure(item.discrimination),
        _figure(item.upper_lower),
        _figure(item.omitted),
        " ".join(f"{one.share:.3f}" for one in item.distractors),
        "；".join(f"{one.text} {one.share:.3f}" for one in item.texts),
        "；".join(language.say(tongue, FLAG_NAMES[flag]) for flag in item.flags),
    ]


def _figure(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
