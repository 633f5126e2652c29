"""Whether a class has custodians enough for its paper to be sealed to."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.kernel.decision import ALLOWED, Decision, not_now
from service.papers.rules.states import OPENERS


@dataclass(frozen=True, slots=True)
class Standing:
    """A custodian whom nothing excludes from the class: whether with a key yet, and of the bureau or a county."""

    person_id: int
    name: str
    keyed: bool
    bureau: bool
    county: str


def may_seal(standing: Sequence[Standing], counties: frozenset[str]) -> Decision:
    """Whether two of the bureau, or two of one county of the class, could open a paper sealed now.

    ``counties`` are those of the class's trainees. The refusal names who only has to sign in.
    """
    groups = _groups(standing, counties)
    if any(len({one.person_id for one in group if one.keyed}) >= OPENERS for group in groups):
        return ALLOWED
    waiting = sorted({one.name for group in groups for one in group if not one.keyed})
    if not waiting:
        return not_now(
            "custodians_missing",
            "封卷前，市局或本班所在的县至少要有两名能启封本班试卷的监考员或保管员，请先由系统管理员授予职责。",
            source="两人原则（本系统规则）",
        )
    return not_now(
        "custodians_not_signed_in",
        "封卷前，市局或本班所在的县至少要有两名监考员或保管员用密码登录过一次，系统才有他们的保管钥匙。还没有登录过的：{people}。",
        source="两人原则（本系统规则）",
        people="、".join(waiting),
    )


def complete_pairs(standing: Sequence[Standing], counties: frozenset[str]) -> int:
    """How many pairs of the bureau or of one county could open it; with a single one, one illness is too many."""
    sizes = [len({one.person_id for one in group if one.keyed}) for group in _groups(standing, counties)]
    return sum(size * (size - 1) // 2 for size in sizes)


def _groups(standing: Sequence[Standing], counties: frozenset[str]) -> list[list[Standing]]:
    of_counties = [[one for one in standing if not one.bureau and one.county == place] for place in sorted(counties)]
    return [[one for one in standing if one.bureau], *of_counties]
