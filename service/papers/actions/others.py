"""What is kept and said of a paper beside the other papers of the programme."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from service.access.rules.policy import Actor, Right, holds
from service.bank import queries as bank
from service.papers import queries
from service.papers.rules import others as rules
from service.papers.rules.others import Shared, Spread
from service.papers.rules.states import PaperState
from service.papers.tables import Overlap, Paper
from service.programme.queries import classes


@dataclass(frozen=True, slots=True)
class Beside:
    """One other paper: its number, the code of its class, and what both share; nothing where they were not compared,
    because one was sealed by then or both are from before this was counted.
    """

    paper_id: int
    class_code: str
    shared: Shared | None


@dataclass(frozen=True, slots=True)
class Others:
    """A paper beside all others: the spread over those of the same blueprint, and every other paper by number."""

    spread: Spread
    papers: tuple[Beside, ...]


def put_down(session: Session, papers: Collection[Paper]) -> None:
    """Count what these papers share with each other and with every paper that is not sealed; again after a swap.

    What was counted beside a paper that is sealed since is dropped: of the changed one it would no longer be true.
    """
    items = items_in_the_open(session)
    kept = {(row.paper_id, row.other_id): row for paper in papers for row in queries.overlaps(session, paper.id or 0)}
    pairs = {
        (min(paper.id or 0, other), max(paper.id or 0, other))
        for paper in papers
        for other in items
        if other != paper.id
    }
    for first, second in sorted(pairs):
        shared = rules.shared(items[first], items[second])
        row = kept.get((first, second)) or Overlap(paper_id=first, other_id=second, anywhere=0, first=0)
        row.anywhere, row.first = shared.anywhere, shared.first
        session.add(row)
    for pair in kept.keys() - pairs:
        session.delete(kept[pair])
    session.flush()


def items_in_the_open(session: Session) -> dict[int, dict[str, set[int]]]:
    """The bank's items of every paper that lies open, by paper and letter: two versions of an item are one."""
    rows = queries.versions_in_the_open(session)
    items = bank.items_of(session, {version for _, _, version in rows})
    found: dict[int, dict[str, set[int]]] = {}
    for paper_id, letter, version in rows:
        found.setdefault(paper_id, {}).setdefault(letter, set()).add(items[version])
    return found


def beside(session: Session, actor: Actor, paper: Paper) -> Others:
    """What can be said to somebody of a paper beside the others, the nearest number first.

    Single papers are named to whoever makes or approves them alone: where one form of a paper was sat, an exact count
    may tell the other, which is still sealed.
    """
    living = [one for one in queries.papers(session) if one.state != PaperState.REJECTED or one.id == paper.id]
    counted = {
        other: Shared(one.anywhere, one.first)
        for one in queries.overlaps(session, paper.id or 0)
        for other in ({one.paper_id, one.other_id} - {paper.id})
    }
    shown = sorted(living, key=lambda one: one.id or 0) if _may_compare(actor) else []
    codes = classes.codes(session, {one.class_id for one in shown})
    return Others(
        spread=rules.spread([one.proof for one in living if one.blueprint_id == paper.blueprint_id]),
        papers=tuple(
            Beside(one.id or 0, codes[one.class_id], counted.get(one.id or 0)) for one in shown if one.id != paper.id
        ),
    )


def _may_compare(actor: Actor) -> bool:
    return holds(actor, Right.PAPERS_ASSEMBLE) or holds(actor, Right.PAPERS_APPROVE)
