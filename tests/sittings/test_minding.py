"""Minding a room: messages, second looks at identities, incidents and their photos."""

import json
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from service.journal import queries as journal
from service.kernel import database, errors, sealing
from service.results.actions import marking
from service.sittings.actions import minding
from service.sittings.queries import happenings, rooms
from service.sittings.rules import minding as rules
from service.sittings.rules import phases, room
from service.sittings.rules.phases import Phase
from service.sittings.rules.room import IncidentKind, Recheck
from service.sittings.rules.seats import SeatState
from service.sittings.tables import IdentityCheck, Incident, IncidentPhoto, Message, Presence, Seat, Sitting
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import CHECK_IN_AT, ENDS_AT, STARTS_AT, WORKING_AT, World

JPEG, PNG = b"\xff\xd8\xff\xe0 a photo", b"\x89PNG\r\n\x1a\n a photo"
HEARING = {SeatState.ADMITTED, SeatState.WORKING, SeatState.PAUSED}


@pytest.fixture
def at_work(world: World) -> World:
    """Everybody but the last one is admitted; the first two work."""
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=1)
        for seat_id in world.seats[:2]:
            worlds.start(session, seat_id)
    return world


# --- the rules ---


@pytest.mark.parametrize("state", SeatState)
def test_who_is_told_is_who_sees_it(state: SeatState) -> None:
    assert rules.may_tell_seat(state).code == ("allowed" if state in HEARING else "seat_not_there")


@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize("phase", Phase)
def test_a_room_is_told_from_check_in_until_nobody_is_there(phase: Phase, heard: bool) -> None:
    code = {Phase.PLANNED: "not_begun", Phase.ENDED: "allowed" if heard else "sitting_ended"}.get(phase, "allowed")
    assert rules.may_tell_room(phase, heard=heard).code == code


@pytest.mark.parametrize("state", SeatState)
def test_an_identity_is_looked_at_again_at_work_once_and_from_its_minute_on(state: SeatState) -> None:
    due = STARTS_AT + timedelta(minutes=40)

    def code(now: datetime, *, done: bool = False) -> str:
        return rules.may_recheck(state, due, now, done=done).code

    if state not in {SeatState.WORKING, SeatState.PAUSED}:
        assert code(due) == "seat_not_working"
        return
    assert code(due - timedelta(microseconds=1)) == "recheck_not_due"
    assert code(due) == "allowed"
    assert code(due, done=True) == "recheck_done"


def test_the_minutes_of_second_looks_are_spread_over_the_exam_and_differ_by_seat() -> None:
    at = phases.planned(STARTS_AT, 90, 30)
    drawn = [room.recheck_at(at, f"{number}".encode()) for number in range(300)]

    assert min(drawn) >= STARTS_AT + timedelta(minutes=10)
    assert max(drawn) < ENDS_AT - timedelta(minutes=10)
    assert len(set(drawn)) > 50


@pytest.mark.parametrize("kind", IncidentKind)
def test_an_exam_is_ended_for_what_a_candidate_or_the_machine_did(kind: IncidentKind) -> None:
    never = {IncidentKind.NOISE, IncidentKind.OTHER, IncidentKind.PROCTOR_LATE, IncidentKind.PROCTOR_ERROR}
    assert room.may_end(kind).code == ("no_reason_to_end" if kind in never else "allowed")


# --- messages ---


def test_a_message_is_kept_once_and_its_words_are_not_in_the_journal(at_work: World) -> None:
    seat_id, sitting = at_work.seats[0], at_work.sitting_id
    with database.writing() as session:
        proctor = at_work.actor(session, "proctor1")
        for _ in range(2):
            minding.send_message(session, proctor, sitting, None, "还有三十分钟", "nonce-of-room", now=WORKING_AT)
            minding.send_message(session, proctor, sitting, seat_id, "请坐好", "nonce-of-seat", now=WORKING_AT)

        kept = [(one.seat_id, one.text) for one in session.exec(select(Message))]
        assert kept == [(None, "还有三十分钟"), (seat_id, "请坐好")]
        (entry,) = [one for one in journal.about(session, f"seat:{seat_id}") if one.event == "MESSAGE_SENT"]
        assert json.loads(entry.data)["text"] == sealing.digest("请坐好".encode())
        with pytest.raises(errors.WrongState, match="seat_not_there"):
            minding.send_message(session, proctor, sitting, at_work.seats[5], "您好", now=WORKING_AT)
        with pytest.raises(errors.NotFound):
            minding.send_message(session, proctor, sitting, 9999, "您好", now=WORKING_AT)
        marking.hand_in_overdue(session, now=ENDS_AT)
        with pytest.raises(errors.WrongState, match="sitting_ended"):
            minding.send_message(session, proctor, sitting, None, "请离场", now=ENDS_AT)


