"""Another body watches over the journal: it signs what only grew, and says so loudly when it was rewritten."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.cli import app
from service.journal.actions.heads import seal_head
from service.journal.rules import heads
from service.kernel import database, sealing
from service.witness import Missing, Rewritten, Witness, make_key
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.journal.merkle import append
from tests.world import World


class Door:
    """The service as a witness's program meets it, without a network between; ``lies`` are told in its stead."""

    def __init__(self, client: TestClient) -> None:
        self.client, self.lies = client, dict[str, Any]()

    def get(self, path: str) -> Any:
        if path in self.lies:
            return self.lies[path]
        reply = self.client.get(f"/api/v1/journal/{path}")
        if reply.status_code == 404:
            raise Missing(path)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def post(self, path: str, body: Mapping[str, object]) -> Any:
        reply = self.client.post(f"/api/v1/journal/{path}", json=body)
        assert reply.status_code == 201, reply.text
        return reply.json()


@dataclass
class Watching:
    """The HR bureau's witness, registered, and the service it watches over."""

    world: World
    browser: Browser
    folder: Path
    door: Door
    secret: str
    witness: Witness

    def grow(self, count: int = 3) -> int:
        """So many entries more, and a head; its size."""
        with database.writing() as session:
            append(session, count)
            head = seal_head(session, now=worlds.PREPARED_AT)
            assert head is not None
            return head.size

    def remembered(self) -> Any:
        return json.loads((self.folder / "state.json").read_text())


def program(browser: Browser, world: World, organisation: str) -> tuple[TestClient, str]:
    """A program of a body with a token for heads, and its secret."""
    body = {"organisation_id": world.organisations[organisation], "client_id": f"{organisation}-witness"}
    made = browser.of("security").post("/api/v1/clients", json=body)
    assert made.status_code == 201, made.text
    form = {"grant_type": "client_credentials", "client_id": f"{organisation}-witness", "scope": "journal.heads"}
    client = browser.stranger()
    reply = client.post("/oauth2/token", data={**form, "client_secret": made.json()["client_secret"]})
    assert reply.json()["scope"] == "journal.heads"
    client.headers["authorization"] = f"Bearer {reply.json()['access_token']}"
    return client, made.json()["client_secret"]


@pytest.fixture
def watching(staffed: World, clock: Clock, browser: Browser, tmp_path: Path) -> Watching:
    clock.set(worlds.PREPARED_AT)
    client, secret = program(browser, staffed, "hr")
    public = make_key(tmp_path / "witness.pem")
    body = {"organisation_id": staffed.organisations["hr"], "public_key": public}
    assert browser.of("administrator").post("/api/v1/journal/witnesses", json=body).status_code == 201
    (tmp_path / "trusted.pem").write_text(client.get("/api/v1/journal/keys").json()[0]["pem"])
    witness = Witness(tmp_path / "witness.pem", tmp_path / "trusted.pem", tmp_path / "state.json")
    return Watching(staffed, browser, tmp_path, Door(client), secret, witness)


# --- what only grew ---


def test_a_witness_signs_what_only_grew_and_everybody_can_see_it(watching: Watching) -> None:
    first = watching.grow()
    assert watching.witness.watch(watching.door) == f"witnessed the head over {first} entries, as the first one seen"
    second = watching.grow(300)
    assert watching.witness.watch(watching.door) == f"witnessed the head over {second} entries, after {first}"

    (kept,) = watching.door.get(f"heads/{second}/cosignatures")
    head = watching.door.get(f"heads/{second}")
    text = heads.witnessed_text(
        heads.Head(*(head[name] for name in ("size", "root", "at", "key_id"))), kept["key_id"], kept["at"]
    )
    (known,) = watching.door.get("witnesses")
    sealing.verify_ed25519(bytes.fromhex(known["public_key"]), text, bytes.fromhex(kept["signature"]))
    assert watching.remembered()["size"] == second
    page = watching.browser.of("auditor").get("/journal").text
    assert "市人社局" in page and f"至第 {second} 条" in page
    found = watching.browser.of("auditor").get("/api/v1/journal?event=HEAD_WITNESSED").json()["entries"]
    assert [(one["actor"], one["subject"]) for one in found] == [
        ("client:hr-witness", f"head:{second}"),
        ("client:hr-witness", f"head:{first}"),
    ]


