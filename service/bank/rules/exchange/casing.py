"""Cases in the words of a file: read for one item, and completed from what the file says once for all of a case."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from service.bank.rules.cases import Case
from service.bank.rules.exchange.drafts import Draft, Field, Sheaf

FIELDS = (Field.CASE, Field.CASE_TEXT, Field.CASE_PLACE, Field.CASE_SIZE)
# What the checks of a case find, in the columns of a file.
COLUMNS: Mapping[str, Field] = {
    "case_code": Field.CASE,
    "case_text": Field.CASE_TEXT,
    "case_place": Field.CASE_PLACE,
    "case_size": Field.CASE_SIZE,
}


def read(draft: Draft) -> Case | None:
    """The case that a draft is said to be a sub-question of; a number that is none becomes nought, which is a fault."""
    code, text, place, size = (draft.word(name) for name in FIELDS)
    return Case(code, text, _whole(place), _whole(size)) if code or text or place or size else None


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 else 0


def words_of(case: Case | None) -> dict[Field, str]:
    """A case as a file would say it; nothing for an item without one."""
    if case is None:
        return {}
    return dict(zip(FIELDS, (case.code, case.text, str(case.place), str(case.size)), strict=True))


def completed(sheaf: Sheaf, texts: Mapping[str, str] | None = None) -> Sheaf:
    """The same drafts, where people write a case's text once, beside its first sub-question, and never count them.

    ``texts`` are the texts by code that the file holds apart from its items. Items that say nothing of their place
    stand as they come; nothing that a file says is overruled.
    """
    told = dict(texts or {})
    for draft in sheaf.drafts:
        if (code := draft.word(Field.CASE)) and (said := draft.word(Field.CASE_TEXT)):
            told.setdefault(code, said)
    sizes = Counter(draft.word(Field.CASE) for draft in sheaf.drafts)
    met: defaultdict[str, int] = defaultdict(int)
    drafts = []
    for draft in sheaf.drafts:
        code = draft.word(Field.CASE)
        if code:
            met[code] += 1
            inferred = {
                Field.CASE_TEXT: told.get(code, ""),
                Field.CASE_PLACE: str(met[code]),
                Field.CASE_SIZE: str(sizes[code]),
            }
            words = {**{name: text for name, text in inferred.items() if text}, **draft.words}
            draft = replace(draft, words=words)
        drafts.append(draft)
    return replace(sheaf, drafts=tuple(drafts))
