"""What can be told of a paper without its seed: its recipe, the record of it, and its opened forms item by item.

After an exam form B is still sealed for resits, and the seed with it. Until two custodians lend their keys or B is
open, it is not told whether the seed gives these items, but whether what was sat is what the assembly put on record.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from sqlmodel import Session

from service.bank import queries as bank
from service.bank.rules.items import ItemText
from service.journal import queries as journal
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.papers import queries
from service.papers.actions import assembling, opening, seeds, verifying
from service.papers.actions.opening import Question
from service.papers.actions.ordering import Order
from service.papers.rules import proving
from service.papers.rules.candidates import Candidate
from service.papers.rules.states import Form, PaperState
from service.papers.rules.targets import Target
from service.papers.tables import Paper, PaperForm

# Items that read alike are told apart by the recipe's digest; more combinations than this no bank has.
MOST_TRIED = 4096
Words = tuple[str, str, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Compared:
    """Which forms were open and which sealed, and every difference that was found, in words; of a rejected paper none
    ever was sealed.
    """

    opened: Sequence[Form]
    sealed: Sequence[Form]
    differences: Sequence[str]
    rejected: bool = False


def compare(session: Session, paper_id: int) -> Compared:
    """Compare a sealed paper with its recipe and its record as far as that goes; nothing of a sealed form is read.

    Raises:
        NotFound: no such paper.
        WrongState: it is from before the stock of an assembly was put down.
    """
    paper = queries.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()
    forms = queries.forms(session, paper_id)
    ordered = verifying.order_of(session, paper)
    opened = [letter for letter, form in forms.items() if form.opened_at is not None]
    sealed = [letter for letter, form in forms.items() if form.sealed is not None and letter not in opened]
    if misplaced := list(verifying.another_blueprint(paper, ordered)):
        return Compared(opened, sealed, misplaced)
    differences = [
        *verifying.ingredients(session, paper, ordered, None),
        *_record(session, paper, forms),
        *(
            f"form {letter}: its sealed words are not those of the sealing"
            for letter in forms
            if _broken(forms[letter])
        ),
    ]
    for letter in opened:
        differences += _opened(session, paper, ordered, forms[letter])
    return Compared(opened, sealed, differences, rejected=paper.state == PaperState.REJECTED)


def _record(session: Session, paper: Paper, forms: dict[Form, PaperForm]) -> Iterator[str]:
    """In what recipe and sealing differ from the journal's entries about them."""
    told: dict[str, list[dict[str, Any]]] = {}
    for entry in journal.about(session, f"paper:{paper.id}"):
        told.setdefault(entry.event, []).append(json.loads(entry.data))
    recorded, *more = told.get(Event.PAPER_ASSEMBLED, [{}])
    if more:
        # The first one was written with the paper; whoever wrote another one may have changed the recipe to it.
        yield f"record: the journal tells of {1 + len(more)} assemblies of this paper"
    swaps = told.get(Event.PAPER_ITEM_SWAPPED, [])
    said = {name: recorded.get(name) for name in paper.recipe}
    if swaps:
        said["swaps"] = [[one["form"], one["position"], one["rank"]] for one in swaps]
        said["forms"] = swaps[-1]["forms"]
        # An entry of a swap does not say which items were measured; the recounted proof does.
        said["measured"] = paper.recipe["measured"]
    for name, value in said.items():
        if paper.recipe[name] != value:
            yield f"{name}: the recipe is not as the journal recorded it"
    sealed = told.get(Event.PAPER_SEALED, [{}])[-1].get("forms", {})
    for letter, form in forms.items():
        if paper.sealed_at is not None and sealed.get(letter) != form.digest:
            yield f"form {letter}: its digest is not the one that the journal recorded at the sealing"


def _broken(form: PaperForm) -> bool:
    return form.sealed is not None and sealing.digest(form.commitment.encode() + bytes(form.sealed)) != form.digest


def _opened(session: Session, paper: Paper, ordered: Order, form: PaperForm) -> Iterator[str]:
    """In what an opened form differs from the recipe and the proof."""
    key = seeds.questions_key(session, form, seeds.NOTHING_LENT)
    assert form.sealed is not None
    plain = sealing.decrypt(form.sealed, key, bound_to=f"papers_form:{form.id}")
    if sealing.digest(plain) != form.commitment:
        yield f"form {form.letter}: its words are not those that were committed to"
    questions = opening.look_inside(form, key).questions
    items = _items(session, ordered, questions, paper.recipe["forms"].get(form.letter))
    if items is None:
        yield f"form {form.letter}: it holds other items than the recipe says"
        return
    line = verifying.line_of(paper, ordered)
    if [one.points for one in questions] != [line.blueprint.points[one.kind] for one in items]:
        yield f"form {form.letter}: it gives other points than the blueprint"
    proof = proving.prove_form(line.blueprint, items, Target.of(paper.proof["target"]))
    kept = paper.proof["forms"].get(form.letter, {})
    for name, value in json.loads(json.dumps(proving.plain(proof))).items():
        if kept.get(name) != value:
            yield f"form {form.letter}: proof: {name} is kept as {kept.get(name)}, recounted {value}"


def _items(
    session: Session, ordered: Order, questions: Sequence[Question], said: str | None
) -> Sequence[Candidate] | None:
    """The items that were asked, found by their words among those that the assembly saw; None if the recipe's digest
    is of others."""
    by_words: dict[Words, list[Candidate]] = {}
    for one in ordered.stock.candidates:
        found = bank.version(session, one.version_id)
        if found is not None:
            by_words.setdefault(_words_of(bank.text_of(*found)), []).append(one)
    choices = [by_words.get(_words(one), []) for one in questions]
    return next(
        (items for items in islice(product(*choices), MOST_TRIED) if assembling.digest_of(items) == said),
        None,
    )


def _words(asked: Question) -> Words:
    return asked.kind, asked.stem, tuple(sorted(asked.options.items())), tuple(sorted(asked.shown.items()))


def _words_of(text: ItemText) -> Words:
    # Equal words under another picture are another question.
    shown = tuple(sorted((place, one.digest) for place, one in text.pictures.items()))
    return text.kind, text.stem, tuple(sorted(dict(text.options).items())), shown
