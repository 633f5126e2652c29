"""Results obtained elsewhere as they cross HTTP: what a file would do row by row, and what is kept of it."""

import json
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field
from sqlmodel import Session

from service.access.rules.policy import Actor, Reach, Right, reaches
from service.kernel import language
from service.programme.queries import classes as programme
from service.results.actions.elsewhere import Content, Origin, Report
from service.results.queries import elsewhere as queries
from service.results.queries.elsewhere import ExternalLine, FileLine
from service.results.rules import Standing, Verdict
from service.results.rules.elsewhere import LARGEST_MOST, MOST_POINTS, FileState, Platform, source_name
from service.results.rules.elsewhere.lines import VERDICTS, Column
from service.results.shapes.corrections import Words

# As many as a file may have rows.
MOST_RESULTS = 2000
Short = Annotated[str, Field(max_length=100, pattern="^[^\0]*$")]


class NewExternal(BaseModel):
    """One result: ``taken_on`` is the day of the examination, points and pass mark are out of ``most_points``.

    Whose it is say ``citizen_id`` or ``ticket_number``, one of ours; where both do, they must agree.
    """

    name: str = Field(min_length=1, max_length=60)
    citizen_id: str = Field(default="", max_length=18)
    ticket_number: str = Field(default="", max_length=12)
    class_code: str = Field(max_length=40, examples=["2024-TL-01"])
    taken_on: date
    points: int = Field(ge=0, le=LARGEST_MOST)
    most_points: int = Field(default=MOST_POINTS, ge=1, le=LARGEST_MOST)
    pass_points: int = Field(ge=1, le=LARGEST_MOST)
    verdict: Verdict = Field(examples=["passed"], description="passed or failed")


class NewExternals(BaseModel):
    """Results of a class with where they are from; ``source_words`` names the platform where it is another one."""

    source: Platform
    source_words: Short = ""
    reference: Annotated[Short, Field(min_length=1, examples=["2026-018"])]
    dry_run: bool = False
    results: list[NewExternal] = Field(min_length=1, max_length=MOST_RESULTS)

    def origin(self) -> Origin:
        return Origin(self.source, self.source_words.strip(), self.reference.strip())

    def content(self) -> Content:
        """The same as a sheet: the first result is row 2, beneath the header. The digest is that of the results."""
        words = {verdict: word for word, verdict in VERDICTS.items()}
        rows: list[list[object]] = [list(Column)]
        for one in self.results:
            about = (one.name, one.citizen_id, one.class_code, one.taken_on.isoformat())
            verdict = words.get(one.verdict, one.verdict.value)
            rows.append([*about, one.points, one.pass_points, verdict, one.ticket_number, one.most_points])
        plain = [_plain(one) for one in self.results]
        return Content("API", json.dumps(plain, ensure_ascii=False, sort_keys=True).encode(), "JSON", rows)


def _plain(one: NewExternal) -> dict[str, object]:
    # What says nothing new is left out: the same results have the digest that they had before there was such a field.
    silent = {"most_points": MOST_POINTS, "ticket_number": ""}
    written = one.model_dump(mode="json")
    return {name: value for name, value in written.items() if name not in silent or value != silent[name]}


class ExternalFault(BaseModel):
    row: int
    column: str
    code: str
    reason: str


class ExternalRow(BaseModel):
    """A row that would be kept."""

    row: int
    name: str
    taken_on: date
    points: int
    most_points: int
    pass_points: int
    verdict: Verdict


class ExternalReport(BaseModel):
    """What bringing a file did, or would do. ``written``: it is kept; ``known``: it had been brought before."""

    sheet: str
    digest: str
    written: bool
    known: bool
    file_id: int | None
    rows: list[ExternalRow]
    faults: list[ExternalFault]

    @classmethod
    def of(cls, tongue: str, report: Report) -> "ExternalReport":
        return cls(
            sheet=report.sheet,
            digest=report.digest,
            written=report.file is not None and not report.known,
            known=report.known,
            file_id=report.file.id if report.file is not None else None,
            rows=[ExternalRow.model_validate(line, from_attributes=True) for line in report.lines],
            faults=[
                ExternalFault(
                    row=fault.row,
                    column=fault.column,
                    code=fault.code,
                    reason=language.say(tongue, fault.reason, fault.values),
                )
                for fault in report.faults
            ],
        )


class FileDecision(BaseModel):
    """Whether a file is confirmed, and why or why not."""

    confirm: bool
    note: Words


class ExternalProposal(BaseModel):
    """What a result from elsewhere shall be, and why."""

    wanted: Standing
    reason: Words


class ExternalShape(BaseModel):
    """A result from elsewhere with all that tells where it is from; ``verdict`` is what it counts as now."""

    id: int
    trainee_id: int
    name: str
    citizen_id_masked: str
    enterprise: str
    taken_on: date
    points: int
    most_points: int
    pass_points: int
    verdict: Verdict
    source: Platform
    source_name: str
    reference: str
    file_name: str
    file_size: int
    digest: str
    row: int
    brought_by: str
    brought_at: datetime
    waiting: int | None
    wanted: Standing | None

    @classmethod
    def of(cls, line: ExternalLine) -> "ExternalShape":
        one, file = line.external, line.file
        return cls(
            id=one.id or 0,
            trainee_id=one.trainee_id,
            name=line.person.name,
            citizen_id_masked=line.person.citizen_id_masked,
            enterprise=line.enterprise.name,
            taken_on=one.taken_on,
            points=one.points,
            most_points=one.most_points,
            pass_points=one.pass_points,
            verdict=line.verdict,
            source=Platform(file.source),
            source_name=source_name(file.source, file.source_words),
            reference=file.reference,
            file_name=file.name,
            file_size=file.size,
            digest=file.digest,
            row=one.row,
            brought_by=line.bringer,
            brought_at=file.brought_at,
            waiting=line.waiting.id if line.waiting is not None else None,
            wanted=Standing(line.waiting.wanted) if line.waiting is not None else None,
        )


def of_class(session: Session, class_id: int, actor: Actor) -> list[ExternalShape]:
    """The results from elsewhere that count in a class, of those people whom the actor may see."""
    found = queries.counting(session, class_id)
    if found and Reach.ALL not in reaches(actor, Right.RESULTS_PUBLISHED):
        visible = {line.trainee.id for line in programme.roster(session, class_id, seen_by=actor)}
        found = [line for line in found if line.external.trainee_id in visible]
    return [ExternalShape.of(line) for line in found]


class ExternalFileShape(BaseModel):
    """A file as it is kept, with its rows."""

    id: int
    class_id: int
    class_code: str
    state: FileState
    source_name: str
    reference: str
    name: str
    size: int
    digest: str
    brought_by: str
    brought_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    results: list[ExternalShape]

    @classmethod
    def of(cls, line: FileLine, results: list[ExternalLine]) -> "ExternalFileShape":
        file = line.file
        return cls(
            id=file.id or 0,
            class_id=file.class_id,
            class_code=line.training_class.code,
            state=FileState(file.state),
            source_name=source_name(file.source, file.source_words),
            reference=file.reference,
            name=file.name,
            size=file.size,
            digest=file.digest,
            brought_by=line.bringer,
            brought_at=file.brought_at,
            decided_by=line.decider,
            decided_at=file.decided_at,
            note=file.note,
            results=[ExternalShape.of(one) for one in results],
        )
