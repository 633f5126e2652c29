"""Items as JSON: the same objects that the API takes, so that what was exported can be sent back either way."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.bank.rules.cases import Case
from service.bank.rules.exchange import answers, casing
from service.bank.rules.exchange.drafts import Draft, Field, Remark, Sheaf
from service.bank.rules.exchange.words import KIND_WORDS, fold
from service.bank.rules.items import TYPED, ItemText

_FIELDS = {
    "code": Field.CODE,
    "kind": Field.KIND,
    "stem": Field.STEM,
    "key": Field.ANSWER,
    "explanation": Field.EXPLANATION,
    "edition": Field.EDITION,
    "article": Field.ARTICLE,
    "roles": Field.ROLES,
    "difficulty": Field.DIFFICULTY,
    "level": Field.LEVEL,
    "subject": Field.SUBJECT,
    "enemies": Field.ENEMIES,
    "tags": Field.TAGS,
    "filed": Field.FILED,
}
_CASE = dict(zip(("code", "text", "place", "size"), casing.FIELDS, strict=True))
_COLUMNS: dict[str, str] = {field: name for name, field in _FIELDS.items()}
_COLUMNS |= dict.fromkeys(_CASE.values(), "case")


def written(texts: Sequence[ItemText], filed: Mapping[str, Iterable[str]] | None = None) -> bytes:
    """A JSON list of items, with the tags that each is filed under by code."""
    under = filed or {}
    found = [
        {
            "code": text.code,
            "kind": text.kind,
            "stem": text.stem,
            "options": dict(text.options),
            "key": text.key,
            "explanation": text.explanation,
            "edition": text.edition,
            "article": text.article,
            "roles": list(text.roles),
            "difficulty": text.difficulty,
            "level": text.level,
            "subject": text.subject,
            "enemies": list(text.enemies),
            "tags": list(text.tags),
            "filed": sorted(under.get(text.code, ())),
            **({"case": _of_case(text.case)} if text.case is not None else {}),
        }
        for text in texts
    ]
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def _of_case(case: Case) -> dict[str, object]:
    return {"code": case.code, "text": case.text, "place": case.place, "size": case.size}


def drafts_of(found: object) -> Sheaf:
    """Drafts out of parsed JSON; rows are counted from one, as the objects stand in the list."""
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return Sheaf(faults=(Remark("", 1, "", "json_shape", "JSON文件应为试题的列表。"),))
    return Sheaf(tuple(_draft(row, entry) for row, entry in enumerate(found, start=1)))


def _draft(row: int, entry: dict[str, Any]) -> Draft:
    words = {field: text for name, field in _FIELDS.items() if (text := _text(entry.get(name)))}
    typed = KIND_WORDS.get(fold(words.get(Field.KIND, ""))) in TYPED
    if not typed and (key := words.get(Field.ANSWER, "")).isascii() and key.isalpha():
        words[Field.ANSWER] = answers.pointed(key)
    given = entry.get("options")
    options = {str(letter): _text(text) for letter, text in given.items()} if isinstance(given, dict) else {}
    case = entry.get("case")
    if isinstance(case, dict):
        words |= {field: text for name, field in _CASE.items() if (text := _text(case.get(name)))}
    reason = "“{column}”这一列没有导入：题库没有对应的内容。"
    notes = [
        Remark("", row, str(name), "column_ignored", reason, {"column": str(name)})
        for name, value in entry.items()
        if name not in {*_FIELDS, "options", "case"} or (name == "case" and not isinstance(value, dict | None))
    ]
    return Draft("", row, words, options, _COLUMNS, notes=tuple(notes))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(str(one).strip() for one in value)
    return str(value).strip()
