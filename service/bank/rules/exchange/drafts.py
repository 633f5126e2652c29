"""A draft: one item in the words of a file, with where it stands and what was wrong with reading it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from service.bank.rules.pictures import Pictures
from service.kernel.pictures import Picture


class Field(StrEnum):
    """What a file may say of an item besides its options, by the heading of our own template."""

    CODE = "编号"
    KIND = "题型"
    STEM = "题干"
    OPTIONS = "选项"
    ANSWER = "答案"
    EXPLANATION = "解析"
    EDITION = "法规版本"
    ARTICLE = "条号"
    ROLES = "适用角色"
    DIFFICULTY = "难度"
    LEVEL = "认知层次"
    SUBJECT = "科目"
    ENEMIES = "互斥组"
    TAGS = "标签"
    FILED = "归类标签"
    PICTURES = "图片"
    BASIS = "题目依据"
    CASE = "案例编号"
    CASE_TEXT = "案例材料"
    CASE_PLACE = "案例第几问"
    CASE_SIZE = "案例共几问"
    VERSION = "试题版本"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be said of a place in a file: a fault that keeps the item out, or a note.

    ``row`` is counted as the program that made the file counts, ``column`` is the heading as the file has it.
    """

    sheet: str
    row: int
    column: str
    code: str
    reason: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """One item as a file has it; ``options`` by letter, ``columns`` what the file calls a field.

    ``left_out`` says why the bank cannot hold such an item at all: it is listed, and the others may come in.
    ``pictures`` are by place and named by digest; their bytes are in the sheaf. ``said`` are the fields that the file
    has a place for, be it empty; nothing where a format leaves out what is empty.
    """

    sheet: str
    row: int
    words: Mapping[Field, str]
    options: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    left_out: Remark | None = None
    pictures: Pictures = field(default_factory=dict)
    said: frozenset[Field] | None = None

    def word(self, name: Field) -> str:
        """What the file says of a field, or nothing."""
        return self.words.get(name, "")

    def remark(self, column: str, code: str, reason: str, /, **values: object) -> Remark:
        """A remark on one column of this item, named as the file names it."""
        return Remark(self.sheet, self.row, self.columns.get(column, column), code, reason, values)


@dataclass(frozen=True, slots=True)
class Sheaf:
    """Everything that one file holds: the drafts, and what is to be said of the file as a whole.

    ``by_item`` where rows are no rows of a table: then they count the items. ``pictures`` are by their digest;
    ``pictureless`` where the format cannot carry any.
    """

    drafts: tuple[Draft, ...] = ()
    faults: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    by_item: bool = False
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    pictureless: bool = False


def together(sheaves: list[Sheaf]) -> Sheaf:
    """Several sheets or parts as one file."""
    return Sheaf(
        tuple(draft for one in sheaves for draft in one.drafts),
        tuple(fault for one in sheaves for fault in one.faults),
        tuple(note for one in sheaves for note in one.notes),
        pictures={digest: picture for one in sheaves for digest, picture in one.pictures.items()},
    )
