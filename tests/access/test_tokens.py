"""Access tokens for programs (OAuth 2.0 client credentials): how they are got, what they are worth, and how long."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from service.access.actions import programs
from service.access.rules.policy import ANONYMOUS
from service.access.tables import Client
from service.journal import queries as journal
from service.kernel import clock as clocks
from service.kernel import database, sealing, settings
from tests import world as worlds
from tests.conftest import Browser, Clock, application
from tests.world import World

NOW = worlds.PREPARED_AT
RATES = "/api/v1/statistics/pass-rates"
GRANT = {"grant_type": "client_credentials"}


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the HR bureau with its credentials."""

    client: TestClient
    client_id: str
    secret: str

    def ask(self, **form: str) -> Any:
        return self.client.post("/oauth2/token", data={**GRANT, **form})

    def token(self) -> str:
        reply = self.ask(client_id=self.client_id, client_secret=self.secret)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["access_token"])

    def read(self, token: str, path: str = RATES) -> int:
        return self.client.get(path, headers={"authorization": f"Bearer {token}"}).status_code


@pytest.fixture(scope="module")
def program(standing: World) -> Program:
    door = Browser(application())
    body = {"organisation_id": standing.organisations["hr"], "client_id": "hr-system"}
    reply = door.of("security").post("/api/v1/clients", json=body)
    assert reply.status_code == 201
    return Program(door.stranger(), "hr-system", reply.json()["client_secret"])


@pytest.fixture
def at_now(program: Program) -> Iterator[Clock]:
    """A clock that is set, and set free afterwards."""
    clock = Clock()
    clock.set(NOW)
    yield clock
    path = settings.current().clock_file
    assert path is not None
    path.unlink()


# --- getting one ---


def test_credentials_in_the_form_or_by_basic_give_a_token(program: Program) -> None:
    basic = base64.b64encode(f"{program.client_id}:{program.secret}".encode()).decode()
    replies = [
        program.ask(client_id=program.client_id, client_secret=program.secret),
        program.client.post("/oauth2/token", data=GRANT, headers={"authorization": f"Basic {basic}"}),
    ]

    for reply in replies:
        body = reply.json()
        assert reply.status_code == 200
        assert program.read(body.pop("access_token")) == 200
        assert body == {"token_type": "Bearer", "expires_in": 600, "scope": "statistics"}


@pytest.mark.parametrize(
    ("form", "basic", "status", "code"),
    [
        pytest.param(
            {"client_id": "hr-system", "client_secret": "wrong"}, "", 401, "invalid_client", id="wrong secret"
        ),
        pytest.param({"client_id": "hr-system"}, "", 401, "invalid_client", id="no secret"),
        pytest.param({"client_id": "nobody", "client_secret": "x"}, "", 401, "invalid_client", id="unknown client"),
        pytest.param({}, "", 401, "invalid_client", id="nothing"),
        pytest.param({}, "aHItc3lzdGVtOndyb25n", 401, "invalid_client", id="basic: wrong secret"),
        pytest.param({}, "%%%", 401, "invalid_client", id="basic: no base64"),
        pytest.param({}, "//79", 401, "invalid_client", id="basic: no text"),
        pytest.param({"grant_type": "password"}, "", 422, "unsupported_grant_type", id="another grant"),
    ],
)
def test_anything_else_gives_none(program: Program, form: dict[str, str], basic: str, status: int, code: str) -> None:
    headers = {"authorization": f"Basic {basic}"} if basic else {}

    reply = program.client.post("/oauth2/token", data={**GRANT, **form}, headers=headers)

    assert (reply.status_code, reply.json()["code"]) == (status, code)


def test_the_secret_is_kept_only_as_a_digest(program: Program) -> None:
    with database.reading() as session:
        row = session.get_one(Client, program.client_id)

    assert row.secret_digest == sealing.digest(program.secret.encode())
    assert program.secret not in str(row.model_dump())


@pytest.mark.parametrize("place", ["institution", "enterprise", "county"])
def test_no_program_of_a_body_that_may_not_hold_statistics_is_registered(
    standing: World, program: Program, place: str
) -> None:
    body = {"organisation_id": standing.organisations[place], "client_id": f"{place}-system"}

    reply = Browser(program.client.app).of("security").post("/api/v1/clients", json=body)

    assert (reply.status_code, reply.json()["code"]) == (403, "organisation_may_not_hold")


