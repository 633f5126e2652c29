"""The roster on a tablet: signed by us, for this tablet and this day, and nothing in it that a door does not need."""

import base64
import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey
from sqlmodel import Session, select

from service.journal import queries as journal
from service.kernel import database, errors, sealing
from service.kernel.pictures import Picture, PictureType
from service.programme.actions import enrolling
from service.programme.tables import Trainee
from service.sittings.actions import packing
from service.sittings.rules import ticket_code
from service.sittings.rules.tablets import LARGEST_PHOTO
from service.sittings.tables import Tablet
from tests.conftest import Browser, Clock
from tests.sittings.tablets import FIRST, MINUTE, SECOND, do, enrol
from tests.world import CHECK_IN_AT, ENDS_AT, PREPARED_AT, STARTS_AT, World

WORDS = {"late": "Too late"}
PICTURE = b"\xff\xd8\xff" + b"p" * 2000


def issue(
    session: Session, world: World, device: str = FIRST, *, by: str = "proctor1", now: datetime = CHECK_IN_AT
) -> str:
    actor = world.actor(session, by)
    return packing.issue_pack(session, actor, world.sitting_id, device, "门口", WORDS, now=now).token


def opened(token: str) -> dict[str, Any]:
    """What a tablet reads, having checked the signature with the published key alone."""
    found = jws.deserialize_compact(token, ECKey.import_key(packing.public_key("pack")), algorithms=["ES256"])
    payload: dict[str, Any] = json.loads(found.payload)
    return payload


def test_a_pack_holds_what_a_door_needs_and_verifies_by_its_published_key(world: World) -> None:
    with database.writing() as session:
        payload = opened(issue(session, world))

    seats = payload.pop("seats")
    assert payload == {
        "v": 1,
        "sitting_id": world.sitting_id,
        "device": FIRST,
        "issued_at": "2026-11-20T00:20:00Z",
        "expires_at": "2026-11-20T04:30:00Z",
        "server_now": "2026-11-20T00:20:00Z",
        "class_name": "2024年班组长班",
        "exam_point": "考试点",
        "room": "一号",
        "check_in_from": "2026-11-20T00:00:00Z",
        "starts_at": "2026-11-20T01:00:00Z",
        "last_entry_at": "2026-11-20T01:30:00Z",
        "ends_at": "2026-11-20T02:30:00Z",
        "ticket_key": packing.public_key("ticket"),
        "refusals": WORDS,
    }
    assert [seat["number"] for seat in seats] == [1, 2, 3, 4, 5, 6]
    one = next(seat for seat in seats if seat["seat_id"] == world.seats[0])
    assert one == {
        "seat_id": world.seats[0],
        "number": one["number"],
        "ticket_number": world.tickets[world.seats[0]],
        "issue": 1,
        "name": one["name"],
        "citizen_id_masked": one["citizen_id_masked"],
        "enterprise": one["enterprise"],
        "photo": "",
        "photo_left_out": False,
        "admitted_at": None,
        "refused": None,
        "last_scan_at": None,
        "state": "expected",
    }
    assert re.fullmatch(r"\d{3}\*{14}[0-9X]", one["citizen_id_masked"])


def test_the_keys_are_public_ones_of_their_own(world: World) -> None:
    keys = {purpose: packing.public_key(purpose) for purpose in ("pack", "ticket")}

    for key in keys.values():
        assert {*key} == {"kty", "crv", "x", "y", "use", "alg", "kid"}
    assert keys["pack"]["x"] != keys["ticket"]["x"]
    with database.writing() as session:
        token = issue(session, world)
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert header == {"alg": "ES256", "typ": "peikao-pack", "kid": keys["pack"]["kid"]}
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(token, ECKey.import_key(keys["ticket"]), algorithms=["ES256"])


def test_a_tablet_verifies_tickets_with_the_key_in_its_pack(world: World) -> None:
    with database.writing() as session:
        key = ECKey.import_key(opened(issue(session, world))["ticket_key"])

    def verify(message: bytes, mark: bytes) -> None:
        # The detached form of a JWS signature is the same 64 bytes.
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        der = utils.encode_dss_signature(int.from_bytes(mark[:32], "big"), int.from_bytes(mark[32:], "big"))
        key.public_key.verify(der, message, ec.ECDSA(hashes.SHA256()))

    code = ticket_code.decode(world.codes[world.seats[0]], verify)
    assert (code.sitting_id, code.seat_id) == (world.sitting_id, world.seats[0])


