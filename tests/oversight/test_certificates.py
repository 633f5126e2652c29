"""Separation certificates: issued by themselves, signed, verified by programs that know nothing of the service."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from service import sweeping
from service.access.actions import using
from service.access.rules import attesting, requirements
from service.access.rules.duties import Duty
from service.journal import queries as journal
from service.kernel import database, errors, sealing
from service.kernel.settings import ROOT
from service.oversight.actions import separation as actions
from service.oversight.queries import separation as queries
from service.oversight.rules import separation as rules
from service.oversight.rules.separation import Part
from service.oversight.tables import SeparationCertificate
from service.papers.rules.states import Form
from service.results.actions import marking, publishing
from service.sittings.actions import breaking
from tests import world as worlds
from tests.conftest import Browser, Clock, Databases, Staged, application
from tests.conftest import using as using_database
from tests.papers.classes import Wanted, open_class
from tests.papers.test_life import assemble, judge, seal
from tests.results import essays, sheets
from tests.world import World

PROGRAM = ROOT / "scripts" / "verify_certificate"


def sit_and_confirm(session: Session, world: World) -> None:
    worlds.begin_exam(session, world)
    marking.hand_in_overdue(session, now=worlds.AFTER)
    worlds.sign_record(session, world)
    publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=worlds.AFTER)


def publish(session: Session, world: World) -> None:
    publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=worlds.AFTER)


@pytest.fixture
def published(staged: Staged) -> World:
    return staged(sat_and_published, worlds.AFTER)


def sat_and_published(session: Session, world: World) -> World:
    sit_and_confirm(session, world)
    publish(session, world)
    return world


def content_of(session: Session, world: World) -> dict[str, Any]:
    found = queries.certificate(session, world.class_id)
    assert found is not None
    content: dict[str, Any] = json.loads(found.document)
    return content


# --- the rule ---


def part(duty: str, person: str) -> Part:
    return Part(duty, person, "", person)


@pytest.mark.parametrize("pair", sorted(map(sorted, requirements.NEVER_DONE["class"])), ids="-".join)
def test_nothing_is_certified_where_one_person_had_two_parts(pair: list[str]) -> None:
    first, second = pair
    apart = [part(first, "甲"), part(second, "乙")]

    assert rules.may_certify(apart, published=True).allowed
    assert rules.may_certify(apart, published=False).code == "not_published"
    both = rules.may_certify([part(first, "甲"), part(second, "甲")], published=True)
    assert (both.code, both.values) == ("separation_not_kept", {"pairs": f"{first}/{second}"})


# --- issued by itself ---


def test_a_certificate_comes_by_itself_after_publication_and_once(world: World, clock: Clock) -> None:
    clock.set(worlds.AFTER)
    with database.writing() as session:
        sit_and_confirm(session, world)
    sweeping.certify_published()
    with database.reading() as session:
        assert queries.certificate(session, world.class_id) is None
        with pytest.raises(errors.WrongState):
            actions.certify(session, world.class_id, now=worlds.AFTER)
    with database.writing() as session:
        publish(session, world)
        head = journal.head(session).seq

    sweeping.certify_published()
    sweeping.certify_published()

    with database.reading() as session:
        (found,) = session.exec(select(SeparationCertificate)).all()
        (noted,) = [entry for entry in journal.about(session, f"class:{world.class_id}") if entry.seq > head]
        content = content_of(session, world)
    assert (noted.event, json.loads(noted.data)["digest"]) == ("SEPARATION_CERTIFIED", found.digest)
    assert content["journal"]["seq"] == head and content["policy"] == attesting.policy_digest()
    assert [one["name"] for one in content["trainers"]] == ["教师0", "教师1", "教师2"]
    assert [(one["duty"], one["name"]) for one in content["exam"]] == [
        ("approve", "approver"),
        ("arrange", "arranger"),
        ("assemble", "assembler"),
        ("author", "author"),
        ("confirm", "confirmer"),
        ("proctor", "proctor1"),
        ("proctor", "proctor2"),
        ("publish", "publisher"),
        ("review", "reviewer"),
    ]
    assert content["candidates"] == 6 and "学员" not in found.document


def test_another_hand_on_the_class_makes_another_certificate(published: World) -> None:
    sweeping.certify_published()
    with database.writing() as session:
        person = published.actor(session, "custodian1").person_id or 0
        later = worlds.AFTER + (worlds.AFTER - worlds.ENDS_AT)
        using.note_deed(session, person, Duty.CUSTODY, f"class:{published.class_id}", now=later)

    sweeping.certify_published()

    with database.reading() as session:
        assert [one.number for one in session.exec(select(SeparationCertificate))] == [1, 2]
        assert "custodian1" in [one["name"] for one in content_of(session, published)["exam"]]


def test_nothing_is_signed_where_somebody_stood_on_both_sides(published: World) -> None:
    with database.writing() as session:
        publisher = published.actor(session, "publisher").person_id or 0
        using.note_deed(session, publisher, "teach", f"class:{published.class_id}", now=worlds.PREPARED_AT)

    sweeping.certify_published()

    client = Browser(application()).of("statistician")
    assert [one["number"] for one in client.get("/api/v1/separation/certificates").json()] == [None]
    assert client.get(f"/api/v1/separation/certificates/{published.class_id}").status_code == 404
    assert "publish/teach" in client.get("/separation").text


# --- who sees it, and who verifies it ---


def test_who_pays_downloads_it_and_strangers_verify_it(published: World, tmp_path: Path) -> None:
    sweeping.certify_published()
    browser, place = Browser(application()), f"/api/v1/separation/certificates/{published.class_id}"
    reply = browser.of("statistician").get(place)
    key = browser.stranger().get("/api/v1/separation/key").text
    assert reply.json()["public_key"] == key and key.startswith("-----BEGIN PUBLIC KEY-----")
    assert browser.of("statistician").get(f"{place}/certificate.pdf").content.startswith(b"%PDF")
    for path in (place, f"{place}/certificate.pdf", "/api/v1/separation/certificates", "/separation"):
        assert browser.of("institution").get(path).status_code == 403
    page = browser.of("statistician").get(f"/separation/classes/{published.class_id}").text
    assert "教师0" in page and "publisher" in page
    assert 'href="/separation"' in browser.of("statistician").get("/pass-rates").text
    assert browser.stranger().get("/separation/verify").status_code == 200

    assert verified(tmp_path, reply.json(), key) == (0, "OK")
    for spoilt in spoilings(reply.json()):
        assert verified(tmp_path, spoilt, key) == (1, "FORGED")
    assert verified(tmp_path, reply.json(), "nothing")[0] == 2


def spoilings(envelope: dict[str, str]) -> list[dict[str, str]]:
    """The certificate with a name changed, with a hand left out, and with a signature of its own."""
    content = json.loads(envelope["document"])
    content["exam"] = content["exam"][1:]
    return [
        envelope | {"document": envelope["document"].replace("publisher", "somebody")},
        envelope | {"document": json.dumps(content, ensure_ascii=False)},
        envelope | {"signature": "00" * 64},
        envelope | {"signature": envelope["signature"][:-1] + ("0" if envelope["signature"][-1] != "0" else "1")},
    ]


def verified(folder: Path, envelope: dict[str, str], key: str) -> tuple[int, str]:
    """What the program says where nothing but the standard library is there."""
    (folder / "certificate.json").write_text(json.dumps(envelope), encoding="utf-8")
    (folder / "key.pem").write_text(key, encoding="ascii")
    alone = shutil.copy(PROGRAM, folder / "verify_certificate")
    command = [sys.executable, "-I", "-S", str(alone), "certificate.json", "key.pem"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    return run.returncode, (run.stdout or run.stderr).split(":")[0]


def test_a_signed_certificate_that_names_one_person_twice_is_broken(published: World, tmp_path: Path) -> None:
    """Even the service's own key would not get this past the verifier."""
    sweeping.certify_published()
    with database.reading() as session:
        content = content_of(session, published)
    key = sealing.public_key(actions.PURPOSE)

    def signed(changed: dict[str, Any]) -> dict[str, str]:
        text = json.dumps(content | changed)
        signature = sealing.sign(text.encode(), purpose=actions.PURPOSE).hex()
        return {"document": text, "signature": signature}

    assert verified(tmp_path, signed({}), key) == (0, "OK")
    assert verified(tmp_path, signed({"trainers": content["exam"][:1]}), key) == (1, "BROKEN")
    two = [one | {"person": "x"} for one in content["exam"] if one["duty"] in ("confirm", "publish")]
    assert verified(tmp_path, signed({"exam": two}), key) == (1, "BROKEN")
    assert verified(tmp_path, signed({"format": "another"}), key) == (1, "UNKNOWN")
    # One of the first form is read as before, and says that it does not tell.
    assert verified(tmp_path, signed({"format": "peikao.separation/1", "marked_by": "system"}), key) == (0, "OK")
    assert whole_verdict(tmp_path).startswith("not told: ")
    first, second = ({"name": mark, "body": "", "person": mark} for mark in "xy")
    exam = [*content["exam"], first | {"duty": "custody"}, second | {"duty": "custody"}]
    opening = {
        "form": "A",
        "reason": "停电",
        "begun_at": "2026-11-20T00:00:00+00:00",
        "at": "2026-11-20T00:14:59+00:00",
    }
    for by, change, verdict in (
        ([first, second], {}, "OK"),
        ([first, first], {}, "BROKEN"),
        ([first], {}, "BROKEN"),
        ([first, content["exam"][0]], {}, "BROKEN"),
        ([first, second], {"at": "2026-11-20T00:15:00+00:00"}, "BROKEN"),
        ([first, second], {"at": "2026-11-19T23:59:00+00:00"}, "BROKEN"),
    ):
        lines = [opening | change | {"by": by}]
        assert verified(tmp_path, signed({"exam": exam, "broken_open": lines}), key)[1] == verdict, (by, change)


