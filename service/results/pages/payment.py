"""The payment list of a class: a page, and each version as a spreadsheet."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.actions.exporting import Table
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import exports, may
from service.kernel import errors, language, rendering, sheets
from service.kernel.bounds import Identifier
from service.kernel.database import Reading
from service.programme.actions import viewing
from service.results.actions import paying
from service.results.queries import payment as queries
from service.results.rules.elsewhere import NO_CREDIT
from service.results.rules.payment import FEE_NAMES, SOURCE

router = APIRouter(include_in_schema=False)
Seeing = Annotated[Actor, may(Right.RESULTS_PAYMENTS)]
Taking = Annotated[Actor, may(Right.RESULTS_PAYMENTS, fresh=True)]
HEADS = ("姓名", "身份证号", "所属企业", "认定学时", "合格证明", "金额（元）")


@router.get("/results/classes/{class_id}/payment")
def payment(request: Request, class_id: Identifier, session: Reading, actor: Seeing) -> Response:
    """Every version of the list, newest first, and the button that draws up the next one."""
    context = {
        "line": viewing.view_class(session, actor, class_id),
        "payment": paying.view(session, actor, class_id),
        "payees_of": paying.payees_of,
        "plans": holds(actor, Right.PROGRAMME_PLAN),
        "fees": FEE_NAMES,
        "source": SOURCE,
        "no_credit": NO_CREDIT,
    }
    return rendering.page(request, "results/payment.html", context, actor=actor)


@router.get("/results/payment-lists/{list_id}.xlsx")
def payment_xlsx(request: Request, list_id: Identifier, session: Reading, actor: Taking) -> Response:
    """One version as a spreadsheet, with its digest and signature under it; no text is ever computed.

    It carries names and money, so that it left goes on record, and this GET writes.
    """
    row = queries.payment_list(session, list_id)
    if row is None:
        raise errors.NotFound()
    tongue = rendering.language_of(request)
    table: list[sheets.Row] = [[language.say(tongue, head) for head in HEADS]]
    payees = paying.payees_of(row)
    for one in payees:
        table.append([one.name, one.citizen_id_masked, one.enterprise, one.hours, one.certificate, one.fen / 100])
    table.append(["SHA-256", row.digest])
    table.append([f"Ed25519 {row.key_id}", row.signature])
    table.append([language.say(tongue, "合计"), None, None, None, row.people, row.total_fen / 100])
    content, name = sheets.xlsx_of(table), f"payment-{row.class_id}-v{row.version}"
    return exports.hand_out(actor, f"class:{row.class_id}", Table.PAYMENT, content, len(payees), "xlsx", name)
