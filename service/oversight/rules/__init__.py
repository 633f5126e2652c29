"""Rates with their numerators and denominators, and who may witness the journal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from service.access.rules.people import OrganisationKind
from service.kernel.decision import ALLOWED, Decision, refuse
from service.oversight.rules import small

# Bodies that neither keep the journal nor train: they pay, or supervise those who pay (DOMAIN §2; our choice).
WITNESSES = frozenset({OrganisationKind.HR, OrganisationKind.AGENCY, OrganisationKind.FINANCE})


def may_witness(kind: OrganisationKind) -> Decision:
    """Whether a body of this kind may watch over the journal: it must be another one than the one that keeps it."""
    if kind in WITNESSES:
        return ALLOWED
    return refuse("may_not_witness", "日志只能由人社、经办机构或财政部门见证。", source="考务日志规则（本系统规则）")


def may_hand_in(*, own: bool) -> Decision:
    """Whether somebody may hand in what a witness signed: only for their own body."""
    return (
        ALLOWED
        if own
        else refuse("witness_of_another", "只能提交本单位的见证签名。", source="考务日志规则（本系统规则）")
    )


class Dimension(StrEnum):
    """By what pass rates may be asked for."""

    CLASS = "class"
    ROLE = "role"
    INSTITUTION = "institution"
    COUNTY = "county"
    ENTERPRISE = "enterprise"
    PERIOD = "period"


DIMENSION_NAMES = {
    Dimension.CLASS: "班次",
    Dimension.ROLE: "岗位",
    Dimension.INSTITUTION: "施教单位",
    Dimension.COUNTY: "县（市、区）",
    Dimension.ENTERPRISE: "煤矿企业",
    Dimension.PERIOD: "考试月份",
}
SMALL_NAME = "人数较少的各组合并"


@dataclass(frozen=True, slots=True)
class Heads:
    """Those among the counts of a group whose result was obtained elsewhere, by the same names."""

    enrolled: int = 0
    present: int = 0
    handed_in: int = 0
    passed: int = 0
    void: int = 0


NOBODY = Heads()
HEADS = tuple(field.name for field in fields(Heads))


@dataclass(frozen=True, slots=True)
class PassRate:
    """Counts of people for one group; 四(二) asks for the pass rate 考试通过率.

    ``enrolled`` had a seat, ``present`` were admitted, ``handed_in`` handed in, ``passed`` reached the pass mark.
    ``void``: of those present, whose result two people made void; they count in the denominator and never as passed.
    ``merged`` groups are small ones put together. ``elsewhere`` are counted too: whoever has a result from elsewhere
    had a seat there, was present and handed in; None where few people could be told by it (``told``).
    """

    key: str
    name: str
    enrolled: int
    present: int
    handed_in: int
    passed: int
    void: int = 0
    merged: int = 0
    elsewhere: Heads | None = NOBODY

    @property
    def pass_rate(self) -> float | None:
        """Passed of those enrolled who were present, in percent with one decimal; nothing where nobody was."""
        return round(100 * self.passed / self.present, 1) if self.present else None

    def elsewhere_of(self, name: str) -> int | None:
        """How many of a count, by its name, come from elsewhere; None where that is not told."""
        return int(getattr(self.elsewhere, name)) if self.elsewhere is not None else None


def total(rates: Sequence[PassRate]) -> PassRate:
    """All groups together."""
    return _together("total", "合计", rates)


def merge_small(rates: Iterable[PassRate], least: int) -> list[PassRate]:
    """The rates with those of few people put together, for readers who may not see persons; sums stay the same."""
    kept, joined = small.parted(rates, lambda one: one.enrolled, lambda one: (one.key,), least)
    return [*kept, replace(_together("small", SMALL_NAME, joined), merged=len(joined))] if joined else kept


@dataclass(frozen=True, slots=True)
class PassRates:
    """The groups of an answer, and all of them together."""

    groups: list[PassRate]
    total: PassRate


def told(rates: Iterable[PassRate], least: int) -> PassRates:
    """What a reader learns who may not see persons: small groups put together, and their part from elsewhere untold
    where few people could be told by it.
    """
    merged = merge_small(rates, least)
    together = total(merged)
    if not small.may_tell(*_split(together), least):
        together = replace(together, elsewhere=None)
    unnamed = small.unnamed([_split(one) for one in merged], least)
    groups = [replace(one, elsewhere=None) if place in unnamed else one for place, one in enumerate(merged)]
    return PassRates(
        groups, together if small.may_tell(*_split(together), least) else replace(together, elsewhere=None)
    )


def _split(rate: PassRate) -> tuple[int, int]:
    return rate.elsewhere_of("enrolled") or 0, rate.enrolled


def _together(key: str, name: str, rates: Sequence[PassRate]) -> PassRate:
    counts = {field: sum(getattr(rate, field) for rate in rates) for field in HEADS}
    parts = [rate.elsewhere for rate in rates if rate.elsewhere is not None]
    elsewhere = Heads(*(sum(getattr(one, field) for one in parts) for field in HEADS))
    return PassRate(key, name, **counts, elsewhere=elsewhere if len(parts) == len(rates) else None)


def joined(here: Iterable[PassRate], elsewhere: Iterable[PassRate]) -> list[PassRate]:
    """The groups of results obtained here with those of results obtained elsewhere, by key."""
    found = {one.key: one for one in here}
    for one in elsewhere:
        known = found.get(one.key, PassRate(one.key, one.name, 0, 0, 0, 0))
        found[one.key] = _together(one.key, known.name, [known, one])
    return [found[key] for key in sorted(found)]