def test_a_machine_learns_of_messages_with_its_sign_of_life(at_work: World, browser: Browser, clock: Clock) -> None:
    seat_id = at_work.seats[2]
    with database.reading() as session:
        trainee = session.get_one(Seat, seat_id).trainee_id
    clock.set(WORKING_AT)
    candidate = browser.candidate(at_work, seat_id, trainee)
    place = f"/api/v1/sittings/{at_work.sitting_id}/messages"
    proctor = browser.of("proctor1")
    proctor.post(place, json={"text": "还有三十分钟"})
    proctor.post(place, json={"text": "请坐好", "seat_id": seat_id})
    proctor.post(place, json={"text": "别人的事", "seat_id": at_work.seats[0]})

    beat = {"made_at": WORKING_AT.isoformat(), "waiting": 0, "left": [], "after": 0}
    heard = candidate.post("/api/v1/exam/heartbeat", json=beat).json()["messages"]

    assert [one["text"] for one in heard] == ["还有三十分钟", "请坐好"]
    board = proctor.get(f"/api/v1/sittings/{at_work.sitting_id}/board").json()
    assert [one["text"] for one in board["messages"]] == ["别人的事", "请坐好", "还有三十分钟"]


# --- second looks ---


def test_a_second_look_is_due_at_its_minute_and_a_doubt_becomes_an_incident(
    at_work: World, browser: Browser, clock: Clock
) -> None:
    seat_id = at_work.seats[0]
    with database.reading() as session:
        due = rooms.recheck_due_at(session.get_one(Sitting, at_work.sitting_id), seat_id)
    proctor, place = browser.of("proctor1"), f"/api/v1/sittings/seats/{seat_id}/recheck"

    def seen() -> tuple[object, ...]:
        board = proctor.get(f"/api/v1/sittings/{at_work.sitting_id}/board").json()
        seat = next(one for one in board["seats"] if one["seat_id"] == seat_id)
        return seat["recheck_due_at"], seat["rechecked"], seat["next"], len(board["incidents"])

    clock.set(due - timedelta(minutes=1))
    early = proctor.post(place, json={"outcome": "same"})
    assert (early.status_code, early.json()["code"]) == (409, "recheck_not_due")
    assert seen() == (None, None, "none", 0)
    clock.set(due)
    assert seen() == (due.isoformat().replace("+00:00", "Z"), None, "recheck", 0)

    reply = proctor.post(place, json={"outcome": "doubtful", "note": "相貌与照片不符"})

    assert reply.json() == {"outcome": "doubtful"}
    assert seen() == (None, "doubtful", "none", 1)
    assert proctor.post(place, json={"outcome": "same"}).json()["code"] == "recheck_done"
    with database.reading() as session:
        (check,) = session.exec(select(IdentityCheck))
        (incident,) = session.exec(select(Incident))
        assert (check.seat_id, check.due_at, check.outcome) == (seat_id, due, Recheck.DOUBTFUL)
        assert (incident.kind, incident.seat_id, incident.text) == ("impersonation", seat_id, "相貌与照片不符")
        noted = [one.event for one in journal.about(session, f"seat:{seat_id}")]
        assert noted[-2:] == ["IDENTITY_RECHECKED", "INCIDENT_REPORTED"]


