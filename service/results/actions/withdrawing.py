"""Withdrawing a defective item by two: one proposes with a reason, another decides, and everybody is marked again.

Whoever proposes uses the duty to confirm, whoever decides the duty to publish, as with voiding: the separation table
keeps them two natural persons, and keeps out whoever proctored or taught the class.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.kernel.decision import ALLOWED, Decision, first_refusal
from service.papers import queries as papers
from service.papers.rules.states import Form
from service.results import queries, rules
from service.results.actions import recounting
from service.results.queries import corrections, disposed, standing, written
from service.results.rules import SAT, ResultState, Verdict, VoidingState
from service.results.rules import withdrawing as withdrawal_rules
from service.results.rules.editions import Cause, Hands
from service.results.rules.withdrawing import ItemStanding
from service.results.tables import ItemRuling, Result
from service.sittings.tables import Sitting


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposal as somebody makes it: of which form, which position, what it shall be, and why."""

    letter: Form
    position: int
    wanted: ItemStanding
    reason: str


@dataclass(frozen=True, slots=True)
class Figures:
    """How a form turned out: who sat it, the sum of their points, who passed."""

    sat: int
    points: int
    passed: int


def propose(session: Session, actor: Actor, class_id: int, draft: Draft, *, now: datetime) -> ItemRuling:
    """Propose that an item of a class's form be withdrawn, or count again.

    Raises:
        NotFound: the class has no such form. WrongState: it is so already, a proposal waits, nobody sat it, or it would
        count again with texts that nobody has marked.
        Refused: there is no such position, or the person proctored, taught or publishes the class.
    """
    paper = papers.paper_of_class(session, class_id)
    form = papers.forms(session, paper.id or 0).get(draft.letter) if paper is not None else None
    if form is None:
        raise errors.NotFound()
    form_id = form.id or 0

    using.require_right(actor, Right.RESULTS_CONFIRM)

    sat = _sat(session, class_id, form_id)
    first_refusal(
        withdrawal_rules.may_propose(
            draft.wanted,
            asked=1 <= draft.position <= papers.item_count(session, form_id),
            withdrawn=draft.position in standing.withdrawn_of(session, [form_id]).get(form_id, ()),
            waiting=corrections.waiting_ruling(session, form_id, draft.position) is not None,
            sat=len(sat),
        ),
        _may_restore(session, form_id, draft.position, draft.wanted, sat),
        withdrawal_rules.may_mark_again(disposed=disposed.disposed(session, class_id) is not None),
    ).or_refuse()
    using.use_duty(session, actor, Duty.CONFIRM, f"class:{class_id}", now=now)

    assert actor.person_id is not None
    ruling = ItemRuling(
        class_id=class_id,
        form_id=form_id,
        position=draft.position,
        wanted=draft.wanted,
        reason=draft.reason,
        proposed_at=now,
        proposed_by=actor.person_id,
    )
    session.add(ruling)
    session.flush()

    # A reason may quote the item, so the record holds its digest.
    data = _data(ruling) | {"reason": sealing.digest(draft.reason.encode())}
    record(session, Event.WITHDRAWAL_PROPOSED, actor.label, f"form:{form_id}", now=now, data=data)
    return ruling


def decide(session: Session, actor: Actor, ruling_id: int, *, uphold: bool, note: str, now: datetime) -> ItemRuling:
    """Decide a proposal; what is upheld marks everybody again who sat the form.

    Raises:
        NotFound: no such proposal. WrongState: it has been decided already, or results were published meanwhile so
        that texts would count which nobody has marked.
        Refused: the person proposed it, by whichever account, or confirms, proctored or taught the class.
    """
    ruling = corrections.ruling(session, ruling_id)
    if ruling is None:
        raise errors.NotFound()
    # Locked together, so that nothing is published or voided between the figures.
    queries.results_of_class(session, ruling.class_id)

    using.require_right(actor, Right.RESULTS_PUBLISH)

    state = VoidingState.UPHELD if uphold else VoidingState.REJECTED
    sat, wanted = _sat(session, ruling.class_id, ruling.form_id), ItemStanding(ruling.wanted)
    first_refusal(
        rules.may_decide(VoidingState(ruling.state), state),
        _may_restore(session, ruling.form_id, ruling.position, wanted, sat) if uphold else ALLOWED,
    ).or_refuse()
    using.use_duty(session, actor, Duty.PUBLISH, f"class:{ruling.class_id}", now=now)

    assert actor.person_id is not None
    before = figures(sat)
    ruling.state, ruling.decided_at, ruling.decided_by, ruling.note = state, now, actor.person_id, note
    ruling.sat, ruling.points_before, ruling.passed_before = before.sat, before.points, before.passed
    ruling.points_after, ruling.passed_after = before.points, before.passed
    session.add(ruling)
    session.flush()

    data = _data(ruling) | {"upheld": uphold, "note": sealing.digest(note.encode())}
    record(session, Event.WITHDRAWAL_DECIDED, actor.label, f"form:{ruling.form_id}", now=now, data=data)
    if uphold:
        _apply(session, actor, ruling, now)
    return ruling


def _apply(session: Session, actor: Actor, ruling: ItemRuling, now: datetime) -> None:
    assert actor.person_id is not None
    hands = Hands(ruling.proposed_by, ruling.proposed_at, actor.person_id, now)
    sat = _sat(session, ruling.class_id, ruling.form_id)
    recounting.recount(session, actor, sat, Cause.WITHDRAWAL, ruling.reason, hands, now=now)
    after = figures(_sat(session, ruling.class_id, ruling.form_id))
    ruling.points_after, ruling.passed_after = after.points, after.passed
    session.add(ruling)
    session.flush()


def _may_restore(session: Session, form_id: int, position: int, wanted: ItemStanding, sat: list[Result]) -> Decision:
    return withdrawal_rules.may_restore(
        wanted,
        unmarked=written.unmarked_at(session, form_id, position),
        published=any(one.state == ResultState.PUBLISHED for one in sat),
    )


def _sat(session: Session, class_id: int, form_id: int) -> list[Result]:
    """The newest results of those who sat a form."""
    return [
        result
        for result in queries.results_of_class(session, class_id)
        if result.verdict in SAT and session.get_one(Sitting, result.sitting_id).form_id == form_id
    ]


def figures(results: list[Result]) -> Figures:
    """Who sat, with how many points, and who passed; void results have points and have not passed."""
    passed = sum(one.verdict == Verdict.PASSED for one in results)
    return Figures(len(results), sum(one.points for one in results), passed)


def _data(ruling: ItemRuling) -> dict[str, object]:
    return {"ruling": ruling.id, "class": ruling.class_id, "position": ruling.position, "wanted": ruling.wanted}
