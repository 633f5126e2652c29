"""Certifying separation, noting a proof of it, and attesting to both; all of it on record."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from service.access import queries as access
from service.access.rules import attesting, separation
from service.access.rules.duties import Duty
from service.access.rules.separation import TEACH
from service.access.tables import Organisation, Person
from service.journal import queries as journal
from service.journal.actions import SYSTEM, record, remembering
from service.journal.rules import Event
from service.kernel import build, errors, sealing, settings
from service.oversight.queries import separation as queries
from service.oversight.rules.separation import FORMAT, Part, may_certify
from service.oversight.tables import SeparationCertificate
from service.papers import queries as papers
from service.programme.tables import TrainingClass
from service.sittings.actions import typesetting

# The key that signs certificates; its public half is at /api/v1/separation/key.
PURPOSE = "separation-certificate"


def parts_of(session: Session, class_id: int) -> list[Part]:
    """Everybody's part in a class. A person's mark tells persons of one name apart, and nothing outside this class."""
    rows = queries.deeds(session, class_id)
    bodies = queries.bodies(session, {person.id or 0 for _, person in rows})
    institution = session.get_one(Organisation, session.get_one(TrainingClass, class_id).institution_id).name
    return [
        Part(
            duty,
            person.name,
            institution if duty == TEACH else bodies.get(person.id or 0, ""),
            _mark(class_id, person.id),
        )
        for duty, person in rows
    ]


def broken_open(session: Session, class_id: int) -> list[dict[str, Any]]:
    """What two custodians opened outside the usual way for a class: which form, when, by whom and why."""
    rows = papers.break_glass_openings(session, class_id)
    hands = {person_id for row, _ in rows for person_id in (row.begun_by, row.opened_by or 0)}
    people, bodies = access.people(session, hands), queries.bodies(session, hands)

    def hand(person_id: int) -> dict[str, str]:
        name, body = people[person_id].name, bodies.get(person_id, "")
        return _line(Part(Duty.CUSTODY, name, body, _mark(class_id, person_id)))

    return [
        {
            "form": letter,
            "reason": row.reason,
            "begun_at": _moment(row.begun_at),
            "at": _moment(row.opened_at),
            "by": [hand(row.begun_by), hand(row.opened_by)],
        }
        for row, letter in rows
        if row.opened_at is not None and row.opened_by is not None
    ]


def marked_by(session: Session, class_id: int) -> list[dict[str, str]]:
    """Who gave marks for what candidates of a class wrote; nobody, where the system alone marked by the keys."""
    return _named(session, class_id, queries.markers(session, class_id))


def copied_by(session: Session, class_id: int) -> list[dict[str, str]]:
    """Who copied answer sheets of a class from paper; nobody, where everybody answered on machines."""
    return _named(session, class_id, queries.copyists(session, class_id))


def _named(session: Session, class_id: int, people: Sequence[Person]) -> list[dict[str, str]]:
    bodies = queries.bodies(session, {person.id or 0 for person in people})
    return [
        _line(Part("", person.name, bodies.get(person.id or 0, ""), _mark(class_id, person.id))) for person in people
    ]


def certify(session: Session, class_id: int, *, now: datetime) -> SeparationCertificate:
    """Sign who did what for a class, once its results are published; nobody asks for it, so nobody can hold it back.

    Raises:
        NotFound: there is no such class.
        WrongState: not published, or somebody had a part on both sides.
    """
    training_class = session.get(TrainingClass, class_id)
    if training_class is None:
        raise errors.NotFound()
    parts = parts_of(session, class_id)
    before = queries.certificate(session, class_id)

    may_certify(parts, published=queries.published(session, class_id)).or_refuse()

    number, head = (before.number if before else 0) + 1, journal.head(session)
    institution = session.get_one(Organisation, training_class.institution_id).name
    shown = [part for part in parts if part.duty != Duty.SIT]
    content = {
        "format": FORMAT,
        "class": {"code": training_class.code, "name": training_class.name, "institution": institution},
        "number": number,
        "issued_at": _moment(now),
        "issuer": settings.current().public_url,
        "trainers": [_line(part) for part in shown if part.duty == TEACH],
        "exam": [{"duty": part.duty} | _line(part) for part in shown if part.duty != TEACH],
        "broken_open": broken_open(session, class_id),
        "marked_by": marked_by(session, class_id),
        "copied_by": copied_by(session, class_id),
        "candidates": sum(part.duty == Duty.SIT for part in parts),
        "journal": {"seq": head.seq, "hash": head.hash},
        "policy": attesting.policy_digest(),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    certificate = SeparationCertificate(
        class_id=class_id,
        number=number,
        document=text,
        digest=sealing.digest(text.encode()),
        signature=sealing.sign(text.encode(), purpose=PURPOSE),
        issued_at=now,
    )
    session.add(certificate)
    session.flush()

    data = {"number": number, "digest": certificate.digest, "seq": head.seq, "hash": head.hash}
    record(session, Event.SEPARATION_CERTIFIED, SYSTEM, f"class:{class_id}", now=now, data=data)
    return certificate


def due(session: Session) -> list[int]:
    """The published classes that lack their certificate, or had another hand since, and can have one."""
    waiting = queries.uncertified(session)
    return [found for found in waiting if may_certify(parts_of(session, found), published=True).allowed]


def _mark(class_id: int, person_id: int | None) -> str:
    return sealing.blind_index(str(person_id), purpose=f"separation/{class_id}")


def _moment(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def _line(part: Part) -> dict[str, str]:
    return {"name": part.name, "body": part.body, "person": part.person}


def print_certificate(certificate: SeparationCertificate) -> bytes:
    """The certificate as PDF; what counts is the signed text, whose digest is printed on it."""
    content = json.loads(certificate.document)
    words = {part["duty"]: separation.word(part["duty"]) for part in content["exam"]}
    return typesetting.typeset(
        "separation.typ",
        {"content": content, "digest": certificate.digest, "words": words},
        folder_of="oversight",
    )


def note_proof(session: Session, *, states: int, holds: bool, routes: str, now: datetime) -> None:
    """Put a proof of separation on record, with the digests of what it proved; whoever runs the machine ran it."""
    data = {
        "states": states,
        "holds": holds,
        "policy": attesting.policy_digest(),
        "routes": routes,
        "build": build.described(),
    }
    record(session, Event.SEPARATION_PROVED, SYSTEM, "policy", now=now, data=data)


@dataclass(frozen=True, slots=True)
class Attestation:
    """What can be said of separation in this build; the last proof and matrix say by themselves whether they fit it."""

    policy: str
    routes: str
    build: str
    proof: Mapping[str, Any] | None
    matrix: Mapping[str, Any] | None
    rewritten: bool = False


def attest(session: Session, routes: Sequence[attesting.Route]) -> Attestation:
    """The policy and routes of the running build, and what was last proved and tried."""
    proved = [entry for entry in journal.about(session, "policy") if entry.event == Event.SEPARATION_PROVED]
    last = {"at": proved[-1].at, "seq": proved[-1].seq, **json.loads(proved[-1].data)} if proved else None
    rewritten = remembering.alarm() is not None
    return Attestation(
        attesting.policy_digest(), attesting.routes_digest(routes), build.described(), last, _last_matrix(), rewritten
    )


def _last_matrix() -> Mapping[str, Any] | None:
    place = settings.current().matrix_report
    if place is None or not place.is_file():
        return None
    found: Mapping[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found
