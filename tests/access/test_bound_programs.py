"""Programs bound to a certificate (RFC 8705): seen on a real connection, asked for with the secret and each token."""

import asyncio
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send
from typer.testing import CliRunner

from service.access.rules import certificates
from service.cli import app as command
from service.journal import queries as journal
from service.kernel import authority, database, peers
from service.kernel.patience import Patient
from tests.conftest import Browser
from tests.world import World

ONE, OTHER = "ab" * 32, "cd" * 32
CNF = {"cnf": {"x5t#S256": "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s"}}
RATES = "/api/v1/statistics/pass-rates"


# --- the rules ---


@pytest.mark.parametrize(
    ("bound", "shown", "claims", "may"),
    [
        pytest.param("", "", {}, True, id="not bound, none shown"),
        pytest.param("", OTHER, {}, True, id="not bound, some shown"),
        pytest.param(ONE, ONE, {}, True, id="bound, its own"),
        pytest.param(ONE, OTHER, {}, False, id="bound, another"),
        pytest.param(ONE, "", {}, False, id="bound, none"),
        pytest.param(ONE, ONE, CNF, True, id="its own, and the token's"),
        pytest.param("", "", CNF, False, id="a bound token, none"),
        pytest.param("", OTHER, CNF, False, id="a bound token, another"),
        pytest.param(OTHER, OTHER, CNF, False, id="bound anew, a token from before"),
        pytest.param(ONE, ONE, {"cnf": {"jkt": "x"}}, False, id="a token bound in another way"),
        pytest.param("", "", {"cnf": None}, False, id="a token bound to nothing"),
    ],
)
def test_by_which_connection_a_program_may_come(bound: str, shown: str, claims: dict[str, Any], may: bool) -> None:
    assert certificates.may_come(bound, shown, claims) is may
    assert certificates.confirmation(ONE) == CNF


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (":".join(["AB"] * 32), ONE),
        (" ".join(["ab"] * 32), ONE),
        (ONE.upper(), ONE),
        ("", ""),
        (ONE[:-1], None),
        (ONE + "0", None),
        ("xy" * 32, None),
        ("ab\n" * 32, None),
    ],
)
def test_how_a_fingerprint_may_be_written(written: str, plain: str | None) -> None:
    assert certificates.may_be_bound(written).allowed is (plain is not None)
    assert plain is None or certificates.plain(written) == plain


# --- on a real connection ---


@dataclass(frozen=True)
class Holder:
    """An authority or a program with its certificate and key, in files."""

    certificate: Path
    key: Path
    pem: x509.Certificate
    private: ec.EllipticCurvePrivateKey

    @property
    def digest(self) -> str:
        return self.pem.fingerprint(hashes.SHA256()).hex()


def issue(folder: Path, name: str, by: Holder | None = None) -> Holder:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.pem.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .sign(by.private if by else key, hashes.SHA256())
    )
    holder = Holder(folder / f"{name}.pem", folder / f"{name}.key", made, key)
    holder.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kinds = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    holder.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, *kinds))
    return holder


