"""Who watches over the journal, and what they have witnessed."""

from sqlmodel import Session, col, select

from service.journal.tables import Cosignature, TreeHead, Witness


def witness(session: Session, key_id: str) -> Witness | None:
    """The witness with this key."""
    return session.get(Witness, key_id)


def witnesses(session: Session) -> list[Witness]:
    """Every key of a witness, the earliest first."""
    return list(session.exec(select(Witness).order_by(col(Witness.registered_at), col(Witness.key_id))))


def cosignature(session: Session, size: int, key_id: str) -> Cosignature | None:
    """What a witness signed of a head."""
    return session.get(Cosignature, (size, key_id))


def of_head(session: Session, size: int) -> list[Cosignature]:
    """All who witnessed a head."""
    return list(session.exec(select(Cosignature).where(Cosignature.size == size).order_by(col(Cosignature.at))))


def newest(session: Session, number: int) -> list[tuple[Cosignature, TreeHead, Witness]]:
    """The last that were witnessed, newest first."""
    statement = (
        select(Cosignature, TreeHead, Witness)
        .join(TreeHead, col(TreeHead.size) == col(Cosignature.size))
        .join(Witness, col(Witness.key_id) == col(Cosignature.key_id))
        .order_by(col(Cosignature.size).desc(), col(Cosignature.at).desc())
        .limit(number)
    )
    return list(session.exec(statement))