LINES = {name: {"name": name, "body": "", "person": name} for name in ("甲", "乙", "丙")}
BY_SYSTEM = {"format": "peikao.separation/2", "marked_by": "system"}
MARKED = [
    pytest.param([], {"marked_by": []}, "OK", id="by the system alone"),
    pytest.param("甲乙", {"marked_by": [LINES["甲"], LINES["乙"]]}, "OK", id="by two people"),
    pytest.param("甲乙丙", {"marked_by": [LINES["甲"], LINES["乙"]]}, "OK", id="one was handed a text only"),
    pytest.param("甲", {"marked_by": [LINES["甲"]]}, "BROKEN", id="by one person"),
    pytest.param("甲", {"marked_by": [LINES["甲"], LINES["甲"]]}, "BROKEN", id="by one person, named twice"),
    pytest.param("甲", {"marked_by": [LINES["甲"], LINES["乙"]]}, "BROKEN", id="by somebody who is not in the exam"),
    pytest.param("甲乙", {"marked_by": "system"}, "", id="the word of the older forms"),
    pytest.param([], BY_SYSTEM, "OK", id="one that was issued before"),
    pytest.param("甲乙", BY_SYSTEM, "BROKEN", id="an older form with people who marked"),
    pytest.param([], BY_SYSTEM | {"marked_by": []}, "BROKEN", id="an older form without the word"),
]


