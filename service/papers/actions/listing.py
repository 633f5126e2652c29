"""The list of papers, narrowed by what somebody looks for, and the same list as rows for a spreadsheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access import queries as access
from service.access.actions import using
from service.access.rules.people import ROLE_NAMES, TraineeRole
from service.access.rules.policy import Actor
from service.kernel import clock, language, sheets
from service.papers import queries
from service.papers.rules.states import STATE_NAMES, PaperState
from service.papers.tables import Paper
from service.programme.queries import classes as programme
from service.programme.tables import TrainingClass

HEAD = (
    "试卷", "班次", "班次名称", "人员类别", "状态", "组卷方案版本", "考试日期",
    "A、B卷预计相差（分）", "有95%把握不超过（分）", "以往试卷用过的题次",
    "组卷", "组卷人", "审批", "审批人", "封卷", "封卷人", "A卷启封", "B卷启封",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What papers are looked for; nothing named means all of them. ``text`` is in a class's code or name."""

    role: TraineeRole | None = None
    state: PaperState | None = None
    plan_year: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A paper with its class."""

    paper: Paper
    training_class: TrainingClass


def lines(session: Session, actor: Actor, wanted: Wanted) -> list[Line]:
    """The papers of the classes that somebody sees and need not keep away from, newest first."""
    near = using.classes_near(session, actor)
    seen = programme.visible(session, actor, role=wanted.role, plan_year=wanted.plan_year)
    classes = {line.training_class.id: line.training_class for line in seen}
    return [
        Line(paper, classes[paper.class_id])
        for paper in queries.papers(session)
        if paper.class_id in classes
        and paper.class_id not in near
        and wanted.state in {None, paper.state}
        and _says(classes[paper.class_id], wanted.text)
    ]


def _says(one: TrainingClass, text: str) -> bool:
    return text.strip().lower() in f"{one.code} {one.name}".lower()


def table(session: Session, found: Sequence[Line], tongue: str) -> list[sheets.Row]:
    """The list with its head, in the reader's language; times are Beijing's, figures are those of the proofs."""
    return [[language.say(tongue, word) for word in HEAD], *_rows(session, found, tongue)]


def _rows(session: Session, found: Sequence[Line], tongue: str) -> Iterator[sheets.Row]:
    papers = [line.paper for line in found]
    hands = {one for row in papers for one in (row.assembled_by, row.approved_by, row.sealed_by) if one is not None}
    names = {person_id: person.name for person_id, person in access.people(session, hands).items()}
    for line in found:
        paper, one = line.paper, line.training_class
        opened = {letter: form.opened_at for letter, form in queries.forms(session, paper.id or 0).items()}
        yield [
            paper.id,
            one.code,
            one.name,
            language.say(tongue, ROLE_NAMES[TraineeRole(one.role)]),
            language.say(tongue, STATE_NAMES[PaperState(paper.state)]),
            queries.blueprint_by_id(session, paper.blueprint_id).number,
            str(paper.recipe["exam_on"]),
            *_figures(paper),
            _at(paper.assembled_at),
            names[paper.assembled_by],
            _at(paper.approved_at),
            names.get(paper.approved_by or 0, ""),
            _at(paper.sealed_at),
            names.get(paper.sealed_by or 0, ""),
            *(_at(at) for at in opened.values()),
        ]


def _figures(paper: Paper) -> tuple[float, float, int]:
    """The believed difference never stands alone."""
    proof = paper.proof
    reach = max(abs(proof["true_low_milli"]), abs(proof["true_high_milli"]))
    return abs(proof["difference_milli"]) / 1000, reach / 1000, proof["uses_in_earlier_papers"]


def _at(instant: datetime | None) -> str:
    return f"{clock.local(instant):%Y-%m-%d %H:%M}" if instant is not None else ""