def test_the_minute_of_a_second_look_moves_with_the_beginning_and_not_with_minutes_given(at_work: World) -> None:
    with database.writing() as session:
        sitting = session.get_one(Sitting, at_work.sitting_id)
        before = rooms.recheck_due_at(sitting, at_work.seats[0])
        sitting.extra_seconds = 1800
        assert rooms.recheck_due_at(sitting, at_work.seats[0]) == before
        sitting.began_at = STARTS_AT + timedelta(minutes=7)
        assert rooms.recheck_due_at(sitting, at_work.seats[0]) == before + timedelta(minutes=7)


# --- incidents and photos ---


def test_an_incident_has_a_kind_and_is_reported_once(at_work: World, browser: Browser, clock: Clock) -> None:
    clock.set(WORKING_AT)
    proctor, place = browser.of("proctor1"), f"/api/v1/sittings/{at_work.sitting_id}/incidents"
    body = {"kind": "phone", "text": "张三桌下有手机", "seat_id": at_work.seats[0], "nonce": "a-nonce-of-it"}

    first, again = proctor.post(place, json=body), proctor.post(place, json=body)

    assert (first.status_code, first.json()) == (201, again.json())
    with database.reading() as session:
        (incident,) = session.exec(select(Incident))
        assert (incident.kind, incident.text) == ("phone", "张三桌下有手机")
        (entry,) = [
            one for one in journal.about(session, f"seat:{at_work.seats[0]}") if one.event == "INCIDENT_REPORTED"
        ]
        data = json.loads(entry.data)
        assert data == {"incident": incident.id, "kind": "phone", "text": sealing.digest("张三桌下有手机".encode())}
    assert proctor.post(place, json={**body, "kind": "unknown"}).status_code == 422


def test_a_photo_is_what_its_content_says_and_the_same_one_is_kept_once(
    at_work: World, browser: Browser, clock: Clock
) -> None:
    clock.set(WORKING_AT)
    proctor = browser.of("proctor1")
    incident = proctor.post(f"/api/v1/sittings/{at_work.sitting_id}/incidents", json={"text": "走廊停电"}).json()["id"]
    place = f"/api/v1/sittings/incidents/{incident}/photos"

    def send(content: bytes, name: str = "photo.jpg") -> tuple[int, object]:
        reply = proctor.post(place, files={"file": (name, content, "image/jpeg")})
        body = reply.json()
        return reply.status_code, body.get("code") or body["digest"]

    assert send(JPEG) == (201, sealing.digest(JPEG))
    assert send(JPEG) == (201, sealing.digest(JPEG))
    assert send(PNG, "photo.png") == (201, sealing.digest(PNG))
    assert send(b"<svg onload='alert(1)'/>") == (422, "photo_type")
    assert send(b"") == (422, "photo_type")
    largest = JPEG + bytes(room.PHOTO_BYTES - len(JPEG))
    assert send(largest + b"x") == (422, "photo_too_large")
    assert send(largest)[0] == 201
    with database.reading() as session:
        kept = {one.digest: one.media_type for one in session.exec(select(IncidentPhoto))}
        ids = happenings.photos(session, at_work.sitting_id)[incident]
    assert kept == {
        sealing.digest(JPEG): "image/jpeg",
        sealing.digest(PNG): "image/png",
        sealing.digest(largest): "image/jpeg",
    }
    shown = proctor.get(f"/api/v1/sittings/incidents/photos/{ids[1]}")
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    board = proctor.get(f"/api/v1/sittings/{at_work.sitting_id}/board").json()
    assert board["incidents"][0]["photos"] == ids


def test_an_incident_has_five_photos_at_most(at_work: World) -> None:
    with database.writing() as session:
        proctor = at_work.actor(session, "proctor1")
        incident = minding.report_incident(
            session, proctor, at_work.sitting_id, None, IncidentKind.POWER, "停电", now=WORKING_AT
        )
        for number in range(room.MOST_PHOTOS):
            minding.add_photo(session, proctor, incident.id or 0, JPEG + bytes([number]), now=WORKING_AT)
        with pytest.raises(errors.WrongState, match="too_many_photos"):
            minding.add_photo(session, proctor, incident.id or 0, PNG, now=WORKING_AT)
        # One that is there already is no new one.
        minding.add_photo(session, proctor, incident.id or 0, JPEG + b"\0", now=WORKING_AT)
        assert len(list(session.exec(select(IncidentPhoto)))) == room.MOST_PHOTOS


