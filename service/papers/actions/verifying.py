"""Verifying a paper: everything is computed again from its recipe, and every difference is named.

The seed gives the paper, so nothing is verified while a form is sealed: before that the plain rows are compared as
well; afterwards, once all papers of the run are open, what candidates were shown.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
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
from service.papers.tables import Paper

Forms = dict[Form, list[Candidate]]
UNSEALED = {PaperState.ASSEMBLED, PaperState.RETURNED, PaperState.APPROVED}


def verify(session: Session, paper_id: int) -> list[str]:
    """Everything in which a paper differs from what its recipe gives, in words; nothing, if it is equal.

    Raises:
        NotFound: no such paper.
        WrongState: it is sealed, or from before the stock of an assembly was put down.
    """
    paper = queries.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()
    secret = seeds.gather(session, paper)
    ordered = _order(session, paper)
    commitment = secret.parts[paper_id].commitment
    return [*_recipe(session, paper, ordered, commitment), *_forms(session, paper, ordered, secret.seed)]


def _order(session: Session, paper: Paper) -> Order:
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


def _recipe(session: Session, paper: Paper, ordered: Order, commitment: str) -> Iterator[str]:
    """What the recipe says of its ingredients."""
    (line,) = (one for one in ordered.lines if one.blueprint_id == paper.blueprint_id)
    said = {
        "blueprint": line.digest,
        "bank_snapshot": ordered.stock.snapshot,
        "bank_items": len(ordered.stock.candidates),
        "seed_commitment": commitment,
        "classes": len(ordered.classes),
        "solver": assembly.solver_version(),
    }
    for name, value in said.items():
        if paper.recipe[name] != value:
            yield f"{name}: the recipe says {paper.recipe[name]}, it is {value}"
    kept = queries.target(session, paper.blueprint_id)
    if kept is None or kept.body != paper.proof["target"]:
        yield "target: the proof names another one than is kept for the blueprint"


def _forms(session: Session, paper: Paper, ordered: Order, seed: int) -> Iterator[str]:
    """The forms as the recipe gives them, against what is kept of them."""
    made = _assembled(paper, ordered, seed)
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
        elif row.opened_at is not None and _shown(session, row.id or 0) != _stems(session, items):
            yield f"form {letter}: candidates were shown other words than the recipe gives"
    yield from _proof(paper, ordered, made)


def _assembled(paper: Paper, ordered: Order, seed: int) -> Forms:
    outcome = ordering.compute(ordered, seed, mode=Mode(paper.recipe["mode"]))
    place = [class_id for class_id, _ in ordered.classes].index(paper.class_id)
    forms: Forms = {letter: list(items) for letter, items in outcome.papers[place][0].forms.items()}
    line = next(one for one in ordered.lines if one.blueprint_id == paper.blueprint_id)
    target = Target.of(paper.proof["target"])
    for letter, position, rank in paper.recipe["swaps"]:
        offered = swapping.equivalents(line.blueprint, forms, Form(letter), position, ordered.stock.candidates, target)
        if rank < len(offered):
            forms = contents.replaced(forms, Form(letter), position, offered[rank].candidate)
    return forms


def _proof(paper: Paper, ordered: Order, made: Forms) -> Iterator[str]:
    line = next(one for one in ordered.lines if one.blueprint_id == paper.blueprint_id)
    bounds = {name: paper.proof[name] for name in ("bound_milli", "least_uses")}
    proof = _plain(asdict(proving.prove(line.blueprint, made, Target.of(paper.proof["target"]), **bounds)))
    kept = _plain(paper.proof)
    yield from (
        f"proof: {name} is kept as {kept.get(name)}, recounted {proof[name]}"
        for name in proof
        if proof[name] != kept.get(name)
    )


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(value))
    return found


def _shown(session: Session, form_id: int) -> list[str]:
    return [one.stem for one in opening.read_opened(session, form_id)]


def _stems(session: Session, items: list[Candidate]) -> list[str]:
    found = (bank.version(session, one.version_id) for one in items)
    return [item[1].stem for item in found if item is not None]
