"""Mending a paper: an approver marks single items, the assembler puts others in their place or says why they stay.

Which item took a place is put down as its rank among all that could: with the stock that is kept sealed beside the
paper that gives the item again, and without it nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.bank import queries as bank
from service.bank.rules.items import ItemText, State
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.papers import queries
from service.papers.actions import assembling, contents, others
from service.papers.rules import blueprint, cases, proving, states, swapping
from service.papers.rules.candidates import Candidate
from service.papers.rules.states import Form, PaperState
from service.papers.rules.swapping import Replacement
from service.papers.rules.targets import Target
from service.papers.tables import Mark, Paper

# More than anybody would compare.
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Marked:
    """What an approver objects to."""

    letter: Form
    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An item that could take a place: its rank among all, and how far the form would be from its target."""

    rank: int
    text: ItemText
    used: int
    deviation_milli: int


def send_back(session: Session, actor: Actor, paper_id: int, marks: Sequence[Marked], *, now: datetime) -> Paper:
    """Send a paper back with marks on single items; never by whoever assembled it or swapped an item.

    Raises:
        Malformed: no mark, or on a position that there is not.
        WrongState: it does not wait for approval.
    """
    paper = _paper(session, paper_id)

    using.require_right(actor, Right.PAPERS_APPROVE)

    states.may_move(PaperState(paper.state), PaperState.RETURNED).or_refuse()
    using.use_duty(session, actor, Duty.APPROVE, f"paper:{paper.id}", f"class:{paper.class_id}", now=now)
    lengths = {letter: len(rows) for letter, rows in contents.rows_of(session, paper).items()}
    if not marks or any(not 1 <= one.position <= lengths[one.letter] for one in marks):
        raise errors.Malformed("marks_missing", "请至少标记一题，并写明理由。")

    assert actor.person_id is not None
    for one in marks:
        session.add(
            Mark(
                paper_id=paper_id,
                letter=one.letter,
                position=one.position,
                reason=one.reason,
                marked_at=now,
                marked_by=actor.person_id,
            )
        )
    paper.state = PaperState.RETURNED
    session.add(paper)
    session.flush()

    data = {"marks": [f"{one.letter}{one.position}" for one in marks]}
    record(session, Event.PAPER_RETURNED, actor.label, f"paper:{paper_id}", now=now, data=data)
    return paper


def suggestions(session: Session, actor: Actor, mark_id: int, *, now: datetime) -> tuple[ItemText, list[Suggestion]]:
    """The marked item and the best ones that could take its place, for the assembler; the reading goes on record."""
    mark, paper = _mark(session, mark_id)

    using.require_right(actor, Right.PAPERS_ASSEMBLE)

    _require_open(mark, paper)
    letter = Form(mark.letter)
    row = contents.rows_of(session, paper)[letter][mark.position - 1]
    found = []
    for rank, one in enumerate(_equivalents(session, paper, letter, mark.position)):
        item = bank.version(session, one.candidate.version_id)
        # Whatever was withdrawn since the assembly keeps its rank, and is not offered.
        if item is not None and item[1].state == State.APPROVED:
            found.append(Suggestion(rank, bank.text_of(*item), one.candidate.used, one.deviation_milli))
        if len(found) == SHOWN:
            break

    data = {"form": letter, "position": mark.position}
    record(session, Event.PAPER_READ, actor.label, f"paper:{paper.id}", now=now, data=data)
    marked = bank.version(session, row.item_version_id)
    assert marked is not None, "a form refers to versions by foreign key"
    return bank.text_of(*marked), found


