"""What a candidate's machine sends: the session's cookie, the session's URL and the proof of the Safe Exam Browser."""

from dataclasses import replace
from functools import lru_cache

from scripts.benchmark import people, servers, wire, world
from scripts.benchmark.servers import Running
from scripts.benchmark.world import Place, World
from service.kernel import sealing
from service.sittings.rules import lockdown

PROOF = "X-SafeExamBrowser-ConfigKeyHash"


@lru_cache(maxsize=20_000)
def _query(token: str) -> str:
    return f"?t={lockdown.exam_token(sealing.digest(token.encode()))}"


def address(place: Place, path: str) -> str:
    """Where this seat's machine asks for a path of the exam; only with the session's own token a proof is worth it."""
    return path + _query(place.token) if place.config_key else path


def proof(place: Place, path: str) -> dict[str, str]:
    """The header that the browser adds to a request for a path of the exam; none where none is asked for."""
    if not place.config_key:
        return {}
    return {PROOF: lockdown.proof_for(world.PUBLIC_URL + address(place, path), place.config_key)}


def head(place: Place, method: str, path: str) -> str:
    """The head of a request, without a length and without its end."""
    return wire.head(method, address(place, path), place.token, proof(place, path))


def request(place: Place, method: str, path: str, body: object = None) -> bytes:
    """A whole request."""
    return wire.request(method, address(place, path), place.token, body, proof(place, path))


def require_checks(running: Running, found: World) -> None:
    """See that every check is done, before anything is measured: whoever lacks one thing is refused, and for that.

    Raises:
        SystemExit: a save is taken that must be refused, or one is refused that must be taken.
    """
    place, other = found.places[0], found.places[1]
    position, kind = min(found.kinds.items())
    path, body = f"/api/v1/exam/answers/{position}", {"choice": world.choice(kind, 0), "flagged": False, "seq": 1}
    stranger = replace(place, token=people.token("nobody"))
    good = request(place, "PUT", path, body)
    tried = [
        ('"seq":1', servers.ask(running.port, good)),
        ("not_signed_in", servers.ask(running.port, request(stranger, "PUT", path, body))),
        ("wrong_machine", servers.ask(running.port, good, world.ELSEWHERE)),
        ("answer_malformed", servers.ask(running.port, request(place, "PUT", "/api/v1/exam/answers/999", body))),
    ]
    if place.config_key:
        bare = wire.request("PUT", path, place.token, body)
        stolen = wire.request("PUT", address(other, path), place.token, body, proof(other, path))
        tried += [("seb_required", servers.ask(running.port, one)) for one in (bare, stolen)]
    wrong = [(expected, reply) for expected, reply in tried if expected not in reply]
    if wrong:
        raise SystemExit(f"these checks are not done, so there is nothing to measure: {wrong}")
