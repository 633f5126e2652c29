"""Whom the lines of a file name, and whether those people may have the results that it gives them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.programme.rules.roster import Fault, fold
from service.results.rules.elsewhere import Known, may_have
from service.results.rules.elsewhere.lines import Column, Line, Read


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of a class by citizen id, and those who have or had a seat by the number of their ticket."""

    by_citizen_id: Mapping[str, Known]
    by_ticket: Mapping[str, Known]

    def named(self, line: Line) -> Known | None:
        """Whom a line names: by the citizen id where it has one, else by the ticket."""
        return self.by_citizen_id.get(line.citizen_id) if line.citizen_id else self.by_ticket.get(line.ticket_number)


def judge(read: Read, class_code: str, roster: Roster) -> tuple[Fault, ...]:
    """Everything wrong with a file by row."""
    found, first = [*read.faults], dict[int, Line]()
    for line in read.lines:
        known = roster.named(line)
        found.extend(_line_faults(line, class_code, roster))
        if known is not None:
            found.extend(_repeated(line, first.setdefault(known.trainee_id, line)))
    return tuple(sorted(found, key=lambda fault: fault.row))


def _line_faults(line: Line, class_code: str, roster: Roster) -> Iterator[Fault]:
    known, by_ticket = roster.named(line), roster.by_ticket.get(line.ticket_number)
    if line.class_code != fold(class_code):
        values = {"code": class_code}
        yield Fault(line.row, Column.CLASS, "class_differs", "本页只收班次{code}的成绩。", values)
    elif known is None:
        yield _unknown(line)
    elif by_ticket is not None and by_ticket.trainee_id != known.trainee_id:
        reason = "准考证号是本班次另一名考生的，与身份证号不符，请核对后只保留正确的一项。"
        yield Fault(line.row, Column.TICKET, "ticket_contradicts", reason)
    elif fold(known.name) != line.name:
        yield _another_name(line)
    else:
        decision = may_have(known)
        if not decision.allowed:
            column = Column.CITIZEN_ID if line.citizen_id else Column.TICKET
            yield Fault(line.row, column, decision.code, decision.reason, decision.values)


def _unknown(line: Line) -> Fault:
    if line.citizen_id:
        reason = "此人不在本班次名册中，请核对号码或先补入名册。"
        return Fault(line.row, Column.CITIZEN_ID, "not_in_class", reason)
    reason = "本班次没有这个准考证号，请核对，或改填身份证号。"
    return Fault(line.row, Column.TICKET, "ticket_unknown", reason)


def _another_name(line: Line) -> Fault:
    if line.citizen_id:
        return Fault(line.row, Column.NAME, "name_differs", "该身份证号登记在另一个姓名下，请核对姓名和号码。")
    return Fault(line.row, Column.NAME, "name_differs", "该准考证号登记在另一个姓名下，请核对姓名和号码。")


def _repeated(line: Line, first: Line) -> Iterator[Fault]:
    """Somebody who is named twice by different columns; the same citizen id twice is told where rows are read."""
    if line is not first and (not line.citizen_id or line.citizen_id != first.citizen_id):
        reason = "与第{first}行是同一个人，同一人只能出现一次。"
        column = Column.CITIZEN_ID if line.citizen_id else Column.TICKET
        yield Fault(line.row, column, "repeated", reason, {"first": first.row})
