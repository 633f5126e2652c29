"""Blueprints in versions: drafted by an assembler, then approved or sent back by a second person.

Only an approved version assembles papers. A version never changes: whoever wants another drafts the next one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.bank import queries as bank
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, language
from service.kernel.decision import Decision, first_refusal
from service.papers import queries
from service.papers.rules import blueprint, faults, versions
from service.papers.rules.faults import BlueprintFault
from service.papers.rules.versions import BlueprintState
from service.papers.tables import Blueprint


def read(raw: Mapping[str, Any]) -> blueprint.Blueprint:
    """A blueprint from its file or request, sound or not.

    Raises:
        Malformed: it cannot be read, or says something that no blueprint says.
    """
    try:
        if unknown := sorted(set(raw) - blueprint.SETTINGS):
            raise blueprint.UnreadableError(", ".join(unknown))
        parsed = blueprint.parse(raw)
        # What no text file can hold, half a character, cannot be digested either.
        blueprint.digest_of(parsed)
    except (blueprint.UnreadableError, UnicodeError) as error:
        what = str(error).encode("utf-8", "replace").decode()
        raise errors.Malformed("blueprint_unreadable", "组卷方案有误：{what}。", what=what) from error
    return parsed


def faults_in(session: Session, parsed: blueprint.Blueprint) -> list[BlueprintFault]:
    """Everything wrong with a blueprint: its sums, and items that it names and the bank does not have."""
    found = list(faults.faults_of(parsed))
    named = frozenset().union(*(one.codes for one in parsed.must_include), *parsed.enemies)
    if unknown := named - bank.item_codes(session).keys() if named else None:
        found.extend(faults.unknown_items(parsed, unknown))
    return found


def draft_blueprint(session: Session, actor: Actor, raw: Mapping[str, Any], *, now: datetime) -> Blueprint:
    """Draft the next version of a role's blueprint; one like the newest changes nothing, unless that was sent back.

    Raises:
        Malformed: it cannot be read, or its sums do not come out.
    """
    using.require_right(actor, Right.PAPERS_ASSEMBLE)

    parsed = read(raw)
    if found := faults_in(session, parsed):
        said = language.Sentences(tuple((one.sentence, one.values) for one in found))
        raise errors.Malformed("blueprint_faulty", "组卷方案有误：{what}。", what=said)
    newest = queries.newest_blueprint(session, parsed.role, lock=True)
    body_digest = blueprint.digest_of(parsed)
    if newest is not None and newest.digest == body_digest and newest.state != BlueprintState.RETURNED:
        return newest

    if newest is not None and newest.state == BlueprintState.DRAFTED:
        newest.state = BlueprintState.SUPERSEDED
        session.add(newest)
        session.flush()
    assert actor.person_id is not None
    row = Blueprint(
        role=parsed.role,
        number=newest.number + 1 if newest else 1,
        body=dict(raw),
        digest=body_digest,
        set_at=now,
        set_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    using.use_duty(session, actor, Duty.ASSEMBLE, f"blueprint:{row.id}", now=now)

    data = {"role": parsed.role, "number": row.number, "digest": body_digest}
    record(session, Event.BLUEPRINT_SET, actor.label, f"blueprint:{row.id}", now=now, data=data)
    return row


def judge_blueprint(
    session: Session, actor: Actor, blueprint_id: int, *, approve: bool, reason: str, now: datetime
) -> Blueprint:
    """Approve a draft, which takes the place of the version in force, or send it back; never by whoever drafted it.

    Raises:
        Refused: the approver drafted this version.
        WrongState: it does not wait for approval.
    """
    row = queries.any_blueprint(session, blueprint_id, lock=True)
    if row is None:
        raise errors.NotFound()

    using.require_right(actor, Right.PAPERS_APPROVE)

    target = BlueprintState.APPROVED if approve else BlueprintState.RETURNED
    versions.may_move(BlueprintState(row.state), target).or_refuse()
    using.use_duty(session, actor, Duty.APPROVE, f"blueprint:{row.id}", now=now)

    if approve and (before := queries.blueprint(session, row.role)) is not None:
        before.state = BlueprintState.SUPERSEDED
        session.add(before)
        session.flush()
    row.state, row.judged_at, row.judged_by, row.judgement = target, now, actor.person_id, reason
    session.add(row)
    session.flush()

    event = Event.BLUEPRINT_APPROVED if approve else Event.BLUEPRINT_RETURNED
    data = {"role": row.role, "number": row.number, "digest": row.digest, "reason": reason}
    record(session, event, actor.label, f"blueprint:{row.id}", now=now, data=data)
    return row


def may_judge(session: Session, actor: Actor, row: Blueprint) -> Decision:
    """The decision that approving this version by this person would meet."""
    assert actor.person_id is not None
    used = using.may_use_duty(session, actor.person_id, Duty.APPROVE, f"blueprint:{row.id}")
    return first_refusal(versions.may_move(BlueprintState(row.state), BlueprintState.APPROVED), *used)
