"""A candidate's own result as it crosses HTTP: points and verdicts, never an item, a choice or a key."""

from datetime import date, datetime

from fastapi import Request
from pydantic import BaseModel, Field

from service.access.rules import lockout
from service.kernel import clock, database, peers
from service.results.actions import looking
from service.results.actions.looking import Key, OwnResult
from service.results.queries.elsewhere import ExternalLine
from service.results.rules import Verdict
from service.results.rules.elsewhere import source_name
from service.results.rules.own import Part
from service.sittings.tables import Seat

TICKET, TAIL = "^[0-9]{6,12}$", "^[0-9]{5}[0-9Xx]$"


class OwnKey(BaseModel):
    """The ticket number and the last six characters of the citizen id."""

    ticket_number: str = Field(pattern=TICKET, examples=["2026000101"])
    id_tail: str = Field(pattern=TAIL, examples=["01123X"])

    def key(self) -> Key:
        return Key(self.ticket_number, self.id_tail.upper())


def entered(request: Request, key: Key) -> Seat:
    """The seat of whoever typed this key, before any turn to write: wrong guesses must not cost one.

    Raises:
        TooOften: it was tried too often from this address. NotFound: anything else that is wrong.
    """
    address = peers.address(request.scope)
    with database.reading() as session:
        return looking.enter(session, key, lockout.place(address), now=clock.now())


class PartShape(BaseModel):
    """A part of the sheet: ``right`` of ``asked`` items, ``points`` of ``of``."""

    name: str
    asked: int
    right: int
    points: int
    of: int

    @classmethod
    def of_part(cls, part: Part) -> "PartShape":
        return cls.model_validate(part, from_attributes=True)


class VersionShape(BaseModel):
    """One published version; the newest one counts, the earlier ones stay readable."""

    version: int
    verdict: Verdict
    points: int
    published_at: datetime


class OwnElsewhereShape(BaseModel):
    """A result obtained elsewhere with where, when, and by what number of that place's; ``verdict`` is that of now."""

    source: str
    reference: str
    taken_on: date
    verdict: Verdict
    points: int
    most_points: int
    pass_points: int

    @classmethod
    def of(cls, line: ExternalLine) -> "OwnElsewhereShape":
        one = line.external
        return cls(
            source=source_name(line.file.source, line.file.source_words),
            reference=line.file.reference,
            taken_on=one.taken_on,
            verdict=line.verdict,
            points=one.points,
            most_points=one.most_points,
            pass_points=one.pass_points,
        )


class OwnResultShape(BaseModel):
    """``sections`` are by kind of item, ``subjects`` by subject of the syllabus, by slug.

    ``from_elsewhere`` are results of the same person for the same class that were obtained elsewhere.
    """

    name: str
    class_code: str
    class_name: str
    sat_on: date
    verdict: Verdict
    points: int
    pass_points: int
    credit_hours: int
    certificate: str
    sections: list[PartShape]
    subjects: list[PartShape]
    versions: list[VersionShape]
    from_elsewhere: list[OwnElsewhereShape]

    @classmethod
    def of(cls, own: OwnResult) -> "OwnResultShape":
        result, line = own.line.result, own.line
        return cls(
            name=line.person.name,
            class_code=own.training_class.code,
            class_name=own.training_class.name,
            sat_on=clock.local(own.sitting.starts_at).date(),
            verdict=Verdict(result.verdict),
            points=result.points,
            pass_points=result.pass_points,
            credit_hours=line.credit.hours if line.credit else 0,
            certificate=line.certificate.code if line.certificate else "",
            sections=[PartShape.of_part(one) for one in own.sections],
            subjects=[PartShape.of_part(one) for one in own.subjects],
            versions=[VersionShape.model_validate(one, from_attributes=True) for one in own.versions],
            from_elsewhere=[OwnElsewhereShape.of(one) for one in own.elsewhere],
        )
