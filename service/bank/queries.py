"""Reads on editions and item versions."""

from collections import Counter
from datetime import date
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlmodel import Session, col, select

from service.access.rules.people import TraineeRole
from service.bank.rules import items
from service.bank.rules.items import ItemText, Kind, State
from service.bank.tables import Edition, Item, ItemVersion


def editions(session: Session) -> dict[str, Edition]:
    """All editions by slug."""
    return {edition.slug: edition for edition in session.exec(select(Edition).order_by(Edition.slug))}


def newest_versions(session: Session) -> dict[str, tuple[Item, ItemVersion]]:
    """The newest version of every item, by item code."""
    statement = (
        select(Item, ItemVersion)
        .join(ItemVersion, col(ItemVersion.item_id) == col(Item.id))
        .order_by(Item.code, col(ItemVersion.number))
    )
    return {item.code: (item, version) for item, version in session.exec(statement)}


def item_codes(session: Session) -> dict[str, Item]:
    return {item.code: item for item in session.exec(select(Item))}


def version(session: Session, version_id: int) -> tuple[Item, ItemVersion] | None:
    """One version with its item."""
    statement = select(Item, ItemVersion).join(ItemVersion, col(ItemVersion.item_id) == col(Item.id))
    return session.exec(statement.where(ItemVersion.id == version_id)).first()


def listing(*, state: State | None = None, kind: Kind | None = None, edition: str = "", text: str = "") -> Any:
    """A select of (item, version) by code, narrowed by what is given."""
    statement = sa.select(Item, ItemVersion).join(ItemVersion, col(ItemVersion.item_id) == col(Item.id))
    if state is not None:
        statement = statement.where(col(ItemVersion.state) == state)
    if kind is not None:
        statement = statement.where(col(ItemVersion.kind) == kind)
    if edition:
        statement = statement.where(col(ItemVersion.edition_slug) == edition)
    if text:
        pattern = f"%{text}%"
        statement = statement.where(col(ItemVersion.stem).like(pattern) | col(Item.code).like(pattern))
    return statement.order_by(col(Item.code), col(ItemVersion.number))


def counts(session: Session) -> Counter[tuple[str, str]]:
    """How many versions there are by (state, kind)."""
    statement = sa.select(ItemVersion.state, ItemVersion.kind, sa.func.count()).group_by(  # type: ignore[call-overload]
        ItemVersion.state, ItemVersion.kind
    )
    return Counter({(state, kind): number for state, kind, number in session.execute(statement)})


def newest_number(session: Session, item_id: int) -> int:
    """The number of an item's newest version."""
    return session.exec(select(sa.func.max(ItemVersion.number)).where(ItemVersion.item_id == item_id)).one() or 0


def awaiting_review(session: Session) -> list[int]:
    """Ids of the newest versions that wait for a reviewer, by item code; an older one has been overtaken."""
    newer = sa.orm.aliased(ItemVersion)
    overtaken = sa.exists().where(
        col(newer.item_id) == col(ItemVersion.item_id), col(newer.number) > col(ItemVersion.number)
    )
    statement = (
        select(ItemVersion.id)
        .join(Item, col(ItemVersion.item_id) == col(Item.id))
        .where(ItemVersion.state == State.SUBMITTED, ~overtaken)
        .order_by(Item.code)
    )
    return [found for found in session.exec(statement) if found is not None]


def text_of(item: Item, version: ItemVersion) -> ItemText:
    """A row as the plain value that rules work on."""
    return ItemText(
        code=item.code,
        kind=Kind(version.kind),
        stem=version.stem,
        options=version.options,
        key=version.key,
        explanation=version.explanation,
        edition=version.edition_slug,
        article=version.article,
        roles=tuple(TraineeRole(role) for role in version.roles),
        difficulty=version.difficulty,
    )


def eligible(session: Session, role: TraineeRole, day: date) -> list[tuple[int, ItemText]]:
    """(version id, text) of every item that may be asked of a role on a day, by item code."""
    in_force = {
        slug
        for slug, edition in editions(session).items()
        if items.in_force(edition.effective_on, edition.repealed_on, day)
    }
    statement = (
        select(Item, ItemVersion)
        .join(ItemVersion, col(ItemVersion.item_id) == col(Item.id))
        .where(ItemVersion.state == State.APPROVED, col(ItemVersion.edition_slug).in_(in_force))
        .order_by(Item.code, col(ItemVersion.number).desc())
    )
    newest: dict[str, tuple[int, ItemText]] = {}
    for item, found in session.exec(statement):
        if found.id is not None:
            newest.setdefault(item.code, (found.id, text_of(item, found)))
    # Judged by the newest version alone: a role that it no longer names must not get the words of an older one.
    return [(version_id, text) for version_id, text in newest.values() if role in text.roles]
