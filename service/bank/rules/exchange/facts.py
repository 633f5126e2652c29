"""What other programs have no place for, as tags: ``edition=…``, ``article=55``, ``criterion=3 …`` and so on."""

from collections.abc import Iterable, Iterator

from service.bank.rules.exchange.drafts import Field
from service.bank.rules.items import ItemText, Kind

_NAMES = {
    "edition": Field.EDITION,
    "article": Field.ARTICLE,
    "role": Field.ROLES,
    "difficulty": Field.DIFFICULTY,
    "level": Field.LEVEL,
    "subject": Field.SUBJECT,
    "enemy": Field.ENEMIES,
    "tag": Field.TAGS,
    "criterion": Field.ANSWER,
    "case": Field.CASE,
    "case-place": Field.CASE_PLACE,
    "case-size": Field.CASE_SIZE,
}


def tags_of(text: ItemText) -> Iterator[str]:
    """The facts of an item as tags. A free tag stands as it is, unless it would be taken for a fact."""
    yield f"edition={text.edition}"
    yield f"article={text.article}"
    yield from (f"role={role}" for role in text.roles)
    yield f"difficulty={text.difficulty}"
    yield f"level={text.level}"
    yield from [f"subject={text.subject}"] if text.subject else []
    yield from (f"enemy={name}" for name in text.enemies)
    yield from (f"criterion={line}" for line in text.key.split("\n") if text.kind is Kind.WRITTEN)
    if text.case is not None:
        # Its text is too long for a tag: it stands before the sub-questions, in whatever way the format has.
        yield from (f"case={text.case.code}", f"case-place={text.case.place}", f"case-size={text.case.size}")
    yield from (f"tag={word}" if word.partition("=")[0] in _NAMES else word for word in text.tags)


def words_of(tags: Iterable[str]) -> dict[Field, str]:
    """The words of a draft that tags say; what is no fact is a free tag."""
    found: dict[Field, list[str]] = {}
    for tag in tags:
        name, equals, value = tag.partition("=")
        field = _NAMES.get(name) if equals else None
        found.setdefault(field or Field.TAGS, []).append(value if field else tag)
    return {field: "\n".join(values) for field, values in found.items()}
