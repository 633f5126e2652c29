"""Equal names under several citizen ids, as auditors see them, and what they find."""

import csv
import io
import json
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from service.access import queries as access
from service.access.actions import administering
from service.access.rules.duties import Duty
from service.access.rules.people import masked
from service.access.tables import Account
from service.journal import queries as journal
from service.kernel import database
from service.oversight.rules.namesakes import Finding
from tests import world as worlds
from tests.access.exports import exported
from tests.conftest import Browser, Clock
from tests.oversight.people_of_one_name import ID, newcomer, settle, slipped, teacher
from tests.world import PREPARED_AT, World


@pytest.fixture
def names(staffed: World, clock: Clock) -> World:
    """The staff, and people of one name among them."""
    clock.set(PREPARED_AT)
    with database.writing() as session:
        settle(session, staffed)
    return staffed


# --- the list ---


def listed(browser: Browser, query: str = "", username: str = "auditor") -> list[dict[str, Any]]:
    reply = browser.of(username).get(f"/api/v1/namesakes{query}")
    assert reply.status_code == 200, reply.text
    pairs: list[dict[str, Any]] = reply.json()["pairs"]
    return pairs


def judge(browser: Browser, pair: dict[str, Any], finding: str, reason: str, username: str = "auditor") -> Any:
    body = {"person_id": pair["one"]["person_id"], "other_id": pair["other"]["person_id"]}
    return browser.of(username).post("/api/v1/namesakes/findings", json={**body, "finding": finding, "reason": reason})


def entries(event: str) -> list[tuple[str, str, dict[str, Any]]]:
    with database.reading() as session:
        return [(one.actor, one.subject, json.loads(one.data)) for one in session.exec(journal.entries(event=event))]


def test_who_may_not_be_one_is_listed_the_likely_slip_first(names: World, browser: Browser) -> None:
    found = listed(browser)

    told = [(one["one"]["name"], one["likeness"]) for one in found]
    assert told == [("张伟", "one_digit"), ("李静", "other"), ("赵审", "other")]
    first = found[0]
    assert (first["one"]["citizen_id"], first["other"]["citizen_id"]) == (masked(ID), masked(slipped(ID)))
    assert (first["one"]["known_at"], first["other"]["known_at"]) == (["林口县应急管理局 zhangwei"], ["培训中心"])
    assert (first["one"]["standing"], first["other"]["standing"]) == (["监考启封"], ["施教单位的人", "授课"])
    assert [why["code"] for why in first["would_be_refused"]] == ["works_for_institution"]
    assert first["finding"] is None


def test_no_id_leaves_in_full_by_page_file_or_record(names: World, browser: Browser) -> None:
    auditor = browser.of("auditor")
    bodies = [auditor.get(path).text for path in ("/namesakes", "/api/v1/namesakes", "/api/v1/namesakes.csv")]
    judge(browser, listed(browser)[0], "same", "核对了两人的身份证原件")
    bodies += [browser.of("security").get(path).text for path in ("/same-persons", "/api/v1/same-persons")]
    bodies.append(json.dumps(entries("NAMESAKES_READ") + entries("NAMESAKES_JUDGED")))

    assert all(masked(ID) in body for body in bodies[:-1])
    for citizen_id in (ID, slipped(ID)):
        assert not any(citizen_id[6:14] in body or citizen_id[-6:] in body for body in bodies)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?slips=true", ["张伟"]),
        ("?name=李", ["李静"]),
        ("?name=张%20伟", ["张伟"]),
        ("?name=王", []),
        ("?standing=looked_at", []),
        ("?page=9", ["张伟", "李静", "赵审"]),
    ],
)
def test_the_list_is_narrowed_on_the_page_by_the_api_and_in_the_file(
    names: World, browser: Browser, query: str, expected: list[str]
) -> None:
    assert [one["one"]["name"] for one in listed(browser, query)] == expected

    page = browser.of("auditor").get(f"/namesakes{query}").text
    assert [name for name in ("张伟", "李静", "赵审", "王芳") if f"<h2>{name}" in page] == expected
    content = browser.of("auditor").get(f"/api/v1/namesakes.csv{query}").content
    _, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert [row[0] for row in rows] == expected
    assert exported(names, "auditor", content) == [("namesakes", "namesakes", len(expected), "csv")]


