"""The seed of an assembly: sealed until its papers are open, committed to from the first day.

With the bank a seed gives away both forms of every paper that was assembled by it. So each of these papers holds a
part: all parts together are the seed, all but one are noise. When a paper's forms are sealed to their custodians, its
part goes under both their keys together, and the operator's secret no longer opens it. As long as one form of the run
is sealed, nobody has the seed, whatever else of the run has been opened; but once every paper was sat, two custodians
may lend the keys of what is still sealed, to have the assembly repeated in memory (``lending``).
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import xor
from types import MappingProxyType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import Session

from service.kernel import errors, sealing
from service.papers import queries
from service.papers.actions import opening
from service.papers.rules.states import Form, PaperState
from service.papers.tables import Paper, PaperForm

NONCE_BYTES = 16
# What a browser counts exactly.
SEED_BITS = 53
_SALT = b"seed"
NOTHING_LENT: Mapping[int, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Secret:
    """A paper's part of a seed with a nonce; ``commitment`` is SHA-256 over both, so that none is found by trying."""

    part: int
    nonce: str

    @classmethod
    def of(cls, part: int) -> "Secret":
        return cls(part, os.urandom(NONCE_BYTES).hex())

    @property
    def commitment(self) -> str:
        return sealing.digest(f"{self.part}/{self.nonce}".encode())


@dataclass(frozen=True, slots=True)
class Revealed:
    """The seed of a run, and what each of its papers held of it, by the paper's number."""

    seed: int
    parts: Mapping[int, Secret]


def split(seed: int, papers: int) -> list[Secret]:
    """The parts that the papers of a run hold; together, by exclusive or, they are the seed (< 2**53)."""
    noise = [secrets.randbits(SEED_BITS) for _ in range(papers - 1)]
    return [Secret.of(part) for part in (*noise, reduce(xor, noise, seed))]


def seal(secret: Secret, class_id: int) -> bytes:
    """Encrypt the part of a paper not yet sealed under the sealing secret, bound to the class it is for."""
    plain = f"{secret.part}/{secret.nonce}".encode()
    return sealing.encrypt(plain, sealing.paper_key(class_id, _SALT), bound_to=f"seed:{class_id}")


def hand_over(paper: Paper, questions: Mapping[Form, bytes]) -> None:
    """Put the paper's part under the keys of both forms together, as they are sealed."""
    plain = sealing.decrypt(
        paper.seed_sealed, sealing.paper_key(paper.class_id, _SALT), bound_to=f"seed:{paper.class_id}"
    )
    paper.seed_sealed = sealing.encrypt(plain, _joint(questions), bound_to=f"seed:{paper.class_id}")


def _joint(questions: Mapping[Form, bytes]) -> bytes:
    """One key of all forms' keys: whoever lacks one of them has nothing."""
    hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"peikao/seed")
    return hkdf.derive(b"".join(questions[letter] for letter in sorted(questions)))


def revealable(session: Session, paper: Paper) -> bool:
    """Whether the seed may be shown: with the bank it gives both forms of all papers assembled together."""
    living = (one for one in queries.papers_of_run(session, paper) if one.state != PaperState.REJECTED)
    return all(form.opened_at is not None for one in living for form in queries.forms(session, one.id or 0).values())


def reveal(session: Session, paper: Paper) -> Revealed:
    """The seed of a run all of whose forms are open, for whoever repeats the assembly.

    Raises:
        WrongState: a form is still sealed; until then the seed is as secret as that form.
    """
    if not revealable(session, paper):
        raise _sealed()
    return gather(session, paper)


def gather(session: Session, paper: Paper, lent: Mapping[int, bytes] = NOTHING_LENT) -> Revealed:
    """The seed for a check that shows nobody anything of it; ``lent`` are keys of sealed forms, by form.

    Raises:
        WrongState: a paper of the run is sealed, and its part with it.
    """
    parts = {one.id or 0: _part(session, one, lent) for one in queries.papers_of_run(session, paper)}
    return Revealed(reduce(xor, (one.part for one in parts.values())), parts)


def _part(session: Session, paper: Paper, lent: Mapping[int, bytes]) -> Secret:
    if paper.sealed_at is None:
        return _read(paper, sealing.paper_key(paper.class_id, _SALT))
    forms = queries.forms(session, paper.id or 0)
    if any(form.opened_at is None and form.id not in lent for form in forms.values()):
        raise _sealed()
    return _read(paper, _joint({letter: questions_key(session, form, lent) for letter, form in forms.items()}))


def questions_key(session: Session, form: PaperForm, lent: Mapping[int, bytes]) -> bytes:
    """The key of a form's questions, open or lent."""
    assert form.id is not None
    return opening.opened_key(session, form.id) if form.opened_at is not None else lent[form.id]


def _sealed() -> errors.WrongState:
    said = "同一次组卷的各份试卷，A卷和B卷都启封以后才能查看组卷种子。"
    return errors.WrongState("seed_sealed", said, source="试卷保密规则（本系统规则）")


def _read(paper: Paper, key: bytes) -> Secret:
    plain = sealing.decrypt(paper.seed_sealed, key, bound_to=f"seed:{paper.class_id}").decode()
    part, _, nonce = plain.partition("/")
    return Secret(int(part), nonce)
