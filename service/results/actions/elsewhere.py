"""Results obtained elsewhere: one person brings a file of them, another confirms it, and from then on they count.

Whoever brings uses the duty to confirm, whoever decides the duty to publish, as with voiding: the separation table
keeps them two natural persons, and keeps out whoever proctored or taught the class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, sealing, workbooks
from service.programme.actions import spreadsheet
from service.programme.rules.roster import Cell, Fault
from service.programme.tables import TrainingClass
from service.results.actions import editing
from service.results.queries import elsewhere as queries
from service.results.rules import elsewhere as rules
from service.results.rules.editions import Cause, Hands
from service.results.rules.elsewhere import FileState, Known, Platform, judging, lines
from service.results.rules.elsewhere.judging import Roster
from service.results.rules.elsewhere.lines import Line
from service.results.tables import ExternalFile, ExternalResult


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file is from: the platform, its words where it is another one, and the number it gave."""

    source: Platform
    words: str
    reference: str


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it came: its name, its bytes, and the cells of its sheet, the first row being row 1."""

    name: str
    content: bytes
    sheet: str
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Report:
    """What bringing a file did, or would do: its lines, its faults, and the file where it is kept.

    ``known``: this very file had been brought before, so that nothing changed.
    """

    sheet: str
    digest: str
    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]
    file: ExternalFile | None = None
    known: bool = False


def read(name: str, content: bytes) -> Content:
    """The first visible sheet of an xlsx file.

    Raises:
        Malformed: not an xlsx file, or larger than a class can be.
    """
    if len(content) > spreadsheet.MOST_BYTES:
        most = spreadsheet.MOST_BYTES // 1024**2
        raise errors.Malformed("file_large", "文件超过{most}MB，请只保留成绩后重新上传。", most=most)
    try:
        for sheet, rows in workbooks.visible_sheets(content, spreadsheet.LIMITS):
            return Content(name, content, sheet, rows)
    except workbooks.TooLarge as error:
        sentence = "表格过大：最多{rows}行、{columns}列。请删除成绩以外的内容后重新上传。"
        most, wide = spreadsheet.MOST_ROWS, spreadsheet.MOST_COLUMNS
        raise errors.Malformed("sheet_large", sentence, rows=most, columns=wide) from error
    except workbooks.Unreadable:
        pass
    raise errors.Malformed("file_unreadable", "无法读取该文件。请用Excel另存为没有密码的xlsx文件后重新上传。")


def bring(
    session: Session, actor: Actor, class_id: int, origin: Origin, found: Content, *, dry_run: bool, now: datetime
) -> Report:
    """Bring a file of results of a class, whole or not at all; it waits for another person.

    Raises:
        NotFound: no such class. Malformed: another platform without its name.
        Refused: the person proctored, taught or publishes the class.
    """
    parsed, digest = lines.parse(found.rows, today=clock.local(now).date()), sealing.digest(found.content)
    training_class = session.get(TrainingClass, class_id, with_for_update=True)
    if training_class is None:
        raise errors.NotFound()
    same = queries.same(session, class_id, digest)

    using.require_right(actor, Right.RESULTS_CONFIRM)

    if origin.source is Platform.OTHER and not origin.words:
        raise errors.Malformed("source_unnamed", "来源选“其他平台”时，请写明平台名称。")
    if same is not None:
        return Report(found.sheet, digest, parsed.lines, (), same, known=True)
    people = _people(session, class_id, parsed.lines)
    report = Report(found.sheet, digest, parsed.lines, judging.judge(parsed, training_class.code, people))
    if dry_run or report.faults:
        return report
    using.use_duty(session, actor, Duty.CONFIRM, f"class:{class_id}", now=now)

    file = _keep(session, actor, class_id, origin, found, report, now)
    session.add_all([_row(file, line, people.named(line)) for line in parsed.lines])
    session.flush()

    data = {"file": file.id, "source": file.source, "reference": file.reference, "digest": digest, "rows": file.rows}
    record(session, Event.EXTERNAL_BROUGHT, actor.label, f"class:{class_id}", now=now, data=data)
    return Report(found.sheet, digest, parsed.lines, (), file)


def _people(session: Session, class_id: int, found: Sequence[Line]) -> Roster:
    """The people of a class who are named, by citizen id and by ticket."""
    roster = queries.roster(session, class_id)
    named = {line.citizen_id for line in found if line.citizen_id}
    indexes = {index: one for one in named for index in sealing.blind_indexes(one, purpose="citizen-id")}
    known = {one.trainee_id: one for one in roster.values()}
    tickets = queries.tickets(session, class_id, {line.ticket_number for line in found})
    return Roster(
        {one: roster[index] for index, one in indexes.items() if index in roster},
        {number: known[trainee_id] for number, trainee_id in tickets.items() if trainee_id in known},
    )


def _keep(
    session: Session, actor: Actor, class_id: int, origin: Origin, found: Content, report: Report, now: datetime
) -> ExternalFile:
    assert actor.person_id is not None
    file = ExternalFile(
        class_id=class_id,
        source=origin.source,
        source_words=origin.words,
        reference=origin.reference,
        name=found.name,
        size=len(found.content),
        digest=report.digest,
        rows=len(report.lines),
        brought_at=now,
        brought_by=actor.person_id,
    )
    session.add(file)
    session.flush()
    return file


def _row(file: ExternalFile, line: Line, known: Known | None) -> ExternalResult:
    assert known is not None, "a file without faults names people of the class"
    return ExternalResult(
        file_id=file.id or 0,
        row=line.row,
        class_id=file.class_id,
        trainee_id=known.trainee_id,
        taken_on=line.taken_on,
        points=line.points,
        most_points=line.most_points,
        pass_points=line.pass_points,
        verdict=line.verdict,
    )


def decide(session: Session, actor: Actor, file_id: int, *, confirm: bool, note: str, now: datetime) -> ExternalFile:
    """Confirm a file, from when on its results count as a new edition, or refuse it.

    Raises:
        NotFound: no such file. WrongState: decided already, or somebody of it has sat here since.
        Refused: the person brought it, by whichever account, or confirms, proctored or taught the class.
    """
    file = queries.file(session, file_id)
    if file is None:
        raise errors.NotFound()
    session.get(TrainingClass, file.class_id, with_for_update=True)
    people = {one.trainee_id: one for one in queries.roster(session, file.class_id, apart_from=file_id).values()}

    using.require_right(actor, Right.RESULTS_PUBLISH)

    state = FileState.CONFIRMED if confirm else FileState.REFUSED
    named = [one.trainee_id for one in queries.results_of(session, file_id)]
    overtaken = sum(one not in people or not rules.may_have(people[one]).allowed for one in named)
    rules.may_decide(FileState(file.state), state, overtaken=overtaken).or_refuse()
    using.use_duty(session, actor, Duty.PUBLISH, f"class:{file.class_id}", now=now)

    assert actor.person_id is not None
    file.state, file.decided_at, file.decided_by, file.note = state, now, actor.person_id, note
    session.add(file)
    session.flush()

    # A note may name people, so the record holds its digest.
    data = {"file": file_id, "confirmed": confirm, "note": sealing.digest(note.encode())}
    record(session, Event.EXTERNAL_DECIDED, actor.label, f"class:{file.class_id}", now=now, data=data)
    if confirm:
        hands = Hands(file.brought_by, file.brought_at, actor.person_id, now)
        reason = f"{file.reference} {file.name}"
        editing.publish_edition(
            session, actor.label, file.class_id, Cause.IMPORTED, [], hands, reason=reason[:500], now=now
        )
    return file
