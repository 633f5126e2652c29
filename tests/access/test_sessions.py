"""Sessions: ended by idleness, by the clock and by their holder; listed where one can end them; proven again."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from service.access.actions import entering, presence
from service.access.rules import devices, proofs
from service.access.tables import SignedIn
from service.kernel import database, sealing, settings
from service.kernel.guards import asking_again
from service.sweeping import write_presence
from tests import world as worlds
from tests.conftest import Browser, Clock, application
from tests.world import World

NOW = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
RULING = {"uphold": True, "note": "核对无误"}
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"


@pytest.fixture
def as_usual(staffed: World, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits as they are where nobody has set them."""
    monkeypatch.delenv("PEIKAO_IDLE_MINUTES")
    monkeypatch.delenv("PEIKAO_STEP_UP_MINUTES")
    settings.current.cache_clear()
    clock.set(NOW)


def me(browser: Browser, username: str) -> int:
    return browser.of(username).get("/api/v1/session").status_code


# --- idle and absolute ---


def test_an_hour_of_idleness_ends_a_session(as_usual: None, browser: Browser, clock: Clock) -> None:
    assert (me(browser, "planner"), me(browser, "author")) == (200, 200)

    clock.set(NOW + timedelta(minutes=50))
    assert me(browser, "planner") == 200
    clock.set(NOW + timedelta(minutes=70))

    assert (me(browser, "planner"), me(browser, "author")) == (200, 401)


def test_a_busy_session_ends_after_ten_hours_all_the_same(as_usual: None, browser: Browser, clock: Clock) -> None:
    statuses = []
    for half_hours in range(21):
        clock.set(NOW + timedelta(minutes=30 * half_hours, seconds=5 * (half_hours == 20)))
        statuses.append(me(browser, "planner"))

    assert statuses == [200] * 20 + [401]


def test_being_there_is_written_down_and_holds_in_another_process(
    as_usual: None, browser: Browser, clock: Clock
) -> None:
    assert me(browser, "planner") == 200
    clock.set(NOW + timedelta(minutes=50))
    assert me(browser, "planner") == 200

    write_presence()

    with database.reading() as session:
        (row,) = session.exec(select(SignedIn))
        assert row.seen_at is not None and row.seen_at - NOW >= timedelta(minutes=50)
    # What another process knows is what is written down.
    assert not presence.is_due()
    clock.set(NOW + timedelta(minutes=100))
    assert me(browser, "planner") == 200


def test_looking_costs_no_write_within_the_minute(as_usual: None, browser: Browser, clock: Clock) -> None:
    browser.of("planner")
    write_presence()
    clock.set(NOW + timedelta(seconds=50))

    assert (me(browser, "planner"), presence.is_due()) == (200, False)


def test_the_lanes_and_the_routes_agree_on_who_is_there(as_usual: None, browser: Browser, clock: Clock) -> None:
    digest = sealing.digest(browser.of("proctor1").cookies["peikao"].encode())

    def in_the_lane(after: timedelta) -> bool:
        with database.reading() as session:
            return digest in entering.actors_of_tokens(session, [digest], now=NOW + after)

    assert [in_the_lane(timedelta(minutes=minutes)) for minutes in (1, 50, 109, 170)] == [True, True, True, False]


