"""The secrets of a form among its custodians: any two of them have it together, and nobody has it alone.

For every pair of custodians each secret is split into two random halves. What a custodian holds, a half for every
partner, lies in one envelope: HPKE under the custodian's public key, and that again under the operator's sealing
secret. So neither the database with that secret, nor one custodian's password, nor both together give a form away.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from sqlmodel import Session

from service.access.queries import Custodian
from service.access.tables import CustodyKey
from service.kernel import custody, sealing
from service.papers.tables import Share

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secrets:
    """The two keys of a form, each drawn for itself: of its questions, and of its answer key."""

    questions: bytes
    answers: bytes

    @classmethod
    def of(cls, both: bytes) -> "Secrets":
        return cls(both[:SECRET_BYTES], both[SECRET_BYTES:])

    @property
    def both(self) -> bytes:
        return self.questions + self.answers


def pairs(custodians: Sequence[Custodian]) -> list[tuple[Custodian, Custodian]]:
    """Every two custodians with keys that are two persons: one person's two accounts are one pair of hands."""
    keyed = [one for one in custodians if one.key is not None]
    return [(one, other) for one, other in combinations(keyed, 2) if one.person_id != other.person_id]


def holders(custodians: Sequence[Custodian]) -> set[int]:
    """The persons among them who get an envelope: those with a key and a partner."""
    return {one.person_id for pair in pairs(custodians) for one in pair}


def share(session: Session, form_id: int, secrets: Secrets, custodians: Sequence[Custodian]) -> None:
    """Put an envelope down for every custodian who has a partner."""
    halves: dict[int, dict[int, bytes]] = {}
    keys: dict[int, CustodyKey] = {}
    for one, other in pairs(custodians):
        assert one.key is not None and one.key.id is not None and other.key is not None and other.key.id is not None
        mine, theirs = custody.split(secrets.both)
        halves.setdefault(one.key.id, {})[other.key.id] = mine
        halves.setdefault(other.key.id, {})[one.key.id] = theirs
        keys |= {one.key.id: one.key, other.key.id: other.key}
    operator = sealing.operator_key("shares")
    for key_id, mine_by_partner in halves.items():
        place = _place(form_id, key_id)
        wrapped = custody.wrap(_packed(mine_by_partner), keys[key_id].public, bound_to=place)
        session.add(Share(form_id=form_id, key_id=key_id, sealed=sealing.encrypt(wrapped, operator, bound_to=place)))
    session.flush()


def read_share(session: Session, form_id: int, key_id: int, private: bytes) -> dict[int, bytes] | None:
    """A custodian's halves by partner; nothing where the form was not sealed to this key."""
    row = session.get(Share, (form_id, key_id))
    if row is None:
        return None
    place = _place(form_id, key_id)
    wrapped = sealing.decrypt(row.sealed, sealing.operator_key("shares"), bound_to=place)
    return _unpacked(custody.unwrap(wrapped, private, bound_to=place))


def keep_waiting(halves: Mapping[int, bytes], form_id: int, key_id: int) -> bytes:
    """The first hand's halves as they wait for the second: they say nothing alone, and lie under the operator's key."""
    return sealing.encrypt(_packed(halves), sealing.operator_key("waiting"), bound_to=_place(form_id, key_id))


def join_waiting(waiting: bytes, form_id: int, first: int, second: int, mine: Mapping[int, bytes]) -> Secrets | None:
    """The form's secrets of two hands; nothing where these two were not made a pair at sealing.

    Raises:
        cryptography.exceptions.InvalidTag: what waits was changed, or belongs to another hand.
    """
    theirs = _unpacked(sealing.decrypt(waiting, sealing.operator_key("waiting"), bound_to=_place(form_id, first)))
    return join_hands(theirs, first, second, mine)


def join_hands(theirs: Mapping[int, bytes], first: int, second: int, mine: Mapping[int, bytes]) -> Secrets | None:
    """The form's secrets of the halves of two keys, ``theirs`` and ``mine``; nothing where these are no pair."""
    if first not in mine or second not in theirs:
        return None
    return Secrets.of(custody.join(theirs[second], mine[first]))


def _place(form_id: int, key_id: int) -> str:
    return f"papers_share:{form_id}/{key_id}"


def _packed(halves: Mapping[int, bytes]) -> bytes:
    body = {str(partner): base64.b64encode(half).decode() for partner, half in sorted(halves.items())}
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _unpacked(packed: bytes) -> dict[int, bytes]:
    return {int(partner): base64.b64decode(half) for partner, half in json.loads(packed).items()}