@pytest.mark.parametrize(("hands", "change", "verdict"), MARKED)
def test_who_marked_is_verified(
    published: World, tmp_path: Path, hands: Sequence[str], change: dict[str, Any], verdict: str
) -> None:
    sweeping.certify_published()
    with database.reading() as session:
        content = content_of(session, published)
    exam = [*content["exam"], *(LINES[one] | {"duty": "mark"} for one in hands)]
    text = json.dumps(content | {"exam": exam} | change)
    signature = sealing.sign(text.encode(), purpose=actions.PURPOSE).hex()
    envelope = {"document": text, "signature": signature}

    found = verified(tmp_path, envelope, sealing.public_key(actions.PURPOSE))

    # What is not even of the right shape cannot be read.
    assert found == {"OK": (0, "OK"), "BROKEN": (1, "BROKEN")}.get(verdict, (2, "the certificate cannot be read"))


def test_whoever_taught_and_marked_breaks_a_certificate(published: World, tmp_path: Path) -> None:
    sweeping.certify_published()
    with database.reading() as session:
        content = content_of(session, published)
    first, second = content["trainers"][0], LINES["乙"]
    for marks, verdict in (([first, second], "BROKEN"), ([LINES["甲"], second], "OK")):
        exam = [*content["exam"], *(one | {"duty": "mark"} for one in marks)]
        text = json.dumps(content | {"exam": exam, "marked_by": marks})
        signature = sealing.sign(text.encode(), purpose=actions.PURPOSE).hex()
        key = sealing.public_key(actions.PURPOSE)
        assert verified(tmp_path, {"document": text, "signature": signature}, key)[1] == verdict


