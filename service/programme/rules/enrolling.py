"""Judging the lines of a roster against what is already registered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.access.rules import separation
from service.access.rules.duties import Duty
from service.access.rules.people import ROLE_NAMES, TraineeRole
from service.access.rules.separation import Scope
from service.programme.rules.roster import Column, Fault, Line, Sheet, fold


@dataclass(frozen=True, slots=True)
class Known:
    """What is registered about a person: ``class_code`` is where they are enrolled this plan year, if anywhere;
    ``made`` are the duties by which they made questions or papers, or could have read them.
    """

    name: str
    enterprise_id: int | None = None
    class_code: str = ""
    deeds: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ClassTerms:
    """What a class asks of the lines of its roster; ``enterprises`` are ids by folded name."""

    code: str
    role: TraineeRole
    enterprises: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Lines to enrol, lines that are on the roster already, and every fault by row."""

    good: tuple[Line, ...]
    unchanged: tuple[Line, ...]
    faults: tuple[Fault, ...]


def judge(sheet: Sheet, terms: ClassTerms, registered: Mapping[str, Known]) -> Verdict:
    """Sort the lines of a sheet; ``registered`` is what is known by citizen id. A faulty line is never enrolled."""
    faults = [*sheet.faults]
    for line in sheet.lines:
        faults.extend(_faults(line, terms, registered.get(line.citizen_id)))
    faulty = {fault.row for fault in faults}
    sound = [line for line in sheet.lines if line.row not in faulty]
    here = {citizen_id for citizen_id, known in registered.items() if known.class_code == terms.code}
    return Verdict(
        good=tuple(line for line in sound if line.citizen_id not in here),
        unchanged=tuple(line for line in sound if line.citizen_id in here),
        faults=tuple(sorted(faults, key=lambda fault: fault.row)),
    )


def _faults(line: Line, terms: ClassTerms, known: Known | None) -> Iterator[Fault]:
    if line.enterprise and line.enterprise not in terms.enterprises:
        reason = "没有登记名为“{enterprise}”的煤矿企业，请核对名称，或先登记企业。"
        yield Fault(line.row, Column.ENTERPRISE, "enterprise_unknown", reason, {"enterprise": line.enterprise})
    if line.role is not None and line.role is not terms.role:
        reason = "岗位是“{role}”，本班次只收“{wanted}”。"
        values = {"role": ROLE_NAMES[line.role], "wanted": ROLE_NAMES[terms.role]}
        yield Fault(line.row, Column.ROLE, "role_differs", reason, values)
    if known is not None:
        yield from _registered_faults(line, terms, known)


def _registered_faults(line: Line, terms: ClassTerms, known: Known) -> Iterator[Fault]:
    if line.name and line.name != fold(known.name):
        reason = "该身份证号已登记在另一个姓名下，请核对姓名和号码。"
        yield Fault(line.row, Column.NAME, "name_differs", reason)
    if known.class_code == terms.code:
        if terms.enterprises.get(line.enterprise, known.enterprise_id) != known.enterprise_id:
            reason = "此人已在本班次名册中，但登记的是另一家企业。"
            yield Fault(line.row, Column.ENTERPRISE, "enterprise_differs", reason)
        return
    if known.class_code:
        reason = "此人本计划年度已编入班次{code}，同一年度只能参加一个班次。"
        yield Fault(line.row, Column.CITIZEN_ID, "enrolled_elsewhere", reason, {"code": known.class_code})
    decision = separation.may_act(Duty.SIT, known.deeds, Scope.CLASS)
    if not decision.allowed:
        reason = "此人已为本班次授课或履行考试职责，不能再作为学员参加本班次。"
        yield Fault(line.row, Column.CITIZEN_ID, "holds_exam_deed", reason)
    made = separation.may_turn_to(Duty.SIT, known.made)
    if not made.allowed:
        yield Fault(line.row, Column.CITIZEN_ID, made.code, made.reason, dict(made.values))
