"""Who may do what: whoever acts, what a thing belongs to, and whether the table of rights joins the two."""

from dataclasses import dataclass
from datetime import datetime

from service.access.rules.duties import DUTY_NAMES as DUTY_NAMES
from service.access.rules.duties import EXAM_DUTIES as EXAM_DUTIES
from service.access.rules.duties import HOLDERS as HOLDERS
from service.access.rules.duties import Duty as Duty
from service.access.rules.people import OrganisationKind as Kind
from service.access.rules.rights import RIGHTS as RIGHTS
from service.access.rules.rights import Grants as Grants
from service.access.rules.rights import Reach as Reach
from service.access.rules.rights import Right as Right


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts in this request, as a plain value.

    ``confined`` binds a session to one thing (``seat:12``): a candidate's session can do nothing else. A program's is
    bound to one right (``statistics.pass_rates``), however much the same duty lets a person do. ``barred`` are duties
    that were granted and may not be used while a tie to an institution lasts.
    """

    label: str
    name: str
    duties: frozenset[Duty] = frozenset()
    account_id: int | None = None
    person_id: int | None = None
    organisation_id: int | None = None
    organisation_kind: Kind | None = None
    organisation_name: str = ""
    county: str = ""
    confined: str = ""
    barred: frozenset[Duty] = frozenset()
    # Signed in by a password that somebody else made; the duties sleep until somebody vouched for who chose the next.
    provisional: bool = False
    doubted: bool = False
    # The duties sleep until a second factor was shown; and when this session last proved who holds it.
    unproven: bool = False
    proven_at: datetime | None = None

    @property
    def is_program(self) -> bool:
        """Whether this is a program of another body, bound to one right."""
        return self.account_id is None and self.confined in RIGHTS

    def holds(self, right: str) -> bool:
        """Whether this actor has the right for anything at all, as templates ask it."""
        return holds(self, Right(right))

    @property
    def duty_names(self) -> list[str]:
        """The actor's duties in words, in the order of the catalogue."""
        return [DUTY_NAMES[duty] for duty in Duty if duty in self.duties]


ANONYMOUS = Actor(label="anonymous", name="")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a reach is measured against: the counties, organisations and persons a thing belongs to."""

    counties: frozenset[str] = frozenset()
    organisation_ids: frozenset[int] = frozenset()
    assigned: frozenset[int] = frozenset()
    own: str = ""


def reaches(actor: Actor, right: Right) -> frozenset[Reach]:
    """How far the actor's duties carry the right; empty when they do not carry it at all."""
    if actor.provisional or actor.doubted or actor.unproven:
        return frozenset()
    if actor.confined in RIGHTS and actor.confined != right:
        return frozenset()
    grants = RIGHTS[right].to
    return frozenset(grants[duty] for duty in actor.duties if duty in grants)


def holds(actor: Actor, right: Right) -> bool:
    """Whether the actor has the right for anything at all."""
    match right:
        case Right.PUBLIC:
            return True
        case Right.SIGNED_IN:
            return actor is not ANONYMOUS and not actor.provisional
        case Right.PASSWORD_OWN:
            return actor is not ANONYMOUS
        case _:
            return bool(reaches(actor, right))


def touches(actor: Actor, right: Right, subject: Subject) -> bool:
    """Whether the actor has the right for this subject."""
    reach = reaches(actor, right)
    return (
        Reach.ALL in reach
        or (Reach.COUNTY in reach and actor.county in subject.counties)
        or (Reach.ORGANISATION in reach and actor.organisation_id in subject.organisation_ids)
        or (Reach.ASSIGNED in reach and actor.person_id in subject.assigned)
        or (Reach.OWN in reach and bool(subject.own) and actor.confined == subject.own)
    )
