"""Namesakes: persons of one name under several citizen ids, who could be one human of whom an id was typed wrongly.

Exclusions are judged per natural person, by the id that somebody typed. Of two who may be one it is asked what the same
rules would say if they were; only where these would refuse anything does an auditor have to look.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

from service.access.rules import separation
from service.access.rules.duties import EXAM_DUTIES, Duty
from service.access.rules.people import CITIZEN_ID, OrganisationKind
from service.access.rules.separation import Scope
from service.kernel.decision import ALLOWED, Decision, not_now, refuse

# What a citizen id consists of before its check character, which follows from the rest (GB 11643-1999).
DIGITS = 17


class Likeness(StrEnum):
    """How two ids differ. Whoever mistypes a digit has to make the check character fit it, or the id is refused: so
    the check character says nothing.
    """

    ONE_DIGIT = "one_digit"
    SWAPPED = "swapped"
    OTHER = "other"


class Standing(StrEnum):
    OPEN = "open"
    LOOKED_AT = "looked_at"


class Finding(StrEnum):
    """What an auditor found; two who are one are the security administrator's, who takes duties away."""

    DIFFERENT = "different"
    SAME = "same"


LIKENESS_NAMES = {
    Likeness.ONE_DIGIT: "很可能是笔误（只差一位）",
    Likeness.SWAPPED: "很可能是笔误（两位互换）",
    Likeness.OTHER: "号码不相近",
}
SLIPS = frozenset({Likeness.ONE_DIGIT, Likeness.SWAPPED})
STANDING_NAMES = {Standing.OPEN: "待核对", Standing.LOOKED_AT: "已核对"}
FINDING_NAMES = {Finding.DIFFERENT: "不是同一人", Finding.SAME: "是同一人，移交安全管理员"}


@dataclass(frozen=True, slots=True)
class Standpoint:
    """All of a person that separation is judged by.

    ``parts``: teaching, and sitting by a roster of late; ``made``: the duties by which they know
    questions; ``deeds``: (subject, duty); ``near``: subjects that a declared tie keeps them from.
    """

    held: frozenset[str] = frozenset()
    employers: frozenset[OrganisationKind] = frozenset()
    made: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    deeds: frozenset[tuple[str, str]] = frozenset()
    near: frozenset[str] = frozenset()

    @property
    def words(self) -> tuple[str, ...]:
        """What they are, in words: charged with what, and whether an institution's, teaching or sitting."""
        named = [separation.word(one) for one in sorted({*self.held, *self.made, *self.parts})]
        return (*(["施教单位的人"] if OrganisationKind.INSTITUTION in self.employers else []), *named)


NOTHING = Standpoint()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two persons by number, the lower first."""

    one: int
    other: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pairs are looked for; ``name`` is part of a name."""

    standing: Standing = Standing.OPEN
    slips: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Why two may not be one, and how alike their ids are."""

    clashes: tuple[Decision, ...] = field(default=())
    likeness: Likeness = Likeness.OTHER


def normalised(name: str) -> str:
    """A name as it is compared: NFKC, without any space, in one case; the dot in a name is one however it is typed."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(folded.split()).translate({ord(dot): "·" for dot in "•‧・"})


def pairs(names: Iterable[tuple[int, str]]) -> list[Pair]:
    """Every two persons of one name, those of a name together."""
    alike: dict[str, list[int]] = defaultdict(list)
    for person_id, name in names:
        alike[normalised(name)].append(person_id)
    groups = (sorted(people) for _, people in sorted(alike.items()))
    return [Pair(*two) for people in groups for two in combinations(people, 2)]


def likeness(one: str, other: str) -> Likeness:
    """How two citizen ids differ, by their first 17 digits."""
    differing = [place for place in range(DIGITS) if one[place] != other[place]]
    if len(differing) == 1:
        return Likeness.ONE_DIGIT
    if len(differing) == 2:
        first, second = differing
        if (one[first], one[second]) == (other[second], other[first]):
            return Likeness.SWAPPED
    return Likeness.OTHER


def clashes(one: Standpoint, other: Standpoint) -> tuple[Decision, ...]:
    """What the rules would refuse if these two were one natural person; nothing where they would refuse nothing."""
    found: dict[tuple[str, str], Decision] = {}
    for mine, others in ((one, other), (other, one)):
        for decision in _refused(mine, others):
            found.setdefault((decision.code, str(sorted(map(str, decision.values.values())))), decision)
    return tuple(found.values())


def _refused(mine: Standpoint, others: Standpoint) -> Iterator[Decision]:
    held = (separation.may_be_granted(Duty(duty), others.held, others.employers) for duty in sorted(mine.held))
    turned = (separation.may_turn_to(part, others.made) for part in sorted(mine.parts))
    decisions = (*held, *turned, *_on_one_subject(mine, others))
    return (decision for decision in decisions if not decision.allowed)


def _on_one_subject(mine: Standpoint, others: Standpoint) -> Iterator[Decision]:
    theirs: Mapping[str, set[str]] = defaultdict(set)
    for subject, duty in others.deeds:
        theirs[subject].add(duty)
    for subject, duty in sorted(mine.deeds):
        kind = subject.partition(":")[0]
        if kind not in set(Scope):
            continue  # As teaching for an institution, which is a tie and no deed on anything.
        scope = Scope(kind)
        yield separation.may_act(duty, theirs[subject] - {duty}, scope)
        yield separation.may_be_near(subject in others.near and duty in EXAM_DUTIES)


def may_find(person_id: int | None, pair: Pair, finding: Finding, before: Finding | None, reason: str) -> Decision:
    """Whether an auditor may put down what they found of a pair: not of themselves, not the same twice, and without
    an id in the reason, which stays in the record for ever.
    """
    if person_id in (pair.one, pair.other):
        return refuse("namesake_own", "不能核对与本人同名的人员，请另一位审计员办理。", source="两人原则（本系统规则）")
    if CITIZEN_ID.search(reason.upper()):
        return refuse("namesake_reason_id", "理由会永久留在审计日志里，请不要写身份证号，写明核对了什么证件即可。")
    if before is finding:
        return not_now("namesake_found", "这一对已经这样认定过。结论有变时请选另一个结论，并写明理由。")
    return ALLOWED
