"""What an import would do, row by row, before anything is done: new, a new version, unchanged, faulty, left out."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from service.bank.rules import items
from service.bank.rules.exchange import keeping, settling, words
from service.bank.rules.exchange.drafts import Draft, Field, Remark, Sheaf
from service.bank.rules.exchange.fields import Catalogue, Terms
from service.bank.rules.items import ItemText
from service.bank.rules.tagging import MOST_TAGS

_CODE = re.compile(r"([A-Z]{2,5})-(\d{1,6})")


class Outcome(StrEnum):
    """What becomes of one item of a file."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FAULTY = "faulty"
    LEFT_OUT = "left_out"


OUTCOME_NAMES = {
    Outcome.NEW: "新题",
    Outcome.CHANGED: "新版本",
    Outcome.UNCHANGED: "没有变化",
    Outcome.FAULTY: "有问题",
    Outcome.LEFT_OUT: "不导入",
}
TAKEN = frozenset({Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED})


@dataclass(frozen=True, slots=True)
class Kept:
    """The newest version of an item that the bank has: its digest, the highest number ever given, its words in short,
    how its item is filed, and its own number (``stands``), which is lower where a later version was taken back."""

    digest: str
    number: int
    likeness: str
    filed: frozenset[str] = frozenset()
    stands: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a file and what becomes of it; ``number`` is the version that it would be.

    ``filed`` are the tags of the file under which the item is to be filed, and is not yet. ``based`` is the version
    that the file was made from, nought where it does not say.
    """

    sheet: str
    row: int
    text: ItemText
    outcome: Outcome
    number: int = 0
    faults: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    filed: tuple[str, ...] = ()
    based: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that an import would do; ``sound`` while nothing stands in its way."""

    lines: tuple[Line, ...]
    faults: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    counts: Mapping[Outcome, int] = field(default_factory=dict)
    by_item: bool = False

    @property
    def sound(self) -> bool:
        return not self.faults and not self.counts[Outcome.FAULTY]

    def texts(self) -> list[ItemText]:
        """The items to submit."""
        return [line.text for line in self.lines if line.outcome in TAKEN]

    def filing(self) -> dict[str, tuple[str, ...]]:
        """The tags to file items under, by code; nothing is ever filed away by a file."""
        return {line.text.code: line.filed for line in self.lines if line.outcome in TAKEN and line.filed}


def plan(sheaf: Sheaf, terms: Terms, catalogue: Catalogue, kept: Mapping[str, Kept]) -> Plan:
    """What importing these drafts into a bank that keeps this would do."""
    faults = list(sheaf.faults)
    if not sheaf.drafts and not faults:
        faults.append(Remark("", 1, "", "no_items", "文件中没有找到试题。"))
    codes = _Codes(terms.prefix, kept, [draft.word(Field.CODE) for draft in sheaf.drafts])
    lines = [_line(draft, terms, catalogue, codes) for draft in sheaf.drafts]
    lines = _repeats_marked(lines)
    lines = [_judged(line, kept, codes) for line in lines]
    return Plan(tuple(lines), tuple(faults), sheaf.notes, Counter(line.outcome for line in lines), sheaf.by_item)


def digest(plan: Plan) -> str:
    """What makes two plans the same: whoever confirms one gets that one, or is told that it is another."""
    told = (
        " ".join((line.outcome, str(line.number), items.digest(line.text), *line.filed))
        for line in plan.lines
        if not line.faults
    )
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def likeness(text: ItemText) -> str:
    """What two items share that ask the same in the same words: stem and options, whatever their order and spacing.

    Pictures count to the byte: the same words under another picture ask something else.
    """
    said = [words.fold(text.stem), *sorted(words.fold(option) for option in text.options.values())]
    said += [text.pictures[place].digest for place in sorted(text.pictures)]
    return hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass")).hexdigest()[:32]


class _Codes:
    """Gives codes of ours to items that have none: the code of an item with the same words, or the next free one."""

    def __init__(self, prefix: str, kept: Mapping[str, Kept], taken: Iterable[str]) -> None:
        self.prefix = prefix
        self.alike: defaultdict[str, list[str]] = defaultdict(list)
        for code, one in kept.items():
            self.alike[one.likeness].append(code)
        numbered = (_CODE.fullmatch(code) for code in (*kept, *taken))
        self.last = max((int(found[2]) for found in numbered if found and found[1] == prefix), default=0)

    def of(self, text: ItemText) -> str:
        same = [code for code in self.alike[likeness(text)] if code.startswith(f"{self.prefix}-")]
        if same:
            return same[0]
        self.last += 1
        return f"{self.prefix}-{self.last:03d}"


