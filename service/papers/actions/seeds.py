"""The seed of an assembly: sealed until the paper is open, committed to from the first day.

With the bank a seed gives both forms away. So when the forms are sealed to their custodians, the seed goes under both
their keys together, and the operator's secret no longer opens it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlmodel import Session

from service.kernel import errors, sealing
from service.papers import queries
from service.papers.actions import opening
from service.papers.rules.states import Form
from service.papers.tables import Paper

NONCE_BYTES = 16
_SALT = b"seed"


@dataclass(frozen=True, slots=True)
class Secret:
    """A seed with a nonce; ``commitment`` is SHA-256 over both, so that a seed cannot be found by trying."""

    seed: int
    nonce: str

    @classmethod
    def of(cls, seed: int) -> "Secret":
        return cls(seed, os.urandom(NONCE_BYTES).hex())

    @property
    def commitment(self) -> str:
        return sealing.digest(f"{self.seed}/{self.nonce}".encode())


def seal(secret: Secret, class_id: int) -> bytes:
    """Encrypt the seed of a paper not yet sealed under the sealing secret, bound to the class it is for."""
    plain = f"{secret.seed}/{secret.nonce}".encode()
    return sealing.encrypt(plain, sealing.paper_key(class_id, _SALT), bound_to=f"seed:{class_id}")


def hand_over(paper: Paper, questions: Mapping[Form, bytes]) -> None:
    """Put the seed under the keys of both forms together, as they are sealed."""
    plain = sealing.decrypt(
        paper.seed_sealed, sealing.paper_key(paper.class_id, _SALT), bound_to=f"seed:{paper.class_id}"
    )
    paper.seed_sealed = sealing.encrypt(plain, _joint(questions), bound_to=f"seed:{paper.class_id}")


def _joint(questions: Mapping[Form, bytes]) -> bytes:
    """One key of all forms' keys: whoever lacks one of them has nothing."""
    hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"peikao/seed")
    return hkdf.derive(b"".join(questions[letter] for letter in sorted(questions)))


def revealable(session: Session, paper: Paper) -> bool:
    """Whether the seed may be shown: with the bank it gives both forms, and those of all papers assembled together."""
    together = queries.papers_of_run(session, paper) or [paper]
    return all(form.opened_at is not None for one in together for form in queries.forms(session, one.id or 0).values())


def reveal(session: Session, paper: Paper) -> Secret:
    """The seed of a paper both of whose forms are open, for whoever repeats the assembly.

    Raises:
        WrongState: a form is still sealed; until then the seed is as secret as that form.
    """
    if not revealable(session, paper):
        raise errors.WrongState("seed_sealed", "A卷和B卷都启封以后才能查看组卷种子。", source="DESIGN §3.4")
    forms = queries.forms(session, paper.id or 0)
    opened = {letter: opening.opened_key(session, form.id or 0) for letter, form in forms.items()}
    return _read(paper, _joint(opened))


def unsealed(paper: Paper) -> Secret:
    """The seed of a paper not yet sealed, for a check or a repetition that shows nobody anything of it."""
    return _read(paper, sealing.paper_key(paper.class_id, _SALT))


def _read(paper: Paper, key: bytes) -> Secret:
    plain = sealing.decrypt(paper.seed_sealed, key, bound_to=f"seed:{paper.class_id}").decode()
    seed, _, nonce = plain.partition("/")
    return Secret(int(seed), nonce)