def test_no_full_citizen_id_and_no_phone_number_is_in_any_byte_of_it(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(CHECK_IN_AT)
    reply = browser.of("proctor1").get(f"/api/v1/sittings/{world.sitting_id}/pack?device={FIRST}&name=x")
    payload = base64.urlsafe_b64decode(reply.json()["pack"].split(".")[1] + "==")
    everything = reply.content + payload
    numbers = [*world.citizen_ids.values(), *(f"1990000{place:04d}" for place in range(6))]

    assert [number for number in numbers if number.encode() in everything] == []
    # What is searched for would be found: the numbers that may travel are.
    assert all(number.encode() in everything for number in world.tickets.values())
    assert re.findall(rb"\d{17}[0-9X]", everything) == []


def test_photographs_travel_while_they_are_small(world: World) -> None:
    with database.writing() as session:
        trainees = list(session.exec(select(Trainee).order_by(Trainee.id)))[:3]  # type: ignore[arg-type]
        sizes = (len(PICTURE), LARGEST_PHOTO, LARGEST_PHOTO + 1)
        for trainee, size in zip(trainees, sizes, strict=True):
            planner = world.actor(session, "planner")
            picture = Picture(PICTURE.ljust(size, b"p"), PictureType.JPEG, 358, 441)
            enrolling.set_photo(session, planner, trainee.id or 0, picture, now=PREPARED_AT)

        seats = opened(issue(session, world))["seats"]

    carried = sorted((len(seat["photo"]), seat["photo_left_out"]) for seat in seats)
    small, large = (len("data:image/jpeg;base64,") + -(-size // 3) * 4 for size in sizes[:2])
    assert carried == [(0, False)] * 3 + [(0, True), (small, False), (large, False)]
    shown = next(seat["photo"] for seat in seats if len(seat["photo"]) == small)
    assert base64.b64decode(shown.removeprefix("data:image/jpeg;base64,")) == PICTURE


def test_a_pack_shows_the_door_as_it_stands(world: World) -> None:
    first, second = world.seats[:2]
    with database.writing() as session:
        enrol(session, world)
        do(session, world, FIRST, "look", first, now=CHECK_IN_AT)
        do(session, world, FIRST, "admit", first, now=CHECK_IN_AT)
        do(session, world, FIRST, "refuse", second, now=CHECK_IN_AT)

        seats = {seat["seat_id"]: seat for seat in opened(issue(session, world, now=CHECK_IN_AT + MINUTE))["seats"]}

    shown = [(seats[one]["state"], seats[one]["refused"], seats[one]["admitted_at"]) for one in (first, second)]
    assert shown == [("admitted", None, "2026-11-20T00:20:00Z"), ("refused", "no_document", None)]
    assert seats[first]["last_scan_at"] == "2026-11-20T00:20:00Z"


def test_fetching_enrols_the_tablet_once_and_goes_on_record_each_time(world: World) -> None:
    with database.writing() as session:
        tokens = [issue(session, world, now=CHECK_IN_AT + place * MINUTE) for place in range(2)]

        (tablet,) = session.exec(select(Tablet))
        assert (tablet.device, tablet.name) == (FIRST, "门口")
        assert (tablet.enrolled_at, tablet.seen_at) == (CHECK_IN_AT, CHECK_IN_AT + MINUTE)
        entries = list(session.exec(journal.entries(event="PACK_ISSUED")))[::-1]
        assert [json.loads(entry.data) for entry in entries] == [
            {"device": FIRST, "seats": 6, "digest": sealing.digest(token.encode())} for token in tokens
        ]
        assert {entry.subject for entry in entries} == {f"sitting:{world.sitting_id}"}


def test_who_may_have_a_pack(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(CHECK_IN_AT)
    path = f"/api/v1/sittings/{world.sitting_id}/pack"

    def fetched(who: str, device: str = FIRST) -> tuple[int, str]:
        reply = browser.of(who).get(path, params={"device": device})
        return reply.status_code, reply.json().get("code", "")

    assert browser.stranger().get(path, params={"device": FIRST}).status_code == 401
    assert [fetched(who)[0] for who in ("proctor_elsewhere", "arranger", "institution")] == [404, 403, 403]
    assert fetched("proctor1") == (200, "")
    assert fetched("proctor2") == (403, "tablet_of_another")
    assert fetched("proctor2", SECOND) == (200, "")
    assert fetched("proctor1", "short") == (422, "malformed")


@pytest.mark.parametrize(
    ("now", "code"),
    [
        pytest.param(STARTS_AT - timedelta(hours=12, seconds=1), "pack_too_early", id="the evening before"),
        pytest.param(ENDS_AT + timedelta(hours=2), "pack_over", id="two hours after the end"),
    ],
)
def test_a_pack_is_of_its_day_only(world: World, now: datetime, code: str) -> None:
    from service.sittings.tables import RoomRule

    with database.writing() as session:
        for rule in session.exec(select(RoomRule)):
            # Rooms are told on the day; here the pack's own borders are looked at.
            rule.allotment_hidden = False
            session.add(rule)
        session.flush()
        with pytest.raises(errors.WrongState, match=rf"^{code}:"):
            issue(session, world, now=now)
        assert list(session.exec(select(Tablet))) == []


def test_the_pages_of_proctors_install_in_the_language_that_was_chosen(world: World, browser: Browser) -> None:
    """Browsers ask without a cookie, so the page names the language; the id is one, so nothing is installed twice."""
    nobody = browser.stranger()
    found = {
        language: nobody.get("/proctor/manifest.webmanifest", params={"language": language}).json()
        for language in ("zh", "en")
    }
    said = {language: (one["name"], one["lang"], one["id"]) for language, one in found.items()}
    assert said == {"zh": ("培考签到", "zh-CN", "/proctor"), "en": ("Peikao check-in", "en", "/proctor")}
    assert nobody.get("/proctor/manifest.webmanifest", params={"language": "fr"}).status_code == 422
    page = browser.of("proctor1")
    page.cookies.set("peikao_language", "en")
    assert '<link rel="manifest" href="/proctor/manifest.webmanifest?language=en">' in page.get("/proctor").text
