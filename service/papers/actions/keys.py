"""The only door to answer keys. An import contract lets in this slice's actions and the marking of results."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.bank.rules.items import Kind
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.papers.tables import PaperForm
from service.papers.tables.keys import AnswerKey, OpenedAnswerKey


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """What one position of a form is worth, and for which answer."""

    kind: Kind
    key: str
    points: int


def lock_key(session: Session, form: PaperForm, entries: Mapping[int, KeyEntry], key: bytes) -> None:
    """Seal a form's answer key under its own secret; called once, while the form is sealed."""
    assert form.id is not None
    body = {str(place): [entry.kind, entry.key, entry.points] for place, entry in sorted(entries.items())}
    plain = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    sealed = sealing.encrypt(plain, key, bound_to=f"papers_answer_key:{form.id}")
    session.add(AnswerKey(form_id=form.id, sealed=sealed, digest=sealing.digest(plain)))
    session.flush()


def release(session: Session, form_id: int, secret: bytes) -> None:
    """Keep the secret of an answer key for marking, once two hands have opened its form.

    Raises:
        cryptography.exceptions.InvalidTag: it is not the secret of this form's key.
    """
    sealing.decrypt(session.get_one(AnswerKey, form_id).sealed, secret, bound_to=f"papers_answer_key:{form_id}")
    kept = sealing.encrypt(secret, sealing.operator_key("answers"), bound_to=f"papers_opened_answer_key:{form_id}")
    session.add(OpenedAnswerKey(form_id=form_id, sealed=kept))
    session.flush()


def use_key(session: Session, form_id: int, actor: str, subject: str, *, now: datetime) -> dict[int, KeyEntry]:
    """The answer key of an opened form, by position; every use goes on record.

    Raises:
        WrongState: the form has not been opened, so nobody can have answered it.
    """
    form = session.get(PaperForm, form_id)
    locked = session.get(AnswerKey, form_id)
    if form is None or locked is None:
        raise errors.NotFound()
    kept = session.get(OpenedAnswerKey, form_id)
    if form.opened_at is None or kept is None:
        raise errors.WrongState("paper_not_opened", "试卷尚未启封。")

    place = f"papers_opened_answer_key:{form_id}"
    key = sealing.decrypt(kept.sealed, sealing.operator_key("answers"), bound_to=place)
    plain = sealing.decrypt(locked.sealed, key, bound_to=f"papers_answer_key:{form_id}")

    record(session, Event.KEY_USED, actor, f"form:{form_id}", now=now, data={"for": subject, "digest": locked.digest})
    entries = json.loads(plain)
    return {int(place): KeyEntry(Kind(kind), answer, points) for place, (kind, answer, points) in entries.items()}
