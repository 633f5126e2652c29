"""Keeping what results say of an item."""

from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session

from service.bank import queries
from service.bank.rules import calibration
from service.bank.rules.calibration import Calibration
from service.bank.rules.items import State
from service.bank.tables import ItemCalibration
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors


def calibrate(
    session: Session, label: str, version_id: int, measured: Calibration, *, now: datetime
) -> ItemCalibration:
    """Keep what the answers to one version of an item say of it; earlier calibrations stay.

    ``label`` is who had it measured, as the journal writes it. No right is asked for here: results call this,
    inside an action of theirs that has asked for one.

    Raises:
        NotFound: no such version.
        WrongState: the version was never approved, so nobody can have answered it.
        Malformed: a value lies outside what a sound fit gives.
    """
    found = queries.version(session, version_id)
    if found is None:
        raise errors.NotFound()
    item, version = found

    calibration.may_calibrate(State(version.state)).or_refuse()
    if odd := calibration.outside_bounds(measured):
        raise errors.Malformed(
            "calibration_bounds", "试题{item}的标定值超出合理范围：{names}。", item=item.code, names="、".join(odd)
        )

    assert item.id is not None
    row = ItemCalibration(item_id=item.id, item_version_id=version_id, **asdict(measured), set_at=now, set_by=label)
    session.add(row)
    session.flush()

    data = {"code": item.code, "version": version.number, **asdict(measured)}
    record(session, Event.ITEM_CALIBRATED, label, f"item:{item.id}", now=now, data=data)
    return row
