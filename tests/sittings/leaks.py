"""What is planted in a bank so that a leak can be seen, and what a key would look like in what leaves the server."""

import dataclasses
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from service.bank import queries as bank
from service.bank.actions import files, reviewing
from service.bank.rules.items import ItemText, Kind
from service.kernel import settings
from service.papers.actions import blueprints, drafting
from tests import world as worlds
from tests.world import World

# A part of a list or an object that agrees with the key in as many positions as this is no accident.
ENOUGH = 5
_EVENT = re.compile(r"^data: ?(.*)$", re.MULTILINE)
_SCRIPT = re.compile(r"<script[^>]*json[^>]*>(.*?)</script>", re.DOTALL)
KEY_WORDS = {"key", "keys", "answer_key", "correct", "right", "solution", "explanation", "article", "edition"}


def stem_mark(code: str) -> str:
    return f"STEM{code.replace('-', '')}MARK"


def hidden_mark(code: str) -> str:
    return f"WHY{code.replace('-', '')}MARK"


def planted() -> list[ItemText]:
    """The real bank, each item with a mark of its own in its stem and another one in its explanation."""
    found = files.read(settings.current().question_bank)
    return [
        dataclasses.replace(
            one, stem=f"{one.stem}{stem_mark(one.code)}", explanation=f"{one.explanation}{hidden_mark(one.code)}"
        )
        for one in found.items
    ]


def build(session: Session) -> World:
    """The evening before an exam whose bank is full of marks."""
    world = worlds.found_staff(session)
    author, reviewer = world.actor(session, "author"), world.actor(session, "reviewer")
    known = files.read(settings.current().question_bank)
    reviewing.load_editions(session, author, known.editions, now=worlds.PREPARED_AT)
    reviewing.load_subjects(session, author, known.subjects, now=worlds.PREPARED_AT)
    reviewing.submit_items(session, author, planted(), now=worlds.PREPARED_AT)
    for version_id in bank.awaiting_review(session):
        worlds.approve_item(session, reviewer, version_id)
    for raw in blueprints.read(settings.current().question_bank):
        drafted = drafting.draft_blueprint(session, world.actor(session, "assembler"), raw, now=worlds.PREPARED_AT)
        approver = world.actor(session, "approver")
        drafting.judge_blueprint(session, approver, drafted.id or 0, approve=True, reason="", now=worlds.PREPARED_AT)
    worlds.open_class(session, world)
    worlds.seal_paper(session, world)
    worlds.plan_sitting(session, world)
    return world


@dataclass(frozen=True)
class Bank:
    """The planted items by their codes."""

    items: Mapping[str, ItemText]

    def stems_in(self, text: str) -> set[str]:
        """The codes of the items whose stems are in a text."""
        return {code for code in self.items if stem_mark(code) in text}

    def hidden_in(self, text: str) -> set[str]:
        """The marks of explanations, and the codes of items, that are in a text."""
        marks = {hidden_mark(code) for code in self.items if hidden_mark(code) in text}
        return marks | {code for code in self.items if code in text}


def wrong(kind: str, key: str) -> str:
    """An answer that an item of this kind can have, and that is not right."""
    if kind == Kind.TRUE_FALSE:
        return "F" if key == "T" else "T"
    return "B" if key == "A" else "A"


def documents(text: str) -> Iterator[Any]:
    """Every JSON in a reply: the whole of it, the events of a stream, what a page gives to its scripts."""
    for part in (text, *_EVENT.findall(text), *_SCRIPT.findall(text)):
        try:
            yield json.loads(part)
        except ValueError:
            continue


def key_shapes(text: str, key: Mapping[int, str]) -> list[str]:
    """Whatever in a reply tells right answers by position, and every field that is named like one."""
    found: list[str] = []
    in_order = [key[position] for position in sorted(key)]
    if "".join(in_order) in text or ",".join(in_order) in text:
        found.append("the right answers in a row")
    for document in documents(text):
        found += _shapes(document, key, in_order)
    return found


def _shapes(node: Any, key: Mapping[int, str], in_order: list[str]) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (f"a field {name!r}" for name in node if name in KEY_WORDS)
        agreeing = [name for name, value in node.items() if str(name).isdigit() and _tells(value, key.get(int(name)))]
        if len(agreeing) >= ENOUGH:
            yield f"an object by position: {agreeing}"
        for value in node.values():
            yield from _shapes(value, key, in_order)
    if isinstance(node, list):
        if len(node) >= ENOUGH and [_letters(one) for one in node] == in_order[: len(node)]:
            yield "a list in the order of positions"
        yield from _fields_that_tell([one for one in node if isinstance(one, dict)], key)
        for value in node:
            yield from _shapes(value, key, in_order)


def _fields_that_tell(rows: list[dict[str, Any]], key: Mapping[int, str]) -> Iterator[str]:
    """Two fields, one of which numbers positions while the other one is right in almost all of them."""
    right: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        for number, position in row.items():
            if isinstance(position, int) and position in key:
                for name, value in row.items():
                    right[number, name] += _tells(value, key[position])
    for fields, times in right.items():
        if times >= max(ENOUGH, len(rows) * 0.9):
            yield f"fields {fields}"


def _letters(value: Any) -> str:
    if isinstance(value, bool):
        return "T" if value else "F"
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _tells(value: Any, right: str | None) -> bool:
    return right is not None and not isinstance(value, dict) and _letters(value) == right
