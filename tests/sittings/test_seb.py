"""The Safe Exam Browser: the Config Key by its published scheme, and a sitting that asks for it."""

import hashlib
import plistlib
from datetime import datetime

import pytest

from service.kernel import database, settings
from service.sittings import queries
from service.sittings.rules import lockdown, seb
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import CHECK_IN_AT, PREPARED_AT, WORKING_AT, World

# What the scheme says the text of these settings is; nothing between, nothing escaped.
TEXTS = {
    "sorted regardless of case": ({"b": 1, "A": 2, "c": 3}, '{"A":2,"b":1,"c":3}'),
    "at every depth": ({"x": {"b": True, "A": False}}, '{"x":{"A":false,"b":true}}'),
    "empty dictionaries go, empty lists stay": ({"a": {}, "b": [], "c": [{}]}, '{"b":[],"c":[{}]}'),
    "the originator's version goes": ({"originatorVersion": "SEB_Win_2.1", "a": 1}, '{"a":1}'),
    "nothing is escaped": (
        {"path": 'C:\\x "y"', "url": "https://a/b?c=d&e"},
        '{"path":"C:\\x "y"","url":"https://a/b?c=d&e"}',
    ),
    "bytes are base64": ({"data": b"\x00\x01\xff"}, '{"data":"AAH/"}'),
    "dates are ISO": ({"at": datetime(2026, 11, 20, 1, 2, 3)}, '{"at":"2026-11-20T01:02:03+00:00"}'),
    "whole numbers have no point": ({"zoom": 1.0, "half": 0.5}, '{"half":0.5,"zoom":1}'),
    "Chinese as it is": ({"title": "考试"}, '{"title":"考试"}'),
}


@pytest.mark.parametrize(("given", "text"), TEXTS.values(), ids=TEXTS)
def test_the_config_key_is_the_digest_of_the_settings_as_text(given: dict[str, object], text: str) -> None:
    assert seb.config_key(plistlib.dumps(given)) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("wrong", [b"", b"not a list", plistlib.dumps([1])], ids=["nothing", "text", "a list"])
def test_what_is_no_configuration_has_no_key(wrong: bytes) -> None:
    with pytest.raises(ValueError, match="not a configuration"):
        seb.config_key(wrong)


def settings_of(exam_url: str, quit_url: str, sitting_id: int = 7, secret: str = "drawn") -> dict[str, seb.Setting]:
    return seb.settings_for(exam_url, quit_url, sitting_id=sitting_id, secret=secret)


def test_no_two_sittings_share_a_key_and_none_can_be_worked_out_from_another() -> None:
    address = "https://exam.example.org/exam"
    different = [(7, "drawn"), (8, "drawn"), (7, "drawn anew")]
    keys = {
        seb.config_key(seb.configuration(settings_of(address, f"{address}/done", sitting_id, secret)))
        for sitting_id, secret in different
    }

    assert len(keys) == 3


