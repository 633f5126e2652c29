"""The room record: it says what happened, its digest changes with every event, and two proctors confirm it."""

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from service.journal import queries as journal
from service.kernel import database, errors
from service.results.actions import marking
from service.sittings.actions import checking_in, clockwork, minding, proctoring, recording
from service.sittings.actions.recording import RoomRecord
from service.sittings.queries import rooms
from service.sittings.rules import phases
from service.sittings.rules import recording as rules
from service.sittings.rules.cases import CaseOutcome
from service.sittings.rules.door import Act, CaseKind
from service.sittings.rules.room import IncidentKind, Recheck
from service.sittings.rules.seats import RefusalReason
from service.sittings.tables import Case, Departure, RecordConfirmation, Scan, Seat, Sitting
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import AFTER, CHECK_IN_AT, ENDS_AT, STARTS_AT, WORKING_AT, World

NOISE = IncidentKind.NOISE
JPEG = b"\xff\xd8\xff\xe0 a photo"


# --- the rules ---


def test_a_digest_is_made_over_the_content_and_nothing_else() -> None:
    first, second = {"b": [1, None], "a": "照片", "at": STARTS_AT}, {"at": STARTS_AT, "a": "照片", "b": [1, None]}
    plain = '{"a":"照片","at":"2026-11-20T01:00:00.000000+00:00","b":[1,null]}'

    assert rules.canonical(first) == rules.canonical(second) == plain.encode()
    assert rules.digest(first) == hashlib.sha256(plain.encode()).hexdigest()
    assert rules.grouped("0123456789ab") == "0123 4567 89ab"


PLAN = phases.planned(STARTS_AT, 90, 30)


@pytest.mark.parametrize(
    ("now", "open_sheets", "code"),
    [
        pytest.param(CHECK_IN_AT, 0, "record_too_early", id="at check-in"),
        pytest.param(PLAN.last_entry_at, 0, "record_too_early", id="somebody may still come"),
        pytest.param(PLAN.last_entry_at + timedelta(seconds=1), 0, "allowed", id="nobody may, and all are done"),
        pytest.param(PLAN.last_entry_at + timedelta(seconds=1), 1, "sheets_open", id="somebody works"),
        pytest.param(ENDS_AT, 1, "sheets_open", id="over, not yet collected"),
        pytest.param(ENDS_AT, 0, "allowed", id="over"),
    ],
)
def test_a_record_is_confirmed_when_nobody_can_come_and_nobody_works(now: Any, open_sheets: int, code: str) -> None:
    assert rules.may_confirm(PLAN, now, open_sheets).code == code


def test_what_was_seen_must_be_what_it_says() -> None:
    assert [rules.may_sign(seen, "b").code for seen in (None, "b", "a")] == ["allowed", "allowed", "record_changed"]


# --- the content ---


@pytest.fixture
def at_work(world: World) -> World:
    """Everybody but the last one is admitted; the first two work."""
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=1)
        for seat_id in world.seats[:2]:
            worlds.start(session, seat_id)
    return world


def record_of(session: Session, world: World, username: str = "proctor1", now: Any = WORKING_AT) -> RoomRecord:
    return recording.read(session, world.actor(session, username), world.sitting_id, now=now)


def due(session: Session, world: World) -> Any:
    return rooms.recheck_due_at(session.get_one(Sitting, world.sitting_id), world.seats[0])


def offline_scan(session: Session, world: World, *, case: bool = False) -> None:
    """What a tablet did while it was cut off, as the door keeps it."""
    scan = Scan(
        sitting_id=world.sitting_id,
        nonce=f"nonce-{case}",
        seat_id=world.seats[2],
        person_id=world.actor(session, "proctor1").person_id or 0,
        act=Act.ADMIT,
        verdict="admitted_twice" if case else "allowed",
        offline=True,
        at=CHECK_IN_AT,
        learnt_at=WORKING_AT,
    )
    session.add(scan)
    session.flush()
    if case:
        session.add(
            Case(
                sitting_id=world.sitting_id,
                seat_id=scan.seat_id,
                scan_id=scan.id or 0,
                kind=CaseKind.ADMITTED_TWICE,
                opened_at=WORKING_AT,
            )
        )


