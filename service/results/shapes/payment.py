"""Payment lists as they cross HTTP, with digest and signature."""

import json
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from service.results.actions.paying import Payment
from service.results.tables import PaymentList


class PaymentListShape(BaseModel):
    """``signature`` is Ed25519 over two lines, each ended by a line feed: ``peikao payment list v1`` and the digest.

    ``digest`` is SHA-256 over ``content`` as it stands here; amounts are in fen.
    """

    id: int
    version: int
    people: int
    total_fen: int
    made_at: datetime
    content: str
    digest: str
    key_id: str
    signature: str
    payees: list[dict[str, Any]]

    @classmethod
    def of(cls, row: PaymentList) -> "PaymentListShape":
        return cls(
            **row.model_dump(exclude={"class_id", "edition_id", "made_by"}), payees=json.loads(row.content)["payees"]
        )


class PaymentShape(BaseModel):
    """The versions of a class's list; ``outdated``: results were corrected since, and a new version is due.

    ``from_elsewhere`` of those to be paid for now passed elsewhere; ``left_out`` passed elsewhere and are not among
    them, since such a result earns no credit.
    """

    outdated: bool
    from_elsewhere: int
    left_out: int
    lists: list[PaymentListShape] = Field(description="Oldest first; the last one counts.")

    @classmethod
    def of(cls, payment: Payment) -> "PaymentShape":
        return cls(
            outdated=payment.outdated,
            from_elsewhere=payment.from_elsewhere,
            left_out=payment.left_out,
            lists=[PaymentListShape.of(one) for one in payment.lists],
        )
