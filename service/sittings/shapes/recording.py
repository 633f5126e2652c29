"""The room record as it crosses HTTP."""

import json
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from service.access.rules.policy import Actor
from service.kernel import language
from service.sittings.actions.recording import RoomRecord
from service.sittings.rules import recording as rules


class Confirmation(BaseModel):
    """``digest`` is that of the record which was looked at; left out, the record counts as it is now."""

    remark: str = Field("", max_length=300)
    digest: str | None = Field(None, pattern="^[0-9a-f]{64}$")


class CountsShape(BaseModel):
    enrolled: int
    admitted: int
    late: int
    missing: int
    refused: dict[str, int]
    handed_in: dict[str, int]
    open_sheets: int


class SignedShape(BaseModel):
    name: str
    at: datetime
    remark: str
    digest: str
    current: bool


class Excuse(BaseModel):
    """Which proctor cannot sign any more, and why."""

    person_id: int = Field(ge=1, le=2**31 - 1)
    reason: str = Field(min_length=2, max_length=300, pattern="^[^\0]*$")


class ExcusedShape(BaseModel):
    name: str
    reason: str
    at: datetime
    noter: str


class RecordShape(BaseModel):
    """A room record as it stands; ``digest`` is SHA-256 over ``content``, its keys sorted, no spaces, in UTF-8.

    Its instants are texts already, so that whoever has the content can make the digest again.
    """

    sitting_id: int
    read_at: datetime
    content: dict[str, Any]
    counts: CountsShape
    digest: str
    digest_groups: str
    journal_seq: int
    journal_hash: str
    head_size: int = Field(description="How many entries of the journal the newest signed head covers; 0 for none yet.")
    head_code: str = Field(
        description="The code by which that head can be looked up.", examples=["7K3M-9QXT-2W4H-8ZPA"]
    )
    signed: list[SignedShape]
    excused: list[ExcusedShape]
    missing: int = Field(description="How many proctors have neither signed the record as it is nor are excused.")
    mine: bool = Field(description="The caller has confirmed the record as it is.")
    may_confirm: bool
    code: str
    reason: str

    @classmethod
    def of(cls, found: RoomRecord, actor: Actor, tongue: str) -> "RecordShape":
        return cls(
            sitting_id=found.sitting_id,
            read_at=found.read_at,
            content=json.loads(rules.canonical(found.content)),
            counts=CountsShape.model_validate(found.counts, from_attributes=True),
            digest=found.digest,
            digest_groups=rules.grouped(found.digest),
            journal_seq=found.journal_seq,
            journal_hash=found.journal_hash,
            head_size=found.head_size,
            head_code=found.head_code,
            signed=[SignedShape.model_validate(one, from_attributes=True) for one in found.signed],
            excused=[ExcusedShape.model_validate(one, from_attributes=True) for one in found.excused],
            missing=len(found.missing),
            mine=any(one.person_id == actor.person_id and one.current for one in found.signed),
            may_confirm=found.decision.allowed,
            code=found.decision.code,
            reason=language.say(tongue, found.decision.reason, found.decision.values),
        )