def test_the_same_head_is_witnessed_once(watching: Watching) -> None:
    size = watching.grow()
    watching.witness.watch(watching.door)
    (once,) = watching.door.get(f"heads/{size}/cosignatures")

    # Nothing was recorded that a head covers since; what the witness did itself is under the next one.
    watching.witness.watch(watching.door)

    assert watching.door.get(f"heads/{size}/cosignatures") == [once]


# --- what was rewritten ---


def signed(head: Mapping[str, Any], **changes: object) -> dict[str, Any]:
    """A head as the service itself would sign it."""
    changed = {**head, **changes}
    text = heads.text(heads.Head(*(changed[name] for name in ("size", "root", "at", "key_id"))))
    return {**changed, "signature": sealing.journal_key().sign(text).hex()}


OTHER = "00" * 32


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        pytest.param(lambda seen, _: signed(seen, root=OTHER), "are not those that were seen", id="another root"),
        pytest.param(
            lambda seen, _: signed(seen, size=seen["size"] - 1), "were seen, now there are", id="fewer entries"
        ),
        pytest.param(lambda _, new: signed(new, root=OTHER), "are not those that were seen", id="another history"),
        pytest.param(lambda _, new: {**new, "root": OTHER}, "not signed by a trusted key", id="not signed"),
        pytest.param(lambda _, new: {**new, "key_id": "0" * 16}, "not signed by a trusted key", id="another key"),
    ],
)
def test_a_rewritten_journal_is_refused(watching: Watching, lie: Any, said: str) -> None:
    watching.grow()
    watching.witness.watch(watching.door)
    before = watching.remembered()
    watching.grow(40)
    new = watching.door.get("heads/latest")

    watching.door.lies["heads/latest"] = lie(before, new)

    with pytest.raises(Rewritten, match=said):
        watching.witness.watch(watching.door)
    assert watching.remembered() == before
    assert watching.door.get(f"heads/{new['size']}/cosignatures") == []
    # The very same journal, told truly, is witnessed.
    watching.door.lies.clear()
    watching.witness.watch(watching.door)
    assert watching.remembered() == new


def test_a_head_that_was_seen_and_is_gone_is_noticed(watching: Watching) -> None:
    size = watching.grow()
    watching.witness.watch(watching.door)
    state = watching.remembered()
    (watching.folder / "state.json").write_text(json.dumps({**state, "size": size - 1}))
    watching.grow()

    with pytest.raises(Rewritten, match="is not there any more"):
        watching.witness.watch(watching.door)


# --- who may, and what is taken ---


@pytest.mark.parametrize("place", ["bureau", "institution", "county", "enterprise"])
def test_a_witness_is_another_body_than_those_watched_over(watching: Watching, place: str) -> None:
    body = {"organisation_id": watching.world.organisations[place], "public_key": "ab" * 32}
    reply = watching.browser.of("administrator").post("/api/v1/journal/witnesses", json=body)

    assert (reply.status_code, reply.json()["code"]) == (403, "may_not_witness")


