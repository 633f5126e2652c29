"""Writing items: drafts that only their author sees, what is to be said of them, submitting them, taking them back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.bank import queries
from service.bank.actions import importing, picturing, reading, reviewing
from service.bank.queries import drafts, newest, standing
from service.bank.queries.neighbours import Bank, Near
from service.bank.rules import alike, drafting, pictures
from service.bank.rules.drafting import Judged, Written
from service.bank.rules.exchange import planning
from service.bank.rules.exchange.planning import Kept
from service.bank.rules.items import State
from service.bank.tables import Draft, ItemVersion
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft with all that is to be said of it, and the items of the bank that ask much the same."""

    judged: Judged
    near: tuple[Near, ...]


def check(session: Session, actor: Actor, written: Written, compared: Bank, *, base: int | None) -> Checked:
    """What is to be said of a draft while it is being written; nothing is kept. ``base`` is the version it changes.

    Raises:
        NotFound: there is no such version to change.
    """
    using.require_right(actor, Right.BANK_AUTHOR)

    judged = _judged(session, actor, written, base)
    text = judged.text
    (near,) = compared.nearest([alike.asked(text.stem, text.options)], but=[text.code if base else ""])
    return Checked(judged, near)


def begin_revision(session: Session, actor: Actor, version_id: int, *, now: datetime) -> Written:
    """A version as its author would have typed it, to write the next one from; reading its key goes on record.

    Raises:
        WrongState: it is not the newest any more, or the newest still waits.
    """
    using.require_right(actor, Right.BANK_AUTHOR)

    item, version = reading.read_item(session, actor, version_id, now=now)
    _require_newest(session, version_id)
    return drafting.of(queries.text_of(item, version))


def save(
    session: Session,
    actor: Actor,
    written: Written,
    *,
    draft_id: int | None = None,
    seq: int = 0,
    base: int | None = None,
    now: datetime,
) -> Draft:
    """Keep a draft as it stands, with whatever is wrong in it; ``seq`` is what its last saving said.

    Raises:
        NotFound: no such draft of theirs, or no such version to change.
        WrongState: another window has saved it meanwhile, or they have too many.
    """
    draft = _own(session, actor, draft_id) if draft_id is not None else None

    using.require_right(actor, Right.BANK_AUTHOR)

    assert actor.person_id is not None
    drafting.may_overwrite(draft.seq if draft is not None else seq, seq).or_refuse()
    if draft is None and drafts.count(session, actor.person_id) >= drafting.MOST_DRAFTS:
        reason = "您已有{most}份草稿。请先提交或删除一些。"
        raise errors.WrongState("drafts_full", reason, most=drafting.MOST_DRAFTS)

    words = _words(session, actor, written, base if draft is None else draft.base_version_id)
    replaced = _pictured(draft)
    if draft is None:
        draft = Draft(person_id=actor.person_id, base_version_id=base, words=words, seq=1, saved_at=now)
    else:
        draft.sqlmodel_update({"words": words, "seq": seq + 1, "saved_at": now})
    session.add(draft)
    session.flush()

    data = {
        "code": str(words["code"]),
        "seq": draft.seq,
        "digest": sealing.digest(json.dumps(words, sort_keys=True).encode()),
    }
    record(session, Event.ITEM_DRAFTED, actor.label, f"draft:{draft.id}", now=now, data=data)
    picturing.let_go(session, actor, replaced - _pictured(draft), now=now)
    return draft


def discard(session: Session, actor: Actor, draft_id: int, *, now: datetime) -> None:
    """Throw a draft away for good.

    Raises:
        NotFound: no such draft of theirs.
    """
    draft = _own(session, actor, draft_id)

    using.require_right(actor, Right.BANK_AUTHOR)

    session.delete(draft)
    session.flush()

    data = {"code": str(draft.words.get("code", "")), "seq": draft.seq}
    record(session, Event.ITEM_DRAFT_DISCARDED, actor.label, f"draft:{draft_id}", now=now, data=data)
    picturing.let_go(session, actor, _pictured(draft), now=now)


