"""Items as running text, as they are copied out of Word (reference: exam_rules.zh.md §8.1):

一、单选题
1．【单选】题干……
A. …  B. …
【答案】A
【解析】…

A case stands before its sub-questions, “【案例】CAS-001” and its text below; it ends with the next section or case, or
with “【案例结束】”.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.bank.rules.exchange import casing, options, tables, words
from service.bank.rules.exchange.drafts import Draft, Field, Remark, Sheaf

# What a text of this kind has: an answer on a line of its own.
LIKE = re.compile(r"^\s*[【\[]?(?:正确|参考|标准)?答案[】\]]?\s*[:：]?\s*\S", re.MULTILINE)
_BASIS: str = "依据"
_LABELLED = re.compile(
    r"\s*[【\[]?(?:正确|参考|标准|试题|答案)?"
    r"(答案|解析|编号|题型|难度|依据|法规版本|条号|适用角色|科目|标签)(?:[】\]]\s*[:：]?|\s*[:：])\s*(.*)",
    re.DOTALL,
)
_OPTION = re.compile(r"\s*[(（]?[A-HＡ-Ｈ][.．、:：)）]\s*\S")
_NUMBER = re.compile(r"\s*[(（]?\d{1,5}[.．、)）]\s*")
_KIND = re.compile(r"\s*[【\[(（]([^】\])）]{2,6})[】\])）]\s*")
_CASE = re.compile(r"\s*[【\[]\s*(?:案例|材料)(?:编号)?\s*[】\]]\s*[:：]?\s*([A-Za-z]{2,5}-\d{3,6})?\s*(.*)", re.DOTALL)
_CASE_END = re.compile(r"\s*[【\[](?:案例|材料)结束[】\]]\s*")
_SECTION = re.compile(r"\s*[一二三四五六七八九十]{1,3}[、.．]\s*(\S{2,20})")


@dataclass(slots=True)
class _Told:
    """A case while its lines come."""

    code: str
    lines: list[str]


class _Gathered:
    """One item while its lines come."""

    def __init__(self, row: int, kind: str, case: "_Told | None") -> None:
        self.row = row
        self.words: dict[Field, str] = {Field.KIND: kind} if kind else {}
        if case is not None:
            self.words |= {Field.CASE: case.code, Field.CASE_TEXT: "\n".join(case.lines)}
        self.options: list[str] = []
        self.last: Field | None = Field.STEM

    def take(self, line: str) -> None:
        if found := _LABELLED.fullmatch(line):
            self.last = Field.BASIS if found[1] == _BASIS else Field(found[1])
            self.words[self.last] = found[2].strip()
        elif _OPTION.match(line) and Field.ANSWER not in self.words:
            self.options.append(line.strip())
            self.last = None
        elif self.last is None:
            self.options[-1] += f" {line.strip()}"
        else:
            self.words[self.last] = f"{self.words.get(self.last, '')}\n{line.strip()}".strip()

    @property
    def answered(self) -> bool:
        return Field.ANSWER in self.words

    def draft(self) -> Draft:
        choices = options.trimmed(options.apart("\n".join(self.options))) if self.options else {}
        found = Draft("", self.row, {name: text for name, text in self.words.items() if text}, choices)
        return Draft("", self.row, found.words, choices, left_out=tables.left_out(found))


def drafts_of(text: str) -> Sheaf:
    """Drafts of every item; rows are the lines on which the items begin. A title before the first is passed over."""
    lines = [(row, line) for row, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1) if line.strip()]
    first = next(
        (place for place, (_, line) in enumerate(lines) if _begins(line) or _section(line) or _CASE.match(line)), 0
    )
    reason = "“{line}”在第一题之前，没有导入。"
    notes = tuple(Remark("", row, "", "preface", reason, {"line": line.strip()[:40]}) for row, line in lines[:first])
    return casing.completed(Sheaf(tuple(gathered.draft() for gathered in _gathered(lines[first:])), notes=notes))


def _opens(line: str) -> bool:
    return _begins(line) or bool(_section(line)) or bool(_CASE.match(line))


def _section(line: str) -> str:
    """The kind that a heading like “二、判断题（共20题）” announces, or nothing."""
    found = _SECTION.match(line)
    return words.kind_of_sheet(found[1]) if found else ""


class _Reader:
    """What holds for the items that come: the kind of the section and the case that they ask about."""

    def __init__(self) -> None:
        self.kind = ""
        self.case: _Told | None = None
        self.telling = False

    def takes(self, line: str) -> bool:
        """Whether a line belongs to no item: it begins a section or a case, ends one, or is a line of its text."""
        if section := _section(line):
            self.kind, self.case, self.telling = section, None, False
        elif _CASE_END.fullmatch(line):
            self.case, self.telling = None, False
        elif told := _CASE.fullmatch(line):
            said = told[2].strip()
            self.case, self.telling = _Told((told[1] or "").upper(), [said] if said else []), True
        elif self.telling and self.case is not None and not _begins(line):
            self.case.lines.append(line.strip())
        else:
            self.telling = False
            return False
        return True


def _gathered(lines: Sequence[tuple[int, str]]) -> Iterator[_Gathered]:
    reader, current = _Reader(), None
    for row, line in lines:
        if reader.takes(line):
            continue
        if current is None or (current.answered and _begins(line)):
            if current is not None:
                yield current
            current, line = _begun(row, line, reader.kind, reader.case)
        current.take(line)
    if current is not None:
        yield current


def _begins(line: str) -> bool:
    """Whether a line after an answer begins another item: it is numbered, or names its kind."""
    named = _KIND.match(line)
    return bool(_NUMBER.match(line)) or (named is not None and _is_kind(named[1]))


def _is_kind(word: str) -> bool:
    return words.fold(word) in {*words.KIND_WORDS, *words.OTHER_KINDS}


def _begun(row: int, line: str, kind: str, case: _Told | None) -> tuple[_Gathered, str]:
    """A new item and the rest of its first line, without its number and the word for its kind."""
    if numbered := _NUMBER.match(line):
        line = line[numbered.end() :]
    named = _KIND.match(line)
    if named and _is_kind(named[1]):
        return _Gathered(row, named[1], case), line[named.end() :]
    return _Gathered(row, kind, case), line