def swap(session: Session, actor: Actor, mark_id: int, rank: int, *, now: datetime) -> Paper:
    """Put another item in the place of a marked one; the proof is counted anew.

    Raises:
        Refused: whoever swaps approved this paper, or is tied to the class.
        WrongState: the mark is settled, no such item keeps the blueprint, or the marked one is of a case.
    """
    mark, paper = _mark(session, mark_id)

    using.require_right(actor, Right.PAPERS_ASSEMBLE)

    _require_open(mark, paper)
    using.use_duty(session, actor, Duty.ASSEMBLE, f"paper:{paper.id}", f"class:{paper.class_id}", now=now)
    letter, place = Form(mark.letter), mark.position
    cases.may_swap(contents.forms_of(session, paper)[letter][place - 1].case).or_refuse()
    found = _equivalents(session, paper, letter, place)
    if not 0 <= rank < len(found):
        raise errors.WrongState("swap_gone", "这道题不能用来替换，请重新打开本页选择。")

    chosen = found[rank].candidate
    forms = contents.replaced(contents.forms_of(session, paper), letter, place, chosen)
    row = contents.rows_of(session, paper)[letter][place - 1]
    row.item_version_id = chosen.version_id
    session.add(row)
    _prove_again(session, paper, forms)
    others.put_down(session, [paper])
    paper.recipe = {**paper.recipe, "swaps": [*paper.recipe["swaps"], [letter, place, rank]]}
    _settle(session, actor, mark, now, swapped=True)
    session.add(paper)
    session.flush()

    data = {"form": letter, "position": place, "rank": rank, "forms": paper.recipe["forms"]}
    record(session, Event.PAPER_ITEM_SWAPPED, actor.label, f"paper:{paper.id}", now=now, data=data)
    return paper


def answer(session: Session, actor: Actor, mark_id: int, words: str, *, now: datetime) -> Paper:
    """Keep a marked item, and say why; the approver judges it again."""
    mark, paper = _mark(session, mark_id)

    using.require_right(actor, Right.PAPERS_ASSEMBLE)

    _require_open(mark, paper)
    using.use_duty(session, actor, Duty.ASSEMBLE, f"paper:{paper.id}", f"class:{paper.class_id}", now=now)
    mark.answer = words
    _settle(session, actor, mark, now, swapped=False)

    data = {"form": mark.letter, "position": mark.position}
    record(session, Event.PAPER_MARK_ANSWERED, actor.label, f"paper:{paper.id}", now=now, data=data)
    return paper


def resubmit(session: Session, actor: Actor, paper_id: int, *, now: datetime) -> Paper:
    """Hand a mended paper to the approver again.

    Raises:
        WrongState: a mark is still open.
    """
    paper = _paper(session, paper_id)

    using.require_right(actor, Right.PAPERS_ASSEMBLE)

    states.may_move(PaperState(paper.state), PaperState.ASSEMBLED).or_refuse()
    left = sum(one.settled_at is None for one in queries.marks(session, paper_id))
    if left:
        raise errors.WrongState("marks_open", "还有{left}处标记没有处理，请先换题或写明保留的理由。", left=left)
    paper.state = PaperState.ASSEMBLED
    session.add(paper)
    session.flush()

    record(session, Event.PAPER_RESUBMITTED, actor.label, f"paper:{paper_id}", now=now, data={})
    return paper


def _prove_again(session: Session, paper: Paper, forms: Mapping[Form, Sequence[Candidate]]) -> None:
    plan = blueprint.parse(queries.blueprint_by_id(session, paper.blueprint_id).body)
    bounds = {name: paper.proof[name] for name in ("bound_milli", "least_uses")}
    proof = proving.prove(plan, forms, Target.of(paper.proof["target"]), **bounds)
    if not proof.sound:
        raise RuntimeError(f"a swap broke the blueprint: {proof}")
    paper.proof = proving.plain(proof)
    paper.recipe = {**paper.recipe, **assembling.described(forms)}


def _equivalents(session: Session, paper: Paper, letter: Form, place: int) -> list[Replacement]:
    plan = blueprint.parse(queries.blueprint_by_id(session, paper.blueprint_id).body)
    target = Target.of(paper.proof["target"])
    return swapping.equivalents(
        plan, contents.forms_of(session, paper), letter, place, contents.stock_of(session, paper), target
    )


def _settle(session: Session, actor: Actor, mark: Mark, now: datetime, *, swapped: bool) -> None:
    mark.settled_at, mark.settled_by, mark.swapped = now, actor.person_id, swapped
    session.add(mark)
    session.flush()


def _require_open(mark: Mark, paper: Paper) -> None:
    if paper.state != PaperState.RETURNED or mark.settled_at is not None:
        raise errors.WrongState("mark_settled", "这处标记已经处理过，或试卷已不在修改中。")


def _mark(session: Session, mark_id: int) -> tuple[Mark, Paper]:
    mark = queries.mark(session, mark_id, lock=True)
    if mark is None:
        raise errors.NotFound()
    return mark, _paper(session, mark.paper_id)


def _paper(session: Session, paper_id: int) -> Paper:
    paper = queries.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()
    return paper