def decided(session: Session, world: World) -> None:
    case = session.exec(select(Case)).one()
    case.closed_at, case.closed_by = WORKING_AT, world.actor(session, "proctor1").person_id
    case.outcome, case.reason = CaseOutcome.KEEP, "两台平板都核对过"


def departure(session: Session, world: World) -> None:
    seat = {"sitting_id": world.sitting_id, "seat_id": world.seats[0]}
    session.add(Departure(**seat, nonce="n", kind="window", seconds=7, made_at=WORKING_AT, learnt_at=WORKING_AT))


# Each act, and the part of the content that it changes.
EVENTS: list[tuple[str, Callable[[Session, Any, World], object]]] = [
    ("pauses", lambda s, p, w: clockwork.pause_room(s, p, w.sitting_id, "停电十分钟", now=WORKING_AT)),
    ("pauses", lambda s, p, w: clockwork.resume_room(s, p, w.sitting_id, now=WORKING_AT)),
    ("pauses", lambda s, p, w: clockwork.pause_seat(s, p, w.sitting_id, w.seats[0], "考生头晕", now=WORKING_AT)),
    ("pauses", lambda s, p, w: clockwork.resume_seat(s, p, w.sitting_id, w.seats[0], now=WORKING_AT)),
    ("extra_time", lambda s, p, w: clockwork.add_time_to_room(s, p, w.sitting_id, 4, "投影故障", None, now=WORKING_AT)),
    (
        "extra_time",
        lambda s, p, w: clockwork.add_time_to_seat(s, p, w.sitting_id, w.seats[0], 3, "键盘坏了", None, now=WORKING_AT),
    ),
    (
        "incidents",
        lambda s, p, w: minding.report_incident(
            s, p, w.sitting_id, None, IncidentKind.NOISE, "隔壁装修", now=WORKING_AT
        ),
    ),
    ("incidents", lambda s, p, w: minding.add_photo(s, p, 1, JPEG, now=WORKING_AT)),
    ("messages", lambda s, p, w: minding.send_message(s, p, w.sitting_id, None, "请注意时间", now=WORKING_AT)),
    ("machine_changes", lambda s, p, w: proctoring.release_seat(s, p, w.seats[1], "显示器黑屏", now=WORKING_AT)),
    ("rechecks", lambda s, p, w: minding.recheck(s, p, w.seats[0], Recheck.SAME, "戴了帽子", now=due(s, w))),
    ("leavings", lambda s, p, w: departure(s, w)),
    ("offline_check_ins", lambda s, p, w: offline_scan(s, w)),
    ("cases", lambda s, p, w: offline_scan(s, w, case=True)),
    ("cases", lambda s, p, w: decided(s, w)),
    (
        "seats",
        lambda s, p, w: checking_in.turn_away(s, p, w.seats[5], RefusalReason.LATE, "", now=WORKING_AT),
    ),
    ("seats", lambda s, p, w: worlds.start(s, w.seats[2], now=WORKING_AT)),
    ("seats", lambda s, p, w: worlds.hand_in(s, w.seats[1], now=WORKING_AT)),
    ("seats", lambda s, p, w: marking.collect(s, p, w.seats[2], now=WORKING_AT)),
    ("seats", lambda s, p, w: marking.terminate(s, p, w.seats[0], IncidentKind.PHONE, "桌下有手机", now=WORKING_AT)),
    ("seats", lambda s, p, w: marking.hand_in_overdue(s, now=AFTER)),
]


