"""Certificates as files: handed out to whom they belong, on record, verified here and by a program of its own."""

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from service.journal import queries as journal
from service.kernel import database, sealing
from service.kernel.settings import ROOT
from service.results.rules import credentials as rules
from service.results.rules import envelopes, proofs
from service.results.rules.credentials import Attested, Issuer
from tests.conftest import Browser, Clock
from tests.results import test_voiding as voided
from tests.results.test_own import key_of
from tests.results.test_voiding import Room, room
from tests.world import AFTER

__all__ = ["room"]
PROGRAM = ROOT / "scripts" / "verify_credential"
ISSUER = Issuer("did:key:z6Mk", "市应急管理局", "https://exam.example")
OF = Attested("ABCD", 9, "王强", "2310**********123X", "班组长", "2024-TL-01", "一班", 20, "2026-01-02T03:04:05Z", "x")


# --- the rules ---


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param({"b": 1, "a": [True, None, "é"]}, '{"a":[true,null,"é"],"b":1}', id="sorted, no spaces"),
        pytest.param({"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}', id="by UTF-16 units (RFC 8785)"),
        pytest.param('\u20ac$\u000f\n"\\', '"€$\\u000f\\n\\"\\\\"', id="escapes (RFC 8785 §3.2.2.2)"),
    ],
)
def test_json_is_written_in_one_way(value: Any, written: str) -> None:
    assert proofs.canonical(value).decode() == written


@pytest.mark.parametrize("content", [b'{"a":1,"a":2}', b"[1]", b"{", b'{"a":NaN}', b"\xff", b'{"a":' * 30_000])
def test_what_cannot_be_read_in_one_way_is_not_read(content: bytes) -> None:
    with pytest.raises(ValueError):
        proofs.read(content)


def test_base_58_and_the_address_of_a_key() -> None:
    """The key of "Data Integrity EdDSA Cryptosuites v1.0", appendix B."""
    public = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    raw = proofs.from_base58(public)

    assert (raw[:2], len(raw), proofs.base58(raw)) == (proofs.ED25519, 34, public)
    assert proofs.method_of(raw[2:]) == f"did:key:{public}#{public}"
    assert proofs.from_base58(proofs.base58(b"\0\0\x01")) == b"\0\0\x01"


def test_a_credential_says_no_more_than_the_public_page() -> None:
    said = rules.credential(ISSUER, OF)

    subject = said["credentialSubject"]
    assert [one["identityHash"] for one in subject["identifier"]] == ["王强", "2310**********123X"]
    assert sorted(subject) == [
        *("achievement", "activityEndDate", "creditsEarned", "identifier", "licenseNumber", "role", "type")
    ]
    assert said["credentialStatus"]["statusListIndex"] == "9"


# --- handed out and verified ---


def codes(browser: Browser, room: Room) -> dict[int, str]:
    rows = browser.of("confirmer").get(f"/api/v1/results/classes/{room.world.class_id}/draft").json()
    return {row["seat_id"]: row["certificate"] for row in rows if row["certificate"]}


def found(browser: Browser, content: bytes) -> tuple[str, bool]:
    reply = browser.stranger().post("/api/v1/certificates/check", files={"file": ("c.json", content)})
    assert reply.status_code == 200, reply.text
    return reply.json()["finding"], reply.json()["certificate"] is not None


