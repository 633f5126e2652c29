"""Submitting items and reviewing them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.bank import queries
from service.bank.actions import picturing
from service.bank.actions.files import EditionText, SubjectText
from service.bank.queries import newest, standing
from service.bank.queries.newest import Known
from service.bank.rules import items, pictures, wording
from service.bank.rules import reviewing as rules
from service.bank.rules.cases import Case
from service.bank.rules.items import ItemText, State
from service.bank.tables import Edition, Item, ItemVersion, Subject, Wording
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a submission did: codes of new items, codes with a new version, how many were the same as before."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int


def load_editions(session: Session, actor: Actor, editions: Iterable[EditionText], *, now: datetime) -> int:
    """Register editions, or bring their dates up to date; how many were new or changed."""
    known = queries.editions(session)

    using.require_right(actor, Right.BANK_AUTHOR)

    changed = 0
    for text in editions:
        edition = known.get(text.slug)
        fields = {name: getattr(text, name) for name in text.__slots__}
        if edition is not None and all(getattr(edition, name) == value for name, value in fields.items()):
            continue
        edition = edition or Edition(**fields)
        edition.sqlmodel_update(fields)
        session.add(edition)
        changed += 1
        data = {"effective_on": str(text.effective_on), "repealed_on": str(text.repealed_on or "")}
        record(session, Event.REGULATION_LOADED, actor.label, f"edition:{text.slug}", now=now, data=data)
    session.flush()
    return changed


def load_subjects(session: Session, actor: Actor, subjects: Sequence[SubjectText], *, now: datetime) -> int:
    """Register the subjects of the syllabus in the order given, or bring them up to date; how many that changed."""
    known = queries.subjects(session)
    repeated = [slug for slug, times in Counter(text.slug for text in subjects).items() if times > 1]

    using.require_right(actor, Right.BANK_AUTHOR)

    if repeated:
        raise errors.Malformed("subject_repeated", "科目{subject}出现了不止一次。", subject=repeated[0])

    changed: list[str] = []
    for number, text in enumerate(subjects, start=1):
        wanted = Subject(slug=text.slug, number=number, title=text.title, title_en=text.title_en)
        subject = known.get(text.slug)
        if subject is None or subject.model_dump() != wanted.model_dump():
            session.add(subject.sqlmodel_update(wanted) if subject else wanted)
            changed.append(text.slug)
    session.flush()

    if changed:
        record(session, Event.SUBJECTS_LOADED, actor.label, "bank", now=now, data={"subjects": changed})
    return len(changed)


def submit_items(session: Session, actor: Actor, texts: Iterable[ItemText], *, now: datetime) -> Submitted:
    """Submit items for review: unknown codes become items, changed texts new versions, same texts nothing.

    Raises:
        Malformed: any text has a fault, or names a picture that was never uploaded; nothing is submitted then.
    """
    texts = list(texts)
    repeated = [code for code, times in Counter(text.code for text in texts).items() if times > 1]
    known = newest.newest_of(session, {text.code for text in texts})
    editions, subjects = queries.editions(session), queries.subjects(session)

    using.require_right(actor, Right.BANK_AUTHOR)

    if repeated:
        raise errors.Malformed("item_repeated", "试题{item}在本次提交中出现了不止一次。", item=repeated[0])
    for text in texts:
        _require_sound(text, editions, subjects)

    picturing.require_kept(session, texts)

    digests = {text.code: items.digest(text) for text in texts}
    before = {code: one.version.digest for code, one in known.items() if one.version is not None}
    fresh = [text for text in texts if before.get(text.code) != digests[text.code]]
    _add_versions(session, actor, fresh, known, now)

    new = tuple(text.code for text in fresh if text.code not in before)
    changed = tuple(text.code for text in fresh if text.code in before)
    if fresh:
        data = {"new": len(new), "changed": len(changed), "digests": {text.code: digests[text.code] for text in fresh}}
        record(session, Event.ITEMS_SUBMITTED, actor.label, "bank", now=now, data=data)
    return Submitted(new, changed, len(texts) - len(fresh))


def _require_sound(text: ItemText, editions: Mapping[str, Edition], subjects: Mapping[str, Subject]) -> None:
    if text.edition not in editions:
        raise errors.Malformed("edition_unknown", "试题{item}所依据的法规版本没有登记。", item=text.code)
    if text.subject and text.subject not in subjects:
        raise errors.Malformed("subject_unknown", "试题{item}所属的科目没有登记。", item=text.code)
    for fault in items.faults_of(text, editions[text.edition].articles):
        raise errors.Malformed("item_faulty", "试题{item}：{reason}", item=fault.code, reason=fault.reason)


def _add_versions(
    session: Session,
    actor: Actor,
    texts: Sequence[ItemText],
    known: Mapping[str, Known],
    now: datetime,
) -> None:
    """Write the versions, all together: one by one, ten thousand would keep every other writer waiting."""
    rows = {text.code: known[text.code].item if text.code in known else Item(code=text.code) for text in texts}
    session.add_all(rows.values())
    session.flush()

    assert actor.person_id is not None
    uses = [(actor.person_id, f"item:{item.id}") for item in rows.values()]
    for decision in using.use_duties(session, Duty.AUTHOR, uses, now=now).values():
        decision.or_refuse()

    versions = [
        _version(text, rows[text.code].id or 0, known[text.code].last + 1 if text.code in known else 1)
        for text in texts
    ]
    submitted = {"state": State.SUBMITTED, "submitted_at": now, "submitted_by": actor.person_id, "review_reason": ""}
    if not versions:
        return
    rows_in = [{**version, **submitted} for version in versions]
    given = session.execute(sa.insert(ItemVersion).returning(col(ItemVersion.item_id), col(ItemVersion.id)), rows_in)
    ids = {row[0]: row[1] for row in given}
    said = [{"version_id": ids[rows[text.code].id or 0], "said": wording.said_of(text)} for text in texts]
    session.execute(sa.insert(Wording), said)


def _version(text: ItemText, item_id: int, number: int) -> dict[str, object]:
    return {
        "item_id": item_id,
        "number": number,
        "kind": text.kind,
        "stem": text.stem,
        "options": dict(text.options),
        "key": text.key,
        "explanation": text.explanation,
        "edition_slug": text.edition,
        "article": text.article,
        "roles": list(text.roles),
        "difficulty": text.difficulty,
        "level": text.level,
        "subject_slug": text.subject or None,
        "enemies": list(text.enemies),
        "tags": list(text.tags),
        "pictures": pictures.stored(text.pictures),
        **_case(text.case),
        "digest": items.digest(text),
    }


def _case(case: Case | None) -> dict[str, object]:
    """The columns of a case; empty for an item without one, for many rows are written with one statement."""
    found = (case.code, case.text, case.place, case.size) if case is not None else (None,) * 4
    return dict(zip(("case_code", "case_text", "case_place", "case_size"), found, strict=True))


def review_item(
    session: Session, actor: Actor, version_id: int, *, approve: bool, reason: str, now: datetime
) -> ItemVersion:
    """Approve an item version, or reject it with a reason; nobody reviews an item they authored.

    Raises:
        Refused: the reviewer is the author, under whatever account.
        WrongState: the version does not wait for review, or is approved without having been answered.
    """
    found = queries.version(session, version_id)
    if found is None:
        raise errors.NotFound()
    item, version = found

    using.require_right(actor, Right.BANK_REVIEW)

    trial = standing.trial(session, version_id, actor.person_id)
    target = State.APPROVED if approve else State.REJECTED
    items.may_review(State(version.state), target).or_refuse()
    newest = queries.newest_number(session, version.item_id)
    if version.number != newest:
        raise errors.WrongState("version_superseded", "该试题已有更新的第{number}版，请审新版。", number=newest)
    using.use_duty(session, actor, Duty.REVIEW, f"item:{item.id}", now=now)
    rules.may_judge(approve=approve, right=trial.right if trial else None, reason=reason).or_refuse()

    version.state, version.review_reason = target, reason
    version.reviewed_at, version.reviewed_by = now, actor.person_id
    session.add(version)
    session.flush()

    event = Event.ITEM_APPROVED if approve else Event.ITEM_REJECTED
    data = {"code": item.code, "version": version.number, "digest": version.digest, "reason": reason}
    if trial is not None:
        data["answered_right"] = trial.right
    record(session, event, actor.label, f"item:{item.id}", now=now, data=data)
    return version
