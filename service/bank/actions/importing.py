"""Importing items from a file: what it would do first, and then exactly that or nothing."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.bank import queries
from service.bank.actions import picturing, reviewing, tagging
from service.bank.queries import neighbours, newest
from service.bank.queries import tagging as filing
from service.bank.rules import alike
from service.bank.rules.exchange import casing, gallery, keeping, planning, screening
from service.bank.rules.exchange.citing import Cited
from service.bank.rules.exchange.drafts import Field, Sheaf
from service.bank.rules.exchange.fields import Catalogue, Terms
from service.bank.rules.exchange.planning import Kept, Outcome, Plan
from service.bank.rules.exchange.screening import Twin
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors


def plan_import(session: Session, actor: Actor, sheaf: Sheaf, terms: Terms) -> Plan:
    """What importing these drafts would do; nothing is written.

    Raises:
        Malformed: the importer named an edition or a subject that there is not.
    """
    using.require_right(actor, Right.BANK_AUTHOR)

    names = catalogue(session)
    if terms.edition and terms.edition not in names.editions:
        raise errors.Malformed("edition_unknown_name", "没有登记过名为“{name}”的法规版本。", name=terms.edition)
    if terms.subject and terms.subject not in names.subjects:
        raise errors.Malformed("subject_unknown_name", "没有登记过科目“{name}”。", name=terms.subject)
    found = list(newest.newest_texts(session))
    if sheaf.pictureless:
        sheaf = gallery.staying(sheaf, {text.code: text.pictures for text, *_ in found if text.pictures})
    sheaf = keeping.keeping(sheaf, (text for text, *_ in found))
    files = any(draft.word(Field.FILED) for draft in sheaf.drafts)
    filed = filing.filed_of(session, [text.code for text, *_ in found]) if files else {}
    kept = {
        text.code: Kept(digest, number, planning.likeness(text), filed.get(text.code, frozenset()), own)
        for text, digest, number, own in found
    }
    return planning.plan(casing.completed(sheaf), terms, names, kept)


def rehearse_import(session: Session, actor: Actor, sheaf: Sheaf, terms: Terms) -> Plan:
    """What importing these drafts would do, with a note on all that is almost something else; nothing is written."""
    plan = plan_import(session, actor, sheaf, terms)
    if not plan.sound:
        return plan
    lines = screening.lines_of(plan)
    texts = [alike.asked(line.text.stem, line.text.options) for line in lines]
    near = neighbours.bank(session).nearest(texts, least=alike.NEAR, most=1, but=[line.text.code for line in lines])
    twins = [[Twin(one.code, one.stem, one.likeness) for one in found] for found in near]
    return screening.screened(plan, twins)


def import_items(
    session: Session, actor: Actor, sheaf: Sheaf, terms: Terms, *, agreed: str, file: str, now: datetime
) -> Plan:
    """Submit what a file holds for review, all of it or nothing; a plan with faults comes back with nothing done.

    The tags under which the file has items filed are put on in one act, which its author can undo like any other.

    ``agreed`` is the digest of the plan that the importer has seen, ``file`` that of the file.

    Raises:
        WrongState: the bank has moved since, so that something else would happen than what was agreed to.
    """
    plan = plan_import(session, actor, sheaf, terms)
    if not plan.sound:
        return plan

    if planning.digest(plan) != agreed:
        reason = "检查之后题库或文件有了变化，导入的结果会与看到的不同。请重新检查。"
        raise errors.WrongState("import_moved", reason)

    named = {one.digest for text in plan.texts() for one in text.pictures.values()}
    for digest in sorted(named & sheaf.pictures.keys()):
        picturing.keep(session, actor, sheaf.pictures[digest], now=now)
    done = reviewing.submit_items(session, actor, plan.texts(), now=now)
    tagging.file_also(session, actor, plan.filing(), now=now)

    data = {
        "file": file,
        "new": len(done.new),
        "changed": len(done.changed),
        "unchanged": done.unchanged,
        "left_out": plan.counts.get(Outcome.LEFT_OUT, 0),
    }
    record(session, Event.ITEMS_IMPORTED, actor.label, "bank", now=now, data=data)
    return plan


def catalogue(session: Session) -> Catalogue:
    editions = queries.editions(session)
    subjects = queries.subjects(session)
    return Catalogue(
        {slug: Cited((one.title, one.title_en, one.number), one.articles) for slug, one in editions.items()},
        {slug: (slug, one.title, one.title_en) for slug, one in subjects.items()},
    )
