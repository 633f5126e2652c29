"""Filing many items under tags in one act, after a look at what would change, and undoing the last one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.bank.queries import tagging as queries
from service.bank.rules import tagging as rules
from service.bank.rules.narrowing import Narrowing
from service.bank.rules.tagging import Change, Wish
from service.bank.tables import ItemTag, Tagging
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which items: those named by id, or where none is named all of which a version is what is asked."""

    ids: tuple[int, ...]
    asked: Narrowing


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would do: the items by id and code, what changes, and of the tags to be taken away how many items
    carry them in their newest version, where they stay. ``digest`` is what whoever confirms it sends back."""

    items: Mapping[int, str]
    change: Change
    carried: Mapping[str, int]
    digest: str


def preview(session: Session, actor: Actor, chosen: Chosen, wish: Wish) -> Preview:
    """What filing these items would change; nothing is written.

    Raises:
        Refused: the wish contradicts itself, or a tag is none.
        WrongState: no items are chosen, or too many, or one would have too many tags.
    """
    using.require_right(actor, Right.BANK_AUTHOR)

    rules.may_wish(wish).or_refuse()
    items = queries.chosen(session, chosen.ids) if chosen.ids else _found(session, chosen.asked)
    rules.may_choose(len(items)).or_refuse()
    filed = queries.filed(session, items)
    change = rules.change(wish, filed)
    rules.may_hold(rules.after(filed, change).values()).or_refuse()
    carried = queries.carrying(session, items, wish.remove)
    return Preview(items, change, carried, rules.digest(items.values(), wish))


def tag_items(session: Session, actor: Actor, chosen: Chosen, wish: Wish, *, agreed: str, now: datetime) -> Tagging:
    """File items as the preview showed; papers and versions stay as they are.

    Raises:
        WrongState: other items would be filed than were agreed to, or nothing would change.
    """
    seen = preview(session, actor, chosen, wish)

    if seen.digest != agreed:
        reason = "预览之后题库有了变化，会改到的试题与看到的不同。请重新预览。"
        raise errors.WrongState("tagging_moved", reason)
    if not seen.change.touched:
        raise errors.WrongState("tagging_nothing", "这些试题已经是这样归类的，没有可改的。")

    return _made(session, actor, seen.change, {one: seen.items[one] for one in seen.change.touched}, now)


def file_also(session: Session, actor: Actor, wished: Mapping[str, Collection[str]], *, now: datetime) -> None:
    """File items, by code, under these tags beside those that they have, as one act; nothing where all are already.

    Raises:
        WrongState: an item would have too many tags.
    """
    ids = queries.ids_of(session, list(wished))

    using.require_right(actor, Right.BANK_AUTHOR)

    filed = queries.filed(session, set(ids.values()))
    change = rules.adding({ids[code]: frozenset(tags) for code, tags in wished.items()}, filed)
    rules.may_hold(rules.after(filed, change).values()).or_refuse()
    if not change.touched:
        return

    codes = {item_id: code for code, item_id in ids.items()}
    _made(session, actor, change, {one: codes[one] for one in change.touched}, now)


def _made(session: Session, actor: Actor, change: Change, codes: Mapping[int, str], now: datetime) -> Tagging:
    assert actor.person_id is not None
    row = Tagging(
        person_id=actor.person_id,
        items=len(codes),
        digest=rules.digest_of_codes(codes.values()),
        added={tag: list(ids) for tag, ids in change.added.items()},
        removed={tag: list(ids) for tag, ids in change.removed.items()},
        set_at=now,
    )
    session.add(row)
    _write(session, change)

    _record(session, actor, Event.ITEMS_TAGGED, row.id or 0, change, codes, now)
    return row


def undo(session: Session, actor: Actor, *, now: datetime) -> Tagging:
    """Take the last act of this person back, where things still are as it left them; once.

    Raises:
        WrongState: there is none, or it has been undone.
    """
    last = queries.last(session, actor.person_id)

    using.require_right(actor, Right.BANK_AUTHOR)

    if last is None or last.undone_at is not None:
        raise errors.WrongState("tagging_undone", "您没有可以撤销的批量归类，或者最近一次已经撤销。")
    done = Change(_places(last.added), _places(last.removed))
    back = rules.undoing(done, queries.filed(session, done.touched))

    last.undone_at = now
    session.add(last)
    _write(session, back)

    codes = queries.chosen(session, back.touched)
    _record(session, actor, Event.ITEMS_TAGGING_UNDONE, last.id or 0, back, codes, now)
    return last


def _found(session: Session, asked: Narrowing) -> dict[int, str]:
    return queries.found(session, asked, rules.MOST_ITEMS)


def _write(session: Session, change: Change) -> None:
    rows = [{"item_id": one, "tag": tag} for tag, ids in change.added.items() for one in ids]
    if rows:
        session.execute(sa.insert(ItemTag), rows)
    for tag, ids in change.removed.items():
        for part in queries.parts(ids):
            gone = sa.delete(ItemTag).where(col(ItemTag.tag) == tag, col(ItemTag.item_id).in_(part))
            session.execute(gone)
    session.flush()


def _record(
    session: Session, actor: Actor, event: Event, row_id: int, change: Change, codes: Mapping[int, str], now: datetime
) -> None:
    data = {
        "items": len(codes),
        "digest": rules.digest_of_codes(codes.values()),
        "added": rules.counts(change.added),
        "removed": rules.counts(change.removed),
    }
    record(session, event, actor.label, f"tagging:{row_id}", now=now, data=data)


def _places(stored: Mapping[str, list[int]]) -> dict[str, tuple[int, ...]]:
    return {tag: tuple(ids) for tag, ids in stored.items()}
