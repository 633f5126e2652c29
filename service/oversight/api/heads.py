"""The tree over the record, for auditors and for whoever watches over the record from outside."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.journal.queries import proofs
from service.journal.queries import tree as queries
from service.journal.rules import heads as rules
from service.journal.tables import TreeHead
from service.kernel import errors, sealing
from service.kernel.database import Reading
from service.kernel.paging import page_of
from service.oversight import shapes

router = APIRouter(prefix="/journal")
Watching = Annotated[Actor, may(Right.JOURNAL_HEADS)]
# Numbers of entries as the database keeps them.
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Size = Annotated[int, Query(ge=1, le=2**31 - 1)]


def shape(head: TreeHead) -> shapes.HeadShape:
    """A head as it crosses HTTP."""
    return shapes.HeadShape.model_validate(head, from_attributes=True)


def _found(head: TreeHead | None) -> TreeHead:
    if head is None:
        raise errors.NotFound("no_such_head", "没有这样的树头。")
    return head


@router.get("/keys")
def keys(session: Reading, _: Annotated[Actor, may(Right.PUBLIC)]) -> list[shapes.KeyShape]:
    """The keys that sign heads or once did, newest first; compare the current one with what the operator published."""
    own = sealing.journal_key()
    listed = [(one.key_id, bytes.fromhex(one.public_key), one.since) for one in queries.keys(session)]
    if own.key_id not in {key_id for key_id, _, _ in listed}:
        listed.insert(0, (own.key_id, own.public, ""))
    return [
        shapes.KeyShape(
            key_id=key_id,
            public_key=public.hex(),
            pem=sealing.ed25519_pem(public),
            since=since or None,
            current=key_id == own.key_id,
        )
        for key_id, public, since in listed
    ]


@router.get("/heads")
def heads(session: Reading, _: Watching, page: Annotated[int, Query(ge=1)] = 1) -> shapes.HeadList:
    """Signed heads, newest first."""
    found = page_of(session, queries.heads(), page)
    rows = [shape(row) for row in found.rows]
    return shapes.HeadList(total=found.total, page=found.number, pages=found.pages, heads=rows)


@router.get("/heads/latest", responses={404: {}})
def latest(session: Reading, _: Watching) -> shapes.HeadShape:
    """The newest head."""
    return shape(_found(queries.newest(session)))


@router.get("/heads/{size}")
def head(size: Number, session: Reading, _: Watching) -> shapes.HeadShape:
    """The head over so many entries."""
    return shape(_found(queries.head(session, size)))


@router.get("/codes/{code}")
def head_of_code(
    code: Annotated[str, Path(max_length=40)], session: Reading, _: Annotated[Actor, may(Right.PUBLIC)]
) -> shapes.HeadShape:
    """Which head a printed code names; whoever holds the paper may ask."""
    return shape(_found(queries.head_of_code(session, rules.read_code(code))))


@router.get("/entries/{seq}/proof")
def inclusion(
    seq: Number, session: Reading, _: Annotated[Actor, may(Right.JOURNAL_READ)], size: Size | None = None
) -> shapes.InclusionProof:
    """An entry, and the proof that it is in the newest head, or in the one of ``size``."""
    head = _found(queries.newest(session) if size is None else queries.head(session, size))
    found = proofs.inclusion(session, head, seq)
    if found is None:
        raise errors.NotFound("not_in_head", "这条记录不在这个树头之内。")
    return shapes.InclusionProof(
        entry=shapes.EntryShape.model_validate(found.entry, from_attributes=True),
        leaf=found.leaf.hex(),
        path=[one.hex() for one in found.path],
        head=shape(head),
    )


@router.get("/consistency")
def consistency(session: Reading, _: Watching, first: Size, second: Size) -> shapes.ConsistencyProof:
    """The proof that everything the first head covers stands unchanged under the second."""
    if first > second:
        raise errors.Malformed("heads_reversed", "前一个树头不能比后一个大。")
    before, after = _found(queries.head(session, first)), _found(queries.head(session, second))
    path = [one.hex() for one in proofs.consistency(session, before, after)]
    return shapes.ConsistencyProof(first=shape(before), second=shape(after), path=path)
