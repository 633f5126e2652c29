"""The candidate's pages of the exam day. They only show; acts go through the API."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.kernel import rendering
from service.papers.rules import answers

router = APIRouter(include_in_schema=False)
Anyone = Annotated[Actor, may(Right.PUBLIC)]


@router.get("/exam")
def exam_sign_in(request: Request, actor: Anyone) -> Response:
    """Where a candidate sits down; a machine that is bound to a seat already goes straight on."""
    if holds(actor, Right.SITTINGS_SIT):
        return RedirectResponse("/exam/paper", status_code=303)
    return rendering.page(request, "sittings/exam_sign_in.html", {}, actor=actor)


@router.get("/exam/paper")
def exam_paper(request: Request, actor: Annotated[Actor, may(Right.SITTINGS_SIT)]) -> HTMLResponse:
    """A shell without any question; the browser fills it from the API."""
    context = {"kind_names": answers.NAMES, "longest": answers.LONGEST, "blank": answers.BLANK}
    return rendering.page(request, "sittings/exam_paper.html", context, actor=actor)


@router.get("/exam/done")
def exam_done(request: Request, actor: Anyone) -> HTMLResponse:
    """What a reload of the last screen leads to: the receipt, if this tab has it, and no marks."""
    return rendering.page(request, "sittings/exam_done.html", {}, actor=actor)


@router.get("/exam/receipt")
def exam_receipt(request: Request, actor: Anyone) -> HTMLResponse:
    """Where anybody can check the receipt of a sheet that was handed in."""
    return rendering.page(request, "sittings/exam_receipt.html", {}, actor=actor)
