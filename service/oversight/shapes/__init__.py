"""What crosses HTTP for oversight: rates, entries, and the heads and proofs of the tree over them."""

from datetime import UTC, date, datetime, time

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from service.kernel import clock
from service.kernel.bounds import Identifier, MomentText
from service.oversight.rules import HEADS, Dimension, PassRate, PassRates
from service.oversight.rules.retention import Kept

# Days whose midnights are instants in every time zone; the calendar's own ends are not.
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


UNTOLD = (
    "Null where those from elsewhere, or those from here, are so few that whoever may not see persons could tell their "
    "results; also where that would follow from the total by subtraction."
)


def midnight(day: date | None) -> datetime | None:
    """The beginning of a local day as an instant."""
    return datetime.combine(day, time(), clock.LOCAL).astimezone(UTC) if day is not None else None


class HeadsShape(BaseModel):
    """How many in each count have a result that was obtained elsewhere."""

    enrolled: int
    present: int
    handed_in: int
    passed: int
    void: int


class PassRateShape(BaseModel):
    """One group: every rate with its numerator ``passed`` and its denominator ``present``.

    ``void`` results are among ``present`` and ``handed_in``, and never among ``passed``. ``merged``: so many small
    groups put together.
    """

    key: str
    name: str
    enrolled: int
    present: int
    handed_in: int
    passed: int
    void: int
    merged: int
    pass_rate: float | None
    from_elsewhere: HeadsShape | None = Field(description=UNTOLD)

    @classmethod
    def of(cls, rate: PassRate) -> "PassRateShape":
        counts = {name: getattr(rate, name) for name in ("key", "name", *HEADS, "merged", "pass_rate")}
        away = rate.elsewhere
        told = HeadsShape(**{name: getattr(away, name) for name in HEADS}) if away is not None else None
        return cls(**counts, from_elsewhere=told)


class PassRatesShape(BaseModel):
    by: Dimension
    as_of: datetime
    groups: list[PassRateShape]
    total: PassRateShape

    @classmethod
    def of(cls, by: Dimension, rates: PassRates, as_of: datetime) -> "PassRatesShape":
        groups = [PassRateShape.of(rate) for rate in rates.groups]
        return cls(by=by, as_of=as_of, groups=groups, total=PassRateShape.of(rates.total))


class EntryShape(BaseModel):
    """One entry of the record; ``data`` is the JSON text that was hashed."""

    seq: int
    at: str
    event: str
    actor: str
    subject: str
    data: str
    previous: str
    hash: str


class EntryList(BaseModel):
    total: int
    page: int
    pages: int
    entries: list[EntryShape]


_A_HEAD: dict[str, JsonValue] = {
    "size": 4711,
    "root": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "at": "2026-11-20T02:31:00.000000+00:00",
    "key_id": "3f1c0a9be2d47780",
    "signature": "5d41402abc4b2a76" * 8,
    "code": "7K3M9QXT2W4H8ZPA",
}
_AN_ENTRY: dict[str, JsonValue] = {
    "seq": 3,
    "at": "2026-11-18T01:00:00.000000+00:00",
    "event": "DUTY_GRANTED",
    "actor": "account:1",
    "subject": "account:2",
    "data": '{"duty":"author"}',
    "previous": "0a" * 32,
    "hash": "0b" * 32,
}
_A_PROOF: dict[str, JsonValue] = {
    "entry": _AN_ENTRY,
    "leaf": "0c" * 32,
    "path": ["0d" * 32, "0e" * 32],
    "head": _A_HEAD,
}


class HeadShape(BaseModel):
    """A signed head. ``signature`` is Ed25519, in hexadecimal, over five lines, each ended by a line feed:
    ``peikao journal head v1``, size, root, at, key id. ``code`` is what paper calls it by.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_A_HEAD]})

    size: int
    root: str
    at: str
    key_id: str
    signature: str
    code: str


class HeadList(BaseModel):
    """Heads, newest first."""

    total: int
    page: int
    pages: int
    heads: list[HeadShape]


class KeyShape(BaseModel):
    """A key that signs heads, or once did. ``key_id`` is the beginning of SHA-256 over ``public_key``."""

    key_id: str
    algorithm: str = "Ed25519"
    public_key: str
    pem: str
    since: str | None
    current: bool


class InclusionProof(BaseModel):
    """That an entry is in the tree: RFC 9162 §2.1.3.2 with leaf ``seq - 1`` leads from ``leaf`` over ``path`` to the
    head's root. ``leaf`` is SHA-256 over a zero byte and the canonical bytes, whose SHA-256 is the entry's hash.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_A_PROOF]})

    entry: EntryShape
    leaf: str
    path: list[str]
    head: HeadShape


class ConsistencyProof(BaseModel):
    """That the tree of ``first`` begins the tree of ``second``: RFC 9162 §2.1.4.2 over ``path``."""

    first: HeadShape
    second: HeadShape
    path: list[str]


class NewWitness(BaseModel):
    """``public_key``: the 32 bytes of an Ed25519 key in hexadecimal, as ``peikao witness-key`` prints them."""

    organisation_id: Identifier
    public_key: str = Field(pattern="^[0-9a-f]{64}$", examples=["d75a980182b10ab7d54bfed3c964073a" * 2])


class WitnessShape(BaseModel):
    key_id: str
    public_key: str
    organisation_id: int
    registered_at: str


class NewCosignature(BaseModel):
    """Ed25519 over seven lines, each ended by a line feed: ``peikao journal witness v1``, the head's size, root, time
    and key id, the witness's ``key_id``, and ``at``.
    """

    key_id: str = Field(pattern="^[0-9a-f]{16}$", examples=["3f1c0a9be2d47780"])
    at: MomentText = Field(max_length=32, examples=["2026-11-20T02:31:07+00:00"])
    signature: str = Field(pattern="^[0-9a-f]{128}$", examples=["5d41402abc4b2a76" * 8])


class CosignatureShape(BaseModel):
    size: int
    key_id: str
    at: str
    signature: str


class KeepingShape(BaseModel):
    """How long a kind is kept at least, from a day on; without ``days``, for ever."""

    kind: Kept
    effective_on: date
    days: int | None
    source: str
    disposable: bool


class NewDisposal(BaseModel):
    kind: Kept


class DecideDisposal(BaseModel):
    confirm: bool


class DisposalShape(BaseModel):
    """All of a kind that was over ``before``: how many, and SHA-256 over a line of each."""

    id: int
    kind: Kept
    before: datetime
    number: int
    digest: str
    proposed_at: datetime
    proposed_by: int
    decided_at: datetime | None
    decided_by: int | None
    confirmed: bool | None
