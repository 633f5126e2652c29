"""The bank as assembly sees it on a day: the items that may be asked, what was measured of them and how they were used.

Nothing here tells a word of an item, but codes and uses together would tell what is in papers that are still sealed;
so what an assembly saw is kept sealed (``runs``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.bank import queries as bank
from service.bank.rules import cases as bank_cases
from service.bank.rules.items import ASKED, ItemText, digest
from service.kernel import sealing
from service.papers import queries
from service.papers.rules import cases
from service.papers.rules.blueprint import Blueprint
from service.papers.rules.candidates import Candidate, Use, candidate_of


@dataclass(frozen=True, slots=True)
class Stock:
    """The candidates in the order of their codes, and the digest of their texts."""

    candidates: tuple[Candidate, ...]
    snapshot: str


def gather(session: Session, blueprints: Sequence[Blueprint], exam_on: date) -> Stock:
    """Everything that may be asked of the roles of these blueprints on a day.

    Roles that are assembled together are given the longest of their rest periods, since one item rests for all.
    """
    texts = _eligible(session, {one.role for one in blueprints}, exam_on)
    whole = bank_cases.whole((text.code, text.case) for _, text in texts) if cases.takes(blueprints) else {}
    # Of a case that lacks a sub-question, or says two things, nothing is asked.
    texts = [one for one in texts if one[1].case is None or one[1].case.code in whole]
    rest_days = max((one.rest_days for one in blueprints), default=0)
    regulations = {slug: edition.regulation for slug, edition in bank.editions(session).items()}
    measured = bank.calibrations(session)
    indexes = {text.code: sealing.paper_index(text.code) for _, text in texts}
    rows = queries.exposures(session, indexes.values())
    uses = {code: Use(rows[index].times, rows[index].last_on) for code, index in indexes.items() if index in rows}
    candidates = tuple(
        candidate_of(
            text,
            version_id,
            regulations[text.edition],
            measured=measured.get(text.code),
            use=(use := uses.get(text.code, Use())),
            resting=use.rests(exam_on, rest_days),
        )
        for version_id, text in texts
    )
    words = "\n".join(f"{text.code} {digest(text)}" for _, text in texts)
    return Stock(candidates, sealing.digest(words.encode()))


def _eligible(session: Session, roles: set[TraineeRole], exam_on: date) -> list[tuple[int, ItemText]]:
    found: dict[str, tuple[int, ItemText]] = {}
    for role in sorted(roles, key=list(TraineeRole).index):
        eligible = bank.eligible(session, role, exam_on)
        found |= {text.code: (version_id, text) for version_id, text in eligible if text.kind in ASKED}
    return [found[code] for code in sorted(found)]