def test_long_lists_come_in_pages(names: World, browser: Browser) -> None:
    with database.writing() as session:
        for number in range(700, 711):
            teacher(session, names, "张伟", worlds.citizen_id(number))
            newcomer(session, names, "张伟", worlds.citizen_id(number + 20), f"z{number}", "county", Duty.PROCTOR)
    first, second = (browser.of("auditor").get(f"/api/v1/namesakes?page={page}").json() for page in (1, 2))

    # Twelve who watch and twelve who teach, and the two pairs of other names.
    assert (first["total"], first["pages"], len(first["pairs"]), second["page"]) == (12 * 12 + 2, 3, 50, 2)
    likely = [one["likeness"] != "other" for one in first["pairs"] + second["pairs"]]
    assert likely == sorted(likely, reverse=True) and any(likely) and not all(likely)
    assert 'rel="next"' in browser.of("auditor").get("/namesakes?standing=open&slips=false&name=张").text
    keys = [(one["one"]["person_id"], one["other"]["person_id"]) for one in first["pairs"] + second["pairs"]]
    assert len(set(keys)) == 100


def test_every_look_is_on_record_with_how_many_there_were(names: World, browser: Browser) -> None:
    auditor, label = browser.of("auditor"), f"account:{names.accounts['auditor']}"
    for path in ("/namesakes", "/api/v1/namesakes?slips=true", "/namesakes?standing=looked_at"):
        assert auditor.get(path).status_code == 200

    seen = [(actor, subject, data["standing"], data["pairs"]) for actor, subject, data in entries("NAMESAKES_READ")]
    assert seen[::-1] == [
        (label, "namesakes", "open", 3),
        (label, "namesakes", "open", 1),
        (label, "namesakes", "looked_at", 0),
    ]


def test_who_sits_under_one_id_and_writes_questions_under_another(world: World, clock: Clock, browser: Browser) -> None:
    clock.set(PREPARED_AT)
    trainee = world.trainees[0]
    with database.writing() as session:
        newcomer(session, world, "学员0", slipped(world.citizen_ids[trainee]), "xueyuan", "bureau", Duty.AUTHOR)

    (pair,) = listed(browser, "?name=学员")
    assert (pair["likeness"], [why["code"] for why in pair["would_be_refused"]]) == ("one_digit", ["makes_the_exam"])
    assert {side["citizen_id"] for side in (pair["one"], pair["other"])} >= {masked(world.citizen_ids[trainee])}


# --- findings ---


def test_a_pair_that_was_looked_at_leaves_the_open_list_and_stands_in_the_other(names: World, browser: Browser) -> None:
    pair = listed(browser)[1]
    reply = judge(browser, pair, "different", "两张身份证原件，照片和住址都不同")
    assert reply.status_code == 201

    assert [one["one"]["name"] for one in listed(browser)] == ["张伟", "赵审"]
    (looked_at,) = listed(browser, "?standing=looked_at")
    assert looked_at == reply.json()
    assert (looked_at["finding"]["finding"], looked_at["finding"]["found_by"]) == ("different", "auditor")
    label, one, other = f"account:{names.accounts['auditor']}", pair["one"]["person_id"], pair["other"]["person_id"]
    told = {"other": other, "finding": "different", "likeness": "other", "reason": "两张身份证原件，照片和住址都不同"}
    assert entries("NAMESAKES_JUDGED") == [(label, f"person:{one}", told)]
    assert "两张身份证原件" in browser.of("auditor").get("/namesakes?standing=looked_at").text


