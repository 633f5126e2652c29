"""Connected as the role of those who train, through the service: all of their people's work is done."""

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from service.kernel import one_time
from service.kernel.settings import current
from service.migrations import roles
from tests import world as worlds
from tests.access.authenticator import Authenticator
from tests.conftest import Browser, application, using
from tests.security.conftest import as_role

pytestmark = pytest.mark.postgres


def test_its_people_do_all_of_their_work(
    locked: tuple[str, str], ids: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the service, as the role: doors, factors, sessions, ties, hours, and every page on the way."""
    monkeypatch.setenv("PEIKAO_EXAM_SWEEPS", "false")
    monkeypatch.setenv("PEIKAO_PUBLIC_URL", "http://localhost:8000")
    # Neither of the exam's is needed there.
    monkeypatch.setenv("PEIKAO_SIGNING_SECRET", "another-signing-secret-of-this-process")
    monkeypatch.setenv("PEIKAO_SEALING_SECRET", "another-sealing-secret-of-this-process")
    with psycopg.connect(f"host={locked[0]} user=postgres dbname={locked[1]}", autocommit=True) as owner:
        for table in ("session", "totp", "passkey", "recovery_code", "challenge", "device", "attempt", "tie"):
            owner.execute(f"DELETE FROM access_{table}".encode())
    with using(as_role(locked, roles.TRAINING)):
        assert not current().exam_sweeps
        browser = Browser(application())
        wrong = {"username": "institution", "password": "wrong"}
        assert browser.stranger().post("/api/v1/session", json=wrong).status_code == 401
        client = browser.of("institution")
        for page in ("/", "/classes", "/classes/1", "/devices", "/second-factor", "/ties", "/password"):
            assert client.get(page).status_code == 200, page
        assert client.get("/api/v1/programme/classes/1/roster").status_code == 200
        entry = {"trainee_id": 1, "day": "2026-11-10", "mode": "online", "hours": 1}
        written = client.post("/api/v1/programme/classes/1/attendance", json={"entries": [entry]})
        assert written.json() == {"recorded": 1, "unchanged": 0}
        assert client.get("/api/v1/bank/versions").status_code == 403

        secret = client.post("/api/v1/session/totp").json()["secret"]
        code = one_time.code_at(one_time.read(secret), one_time.step_at(datetime.now(UTC)))
        codes = client.put("/api/v1/session/totp", json={"code": code}).json()["codes"]
        assert len(codes) == 10
        asked = client.post("/api/v1/session/passkeys/challenge").json()["options"]
        made = Authenticator("http://localhost:8000").make(asked)
        kept = client.post("/api/v1/session/passkeys", json={"name": "手机", "credential": made})
        assert kept.status_code == 201, kept.text
        again = {"username": "institution", "password": worlds.PASSWORD, "code": codes[0]}
        other = browser.stranger()
        assert other.post("/api/v1/session", json=again).status_code == 200
        assert other.post("/api/v1/session/proof", json={"password": worlds.PASSWORD}).status_code == 204
        assert other.post("/api/v1/session/proof", json={"password": "wrong"}).status_code == 403
        tie = {"organisation_id": ids["institution"]["institution"], "kind": "employed", "since": "2026-01-01"}
        assert client.post("/api/v1/ties/own", json=tie).status_code == 201
        new = {"password": worlds.PASSWORD, "new": "a-new-password-for-tests"}
        assert client.put("/api/v1/session/password", json=new).status_code == 204
        assert other.get("/api/v1/session").status_code == 401
        assert client.delete("/api/v1/session/totp").status_code == 204
        assert client.delete("/api/v1/session").status_code == 204
        assert browser.of("enterprise").get("/classes").status_code == 200