def test_a_key_is_registered_once_and_by_the_administrator_only(watching: Watching) -> None:
    (known,) = watching.door.get("witnesses")
    body = {name: known[name] for name in ("organisation_id", "public_key")}

    again = watching.browser.of("administrator").post("/api/v1/journal/witnesses", json=body)
    auditor = watching.browser.of("auditor").post("/api/v1/journal/witnesses", json=body)

    assert (again.status_code, again.json()["code"]) == (409, "witness_known")
    assert (auditor.status_code, auditor.json()["code"]) == (403, "right_missing")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        pytest.param({}, 201, None, id="what was signed"),
        pytest.param({"signature": "00" * 64}, 422, "cosignature_wrong", id="another signature"),
        pytest.param({"at": "2026-11-20T00:00:00+00:00"}, 422, "cosignature_wrong", id="another time"),
        pytest.param({"key_id": "0" * 16}, 404, "not_found", id="an unknown witness"),
        pytest.param({"signature": "zz"}, 422, "malformed", id="no signature"),
    ],
)
def test_a_cosignature_is_taken_as_it_was_signed(
    watching: Watching, change: dict[str, str], status: int, code: str | None
) -> None:
    body, size = cosigned(watching)

    reply = watching.door.client.post(f"/api/v1/journal/heads/{size}/cosignatures", json={**body, **change})

    assert (reply.status_code, reply.json().get("code")) == (status, code), reply.text


def cosigned(watching: Watching) -> tuple[dict[str, str], int]:
    """What the witness would hand in, and the size of its head."""
    size, kept = watching.grow(), dict[str, Any]()

    class Listening(Door):
        def post(self, path: str, body: Mapping[str, object]) -> Any:
            kept.update(body)

    watching.witness.watch(Listening(watching.door.client))
    return kept, size


def test_nobody_hands_in_for_another_body(watching: Watching) -> None:
    body, size = cosigned(watching)
    stranger, _ = program(watching.browser, watching.world, "bureau")

    reply = stranger.post(f"/api/v1/journal/heads/{size}/cosignatures", json=body)

    assert (reply.status_code, reply.json()["code"]) == (403, "witness_of_another")


def test_a_token_for_heads_opens_nothing_else(watching: Watching) -> None:
    watching.grow()
    reads = {
        path: watching.door.client.get(f"/api/v1/{path}").status_code for path in ("journal", "statistics/pass-rates")
    }

    assert reads == {"journal": 403, "statistics/pass-rates": 403}
    assert watching.door.client.get("/api/v1/journal/heads").status_code == 200


# --- the command, over HTTP ---


@pytest.fixture
def address(watching: Watching) -> Iterator[str]:
    """The service at a real address."""

    class Handler(BaseHTTPRequestHandler):
        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            reply = watching.browser.stranger().request(self.command, self.path, content=body, headers=headers)
            self.send_response(reply.status_code)
            self.end_headers()
            self.wfile.write(reply.content)

        do_GET = do_POST = forward  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def run(watching: Watching, address: str) -> tuple[int, str]:
    names = {"--key": "witness.pem", "--trusted-key": "trusted.pem", "--state": "state.json"}
    words = [word for option, name in names.items() for word in (option, str(watching.folder / name))]
    secret = {"PEIKAO_WITNESS_SECRET": watching.secret}
    made = CliRunner().invoke(app, ["witness", address, *words, "--client-id", "hr-witness"], env=secret)
    return made.exit_code, made.output.strip()


def test_the_command_witnesses_and_says_loudly_what_it_must_not(watching: Watching, address: str) -> None:
    size = watching.grow()
    assert run(watching, address) == (0, f"witnessed the head over {size} entries, as the first one seen")

    state = watching.remembered()
    (watching.folder / "state.json").write_text(json.dumps({**state, "root": OTHER}))
    status, said = run(watching, address)
    assert status == 1 and said.startswith("THE JOURNAL WAS REWRITTEN: ")

    watching.secret = "wrong"
    status, said = run(watching, address)
    assert status == 2 and said.startswith("the journal could not be checked: /oauth2/token: 401")
    assert run(watching, "ftp://127.0.0.1")[0] == 2


def test_a_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    made = CliRunner().invoke(app, ["witness-key", str(file)])

    assert made.exit_code == 0 and len(made.output.split()[-1]) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        make_key(file)
