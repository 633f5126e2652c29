"""One paper that was assembled, approved and sealed by the real actions, and a copy of it for every class.

Copies are sealed like the original, each under a key of its own, so that every room reads and decrypts its own form.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from service.kernel import sealing
from service.papers import queries
from service.papers.actions import assembling, judging, opening
from service.papers.actions import sealing as closing
from service.papers.actions.sharing import SECRET_BYTES
from service.papers.rules.states import Form, PaperState, Window
from service.papers.tables import OpenedKey, Opening, Paper, PaperForm, PaperFormItem
from service.papers.tables.keys import AnswerKey, OpenedAnswerKey
from tests import world as worlds

LONG = 100


@dataclass(frozen=True)
class Original:
    """The paper to copy, with what its form and its answer key say in clear."""

    paper: dict[str, Any]
    plain: bytes
    key: bytes
    questions: list[opening.Question]


def original(session: Session, *, long: bool) -> Original:
    """Seal a paper by the real actions: of the blueprint's fifty items, or of a hundred items of one point each."""
    world = worlds.found_staff(session)
    worlds.fill_bank(session, world)
    worlds.open_class(session, world)
    assembler, approver = world.actor(session, "assembler"), world.actor(session, "approver")
    now = worlds.PREPARED_AT
    paper = assembling.assemble_paper(
        session, assembler, world.class_id, seed=7, exam_on=worlds.STARTS_AT.date(), now=now
    )
    assert paper.id is not None
    judging.judge_paper(session, approver, paper.id, approve=True, reason="", now=now)
    if long:
        _lengthen(session, paper.id)
    closing.seal_paper(session, approver, paper.id, now=now)
    form = queries.forms(session, paper.id)[Form.A]
    for username in ("proctor1", "proctor2"):
        proctor = world.actor(session, username)
        window = Window(worlds.STARTS_AT, worlds.ENDS_AT)
        hand = worlds.hand(session, proctor)
        opening.add_hand(session, proctor, form.id or 0, window, hand, now=worlds.OPENING_AT)
    return read(session)


def _lengthen(session: Session, paper_id: int) -> None:
    """Put the items of form B behind those of form A: no item is in both, so that makes a hundred."""
    forms = queries.forms(session, paper_id)
    first, second = forms[Form.A].id, forms[Form.B].id
    assert first is not None and second is not None
    moved = queries.form_items(session, second)
    begin = len(queries.form_items(session, first))
    for row in moved:
        session.add(
            PaperFormItem(form_id=first, position=begin + row.position, item_version_id=row.item_version_id, points=1)
        )
        session.delete(row)
    session.flush()
    for row in queries.form_items(session, first):
        row.points = 1
        session.add(row)
    session.flush()
    assert len(queries.form_items(session, first)) == LONG


def read(session: Session) -> Original:
    """The original of a database in which one was made."""
    paper = session.exec(select(Paper).order_by(col(Paper.id))).first()
    assert paper is not None and paper.id is not None
    form = queries.forms(session, paper.id)[Form.A]
    locked = session.get_one(AnswerKey, form.id)
    assert form.id is not None and form.sealed is not None
    plain = sealing.decrypt(form.sealed, opening.opened_key(session, form.id), bound_to=f"papers_form:{form.id}")
    kept = session.get_one(OpenedAnswerKey, form.id)
    place = f"papers_opened_answer_key:{form.id}"
    key = sealing.decrypt(kept.sealed, sealing.operator_key("answers"), bound_to=place)
    answers = sealing.decrypt(locked.sealed, key, bound_to=f"papers_answer_key:{form.id}")
    columns = paper.model_dump(exclude={"id", "class_id", "state"})
    return Original(columns, plain, answers, [opening.Question(**entry) for entry in json.loads(plain)["questions"]])


def copies(
    session: Session, found: Original, classes: list[int], hands: list[tuple[int, int]], opened_at: datetime | None
) -> list[int]:
    """The forms of one copy per class, by class; opened by two persons each, or still sealed."""
    paper_id = _next(session, Paper)
    form_id = _next(session, PaperForm)
    state = PaperState.OPENED if opened_at is not None else PaperState.SEALED
    papers, forms, keys, openings = [], [], [], []
    kept: dict[type[SQLModel], list[dict[str, Any]]] = {OpenedKey: [], OpenedAnswerKey: []}
    for place, class_id in enumerate(classes):
        here, there = paper_id + place, form_id + place
        key = os.urandom(SECRET_BYTES)
        sealed = sealing.encrypt(found.plain, key, bound_to=f"papers_form:{there}")
        locked = sealing.encrypt(found.key, key, bound_to=f"papers_answer_key:{there}")
        papers.append(found.paper | {"id": here, "class_id": class_id, "state": state})
        forms.append(
            {
                "id": there,
                "paper_id": here,
                "letter": Form.A,
                "commitment": sealing.digest(found.plain),
                "sealed": sealed,
                "digest": sealing.digest(sealed),
                "opened_at": opened_at,
            }
        )
        keys.append({"form_id": there, "sealed": locked, "digest": sealing.digest(found.key)})
        if opened_at is not None:
            at = opened_at - timedelta(seconds=30)
            openings += [{"form_id": there, "person_id": person, "at": at} for person in hands[place]]
            for kind, purpose in ((OpenedKey, "questions"), (OpenedAnswerKey, "answers")):
                bound_to = f"{kind.__tablename__}:{there}"
                again = sealing.encrypt(key, sealing.operator_key(purpose), bound_to=bound_to)
                kept[kind].append({"form_id": there, "sealed": again})
    written: list[tuple[type[SQLModel], list[dict[str, Any]]]] = [(Paper, papers), (PaperForm, forms)]
    written += [(AnswerKey, keys), (Opening, openings), *kept.items()]
    for table, rows in written:
        insert(session, table, rows)
    return [form_id + place for place in range(len(classes))]


def _next(session: Session, table: type[Any]) -> int:
    return int(session.execute(sa.select(sa.func.coalesce(sa.func.max(table.id), 0))).scalar_one()) + 1


def next_id(session: Session, table: type[Any]) -> int:
    """The first id that nobody has yet."""
    return _next(session, table)


def insert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Many rows at once."""
    if rows:
        session.execute(sa.insert(table), rows)
