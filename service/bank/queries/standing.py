"""Reads on how versions stand: answers of reviewers, suspensions, and what rests on repealed editions."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.bank import queries
from service.bank.rules.items import State
from service.bank.tables import Item, ItemCalibration, ItemVersion, Standing, Trial


def trial(session: Session, version_id: int, person_id: int | None) -> Trial | None:
    """What a person answered to a version."""
    return session.get(Trial, (version_id, person_id)) if person_id is not None else None


def wrongly_answered(session: Session, version_ids: Collection[int]) -> set[int]:
    """Of these versions the ones that a reviewer answered wrongly."""
    statement = select(Trial.version_id).where(col(Trial.version_id).in_(version_ids), ~col(Trial.right))
    return set(session.exec(statement))


def standings(session: Session, version_id: int) -> list[Standing]:
    """How a version has stood since its review, oldest first."""
    statement = select(Standing).where(Standing.version_id == version_id).order_by(col(Standing.id))
    return list(session.exec(statement))


def suspended_by(session: Session, version_id: int) -> int | None:
    """Who suspended a version last."""
    found = [one for one in standings(session, version_id) if one.state == State.SUSPENDED]
    return found[-1].set_by if found else None


def versions(session: Session, item_id: int) -> list[ItemVersion]:
    """Every version of an item, oldest first."""
    statement = select(ItemVersion).where(ItemVersion.item_id == item_id).order_by(col(ItemVersion.number))
    return list(session.exec(statement))


def measured(session: Session, item_id: int) -> list[tuple[int, ItemCalibration]]:
    """(version number, calibration) of all that published results ever said of an item, the newest first.

    What the bank knows of an item's use: which paper and class it was in is sealed with the paper.
    """
    statement = (
        select(ItemVersion.number, ItemCalibration)
        .join(ItemVersion, col(ItemVersion.id) == col(ItemCalibration.item_version_id))
        .where(ItemCalibration.item_id == item_id)
        .order_by(col(ItemCalibration.id).desc())
    )
    return list(session.exec(statement))


def resting_on(editions: Collection[str]) -> Any:
    """A select of (item, version, number of its newest version) that are in use on one of these editions, by code."""
    newer = sa.orm.aliased(ItemVersion)
    newest = (
        sa.select(sa.func.max(col(newer.number)))
        .where(
            col(newer.item_id) == col(ItemVersion.item_id),
            col(newer.state).not_in([State.REJECTED, State.WITHDRAWN]),
        )
        .correlate(ItemVersion)
        .scalar_subquery()
    )
    return (
        sa.select(Item, ItemVersion, newest)
        .join(ItemVersion, col(ItemVersion.item_id) == col(Item.id))
        .where(
            col(ItemVersion.edition_slug).in_(sorted(editions)),
            col(ItemVersion.id).in_(queries.newest_approved()),
        )
        .order_by(col(Item.code))
    )
