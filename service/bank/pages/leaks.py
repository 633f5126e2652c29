"""The page on which the bank is compared with the questions that an institution practises with."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank.actions import uploads
from service.bank.pages.imports import ENDINGS
from service.kernel import rendering

router = APIRouter()


@router.get("/bank/leaks")
def leaks(request: Request, actor: Annotated[Actor, may(Right.BANK_READ)]) -> Response:
    """The form; the comparison is filled in by what the API answers."""
    context = {
        "endings": ENDINGS,
        "most": uploads.MOST_BYTES // 1024**2,
        "most_text": uploads.MOST_TEXT_BYTES // 1024**2,
    }
    return rendering.page(request, "bank/leaks.html", context, actor=actor)
