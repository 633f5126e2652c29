"""How far the bank is from the questions that an institution practises with: for each of them the nearest item."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.bank.queries import neighbours
from service.bank.queries.neighbours import Near
from service.bank.rules import alike
from service.bank.rules.exchange.drafts import Draft, Field, Sheaf
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors

# Below a tenth two questions share chance alone.
LEAST = 100


@dataclass(frozen=True, slots=True)
class Measured:
    """One question of theirs, and the item nearest to it, if any is near at all."""

    draft: Draft
    near: Near | None


@dataclass(frozen=True, slots=True)
class Leak:
    """All their questions; ``marks`` counts those that are at least so like an item, ``middle`` is the median."""

    lines: tuple[Measured, ...]
    marks: Mapping[int, int]
    middle: int


def measure(session: Session, actor: Actor, sheaf: Sheaf) -> Leak:
    """Compare a file of questions with the bank. Seconds for large files, so this comes before the turn to write.

    Raises:
        Malformed: the file holds no question.
    """
    using.require_right(actor, Right.BANK_READ)

    drafts = [draft for draft in sheaf.drafts if draft.word(Field.STEM)]
    if not drafts:
        raise errors.Malformed("no_questions", "文件中没有找到试题。")

    texts = [alike.asked(draft.word(Field.STEM), draft.options) for draft in drafts]
    found = neighbours.bank(session).nearest(texts, least=LEAST, most=1)
    lines = [Measured(draft, near[0] if near else None) for draft, near in zip(drafts, found, strict=True)]
    likenesses = sorted(one.near.likeness if one.near else 0 for one in lines)
    return Leak(tuple(lines), alike.spread(likenesses), likenesses[len(likenesses) // 2])


def screen(session: Session, actor: Actor, leak: Leak, *, file: str, now: datetime) -> Leak:
    """Hand the comparison out: it tells what is in the bank, so that goes on record."""
    using.require_right(actor, Right.BANK_READ)

    data = {"file": file, "questions": len(leak.lines), "near": leak.marks[alike.NEAR]}
    record(session, Event.LEAK_MEASURED, actor.label, "bank", now=now, data=data)
    return leak
