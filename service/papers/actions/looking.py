"""What a paper's page says of its custody: who can open it, and what was opened outside the usual way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access import queries as access
from service.access.rules.policy import Actor, Right, holds
from service.kernel.decision import Decision
from service.papers import queries
from service.papers.actions import custodians
from service.papers.rules.breaking import BREAK_WITHIN, Begun
from service.papers.rules.states import Form, PaperState
from service.papers.tables import BreakGlass, Paper


@dataclass(frozen=True, slots=True)
class Broken:
    """A break-glass opening in words: of which form, who began it when and why, and who finished it."""

    letter: Form
    reason: str
    first: str
    begun_at: datetime
    second: str = ""
    opened_at: datetime | None = None

    @property
    def until(self) -> datetime:
        """The moment from which a second hand comes too late."""
        return self.begun_at + BREAK_WITHIN


@dataclass(frozen=True, slots=True)
class Custody:
    """Before sealing: whether it may be sealed and by how many pairs it could be opened; then to how many keys it was
    sealed, and what happened outside the usual way. ``breakable`` are the forms that this person may break open."""

    decision: Decision | None = None
    pairs: int = 0
    sealed: int = 0
    broken: Sequence[Broken] = ()
    begun: Sequence[Broken] = ()
    breakable: Sequence[Form] = ()


def custody(session: Session, actor: Actor, paper: Paper, *, now: datetime) -> Custody | None:
    """The custody of a paper as it stands now; nothing where the paper was sent back."""
    if paper.state == PaperState.REJECTED:
        return None
    if paper.sealed_at is None:
        able = custodians.of_class(session, paper.class_id)
        decision = custodians.judge(session, able, paper.class_id)
        return Custody(decision=decision, pairs=custodians.complete_pairs(session, paper.class_id))
    forms = queries.forms(session, paper.id or 0)
    still = {letter: form for letter, form in forms.items() if form.opened_at is None}
    standing = {letter: queries.begun_breaking(session, form.id or 0) for letter, form in still.items()}
    begun = [
        (row, letter)
        for letter, row in standing.items()
        if row is not None and Begun(row.begun_by, row.begun_at).stands(now)
    ]
    return Custody(
        sealed=max(queries.holders(session, form.id or 0) for form in forms.values()),
        broken=_in_words(session, queries.break_glass_openings(session, paper.class_id)),
        begun=_in_words(session, begun),
        breakable=list(still) if holds(actor, Right.PAPERS_BREAK_OPEN) else (),
    )


def all_broken(session: Session) -> list[tuple[Paper, Broken]]:
    """Everything that was done to open papers outside the usual way, newest first, with the paper it was done to."""
    found = queries.all_break_glass(session)
    said = _in_words(session, [(row, letter) for row, letter, _ in found])
    return [(paper, one) for (_, _, paper), one in zip(found, said, strict=True)]


def _in_words(session: Session, rows: Sequence[tuple[BreakGlass, Form]]) -> list[Broken]:
    people = access.people(session, {one for row, _ in rows for one in (row.begun_by, row.opened_by) if one})
    names = {person_id: person.name for person_id, person in people.items()}
    return [
        Broken(letter, row.reason, names[row.begun_by], row.begun_at, names.get(row.opened_by or 0, ""), row.opened_at)
        for row, letter in rows
    ]
