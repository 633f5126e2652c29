"""Who has seen a paper before it was opened: one page per paper, from the journal alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.access import queries as access
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.journal import queries as journal
from service.journal.rules import Event
from service.journal.tables import JournalEntry
from service.kernel import errors, rendering
from service.kernel.database import Reading
from service.oversight.pages.event_names import EVENT_NAMES
from service.papers import queries as papers
from service.papers.rules.states import STATE_NAMES, Form, PaperState
from service.programme.tables import TrainingClass

router = APIRouter(include_in_schema=False)
# Whoever did one of these had the words before their eyes; all others saw numbers and states.
SAW_WORDS = frozenset({Event.PAPER_READ, Event.PAPER_BROKEN_OPEN, Event.PAPER_OPENED, Event.PAPER_PRINTED})
OUTCOMES: Mapping[str, str] = {
    "opened": "启封成功",
    "first_hand": "第一人确认",
    "break_glass_begun": "应急启封，第一人确认",
    "wrong_password": "密码不对，未成功",
    "account_locked": "账号已锁定，未成功",
    "no_share": "没有保管钥匙，未成功",
    "no_pair": "不是配对的两人，未成功",
    "opening_too_early": "未到启封时间，未成功",
    "opening_too_late": "考试已结束，未成功",
    "opener_twice": "同一人第二次确认，未成功",
    "breaker_twice": "同一人第二次确认，未成功",
    "reason_missing": "没有写原因，未成功",
    "intended": "准备打印",
    "print_too_early": "未到打印时间，未成功",
    "printer_twice": "同一人第二次确认，未成功",
    "too_many_copies": "份数超限，未成功",
    "not_printing": "无权打印，未成功",
    "lent": "两人合钥，只在内存中复核",
    "broken": "复核中断，没有结果",
    "lender_unknown": "没有这个账号，未成功",
    "lender_twice": "同一人两次，未成功",
    "lenders_no_pair": "不是配对的两人，未成功",
    "not_custodian": "不是市局保管员，未成功",
    "not_sat_yet": "还有试卷没有考过，未成功",
    "rejected_unsat": "试卷已退回，未成功",
    "exam_not_over": "考试日未过，未成功",
    "second_factor_needed": "没有出示第二验证方式，未成功",
    "wrong_second_factor": "第二验证方式不对，未成功",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the journal about a paper, in words."""

    at: datetime
    event: str
    name: str
    body: str
    form: str
    outcome: str
    saw_words: bool


@router.get("/papers/{paper_id}/seen")
def seen(
    request: Request, paper_id: int, session: Reading, actor: Annotated[Actor, may(Right.PAPERS_SEEN)]
) -> Response:
    """Every step of a paper until its forms were opened, who took it, and who had the words before their eyes."""
    paper = papers.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()
    forms = papers.forms(session, paper_id)
    entries = journal.about(session, f"paper:{paper_id}")
    opened = {letter.value: form.opened_at for letter, form in forms.items()}
    steps = _steps(session, [one for one in entries if _before_opening(one, opened)])
    context = {
        "paper": paper,
        "state_name": STATE_NAMES[PaperState(paper.state)],
        "training_class": session.get_one(TrainingClass, paper.class_id),
        "opened": {Form(letter): at for letter, at in opened.items()},
        "steps": steps,
        "readers": _readers(steps),
        "makers": _makers(entries),
    }
    return rendering.page(request, "oversight/seen.html", context, actor=actor)


def _before_opening(entry: JournalEntry, opened: Mapping[str, datetime | None]) -> bool:
    """Whether an entry is older than the opening of the form it is about, the opening itself included.

    What is about no single form counts until the last form was opened.
    """
    form = json.loads(entry.data).get("form")
    instants = [opened[form]] if form in opened else list(opened.values())
    last = max((at for at in instants if at is not None), default=None)
    return None in instants or last is None or datetime.fromisoformat(entry.at) <= last


def _steps(session: Session, entries: Sequence[JournalEntry]) -> list[Step]:
    people = {f"account:{one.id}": (person.name, body.name) for one, person, body in access.accounts(session)}
    return [_step(entry, json.loads(entry.data), people.get(entry.actor, (entry.actor, ""))) for entry in entries]


def _step(entry: JournalEntry, data: Mapping[str, Any], who: tuple[str, str]) -> Step:
    event, outcome = Event(entry.event), str(data.get("outcome", ""))
    return Step(
        at=datetime.fromisoformat(entry.at),
        event=EVENT_NAMES[event],
        name=who[0],
        body=who[1],
        form=str(data.get("form", "")),
        outcome=OUTCOMES.get(outcome, outcome),
        saw_words=event in SAW_WORDS,
    )


def _readers(steps: Sequence[Step]) -> list[tuple[str, str, int, datetime, datetime]]:
    """Who had the words before their eyes: name, body, how often, first and last time."""
    found: dict[tuple[str, str], list[datetime]] = {}
    for step in steps:
        if step.saw_words:
            found.setdefault((step.name, step.body), []).append(step.at)
    return [(name, body, len(times), min(times), max(times)) for (name, body), times in found.items()]


def _makers(entries: Sequence[JournalEntry]) -> dict[str, int] | None:
    """How many persons wrote and reviewed the items, as the sealing counted them: their names stay with the bank."""
    for entry in entries:
        if entry.event == Event.PAPER_SEALED:
            data = json.loads(entry.data)
            return {name: int(data.get(name, 0)) for name in ("authors", "reviewers")}
    return None
