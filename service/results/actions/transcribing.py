"""Copying answer sheets: two natural persons each enter what they read, blind; a third settles what they read
differently. What is settled is marked in the same transaction, by the key and rule of all other sheets.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import Decision, first_refusal
from service.results.actions import marking
from service.sittings import queries as sittings
from service.sittings.actions import asking, handing_in
from service.sittings.actions.handing_in import Sheet
from service.sittings.queries import on_paper as queries
from service.sittings.queries import timekeeping, transcripts
from service.sittings.queries.on_paper import SheetView
from service.sittings.rules import transcribing as rules
from service.sittings.rules.on_paper import PaperStage
from service.sittings.rules.transcribing import Entry, Line, Settling, Standing
from service.sittings.tables import Seat, SheetEntry, Sitting, Transcript


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a third person settles: the copy's number, the differing positions and no others, and a remark."""

    entry: Entry
    note: str


def enter(session: Session, actor: Actor, sheet_id: int, typed: Entry, nonce: str, *, now: datetime) -> SheetView:
    """Enter what one reads on a sheet, as the first or the second of two. Two that agree are settled and marked at
    once; the same act sent again is the same entry.

    Raises:
        NotFound: no such sheet, or out of reach. WrongState: it is not to be copied now.
        Refused: they have entered it already, an answer fits no item, no such copy, or separation excludes the person.
    """
    view, lines = require(session, actor, sheet_id, lock=True)
    assert actor.person_id is not None
    known = transcripts.entry_by_nonce(session, actor.person_id, nonce)
    if known is not None and known.sheet_id == sheet_id and known.withdrawn_at is None:
        return view
    if known is not None:
        raise errors.WrongState("nonce_used", "这次提交的编号已用于另一次誊录，请刷新页面后再提交。")
    standing = standing_of(session, actor, view)
    rules.may_enter(standing).or_refuse()
    choices, faults = rules.read(lines, typed.choices)
    first_refusal(rules.must_fit(faults), rules.may_be_copy(standing, typed.copy)).or_refuse()
    use(session, actor, view, now=now)

    row = SheetEntry(
        sheet_id=sheet_id,
        round=1 if standing.stage is PaperStage.FIRST else 2,
        copy_number=typed.copy,
        choices=handing_in.written(choices),
        nonce=nonce,
        entered_at=now,
        entered_by=actor.person_id,
    )
    session.add(row)
    session.flush()

    data = {"sheet": sheet_id, "round": row.round, "copy": row.copy_number, "digest": handing_in.digest(choices)}
    record(session, Event.SHEET_ENTERED, actor.label, f"seat:{view.sheet.seat_id}", now=now, data=data)
    entries = [transcripts.read(one) for one in transcripts.every_entry(session, sheet_id)]
    agreed = rules.agreed(lines, *entries) if len(entries) == rules.ROUNDS else None
    if agreed is not None:
        _settle(session, actor, view, agreed, Settling.AGREED, "", now)
    return _again(session, sheet_id)


def withdraw(session: Session, actor: Actor, sheet_id: int, *, now: datetime) -> SheetView:
    """Take one's own entry back, as long as no second one was compared with it; it stays on record.

    Raises:
        NotFound: no such sheet, or out of reach. WrongState: there is nothing to take back, or it was compared.
    """
    view, _ = require(session, actor, sheet_id, lock=True)
    rules.may_withdraw(standing_of(session, actor, view)).or_refuse()
    use(session, actor, view, now=now)

    row = view.mine(actor.person_id)
    assert row is not None
    row.withdrawn_at = now
    session.add(row)
    session.flush()

    data = {"sheet": sheet_id, "round": row.round}
    record(session, Event.SHEET_ENTRY_WITHDRAWN, actor.label, f"seat:{view.sheet.seat_id}", now=now, data=data)
    return _again(session, sheet_id)


def decide(session: Session, actor: Actor, sheet_id: int, ruling: Ruling, *, now: datetime) -> SheetView:
    """Settle as a third person what two others have read differently; the sheet is marked at once.

    Raises:
        NotFound: no such sheet, or out of reach. WrongState: the two do not differ, or it is settled.
        Refused: they entered it themselves, the ruling is not on the differing lines, or separation excludes them.
    """
    view, lines = require(session, actor, sheet_id, lock=True)
    standing = standing_of(session, actor, view)
    rules.may_decide(standing).or_refuse()
    typed, faults = rules.read(lines, ruling.entry.choices)
    first, second = (transcripts.read(one) for one in view.entries)
    asked = Entry(ruling.entry.copy, {at: typed.get(at, "") for at in ruling.entry.choices})
    settled, fits = rules.decided(lines, first, second, asked)
    first_refusal(rules.must_fit(faults), fits, rules.may_be_copy(standing, settled.copy)).or_refuse()
    use(session, actor, view, now=now)

    _settle(session, actor, view, settled, Settling.DECIDED, ruling.note.strip(), now)
    return _again(session, sheet_id)


