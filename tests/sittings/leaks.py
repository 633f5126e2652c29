"""What is planted in a bank so that a leak can be seen, and what a key would look like in what leaves the server.

The paper asks for a text to fill in and for one to write, so that what is accepted and what people mark by is there.
"""

import copy
import dataclasses
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor
from service.bank import queries as bank
from service.bank.actions import files, reading, reviewing
from service.bank.rules.items import TYPED, ItemText, Kind
from service.kernel import settings
from service.papers.actions import blueprints, drafting
from tests import world as worlds
from tests.growing import upon
from tests.results import essays
from tests.world import World

# A part of a list or an object that agrees with the key in as many positions as this is no accident.
ENOUGH = 5
_EVENT = re.compile(r"^data: ?(.*)$", re.MULTILINE)
_SCRIPT = re.compile(r"<script[^>]*json[^>]*>(.*?)</script>", re.DOTALL)
# What a candidate writes, and what both markers give for it, criterion by criterion.
TEXT, GIVEN, MARKERS = "TEXTMARK不知道", (5, 2), ("marker", "marker2")
KEY_WORDS = {
    "key",
    "keys",
    "answer_key",
    "correct",
    "right",
    "rubric",
    "criteria",
    "solution",
    "explanation",
    "article",
    "edition",
}


def stem_mark(code: str) -> str:
    return f"STEM{code.replace('-', '')}MARK"


def hidden_mark(code: str) -> str:
    return f"WHY{code.replace('-', '')}MARK"


def answer_mark(code: str) -> str:
    """In what an item that is typed accepts, or is marked by."""
    return f"ANS{code.replace('-', '')}MARK"


def typed() -> list[ItemText]:
    """A fill-in and a written answer for each form: forms of a class share nothing."""
    found = essays.questions()
    for code, kind, key in (
        *((f"CMS-93{form}", Kind.FILL_IN, f"带班1次\n{answer_mark(f'CMS-93{form}')}") for form in "12"),
        *((f"CMS-94{form}", Kind.WRITTEN, f"6 {answer_mark(f'CMS-94{form}')}\n4 报告") for form in "12"),
    ):
        place = code[-3:]
        stem = f"{place}井的矿领导应当____下井。" if kind is Kind.FILL_IN else f"{place}井透水时应当怎样处置？"
        found.append(dataclasses.replace(found[0], code=code, kind=kind, stem=stem, key=key))
    return found[2:]


def planted() -> list[ItemText]:
    """The real bank, each item with a mark of its own in its stem and another one in its explanation.

    Its own fill-ins stay out: what is typed into the blank of a form must be known beforehand.
    """
    chosen = [one for one in files.read(settings.current().question_bank).items if one.kind not in TYPED]
    return [
        dataclasses.replace(
            one, stem=f"{one.stem}{stem_mark(one.code)}", explanation=f"{one.explanation}{hidden_mark(one.code)}"
        )
        for one in [*chosen, *typed()]
    ]


def asking(raw: dict[str, Any]) -> dict[str, Any]:
    """A blueprint, that of team leaders with a fill-in and a written answer on it."""
    if raw["role"] != TraineeRole.TEAM_LEADER:
        return raw
    found = copy.deepcopy(essays.blueprint())
    found["points"]["fill_in"] = 2
    found["cells"]["coal-mine-safety-regulations"] |= {"single": 6, "fill_in": 1}
    return found


@upon(worlds.found_staff)
def build(session: Session, world: World) -> World:
    """The evening before an exam whose bank is full of marks."""
    author, reviewer = world.actor(session, "author"), world.actor(session, "reviewer")
    known = files.read(settings.current().question_bank)
    reviewing.load_editions(session, author, known.editions, now=worlds.PREPARED_AT)
    reviewing.load_subjects(session, author, known.subjects, now=worlds.PREPARED_AT)
    reviewing.submit_items(session, author, planted(), now=worlds.PREPARED_AT)
    for version_id in bank.awaiting_review(session):
        _approve(session, reviewer, version_id)
    for raw in map(asking, blueprints.read(settings.current().question_bank)):
        drafted = drafting.draft_blueprint(session, world.actor(session, "assembler"), raw, now=worlds.PREPARED_AT)
        approver = world.actor(session, "approver")
        drafting.judge_blueprint(session, approver, drafted.id or 0, approve=True, reason="", now=worlds.PREPARED_AT)
    worlds.open_class(session, world)
    worlds.seal_paper(session, world)
    worlds.plan_sitting(session, world)
    essays.open_marker(session, world, MARKERS[1], 970)
    return world


def _approve(session: Session, reviewer: Actor, version_id: int) -> None:
    """Approve an item, after an answer to it that holds no mark."""
    found = bank.version(session, version_id)
    assert found is not None
    if found[1].kind not in TYPED:
        worlds.approve_item(session, reviewer, version_id)
        return
    reading.answer_item(session, reviewer, version_id, ["带班1次"], now=worlds.PREPARED_AT)
    reviewing.review_item(session, reviewer, version_id, approve=True, reason="", now=worlds.PREPARED_AT)


def mark_texts(session: Session, world: World) -> None:
    """Two people mark whatever was written."""
    essays.mark_all(session, world, list(GIVEN), by=MARKERS, now=worlds.AFTER)


@dataclass(frozen=True)
class Bank:
    """The planted items by their codes."""

    items: Mapping[str, ItemText]

    def stems_in(self, text: str) -> set[str]:
        """The codes of the items whose stems are in a text."""
        return {code for code in self.items if stem_mark(code) in text}

    def hidden_in(self, text: str) -> set[str]:
        """The marks of explanations and of accepted texts and rubrics, and the codes of items, that are in a text."""
        marks = {mark(code) for code in self.items for mark in (hidden_mark, answer_mark) if mark(code) in text}
        return marks | {code for code in self.items if code in text}


def wrong(kind: str, key: str) -> str:
    """An answer that an item of this kind can have, and that is not right."""
    if kind == Kind.TRUE_FALSE:
        return "F" if key == "T" else "T"
    if kind in TYPED:
        return TEXT
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
