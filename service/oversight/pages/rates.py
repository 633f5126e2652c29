"""Rates for those who plan, pay and accept: a page with charts, and the same table as CSV or as a spreadsheet."""

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.kernel import clock, language, rendering, settings, sheets
from service.kernel.database import Writing
from service.oversight.actions import answering
from service.oversight.queries import rates as queries
from service.oversight.rules.definitions import IMPORTED_NAMES, RATE_NAMES, SMALL, Answer, Cell, Question
from service.oversight.shapes.asking import Answered, Asked, Asking, Pictured, Version
from service.programme.queries import planning
from service.results.rules.counting import ANSWER_AXES, AXIS_NAMES, PEOPLE_AXES, Axis

router = APIRouter(include_in_schema=False)
# In the order of the funnel, those of resits last.
COUNT_NAMES = {
    "enrolled": "名册人数",
    "trained": "学时达标",
    "seated": "编排人数",
    "present": "到考人数",
    "handed_in": "交卷人数",
    "passed": "合格人数",
    "void": "作废人数",
    "first_present": "首考到考",
    "first_passed": "首考合格",
    "resat": "补考到考",
    "resit_passed": "补考合格",
}
# Of these some may come from elsewhere: whoever is only enrolled or trained has no result.
RESULT_COUNTS = tuple(name for name in COUNT_NAMES if name not in {"enrolled", "trained"})
ELSEWHERE_HEADS = ("其中外部成绩（人）", "分子中外部成绩", "分母中外部成绩")
ANSWER_NAMES = {
    "enrolled": "答题人数",
    "asked": "答题题次",
    "correct": "答对题次",
    "possible": "满分",
    "points": "得分",
}
PUT_TOGETHER = "人数较少的{number}组合并"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/rates")
def rates(
    request: Request, actor: Asking, asked: Asked, shown: Pictured, session: Writing, version: Version = None
) -> Response:
    """The table with its charts; reading goes on record, which is why this page writes."""
    given = shown.answer
    answering.note(session, actor, given, now=clock.now())
    context = {
        "asked": asked,
        "query": _query(asked, version),
        "answer": given,
        "rows": _rows(request, session, given),
        "trend": shown.trend,
        "funnel": shown.funnel,
        "rates": RATE_NAMES,
        "axes": AXIS_NAMES,
        "crossing": [one for one in PEOPLE_AXES if one is not Axis.CLASS],
        "imports": IMPORTED_NAMES,
        "counts": _counts(given),
        "result_counts": RESULT_COUNTS,
        "years": [row.year for row in planning.plans(session)],
        "public_url": settings.current().public_url,
    }
    return rendering.page(request, "oversight/rates.html", context, actor=actor)


@router.get("/rates.csv")
def rates_csv(request: Request, actor: Asking, given: Answered, session: Writing) -> Response:
    """The table for a spreadsheet program, in UTF-8 with a byte order mark."""
    answering.note(session, actor, given, now=clock.now())
    return _download(sheets.csv_of(_table(request, session, given)), "text/csv; charset=utf-8", "rates.csv")


@router.get("/rates.xlsx")
def rates_xlsx(request: Request, actor: Asking, given: Answered, session: Writing) -> Response:
    """The table as a spreadsheet."""
    answering.note(session, actor, given, now=clock.now())
    return _download(sheets.xlsx_of(_table(request, session, given)), SHEET, "rates.xlsx")


def _counts(given: Answer) -> dict[str, str]:
    return ANSWER_NAMES if given.question.by in ANSWER_AXES else COUNT_NAMES


def _query(asked: Question, version: int | None) -> dict[str, object]:
    """The question as it stands in an address."""
    values: dict[str, Any] = {name: getattr(asked, name) for name in Question.__slots__} | {"version": version}
    return {name: str(value) for name, value in values.items() if value is not None}


def _rows(request: Request, session: Session, given: Answer) -> list[tuple[str, str, Cell]]:
    """The cells with the names of both their keys."""
    tongue = rendering.language_of(request)
    keys = [one.key for one in given.cells]
    names = queries.names(session, given.question.by, keys, english=tongue == "en")
    across = given.question.across
    others = queries.names(session, across, [one.across for one in given.cells]) if across is not None else {}

    def said(cell: Cell) -> str:
        if cell.key == SMALL:
            return language.say(tongue, PUT_TOGETHER, {"number": cell.merged})
        name = names.get(cell.key, cell.key)
        return language.say(tongue, name) if name and given.question.by is Axis.ROLE else name

    return [(said(one), others.get(one.across, one.across), one) for one in given.cells]


def _table(request: Request, session: Session, given: Answer) -> list[sheets.Row]:
    tongue, asked = rendering.language_of(request), given.question
    heads = [AXIS_NAMES[asked.by], *([AXIS_NAMES[asked.across]] if asked.across is not None else [])]
    counted = _counts(given)
    heads += ["计划人数", *counted.values(), "分子", "分母", "比率（%）"]
    if counted is COUNT_NAMES:
        heads += ELSEWHERE_HEADS
    rows: list[sheets.Row] = [[language.say(tongue, head) for head in heads]]
    total = [(language.say(tongue, "合计"), "", given.total)] if given.total is not None else []
    for name, other, cell in [*_rows(request, session, given), *total]:
        counts = [getattr(cell.counts, one) for one in counted]
        part, whole = cell.part(given.definition), cell.whole(given.definition)
        keys = [name, other] if asked.across is not None else [name]
        away = [cell.elsewhere_of(one) for one in ("enrolled", given.definition.part, given.definition.whole)]
        told = away if counted is COUNT_NAMES else []
        rows.append([*keys, cell.planned, *counts, part, whole, cell.rate(given.definition), *told])
    about = f"{asked.rate} · p{asked.page}{'+' if given.more else ''} · v{given.version} · SHA-256 {given.digest}"
    return [*rows, [f"{about} · {given.full_digest}"]]


def _download(body: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=kind, headers=headers)
