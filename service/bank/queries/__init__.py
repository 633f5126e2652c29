"""Reads on editions, subjects, item versions and what results say of them."""

import dataclasses
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlmodel import Session, col, select

from service.access.rules.people import TraineeRole
from service.bank.rules import items, pictures
from service.bank.rules.calibration import Calibration
from service.bank.rules.cases import Case
from service.bank.rules.items import ItemText, Kind, Level, State
from service.bank.tables import Edition, Item, ItemCalibration, ItemVersion, Subject


def editions(session: Session) -> dict[str, Edition]:
    """All editions by slug."""
    return {edition.slug: edition for edition in session.exec(select(Edition).order_by(Edition.slug))}


def subjects(session: Session) -> dict[str, Subject]:
    """All subjects by slug, in the order of the syllabus."""
    statement = select(Subject).order_by(col(Subject.number), col(Subject.slug))
    return {subject.slug: subject for subject in session.exec(statement)}


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


def items_of(session: Session, version_ids: Iterable[int]) -> dict[int, int]:
    """Which item each of these versions is of."""
    statement = select(ItemVersion.id, ItemVersion.item_id).where(col(ItemVersion.id).in_(set(version_ids)))
    return {version_id: item_id for version_id, item_id in session.exec(statement) if version_id is not None}


def version(session: Session, version_id: int) -> tuple[Item, ItemVersion] | None:
    """One version with its item."""
    statement = select(Item, ItemVersion).join(ItemVersion, col(ItemVersion.item_id) == col(Item.id))
    return session.exec(statement.where(ItemVersion.id == version_id)).first()


def makers(session: Session, version_ids: Iterable[int]) -> tuple[int, int]:
    """How many persons wrote these versions, and how many reviewed them: numbers, and no names."""
    statement = select(
        sa.func.count(sa.distinct(col(ItemVersion.submitted_by))),
        sa.func.count(sa.distinct(col(ItemVersion.reviewed_by))),
    )
    return session.exec(statement.where(col(ItemVersion.id).in_(set(version_ids)))).one()


def counts(session: Session) -> Counter[tuple[str, str]]:
    """How many versions there are by (state, kind)."""
    statement = sa.select(ItemVersion.state, ItemVersion.kind, sa.func.count()).group_by(  # type: ignore[call-overload]
        ItemVersion.state, ItemVersion.kind
    )
    return Counter({(state, kind): number for state, kind, number in session.execute(statement)})


def newest_number(session: Session, item_id: int) -> int:
    """The number of an item's newest version; what was taken back has overtaken nothing."""
    statement = select(sa.func.max(ItemVersion.number)).where(ItemVersion.item_id == item_id)
    return session.exec(statement.where(col(ItemVersion.state) != State.WITHDRAWN)).one() or 0


