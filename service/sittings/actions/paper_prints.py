"""Printing a paper for a room without machines, in numbered and watermarked copies.

An open paper is printed by one person of the room. A sealed one by two custodians with their passwords: its key is put
together in memory, the form stays sealed, and its words never touch a disk. What is slow, passwords and typesetting, is
done before the turn to write, in :func:`prepare`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import custody, using
from service.access.actions.custody import Hand
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.kernel.decision import ALLOWED, Decision, first_refusal
from service.papers.actions import opening, sharing
from service.papers.rules.breaking import Begun
from service.papers.tables import PaperForm
from service.sittings import queries as sittings
from service.sittings.actions import on_duty, paper_copies
from service.sittings.actions.paper_copies import Inside
from service.sittings.queries import SittingView, timekeeping
from service.sittings.queries import paper_prints as queries
from service.sittings.rules import paper_prints as rules
from service.sittings.rules.paper_prints import Stock
from service.sittings.tables import PaperPrint, Sitting


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was made ready before the turn to write: the hand, and the PDF where everything for it was there."""

    copies: int
    hand: Hand
    first_number: int = 0
    pdf: bytes | None = None


def intend(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> None:
    """Put on record that somebody is about to print; the caller commits it by itself."""
    view = _view(session, actor, sitting_id)
    if view.sitting.form_id is not None:
        form = session.get_one(PaperForm, view.sitting.form_id)
        _note(session, actor, form, sitting_id, "intended", now)


def prepare(session: Session, actor: Actor, sitting_id: int, copies: int, password: str, *, now: datetime) -> Prepared:
    """The slow part: what the password opens, and the PDF where this hand is enough for it. Nothing is refused here."""
    view = _view(session, actor, sitting_id)
    stock = _stock(session, actor, view.sitting, now)
    hand = custody.step_up(session, actor, password) if password and not stock.opened else Hand()
    form = session.get(PaperForm, view.sitting.form_id or 0)
    first = stock.printed + 1
    if form is None:
        return Prepared(copies, hand)
    if stock.opened:
        ready = rules.may_print(stock, copies, now).allowed
        inside = paper_copies.opened(session, form) if ready else None
    else:
        begun = _standing(queries.begun(session, sitting_id, form.id or 0), now)
        inside = _joined(session, form, begun, hand) if begun is not None else None
        # The second one confirms what the first one has asked for.
        copies = begun.copies if begun is not None else copies
    pdf = paper_copies.typeset(view, form, inside, first, copies) if inside is not None else None
    return Prepared(copies, hand, first, pdf)


def lay(
    session: Session, actor: Actor, sitting_id: int, prepared: Prepared, *, now: datetime
) -> tuple[Decision, PaperPrint | None]:
    """Print, or add the first of two hands: the decision, and the printing once it has come to pass.

    A refused attempt is a return value and not an exception, because it must be committed to the record.
    """
    _view(session, actor, sitting_id)
    sitting = timekeeping.locked(session, sitting_id)
    assert sitting is not None and actor.person_id is not None
    stock = _stock(session, actor, sitting, now)
    form = session.get(PaperForm, sitting.form_id or 0)
    begun = _swept(session, sitting, now) if form is not None and not stock.opened else None
    copies = begun.copies if begun is not None else prepared.copies
    duty = Duty.CUSTODY if stock.custodian else Duty.PROCTOR

    decision = first_refusal(
        rules.may_print(stock, copies, now),
        *using.may_use_duty(session, actor.person_id, duty, f"class:{sitting.class_id}"),
    )
    if form is None:
        return decision, None
    if decision.allowed and not stock.opened:
        decision = _judge_hand(session, actor, form, prepared.hand, begun, now)
    if not decision.allowed:
        _note(session, actor, form, sitting_id, decision.code, now)
        return decision, None

    using.use_duty(session, actor, duty, f"class:{sitting.class_id}", now=now)
    if not stock.opened and begun is None:
        _begin(session, actor, form, sitting, prepared, stock, now)
        return decision, None
    return decision, _finish(session, actor, form, sitting, prepared, stock, begun, now)


def stock_of(session: Session, actor: Actor, sitting: Sitting, *, now: datetime) -> Stock:
    """What a printing by this person depends on, as it stands."""
    return _stock(session, actor, sitting, now)


def standing(session: Session, sitting: Sitting, *, now: datetime) -> PaperPrint | None:
    """The first hand that still stands."""
    return _standing(queries.begun(session, sitting.id or 0, sitting.form_id or 0), now)


def _view(session: Session, actor: Actor, sitting_id: int) -> SittingView:
    using.require_reach(actor, Right.PAPERS_PRINT, sittings.subject(session, sitting_id))
    view = sittings.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()
    return view


def _stock(session: Session, actor: Actor, sitting: Sitting, now: datetime) -> Stock:
    assert sitting.id is not None
    form = session.get(PaperForm, sitting.form_id or 0, populate_existing=True)
    proctors = Duty.PROCTOR in actor.duties and actor.person_id in sittings.proctors(session, sitting.id)
    return Stock(
        at=sittings.times_of(sitting, now),
        cancelled=sitting.cancelled_at is not None,
        has_form=form is not None and form.sealed is not None,
        opened=form is not None and form.opened_at is not None,
        enrolled=queries.enrolled(session, sitting.id),
        printed=queries.printed(session, sitting.id, sitting.form_id or 0),
        custodian=Duty.CUSTODY in actor.duties,
        proctor=proctors and on_duty.judge(session, actor, sitting, now=now).allowed,
    )


def _standing(begun: PaperPrint | None, now: datetime) -> PaperPrint | None:
    return begun if begun is not None and Begun(begun.begun_by, begun.begun_at).stands(now) else None


def _swept(session: Session, sitting: Sitting, now: datetime) -> PaperPrint | None:
    """The first hand that still stands; one that came too early for any second loses its halves."""
    begun = queries.begun(session, sitting.id or 0, sitting.form_id or 0)
    if begun is None or _standing(begun, now) is not None:
        return begun
    begun.waiting = None
    session.add(begun)
    session.flush()
    return None


def _joined(session: Session, form: PaperForm, begun: PaperPrint, hand: Hand) -> Inside | None:
    """What a sealed form holds, put together from two hands in memory; nothing where they are no pair."""
    held = opening.halves(session, form.id or 0, hand)
    if held is None or hand.key is None or begun.waiting is None or begun.key_id is None:
        return None
    secrets = sharing.join_waiting(begun.waiting, form.id or 0, begun.key_id, hand.key.id, held)
    return paper_copies.under(session, form, secrets.questions) if secrets is not None else None


def _judge_hand(
    session: Session, actor: Actor, form: PaperForm, hand: Hand, begun: PaperPrint | None, now: datetime
) -> Decision:
    assert actor.person_id is not None
    first = Begun(begun.begun_by, begun.begun_at) if begun is not None else None
    decision = first_refusal(rules.may_be_second(first, actor.person_id))
    if decision.allowed:
        decision = custody.judge_password(session, actor, hand, now=now)
    if not decision.allowed:
        return decision
    held = opening.halves(session, form.id or 0, hand)
    if held is None:
        return opening.HOLDS_NOTHING
    return ALLOWED if begun is None or begun.key_id in held else opening.NO_PAIR


def _begin(
    session: Session,
    actor: Actor,
    form: PaperForm,
    sitting: Sitting,
    prepared: Prepared,
    stock: Stock,
    now: datetime,
) -> None:
    held, key = opening.halves(session, form.id or 0, prepared.hand), prepared.hand.key
    assert held is not None and key is not None and actor.person_id is not None, "judged a moment ago"
    row = _row(actor.person_id, form, sitting, prepared.copies, stock, now)
    row.key_id, row.waiting = key.id, sharing.keep_waiting(held, form.id or 0, key.id)
    session.add(row)
    session.flush()
    _note(session, actor, form, sitting.id or 0, "first_hand", now)


def _row(person_id: int, form: PaperForm, sitting: Sitting, copies: int, stock: Stock, now: datetime) -> PaperPrint:
    return PaperPrint(
        sitting_id=sitting.id or 0,
        form_id=form.id or 0,
        copies=copies,
        first_number=stock.printed + 1,
        sealed=not stock.opened,
        begun_at=now,
        begun_by=person_id,
    )


def _finish(
    session: Session,
    actor: Actor,
    form: PaperForm,
    sitting: Sitting,
    prepared: Prepared,
    stock: Stock,
    begun: PaperPrint | None,
    now: datetime,
) -> PaperPrint:
    assert actor.person_id is not None
    row = begun or _row(actor.person_id, form, sitting, prepared.copies, stock, now)
    if prepared.pdf is None or prepared.first_number != stock.printed + 1 or prepared.copies != row.copies:
        # Somebody printed, opened or confirmed in between; no two copies may carry one number.
        raise errors.WrongState("print_overtaken", "刚刚有人打印或启封了这份试卷，请刷新后重试。")
    row.first_number, row.waiting = prepared.first_number, None
    row.printed_at, row.printed_by, row.digest = now, actor.person_id, sealing.digest(prepared.pdf)
    session.add(row)
    session.flush()

    data = {
        "form": form.letter,
        "sitting": sitting.id,
        "sealed": row.sealed,
        "first": row.first_number,
        "copies": row.copies,
        "hands": [row.begun_by, row.printed_by],
        "pdf": row.digest,
    }
    record(session, Event.PAPER_PRINTED, actor.label, f"paper:{form.paper_id}", now=now, data=data)
    return row


def _note(session: Session, actor: Actor, form: PaperForm, sitting_id: int, outcome: str, now: datetime) -> None:
    data = {"form": form.letter, "sitting": sitting_id, "outcome": outcome, "way": "print"}
    record(session, Event.PAPER_PRINT_ATTEMPTED, actor.label, f"paper:{form.paper_id}", now=now, data=data)