def test_every_event_changes_the_record_and_time_alone_does_not(at_work: World) -> None:
    with database.writing() as session:
        proctor = at_work.actor(session, "proctor1")
        before = record_of(session, at_work)
        assert record_of(session, at_work, "proctor2", ENDS_AT).digest == before.digest
        for part, act in EVENTS:
            act(session, proctor, at_work)
            session.flush()
            after = record_of(session, at_work)
            assert after.digest != before.digest, part
            assert after.content[part] != before.content[part], part
            before = after

        assert before.digest == hashlib.sha256(rules.canonical(before.content)).hexdigest()
        counts = before.counts
        assert (counts.enrolled, counts.admitted, counts.missing, counts.refused) == (6, 5, 0, {"late": 1})
        assert counts.handed_in == {"candidate": 1, "clock": 2, "proctor": 1, "termination": 1}
        assert [one["by"] for one in before.content["openings"]] == ["proctor1", "proctor2"]
        assert before.content["incidents"][0]["photos"] == [hashlib.sha256(JPEG).hexdigest()]
        # A doubt and an ended exam are incidents themselves.
        assert [one["kind"] for one in before.content["incidents"]] == ["noise", "phone"]
        assert [one["reason"] for one in before.content["machine_changes"]] == ["显示器黑屏"]
        assert before.content["leavings"] == [
            {"seat": before.content["rechecks"][0]["seat"], "kind": "window", "times": 1, "seconds": 7}
        ]


def test_whoever_came_late_and_who_never_came_is_counted(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=2)
        late = world.seats[4]
        checking_in.admit(session, world.actor(session, "proctor1"), late, now=STARTS_AT + timedelta(minutes=5))

        counts = record_of(session, world).counts

    assert (counts.enrolled, counts.admitted, counts.late, counts.missing, counts.open_sheets) == (6, 5, 1, 1, 5)


# --- confirming ---


def confirm(session: Session, world: World, username: str, remark: str = "", **more: Any) -> RoomRecord:
    return recording.confirm(session, world.actor(session, username), world.sitting_id, remark, now=AFTER, **more)


def test_both_proctors_confirm_what_they_have_seen(at_work: World) -> None:
    with database.writing() as session:
        with pytest.raises(errors.WrongState, match="sheets_open"):
            confirm(session, at_work, "proctor1")
        marking.hand_in_overdue(session, now=ENDS_AT)
        seen = record_of(session, at_work, now=AFTER)
        assert [one.name for one in seen.signed] == []

        confirm(session, at_work, "proctor1", "设备正常", seen=seen.digest)
        again = confirm(session, at_work, "proctor1", "设备正常", seen=seen.digest)
        both = confirm(session, at_work, "proctor2")

        assert [(one.name, one.remark, one.current) for one in again.signed] == [("proctor1", "设备正常", True)]
        assert [(one.name, one.current) for one in both.signed] == [("proctor1", True), ("proctor2", True)]
        assert both.digest == seen.digest, "confirming is not part of what is confirmed"
        entries = journal.about(session, f"sitting:{at_work.sitting_id}")
        signed = [json.loads(one.data) for one in entries if one.event == "ROOM_RECORD_CONFIRMED"]
        assert [(one["digest"], one["again"]) for one in signed] == [(seen.digest, False)] * 2
        kept = session.exec(select(RecordConfirmation).order_by("journal_seq")).all()
        assert [(one.digest, one.journal_seq) for one in kept] == [
            (seen.digest, signed[0]["after"]),
            (seen.digest, signed[1]["after"]),
        ]


