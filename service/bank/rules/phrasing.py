"""How a choice is worded: what lets it be answered without knowing, and what lets it be misread by who does know."""

import re
from collections.abc import Iterable, Iterator

from service.bank.rules.findings import Check, Fault
from service.bank.rules.items import ItemText, Kind

# An option that speaks of the other options: it falls apart as soon as they stand in another order.
_ALL: str = r"(?:全部|全都|全|都|均|皆|无一|没有一个)"
_JUDGED: str = r"(?:不|没有|并不|并非|非)?(?:是|对|正确|错误|错|可以|可|行|符合|属于|包括|成立)?"
_OTHERS: str = r"(?:选项|各项|几项|三项|三者|说法|答案|内容|情形|情况|做法|行为|条件)?"
_CRUTCHES = (
    re.compile(rf"(?:以上|上述|前述|前面|前三项){_OTHERS}{_ALL}{_JUDGED}.{{0,4}}"),
    re.compile(rf"(?:三项|三者|各项)?(?:全都|全|都|均|皆){_JUDGED}(?<!全)(?<!都)(?<!均)(?<!皆)"),
    re.compile(r"(?:以上)?(?:没有|无)(?:一个|一项)?正确(?:的)?(?:答案|选项)?"),
    re.compile(rf"[A-D](?:项)?(?:[、,，和与及]?[A-D](?:项)?)+{_ALL}?{_JUDGED}"),
)
# What a question may end with behind its last word.
_TAIL = "　 （）()。：:？?！!…_"
_CLAUSES = re.compile(r"[，。；：？！,;:?!]")
# The mark of emphasis is part of the words: it reaches paper, screen, export and whoever has the stem read out.
_EMPHASISED = re.compile(r"【[^】]*】")
# A limit (不得超过) asks for its figure, and these words hold a 不 that turns nothing round.
_NEGATION = re.compile(
    r"不(?!(?:得|应|能|宜|准|要|可)?再?(?:[小大低高少多短长迟早晚]于|超过|超出|超)|[足良同服锈论仅断燃])[得能应可准宜]?(?:正确)?"
    r"|错误|有误"
)


def crutches(items: Iterable[ItemText]) -> Iterator[Fault]:
    """Options like 以上都是: who knows that two are right knows the rest, and shuffled they mean something else."""
    for item in items:
        for letter, text in item.options.items():
            if is_crutch(text):
                yield Fault(item.code, "options", f"选项{letter}“{text}”说的是其他选项，请改为独立的内容", Check.CRUTCH)


def is_crutch(option: str) -> bool:
    """Whether an option says nothing of its own but what the others are."""
    said = option.strip().rstrip("。")
    return any(pattern.fullmatch(said) for pattern in _CRUTCHES)


def hidden_negations(items: Iterable[ItemText]) -> Iterator[Fault]:
    """Choices that ask for what is not, or is wrong, without saying so in 【】, where nobody reads over it."""
    for item in items:
        if item.kind in {Kind.SINGLE, Kind.MULTIPLE} and (found := hidden_negation(item.stem)):
            yield Fault(item.code, "stem", f"设问中的“{found}”没有用【】标出", Check.NEGATION)


def hidden_negation(stem: str) -> str:
    """The first negation that is not emphasised in the question itself, the last clause of a stem; empty where none."""
    question = _CLAUSES.split(stem.rstrip(_TAIL))[-1]
    found = _NEGATION.search(_EMPHASISED.sub("", question))
    return found[0] if found else ""