def test_a_token_and_each_reading_with_it_are_on_record(program: Program) -> None:
    assert program.read(program.token()) == 200

    with database.reading() as session:
        read, issued = session.exec(journal.entries(actor="client:hr-system").limit(2)).all()
    assert (issued.event, issued.subject) == ("TOKEN_ISSUED", "client:hr-system")
    assert (read.event, read.subject) == ("STATISTICS_READ", "statistics:pass-rates")


# --- what it is worth ---


def test_it_is_signed_for_our_own_address_and_one_program(program: Program, at_now: Clock) -> None:
    header, claims, _ = (part + "=" * (-len(part) % 4) for part in program.token().split("."))
    said = json.loads(base64.urlsafe_b64decode(claims))
    address = settings.current().public_url

    assert json.loads(base64.urlsafe_b64decode(header)) == {"alg": "ES256", "typ": "at+jwt"}
    assert said["exp"] - said["iat"] == 600
    assert abs(said["iat"] - NOW.timestamp()) < 30
    assert {name: said[name] for name in ("iss", "aud", "sub", "client_id", "scope")} == {
        "iss": address,
        "aud": address,
        "sub": "hr-system",
        "client_id": "hr-system",
        "scope": "statistics",
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (RATES, 200),
        ("/api/v1/session", 200),
        ("/api/v1/programme/classes", 403),
        ("/api/v1/programme/plans", 403),
        ("/api/v1/results/classes/1", 403),
        ("/api/v1/journal", 403),
        ("/api/v1/papers", 403),
        ("/api/v1/accounts", 403),
        ("/api/v1/exam", 403),
    ],
)
def test_it_reaches_pass_rates_and_nothing_else(program: Program, path: str, status: int) -> None:
    assert program.read(program.token(), path) == status


def test_it_is_worth_nothing_after_ten_minutes(program: Program, at_now: Clock) -> None:
    token = program.token()

    at_now.set(NOW + timedelta(minutes=9, seconds=50))
    assert program.read(token) == 200
    at_now.set(NOW + timedelta(minutes=10, seconds=5))
    assert program.read(token) == 401


KEY = {"typ": "at+jwt", "alg": "ES256"}


def claims(**changes: Any) -> dict[str, Any]:
    address, now = settings.current().public_url, int(clocks.now().timestamp())
    return {"iss": address, "aud": address, "sub": "hr-system", "exp": now + 60, **changes}


def signed(header: dict[str, str], body: dict[str, Any], purpose: str = "access-token") -> str:
    return jwt.encode(header, body, ECKey.import_key(sealing.signing_key(purpose)))


def test_a_token_made_with_our_key_and_our_words_is_ours(program: Program) -> None:
    assert program.read(signed(KEY, claims())) == 200


@pytest.mark.parametrize(
    ("header", "changes", "purpose"),
    [
        pytest.param(KEY, {"aud": "https://elsewhere.example"}, "access-token", id="another audience"),
        pytest.param(KEY, {"aud": None}, "access-token", id="no audience"),
        pytest.param(KEY, {"iss": "https://elsewhere.example"}, "access-token", id="another issuer"),
        pytest.param({**KEY, "typ": "JWT"}, {}, "access-token", id="another type"),
        pytest.param({"alg": "ES256"}, {}, "access-token", id="no type"),
        pytest.param(KEY, {"exp": 1}, "access-token", id="expired long ago"),
        pytest.param(KEY, {"exp": None}, "access-token", id="never expiring"),
        pytest.param(KEY, {"exp": "9999999999"}, "access-token", id="expiring in words"),
        pytest.param(KEY, {"sub": "nobody"}, "access-token", id="an unknown program"),
        pytest.param(KEY, {}, "ticket", id="signed with the key of tickets"),
    ],
)
def test_a_token_with_one_thing_wrong_is_nobodys(
    program: Program, header: dict[str, str], changes: dict[str, Any], purpose: str
) -> None:
    body = {name: value for name, value in claims(**changes).items() if value is not None}

    assert program.read(signed(header, body, purpose)) == 401


def unsigned(header: dict[str, str], body: dict[str, Any]) -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, body))
    return ".".join(parts) + "."


