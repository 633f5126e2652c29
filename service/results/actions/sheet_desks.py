"""What lies before whoever copies answer sheets: what waits, the empty lines, and for a third person both entries.

Nobody who copies is shown what is asked, what would be right, or what anybody else has entered.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col

from service.access.actions import using
from service.access.rules.policy import Actor, Reach, Right, reaches
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, pictures, sealing
from service.kernel.decision import Decision, first_refusal
from service.results.actions import transcribing
from service.sittings import queries as sittings
from service.sittings.queries import SittingView, transcripts
from service.sittings.queries import on_paper as queries
from service.sittings.queries import sheets as saved
from service.sittings.queries.on_paper import SheetView
from service.sittings.rules import minding
from service.sittings.rules import transcribing as rules
from service.sittings.rules.on_paper import PaperStage
from service.sittings.rules.room import MOST_PHOTOS, PHOTO_BYTES
from service.sittings.rules.transcribing import Entry, Line
from service.sittings.tables import PaperSheet, SheetPhoto

WAITING = (PaperStage.DIFFERING, PaperStage.SECOND, PaperStage.FIRST, PaperStage.ANSWERING)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sheet in the queue, where it lies, and what this person may do with it now."""

    view: SheetView
    room: SittingView
    enter: Decision
    withdraw: Decision
    settle: Decision


def queue(session: Session, actor: Actor) -> list[Waiting]:
    """The sheets within one's reach that were confirmed, what waits for a third person first, the settled ones last."""
    using.require_right(actor, Right.RESULTS_TRANSCRIBE)
    conditions = [col(PaperSheet.confirmed).is_(True)]
    if Reach.ALL not in reaches(actor, Right.RESULTS_TRANSCRIBE):
        mine = [one.id for one in sittings.sittings_of_proctor(session, actor.person_id or 0)]
        conditions.append(col(PaperSheet.sitting_id).in_(mine))
    found = queries.views(session, *conditions)
    rooms = {one: sittings.view(session, one) for one in {view.sheet.sitting_id for view in found}}
    lines = [_waiting(session, actor, view, room) for view in found if (room := rooms[view.sheet.sitting_id])]
    return sorted(lines, key=lambda one: WAITING.index(one.view.stage) if one.view.stage in WAITING else len(WAITING))


def _waiting(session: Session, actor: Actor, view: SheetView, room: SittingView) -> Waiting:
    standing, apart = transcribing.standing_of(session, actor, view), transcribing.may_use(session, actor, view)
    return Waiting(
        view,
        room,
        enter=first_refusal(rules.may_enter(standing), apart),
        withdraw=first_refusal(rules.may_withdraw(standing), apart),
        settle=first_refusal(rules.may_decide(standing), apart),
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """An empty sheet to be copied: its lines, whether this person may enter it, and its pictures by id."""

    waiting: Waiting
    lines: list[Line]
    copies: int
    photos: list[SheetPhoto]


def desk(session: Session, actor: Actor, sheet_id: int) -> Desk:
    """What one needs to copy a sheet.

    Raises:
        NotFound: no such sheet, or out of reach. WrongState: it was not confirmed yet.
    """
    view, lines = transcribing.require(session, actor, sheet_id)
    room = sittings.view(session, view.sheet.sitting_id)
    assert room is not None
    return Desk(
        _waiting(session, actor, view, room),
        lines,
        transcripts.copies_printed(session, view.sitting),
        transcripts.photos_of(session, sheet_id),
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of both entries, and what the machine had saved for it before; ``differs`` has to be settled."""

    line: Line
    first: str
    second: str
    saved: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both entries beside each other, for a third person."""

    desk: Desk
    first: Entry
    second: Entry
    rows: list[Compared]


def compare(session: Session, actor: Actor, sheet_id: int, *, now: datetime) -> Comparison:
    """Both entries of a sheet and what its machine had saved, for who may settle them; looking goes on record.

    Raises:
        NotFound: no such sheet, or out of reach. WrongState: there is nothing to settle.
        Refused: the person has entered it, or separation excludes them.
    """
    found = desk(session, actor, sheet_id)
    view = found.waiting.view
    found.waiting.settle.or_refuse()
    transcribing.use(session, actor, view, now=now)

    data = {"sheet": sheet_id}
    record(session, Event.SHEET_ENTRIES_READ, actor.label, f"seat:{view.sheet.seat_id}", now=now, data=data)
    first, second = (transcripts.read(one) for one in view.entries)
    before = saved.given(session, [view.seat]).get(view.seat.id or 0, {})
    differing = {line.position for line in rules.differing(found.lines, first, second)}
    return Comparison(
        found,
        first,
        second,
        [
            Compared(
                line,
                first.choices.get(line.position, ""),
                second.choices.get(line.position, ""),
                before.get(line.position, ""),
                line.position in differing,
            )
            for line in found.lines
        ],
    )


def add_photo(session: Session, actor: Actor, sheet_id: int, content: bytes, *, now: datetime) -> SheetPhoto:
    """Keep a picture of a sheet, encrypted; the same picture again is the one that is there.

    Raises:
        NotFound: no such sheet, or out of reach. Malformed: too large, or neither JPEG nor PNG by its content.
        WrongState: the sheet is not closed yet, is settled, or has as many pictures as it may have.
    """
    view, _ = transcribing.require(session, actor, sheet_id, lock=True)
    kept = {photo.digest: photo for photo in transcripts.photos_of(session, sheet_id)}
    digest = sealing.digest(content)
    if digest in kept:
        return kept[digest]
    kind = pictures.type_of(content)
    if len(content) > PHOTO_BYTES:
        raise errors.Malformed("photo_too_large", "每张照片不能超过{most}MB。", most=PHOTO_BYTES // 1024**2)
    if kind is None:
        raise errors.Malformed("photo_type", "照片应为JPEG或PNG格式。")
    rules.may_picture(view.stage).or_refuse()
    minding.may_add_photo(len(kept), MOST_PHOTOS).or_refuse()
    transcribing.use(session, actor, view, now=now)

    assert actor.person_id is not None
    photo = SheetPhoto(
        sheet_id=sheet_id,
        media_type=kind,
        picture_sealed=sealing.encrypt_picture(content, bound_to=transcripts.photo_place(sheet_id, digest)),
        key_id=sealing.person_key_id(),
        digest=digest,
        added_at=now,
        added_by=actor.person_id,
    )
    session.add(photo)
    session.flush()

    data = {"sheet": sheet_id, "photo": digest}
    record(session, Event.SHEET_PHOTO_KEPT, actor.label, f"seat:{view.sheet.seat_id}", now=now, data=data)
    return photo


def photo(session: Session, actor: Actor, photo_id: int) -> tuple[SheetPhoto, bytes]:
    """A picture of a sheet in clear, for whoever may copy it.

    Raises:
        NotFound: no such picture, out of reach, or disposed of.
    """
    row = session.get(SheetPhoto, photo_id)
    if row is None:
        using.require_right(actor, Right.RESULTS_TRANSCRIBE)
        raise errors.NotFound()
    transcribing.require(session, actor, row.sheet_id)
    content = transcripts.picture(row)
    if not content:
        raise errors.NotFound("photo_disposed", "这张照片保存期满，已经处置。")
    return row, content
