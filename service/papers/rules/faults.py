"""What is wrong with a blueprint before any bank is asked: sums that do not come out, ranges that contradict.

Each fault names the field that it stands beside, so that whoever types sees it there: ``pass_points``, ``points``,
``band`` (all ranges of an axis), ``band.easy`` (one range), ``must_include.0`` (a group, by its place).
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from typing_extensions import override

from service.bank.rules.cases import LEAST_PARTS
from service.bank.rules.items import LEVEL_NAMES
from service.papers.rules.blueprint import AXIS_NAMES, BAND_NAMES, CLOSED, FULL_POINTS, Axis, Blueprint, Range
from service.papers.rules.differences import SECTION_NAMES

# Bounds against slips of the hand; no document states them. The longest rest is ten years.
MOST_POINTS_OF_AN_ITEM = 20
MOST_USES = 1000
MOST_REST_DAYS = 3650
MOST_CASES = 10
LONGEST_SOURCE = 300
VALUE_NAMES = {str(value): name for value, name in (*BAND_NAMES.items(), *LEVEL_NAMES.items())}


@dataclass(frozen=True, slots=True)
class BlueprintFault:
    """Something wrong at a field, as a sentence whose placeholders ``values`` fill."""

    field: str
    sentence: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)

    @override
    def __str__(self) -> str:
        return self.sentence.format(**self.values)


def faults_of(blueprint: Blueprint) -> Iterator[BlueprintFault]:
    """What is wrong with a blueprint, in words."""
    if (points := blueprint.full_points) != FULL_POINTS:
        yield BlueprintFault("points", "总分应为{full}分，现为{points}分", {"full": FULL_POINTS, "points": points})
    if not all(0 < one <= MOST_POINTS_OF_AN_ITEM for one in blueprint.points.values()):
        yield BlueprintFault("points", "每题分值应在1至{most}分之间", {"most": MOST_POINTS_OF_AN_ITEM})
    if not 0 < blueprint.pass_points <= FULL_POINTS:
        yield BlueprintFault("pass_points", "合格分应在1至100之间")
    if not 10 <= blueprint.duration_minutes <= 240:
        yield BlueprintFault("duration_minutes", "考试时长应在10至240分钟之间")
    yield from _range_faults(blueprint)
    yield from _group_faults(blueprint)
    yield from _limit_faults(blueprint)
    yield from _source_faults(blueprint)


def unknown_items(blueprint: Blueprint, unknown: Set[str]) -> Iterator[BlueprintFault]:
    """The groups that name these items, which the bank does not have."""
    groups = {f"must_include.{place}": must.codes for place, must in enumerate(blueprint.must_include)}
    groups |= {f"enemies.{place}": codes for place, codes in enumerate(blueprint.enemies)}
    for where, codes in groups.items():
        if found := sorted(codes & unknown):
            yield BlueprintFault(where, "题库中没有这些试题：{codes}", {"codes": ", ".join(found)})


def together(blueprint: Blueprint) -> list[Range]:
    """One range for each value: where a value has several, what keeps them all."""
    found: dict[tuple[Axis, str], Range] = {}
    for one in blueprint.ranges:
        so_far = found.get((one.axis, one.value), one)
        least, most = max(so_far.least, one.least), min(so_far.most, one.most)
        found[one.axis, one.value] = Range(one.axis, one.value, least, most)
    return list(found.values())


def _range_faults(blueprint: Blueprint) -> Iterator[BlueprintFault]:
    for one in blueprint.ranges:
        yield from _single_faults(one, blueprint.items)
    merged = together(blueprint)
    for one in merged:
        if one.least > one.most and one not in blueprint.ranges:
            yield _of(one, "{axis}“{value}”有几个题数范围，彼此矛盾")
    for axis in (Axis.BAND, Axis.LEVEL, Axis.SUBJECT):
        yield from _axis_faults(axis, [one for one in merged if one.axis == axis], blueprint.items)
    for one in blueprint.on(Axis.REGULATION):
        fixed = sum(number for (regulation, _), number in blueprint.cells.items() if regulation == one.value)
        if not one.least <= fixed <= one.most:
            yield _of(one, "法规“{value}”按题型合计{fixed}题，不在{least}至{most}之间", fixed=fixed)


def _single_faults(one: Range, items: int) -> Iterator[BlueprintFault]:
    if not 0 <= one.least <= one.most:
        yield _of(one, "{axis}“{value}”的题数范围应从小到大且不为负，现为{least}至{most}")
    elif one.least > items:
        yield _of(one, "{axis}“{value}”最少{least}题，多于全卷{items}题", items=items)


def _of(one: Range, sentence: str, **more: object) -> BlueprintFault:
    """A fault of one range, which stands beside it."""
    value = VALUE_NAMES.get(one.value, one.value)
    values = {"axis": AXIS_NAMES[one.axis], "value": value, "least": one.least, "most": one.most}
    return BlueprintFault(f"{one.axis}.{one.value}", sentence, values | more)


def _axis_faults(axis: Axis, ranges: Sequence[Range], items: int) -> Iterator[BlueprintFault]:
    """Every item has one value of such an axis, so the ranges must be able to add up to the whole form."""
    least, most = sum(one.least for one in ranges), sum(one.most for one in ranges)
    values = {"axis": AXIS_NAMES[axis], "items": items}
    if least > items:
        yield BlueprintFault(axis, "{axis}各项最少题数之和不应超过{items}，现为{least}", values | {"least": least})
    if axis in CLOSED and {one.value for one in ranges} == set(CLOSED[axis]) and most < items:
        yield BlueprintFault(axis, "{axis}各项最多题数之和不应少于{items}，现为{most}", values | {"most": most})


def _group_faults(blueprint: Blueprint) -> Iterator[BlueprintFault]:
    for place, must in enumerate(blueprint.must_include):
        if not 0 < must.least <= min(len(must.codes), blueprint.items):
            codes = ", ".join(sorted(must.codes))
            yield BlueprintFault(f"must_include.{place}", "必选组“{codes}”应至少选1题且不超过其题数", {"codes": codes})
    for place, enemies in enumerate(blueprint.enemies):
        if len(enemies) < 2:
            yield BlueprintFault(f"enemies.{place}", "互斥组至少应有两题")


def _limit_faults(blueprint: Blueprint) -> Iterator[BlueprintFault]:
    if blueprint.exposure_cap is not None and not 0 < blueprint.exposure_cap <= MOST_USES:
        yield BlueprintFault("exposure_cap", "每题使用次数上限应在1至{most}之间", {"most": MOST_USES})
    if not 0 <= blueprint.rest_days <= MOST_REST_DAYS:
        yield BlueprintFault("rest_days", "间隔天数应在0至{most}之间", {"most": MOST_REST_DAYS})
    if blueprint.overlap_earlier is not None and not 0 <= blueprint.overlap_earlier <= blueprint.items:
        most = {"most": blueprint.items}
        yield BlueprintFault("overlap_earlier", "与以往试卷的重复题数应在0至全卷{most}题之间", most)
    least, most_cases = blueprint.cases.least, blueprint.cases.most
    if not 0 <= least <= most_cases <= MOST_CASES:
        most = {"most": MOST_CASES}
        yield BlueprintFault("cases", "案例数的范围应从小到大，在0至{most}之间", most)
    elif least * LEAST_PARTS > blueprint.items:
        values = {"least": least, "parts": LEAST_PARTS, "items": blueprint.items}
        yield BlueprintFault("cases", "{least}个案例每个至少{parts}问，多于全卷{items}题", values)


def _source_faults(blueprint: Blueprint) -> Iterator[BlueprintFault]:
    for name, source in blueprint.sources.items():
        if name not in SECTION_NAMES:
            yield BlueprintFault("sources", "没有“{name}”这项设置，不能为它写来源", {"name": name})
        elif len(source) > LONGEST_SOURCE:
            most = {"most": LONGEST_SOURCE}
            yield BlueprintFault(f"sources.{name}", "来源最多写{most}个字", most)
