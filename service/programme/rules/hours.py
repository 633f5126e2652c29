"""Training hours: what each role needs, in which manner, and the two shares the document asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from service.access.rules.people import TraineeRole
from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now


class Mode(StrEnum):
    """How an hour was taught; the last two together are the offline hours."""

    ONLINE = "online"
    OFFLINE_THEORY = "offline_theory"
    PRACTICAL = "practical"


class Basis(StrEnum):
    """The whole of which the practical share is taken."""

    OFFLINE = "offline"
    TOTAL = "total"


MODE_NAMES = {Mode.ONLINE: "线上", Mode.OFFLINE_THEORY: "线下理论", Mode.PRACTICAL: "线下实操"}
BASIS_NAMES = {Basis.OFFLINE: "线下学时", Basis.TOTAL: "总学时"}


@dataclass(frozen=True, slots=True)
class Requirement:
    """The hours a role needs; ``practical`` is a part of ``offline``."""

    total: int
    online: int
    offline: int
    practical: int
    source: str


_HOURS_CLAUSE = "三(三)(四) 培训方式与培训组织"
# 三(四): deputies and officers 15 hours, 6 online and 9 offline.
_FIFTEEN = Requirement(total=15, online=6, offline=9, practical=0, source=_HOURS_CLAUSE)
# 三(四): team leaders 20 hours, 8 online and 12 offline, of which 3 practical and 9 theory.
_TWENTY = Requirement(total=20, online=8, offline=12, practical=3, source=_HOURS_CLAUSE)
HOURS: Mapping[TraineeRole, Requirement] = {
    TraineeRole.SAFETY_DEPUTY: _FIFTEEN,
    TraineeRole.SAFETY_OFFICER: _FIFTEEN,
    TraineeRole.TEAM_LEADER: _TWENTY,
}

# 三(四): offline hours are at least 60 % of the total, for all three roles.
OFFLINE_SHARE = Fraction(60, 100)
# 三(四): practical courses are at least 25 % of "the total training hours", for team leaders.
PRACTICAL_SHARE = Fraction(25, 100)
# DOMAIN §4: 3 of 20 hours is 15 %, 3 of the 12 offline hours is exactly 25 %. So the basis is a setting of each plan.
PRACTICAL_BASIS = Basis.OFFLINE


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Hours still missing; ``offline`` are those of any kind beyond the practical ones."""

    online: int
    offline: int
    practical: int


def shortfall(role: TraineeRole, hours_by_mode: Mapping[Mode, int]) -> Shortfall:
    """What is missing: after exactly these hours the requirement is met. Surplus online hours replace nothing."""
    needed = HOURS[role]
    practised = hours_by_mode.get(Mode.PRACTICAL, 0)
    offline = hours_by_mode.get(Mode.OFFLINE_THEORY, 0) + practised
    practical = max(0, needed.practical - practised)
    return Shortfall(
        online=max(0, needed.online - hours_by_mode.get(Mode.ONLINE, 0)),
        offline=max(0, needed.offline - offline - practical),
        practical=practical,
    )


def hours_met(role: TraineeRole, hours_by_mode: Mapping[Mode, int]) -> Decision:
    """Whether a trainee has the hours of the role; the refusal says exactly what is missing."""
    missing = shortfall(role, hours_by_mode)
    words = (("线上{online}学时", missing.online), ("线下{offline}学时", missing.offline))
    parts = [word for word, number in (*words, ("实操{practical}学时", missing.practical)) if number]
    if not parts:
        return ALLOWED
    return not_now(
        "hours_short",
        f"还缺{'、'.join(parts)}。",
        source=HOURS[role].source,
        online=missing.online,
        offline=missing.offline,
        practical=missing.practical,
    )


def shares_met(role: TraineeRole, needed: Requirement, basis: Basis = PRACTICAL_BASIS) -> Decision:
    """Whether a requirement has enough offline and, for team leaders, enough practical hours on this basis."""
    offline = _share("线下", needed.offline, Basis.TOTAL, needed.total, OFFLINE_SHARE)
    if role is not TraineeRole.TEAM_LEADER:
        return offline
    whole = needed.offline if basis is Basis.OFFLINE else needed.total
    return first_refusal(offline, _share("实操", needed.practical, basis, whole, PRACTICAL_SHARE))


def _share(what: str, part: int, basis: Basis, whole: int, least: Fraction) -> Decision:
    if part >= least * whole:
        return ALLOWED
    return not_now(
        "share_short",
        "{what}{part}学时，占{basis}{whole}学时的{percent}%，低于{least}%。",
        source=_HOURS_CLAUSE,
        what=what,
        part=part,
        basis=BASIS_NAMES[basis],
        whole=whole,
        percent=f"{100 * part / whole:g}",
        least=int(100 * least),
    )


def notice(role: TraineeRole, needed: Requirement, basis: Basis = PRACTICAL_BASIS) -> Decision:
    """What the other reading of the clause would say; where it refuses, a plan shows the sentence as a notice."""
    other = Basis.TOTAL if basis is Basis.OFFLINE else Basis.OFFLINE
    return shares_met(role, needed, other)


def plan_shares(basis: Basis) -> Decision:
    """Whether the hours of every role have their shares, on the basis that a plan has chosen."""
    return first_refusal(*(shares_met(role, needed, basis) for role, needed in HOURS.items()))


def plan_notice(basis: Basis) -> Decision:
    """What a plan with this basis has to show: the shares it misses, or would miss on the other reading."""
    return first_refusal(plan_shares(basis), *(notice(role, needed, basis) for role, needed in HOURS.items()))