def test_a_credential_is_verified_by_anybody_and_follows_its_result(
    room: Room, browser: Browser, tmp_path: Path
) -> None:
    with database.writing() as session:
        voided.decide(session, room, voided.propose(session, room), uphold=False)
        voided.publish(session, room)
    code = codes(browser, room)[room.caught]
    path = f"/api/v1/results/classes/{room.world.class_id}/certificates/{code}"

    reply = browser.of("confirmer").get(f"{path}/credential.json")
    document = json.loads(reply.content)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/vc")
    assert browser.of("confirmer").get(f"{path}/credential.json").content == reply.content
    assert found(browser, reply.content) == ("valid", True)
    pdf = browser.of("confirmer").get(f"{path}/certificate.pdf")
    assert pdf.content.startswith(b"%PDF")

    # Everybody else: no stranger, and nobody who trains.
    for who in (browser.stranger(), browser.of("institution"), browser.of("enterprise")):
        assert [who.get(f"{path}/{one}").status_code for one in ("credential.json", "certificate.pdf")] in (
            [401, 401],
            [403, 403],
        )
    other = f"/api/v1/results/classes/{room.world.class_id + 1}/certificates/{code}/credential.json"
    assert browser.of("confirmer").get(other).status_code == 404

    with database.reading() as session:
        noted = list(journal.about(session, f"class:{room.world.class_id}"))
        exports = [json.loads(one.data) for one in noted if one.event == "CERTIFICATE_EXPORTED"]
    assert [(one["format"], one["digest"]) for one in exports] == [
        ("json", sealing.digest(reply.content)),
        ("json", sealing.digest(reply.content)),
        ("pdf", sealing.digest(pdf.content)),
    ]

    for change, finding in (
        (lambda it: it["credentialSubject"].update(creditsEarned=40), "altered"),
        (lambda it: it["proof"].update(created="2020-01-01T00:00:00Z"), "altered"),
        (lambda it: it.update(extra="x"), "altered"),
        (lambda it: it["proof"].update(proofPurpose="authentication"), "altered"),
        (lambda it: it.pop("proof"), "foreign"),
        (lambda it: it.update(proof=[1]), "foreign"),
        (lambda it: it["proof"].update(verificationMethod="did:key:zX#zX"), "foreign"),
    ):
        changed = json.loads(reply.content)
        change(changed)
        assert found(browser, json.dumps(changed).encode()) == (finding, False)
    assert found(browser, b"no json") == ("foreign", False)
    assert found(browser, resigned(document)) == ("foreign", False)
    status = document["credentialStatus"]["statusListCredential"].removeprefix(document["issuer"]["url"])
    assert found(browser, browser.stranger().get(status).content) == ("foreign", False), "signed, but no certificate"
    assert offline(browser, tmp_path, reply.content, status)[0] == 0
    changed = reply.content.replace(b'"creditsEarned":20', b'"creditsEarned":40')
    assert changed != reply.content and offline(browser, tmp_path, changed, status)[0] == 1

    with database.writing() as session:
        voided.void(session, room)
    assert found(browser, reply.content) == ("revoked", True)
    assert browser.of("confirmer").get(f"{path}/credential.json").json()["code"] == "certificate_void"
    assert offline(browser, tmp_path, reply.content, status) == (1, "REVOKED")
    page = browser.stranger().post("/verify", files={"file": ("c.json", reply.content)})
    assert "这份证明已经作废" in page.text and "有效：" not in page.text

    with database.writing() as session:
        voided.void(session, room, voided.VALID)
    assert found(browser, reply.content) == ("valid", True)
    assert offline(browser, tmp_path, reply.content, status) == (0, "OK")
    assert browser.of("confirmer").get(f"{path}/credential.json").content == reply.content


def test_an_envelope_is_opened_by_any_program_for_tokens_and_verified_here_and_offline(
    room: Room, browser: Browser, tmp_path: Path
) -> None:
    with database.writing() as session:
        voided.decide(session, room, voided.propose(session, room), uphold=False)
        voided.publish(session, room)
    code = codes(browser, room)[room.caught]
    path = f"/api/v1/results/classes/{room.world.class_id}/certificates/{code}"
    confirmer, pem = browser.of("confirmer"), browser.stranger().get("/api/v1/credentials/key").content

    reply = confirmer.get(f"{path}/credential.jwt")
    plain = json.loads(confirmer.get(f"{path}/credential.json").content)

    assert reply.headers["content-type"] == "application/vc+jwt"
    assert confirmer.get(f"{path}/credential.jwt").content == reply.content
    # Another library, the published key, and nothing else.
    opened = jws.deserialize_compact(reply.content, OKPKey.import_key(pem), algorithms=["Ed25519"])
    assert json.loads(opened.payload) == {name: value for name, value in plain.items() if name != "proof"}
    method = plain["proof"]["verificationMethod"]
    assert opened.headers() == {"alg": "Ed25519", "cty": "vc", "kid": method, "typ": "vc+jwt"}

    status = plain["credentialStatus"]["statusListCredential"].removeprefix(plain["issuer"]["url"])
    assert found(browser, reply.content) == found(browser, b" " + reply.content + b"\n") == ("valid", True)
    assert offline(browser, tmp_path, reply.content, status) == (0, "OK")
    for content, finding in altered(reply.content, method):
        assert found(browser, content) == (finding, False), content[:80]
        assert offline(browser, tmp_path, content, status)[0] != 0
    for who in (browser.stranger(), browser.of("institution"), browser.of("enterprise")):
        assert who.get(f"{path}/credential.jwt").status_code in {401, 403}
    page = browser.stranger().post("/verify", files={"file": ("c.jwt", reply.content)})
    assert "有效：" in page.text

    with database.writing() as session:
        voided.void(session, room)
    assert found(browser, reply.content) == ("revoked", True)
    assert offline(browser, tmp_path, reply.content, status) == (1, "REVOKED")
    assert confirmer.get(f"{path}/credential.jwt").json()["code"] == "certificate_void"


