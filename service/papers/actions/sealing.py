"""Sealing an approved paper: its texts become ciphertext, its keys go behind their own door."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.queries import Custodian
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.bank import queries as bank
from service.bank.rules.items import ItemText
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel import sealing as crypto
from service.papers import queries
from service.papers.actions import custodians, keys, pictured, seeds, sharing
from service.papers.actions.sharing import SECRET_BYTES, Secrets
from service.papers.rules import blueprint, states
from service.papers.rules.states import PaperState
from service.papers.tables import Exposure, Paper, PaperForm

SALT_BYTES = 16


def seal_paper(session: Session, actor: Actor, paper_id: int, *, now: datetime) -> Paper:
    """Encrypt both forms (AES-256-GCM, each under keys of its own that any two custodians have together) and forget
    the plain rows.

    Raises:
        Refused: whoever seals it assembled it, or is tied to the class.
        WrongState: the paper has not been approved, or no two custodians could open it.
    """
    paper = queries.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()

    using.require_right(actor, Right.PAPERS_APPROVE)

    states.may_move(PaperState(paper.state), PaperState.SEALED).or_refuse()
    using.use_duty(session, actor, Duty.APPROVE, f"paper:{paper.id}", f"class:{paper.class_id}", now=now)

    found = custodians.of_class(session, paper.class_id)
    custodians.judge(session, found, paper.class_id).or_refuse()

    forms = queries.forms(session, paper_id)
    versions = [row.item_version_id for form in forms.values() for row in queries.form_items(session, form.id or 0)]
    authors, reviewers = bank.makers(session, versions)
    secrets = {letter: Secrets(os.urandom(SECRET_BYTES), os.urandom(SECRET_BYTES)) for letter in forms}
    exam_on = date.fromisoformat(paper.recipe["exam_on"])
    shuffle = blueprint.parse(queries.blueprint_by_id(session, paper.blueprint_id).body).shuffle
    order = {"items": shuffle.items, "options": shuffle.options}
    digests = {
        letter: _seal_form(session, form, secrets[letter], found, exam_on, order) for letter, form in forms.items()
    }
    seeds.hand_over(paper, {letter: one.questions for letter, one in secrets.items()})
    paper.state, paper.sealed_at, paper.sealed_by = PaperState.SEALED, now, actor.person_id
    session.add(paper)
    session.flush()

    data = {"forms": digests, "custodians": len(sharing.holders(found)), "authors": authors, "reviewers": reviewers}
    record(session, Event.PAPER_SEALED, actor.label, f"paper:{paper.id}", now=now, data=data)
    return paper


def _seal_form(
    session: Session,
    form: PaperForm,
    secrets: Secrets,
    custodians: Sequence[Custodian],
    exam_on: date,
    order: Mapping[str, bool],
) -> str:
    assert form.id is not None
    rows = queries.form_items(session, form.id)
    texts: dict[int, tuple[int, ItemText]] = {}
    for row in rows:
        found = bank.version(session, row.item_version_id)
        assert found is not None, "a form refers to versions by foreign key"
        texts[row.position] = (row.points, bank.text_of(*found))
    # The salt is inside: with the bank at hand nobody can try papers against the commitment.
    pictures = pictured.seal(session, form, {place: text for place, (_, text) in texts.items()}, secrets.questions)
    body: dict[str, object] = {"salt": os.urandom(SALT_BYTES).hex(), "questions": _without_keys(texts, pictures)}
    if told := case_texts(texts):
        body["cases"] = list(told.values())
    # Drawn here and sealed with the words: until the form is open nobody knows what order any seat will see.
    body["shuffle"] = {"seed": os.urandom(SALT_BYTES).hex(), **order}
    plain = canonical(body)
    form.commitment = crypto.digest(plain)
    form.sealed = crypto.encrypt(plain, secrets.questions, bound_to=f"papers_form:{form.id}")
    form.digest = crypto.digest(form.commitment.encode() + form.sealed)
    session.add(form)
    answers = {place: keys.KeyEntry(text.kind, text.key, points) for place, (points, text) in texts.items()}
    keys.lock_key(session, form, answers, secrets.answers)
    sharing.share(session, form.id, secrets, custodians)
    _count_uses(session, texts, exam_on)
    for row in rows:
        session.delete(row)
    session.flush()
    return form.digest


def canonical(body: Mapping[str, object]) -> bytes:
    """The one way to write a form down before it is sealed: sorted keys, no spaces, UTF-8."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _without_keys(
    texts: Mapping[int, tuple[int, ItemText]], pictures: Mapping[int, Mapping[str, object]]
) -> list[dict[str, object]]:
    """What a candidate will see: delivery gets its own copy of the words, and no key or explanation."""
    numbers = {code: number for number, code in enumerate(case_texts(texts), start=1)}
    return [
        {
            "position": place,
            "kind": text.kind,
            "stem": text.stem,
            "options": dict(text.options),
            "points": points,
            **({"pictures": pictures[place]} if place in pictures else {}),
            **_case(text, numbers),
        }
        for place, (points, text) in texts.items()
    ]


def case_texts(texts: Mapping[int, tuple[int, ItemText]]) -> dict[str, str]:
    """The texts of the cases of a form by their codes, in the order in which they stand on it."""
    found = (text.case for _, (_, text) in sorted(texts.items()))
    return {case.code: case.text for case in found if case is not None}


def _case(text: ItemText, numbers: Mapping[str, int]) -> dict[str, object]:
    """Which case of the form an item belongs to, and where in it: number, place and size; nothing for other items."""
    case = text.case
    return {"case": [numbers[case.code], case.place, case.size]} if case is not None else {}


def _count_uses(session: Session, texts: Mapping[int, tuple[int, ItemText]], exam_on: date) -> None:
    indexes = [crypto.paper_index(text.code) for _, text in texts.values()]
    known = queries.exposures(session, indexes)
    for index in indexes:
        row = known.get(index) or Exposure(item_index=index, times=0)
        row.times += 1
        row.last_on = max(exam_on, row.last_on or exam_on)
        session.add(row)
