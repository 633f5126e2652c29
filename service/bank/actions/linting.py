"""Every check of ``question_bank/`` that needs no database, on a given day."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from service.bank.actions import files
from service.bank.actions.files import BankFiles
from service.bank.rules import balancing, figures, phrasing, stock
from service.bank.rules.findings import Fault


@dataclass(frozen=True, slots=True)
class Report:
    """What must be mended, what may be meant but looks odd, and, a sentence each, what could not be checked."""

    faults: tuple[Fault, ...]
    remarks: tuple[Fault, ...]
    unchecked: tuple[str, ...]


def report(bank: BankFiles, day: date, regulations: Path) -> Report:
    """Everything wrong with a bank; editions are judged by the day, citations and figures where there are texts.

    An item that cannot be read is in ``bank.faults`` only: what has no words has no other faults.
    """
    dates = {edition.slug: (edition.effective_on, edition.repealed_on) for edition in bank.editions}
    texts = files.texts_of(bank, regulations)
    faults = (
        *bank.faults,
        *files.missing_articles(bank, regulations),
        *figures.unfounded(bank.items, texts),
        *stock.out_of_force(bank.items, dates, day),
        *stock.twins(bank.items),
        *phrasing.crutches(bank.items),
        *phrasing.hidden_negations(bank.items),
        *balancing.truths(bank.items),
        *balancing.letters(bank.items),
        *balancing.spread(bank.items),
        *balancing.length(bank.items),
    )
    remarks = (*bank.warnings, *stock.not_yet_in_force(bank.items, dates, day))
    return Report(faults, remarks, (*_without_text(bank, set(texts)), *_few(bank)))


def _without_text(bank: BankFiles, texts: set[str]) -> list[str]:
    cited = {item.edition for item in bank.items}
    if cited and not cited & texts:
        return ["cited articles and figures of keys: no regulation texts at hand"]
    return [f"cited articles and figures of keys: no text of {slug}" for slug in sorted(cited - texts)]


def _few(bank: BankFiles) -> list[str]:
    found = list(balancing.unjudged(bank.items))
    return [f"balance of keys: fewer than {balancing.LEAST} items of {', '.join(found)}"] if found else []
