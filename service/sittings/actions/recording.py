"""The room record: read at any time, printed, and confirmed by both proctors once the exam is over."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Reach, Right, reaches
from service.journal import queries as journal
from service.journal.actions import record
from service.journal.actions.heads import seal_head
from service.journal.queries import tree as trees
from service.journal.rules import Event, heads
from service.kernel import clock, errors, sealing, settings
from service.kernel.decision import Decision, first_refusal
from service.sittings import queries
from service.sittings.actions import on_duty
from service.sittings.actions.typesetting import typeset
from service.sittings.queries import happenings, rooms, signing, timekeeping
from service.sittings.queries import recording as reads
from service.sittings.queries.signing import Excused, Signature
from service.sittings.rules import recording as rules
from service.sittings.rules.recording import Counts
from service.sittings.tables import RecordConfirmation, SignatureExcuse

TEMPLATE = "room_record.typ"


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """A room record as it stands, and where the journal stood when it was read."""

    sitting_id: int
    content: dict[str, Any]
    counts: Counts
    digest: str
    read_at: datetime
    journal_seq: int
    journal_hash: str
    # The newest signed head, by which whoever holds the paper can later have the journal of that hour proved.
    head_size: int
    head_code: str
    signed: list[Signature]
    excused: list[Excused]
    missing: frozenset[int]
    decision: Decision


def read(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> RoomRecord:
    """The record as it stands now, for whoever may see it.

    Raises:
        NotFound: no such sitting, or another's. WrongState: its day has not come.
    """
    require_reader(session, actor, sitting_id, now=now)
    return _read(session, sitting_id, now)


def require_reader(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> None:
    """The record and its photos are for the sitting's proctors, the desk, the auditors, and who decides on results.

    Raises:
        NotFound: no such sitting, or another's. WrongState: its day has not come, and rooms are told on the day.
    """
    reach = reaches(actor, Right.SITTINGS_RECORD)
    if Reach.ALL not in reach:
        on_duty.require(session, actor, sitting_id, now=now)
        return
    using.require_right(actor, Right.SITTINGS_RECORD)
    sitting = queries.sitting(session, sitting_id)
    if sitting is None:
        raise errors.NotFound()
    # The desk and the auditors know every room anyway; a record says who proctors where, so the others wait.
    if Reach.ALL not in reaches(actor, Right.SITTINGS_VIEW):
        on_duty.judge(session, actor, sitting, now=now).or_refuse()


def photo(session: Session, actor: Actor, photo_id: int, *, now: datetime) -> tuple[bytes, str]:
    """A picture of an incident and its media type, for whoever may read the record that counts it.

    Raises:
        NotFound: no such picture, or another's sitting; or it was disposed of when its time was over.
    """
    found = happenings.photo(session, photo_id)
    if found is None:
        raise errors.NotFound()
    picture, incident = found
    require_reader(session, actor, incident.sitting_id, now=now)
    if not picture.picture_sealed:
        raise errors.NotFound("picture_disposed", "照片保存期满，已按规定处置；考场记录中仍有它的摘要。")
    return happenings.picture(picture), picture.media_type


def _read(session: Session, sitting_id: int, now: datetime) -> RoomRecord:
    view = rooms.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()
    content = reads.content(session, view)
    at = queries.times_of(view.sitting, now)
    counts, digest, head = rules.counts(content["seats"], at.starts_at), rules.digest(content), journal.head(session)
    sealed = trees.newest(session)
    signed, excused = signing.signatures(session, sitting_id, digest), signing.excused(session, sitting_id)
    return RoomRecord(
        sitting_id=sitting_id,
        content=content,
        counts=counts,
        digest=digest,
        read_at=now,
        journal_seq=head.seq,
        journal_hash=head.hash,
        head_size=sealed.size if sealed is not None else 0,
        head_code=heads.grouped(sealed.code) if sealed is not None else "",
        signed=signed,
        excused=excused,
        missing=signing.lacking(session, sitting_id, signed, excused),
        decision=rules.may_confirm(at, now, counts.open_sheets),
    )


def confirm(
    session: Session, actor: Actor, sitting_id: int, remark: str, seen: str | None = None, *, now: datetime
) -> RoomRecord:
    """A proctor of the sitting confirms the record; once it has changed since, they must do it again.

    Raises:
        WrongState: the exam is not over, or the record is another than the one that was ``seen``.
    """
    sitting = on_duty.require(session, actor, sitting_id, now=now)
    # Locked, so that two who confirm at once see each other, and no clock is changed in between.
    timekeeping.locked(session, sitting_id)
    found = _read(session, sitting_id, now)
    assert actor.person_id is not None

    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)
    first_refusal(found.decision, rules.may_sign(seen, found.digest)).or_refuse()
    mine = session.get(RecordConfirmation, (sitting_id, actor.person_id))
    if mine is not None and (mine.digest, mine.remark) == (found.digest, remark):
        return found

    signature = RecordConfirmation(
        sitting_id=sitting_id,
        person_id=actor.person_id,
        digest=found.digest,
        journal_seq=found.journal_seq,
        journal_hash=found.journal_hash,
        remark=remark,
        confirmed_at=now,
    )
    session.merge(signature)
    session.flush()

    data = {"digest": found.digest, "after": found.journal_seq, "again": mine is not None}
    record(session, Event.ROOM_RECORD_CONFIRMED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    seal_head(session, now=now)
    return _read(session, sitting_id, now)


def excuse(
    session: Session, actor: Actor, sitting_id: int, person_id: int, reason: str, *, now: datetime
) -> RoomRecord:
    """Note why a proctor cannot sign any more, so that the results of the class need not wait for ever.

    Raises:
        NotFound: no such sitting, or not its proctor. WrongState: the exam is not over, or the signature is there.
        Refused: they note it of themselves.
    """
    if queries.sitting(session, sitting_id) is None or person_id not in queries.proctors(session, sitting_id):
        raise errors.NotFound()
    timekeeping.locked(session, sitting_id)
    found = _read(session, sitting_id, now)

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    assert actor.person_id is not None
    own, missing = actor.person_id == person_id, person_id in found.missing
    first_refusal(found.decision, rules.may_excuse(own=own, missing=missing)).or_refuse()

    note = SignatureExcuse(
        sitting_id=sitting_id, person_id=person_id, reason=reason, noted_at=now, noted_by=actor.person_id
    )
    session.add(note)
    session.flush()

    data = {"person": person_id, "reason": sealing.digest(reason.encode()), "digest": found.digest}
    record(session, Event.SIGNATURE_EXCUSED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return _read(session, sitting_id, now)


def print_record(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> bytes:
    """The record as it stands now, as PDF in Chinese; times are those of Mudanjiang."""
    found = read(session, actor, sitting_id, now=now)
    return typeset(TEMPLATE, printed(found))


def _head(found: RoomRecord) -> dict[str, object]:
    address = f"{settings.current().public_url}/journal/code"
    return {"size": found.head_size, "code": found.head_code, "address": address}


def printed(found: RoomRecord) -> dict[str, Any]:
    """What the printed record is filled with."""
    page = {
        "content": found.content,
        "counts": asdict(found.counts),
        "digest": rules.grouped(found.digest),
        "journal": {"seq": found.journal_seq, "hash": rules.grouped(found.journal_hash)},
        "head": _head(found) if found.head_code else None,
        "read_at": found.read_at,
        "excused": [asdict(one) for one in found.excused],
        "signed": [asdict(one) | {"digest": rules.grouped(one.digest)} for one in found.signed],
        "words": rules.WORDS,
    }
    local: dict[str, Any] = json.loads(json.dumps(page, default=lambda at: f"{clock.local(at):%Y-%m-%d %H:%M:%S}"))
    return local
