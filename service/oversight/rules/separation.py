"""Whether separation was kept in a class."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.access.rules import requirements
from service.kernel.decision import ALLOWED, Decision, not_now

# The second form of the document tells what was opened outside the usual way as well, the third names who marked free
# texts where the first two could say nothing but ``system``, the fourth who copied answer sheets from paper; verifiers
# read all four.
SILENT, FORMAT = "peikao.separation/1", "peikao.separation/4"


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
