"""Items as JSON: the same objects that the API takes, so that what was exported can be sent back either way."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from service.bank.rules.cases import Case
from service.bank.rules.exchange import answers, casing
from service.bank.rules.exchange.drafts import Draft, Field, Remark, Sheaf
from service.bank.rules.exchange.gallery import Gallery, Hung
from service.bank.rules.exchange.words import KIND_WORDS, fold
from service.bank.rules.items import TYPED, ItemText
from service.bank.rules.pictures import PLACES
from service.kernel.pictures import Picture

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
    "version": Field.VERSION,
}
_CASE = dict(zip(("code", "text", "place", "size"), casing.FIELDS, strict=True))
_COLUMNS: dict[str, str] = {field: name for name, field in _FIELDS.items()}
_COLUMNS |= dict.fromkeys(_CASE.values(), "case")


def written(
    texts: Sequence[ItemText],
    filed: Mapping[str, Iterable[str]] | None = None,
    pictures: Mapping[str, Picture] | None = None,
    numbers: Mapping[str, int] | None = None,
) -> bytes:
    """A JSON list of items: tags that each is filed under and its version by code, and their pictures whole."""
    under, shown, numbered = filed or {}, pictures or {}, numbers or {}
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
            **({"version": numbered[text.code]} if text.code in numbered else {}),
            **({"pictures": _pictures(text, shown)} if text.pictures else {}),
            **({"case": _of_case(text.case)} if text.case is not None else {}),
        }
        for text in texts
    ]
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def _pictures(text: ItemText, pictures: Mapping[str, Picture]) -> dict[str, dict[str, str]]:
    return {
        place: {
            "digest": one.digest,
            "words": one.words,
            "media_type": pictures[one.digest].media_type,
            "content": base64.b64encode(pictures[one.digest].content).decode(),
        }
        for place, one in text.pictures.items()
    }


def _of_case(case: Case) -> dict[str, object]:
    return {"code": case.code, "text": case.text, "place": case.place, "size": case.size}


def drafts_of(found: object) -> Sheaf:
    """Drafts out of parsed JSON; rows are counted from one, as the objects stand in the list."""
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        return Sheaf(faults=(Remark("", 1, "", "json_shape", "JSON文件应为试题的列表。"),))
    gallery = Gallery()
    drafts = tuple(gallery.hung(_draft(row, entry), _hung(entry)) for row, entry in enumerate(found, start=1))
    return Sheaf(drafts, pictures=gallery.kept)


def _hung(entry: dict[str, Any]) -> dict[str, Hung]:
    """The pictures of an object; what cannot be read at all is said of its place like any other broken picture."""
    given = entry.get("pictures")
    found: dict[str, Hung] = {}
    for place, one in given.items() if isinstance(given, dict) else ():
        said = one if isinstance(one, dict) else {}
        try:
            content = base64.b64decode(str(said.get("content", "")), validate=True)
        except (binascii.Error, ValueError):
            content = None
        found[str(place)] = content, _text(said.get("words"))
    return found


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
        if name not in {*_FIELDS, "options", "pictures", "case"}
        or (name == "case" and not isinstance(value, dict | None))
    ]
    places, nowhere = entry.get("pictures"), "没有“{place}”这个放图片的位置，这张图片没有导入。"
    strange = [] if not places else list(places) if isinstance(places, dict) else ["pictures"]
    notes += [
        Remark("", row, "pictures", "picture_place", nowhere, {"place": str(one)})
        for one in strange
        if one not in PLACES
    ]
    said = {field for name, field in _FIELDS.items() if name in entry} | (
        set(_CASE.values()) if "case" in entry else set()
    )
    said |= {Field.OPTIONS} if "options" in entry else set()
    return Draft("", row, words, options, _COLUMNS, notes=tuple(notes), said=frozenset(said))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(str(one).strip() for one in value)
    return str(value).strip()
