"""Our own template: the columns of the spreadsheet that we write and that reads back as it was."""

from collections.abc import Iterable, Mapping, Sequence

from service.access.rules.people import ROLE_NAMES
from service.bank.rules.exchange import answers, casing
from service.bank.rules.exchange.drafts import Field
from service.bank.rules.items import DIFFICULTIES, KIND_NAMES, LETTERS, LEVEL_NAMES, ItemText, Kind

SHEET = "试题"
HEADINGS: Sequence[str] = (
    Field.CODE,
    Field.KIND,
    Field.STEM,
    *(f"选项{letter}" for letter in LETTERS),
    Field.ANSWER,
    Field.EXPLANATION,
    Field.EDITION,
    Field.ARTICLE,
    Field.ROLES,
    Field.DIFFICULTY,
    Field.LEVEL,
    Field.SUBJECT,
    Field.ENEMIES,
    Field.TAGS,
    Field.FILED,
    *casing.FIELDS,
    Field.VERSION,
)
# How wide the columns are that hold sentences; the others take the width of their heading.
WIDTHS: Mapping[str, int] = {
    Field.STEM: 60,
    Field.EXPLANATION: 50,
    Field.EDITION: 34,
    Field.ROLES: 24,
    Field.CASE_TEXT: 60,
}
TRUTH_NAMES: Mapping[str, str] = {"T": "对", "F": "错"}
# What may be chosen from a list in a cell.
CHOICES: Mapping[str, Sequence[str]] = {
    Field.KIND: tuple(KIND_NAMES.values()),
    Field.DIFFICULTY: tuple(map(str, DIFFICULTIES)),
    Field.LEVEL: tuple(LEVEL_NAMES.values()),
}
HINT: str = (
    "填写说明：每行一题，表头不要改名。题型填单选题、多选题、判断题、填空题或简答题；判断题不填选项，答案填对或错；"
    "填空题不填选项，题干用____标出一处空，可接受的答案每行一个；"
    "简答题的答案填评分标准，每行一个要点，先写分值，如“3 说明应当立即停止作业”，参考答案写在解析里；"
    "多选题答案连写，如ABD。编号不变的试题再次导入时成为新版本。适用角色、互斥组、标签、归类标签可填多个，用顿号隔开；归类标签只加不减。"
    "案例分析题：各问填同一个案例编号，案例材料写在第一问；第几问、共几问不填的，按行的先后计。"
    "试题版本由导出填写，请勿改动：题库已有更新的版本时，旧的一行不会覆盖它。新题不填。"
)


def cells(text: ItemText, filed: Iterable[str] = (), number: int = 0) -> list[str | int]:
    """One item as a row under the headings, with the tags that it is filed under and the number of its version."""
    case = casing.words_of(text.case)
    return [
        text.code,
        KIND_NAMES[text.kind],
        text.stem,
        *(text.options.get(letter, "") for letter in LETTERS),
        _key(text),
        text.explanation,
        text.edition,
        text.article,
        "、".join(ROLE_NAMES[role] for role in text.roles),
        text.difficulty,
        LEVEL_NAMES[text.level],
        text.subject,
        "、".join(text.enemies),
        "、".join(text.tags),
        "、".join(sorted(filed)),
        *(case.get(name, "") for name in casing.FIELDS),
        number or "",
    ]


def _key(text: ItemText) -> str:
    match text.kind:
        case Kind.TRUE_FALSE:
            return TRUTH_NAMES[text.key]
        case Kind.FILL_IN | Kind.WRITTEN:
            return text.key
        case Kind.SINGLE | Kind.MULTIPLE:
            return answers.written(text.key, text.options)
