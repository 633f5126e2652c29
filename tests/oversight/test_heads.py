"""Heads and proofs by HTTP: what an auditor or another body gets is enough to check the record without us."""

import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from service.journal.actions.heads import seal_head
from service.kernel import database
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.journal import merkle
from tests.journal.merkle import append
from tests.world import World


@pytest.fixture
def sealed(staffed: World, clock: Clock) -> World:
    """A record with two heads, 300 entries apart, and three entries that no head covers."""
    clock.set(worlds.PREPARED_AT)
    with database.writing() as session:
        seal_head(session, now=worlds.PREPARED_AT)
        append(session, 300)
        seal_head(session, now=worlds.PREPARED_AT)
        append(session, 3)
    return staffed


def get(browser: Browser, username: str, path: str, status: int = 200) -> Any:
    reply = browser.of(username).get(f"/api/v1/journal/{path}")
    assert reply.status_code == status, reply.text
    return reply.json()


def canonical(entry: dict[str, Any]) -> bytes:
    """An entry's canonical bytes, put together from the reply alone."""
    body = {name: entry[name] for name in ("seq", "at", "event", "actor", "subject", "previous")}
    body["data"] = json.loads(entry["data"])
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def test_a_head_carries_a_signature_by_the_published_key(sealed: World, browser: Browser) -> None:
    head = get(browser, "auditor", "heads/latest")
    (key,) = browser.stranger().get("/api/v1/journal/keys").json()

    public = serialization.load_pem_public_key(key["pem"].encode())
    assert isinstance(public, ed25519.Ed25519PublicKey)
    lines = ("peikao journal head v1", head["size"], head["root"], head["at"], head["key_id"])
    public.verify(bytes.fromhex(head["signature"]), "".join(f"{line}\n" for line in lines).encode())
    assert (key["key_id"], key["algorithm"], key["current"]) == (head["key_id"], "Ed25519", True)
    assert key["key_id"] == hashlib.sha256(bytes.fromhex(key["public_key"])).hexdigest()[:16]


def test_the_key_is_published_before_it_signs_anything(empty_url: str, browser: Browser) -> None:
    (key,) = browser.stranger().get("/api/v1/journal/keys").json()

    assert (key["since"], key["current"]) == (None, True)


def test_heads_are_listed_newest_first(sealed: World, browser: Browser) -> None:
    found = get(browser, "statistician", "heads")

    first = get(browser, "statistician", "heads/latest")
    assert (found["total"], found["page"], found["pages"]) == (2, 1, 1)
    assert [one["size"] for one in found["heads"]] == [first["size"], first["size"] - 300]
    assert get(browser, "statistician", f"heads/{first['size']}") == first == found["heads"][0]


@pytest.mark.parametrize("seq", [1, 200, 256, 257])
def test_an_entry_is_proved_to_be_under_a_head(sealed: World, browser: Browser, seq: int) -> None:
    proof = get(browser, "auditor", f"entries/{seq}/proof")

    entry, head = proof["entry"], proof["head"]
    assert entry["seq"] == seq
    assert hashlib.sha256(canonical(entry)).hexdigest() == entry["hash"]
    leaf = merkle.leaf(canonical(entry))
    assert leaf.hex() == proof["leaf"]
    path = [bytes.fromhex(one) for one in proof["path"]]
    root = merkle.root_by_inclusion(leaf, seq - 1, head["size"], path)
    assert root is not None and root.hex() == head["root"]


def test_the_record_is_proved_to_have_only_grown(sealed: World, browser: Browser) -> None:
    second, first = get(browser, "statistician", "heads")["heads"]

    proof = get(browser, "statistician", f"consistency?first={first['size']}&second={second['size']}")

    assert (proof["first"], proof["second"]) == (first, second)
    roots = [bytes.fromhex(one["root"]) for one in (first, second)]
    path = [bytes.fromhex(one) for one in proof["path"]]
    assert merkle.is_consistent(first["size"], roots[0], second["size"], roots[1], path)
    same = get(browser, "statistician", f"consistency?first={first['size']}&second={first['size']}")
    assert same["path"] == []


def test_a_code_names_its_head_to_anybody(sealed: World, browser: Browser) -> None:
    head = get(browser, "auditor", "heads/latest")
    code = head["code"]

    for typed in (code, code.lower(), f"{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:]}"):
        assert browser.stranger().get(f"/api/v1/journal/codes/{typed}").json() == head
    assert browser.stranger().get("/api/v1/journal/codes/0000000000000000").status_code == 404


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        pytest.param("heads/1", 404, "no_such_head", id="no head of this size"),
        pytest.param("heads/0", 422, "", id="no size"),
        pytest.param("heads/99999999999", 422, "", id="larger than numbers are"),
        pytest.param("entries/99999/proof", 404, "not_in_head", id="no such entry"),
        pytest.param("entries/1/proof?size=2", 404, "no_such_head", id="a proof under no head"),
        pytest.param("consistency?first=2&second=1", 422, "heads_reversed", id="the wrong way round"),
        pytest.param("consistency?first=1&second=2", 404, "no_such_head", id="between what are no heads"),
        pytest.param("consistency?first=1", 422, "", id="with nothing"),
    ],
)
def test_what_is_not_there_is_said(sealed: World, browser: Browser, path: str, status: int, code: str) -> None:
    said = get(browser, "auditor", path, status)

    assert not code or said["code"] == code


def test_an_entry_that_no_head_covers_yet_has_no_proof(sealed: World, browser: Browser) -> None:
    size = get(browser, "auditor", "heads/latest")["size"]

    assert get(browser, "auditor", f"entries/{size}/proof")["entry"]["seq"] == size
    assert get(browser, "auditor", f"entries/{size + 1}/proof", 404)["code"] == "not_in_head"


@pytest.mark.parametrize("username", ["publisher", "institution", "administrator", "statistician"])
def test_entries_are_for_auditors_and_heads_for_those_who_pay_too(
    sealed: World, browser: Browser, username: str
) -> None:
    assert get(browser, username, "entries/1/proof", 403)["code"] == "right_missing"
    assert browser.of(username).get("/api/v1/journal/heads").status_code == (200 if username == "statistician" else 403)
