"""What can only be seen in all items together: enemies and cases that make no sense, one question twice, editions that
are not in force, and how much there is of what."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from service.access.rules.people import TraineeRole
from service.bank.rules import alike, cases
from service.bank.rules.findings import Check, Fault
from service.bank.rules.items import ItemText, Kind, Level

# Of a group only one item goes into a form: a larger one takes items away that no pair in it needs to lose.
LARGEST_GROUP = 6


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many items a role may be asked: by (edition, kind), by level, by subject."""

    items: int
    cells: Counter[tuple[str, Kind]]
    levels: Counter[Level]
    subjects: Counter[str]


def enemy_groups(items: Iterable[ItemText]) -> dict[str, list[str]]:
    """Codes of the members of every enemy group, by its name."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for item in items:
        for name in item.enemies:
            groups[name].append(item.code)
    return {name: sorted(set(codes)) for name, codes in sorted(groups.items())}


def lonely_enemies(items: Iterable[ItemText]) -> Iterator[Fault]:
    """Groups with one member: the other one is missing, or the name is misspelt."""
    for name, codes in enemy_groups(items).items():
        if len(codes) == 1:
            yield Fault(codes[0], "enemies", f"互斥组{name}只有这一题", Check.ENEMIES)


def large_groups(items: Iterable[ItemText]) -> Iterator[Fault]:
    """Groups that are probably a subject and no group of enemies; a warning, for they may be meant."""
    for name, codes in enemy_groups(items).items():
        if len(codes) > LARGEST_GROUP:
            reason = f"互斥组{name}有{len(codes)}题，多于{LARGEST_GROUP}题"
            yield Fault(codes[0], "enemies", reason, Check.GROUP)


def unknown_subjects(items: Iterable[ItemText], subjects: Collection[str]) -> Iterator[Fault]:
    """Items that are filed under a subject that the catalogue does not have, or under none."""
    for item in items:
        if item.subject not in subjects:
            yield Fault(item.code, "subject", "科目没有登记", Check.SUBJECT)


def broken_cases(items: Iterable[ItemText], texts: Collection[str] = ()) -> Iterator[Fault]:
    """Cases that no paper could take: their sub-questions do not make them whole, serve different roles, or are
    enemies of one another; and texts of which there is no sub-question."""
    groups: defaultdict[str, list[ItemText]] = defaultdict(list)
    for item in items:
        if item.case is not None:
            groups[item.case.code].append(item)
    for code, found in sorted(groups.items()):
        reasons = list(cases.broken(one.case for one in found if one.case is not None))
        if len({frozenset(one.roles) for one in found}) > 1:
            reasons.append("各问的适用角色不一致")
        if any(times > 1 for times in Counter(name for one in found for name in one.enemies).values()):
            reasons.append("有两问属于同一个互斥组")
        yield from (Fault(code, "case", reason, Check.CASE) for reason in reasons)
    for code in sorted(set(texts) - set(groups)):
        yield Fault(code, "case", "案例材料没有一问", Check.CASE)


def twins(items: Sequence[ItemText]) -> Iterator[Fault]:
    """Items of which an earlier one asks nearly the same in nearly the same words (``alike.NEAR``)."""
    texts = [alike.asked(item.stem, item.options) for item in items]
    for place, near in enumerate(alike.Index(texts).nearest(texts, least=alike.NEAR, most=alike.MOST + 1)):
        for one in near:
            if one.place < place:
                reason = f"与{items[one.place].code}相似度{one.likeness / 10:.0f}%，疑为同一题"
                yield Fault(items[place].code, "stem", reason, Check.LIKENESS)


def out_of_force(
    items: Iterable[ItemText], dates: Mapping[str, tuple[date, date | None]], day: date
) -> Iterator[Fault]:
    """Items whose edition is repealed on a day: they are in no paper any more; ``dates`` by edition: effect, repeal."""
    for item in items:
        repealed = dates[item.edition][1]
        if repealed is not None and repealed <= day:
            reason = f"所依据的法规版本已于{repealed}废止，请改引新版或停用"
            yield Fault(item.code, "edition", reason, Check.IN_FORCE)


def not_yet_in_force(
    items: Iterable[ItemText], dates: Mapping[str, tuple[date, date | None]], day: date
) -> Iterator[Fault]:
    """Items whose edition is still to come: in no paper yet, as is meant while a successor is prepared."""
    for item in items:
        if (effective := dates[item.edition][0]) > day:
            yield Fault(item.code, "edition", f"所依据的法规版本{effective}起施行，此前不能入卷", Check.NOT_YET)


def coverage(items: Iterable[ItemText], role: TraineeRole) -> Coverage:
    """What there is for a role among the items given."""
    asked = [item for item in items if role in item.roles]
    return Coverage(
        len(asked),
        Counter((item.edition, item.kind) for item in asked),
        Counter(item.level for item in asked),
        Counter(item.subject for item in asked),
    )