def test_what_happens_after_the_first_confirmation_makes_it_out_of_date(at_work: World) -> None:
    with database.writing() as session:
        marking.hand_in_overdue(session, now=ENDS_AT)
        first = confirm(session, at_work, "proctor1")
        proctor = at_work.actor(session, "proctor2")
        minding.report_incident(session, proctor, at_work.sitting_id, None, IncidentKind.OTHER, "补记一条", now=AFTER)

        with pytest.raises(errors.WrongState, match="record_changed"):
            confirm(session, at_work, "proctor2", seen=first.digest)
        second = confirm(session, at_work, "proctor2")
        assert [(one.name, one.current) for one in second.signed] == [("proctor1", False), ("proctor2", True)]
        third = confirm(session, at_work, "proctor1")

        assert {one.name: one.current for one in third.signed} == {"proctor1": True, "proctor2": True}
        assert len(list(session.exec(select(RecordConfirmation)))) == 2
        noted = [json.loads(one.data)["again"] for one in journal.about(session, f"sitting:{at_work.sitting_id}")
                 if one.event == "ROOM_RECORD_CONFIRMED"]  # fmt: skip
        assert noted == [False, False, True]


# --- over HTTP ---


def test_the_record_is_for_its_proctors_the_bureau_and_the_auditors(
    at_work: World, browser: Browser, clock: Clock
) -> None:
    clock.set(WORKING_AT)
    place = f"/api/v1/sittings/{at_work.sitting_id}/record"
    shown = {
        username: [browser.of(username).get(f"{place}{more}").status_code for more in ("", ".pdf")]
        for username in ("proctor1", "proctor2", "arranger", "auditor", "proctor_elsewhere", "planner", "institution")
    }
    assert shown == {
        "proctor1": [200, 200],
        "proctor2": [200, 200],
        "arranger": [200, 200],
        "auditor": [200, 200],
        "proctor_elsewhere": [404, 404],
        "planner": [403, 403],
        "institution": [403, 403],
    }
    body = browser.of("auditor").get(place).json()
    content = json.dumps(body["content"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(content.encode()).hexdigest() == body["digest"], "anybody can make the digest again"
    assert (body["may_confirm"], body["code"], body["mine"]) == (False, "sheets_open", False)
    early = browser.of("proctor1").post(f"{place}/confirmation", json={})
    assert (early.status_code, early.json()["code"]) == (409, "sheets_open")
    assert browser.of("arranger").post(f"{place}/confirmation", json={}).status_code == 403
    assert browser.of("proctor_elsewhere").post(f"{place}/confirmation", json={}).status_code == 404


def test_the_board_and_the_page_say_who_has_confirmed(at_work: World, browser: Browser, clock: Clock) -> None:
    first, second = browser.of("proctor1"), browser.of("proctor2")
    board, page = f"/api/v1/sittings/{at_work.sitting_id}/board", f"/proctor/sittings/{at_work.sitting_id}/record"
    clock.set(WORKING_AT)
    assert first.get(board).json()["record"] is None
    assert "data-api" not in first.get(page).text
    with database.writing() as session:
        marking.hand_in_overdue(session, now=ENDS_AT)
    clock.set(AFTER)
    assert first.get(board).json()["record"] == {"mine": False, "signed": []}
    assert "/record/confirmation" in first.get(page).text

    digest = first.get(f"/api/v1/sittings/{at_work.sitting_id}/record").json()["digest"]
    reply = first.post(f"/api/v1/sittings/{at_work.sitting_id}/record/confirmation", json={"digest": digest})

    assert (reply.status_code, reply.json()["mine"]) == (200, True)
    marks = [one.get(board).json()["record"] for one in (first, second)]
    assert [mark["mine"] for mark in marks] == [True, False]
    assert [(one["name"], one["current"]) for one in marks[0]["signed"]] == [("proctor1", True)]
    assert "/record/confirmation" not in first.get(page).text
    assert "/record/confirmation" in second.get(page).text
    assert "/record/confirmation" not in browser.of("auditor").get(page).text
    stale = second.post(
        f"/api/v1/sittings/{at_work.sitting_id}/record/confirmation", json={"digest": "0" * 64, "remark": ""}
    )
    assert (stale.status_code, stale.json()["code"]) == (409, "record_changed")


def text_of(pdf: bytes, folder: Path) -> str:
    """The words of a PDF, without the spaces that typesetting puts between them."""
    (folder / "record.pdf").write_bytes(pdf)
    run = subprocess.run(["pdftotext", "-layout", "record.pdf", "-"], cwd=folder, capture_output=True, check=True)
    return re.sub(r"\s+", "", run.stdout.decode())


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_the_printed_record_says_it_all(at_work: World, tmp_path: Path) -> None:
    with database.writing() as session:
        proctor = at_work.actor(session, "proctor1")
        for _, act in EVENTS:
            act(session, proctor, at_work)
        confirm(session, at_work, "proctor1", "设备正常")
        minding.report_incident(
            session,
            proctor,
            at_work.sitting_id,
            at_work.seats[3],
            IncidentKind.OTHER,
            '#read("/etc/passwd")',
            now=AFTER,
        )
        confirm(session, at_work, "proctor2")
        found = record_of(session, at_work, now=AFTER)
        printed = text_of(recording.print_record(session, proctor, at_work.sitting_id, now=AFTER), tmp_path)

    said = [
        *("考场记录", "2024年班组长班", "考试点", "一号", "proctor1、proctor2", "2026-11-2009:00"),
        *("停电十分钟", "考生头晕", "投影故障", "4分钟", "键盘坏了", "隔壁装修", "噪声或环境干扰", "请注意时间"),
        *("显示器黑屏", "本人无误", "戴了帽子", "离开考试窗口", "1次", "7秒", "桌下有手机", "携带或使用手机"),
        *("同一考生在两台平板", "维持现状", "两台平板都核对过", "超过迟到时限", "终止考试收卷", "学员0"),
        *('#read("/etc/passwd")', hashlib.sha256(JPEG).hexdigest(), "设备正常", "需重新确认", "已确认以上内容"),
        *(found.digest, str(found.journal_seq), found.journal_hash, found.head_code),
    ]
    assert (found.head_size, len(found.head_code)) == (found.journal_seq, 19)
    assert [one for one in said if one.replace(" ", "") not in printed] == []


def test_the_record_of_a_rehearsal_opens_nothing(world: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        sitting = session.get_one(Sitting, world.sitting_id)
        sitting.rehearsal, sitting.form_id = True, None
        assert session.get_one(Seat, world.seats[0]).admitted_at is None
    clock.set(WORKING_AT)

    body = browser.of("proctor1").get(f"/api/v1/sittings/{world.sitting_id}/record").json()

    assert (body["content"]["sitting"]["rehearsal"], body["content"]["openings"]) == (True, [])
    assert browser.of("proctor1").get(f"/proctor/sittings/{world.sitting_id}/record").status_code == 200
    assert browser.of("proctor1").get(f"/api/v1/sittings/{world.sitting_id}/record.pdf").content[:5] == b"%PDF-"


def test_printing_goes_on_record_by_the_digest_of_what_was_handed_out(
    at_work: World, browser: Browser, clock: Clock
) -> None:
    clock.set(AFTER)
    with database.reading() as session:
        assert [
            one.event for one in journal.about(session, f"sitting:{at_work.sitting_id}") if "PRINTED" in one.event
        ] == []

    record = browser.of("auditor").get(f"/api/v1/sittings/{at_work.sitting_id}/record.pdf").content
    plan = browser.of("arranger").get(f"/api/v1/sittings/{at_work.sitting_id}/seat-plan.pdf").content
    assert browser.of("publisher").get(f"/api/v1/sittings/{at_work.sitting_id}/seat-plan.pdf").status_code == 403

    with database.reading() as session:
        entries = journal.about(session, f"sitting:{at_work.sitting_id}")
    printed = [json.loads(one.data) for one in entries if one.event == "DOCUMENT_PRINTED"]
    assert printed == [
        {"document": "room_record", "digest": hashlib.sha256(record).hexdigest()},
        {"document": "seat_plan", "digest": hashlib.sha256(plan).hexdigest()},
    ]
