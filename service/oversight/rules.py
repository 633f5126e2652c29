"""Rates with their numerators and denominators; and whether separation was kept in a class."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.access.rules import requirements
from service.kernel.decision import ALLOWED, Decision, not_now


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


@dataclass(frozen=True, slots=True)
class PassRate:
    """Counts of people for one group; 四(二) asks for the pass rate 考试通过率.

    ``enrolled`` had a seat, ``present`` were admitted, ``handed_in`` handed in, ``passed`` reached the pass mark.
    ``void``: of those present, whose result two people made void; they count in the denominator and never as passed.
    """

    key: str
    name: str
    enrolled: int
    present: int
    handed_in: int
    passed: int
    void: int = 0

    @property
    def pass_rate(self) -> float | None:
        """Passed of those enrolled who were present, in percent with one decimal; nothing where nobody was."""
        return round(100 * self.passed / self.present, 1) if self.present else None


def total(rates: list[PassRate]) -> PassRate:
    """All groups together."""
    return PassRate(
        "total",
        "合计",
        sum(rate.enrolled for rate in rates),
        sum(rate.present for rate in rates),
        sum(rate.handed_in for rate in rates),
        sum(rate.passed for rate in rates),
        sum(rate.void for rate in rates),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One person's part in a class: the duty, and the person by name, body and a mark that is theirs for this class."""

    duty: str
    name: str
    body: str
    person: str


def meetings(parts: Iterable[Part]) -> list[str]:
    """Where one person had two parts that may not meet (three clauses: training apart, sitting apart, two people)."""
    duties: dict[str, set[str]] = {}
    for part in parts:
        duties.setdefault(part.person, set()).add(part.duty)
    never = requirements.NEVER_DONE["class"]
    return [
        f"{first}/{second}" for done in duties.values() for first, second in requirements.clashes(sorted(done), never)
    ]


def may_certify(parts: Sequence[Part], *, published: bool) -> Decision:
    """Whether separation can be certified for a class: published, and nobody on both sides."""
    if not published:
        return not_now("not_published", "成绩尚未发布，还不能出具培考分离证明。")
    met = meetings(parts)
    if met:
        return not_now(
            "separation_not_kept",
            "本班次有人兼任了应当分离的工作（{pairs}），不能出具培考分离证明。",
            source="三(五) 培考分离：严禁委托施教单位出卷和监考",
            pairs=", ".join(sorted(set(met))),
        )
    return ALLOWED
