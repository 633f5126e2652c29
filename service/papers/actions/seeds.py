"""The seed of an assembly: sealed until the paper is open, committed to from the first day."""

import os
from dataclasses import dataclass

from sqlmodel import Session

from service.kernel import errors, sealing
from service.papers import queries
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
    """Encrypt the seed under the sealing secret, bound to the class it is for."""
    plain = f"{secret.seed}/{secret.nonce}".encode()
    return sealing.encrypt(plain, sealing.paper_key(class_id, _SALT), bound_to=f"seed:{class_id}")


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
    return unsealed(paper)


def unsealed(paper: Paper) -> Secret:
    """The seed, for a check that shows nobody anything of it."""
    key = sealing.paper_key(paper.class_id, _SALT)
    plain = sealing.decrypt(paper.seed_sealed, key, bound_to=f"seed:{paper.class_id}").decode()
    seed, _, nonce = plain.partition("/")
    return Secret(int(seed), nonce)
