"""The tables of a proof in words: what a form holds, what candidates would score, how often its items were used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.bank.rules.items import LEVEL_NAMES
from service.papers.actions.others import Beside, Others
from service.papers.rules.blueprint import AXIS_NAMES, BAND_NAMES, Axis, Blueprint
from service.papers.rules.measures import ABILITIES

Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what it shows, its head, and rows whose first cell names the row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def overview(say: Say, forms: Mapping[str, Any], proof: Mapping[str, Any], plan: Blueprint) -> Table:
    """Both forms side by side, beside what the blueprint asks."""
    rows: list[tuple[str, ...]] = []

    def row(name: str, value: Callable[[Any], object], wanted: object = "") -> None:
        rows.append((name, *(str(value(form)) for form in forms.values()), str(wanted)))

    wanted = {(one.axis, one.value): f"{one.least}–{one.most}" for one in plan.ranges}
    row(say("题数"), lambda form: form["items"], plan.items)
    row(say("总分"), lambda form: form["points"], plan.full_points)
    row(say("预计平均分"), lambda form: two(form["expected_milli"]), say("两卷相同"))
    row(say("分数的标准差"), lambda form: two(form["spread_milli"]), say("两卷相近"))
    row(say("预计合格率"), lambda form: f"{form['passing_milli'] / 1000:.1f} %", say("两卷相近"))
    for axis, word, names in ((Axis.BAND, "bands", BAND_NAMES), (Axis.LEVEL, "levels", LEVEL_NAMES)):
        for value, name in names.items():
            numbers = (str(form[word][value]) for form in forms.values())
            title = f"{say(AXIS_NAMES[axis])} · {say(name)}"
            rows.append((title, *numbers, wanted.get((axis, str(value)), "")))
    if plan.cases.most:
        row(say("案例数"), lambda form: form.get("cases", 0), f"{plan.cases.least}–{plan.cases.most}")
    row(say("难度已标定的题数"), lambda form: form["measured"], say("越多越好"))
    row(say("两卷相同的题"), lambda _: proof["shared_between_forms"], 0)
    return Table(say("两卷对照"), _head(say, forms, say("要求")), tuple(rows))


def by_ability(say: Say, forms: Mapping[str, Any], proof: Mapping[str, Any]) -> Table:
    """What candidates of different abilities would score."""
    target = proof["target"]
    rows = [
        (_ability(ability), *(two(form["expected_at_milli"][place]) for form in forms.values()), two(wanted))
        for place, (ability, wanted) in enumerate(zip(ABILITIES, target["expected_milli"], strict=True))
    ]
    at_pass = (two(form["expected_at_pass_milli"]) for form in forms.values())
    ability = f"{target['pass_ability_milli'] / 1000:+.2f}"
    rows.append((say("合格线（{ability}）", ability=ability), *at_pass, two(target["pass_expected_milli"])))
    return Table(say("不同能力的考生的预计得分"), _head(say, forms, say("难度目标"), say("考生能力")), tuple(rows))


def uses(say: Say, forms: Mapping[str, Any], proof: Mapping[str, Any]) -> Table:
    """How often the items were used before, and will have been."""
    times = sorted({int(one) for form in forms.values() for one in form["exposure_after"]})
    rows = [
        (say("以往试卷用过的题数"), *(str(form["used_before"]) for form in forms.values()), ""),
        (
            say("以往用过的题次，两卷合计"),
            str(proof["uses_in_earlier_papers"]),
            "",
            say("已证明不能少于{number}", number=proof["least_uses"]),
        ),
    ]
    for number in times:
        counted = (str(form["exposure_after"].get(str(number), 0)) for form in forms.values())
        rows.append((say("启用后累计用过{number}次的题数", number=number), *counted, ""))
    return Table(say("与以往试卷的重复"), _head(say, forms, say("说明")), tuple(rows))


def others(say: Say, beside: Others) -> list[Table]:
    """The papers that share an item with this one; those that share none, and those that were not compared, in one
    row each.
    """
    known = [one for one in beside.papers if one.shared is not None]
    alike = [one for one in known if one.shared is not None and one.shared.anywhere]
    rows = [
        (
            say("第{number}号（{code}）", number=one.paper_id, code=one.class_code),
            str(one.shared.first),
            str(one.shared.anywhere),
        )
        for one in alike
        if one.shared is not None
    ]
    if len(known) > len(alike):
        rows.append((say("其余{number}份试卷", number=len(known) - len(alike)), "0", "0"))
    if len(beside.papers) > len(known):
        # Which of the two it was is not kept.
        unknown = say(
            "{number}份没有比较：当时已经封存，或者组卷时还没有这项统计", number=len(beside.papers) - len(known)
        )
        rows.append((unknown, "–", say("见上表")))
    head = say("试卷"), say("A卷相同"), say("各卷相同")
    return [Table(say("与其他各份试卷相同的题（组卷时）"), head, tuple(rows))] if rows else []


def _numbered(say: Say, one: Beside) -> str:
    return say("第{number}号（{code}）", number=one.paper_id, code=one.class_code)


def _head(say: Say, forms: Mapping[str, Any], last: str, first: str = "") -> tuple[str, ...]:
    return (first or say("项目"), *(say("{letter}卷", letter=letter) for letter in forms), last)


def one(milli: int) -> str:
    """Thousandths as a number of one decimal."""
    return f"{milli / 1000:.1f}"


def two(milli: int) -> str:
    """Thousandths as a number of two decimals."""
    return f"{milli / 1000:.2f}"


def _ability(milli: int) -> str:
    return f"{milli / 1000:+g}" if milli else "0"
