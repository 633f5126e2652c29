"""Pass rates for those who pay: a page, and the same table as CSV or as a spreadsheet."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, language, rendering, settings, sheets
from service.kernel.database import Writing
from service.kernel.paging import Blank
from service.oversight import actions, shapes
from service.oversight.rules import DIMENSION_NAMES, Dimension, PassRate, total
from service.programme.queries import planning

router = APIRouter(include_in_schema=False)
Asking = Annotated[Actor, may(Right.STATISTICS_PASS_RATES)]


@dataclass(frozen=True, slots=True)
class Question:
    """By what, for sittings of which days, of which plan year."""

    by: Dimension
    since: date | None
    until: date | None
    plan_year: int | None

    @property
    def query(self) -> dict[str, object]:
        """The question as it stands in an address."""
        values = {"by": self.by.value, "since": self.since, "until": self.until, "plan_year": self.plan_year}
        return {name: value for name, value in values.items() if value is not None}

    def answer(self, session: Session, actor: Actor) -> list[PassRate]:
        """The rates; asking for them goes on record."""
        end = self.until + timedelta(days=1) if self.until else None
        since, until = shapes.midnight(self.since), shapes.midnight(end)
        return actions.read_pass_rates(
            session, actor, self.by, since=since, until=until, plan_year=self.plan_year, now=clock.now()
        )


def question(
    by: Dimension = Dimension.CLASS,
    since: Annotated[date | None, Blank, Query(ge=shapes.EARLIEST, le=shapes.LATEST)] = None,
    until: Annotated[date | None, Blank, Query(ge=shapes.EARLIEST, le=shapes.LATEST)] = None,
    plan_year: Annotated[int | None, Blank] = None,
) -> Question:
    """What the address asks for."""
    return Question(by, since, until, plan_year)


Asked = Annotated[Question, Depends(question)]


@router.get("/pass-rates")
def pass_rates(request: Request, session: Writing, actor: Asking, asked: Asked) -> Response:
    """The table with its chart; reading goes on record, which is why this page writes."""
    rates = asked.answer(session, actor)
    context = {
        "asked": asked,
        "rates": rates,
        "total": total(rates),
        "dimensions": DIMENSION_NAMES,
        "years": [row.year for row in planning.plans(session)],
        "public_url": settings.current().public_url,
    }
    return rendering.page(request, "oversight/pass_rates.html", context, actor=actor)


@router.get("/pass-rates.csv")
def pass_rates_csv(request: Request, session: Writing, actor: Asking, asked: Asked) -> Response:
    """The table for a spreadsheet program, in UTF-8 with a byte order mark, as Excel expects it."""
    body = sheets.csv_of(_table(request, asked, asked.answer(session, actor)))
    return _download(body, "text/csv; charset=utf-8", "pass-rates.csv")


@router.get("/pass-rates.xlsx")
def pass_rates_xlsx(request: Request, session: Writing, actor: Asking, asked: Asked) -> Response:
    """The table as a spreadsheet."""
    body = sheets.xlsx_of(_table(request, asked, asked.answer(session, actor)))
    return _download(body, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pass-rates.xlsx")


def _table(request: Request, asked: Question, rates: list[PassRate]) -> list[sheets.Row]:
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
    )
    rows: list[sheets.Row] = [[language.say(tongue, name) for name in names]]
    for rate in (*rates, total(rates)):
        name = language.say(tongue, rate.name) if rate.name else ""
        counts = (rate.enrolled, rate.present, rate.handed_in, rate.passed, rate.void)
        rows.append([rate.key, name, *counts, rate.pass_rate])
    return rows


def _download(body: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=kind, headers=headers)