def awaiting_review(session: Session) -> list[int]:
    """Ids of the newest versions that wait for a reviewer, by item code; an older one has been overtaken."""
    newer = sa.orm.aliased(ItemVersion)
    overtaken = sa.exists().where(
        col(newer.item_id) == col(ItemVersion.item_id),
        col(newer.number) > col(ItemVersion.number),
        col(newer.state) != State.WITHDRAWN,
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
    return text_of_row(item.code, version)


def text_of_row(code: str, row: Any) -> ItemText:
    """The plain value of a version, or of a selected row with the same columns."""
    return ItemText(
        code=code,
        kind=Kind(row.kind),
        stem=row.stem,
        options=row.options,
        key=row.key,
        explanation=row.explanation,
        edition=row.edition_slug,
        article=row.article,
        roles=tuple(TraineeRole(role) for role in row.roles),
        difficulty=row.difficulty,
        level=Level(row.level),
        subject=row.subject_slug or "",
        enemies=tuple(row.enemies),
        tags=tuple(row.tags),
        pictures=pictures.taken(row.pictures),
        case=case_of_row(row),
    )


def case_of_row(row: Any) -> Case | None:
    """The case of a version, or of a selected row with the same columns; nothing where it has none."""
    if row.case_code is None:
        return None
    return Case(row.case_code, row.case_text, row.case_place, row.case_size)


# The columns of a version that its text is made of. Selected one by one: thousands of rows that are only read
# need none of the session's bookkeeping.
_WORDS = "id kind stem options key explanation edition_slug article roles difficulty level subject_slug enemies tags"
_SHOWN = "pictures case_code case_text case_place case_size"
TEXT = tuple(getattr(ItemVersion, name) for name in f"{_WORDS} {_SHOWN}".split())


def eligible(session: Session, role: TraineeRole, day: date) -> list[tuple[int, ItemText]]:
    """(version id, text) of every item that may be asked of a role on a day, by item code.

    Two statements, however many items there are. Judged by the newest approved version alone: a role that it no
    longer names must not get the words of an older one.
    """
    in_force = editions_in_force(session, day)
    statement = (
        sa.select(col(Item.code), *TEXT)
        .join(Item, col(Item.id) == col(ItemVersion.item_id))
        .where(col(ItemVersion.id).in_(newest_approved(in_force)))
        .order_by(col(Item.code))
    )
    return [(row.id, text_of_row(row.code, row)) for row in session.execute(statement) if role in row.roles]


def editions_in_force(session: Session, day: date) -> set[str]:
    """The slugs of the editions that are in force on a day."""
    return {
        slug
        for slug, edition in editions(session).items()
        if items.in_force(edition.effective_on, edition.repealed_on, day)
    }


def newest_approved(in_force: Iterable[str] | None = None) -> Any:
    """A select of the ids of each item's newest approved version, on the editions given or on any.

    Where the newest that ever was approved has been taken out since, the item has none: it was taken out, not its text.
    """
    statement = sa.select(
        col(ItemVersion.id).label("id"),
        sa.func.row_number()
        .over(partition_by=col(ItemVersion.item_id), order_by=col(ItemVersion.number).desc())
        .label("place"),
        col(ItemVersion.state).label("state"),
    ).where(col(ItemVersion.state).in_(sorted(items.EVER_APPROVED)))
    if in_force is not None:
        statement = statement.where(col(ItemVersion.edition_slug).in_(sorted(in_force)))
    ranked = statement.subquery()
    return sa.select(ranked.c.id).where(ranked.c.place == 1, ranked.c.state == State.APPROVED)


_MEASURED = tuple(getattr(ItemCalibration, field.name) for field in dataclasses.fields(Calibration))


def calibrations(session: Session) -> dict[str, Calibration]:
    """The newest calibration of every item, by item code, in one statement.

    An item is passed over while the newest approved version has other words than the one that was measured: another
    text or picture is another question, and starts from its author's estimate.
    """
    measured, asked = sa.orm.aliased(ItemVersion), sa.orm.aliased(ItemVersion)
    newest = sa.select(sa.func.max(col(ItemCalibration.id))).group_by(col(ItemCalibration.item_id))
    statement = (
        sa.select(col(Item.code), *_MEASURED)
        .join(Item, col(Item.id) == col(ItemCalibration.item_id))
        .join(measured, col(measured.id) == col(ItemCalibration.item_version_id))
        .join(asked, col(asked.item_id) == col(ItemCalibration.item_id))
        .where(
            col(ItemCalibration.id).in_(newest),
            col(asked.id).in_(newest_approved()),
            *(
                sa.cast(getattr(asked, name), sa.Text) == sa.cast(getattr(measured, name), sa.Text)
                for name in ("kind", "stem", "options", "key", "pictures")
            ),
            col(asked.case_text).is_not_distinct_from(col(measured.case_text)),
        )
        .order_by(col(Item.code))
    )
    return {code: Calibration(*values) for code, *values in session.execute(statement)}
