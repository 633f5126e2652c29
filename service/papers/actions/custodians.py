"""Who could open the paper of a class: proctors and custodians with keys, whom nothing excludes from the class."""

from collections.abc import Sequence

from sqlmodel import Session

from service.access import queries as access
from service.access.actions import using
from service.access.queries import Custodian
from service.access.rules.people import OrganisationKind
from service.kernel.decision import Decision
from service.papers.rules import custodians as rules
from service.papers.rules.custodians import Standing
from service.programme.queries import classes as programme


def of_class(session: Session, class_id: int) -> list[Custodian]:
    """Everybody who might have a hand in opening the class's paper, with a key or still without one."""
    return [
        one
        for one in access.custodians(session)
        if all(
            decision.allowed for decision in using.may_use_duty(session, one.person_id, one.duty, f"class:{class_id}")
        )
    ]


def judge(session: Session, found: Sequence[Custodian], class_id: int) -> Decision:
    """Whether these are enough to seal the class's paper."""
    return rules.may_seal(_standing(found), programme.class_subject(session, class_id).counties)


def complete_pairs(session: Session, class_id: int) -> int:
    """How many pairs of the bureau or of one county could open the class's paper if it were sealed now."""
    counties = programme.class_subject(session, class_id).counties
    return rules.complete_pairs(_standing(of_class(session, class_id)), counties)


def _standing(found: Sequence[Custodian]) -> list[Standing]:
    return [
        Standing(one.person_id, one.name, one.key is not None, one.body is OrganisationKind.BUREAU, one.county)
        for one in found
    ]