def test_a_certificate_names_those_who_marked(databases: Databases, tmp_path: Path, clock: Clock) -> None:
    with databases.copy("essays", essays.handed_in) as (url, world), using_database(url, tmp_path / "clock"):
        at = essays.HANDED_IN_AT + timedelta(hours=2)
        clock.set(at)
        with database.writing() as session:
            essays.mark_all(session, world, [4, 3, 3], by=("marker1", "marker2"), now=at)
            worlds.sign_record(session, world, now=at)
            publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=at)
            publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=at)
        sweeping.certify_published()
        sweeping.certify_published()

        with database.reading() as session:
            assert [one.number for one in session.exec(select(SeparationCertificate))] == [1]
            content = content_of(session, world)
        assert (content["format"], [one["name"] for one in content["marked_by"]]) == (
            rules.FORMAT,
            ["marker1", "marker2"],
        )
        hands = [one for one in content["exam"] if one["duty"] == "mark"]
        assert [one["person"] for one in hands] == [one["person"] for one in content["marked_by"]]
        client = Browser(application()).of("statistician")
        place = f"/api/v1/separation/certificates/{world.class_id}"
        page = client.get(f"/separation/classes/{world.class_id}").text
        assert "简答题由marker1、marker2背靠背评分，其余由系统按答案自动评分" in page
        assert client.get(f"{place}/certificate.pdf").content.startswith(b"%PDF")
        key = client.get("/api/v1/separation/key").text
        assert verified(tmp_path, client.get(place).json(), key) == (0, "OK")
        assert whole_verdict(tmp_path) == "free texts marked by marker1, marker2"


COPIED = [
    pytest.param("甲乙", "甲乙", {}, "OK", id="by two people"),
    pytest.param("甲乙丙", "甲乙", {}, "OK", id="and one who marked only"),
    pytest.param("甲", "甲", {}, "BROKEN", id="by one person"),
    pytest.param("甲", "甲乙", {}, "BROKEN", id="by somebody who is not in the exam"),
    pytest.param("甲", "甲", {"format": "peikao.separation/3"}, "OK", id="an older form says nothing of it"),
]


@pytest.mark.parametrize(("hands", "copied", "change", "verdict"), COPIED)
def test_who_copied_from_paper_is_verified(
    published: World, tmp_path: Path, hands: str, copied: str, change: dict[str, Any], verdict: str
) -> None:
    sweeping.certify_published()
    with database.reading() as session:
        content = content_of(session, published)
    assert content["copied_by"] == []
    exam = [*content["exam"], *(LINES[one] | {"duty": "mark"} for one in hands)]
    text = json.dumps(content | {"exam": exam, "copied_by": [LINES[one] for one in copied]} | change)
    signature = sealing.sign(text.encode(), purpose=actions.PURPOSE).hex()

    found = verified(tmp_path, {"document": text, "signature": signature}, sealing.public_key(actions.PURPOSE))

    assert found[1] == verdict


def test_a_certificate_names_those_who_copied_from_paper(world: World, tmp_path: Path, clock: Clock) -> None:
    clock.set(worlds.AFTER)
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=5)
        (sheet,) = sheets.collected(session, world, world.seats[:1])
        for who in ("marker1", "proctor2"):
            sheets.enter(session, world, sheet, who, {})
        worlds.sign_record(session, world)
        publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=worlds.AFTER)
        publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=worlds.AFTER)
    sweeping.certify_published()
    with database.reading() as session:
        content = content_of(session, world)
        assert [one["name"] for one in content["copied_by"]] == ["proctor2", "marker1"]
    client = Browser(application()).of("statistician")
    assert "纸质答题卡由proctor2、marker1背靠背誊录" in client.get(f"/separation/classes/{world.class_id}").text
    place = f"/api/v1/separation/certificates/{world.class_id}"
    assert client.get(f"{place}/certificate.pdf").content.startswith(b"%PDF")
    key = client.get("/api/v1/separation/key").text
    assert verified(tmp_path, client.get(place).json(), key) == (0, "OK")
    assert whole_verdict(tmp_path) == "answer sheets on paper copied by proctor2, marker1"