def submit(
    session: Session,
    actor: Actor,
    written: Written,
    *,
    draft_id: int | None = None,
    seq: int = 0,
    base: int | None = None,
    now: datetime,
) -> ItemVersion:
    """Submit what was written for review, as a new item or a new version; its draft is gone then.

    Raises:
        NotFound: no such draft of theirs, or no such version to change.
        Malformed: something in it is wrong.
        WrongState: another window has saved the draft meanwhile, or the version that it changes is not the newest any
            more, or the newest still waits.
    """
    draft = _own(session, actor, draft_id) if draft_id is not None else None
    base = draft.base_version_id if draft is not None else base

    using.require_right(actor, Right.BANK_AUTHOR)

    drafting.may_overwrite(draft.seq if draft is not None else seq, seq).or_refuse()
    if base is not None:
        _require_newest(session, base)
    judged = _judged(session, actor, written, base)
    if judged.faults:
        raise errors.Malformed("draft_faulty", "还有{count}处要改，见各项旁边的说明。", count=judged.faults)

    reviewing.submit_items(session, actor, [judged.text], now=now)
    if draft is not None:
        replaced = _pictured(draft)
        session.delete(draft)
        session.flush()
        picturing.let_go(session, actor, replaced, now=now)
    version = newest.newest_of(session, [judged.text.code])[judged.text.code].version
    assert version is not None
    return version


def withdraw(session: Session, actor: Actor, version_id: int, *, now: datetime) -> Draft:
    """Take a version back while no reviewer has begun with it; its words become a draft of its author's again.

    Raises:
        Refused: somebody else submitted it.
        WrongState: it has been judged, or a reviewer has answered it.
    """
    found = queries.version(session, version_id)
    if found is None:
        raise errors.NotFound()
    item, version = found

    using.require_right(actor, Right.BANK_AUTHOR)

    own, begun = version.submitted_by == actor.person_id, drafts.answered(session, version_id)
    drafting.may_withdraw(State(version.state), own=own, answered=begun).or_refuse()

    version.state = State.WITHDRAWN
    session.add(version)
    session.flush()
    before = newest.newest_of(session, [item.code])[item.code].version
    written = drafting.of(queries.text_of(item, version))
    draft = save(session, actor, written, base=before.id if before is not None else None, now=now)

    data = {"code": item.code, "version": version.number, "digest": version.digest}
    record(session, Event.ITEM_WITHDRAWN, actor.label, f"item:{item.id}", now=now, data=data)
    return draft


def _own(session: Session, actor: Actor, draft_id: int) -> Draft:
    draft = drafts.draft(session, draft_id, actor.person_id)
    if draft is None:
        raise errors.NotFound()
    return draft


def _pictured(draft: Draft | None) -> set[str]:
    """The pictures that a draft names."""
    stored = draft.words.get("pictures", {}) if draft is not None else {}
    return {one.digest for one in pictures.taken(stored).values()}


def _words(session: Session, actor: Actor, written: Written, base: int | None) -> dict[str, Any]:
    """What is kept: under the code of the item that it changes, whatever was typed there."""
    code = _code_of(session, actor, base)
    words = drafting.kept(written)
    return {**words, "code": code} if code else words


def _code_of(session: Session, actor: Actor, base: int | None) -> str:
    if base is None:
        return ""
    found = queries.version(session, base)
    if found is None or not drafting.is_theirs(State(found[1].state), found[1].submitted_by, actor.person_id):
        raise errors.NotFound()
    return found[0].code


def _judged(session: Session, actor: Actor, written: Written, base: int | None) -> Judged:
    revised = _code_of(session, actor, base)
    code = revised or written.code.strip()
    known = _known(session, code)
    prefix = code.partition("-")[0]
    free = drafting.next_code(prefix, drafts.codes(session, prefix)) if known and not revised else ""
    return drafting.judge(written, importing.catalogue(session), known, revised=revised, free=free)


def _known(session: Session, code: str) -> Mapping[str, Kept]:
    found = newest.newest_of(session, [code]).get(code)
    if found is None or found.version is None:
        return {}
    text = queries.text_of(found.item, found.version)
    return {code: Kept(found.version.digest, found.last, planning.likeness(text))}


def _require_newest(session: Session, base: int) -> None:
    """Raises where a new version made out of this one would take back what others have changed."""
    found = queries.version(session, base)
    if found is None:
        raise errors.NotFound()
    version = found[1]
    known = [one for one in standing.versions(session, version.item_id) if one.state != State.WITHDRAWN]
    last = known[-1] if known else version
    drafting.may_revise(last.number, version.number, last.state == State.SUBMITTED).or_refuse()