def _settle(
    session: Session, actor: Actor, view: SheetView, found: Entry, how: Settling, note: str, now: datetime
) -> None:
    """Keep what counts of a sheet, and mark the seat by it and by what its machine had saved before."""
    sheet, seat = view.sheet, view.seat
    row = Transcript(
        sheet_id=sheet.id or 0,
        sitting_id=sheet.sitting_id,
        seat_id=sheet.seat_id,
        copy_number=found.copy,
        choices=handing_in.written(found.choices),
        digest=handing_in.digest(found.choices),
        how=how,
        settled_at=now,
        decided_by=actor.person_id if how is Settling.DECIDED else None,
        note=note,
    )
    session.add(row)
    session.flush()

    answers = transcripts.counting(session, [seat])[sheet.seat_id]
    data = {
        "sheet": sheet.id,
        "copy": row.copy_number,
        "how": how,
        "digest": row.digest,
        "answers": handing_in.digest(answers),
    }
    record(session, Event.SHEET_TRANSCRIBED, actor.label, f"seat:{sheet.seat_id}", now=now, data=data)
    marking.mark_copied(session, Sheet(seat, view.sitting, answers), now=now)


def require(session: Session, actor: Actor, sheet_id: int, *, lock: bool = False) -> tuple[SheetView, list[Line]]:
    """A sheet that a person may copy, and its lines; locked where it is about to be changed.

    Raises:
        NotFound: no such sheet, or out of reach.
    """
    view = queries.view(session, sheet_id)
    if view is None:
        using.require_right(actor, Right.RESULTS_TRANSCRIBE)
        raise errors.NotFound()
    using.require_reach(actor, Right.RESULTS_TRANSCRIBE, sittings.subject(session, view.sheet.sitting_id))
    if lock:
        # The sheets of a room one after the other: no two may come to stand on the same copy.
        timekeeping.locked(session, view.sheet.sitting_id)
        view = queries.locked(session, sheet_id)
        assert view is not None
    return view, asking.answer_sheet(session, view.sitting.form_id)


def standing_of(session: Session, actor: Actor, view: SheetView) -> Standing:
    """What an entry of this person depends on."""
    return Standing(
        stage=view.stage,
        mine=view.mine(actor.person_id) is not None,
        copies=transcripts.copies_printed(session, view.sitting),
        taken=transcripts.copies_taken(session, view.sheet.sitting_id, but=view.sheet.id or 0),
    )


def may_use(session: Session, actor: Actor, view: SheetView) -> Decision:
    """Whether separation lets this person have a hand in this sheet."""
    assert actor.person_id is not None
    duty = Duty.PROCTOR if _proctors(session, actor, view.sitting) else Duty.MARK
    return first_refusal(*using.may_use_duty(session, actor.person_id, duty, _place(view)))


def use(session: Session, actor: Actor, view: SheetView, *, now: datetime) -> None:
    """Use the duty by which this person copies the sheet.

    Raises:
        Refused: separation excludes them.
    """
    duty = Duty.PROCTOR if _proctors(session, actor, view.sitting) else Duty.MARK
    using.use_duty(session, actor, duty, _place(view), now=now)


def _proctors(session: Session, actor: Actor, sitting: Sitting) -> bool:
    """Whether somebody is a proctor of the room and copies by that; everybody else does by the duty of marking."""
    return Duty.PROCTOR in actor.duties and actor.person_id in sittings.proctors(session, sitting.id or 0)


def _place(view: SheetView) -> str:
    return f"class:{view.sitting.class_id}"


def _again(session: Session, sheet_id: int) -> SheetView:
    view = queries.view(session, sheet_id)
    assert view is not None
    return view


def follows(session: Session, seat: Seat) -> bool:
    """Whether what counts of a seat's sheet is what its entries say, made again; a seat without a sheet has nothing to.

    Of what a third person settled, only the lines that the two had read differently may be other than the first says.
    """
    row = transcripts.transcripts(session, [seat.id]).get(seat.id or 0)
    if row is None:
        return seat.on_paper_at is None
    view, kept = _again(session, row.sheet_id), transcripts.read(row)
    if len(view.entries) != rules.ROUNDS or handing_in.digest(kept.choices) != row.digest:
        return False
    lines = asking.answer_sheet(session, view.sitting.form_id)
    first, second = (transcripts.read(one) for one in view.entries)
    if row.how == Settling.AGREED:
        return rules.agreed(lines, first, second) == kept
    open_lines = rules.differing(lines, first, second)
    ruled = Entry(kept.copy, {line.position: kept.choices.get(line.position, "") for line in open_lines})
    return rules.agreed(lines, first, second) is None and rules.decided(lines, first, second, ruled)[0] == kept
