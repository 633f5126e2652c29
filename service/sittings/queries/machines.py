"""Reads on what machines found out about themselves: of each name in a room the newest check counts."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.sittings.rules.machines import Fault, Fitness, fitness
from service.sittings.tables import MachineCheck, MachineTrial, Room


@dataclass(frozen=True, slots=True)
class MachineLine:
    """A machine as its newest check tells it, and who checked it."""

    check: MachineCheck
    faults: list[Fault]
    checked_by: str

    @property
    def fitness(self) -> Fitness:
        """Green, amber or red."""
        return fitness(self.faults)


def faults_of(check: MachineCheck) -> list[Fault]:
    """The faults of a check, as rules know them."""
    return [Fault(code) for code in check.faults.split(",") if code]


def _newest(condition: sa.ColumnElement[bool]) -> Any:
    newest = sa.select(sa.func.max(col(MachineCheck.id))).where(condition)
    newest = newest.group_by(col(MachineCheck.room_id), col(MachineCheck.machine))
    return col(MachineCheck.id).in_(newest)


def machines(session: Session, room_id: int) -> list[MachineLine]:
    """The machines of a room by name, retired ones left out."""
    statement = (
        select(MachineCheck, Person.name)
        .join(Person, col(Person.id) == col(MachineCheck.checked_by))
        .where(_newest(col(MachineCheck.room_id) == room_id), col(MachineCheck.retired_at).is_(None))
        .order_by(MachineCheck.machine)
    )
    return [MachineLine(check, faults_of(check), name) for check, name in session.exec(statement)]


def tallies(session: Session, room_ids: Collection[int]) -> dict[int, dict[Fitness, int]]:
    """How many machines of each room are green, amber and red."""
    condition = col(MachineCheck.room_id).in_(set(room_ids))
    statement = select(MachineCheck).where(_newest(condition), col(MachineCheck.retired_at).is_(None))
    found = {room_id: dict.fromkeys(Fitness, 0) for room_id in room_ids}
    for check in session.exec(statement):
        found[check.room_id][fitness(faults_of(check))] += 1
    return found


def unfit(session: Session, exam_point_id: int) -> int:
    """How many machines in the rooms of an exam point were not fit when they were last checked."""
    rooms = session.exec(select(Room.id).where(Room.exam_point_id == exam_point_id)).all()
    return sum(tally[Fitness.UNFIT] for tally in tallies(session, [one for one in rooms if one is not None]).values())


def check(session: Session, machine_check_id: int) -> MachineCheck | None:
    return session.get(MachineCheck, machine_check_id)


def newest_check(session: Session, room_id: int, machine: str) -> MachineCheck | None:
    """The check that counts for a machine."""
    statement = select(MachineCheck).where(MachineCheck.room_id == room_id, MachineCheck.machine == machine)
    return session.exec(statement.order_by(col(MachineCheck.id).desc())).first()


def trial(session: Session, room_id: int, machine: str) -> MachineTrial | None:
    """The row that a machine saves while it measures; locked, as an answer's is."""
    return session.get(MachineTrial, (room_id, machine), with_for_update=True)