def test_a_key_is_of_one_sitting_and_of_the_file_that_was_made_last(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(PREPARED_AT)
    arranger, path = browser.of("arranger"), f"/api/v1/sittings/{world.sitting_id}"

    def asked() -> str:
        reply = arranger.put(f"{path}/safe-exam-browser", json={"required": True})
        assert seb.config_key(arranger.get(f"{path}/exam.seb").content) == reply.json()["config_key"]
        return str(reply.json()["config_key"])

    first, second = asked(), asked()

    begin = plistlib.loads(arranger.get(f"{path}/exam.seb").content)["startURL"]
    assert first != second
    assert begin.startswith(f"{settings.current().public_url.rstrip('/')}/exam?sitting={world.sitting_id}&of=")
    assert len(begin.partition("&of=")[2]) == 43
    assert browser.stranger().get(begin.removeprefix(settings.current().public_url.rstrip("/"))).status_code == 200


def test_changing_any_setting_changes_the_key() -> None:
    base = settings_of("https://exam.example.org/exam", "https://exam.example.org/exam/done")
    keys = {seb.config_key(seb.configuration(base))}
    changed = [
        name for name in base if name not in {"originatorVersion", "URLFilterRules", "allowSpellCheckDictionary"}
    ]
    for name in changed:
        value = base[name]
        other = (not value) if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
        keys.add(seb.config_key(seb.configuration({**base, name: other})))
    assert len(keys) == 1 + len(changed)


def test_the_only_way_out_is_the_address_that_a_closed_sheet_leads_to() -> None:
    done = "https://exam.example.org/exam/done"
    found = settings_of("https://exam.example.org/exam", done)
    ways_out = ("allowQuit", "quitURL", "quitURLConfirm", "hashedQuitPassword")
    assert {name: found.get(name) for name in ways_out} == {
        "allowQuit": False,
        "quitURL": done,
        "quitURLConfirm": False,
        "hashedQuitPassword": None,
    }


def test_a_sitting_that_asks_for_it_lets_in_only_who_proves_it(world: World, browser: Browser, clock: Clock) -> None:
    seat_id = world.seats[0]
    clock.set(PREPARED_AT)
    arranger = browser.of("arranger")
    path = f"/api/v1/sittings/{world.sitting_id}"
    assert arranger.get(f"{path}/exam.seb").json()["code"] == "seb_not_required"
    key = arranger.put(f"{path}/safe-exam-browser", json={"required": True}).json()["config_key"]
    configured = arranger.get(f"{path}/exam.seb").content
    assert seb.config_key(configured) == key
    with database.writing() as session:
        worlds.begin_exam(session, world)
        trainee = queries.seat(session, seat_id).trainee_id  # type: ignore[union-attr]
    clock.set(WORKING_AT)

    base, body = (
        settings.current().public_url,
        {
            "ticket_number": world.tickets[seat_id],
            "id_tail": world.citizen_ids[trainee][-6:],
        },
    )

    def proof(address: str) -> dict[str, str]:
        return {"X-SafeExamBrowser-ConfigKeyHash": lockdown.proof_for(f"{base}{address}", key)}

    candidate, sign_in = browser.stranger(), "/api/v1/exam/session"
    assert candidate.post(sign_in, json=body).json()["code"] == "seb_required"
    assert candidate.post(sign_in, json=body, headers=proof("/elsewhere")).json()["code"] == "seb_required"
    exam = candidate.post(sign_in, json=body, headers=proof(sign_in)).json()

    start, mine = "/api/v1/exam/start", f"?t={exam['exam_token']}"
    assert candidate.post(start, json={}, headers=proof(start)).json()["code"] == "seb_required", "without the token"
    assert candidate.post(start + mine, json={}, headers=proof(start)).json()["code"] == "seb_required"
    assert candidate.post(start + mine, json={}, headers=proof(start + mine)).json()["state"] == "working"
    save = "/api/v1/exam/answers/1" + mine
    assert candidate.put(save, json={"choice": "A", "seq": 1}).json()["code"] == "seb_required"
    assert candidate.put(save, json={"choice": "A", "seq": 1}, headers=proof(save)).json()["seq"] == 1
    scripted = {
        "X-Peikao-Seb-Url": f"{base}/exam/paper{mine}",
        "X-Peikao-Seb-Config-Key-Hash": lockdown.proof_for(f"{base}/exam/paper{mine}", key),
    }
    assert candidate.put(save, json={"choice": "B", "seq": 2}, headers=scripted).json()["seq"] == 2
    elsewhere = {**scripted, "X-Peikao-Seb-Url": f"https://evil.example/exam/paper{mine}"}
    assert candidate.put(save, json={"choice": "C", "seq": 3}, headers=elsewhere).json()["code"] == "seb_required"
    browser.clients.clear()  # two days have passed since the arranger signed in
    again = browser.of("arranger").put(f"{path}/safe-exam-browser", json={"required": False})
    assert again.json()["code"] == "exam_has_begun"


def test_nobody_but_the_arrangers_gets_the_configuration(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(CHECK_IN_AT)
    path = f"/api/v1/sittings/{world.sitting_id}"
    assert browser.of("arranger").put(f"{path}/safe-exam-browser", json={"required": True}).status_code == 200
    for username in ("proctor1", "institution", "administrator"):
        assert browser.of(username).get(f"{path}/exam.seb").status_code == 403
    assert browser.stranger().get(f"{path}/exam.seb").status_code == 401