def _line(draft: Draft, terms: Terms, catalogue: Catalogue, codes: _Codes) -> Line:
    if draft.left_out is not None:
        text, _ = settling.settle(draft, terms, catalogue)
        return Line(draft.sheet, draft.row, text, Outcome.LEFT_OUT, notes=(draft.left_out, *draft.notes))
    text, faults = settling.settle(draft, terms, catalogue)
    notes = list(draft.notes)
    if not draft.words:
        # Nothing of it could be read, and that is all there is to say.
        return Line(draft.sheet, draft.row, text, Outcome.FAULTY, faults=draft.faults, notes=tuple(notes))
    if not re.fullmatch(items.CODE, text.code):
        faults = (*faults, *_code_faults(draft, terms))
        if not faults:
            named, text = text.code, replace(text, code=codes.of(text))
            if named:
                reason = "原编号“{named}”不合本系统的编号规则，改用{code}。"
                notes.append(draft.remark(Field.CODE, "code_given", reason, named=named, code=text.code))
    filed = tuple(dict.fromkeys(words.parts(draft.word(Field.FILED))))
    faults = (*faults, *_filing_faults(draft, filed))
    outcome = Outcome.FAULTY if faults else Outcome.NEW
    based = keeping.version_of(draft)
    return Line(draft.sheet, draft.row, text, outcome, faults=faults, notes=tuple(notes), filed=filed, based=based)


def _filing_faults(draft: Draft, filed: tuple[str, ...]) -> Iterator[Remark]:
    for tag in filed:
        if not items.is_tag(tag):
            reason = "归类标签“{tag}”超过{most}个字或含有分隔符。"
            yield draft.remark(Field.FILED, "filed_malformed", reason, tag=tag, most=items.LONGEST_TAG)


def _code_faults(draft: Draft, terms: Terms) -> Iterator[Remark]:
    if terms.prefix:
        return
    if code := draft.word(Field.CODE):
        reason = "编号“{code}”应为2至5个大写字母、连字符和3至6位数字，如WSL-001；没有这种编号的，请填写编号前缀。"
        yield draft.remark(Field.CODE, "code_shape", reason, code=code)
    else:
        yield draft.remark(Field.CODE, "code_missing", "没有编号。请补上，或填写编号前缀由系统编号。")


def _repeats_marked(lines: list[Line]) -> list[Line]:
    """The lines, with a fault on every item whose code or whose words have come before."""
    codes: dict[str, Line] = {}
    alike: dict[str, Line] = {}
    marked = []
    for line in lines:
        if line.outcome is not Outcome.LEFT_OUT:
            fault = _repeat(line, codes, alike)
            if fault is not None:
                line = replace(line, outcome=Outcome.FAULTY, faults=(*line.faults, fault))
        marked.append(line)
    return marked


def _repeat(line: Line, codes: dict[str, Line], alike: dict[str, Line]) -> Remark | None:
    code, words_of_it = line.text.code, likeness(line.text)
    by_words = alike.setdefault(words_of_it, line) if line.text.stem else line
    # A code of somebody else's is no code of ours, and replaced where the line is sound.
    by_code = codes.setdefault(code, line) if _CODE.fullmatch(code) else line
    if by_code is not line:
        reason = "编号{code}在本文件中重复，前一处是{place}。"
        return _remark(line, Field.CODE, "code_repeated", reason, by_code, code=code)
    if by_words is not line and by_words.text.key != line.text.key and by_words.text.kind == line.text.kind:
        reason = "与{place}的题干和选项相同，答案却不同。"
        return _remark(line, Field.ANSWER, "answers_differ", reason, by_words)
    if by_words is not line:
        return _remark(line, Field.STEM, "words_repeated", "与{place}的题干和选项相同。", by_words)
    return None


def _remark(line: Line, column: Field, code: str, reason: str, first: Line, /, **values: object) -> Remark:
    return Remark(line.sheet, line.row, column, code, reason, {"place": _place(first), **values})


def _judged(line: Line, kept: Mapping[str, Kept], codes: _Codes) -> Line:
    """A sound line against what the bank keeps under its code, and under other codes."""
    if line.outcome is not Outcome.NEW:
        return line
    notes = (*line.notes, *_others(line, codes.alike))
    known = kept.get(line.text.code)
    before = known.filed if known is not None else frozenset()
    if len(before.union(line.filed)) > MOST_TAGS:
        reason = "归类标签连同已有的超过{most}个，请先在题库中减去一些。"
        full = Remark(line.sheet, line.row, Field.FILED, "filed_many", reason, {"most": MOST_TAGS})
        return replace(line, outcome=Outcome.FAULTY, faults=(*line.faults, full))
    line = replace(line, filed=tuple(tag for tag in line.filed if tag not in before))
    if known is None:
        return replace(line, number=1, notes=notes)
    if known.digest == items.digest(line.text):
        return replace(line, outcome=Outcome.UNCHANGED, number=known.number)
    if line.based and line.based < known.stands:
        overtaken = keeping.overtaken(line.sheet, line.row, line.based, known.stands)
        return replace(line, outcome=Outcome.FAULTY, faults=(*line.faults, overtaken))
    return replace(line, outcome=Outcome.CHANGED, number=known.number + 1, notes=notes)


def _others(line: Line, alike: Mapping[str, Iterable[str]]) -> list[Remark]:
    same = [code for code in alike.get(likeness(line.text), ()) if code != line.text.code]
    reason = "题干和选项与题库中的{codes}相同。"
    values = {"codes": "、".join(same)}
    return [Remark(line.sheet, line.row, Field.STEM, "words_in_bank", reason, values)] if same else []


def _place(line: Line) -> str:
    """Where a line stands, in signs that need no translation: the sheet, and the row or the number of the item."""
    return f"{line.sheet} #{line.row}".strip()
