"""The arithmetic of the chain.

An entry's hash is SHA-256 over its canonical JSON (keys sorted, no spaces, UTF-8), the previous hash included.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the record; ``at`` is ISO 8601 in UTC with microseconds, ``data`` is flat JSON."""

    seq: int
    at: str
    event: str
    actor: str
    subject: str
    data: Mapping[str, object]
    previous: str


# One for all: making it anew took as long as using it.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_quoted = json.encoder.encode_basestring


def compact(data: object) -> str:
    """JSON with sorted keys and no spaces."""
    return _ENCODER.encode(data)


def canonical(entry: Entry, data: str | None = None) -> bytes:
    """The bytes an entry's hash is taken over: :func:`compact` of its fields, put together around its data.

    ``data`` is :func:`compact` of the entry's data, where the caller has it already.
    """
    written = compact(entry.data) if data is None else data
    return (
        f'{{"actor":{_quoted(entry.actor)},"at":{_quoted(entry.at)},"data":{written},"event":{_quoted(entry.event)},'
        f'"previous":{_quoted(entry.previous)},"seq":{entry.seq},"subject":{_quoted(entry.subject)}}}'
    ).encode()


def entry_hash(entry: Entry, data: str | None = None) -> str:
    """The hash that the next entry will carry as ``previous``: 64 hexadecimal digits."""
    return hashlib.sha256(canonical(entry, data)).hexdigest()