async def say_what_is_shown(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": (peers.certificate(scope) or "nothing").encode()})


@contextmanager
def serving(folder: Path, **options: Any) -> Iterator[int]:
    """A server with our protocol and a certificate; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(
        say_what_is_shown,
        port=port,
        http=Patient,
        lifespan="off",
        log_level="critical",
        ssl_certfile=folder / authority.SERVER,
        ssl_keyfile=folder / authority.SERVER_KEY,
        **options,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield port
    finally:
        server.should_exit = True
        thread.join()


def ask(port: int, folder: Path, holder: Holder | None) -> str:
    """What the server says it was shown; how it was refused where it did not want to talk at all."""
    context = ssl.create_default_context(cafile=folder / authority.AUTHORITY)
    if holder is not None:
        context.load_cert_chain(holder.certificate, holder.key)
    line = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
    try:
        line.request("GET", "/")
        said = {line.getresponse().read().decode()}
        # On the same connection again: it is the connection that knows.
        line.request("GET", "/")
        return (said | {line.getresponse().read().decode()}).pop()
    except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected):
        return "refused"
    finally:
        line.close()


def test_what_a_connection_shows_is_what_its_requests_know(tmp_path: Path) -> None:
    authority.make(tmp_path, ["127.0.0.1"], now=datetime.now(UTC))
    ours, theirs = issue(tmp_path, "ours"), issue(tmp_path, "theirs")
    program, stranger = issue(tmp_path, "program", ours), issue(tmp_path, "stranger", theirs)

    with serving(tmp_path, ssl_ca_certs=ours.certificate, ssl_cert_reqs=ssl.CERT_OPTIONAL) as port:
        assert ask(port, tmp_path, None) == "nothing"
        assert ask(port, tmp_path, program) == program.digest
        assert ask(port, tmp_path, stranger) == "refused"
    with serving(tmp_path) as port:
        assert ask(port, tmp_path, program) == "nothing"


@pytest.mark.parametrize("words", [[], ["--certificate", "c.pem", "--behind-proxy", "127.0.0.1"]])
def test_a_proxys_certificate_is_nobodys(words: list[str]) -> None:
    said = CliRunner().invoke(command, ["serve", "--client-authority", "a.pem", *words])

    assert said.exit_code == 2 and "no --behind-proxy" in said.output


# --- the whole service ---


def showing(app: Any, digest: str) -> TestClient:
    """A client whose connection shows a certificate."""

    async def shown(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})[peers.STATE] = digest
        await app(scope, receive, send)

    return TestClient(shown, base_url="http://127.0.0.1:8000")


def token(client: TestClient, secret: str, **headers: str) -> tuple[int, str]:
    form = {"grant_type": "client_credentials", "client_id": "bound", "client_secret": secret}
    reply = client.post("/oauth2/token", data=form, headers=headers)
    body = reply.json()
    return reply.status_code, str(body.get("access_token", body.get("code")))


def test_a_bound_program_comes_by_its_certificate_alone(staffed: World, browser: Browser) -> None:
    new = {"organisation_id": staffed.organisations["hr"], "client_id": "bound"}
    wrong = browser.of("security").post("/api/v1/clients", json=new | {"certificate_sha256": "12"})
    assert wrong.json()["code"] == "not_a_fingerprint"
    reply = browser.of("security").post("/api/v1/clients", json=new | {"certificate_sha256": ONE.upper()})
    secret = reply.json()["client_secret"]
    its, other, none = showing(browser.app, ONE), showing(browser.app, OTHER), browser.stranger()

    assert [token(one, secret) for one in (other, none)] == [(401, "invalid_client")] * 2
    # What a request says of itself is not believed.
    assert token(none, secret, **{"client-cert": ONE, "x-ssl-client-sha256": ONE}) == (401, "invalid_client")
    status, bearer = token(its, secret)
    assert status == 200
    headers = {"authorization": f"Bearer {bearer}"}
    assert [one.get(RATES, headers=headers).status_code for one in (its, other, none)] == [200, 401, 401]

    # Another certificate and secret: what was before is worth nothing, the token included.
    path = "/api/v1/clients/bound/secret"
    for username in ("administrator", "statistician"):
        assert browser.of(username).post(path, json={}).json()["code"] == "right_missing"
    assert browser.of("security").post("/api/v1/clients/nobody/secret", json={}).status_code == 404
    renewed = browser.of("security").post(path, json={"certificate_sha256": OTHER}).json()["client_secret"]
    assert its.get(RATES, headers=headers).status_code == 401
    assert [token(other, secret)[0], token(its, renewed)[0], token(other, renewed)[0]] == [401, 401, 200]
    freed = browser.of("security").post(path, json={}).json()["client_secret"]
    assert token(none, freed)[0] == 200
    with database.reading() as session:
        told = [(entry.event, entry.data) for entry in journal.about(session, "client:bound")]
    assert [one for one in told if "TOKEN" not in one[0]] == [
        ("CLIENT_REGISTERED", '{"bound":true}'),
        ("CLIENT_RENEWED", '{"bound":true}'),
        ("CLIENT_RENEWED", '{"bound":false}'),
    ]
    page = browser.of("security").get("/accounts").text
    assert "已登记的客户端（1）" in page and "没有绑定证书" in page
