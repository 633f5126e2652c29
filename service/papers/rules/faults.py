"""What is wrong with a blueprint before any bank is asked: sums that do not come out, ranges that contradict."""

from collections.abc import Iterator, Sequence

from service.papers.rules.blueprint import AXIS_NAMES, CLOSED, FULL_POINTS, Axis, Blueprint, Range


def faults_of(blueprint: Blueprint) -> Iterator[str]:
    """What is wrong with a blueprint, in words."""
    if blueprint.full_points != FULL_POINTS:
        yield f"总分应为{FULL_POINTS}分，现为{blueprint.full_points}分"
    if not 0 < blueprint.pass_points <= FULL_POINTS:
        yield "合格分应在1至100之间"
    if not 10 <= blueprint.duration_minutes <= 240:
        yield "考试时长应在10至240分钟之间"
    yield from _range_faults(blueprint)
    for must in blueprint.must_include:
        if not 0 < must.least <= min(len(must.codes), blueprint.items):
            yield f"必选组“{'、'.join(sorted(must.codes))}”应至少选1题且不超过其题数"
    if any(len(enemies) < 2 for enemies in blueprint.enemies):
        yield "互斥组至少应有两题"
    limits = (blueprint.exposure_cap, blueprint.overlap_earlier, blueprint.rest_days)
    if blueprint.exposure_cap == 0 or any(one is not None and one < 0 for one in limits):
        yield "使用次数上限应大于0，与以往试卷的重复题数和间隔天数不应为负"


def _range_faults(blueprint: Blueprint) -> Iterator[str]:
    for one in blueprint.ranges:
        yield from _single_faults(one, blueprint.items)
    together = _together(blueprint)
    for one in together:
        if one.least > one.most and one not in blueprint.ranges:
            yield f"{AXIS_NAMES[one.axis]}“{one.value}”有几个题数范围，彼此矛盾"
    for axis in (Axis.BAND, Axis.LEVEL, Axis.SUBJECT):
        yield from _axis_faults(axis, [one for one in together if one.axis == axis], blueprint.items)
    for one in blueprint.on(Axis.REGULATION):
        fixed = sum(number for (regulation, _), number in blueprint.cells.items() if regulation == one.value)
        if not one.least <= fixed <= one.most:
            yield f"法规“{one.value}”按题型合计{fixed}题，不在{one.least}至{one.most}之间"


def _single_faults(one: Range, items: int) -> Iterator[str]:
    if not 0 <= one.least <= one.most:
        yield f"{AXIS_NAMES[one.axis]}“{one.value}”的题数范围应从小到大且不为负，现为{one.least}至{one.most}"
    elif one.least > items:
        yield f"{AXIS_NAMES[one.axis]}“{one.value}”最少{one.least}题，多于全卷{items}题"


def _axis_faults(axis: Axis, ranges: Sequence[Range], items: int) -> Iterator[str]:
    """Every item has one value of such an axis, so the ranges must be able to add up to the whole form."""
    least, most = sum(one.least for one in ranges), sum(one.most for one in ranges)
    if least > items:
        yield f"{AXIS_NAMES[axis]}各项最少题数之和不应超过{items}，现为{least}"
    if axis in CLOSED and {one.value for one in ranges} == set(CLOSED[axis]) and most < items:
        yield f"{AXIS_NAMES[axis]}各项最多题数之和不应少于{items}，现为{most}"


def _together(blueprint: Blueprint) -> list[Range]:
    """One range for each value: where a value has several, what keeps them all."""
    found: dict[tuple[Axis, str], Range] = {}
    for one in blueprint.ranges:
        so_far = found.get((one.axis, one.value), one)
        least, most = max(so_far.least, one.least), min(so_far.most, one.most)
        found[one.axis, one.value] = Range(one.axis, one.value, least, most)
    return list(found.values())
