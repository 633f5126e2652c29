"""The verbs of oversight: reading statistics, which is on record, and having the journal witnessed."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor, Right
from service.access.tables import Organisation
from service.journal.actions import record, witnessing
from service.journal.queries import tree, witnesses
from service.journal.rules import Event
from service.journal.tables import Cosignature, Witness
from service.kernel import errors, settings
from service.oversight import queries, rules
from service.oversight.actions import answering
from service.oversight.rules import Dimension, PassRates


@dataclass(frozen=True, slots=True)
class Asked:
    """By what, for sittings that begin in which stretch of time (the end excluded), of which plan year."""

    by: Dimension
    since: datetime | None = None
    until: datetime | None = None
    plan_year: int | None = None


def read_pass_rates(session: Session, actor: Actor, asked: Asked) -> PassRates:
    """Pass rates by a dimension; made before any turn to write, for every result is counted anew.

    Whoever may not see persons finds small groups put together, and no small part of a group told apart.
    """
    using.require_right(actor, Right.STATISTICS_PASS_RATES)

    found = queries.pass_rates(session, asked.by, since=asked.since, until=asked.until, plan_year=asked.plan_year)
    if answering.sees_persons(actor):
        return PassRates(found, rules.total(found))
    return rules.told(found, settings.current().smallest_cell)


def note_pass_rates(session: Session, actor: Actor, asked: Asked, rates: PassRates, *, now: datetime) -> None:
    """Put on record that rates were read; who pays on a number can later be shown when it was.

    ``elsewhere``: of those present, as it was told; null where it was not.
    """
    using.require_right(actor, Right.STATISTICS_PASS_RATES)

    data = {
        "by": asked.by,
        "since": asked.since.isoformat() if asked.since else "",
        "until": asked.until.isoformat() if asked.until else "",
        "plan_year": asked.plan_year or 0,
        "passed": rates.total.passed,
        "present": rates.total.present,
        "elsewhere": rates.total.elsewhere_of("present"),
    }
    record(session, Event.STATISTICS_READ, actor.label, "statistics:pass-rates", now=now, data=data)


def register_witness(
    session: Session, actor: Actor, organisation_id: int, public_key: bytes, *, now: datetime
) -> Witness:
    """Register the key of another body that watches over the journal; the journal itself says so for ever.

    Raises:
        NotFound: no such body. Refused: a body of this kind may not. WrongState: the key is registered already.
    """
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise errors.NotFound()

    using.require_right(actor, Right.ACCOUNTS_MANAGE)

    rules.may_witness(OrganisationKind(organisation.kind)).or_refuse()
    if public_key.hex() in {one.public_key for one in witnesses.witnesses(session)}:
        raise errors.WrongState("witness_known", "这把见证密钥已经登记。")

    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    witness = witnessing.keep_witness(session, organisation_id, public_key, at)

    data = {"key": witness.key_id, "public_key": witness.public_key, "organisation": organisation_id}
    record(session, Event.WITNESS_REGISTERED, actor.label, f"witness:{witness.key_id}", now=now, data=data)
    return witness


def witness_head(
    session: Session, actor: Actor, size: int, key_id: str, at: str, signature: bytes, *, now: datetime
) -> Cosignature:
    """Keep what a witness signed of a head; handed in twice, it is kept once.

    Raises:
        NotFound: no such head, or no such witness. Refused: another body's. Malformed: the signature does not fit.
    """
    head, witness = tree.head(session, size), witnesses.witness(session, key_id)
    if head is None or witness is None:
        raise errors.NotFound()

    using.require_right(actor, Right.JOURNAL_HEADS)

    rules.may_hand_in(own=actor.organisation_id == witness.organisation_id).or_refuse()
    known = witnesses.cosignature(session, size, key_id)
    if known is not None:
        return known

    kept = witnessing.keep_cosignature(session, head, witness, at, signature)

    data = {"size": size, "root": head.root, "key": key_id}
    record(session, Event.HEAD_WITNESSED, actor.label, f"head:{size}", now=now, data=data)
    return kept