def test_a_token_without_a_signature_is_nobodys(program: Program) -> None:
    assert program.read(unsigned({"alg": "none", "typ": "at+jwt"}, claims())) == 401
    assert program.read(signed(KEY, claims()).rpartition(".")[0] + ".") == 401


@pytest.mark.parametrize("form", [serialization.Encoding.DER, serialization.Encoding.PEM])
def test_our_public_key_is_no_password_for_another_algorithm(program: Program, form: serialization.Encoding) -> None:
    public = sealing.signing_key("access-token").public_key()
    password = public.public_bytes(form, serialization.PublicFormat.SubjectPublicKeyInfo)
    body = unsigned({"alg": "HS256", "typ": "at+jwt"}, claims())
    mark = hmac.new(password, body.rstrip(".").encode(), hashlib.sha256).digest()

    assert program.read(body + base64.urlsafe_b64encode(mark).rstrip(b"=").decode()) == 401


@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "claims", "signature"])
def test_a_token_with_one_letter_changed_is_nobodys(program: Program, part: int) -> None:
    parts = program.token().split(".")
    assert program.read(".".join(parts)) == 200
    middle = len(parts[part]) // 2
    other = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + other + parts[part][middle + 1 :]

    assert program.read(".".join(parts)) == 401


@given(st.text(max_size=60))
def test_no_text_in_place_of_a_token_upsets_the_service(text: str) -> None:
    assert programs.actor_of_bearer(None, text, now=NOW) is ANONYMOUS  # type: ignore[arg-type]


def test_a_cookie_is_no_token_and_a_token_no_cookie(program: Program) -> None:
    client = Browser(program.client.app).of("statistician")
    assert client.get(RATES).status_code == 200

    assert program.read(client.cookies["peikao"]) == 401
    stranger = Browser(program.client.app).stranger()
    assert stranger.get(RATES, headers={"cookie": f"peikao={program.token()}"}).status_code == 401


# --- its end ---


def test_a_removed_program_gets_no_token_and_those_it_has_end_at_once(staffed: World, browser: Browser) -> None:
    security, path = browser.of("security"), "/api/v1/clients/old-system/removal"
    new = {"organisation_id": staffed.organisations["hr"], "client_id": "old-system"}
    secret = security.post("/api/v1/clients", json=new).json()["client_secret"]
    program = Program(browser.stranger(), "old-system", secret)
    token = program.token()
    assert program.read(token) == 200
    assert "old-system" in security.get("/accounts").text

    for username in ("administrator", "statistician", "auditor"):
        assert browser.of(username).post(path, json={"reason": "协议已终止"}).json()["code"] == "right_missing"
    assert security.post(path, json={}).status_code == 422, "a reason is asked for"
    assert program.read(token) == 200
    assert security.post(path, json={"reason": "服务协议已终止"}).status_code == 204

    assert program.read(token) == 401
    reply = program.ask(client_id="old-system", client_secret=secret)
    assert (reply.status_code, reply.json()["code"]) == (401, "invalid_client")
    for gone in (path, "/api/v1/clients/old-system/secret"):
        assert security.post(gone, json={"reason": "再移除一次"}).status_code == 404
    again = security.post("/api/v1/clients", json=new)
    assert (again.status_code, again.json()["code"]) == (409, "client_known"), "its acts are nobody else's"


def test_what_a_removed_program_did_stays_readable_with_the_reason_of_its_end(staffed: World, browser: Browser) -> None:
    security = browser.of("security")
    new = {"organisation_id": staffed.organisations["hr"], "client_id": "old-system"}
    program = Program(
        browser.stranger(), "old-system", security.post("/api/v1/clients", json=new).json()["client_secret"]
    )
    assert program.read(program.token()) == 200

    security.post("/api/v1/clients/old-system/removal", json={"reason": "服务协议已终止"})

    with database.reading() as session:
        told = [(entry.event, entry.data) for entry in journal.about(session, "client:old-system")]
        assert [entry.event for entry in session.exec(journal.entries(actor="client:old-system"))] == [
            "STATISTICS_READ",
            "TOKEN_ISSUED",
        ]
    assert told[-1] == ("CLIENT_REMOVED", '{"reason":"服务协议已终止"}')
    page = security.get("/accounts").text
    assert "已移除的客户端（1）" in page and "服务协议已终止" in page
    assert '<option value="old-system">' not in page
