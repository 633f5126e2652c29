"""Tablets over HTTP: enrolled, used, lost, shut out, and the proctor who goes on with another one."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from service.journal import queries as journal
from service.kernel import database
from service.sittings.rules import tablets as rules
from service.sittings.rules.tablets import ShutOut
from service.sittings.tables import Tablet
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.sittings.tablets import BACK_AT, FIRST, MINUTE, SECOND, THIRD
from tests.world import CHECK_IN_AT, World


def signed_in(browser: Browser, username: str) -> TestClient:
    """One more device of a member of staff, with a session of its own."""
    client = browser.stranger()
    body = {"username": username, "password": worlds.PASSWORD}
    assert client.post("/api/v1/session", json=body).status_code == 200
    return client


def fetch(client: TestClient, world: World, device: str) -> tuple[int, str]:
    reply = client.get(f"/api/v1/sittings/{world.sitting_id}/pack", params={"device": device, "name": device})
    return reply.status_code, reply.json().get("code", "")


def check_in(client: TestClient, world: World, device: str, **act: Any) -> Any:
    body = {"device": device, "sent_at": BACK_AT.isoformat(), "acts": [{"nonce": f"nonce-{device}", **act}]}
    reply = client.post(f"/api/v1/sittings/{world.sitting_id}/check-ins", json=body)
    return reply.json()["outcomes"][0] if reply.status_code == 200 else reply.status_code


def tablet_id(device: str) -> int:
    with database.reading() as session:
        return session.exec(select(Tablet.id).where(Tablet.device == device)).one() or 0


def test_a_proctor_who_lost_the_tablet_goes_on_with_another(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(CHECK_IN_AT)
    lost, first, second = signed_in(browser, "proctor1"), *world.seats[:2]
    assert fetch(lost, world, FIRST) == (200, "")
    assert check_in(lost, world, FIRST, act="admit", seat_id=first)["verdict"] == "allowed"

    phone = signed_in(browser, "proctor1")
    assert phone.post(f"/api/v1/tablets/{tablet_id(FIRST)}/revocation", json={}).status_code == 200

    assert check_in(lost, world, FIRST, act="admit", seat_id=second) == 401
    assert fetch(lost, world, FIRST)[0] == 401
    assert phone.get("/api/v1/session").status_code == 200
    # Whoever found it cannot enrol it again, not even with the password.
    assert fetch(signed_in(browser, "proctor1"), world, FIRST) == (403, "tablet_revoked")
    spare = signed_in(browser, "proctor1")
    assert fetch(spare, world, THIRD) == (200, "")
    assert check_in(spare, world, THIRD, act="admit", seat_id=second)["verdict"] == "allowed"
    with database.reading() as session:
        (entry,) = session.exec(journal.entries(event="TABLET_REVOKED"))
        data = json.loads(entry.data)
        assert (data["device"], data["sessions_ended"]) == (FIRST, 1)
        assert entry.actor == f"account:{world.accounts['proctor1']}"


def test_what_a_lost_tablet_still_held_becomes_a_case(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(CHECK_IN_AT)
    tablet = signed_in(browser, "proctor1")
    fetch(tablet, world, FIRST)
    browser.of("arranger").post(f"/api/v1/tablets/{tablet_id(FIRST)}/revocation", json={})
    clock.set(BACK_AT)

    told = check_in(
        signed_in(browser, "proctor1"),
        world,
        FIRST,
        act="admit",
        seat_id=world.seats[0],
        offline=True,
        at=(CHECK_IN_AT + MINUTE).isoformat(),
    )

    assert (told["recorded"], told["verdict"], told["case"], told["seat"]) == (
        True,
        "tablet_revoked",
        "tablet_revoked",
        None,
    )
    (case,) = browser.of("proctor2").get(f"/api/v1/sittings/{world.sitting_id}/cases").json()
    assert (case["kind"], case["seat"]["seat_id"], case["seat"]["state"]) == (
        "tablet_revoked",
        world.seats[0],
        "expected",
    )


def test_revoking_ends_the_sessions_of_its_owner_and_of_nobody_else(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(CHECK_IN_AT)
    devices = [signed_in(browser, "proctor1") for _ in range(3)]
    fetch(devices[0], world, FIRST)
    arranger, colleague = browser.of("arranger"), browser.of("proctor2")

    reply = arranger.post(f"/api/v1/tablets/{tablet_id(FIRST)}/revocation", json={})

    assert reply.json() == {"id": tablet_id(FIRST)}
    alive = [client.get("/api/v1/session").status_code for client in (*devices, arranger, colleague)]
    assert alive == [401, 401, 401, 200, 200]
    # Again is harmless, and signs nobody out who has come back.
    back = signed_in(browser, "proctor1")
    assert arranger.post(f"/api/v1/tablets/{tablet_id(FIRST)}/revocation", json={}).status_code == 200
    assert back.get("/api/v1/session").status_code == 200
    with database.reading() as session:
        assert len(list(session.exec(journal.entries(event="TABLET_REVOKED")))) == 1


def test_a_tablet_learns_without_a_session_that_it_was_shut_out_and_nothing_else(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(CHECK_IN_AT)
    fetch(browser.of("proctor1"), world, FIRST)
    fetch(browser.of("proctor2"), world, SECOND)
    nobody = browser.stranger()

    def told(device: str) -> Any:
        reply = nobody.get("/api/v1/tablets/standing", params={"device": device})
        assert reply.status_code != 200 or reply.headers["Cache-Control"] == "no-store"
        return reply.json() if reply.status_code == 200 else reply.status_code

    before = [told(FIRST), told(SECOND)]
    browser.of("arranger").post(f"/api/v1/tablets/{tablet_id(FIRST)}/revocation", json={})

    assert before == [{"shut_out": False}] * 2
    assert [told(one) for one in (FIRST, SECOND, "never-enrolled")] == [
        {"shut_out": True},
        {"shut_out": False},
        {"shut_out": False},
    ]
    assert [told(one) for one in ("", "short", "x" * 41, "a b c d e f")] == [422] * 4


def test_who_sees_and_shuts_out_which_tablets(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(CHECK_IN_AT)
    fetch(browser.of("proctor1"), world, FIRST)
    fetch(browser.of("proctor2"), world, SECOND)

    def listed(who: str) -> Any:
        reply = browser.of(who).get("/api/v1/tablets")
        return (
            sorted((one["device"], one["mine"]) for one in reply.json())
            if reply.status_code == 200
            else reply.status_code
        )

    everything = [(FIRST, False), (SECOND, False)]
    assert {who: listed(who) for who in ("proctor1", "proctor2", "proctor_elsewhere", "arranger", "institution")} == {
        "proctor1": [(FIRST, True)],
        "proctor2": [(SECOND, True)],
        "proctor_elsewhere": [],
        "arranger": everything,
        "institution": 403,
    }
    path = f"/api/v1/tablets/{tablet_id(FIRST)}/revocation"
    people = ("proctor2", "proctor_elsewhere", "auditor", "institution")
    assert [browser.of(who).post(path, json={}).status_code for who in people] == [404, 404, 404, 403]
    assert browser.stranger().post(path, json={}).status_code == 401
    assert browser.of("arranger").post("/api/v1/tablets/9999/revocation", json={}).status_code == 404


RULE = "restored_by_arranger"


@pytest.mark.parametrize(
    ("shut_out", "arranger", "code"),
    [
        pytest.param(None, True, "tablet_not_revoked", id="it was never shut out"),
        pytest.param(ShutOut(CHECK_IN_AT, own=False, by_oneself=False), True, "allowed", id="an arranger may always"),
        pytest.param(ShutOut(BACK_AT, own=True, by_oneself=True), False, "allowed", id="a second thought"),
        pytest.param(ShutOut(CHECK_IN_AT, own=True, by_oneself=True), False, "allowed", id="at the border"),
        pytest.param(
            ShutOut(CHECK_IN_AT - MINUTE, own=True, by_oneself=True), False, "second_thought_over", id="a minute late"
        ),
        pytest.param(ShutOut(BACK_AT, own=True, by_oneself=False), False, RULE, id="somebody else shut it out"),
        pytest.param(ShutOut(BACK_AT, own=False, by_oneself=True), False, RULE, id="it is not theirs any more"),
    ],
)
def test_who_may_restore_a_tablet(shut_out: ShutOut | None, arranger: bool, code: str) -> None:
    assert BACK_AT - CHECK_IN_AT == rules.SECOND_THOUGHT
    assert rules.may_restore(shut_out, BACK_AT, arranger=arranger).code == code


def test_a_tablet_that_was_shut_out_by_mistake_is_restored_and_works_again(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(CHECK_IN_AT)
    proctor = browser.of("proctor1")
    fetch(proctor, world, FIRST)
    path = f"/api/v1/tablets/{tablet_id(FIRST)}"
    assert proctor.post(f"{path}/restoration", json={}).json()["code"] == "tablet_not_revoked"
    proctor.post(f"{path}/revocation", json={})
    assert fetch(proctor, world, FIRST) == (403, "tablet_revoked")

    strangers = ("proctor2", "proctor_elsewhere", "auditor", "institution")
    assert [browser.of(who).post(f"{path}/restoration", json={}).status_code for who in strangers] == [
        404,
        404,
        404,
        403,
    ]
    assert browser.stranger().post(f"{path}/restoration", json={}).status_code == 401
    assert "restoration" in proctor.get("/tablets").text
    assert proctor.post(f"{path}/restoration", json={}).json() == {"id": tablet_id(FIRST)}

    assert fetch(proctor, world, FIRST) == (200, "")
    assert check_in(proctor, world, FIRST, act="admit", seat_id=world.seats[0])["verdict"] == "allowed"
    with database.reading() as session:
        (entry,) = session.exec(journal.entries(event="TABLET_RESTORED"))
        assert entry.actor == f"account:{world.accounts['proctor1']}"
        assert json.loads(entry.data)["device"] == FIRST


def test_whoever_arranges_exams_restores_what_a_proctor_may_not_any_more(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(CHECK_IN_AT)
    proctor, arranger = browser.of("proctor1"), browser.of("arranger")
    fetch(proctor, world, FIRST)
    path = f"/api/v1/tablets/{tablet_id(FIRST)}"
    proctor.post(f"{path}/revocation", json={})
    clock.set(BACK_AT + MINUTE)
    assert proctor.post(f"{path}/restoration", json={}).json()["code"] == "second_thought_over"
    page = proctor.get("/tablets").text
    assert ("restoration" in page, "停用超过15分钟" in page) == (False, True)
    assert arranger.post(f"{path}/restoration", json={}).status_code == 200
    assert fetch(proctor, world, FIRST) == (200, "")


def test_the_page_lists_tablets_with_a_button_each(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(CHECK_IN_AT)
    assert "还没有登记过平板" in browser.of("proctor1").get("/tablets").text
    fetch(browser.of("proctor1"), world, FIRST)
    fetch(browser.of("proctor1"), world, THIRD)
    browser.of("proctor1").post(f"/api/v1/tablets/{tablet_id(FIRST)}/revocation", json={})

    page = browser.of("proctor1").get("/tablets").text

    assert page.count("/revocation") == 1
    assert f"/api/v1/tablets/{tablet_id(THIRD)}/revocation" in page
    assert page.count("不能再用") == 1
    # Neither happens without a question in words.
    assert (page.count("停用平板“"), page.count("恢复平板“")) == (1, 1)
    assert browser.of("institution").get("/tablets").status_code == 403


def test_a_typed_number_of_a_reissued_ticket_needs_the_proctors_word_that_the_new_one_was_seen(
    world: World, browser: Browser, clock: Clock
) -> None:
    """Old and new bear the same number: the verdict warns, an admission says that the new one was shown."""
    clock.set(CHECK_IN_AT)
    seat_id, other = world.seats[:2]
    proctor = browser.of("proctor1")
    fetch(proctor, world, FIRST)

    def act(nonce: str, **said: Any) -> Any:
        acts = [{"nonce": f"nonce-{nonce}", **said}]
        reply = proctor.post(f"/api/v1/sittings/{world.sitting_id}/check-ins", json={"device": FIRST, "acts": acts})
        return reply.json()["outcomes"][0]

    typed = {"text": world.tickets[seat_id]}
    assert act("before", act="look", **typed)["verdict"] == "allowed"
    path = f"/api/v1/sittings/seats/{seat_id}/reissue"
    assert browser.of("arranger").post(path, json={"reason": "遗失"}).status_code == 200

    look = act("look-1", act="look", **typed)
    assert (look["verdict"], look["seat"]["seat_id"], look["seat"]["issue"]) == ("ticket_replaced", seat_id, 2)
    assert "第2次签发" in look["reason"]
    assert act("other", act="look", text=world.tickets[other])["verdict"] == "allowed"
    unseen = {"act": "admit", "seat_id": seat_id, **typed}
    assert act("admit-1", **unseen)["verdict"] == "ticket_replaced"
    # A tablet that did not know of the new ticket admitted by the number: a person decides.
    at = (CHECK_IN_AT + MINUTE).isoformat()
    clock.set(BACK_AT)
    assert act("admit-2", **unseen, offline=True, at=at)["case"] == "ticket_void"
    assert act("admit-3", **unseen, confirmed=True, offline=True, at=at)["verdict"] == "allowed"
    # Whoever is in already is told that, not which ticket to show.
    assert act("look-2", act="look", **typed)["verdict"] == "already_admitted"


def test_the_bodies_of_acts(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(CHECK_IN_AT)
    proctor = browser.of("proctor1")
    fetch(proctor, world, FIRST)
    path = f"/api/v1/sittings/{world.sitting_id}/check-ins"
    good = {"nonce": "nonce-1234", "act": "look", "text": world.codes[world.seats[0]]}

    def sent(**changes: Any) -> int:
        return proctor.post(path, json={"device": FIRST, "acts": [{**good, **changes}]}).status_code

    assert sent() == 200
    faults: list[dict[str, Any]] = [
        {"nonce": "short"},
        {"nonce": "with space"},
        {"act": "dance"},
        {"seat_id": 2**31},
        {"seat_id": 0},
        {"reason": "bad_mood"},
        {"at": "2026-11-20T09:00:00"},
        {"text": "x" * 601},
    ]
    assert [sent(**fault) for fault in faults] == [422] * len(faults)
    assert proctor.post(path, json={"device": FIRST, "acts": []}).status_code == 422
    assert proctor.post(path, json={"device": FIRST, "acts": [good] * 501}).status_code == 422
    reply = proctor.post(path, json={"device": FIRST, "acts": [{**good, "reason": "", "note": "a\u0000b"}]}).json()
    assert {*reply} == {"now", "outcomes", "seats"}
    assert reply["seats"] == {"admitted": 0, "expected": 6}
    (told,) = reply["outcomes"]
    assert {*told} == {"nonce", "recorded", "verdict", "case", "reason", "seat"}
    assert told["seat"]["name"].startswith("学员")
