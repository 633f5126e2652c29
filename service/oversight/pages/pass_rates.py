"""Pass rates for those who pay: a page, and the same table as CSV or as a spreadsheet."""

from fastapi import APIRouter, Request, Response

from service.kernel import clock, language, rendering, settings, sheets
from service.kernel.database import Writing
from service.oversight import actions
from service.oversight.rules import DIMENSION_NAMES, PassRates
from service.oversight.shapes.pass_rates import Asking, Question, Questioned, Read
from service.programme.queries import planning

router = APIRouter(include_in_schema=False)
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/pass-rates")
def pass_rates(request: Request, actor: Asking, asked: Questioned, rates: Read, session: Writing) -> Response:
    """The table with its chart; reading goes on record, which is why this page writes."""
    actions.note_pass_rates(session, actor, asked.asked(), rates, now=clock.now())
    context = {
        "asked": asked,
        "rates": rates.groups,
        "total": rates.total,
        "dimensions": DIMENSION_NAMES,
        "years": [row.year for row in planning.plans(session)],
        "public_url": settings.current().public_url,
    }
    return rendering.page(request, "oversight/pass_rates.html", context, actor=actor)


@router.get("/pass-rates.csv")
def pass_rates_csv(request: Request, actor: Asking, asked: Questioned, rates: Read, session: Writing) -> Response:
    """The table for a spreadsheet program, in UTF-8 with a byte order mark, as Excel expects it."""
    actions.note_pass_rates(session, actor, asked.asked(), rates, now=clock.now())
    return _download(sheets.csv_of(_table(request, asked, rates)), "text/csv; charset=utf-8", "pass-rates.csv")


@router.get("/pass-rates.xlsx")
def pass_rates_xlsx(request: Request, actor: Asking, asked: Questioned, rates: Read, session: Writing) -> Response:
    """The table as a spreadsheet."""
    actions.note_pass_rates(session, actor, asked.asked(), rates, now=clock.now())
    return _download(sheets.xlsx_of(_table(request, asked, rates)), SHEET, "pass-rates.xlsx")


def _table(request: Request, asked: Question, rates: PassRates) -> list[sheets.Row]:
    tongue = rendering.language_of(request)
    names = (
        "编号",
        DIMENSION_NAMES[asked.by],
        "编排人数",
        "到考人数",
        "交卷人数",
        "合格人数",
        "作废人数",
        "合格率（%）",
        "其中外部成绩（人）",
        "合格中外部成绩",
    )
    rows: list[sheets.Row] = [[language.say(tongue, name) for name in names]]
    for rate in (*rates.groups, rates.total):
        name = language.say(tongue, rate.name) if rate.name else ""
        counts = (rate.enrolled, rate.present, rate.handed_in, rate.passed, rate.void)
        elsewhere = (rate.elsewhere_of("enrolled"), rate.elsewhere_of("passed"))
        rows.append([rate.key, name, *counts, rate.pass_rate, *elsewhere])
    return rows


def _download(body: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=kind, headers=headers)
