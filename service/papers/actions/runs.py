"""What an assembly saw of the bank, kept sealed beside its papers so that it can be repeated to the last item."""

import json
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.bank.rules.items import Kind
from service.kernel import sealing
from service.papers.rules.blueprint import Band
from service.papers.rules.candidates import Candidate
from service.papers.rules.measures import Estimate, Source
from service.papers.tables import Run

_SALT = b"stock"


def keep(session: Session, classes: Sequence[tuple[int, int]], stock: Sequence[Candidate], *, now: datetime) -> Run:
    """Keep which classes, with their blueprints, were assembled together from which stock."""
    run = Run(classes=[list(one) for one in classes], stock_sealed=b"", at=now)
    session.add(run)
    session.flush()
    assert run.id is not None
    plain = zlib.compress(json.dumps([_written(one) for one in stock], separators=(",", ":")).encode())
    run.stock_sealed = sealing.encrypt(plain, sealing.paper_key(run.id, _SALT), bound_to=f"stock:{run.id}")
    session.add(run)
    session.flush()
    return run


def stock_of(run: Run) -> list[Candidate]:
    """The stock as the assembly saw it."""
    assert run.id is not None
    plain = sealing.decrypt(run.stock_sealed, sealing.paper_key(run.id, _SALT), bound_to=f"stock:{run.id}")
    return [_read(one) for one in json.loads(zlib.decompress(plain))]


def _written(one: Candidate) -> list[Any]:
    guess = one.estimate
    return [
        one.code,
        one.version_id,
        one.regulation,
        one.kind,
        one.band,
        [guess.discrimination_milli, guess.difficulty_milli, guess.error_milli, guess.answers, guess.source],
        sorted(one.roles),
        one.level,
        one.subject,
        sorted(one.tags),
        sorted(one.enemies),
        one.used,
        one.resting,
        # Runs from before there were rubrics end here, and those of papers without any still do.
        *([one.worth] if one.worth or one.case else []),
        *([[one.case, one.case_place, one.case_size]] if one.case else []),
    ]


def _read(raw: list[Any]) -> Candidate:
    case, case_place, case_size = raw[14] if len(raw) > 14 else ("", 0, 0)
    code, version_id, regulation, kind, band, guess, roles, level, subject, tags, enemies, used, resting = raw[:13]
    return Candidate(
        code=code,
        version_id=version_id,
        regulation=regulation,
        kind=Kind(kind),
        band=Band(band),
        estimate=Estimate(guess[0], guess[1], guess[2], guess[3], Source(guess[4])),
        roles=frozenset(TraineeRole(role) for role in roles),
        level=level,
        subject=subject,
        tags=frozenset(tags),
        enemies=frozenset(enemies),
        used=used,
        resting=resting,
        worth=raw[13] if len(raw) > 13 else 0,
        case=case,
        case_place=case_place,
        case_size=case_size,
    )
