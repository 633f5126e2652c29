"""Other bodies that watch over the journal: their keys, and what they signed."""

from typing import Annotated

from fastapi import APIRouter

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.journal.queries import witnesses as queries
from service.kernel import clock
from service.kernel.database import Reading, Writing
from service.oversight import actions, shapes
from service.oversight.api.heads import Number, Watching

router = APIRouter(prefix="/journal")


@router.post("/witnesses", status_code=201)
def register_witness(
    body: shapes.NewWitness, session: Writing, actor: Annotated[Actor, may(Right.ACCOUNTS_MANAGE)]
) -> shapes.WitnessShape:
    """Register another body's key. Whoever reads the journal sees that, and whose it is."""
    key = bytes.fromhex(body.public_key)
    witness = actions.register_witness(session, actor, body.organisation_id, key, now=clock.now())
    return shapes.WitnessShape.model_validate(witness, from_attributes=True)


@router.get("/witnesses")
def witnesses(session: Reading, _: Watching) -> list[shapes.WitnessShape]:
    """The keys of all witnesses."""
    found = queries.witnesses(session)
    return [shapes.WitnessShape.model_validate(one, from_attributes=True) for one in found]


@router.post("/heads/{size}/cosignatures", status_code=201)
def witness_head(
    size: Number, body: shapes.NewCosignature, session: Writing, actor: Watching
) -> shapes.CosignatureShape:
    """Hand in what a witness signed of a head; the signature is checked."""
    signature = bytes.fromhex(body.signature)
    kept = actions.witness_head(session, actor, size, body.key_id, body.at, signature, now=clock.now())
    return shapes.CosignatureShape.model_validate(kept, from_attributes=True)


@router.get("/heads/{size}/cosignatures")
def cosignatures(size: Number, session: Reading, _: Watching) -> list[shapes.CosignatureShape]:
    """Who witnessed a head."""
    return [shapes.CosignatureShape.model_validate(one, from_attributes=True) for one in queries.of_head(session, size)]