def test_the_same_person_is_the_security_administrators_until_a_duty_is_gone(names: World, browser: Browser) -> None:
    security = browser.of("security")
    assert (security.get("/api/v1/same-persons").json(), "/same-persons" in security.get("/").text) == ([], False)
    judge(browser, listed(browser)[0], "same", "两人是同一张身份证")

    (pair,) = security.get("/api/v1/same-persons").json()
    assert (pair["one"]["name"], pair["finding"]["reason"]) == ("张伟", "两人是同一张身份证")
    assert "zhangwei" in security.get("/same-persons").text
    assert 'href="/same-persons"' in security.get("/").text
    with database.writing() as session:
        administering.revoke_duty(
            session, worlds.security(session), names.accounts["zhangwei"], Duty.PROCTOR, now=PREPARED_AT
        )
    assert security.get("/api/v1/same-persons").json() == []
    # What was found stays to be seen by auditors, who are told that nothing clashes any more.
    (kept,) = listed(browser, "?standing=looked_at")
    assert (kept["finding"]["finding"], kept["would_be_refused"]) == ("same", [])


def test_a_finding_may_change_and_both_stay_on_record(names: World, browser: Browser) -> None:
    pair = listed(browser)[1]
    outcomes = [judge(browser, pair, finding, "看了证件") for finding in ("different", "different", "same")]

    assert [reply.status_code for reply in outcomes] == [201, 409, 201]
    assert outcomes[1].json()["code"] == "namesake_found"
    (looked_at,) = listed(browser, "?standing=looked_at")
    assert looked_at["finding"]["finding"] == "same"
    assert [data["finding"] for _, _, data in entries("NAMESAKES_JUDGED")] == ["same", "different"]


def test_nobody_finds_on_themselves_on_no_pair_or_with_an_id_in_the_reason(names: World, browser: Browser) -> None:
    slip, _, own = listed(browser)
    stranger = {"one": slip["one"], "other": own["other"]}
    two_accounts = _people_of(["wangfang", "wangfang2"], names)

    assert judge(browser, own, "different", "看了证件", "auditor2").json()["code"] == "namesake_own"
    assert judge(browser, own, "different", "看了证件").status_code == 201
    assert judge(browser, slip, "same", f"证号{ID.lower()}").json()["code"] == "namesake_reason_id"
    assert judge(browser, slip, "same", "x").status_code == 422
    for pair in (stranger, two_accounts):
        assert judge(browser, pair, "different", "看了证件").status_code == 404
    assert len(entries("NAMESAKES_JUDGED")) == 1


def _people_of(usernames: list[str], world: World) -> dict[str, dict[str, int]]:
    with database.reading() as session:
        found = [session.get_one(Account, world.accounts[name]).person_id for name in usernames]
    return {side: {"person_id": person_id} for side, person_id in zip(("one", "other"), found, strict=True)}


@pytest.mark.parametrize(
    "username", ["administrator", "security", "planner", "statistician", "publisher", "institution"]
)
def test_only_auditors_look_and_find(names: World, browser: Browser, username: str) -> None:
    pair, client = listed(browser)[0], browser.of(username)

    for path in ("/api/v1/namesakes", "/api/v1/namesakes.csv", "/namesakes"):
        assert client.get(path).status_code == 403
    assert judge(browser, pair, "different", "看了证件", username).json()["code"] == "right_missing"
    assert client.get("/api/v1/same-persons").status_code == (200 if username == "security" else 403)
    assert entries("NAMESAKES_JUDGED") == []


def test_the_database_keeps_pairs_in_order_and_finders_apart(names: World) -> None:
    with database.reading() as session:
        people = [one for one, _ in pairwise(sorted(access.people(session, range(1, 9))))][:3]
    first, second, third = people
    row = "INSERT INTO oversight_namesake_finding (person_id, other_id, finding, reason, found_at, found_by)"
    values = "VALUES (:one, :other, :finding, 'r', '2026-11-18 01:00:00', :by)"
    for one, other, finding, by in [
        (second, first, Finding.SAME, third),
        (first, second, Finding.SAME, first),
        (first, second, Finding.SAME, second),
        (first, second, "perhaps", third),
    ]:
        given = {"one": one, "other": other, "finding": str(finding), "by": by}
        with pytest.raises(IntegrityError, match="ck_oversight_namesake_finding"), database.writing() as session:
            session.execute(sa.text(f"{row} {values}"), given)
