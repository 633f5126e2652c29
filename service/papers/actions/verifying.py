"""Verifying a paper: everything is computed again from its recipe, and every difference is named.

The seed gives the paper, so all forms of the run must be unsealed, be open, or have their keys lent by two custodians
(``lending``). Then the plain rows are compared as well, or what candidates are shown. Of a form whose key was only lent
nothing is told but that it differs. What can be told without the seed is in ``comparing``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlmodel import Session

from service.bank import queries as bank
from service.bank.rules.items import digest
from service.kernel import errors, sealing
from service.papers import queries
from service.papers.actions import assembling, contents, opening, ordering, seeds
from service.papers.actions.ordering import Line, Order
from service.papers.actions.stock import Stock
from service.papers.rules import assembly, blueprint, proving, swapping
from service.papers.rules.assembly import Mode
from service.papers.rules.candidates import Candidate
from service.papers.rules.states import Form, PaperState
from service.papers.rules.targets import Target
from service.papers.tables import Paper, PaperForm

Forms = dict[Form, list[Candidate]]
# Their rows are still there: a rejected paper was never sealed, and rejecting deletes nothing.
UNSEALED = {PaperState.ASSEMBLED, PaperState.RETURNED, PaperState.APPROVED, PaperState.REJECTED}


def verify(session: Session, paper_id: int, lent: Mapping[int, bytes] = seeds.NOTHING_LENT) -> list[str]:
    """Everything in which a paper differs from what its recipe gives, in words; nothing, if it is equal.

    ``lent`` are keys of sealed forms of its run, by form.

    Raises:
        NotFound: no such paper.
        WrongState: it is sealed, or from before the stock of an assembly was put down.
    """
    paper = _paper(session, paper_id)
    secret = seeds.gather(session, paper, lent)
    ordered = order_of(session, paper)
    if misplaced := list(another_blueprint(paper, ordered)):
        return misplaced
    commitment = secret.parts[paper_id].commitment
    return [*ingredients(session, paper, ordered, commitment), *_forms(session, paper, ordered, secret.seed, lent)]


def require_order(session: Session, paper_id: int) -> None:
    """See that a paper can be computed again at all, before anybody lends a hand to it.

    Raises:
        NotFound: no such paper.
        WrongState: it is from before the stock of an assembly was put down.
    """
    order_of(session, _paper(session, paper_id))


def _paper(session: Session, paper_id: int) -> Paper:
    paper = queries.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()
    return paper


def order_of(session: Session, paper: Paper) -> Order:
    """The order that the paper was a part of, as it was given then."""
    stock, run = contents.stock_of(session, paper), queries.run_of(session, paper)
    assert run is not None, "a stock is kept with its run"
    classes: dict[int, list[int]] = {}
    for class_id, blueprint_id in run.classes:
        classes.setdefault(blueprint_id, []).append(class_id)
    lines = tuple(_line(session, which, ids) for which, ids in classes.items())
    exam_on = date.fromisoformat(paper.recipe["exam_on"])
    return Order(lines, Stock(tuple(stock), _snapshot(session, stock)), exam_on)


def _line(session: Session, blueprint_id: int, class_ids: list[int]) -> Line:
    line = ordering.line(session, queries.blueprint_by_id(session, blueprint_id), class_ids)
    return replace(line, digest=blueprint.digest_of(line.blueprint))


def _snapshot(session: Session, stock: list[Candidate]) -> str:
    """The digest of the texts of the stock, from the bank as it is: versions never change."""
    found = ((one.code, bank.version(session, one.version_id)) for one in stock)
    words = "\n".join(f"{code} {digest(bank.text_of(*item)) if item else 'gone'}" for code, item in found)
    return sealing.digest(words.encode())


def ingredients(session: Session, paper: Paper, ordered: Order, commitment: str | None) -> Iterator[str]:
    """In which of its ingredients the recipe is wrong; without a commitment nothing is said of the seed."""
    line = line_of(paper, ordered)
    said = {
        "blueprint": line.digest,
        "bank_snapshot": ordered.stock.snapshot,
        "bank_items": len(ordered.stock.candidates),
        "seed_commitment": commitment or paper.recipe["seed_commitment"],
        "classes": len(ordered.classes),
        "solver": assembly.solver_version(),
    }
    for name, value in said.items():
        if paper.recipe[name] != value:
            yield f"{name}: the recipe says {paper.recipe[name]}, it is {value}"
    kept = queries.target(session, paper.blueprint_id)
    if kept is None or kept.body != paper.proof["target"]:
        yield "target: the proof names another one than is kept for the blueprint"


def another_blueprint(paper: Paper, ordered: Order) -> Iterator[str]:
    """Whether the paper names another version of the blueprint than it was assembled by; then nothing else compares."""
    if (paper.class_id, paper.blueprint_id) not in ordered.classes:
        yield "blueprint: the paper names another version than the one that it was assembled by"


def line_of(paper: Paper, ordered: Order) -> Line:
    """The line of an order that a paper was set by."""
    (line,) = (one for one in ordered.lines if one.blueprint_id == paper.blueprint_id)
    return line


def _forms(session: Session, paper: Paper, ordered: Order, seed: int, lent: Mapping[int, bytes]) -> Iterator[str]:
    """The forms as the recipe gives them, against what is kept of them."""
    try:
        made = _assembled(paper, ordered, seed)
    except errors.WrongState as error:
        yield f"forms: from what the recipe names no paper comes out ({error.code})"
        return
    digests = {letter: assembling.digest_of(items) for letter, items in made.items()}
    for letter, found in digests.items():
        if paper.recipe["forms"].get(letter) != found:
            yield f"form {letter}: the recipe gives other items than it says"
    for letter, row in queries.forms(session, paper.id or 0).items():
        items = made[letter]
        if paper.state in UNSEALED:
            kept = [one.item_version_id for one in queries.form_items(session, row.id or 0)]
            if kept != [one.version_id for one in items]:
                yield f"form {letter}: the paper holds other items than the recipe gives"
        elif _inside(session, row, lent) != _stems(session, items):
            yield f"form {letter}: it holds other words than the recipe gives"
    yield from _proof(paper, ordered, made, sealed=bool(lent))


def _assembled(paper: Paper, ordered: Order, seed: int) -> Forms:
    outcome = ordering.compute(ordered, seed, mode=Mode(paper.recipe["mode"]))
    place = [class_id for class_id, _ in ordered.classes].index(paper.class_id)
    forms: Forms = {letter: list(items) for letter, items in outcome.papers[place][0].forms.items()}
    line = line_of(paper, ordered)
    target = Target.of(paper.proof["target"])
    for letter, position, rank in paper.recipe["swaps"]:
        offered = swapping.equivalents(line.blueprint, forms, Form(letter), position, ordered.stock.candidates, target)
        if rank < len(offered):
            forms = contents.replaced(forms, Form(letter), position, offered[rank].candidate)
    return forms


def _proof(paper: Paper, ordered: Order, made: Forms, *, sealed: bool) -> Iterator[str]:
    line = line_of(paper, ordered)
    bounds = {name: paper.proof[name] for name in ("bound_milli", "least_uses")}
    proof = _plain(proving.plain(proving.prove(line.blueprint, made, Target.of(paper.proof["target"]), **bounds)))
    kept = _plain(paper.proof)
    for name in proof:
        if proof[name] != kept.get(name):
            # Figures of a form that is still sealed would tell something of its items.
            told = "otherwise than recounted" if sealed else f"as {kept.get(name)}, recounted {proof[name]}"
            yield f"proof: {name} is kept {told}"


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(value))
    return found


def _inside(session: Session, form: PaperForm, lent: Mapping[int, bytes]) -> list[str]:
    """The stems of a form, read under its key in memory."""
    return [one.stem for one in opening.look_inside(form, seeds.questions_key(session, form, lent)).questions]


def _stems(session: Session, items: list[Candidate]) -> list[str]:
    found = (bank.version(session, one.version_id) for one in items)
    return [item[1].stem for item in found if item is not None]