def test_candidates_are_never_idle(world: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        token = entering.open_session(session, person_id=1, confined=f"seat:{world.seats[0]}", now=NOW)
        later = NOW + timedelta(hours=9)
        assert entering.actor_of_token(session, token, now=later).confined == f"seat:{world.seats[0]}"


# --- my devices ---


def sign_in(browser: Browser, agent: str, username: str = "planner") -> None:
    """Another device of the planner's, kept under the name of its browser."""
    client = browser.stranger()
    client.headers["user-agent"] = agent
    assert client.post("/api/v1/session", json={"username": username, "password": worlds.PASSWORD}).status_code == 200
    browser.clients[agent] = client


def names(page: str) -> list[str]:
    """The names of the sessions that can be ended on a page."""
    return [part.split('"')[0] for part in page.split('action="/api/v1/session/others/')[1:]]


def test_the_page_lists_where_one_is_signed_in_and_ends_one_of_them(staffed: World, browser: Browser) -> None:
    for agent in (FIREFOX, EDGE):
        sign_in(browser, agent)
    sign_in(browser, "curl", "author")

    page = browser.clients[EDGE].get("/devices").text
    assert "Firefox · Windows" in page and "Edge · Windows" in page and "仅密码" in page
    (name,) = names(page)
    assert browser.clients["curl"].delete(f"/api/v1/session/others/{name}").status_code == 404
    assert browser.clients[EDGE].delete(f"/api/v1/session/others/{name}").status_code == 204

    assert browser.clients[FIREFOX].get("/api/v1/session").status_code == 401
    assert browser.clients[EDGE].get("/api/v1/session").status_code == 200
    assert names(browser.clients[EDGE].get("/devices").text) == []


def test_one_click_ends_all_the_others_and_nobody_elses(staffed: World, browser: Browser) -> None:
    for agent in (FIREFOX, EDGE, "Safari"):
        sign_in(browser, agent)
    sign_in(browser, "curl", "author")

    assert browser.clients[EDGE].delete("/api/v1/session/others").json() == {"ended": 2}

    assert {agent: client.get("/api/v1/session").status_code for agent, client in browser.clients.items()} == {
        FIREFOX: 401,
        "Safari": 401,
        EDGE: 200,
        "curl": 200,
    }


def test_no_page_shows_a_token_or_its_digest(staffed: World, browser: Browser) -> None:
    sign_in(browser, FIREFOX)
    sign_in(browser, EDGE)
    token = browser.clients[FIREFOX].cookies["peikao"]
    page = browser.clients[EDGE].get("/devices").text

    assert sealing.digest(token.encode())[:16] in page
    assert token not in page and sealing.digest(token.encode()) not in page


@pytest.mark.parametrize("path", ["/devices", "/second-factor"])
def test_whoever_has_no_account_has_no_such_page(world: World, browser: Browser, path: str) -> None:
    assert browser.stranger().get(path).status_code == 303
    assert browser.of("planner").get(path).status_code == 200


@pytest.mark.parametrize(
    ("agent", "browser_name", "system"),
    [
        (FIREFOX, "Firefox", "Windows"),
        (EDGE, "Edge", "Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/140.0 Mobile Safari/537.36", "Chrome", "Android"),
        ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari", "iPad"),
        ("<script>", "未知", "未知"),
        ("", "未知", "未知"),
    ],
)
def test_a_browser_in_a_word(agent: str, browser_name: str, system: str) -> None:
    assert (devices.browser_name(agent), devices.system_name(agent)) == (browser_name, system)


# --- step-up ---


@pytest.mark.parametrize(
    ("ago", "code"),
    [
        pytest.param(timedelta(0), "allowed", id="just now"),
        pytest.param(timedelta(minutes=5) - timedelta(seconds=1), "allowed", id="within five minutes"),
        pytest.param(timedelta(minutes=5), "step_up_needed", id="five minutes ago"),
        pytest.param(None, "step_up_needed", id="never"),
    ],
)
def test_a_proof_is_good_for_minutes(ago: timedelta | None, code: str) -> None:
    proven_at = NOW - ago if ago is not None else None

    assert proofs.is_fresh(proven_at, NOW, 5).code == code


def test_publishing_asks_again_and_goes_on_once_proven(
    world: World, browser: Browser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEIKAO_STEP_UP_MINUTES", "5")
    settings.current.cache_clear()
    clock.set(NOW)
    client, path = browser.of("publisher"), f"/api/v1/results/classes/{world.class_id}/publication"
    assert client.post(path).json()["code"] != "step_up_needed"

    clock.set(NOW + timedelta(minutes=6))

    assert client.post(path).json()["code"] == "step_up_needed"
    assert client.post("/api/v1/session/proof", json={"password": "wrong"}).json()["code"] == "wrong_password"
    assert client.post(path).json()["code"] == "step_up_needed"
    assert client.post("/api/v1/session/proof", json={"password": worlds.PASSWORD}).status_code == 204
    assert client.post(path).json()["code"] != "step_up_needed"
    # Whoever lacks the right learns that, and is not asked to prove anything first.
    assert browser.of("planner").post(path).json()["code"] == "right_missing"


DECIDED = [
    pytest.param("publisher", "results/elsewhere/1/decision", {"confirm": True, "note": "核对无误"}, id="a file"),
    pytest.param("publisher", "results/elsewhere/voidings/1/decision", RULING, id="voiding from elsewhere"),
    pytest.param("publisher", "results/withdrawals/1/decision", RULING, id="withdrawing an item"),
    pytest.param("publisher", "results/appeals/1/decision", RULING, id="answering an appeal"),
    pytest.param("publisher", "late-answers/1/decision", {"accept": True, "reason": "证据充分"}, id="a late answer"),
    pytest.param("publisher", "retention/disposals/1/decision", {"confirm": True}, id="disposing of records"),
]


@pytest.mark.parametrize(("who", "path", "body"), DECIDED)
def test_deciding_what_changes_published_results_or_removes_records_asks_again(
    as_usual: None, browser: Browser, clock: Clock, who: str, path: str, body: dict[str, object]
) -> None:
    client, path = browser.of(who), f"/api/v1/{path}"
    assert client.post(path, json=body).json()["code"] == "not_found", "nothing like that is there, and that is said"
    clock.set(NOW + timedelta(minutes=6))
    assert client.post(path, json=body).json()["code"] == "step_up_needed"
    assert client.post("/api/v1/session/proof", json={"password": worlds.PASSWORD}).status_code == 204
    assert client.post(path, json=body).json()["code"] == "not_found"


TAKEN = [
    ("planner", "POST", "/api/v1/people/1/citizen-id/readings", {"reason": "核对身份证件"}),
    ("planner", "POST", "/api/v1/ties/9999/withdrawal", {"reason": "登记有误"}),
    ("administrator", "POST", "/api/v1/ties/9999/withdrawal/decision", {"approve": True}),
    ("author", "GET", "/api/v1/bank/exports", None),
    ("planner", "GET", "/api/v1/credits.xlsx?year=2026", None),
    ("planner", "GET", "/api/v1/credits?year=2026", None),
    ("planner", "GET", "/api/v1/credits/events", None),
    ("planner", "GET", "/results/payment-lists/9999.xlsx", None),
    ("auditor", "GET", "/api/v1/namesakes.csv", None),
]


@pytest.mark.parametrize(("who", "method", "path", "body"), TAKEN)
def test_reading_ids_taking_files_and_withdrawing_ties_ask_again(
    as_usual: None, browser: Browser, clock: Clock, who: str, method: str, path: str, body: dict[str, object] | None
) -> None:
    """Somebody else at a screen that was left unlocked gets none of it."""
    client, at_once = browser.of(who), {200, 404}
    assert client.request(method, path, json=body).status_code in at_once
    assert client.get("/api/v1/session/proof").status_code == 204
    clock.set(NOW + timedelta(minutes=6))
    assert client.request(method, path, json=body).status_code == 403
    assert client.get("/api/v1/session/proof").json()["code"] == "step_up_needed"
    assert client.post("/api/v1/session/proof", json={"password": worlds.PASSWORD}).status_code == 204
    assert client.request(method, path, json=body).status_code in at_once


def test_these_are_all_the_acts_that_ask_again() -> None:
    """Opening a paper is not among them because it takes the password itself, each time."""
    assert {f"{method} {path}" for method, path in asking_again(application())} == {
        "POST /api/v1/sittings/reopenings/{reopening_id}/decision",
        "POST /api/v1/session/totp",
        "PUT /api/v1/session/totp",
        "DELETE /api/v1/session/totp",
        "POST /api/v1/session/recovery-codes",
        "POST /api/v1/session/passkeys/challenge",
        "POST /api/v1/session/passkeys",
        "DELETE /api/v1/session/passkeys/{passkey_id}",
        "PUT /api/v1/accounts/{account_id}/password",
        "POST /api/v1/accounts/{account_id}/closure",
        "POST /api/v1/accounts/{account_id}/reopening",
        "POST /api/v1/people/{person_id}/citizen-id/readings",
        "POST /api/v1/ties/{tie_id}/withdrawal",
        "POST /api/v1/ties/{tie_id}/withdrawal/decision",
        "GET /api/v1/session/proof",
        "GET /api/v1/bank/exports",
        "GET /api/v1/credits",
        "GET /api/v1/credits.xlsx",
        "GET /api/v1/credits/events",
        "GET /api/v1/namesakes.csv",
        "GET /results/payment-lists/{list_id}.xlsx",
        "POST /api/v1/accounts/{account_id}/duties",
        "DELETE /api/v1/accounts/{account_id}/locks",
        "DELETE /api/v1/accounts/{account_id}/second-factor",
        "POST /api/v1/accounts/{account_id}/activation-code",
        "DELETE /api/v1/accounts/{account_id}/sessions",
        "POST /api/v1/clients",
        "POST /api/v1/clients/{client_id}/secret",
        "POST /api/v1/clients/{client_id}/removal",
        "POST /api/v1/emergency-duties",
        "POST /api/v1/emergency-duties/{emergency_id}/decision",
        "POST /api/v1/emergency-duties/{emergency_id}/seen",
        "POST /api/v1/results/classes/{class_id}/publication",
        "POST /api/v1/results/voidings/{voiding_id}/decision",
        "POST /api/v1/results/elsewhere/{file_id}/decision",
        "POST /api/v1/results/elsewhere/voidings/{voiding_id}/decision",
        "POST /api/v1/results/withdrawals/{ruling_id}/decision",
        "POST /api/v1/results/appeals/{appeal_id}/decision",
        "POST /api/v1/late-answers/{late_answer_id}/decision",
        "POST /api/v1/retention/disposals/{disposal_id}/decision",
    }