def altered(content: bytes, method: str) -> list[tuple[bytes, str]]:
    """The same envelope with something changed, and what verifying it should find."""
    header, payload, signature = content.split(b".")
    document = json.loads(unpacked(payload))
    document["credentialSubject"]["creditsEarned"] = 40
    stranger = OKPKey.generate_key("Ed25519")
    ours = {"alg": "Ed25519", "cty": "vc", "kid": method, "typ": "vc+jwt"}

    def by_another(kid: str) -> bytes:
        return jws.serialize_compact({**ours, "kid": kid}, unpacked(payload), stranger, algorithms=["Ed25519"]).encode()

    def headed(**said: Any) -> bytes:
        return b".".join((packed(json.dumps({**ours, **said}).encode()), payload, signature))

    return [
        (b".".join((header, packed(json.dumps(document).encode()), signature)), "altered"),
        (b".".join((header, payload, packed(b"\0" * 64))), "altered"),
        (by_another(method), "altered"),
        (headed(alg="none"), "altered"),
        (headed(crit=["b64"], b64=False), "altered"),
        (headed(typ="JWT"), "altered"),
        (by_another("did:key:zX#zX"), "foreign"),
        (b".".join((header, payload)), "foreign"),
        (b".".join((header, payload, signature + b"=")), "foreign"),
        (b".".join((header, payload, b"!" + signature)), "foreign"),
        (b".".join((header, packed(b"[1]"), signature)), "foreign"),
        (b".".join((packed(b'{"a":1,"a":2}'), payload, signature)), "foreign"),
    ]


def packed(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def unpacked(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none()))
def test_what_is_put_into_an_envelope_comes_out_again(document: dict[str, Any]) -> None:
    try:
        signed = envelopes.signed_bytes(document, "did:key:z#z")
    except UnicodeEncodeError:
        return

    opened = envelopes.read(envelopes.closed(signed, b"s" * 64))

    assert (opened.document, opened.signed, opened.signature) == (document, signed, b"s" * 64)
    assert opened.header == envelopes.header("did:key:z#z")


def resigned(document: dict[str, Any]) -> bytes:
    """The same by somebody else's key."""
    private = ed25519.Ed25519PrivateKey.from_private_bytes(b"7" * 32)
    method = proofs.method_of(private.public_key().public_bytes_raw())
    proof = proofs.options(document, method, document["validFrom"])
    value = proofs.base58(private.sign(proofs.signed_bytes(document, proof)))
    return json.dumps({**document, "proof": {**proof, "proofValue": value}}).encode()


def offline(browser: Browser, folder: Path, content: bytes, status: str) -> tuple[int, str]:
    """What the program says, alone in a folder: its exit status and its first word."""
    alone = shutil.copy(PROGRAM, folder / "verify_credential")
    (folder / "c.json").write_bytes(content)
    (folder / "key.pem").write_bytes(browser.stranger().get("/api/v1/credentials/key").content)
    (folder / "status.json").write_bytes(browser.stranger().get(status).content)
    run = subprocess.run(
        [sys.executable, "-I", str(alone), "c.json", "key.pem", "status.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout.partition(":")[0]


def test_a_candidate_takes_their_own_certificate_and_nobody_elses(room: Room, browser: Browser, clock: Clock) -> None:
    clock.set(AFTER)
    with database.writing() as session:
        keys = {seat: key_of(session, room.world, seat) for seat in (room.honest, room.absent)}
        voided.void(session, room)
    stranger = browser.stranger()
    form = {**keys[room.honest], "wanted": "json"}
    assert stranger.post("/my-result/certificate", data=form).status_code == 404, "not published"
    with database.writing() as session:
        voided.publish(session, room)

    taken = stranger.post("/my-result/certificate", data=form)
    assert (taken.status_code, found(browser, taken.content)) == (200, ("valid", True))
    pdf = stranger.post("/my-result/certificate", data={**keys[room.honest], "wanted": "pdf"})
    assert pdf.content.startswith(b"%PDF")
    envelope = stranger.post("/my-result/certificate", data={**keys[room.honest], "wanted": "jwt"})
    assert (envelope.headers["content-type"], found(browser, envelope.content)) == (
        "application/vc+jwt",
        ("valid", True),
    )
    wrong = {**form, "id_tail": keys[room.absent]["id_tail"]}
    assert stranger.post("/my-result/certificate", data=wrong).status_code == 404
    assert stranger.post("/my-result/certificate", data=keys[room.absent]).status_code == 404, "who never came"
    assert stranger.post("/my-result/certificate", data={**form, "wanted": "exe"}).status_code == 422
