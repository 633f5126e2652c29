"""What an unsealed paper is made of, as its assembly saw the items; for mending it and for verifying it."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session

from service.kernel import errors
from service.papers import queries
from service.papers.actions import runs
from service.papers.rules.candidates import Candidate
from service.papers.rules.states import Form
from service.papers.tables import Paper, PaperFormItem


def stock_of(session: Session, paper: Paper) -> list[Candidate]:
    """The stock as the assembly of a paper saw it.

    Raises:
        WrongState: the paper is from before that was put down.
    """
    run = queries.run_of(session, paper)
    if run is None:
        raise errors.WrongState("run_not_kept", "这份试卷组卷时还没有保存题库快照，不能换题；请退回后重新组卷。")
    return runs.stock_of(run)


def rows_of(session: Session, paper: Paper) -> dict[Form, list[PaperFormItem]]:
    """The rows of both forms; empty once they are sealed."""
    forms = queries.forms(session, paper.id or 0)
    return {letter: queries.form_items(session, form.id or 0) for letter, form in forms.items()}


def forms_of(session: Session, paper: Paper) -> dict[Form, list[Candidate]]:
    """The forms of an unsealed paper as its assembly saw their items."""
    by_version = {one.version_id: one for one in stock_of(session, paper)}
    return {
        letter: [by_version[row.item_version_id] for row in rows] for letter, rows in rows_of(session, paper).items()
    }


def replaced(
    forms: Mapping[Form, Sequence[Candidate]], letter: Form, place: int, chosen: Candidate
) -> dict[Form, list[Candidate]]:
    """The forms with another item at a position."""
    return {
        one: [chosen if (one, number) == (letter, place) else item for number, item in enumerate(items, start=1)]
        for one, items in forms.items()
    }