def test_strangers_to_the_room_can_do_none_of_it(at_work: World, browser: Browser, clock: Clock) -> None:
    clock.set(WORKING_AT)
    incident = browser.of("proctor1").post(
        f"/api/v1/sittings/{at_work.sitting_id}/incidents", json={"text": "走廊停电"}
    )
    number = incident.json()["id"]
    browser.of("proctor1").post(f"/api/v1/sittings/incidents/{number}/photos", files={"file": ("a.jpg", JPEG)})
    with database.reading() as session:
        photo = session.exec(select(IncidentPhoto.id)).one()
    sitting, seat = f"/api/v1/sittings/{at_work.sitting_id}", f"/api/v1/sittings/seats/{at_work.seats[0]}"
    sent = [
        ("POST", f"{sitting}/messages", {"json": {"text": "您好"}}),
        ("POST", f"{sitting}/incidents", {"json": {"text": "走廊停电"}}),
        ("POST", f"{seat}/recheck", {"json": {"outcome": "same"}}),
        ("POST", f"{seat}/compensation", {"json": {}}),
        ("POST", f"/api/v1/sittings/incidents/{number}/photos", {"files": {"file": ("a.jpg", PNG)}}),
        ("GET", f"/api/v1/sittings/incidents/photos/{photo}", {}),
    ]

    def codes(username: str) -> list[int]:
        return [browser.of(username).request(method, path, **more).status_code for method, path, more in sent]  # type: ignore[arg-type]

    assert codes("proctor_elsewhere") == [404] * 6
    assert codes("arranger") == [403] * 5 + [200], "whoever decides about results sees what they rest on"
    assert codes("institution") == [403] * 6
    assert codes("proctor2")[-2:] == [201, 200]


# --- all rooms of a day ---


def test_the_bureau_sees_every_room_of_the_day_at_a_glance(at_work: World, browser: Browser, clock: Clock) -> None:
    clock.set(WORKING_AT)
    browser.of("proctor1").post(f"/api/v1/sittings/{at_work.sitting_id}/incidents", json={"text": "走廊停电"})

    shown = browser.of("arranger").get("/api/v1/exam-day").json()

    (point,) = shown["points"]
    (one,) = point["rooms"]
    assert (point["name"], point["county"], one["room"]) == ("考试点", "林口县", "一号")
    assert (one["phase"], one["opened"], one["hands"], one["proctors"]) == (
        "running",
        True,
        2,
        ["proctor1", "proctor2"],
    )
    counts = {state: number for state, number in one["counts"].items() if number}
    assert (one["enrolled"], counts) == (6, {"expected": 1, "admitted": 3, "working": 2})
    assert (one["lost"], one["incidents"], one["open_cases"]) == (0, 1, 0)
    assert {name: shown[name] for name in ("enrolled", "incidents", "lost")} == {
        "enrolled": 6,
        "incidents": 1,
        "lost": 0,
    }
    other_day = browser.of("auditor").get("/api/v1/exam-day", params={"day": "2026-11-21"}).json()
    elsewhere = browser.of("arranger").get("/api/v1/exam-day", params={"county": "穆棱市"}).json()
    assert (other_day["points"], elsewhere["points"]) == ([], [])
    assert browser.of("proctor1").get("/api/v1/exam-day").status_code == 404
    assert browser.of("planner").get("/api/v1/exam-day").status_code == 403


def test_whose_machine_is_cut_off_is_counted_for_the_bureau(at_work: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        for place, seat_id in enumerate(at_work.seats[:3]):
            seen = WORKING_AT - timedelta(seconds=60 * place)
            session.add(Presence(sitting_id=at_work.sitting_id, seat_id=seat_id, seen_at=seen))
    clock.set(WORKING_AT + timedelta(seconds=1))

    shown = browser.of("arranger").get("/api/v1/exam-day").json()

    assert shown["points"][0]["rooms"][0]["lost"] == 2
    clock.set(CHECK_IN_AT)
    assert browser.of("arranger").get("/api/v1/exam-day").json()["points"][0]["rooms"][0]["phase"] == "check_in"
