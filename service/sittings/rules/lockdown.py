"""Which machine may be used at a desk: its network address, and proof of the Safe Exam Browser where one is asked for.

The proof is the Config Key scheme of the Safe Exam Browser project: SHA-256 over the request's absolute URL and the
configuration's key. It depends on nothing but these two, so the URL carries a token of the session: a proof that was
seen once opens nobody else's exam. It proves a configuration, not honesty; see the README.
"""

import hashlib
import hmac
import ipaddress
from functools import lru_cache
from typing import NamedTuple

from service.kernel import peers
from service.kernel.decision import ALLOWED, Decision, refuse
from service.sittings.rules import addresses

Networks = tuple[addresses.Network, ...]


class Lock(NamedTuple):
    """What a desk asks of its machine; empty strings ask nothing. Ranges are CIDR with commas between."""

    address_ranges: str = ""
    seb_config_key: str = ""


class Machine(NamedTuple):
    """A request of a candidate's machine: whose session, from where, for which URL, with which proof."""

    token_digest: str
    address: str = ""
    url: str = ""
    proof: str = ""


@lru_cache(maxsize=256)
def networks(ranges: str) -> Networks:
    """The networks of a comma-separated list.

    Raises:
        ValueError: a part is no network address.
    """
    return tuple(addresses.network(part.strip()) for part in ranges.split(",") if part.strip())


@lru_cache(maxsize=4096)
def within(ranges: str, address: str) -> bool:
    """Whether an address lies in one of the networks; an empty list lets every address in."""
    if not ranges:
        return True
    try:
        found = ipaddress.ip_address(peers.plain(address))
    except ValueError:
        return False
    return any(found in network for network in networks(ranges) if network.version == found.version)


@lru_cache(maxsize=16_384)
def exam_token(token_digest: str) -> str:
    """What the URLs of one session carry, so that a proof is worth nothing in another."""
    return hashlib.sha256(f"peikao/exam-url/{token_digest}".encode()).hexdigest()[:24]


def proof_for(url: str, config_key: str) -> str:
    """What the browser must send for a URL: lower-case hexadecimal, the fragment left out."""
    return hashlib.sha256(f"{url.partition('#')[0]}{config_key}".encode()).hexdigest()


def may_enter(lock: Lock, machine: Machine) -> Decision:
    """Whether somebody may sign in on this machine; there is no session yet whose token its URL could carry."""
    if lock.address_ranges and not within(lock.address_ranges, machine.address):
        return refuse("wrong_machine", "这台电脑不在本考场的网段内，请到安排给您的考场和座位。请举手找监考员。")
    if lock.seb_config_key and not _proves(lock, machine):
        return refuse("seb_required", "本场考试必须使用安全考试浏览器，请举手找监考员。")
    return ALLOWED


def _proves(lock: Lock, machine: Machine) -> bool:
    # As bytes: text that is not ASCII cannot be compared so, and a header may hold anything.
    return hmac.compare_digest(proof_for(machine.url, lock.seb_config_key).encode(), machine.proof.lower().encode())


def may_use(lock: Lock, machine: Machine) -> Decision:
    """Whether this machine may be used at this desk: as for signing in, and its URL is this session's own."""
    decision = may_enter(lock, machine)
    if not decision.allowed or not lock.seb_config_key:
        return decision
    query = machine.url.partition("#")[0].partition("?")[2]
    if f"t={exam_token(machine.token_digest)}" not in query.split("&"):
        return refuse("seb_required", "本场考试必须使用安全考试浏览器，请举手找监考员。")
    return ALLOWED
