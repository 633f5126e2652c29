"""Items as running text, as they are copied out of Word (reference: exam_rules.zh.md §8.1):

一、单选题
1．【单选】题干……
A. …  B. …
【答案】A
【解析】…

Every item has a number (or the word for its kind) and an answer. One without an answer is refused on its own line, and
so is one that seems to hold two: nothing is ever read as part of its neighbour.

A case stands before its sub-questions, “【案例】CAS-001” and its text below; it ends with the next section or case, or
with “【案例结束】”.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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
# “1.0%” is a value and no number of an item.
_NUMBER = re.compile(r"\s*[(（]?\d{1,5}(?:[、)）]|[.．](?!\d))\s*")
_KIND = re.compile(r"\s*[【\[(（]([^】\])）]{2,6})[】\])）]\s*")
_CASE = re.compile(r"\s*[【\[]\s*(?:案例|材料)(?:编号)?\s*[】\]]\s*[:：]?\s*([A-Za-z]{2,5}-\d{3,6})?\s*(.*)", re.DOTALL)
_CASE_END = re.compile(r"\s*[【\[](?:案例|材料)结束[】\]]\s*")
# What stands under the heading of a section: “（每题2分，共20分）”.
_INSTRUCTION = re.compile(r"\s*[（(].*[)）]\s*|.*(?:每小?题|本大?题|共\d+[道小题分]).*")
_SECTION = re.compile(r"\s*[一二三四五六七八九十]{1,3}[、.．]\s*(\S{2,20})")


_NONE: str = "这一题没有【答案】，没有导入。请在题后另起一行写答案；若它其实是上一题里的分条，请把编号改成（1）的样子。"
_SECOND: str = "第{line}行是第二个【答案】：这一题和下一题连在了一起。请给每道题写上题号，再重新导入。"
_UNNUMBERED: str = "第{line}行起像是一道题，却没有题号，也没有写题型。请写上题号，再重新导入。"


@dataclass(slots=True)
class _Told:
    """A case while its lines come."""

    code: str
    lines: list[str]


class _Gathered:
    """One item while its lines come; ``style`` is how it is numbered, nothing where only its kind is named."""

    def __init__(self, row: int, kind: str, case: "_Told | None", style: str = "") -> None:
        self.row, self.style = row, style
        self.words: dict[Field, str] = {Field.KIND: kind} if kind else {}
        if case is not None:
            self.words |= {Field.CASE: case.code, Field.CASE_TEXT: "\n".join(case.lines)}
        self.options: list[str] = []
        self.last: Field | None = Field.STEM
        self.faults: list[Remark] = []

    def take(self, row: int, line: str) -> None:
        if found := _LABELLED.fullmatch(line):
            self.last = Field.BASIS if found[1] == _BASIS else Field(found[1])
            if self.last is Field.ANSWER and self.answered:
                self._refuse("answer_repeated", _SECOND, line=row)
            self.words[self.last] = found[2].strip()
        elif _OPTION.match(line) and not self.answered:
            self.options.append(line.strip())
            self.last = None
        elif self.last is None:
            self.options[-1] += f" {line.strip()}"
        else:
            self.words[self.last] = f"{self.words.get(self.last, '')}\n{line.strip()}".strip()

    @property
    def answered(self) -> bool:
        return Field.ANSWER in self.words

    def ends_before(self, line: str) -> bool:
        """Whether a line begins another item: it names its kind, or is numbered as this one is.

        Otherwise numbered lines are a list, in the stem as in the explanation, but not in the middle of options.
        """
        if not _begins(line):
            return False
        return not self.style or self.last is None or _style(line) in {"", self.style}

    def draft(self) -> Draft:
        choices = options.trimmed(options.apart("\n".join(self.options))) if self.options else {}
        words_of_it = {name: text for name, text in self.words.items() if text}
        found = Draft("", self.row, words_of_it, choices, said=frozenset(self.words))
        left_out = tables.left_out(found)
        if left_out is None and not found.word(Field.ANSWER):
            self._refuse("answer_missing", _NONE)
        return replace(found, left_out=left_out, faults=tuple(self.faults))

    def _refuse(self, code: str, reason: str, **values: object) -> None:
        self.faults.append(Remark("", self.row, Field.ANSWER, code, reason, values))


def drafts_of(text: str) -> Sheaf:
    """Drafts of every item; rows are the lines on which the items begin. A title before the first is passed over."""
    lines = [(row, line) for row, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1) if line.strip()]
    first = next(
        (place for place, (_, line) in enumerate(lines) if _begins(line) or _section(line) or _CASE.match(line)), 0
    )
    reason = "“{line}”在第一题之前，没有导入。"
    notes = tuple(Remark("", row, "", "preface", reason, {"line": line.strip()[:40]}) for row, line in lines[:first])
    lost = tuple(
        Remark("", row, "", "item_unnumbered", _UNNUMBERED, {"line": lines[0][0]})
        for row, line in lines[:first]
        if LIKE.match(line)
    )
    found = tuple(gathered.draft() for gathered in _gathered(lines[first:]))
    return casing.completed(Sheaf(found, faults=lost[:1], notes=notes))


def _section(line: str) -> str:
    """The kind that a heading like “二、判断题（共20题）” announces, or nothing."""
    found = _SECTION.match(line)
    if found is None:
        return ""
    other = (word for word in words.OTHER_KINDS if words.fold(found[1]).startswith(word))
    return words.kind_of_sheet(found[1]) or next(other, "")


class _Reader:
    """What holds for the items that come: the kind of the section and the case that they ask about.

    ``headed`` while nothing has come since the heading of a section.
    """

    def __init__(self) -> None:
        self.kind = ""
        self.headed = False
        self.case: _Told | None = None
        self.telling = False

    def takes(self, line: str) -> bool:
        """Whether a line belongs to no item: it begins a section or a case, ends one, or is a line of its text."""
        headed, self.headed = self.headed, False
        if headed and _INSTRUCTION.fullmatch(line) and not _begins(line):
            self.headed = True
        elif section := _section(line):
            self.headed = True
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
    reader = _Reader()
    current: _Gathered | None = None
    for row, line in lines:
        apart = reader.takes(line)
        if current is not None and (apart or current.ends_before(line)):
            yield current
            current = None
        if apart:
            continue
        if current is None:
            current, line = _begun(row, line, reader.kind, reader.case)
        current.take(row, line)
    if current is not None:
        yield current


def _begins(line: str) -> bool:
    """Whether a line after an answer begins another item: it is numbered, or names its kind."""
    named = _KIND.match(line)
    return bool(_NUMBER.match(line)) or (named is not None and _is_kind(named[1]))


def _style(line: str) -> str:
    """How a line is numbered: “1．” and “1、” are one way, “(1)” and “1）” another."""
    found = _NUMBER.match(line)
    return "" if found is None else "()" if words.fold(found[0]).endswith(")") else "."


def _is_kind(word: str) -> bool:
    return words.fold(word) in {*words.KIND_WORDS, *words.OTHER_KINDS}


def _begun(row: int, line: str, kind: str, case: _Told | None) -> tuple[_Gathered, str]:
    """A new item and the rest of its first line, without its number and the word for its kind."""
    style = _style(line)
    if numbered := _NUMBER.match(line):
        line = line[numbered.end() :]
    named = _KIND.match(line)
    if named and _is_kind(named[1]):
        return _Gathered(row, named[1], case, style), line[named.end() :]
    return _Gathered(row, kind, case, style), line