def break_open(session: Session, world: World, at: datetime) -> None:
    for username in ("custodian1", "custodian2"):
        actor = world.actor(session, username)
        hand = worlds.hand(session, actor)
        decision, _ = breaking.break_open(session, actor, world.paper_id, Form.B, "考场停电，换用备用卷", hand, now=at)
        assert decision.allowed, decision


def test_what_was_broken_open_stands_on_it(published: World, clock: Clock, tmp_path: Path) -> None:
    """Also when it happens after the certificate, by hands that are named there already."""
    sweeping.certify_published()
    with database.writing() as session:
        assert content_of(session, published)["broken_open"] == []
        for username in ("custodian1", "custodian2"):
            person = published.actor(session, username).person_id or 0
            using.note_deed(session, person, Duty.CUSTODY, f"class:{published.class_id}", now=worlds.ENDS_AT)
        break_open(session, published, worlds.AFTER + timedelta(minutes=10))
    clock.set(worlds.AFTER + timedelta(minutes=20))

    sweeping.certify_published()
    sweeping.certify_published()

    with database.reading() as session:
        assert [one.number for one in session.exec(select(SeparationCertificate))] == [1, 2]
        content = content_of(session, published)
    [line] = content["broken_open"]
    assert (line["form"], line["reason"], [hand["name"] for hand in line["by"]]) == (
        "B",
        "考场停电，换用备用卷",
        ["custodian1", "custodian2"],
    )
    custodians = {one["person"] for one in content["exam"] if one["duty"] == "custody"}
    assert {hand["person"] for hand in line["by"]} == custodians
    client = Browser(application()).of("statistician")
    place = f"/api/v1/separation/certificates/{published.class_id}"
    assert "考场停电，换用备用卷" in client.get(f"/separation/classes/{published.class_id}").text
    assert client.get(f"{place}/certificate.pdf").content.startswith(b"%PDF")
    key = client.get("/api/v1/separation/key").text
    assert verified(tmp_path, client.get(place).json(), key) == (0, "OK")
    said = whole_verdict(tmp_path)
    assert (
        said
        == f"opened outside the usual way: form B at {line['at']} by custodian1 and custodian2: 考场停电，换用备用卷"
    )


def whole_verdict(folder: Path) -> str:
    """The last line that the program says to what was written down last."""
    command = [sys.executable, "-I", "-S", str(folder / "verify_certificate"), "certificate.json", "key.pem"]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder).stdout.splitlines()[-1]


def test_one_of_the_first_form_that_is_silent_about_it_is_made_anew(published: World) -> None:
    with database.writing() as session:
        break_open(session, published, worlds.AFTER - timedelta(minutes=1))
        actions.certify(session, published.class_id, now=worlds.AFTER)
        [old] = session.exec(select(SeparationCertificate)).all()
        old.document = old.document.replace(rules.FORMAT, "peikao.separation/1")
        session.add(old)

    sweeping.certify_published()

    with database.reading() as session:
        numbers = [(one.number, rules.FORMAT in one.document) for one in session.exec(select(SeparationCertificate))]
        [first] = [one for one in session.exec(select(SeparationCertificate)) if one.number == 1]
        assert actions.print_certificate(first).startswith(b"%PDF")
    assert numbers == [(1, False), (2, True)]


def test_after_a_rejected_paper_the_makers_of_items_count_up_to_the_sealing_of_the_living_one(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        judge(session, other, assemble(session, other), approve=False)
        paper = assemble(session, other, seed=12)
        judge(session, other, paper, approve=True)
        seal(session, other, paper)
        newcomer = world.actor(session, "planner").person_id or 0
        using.note_deed(session, newcomer, Duty.AUTHOR, "item:written-later", now=worlds.AFTER)

        named = {(duty, person.id) for duty, person in queries.deeds(session, other.class_id)}

        assert (Duty.AUTHOR, newcomer) not in named
        assert (Duty.AUTHOR, world.actor(session, "author").person_id) in named
