"""What people could type, send and upload to break out of a text: it stays a text, or is refused in words."""

import csv
import html
import io
import json
import logging
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook

from service.kernel import database, sheets
from service.kernel.problems import FENCES
from tests import world as worlds
from tests.architecture import walking
from tests.conftest import Browser, Staged, begun
from tests.pictures import png
from tests.world import World

# By what they would do where somebody forgot to escape; each one fits the smallest field that is tried.
HOSTILE = {
    "SQL": "x'); DROP TABLE access_person;--",
    "SQL of a number": "1 OR 1=1 UNION SELECT 1",
    "a quote": "O'Brien \"矿\" `x`",
    "a script": "<script>alert(1)</script>",
    "a broken tag": "\"><img src=x onerror=alert(1)>",
    "the end of a JSON script": "</script><svg/onload=alert(1)>",
    "a Jinja template": "{{13371337*7}}{%x%}${13371337*7}",
    "a Python format": "{0.__class__} %s %(x)s",
    "Typst": "#{13371337*7} #import \"/etc\" $x$",
    "a formula": "=13371337*7+cmd|' /C calc'!A0",
    "right to left": "\u202egnp.exe\u2066矿",
    "zero width": "青\u200b松\u200d煤\ufeff矿",
    "four bytes": "𠮷野矿😀",
    "combining": "e\u0301\u0327\u0323矿山",
    "look-alike": "Реіkао矿",
    "encoded twice": "%253Cscript%253E%00",
    "a line and a header": "矿\r\nSet-Cookie: a=b",
}  # fmt: skip
COMPUTED = "93599359"
# What would be there if nobody had escaped it.
RAW = ("<script>alert", "<img src=x", "<svg/onload")


@pytest.fixture
def exam(staged: Staged) -> World:
    """Half an hour into the exam."""
    return staged(begun, worlds.WORKING_AT)


def typed(browser: Browser, world: World, text: str) -> dict[str, str]:
    """The text in every kind of place that somebody may fill, and what the service gives back of it."""
    sitting = f"/api/v1/sittings/{world.sitting_id}"
    body: dict[str, Any] = {"kind": "institution", "name": text, "county": text[:40]}
    organisation = browser.of("administrator").post("/api/v1/organisations", json=body).json()
    kept = {"body": organisation["name"]}
    body = {"name": text, "county": text[:40], "address": text, "rooms": {text: 10}}
    room = browser.of("arranger").post("/api/v1/exam-points", json=body).json()[0]
    point = browser.of("arranger").get(f"/api/v1/exam-points/{room['exam_point_id']}").json()
    kept |= {"point": point["name"], "address": point["address"], "room": room["name"]}
    message = browser.of("proctor1").post(f"{sitting}/messages", json={"text": text})
    incident = browser.of("proctor1").post(f"{sitting}/incidents", json={"text": text})
    assert (message.status_code, incident.status_code) == (201, 201)
    board = browser.of("proctor1").get(f"{sitting}/board").json()
    kept |= {"incident": next(one["text"] for one in board["incidents"] if one["text"] == text)}
    person = browser.of("planner")
    body = {"organisation_id": organisation["id"], "kind": "relative", "since": "2026-01-01"}
    tie = person.post("/api/v1/ties/own", json={**body, "note": text})
    assert tie.status_code == 201, tie.text
    return kept | {"note": tie.json()["note"]}


@pytest.mark.more
def test_hostile_words_stay_words(exam: World, browser: Browser) -> None:
    """All of them are typed in first, so that every page is looked at once with all of them on it."""
    for text in HOSTILE.values():
        kept = typed(browser, exam, text)
        assert kept == dict.fromkeys(kept, text)

    pages = dict(looked_at(browser, exam))

    broken_out = {where: [raw for raw in (*RAW, COMPUTED) if raw in page] for where, page in pages.items()}
    assert {where: raw for where, raw in broken_out.items() if raw} == {}
    read = {where: html.unescape(page) for where, page in pages.items()}
    for text in HOSTILE.values():
        shown = {where for where, page in read.items() if text.splitlines()[0] in page}
        assert shown >= {
            "administrator /accounts",
            "arranger /exam-points",
            "proctor1 /proctor/sittings/{sitting_id}/record",
        }, text


def looked_at(browser: Browser, world: World) -> Iterator[tuple[str, str]]:
    """Every page that somebody may see."""
    with database.reading() as session:
        ids = walking.real_ids(session, world)
    for kind in ("administrator", "security", "arranger", "planner", "proctor1", "auditor"):
        for route in walking.gets(browser.app):  # type: ignore[arg-type]
            if not route.path.startswith("/api"):
                reply = browser.of(kind).get(walking.filled(route.path, ids))
                assert reply.status_code < 500, route.path
                if reply.status_code == 200 and reply.headers["content-type"].startswith("text/html"):
                    yield f"{kind} {route.path}", reply.text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words_stay_words_on_paper(exam: World, browser: Browser, text: str) -> None:
    """The typesetter takes them as data: nothing is computed, nothing imported, nothing fails."""
    sitting = f"/api/v1/sittings/{exam.sitting_id}"
    assert browser.of("proctor1").post(f"{sitting}/incidents", json={"text": text}).status_code == 201

    reply = browser.of("proctor1").get(f"{sitting}/record.pdf")

    assert (reply.status_code, reply.content[:5]) == (200, b"%PDF-")


def test_what_is_encoded_twice_is_not_decoded_twice(exam: World, browser: Browser) -> None:
    once, twice = (browser.of("auditor").get(f"/api/v1/journal?event=SIGNED{mark}IN") for mark in ("%5F", "%255F"))

    assert once.json()["total"] > 0 and twice.json()["total"] == 0


TEXTS = {
    "a zero byte": ("甲\0乙", 422),
    "half a character": ("甲\ud800", 422),
    "beyond the longest": ("矿" * 121, 422),
    "a megabyte": ("矿" * 400_000, 422),
    "more than we take": ("矿" * 2_000_000, 413),
}


@pytest.mark.parametrize(("text", "status"), TEXTS.values(), ids=TEXTS)
def test_what_no_text_may_be_is_refused(exam: World, browser: Browser, text: str, status: int) -> None:
    body = json.dumps({"kind": "enterprise", "name": text, "county": ""})
    head = {"content-type": "application/json"}

    reply = browser.of("administrator").post(
        "/api/v1/organisations", content=body.encode("utf-8", "surrogatepass"), headers=head
    )

    assert reply.status_code == status and reply.headers["content-type"] == "application/problem+json"


BODIES = {
    "a hundred thousand brackets": b"[" * 100_000 + b"]" * 100_000,
    "objects in objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a number without end": b'{"kind": ' + b"9" * 100_000 + b"}",
    "not UTF-8": b'{"kind": "\xff\xfe"}',
    "not JSON": b"kind=enterprise",
    "NaN": b'{"kind": NaN, "name": Infinity, "county": ""}',
    "a key twice": b'{"kind": "enterprise", "kind": "club", "name": "x", "county": ""}',
    "nothing": b"",
    "null": b"null",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_none_is_refused(exam: World, browser: Browser, body: bytes) -> None:
    head = {"content-type": "application/json"}
    doors = ((browser.of("administrator"), "/api/v1/organisations"), (browser.stranger(), "/api/v1/session"))
    for client, where in doors:
        reply = client.post(where, content=body, headers=head)

        assert reply.status_code in (400, 422) and reply.headers["content-type"] == "application/problem+json"


def test_fields_that_nobody_asked_for_change_nothing(exam: World, browser: Browser) -> None:
    body = {
        "kind": "enterprise",
        "name": "新矿",
        "county": "林口县",
        "id": 1,
        "__class__": "x",
        "duties": ["administer"],
    }

    reply = browser.of("administrator").post("/api/v1/organisations", json=body)

    assert reply.status_code == 201
    assert reply.json() == {"id": reply.json()["id"], "kind": "enterprise", "name": "新矿", "county": "林口县"}
    assert reply.json()["id"] != 1


def test_a_parameter_given_twice_counts_once(exam: World, browser: Browser) -> None:
    auditor = browser.of("auditor")
    last, both = (
        auditor.get(f"/api/v1/journal?{query}").json()
        for query in ("event=SIGNED_IN", "event=PAPER_SEALED&event=SIGNED_IN")
    )

    assert both == last


# --- files ---


def test_formulas_in_exports_stay_words() -> None:
    rows = [[text, 1] for text in (*HOSTILE.values(), *(f"{sign}1+1" for sign in sheets.FORMULA))]

    read = list(csv.reader(io.StringIO(sheets.csv_of(rows).decode("utf-8-sig"))))
    book = CalamineWorkbook.from_filelike(io.BytesIO(sheets.xlsx_of(rows)))

    assert [row[0] for row in read if row[0].startswith(sheets.FORMULA)] == []
    assert [row[0].removeprefix("'") for row in read] == [row[0] for row in rows]
    assert b"<f>" not in b"".join(part for part in _parts(sheets.xlsx_of(rows)) if b"<worksheet" in part) and len(
        book.get_sheet_by_index(0).to_python()
    ) == len(rows)


def _parts(content: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return [packed.read(one) for one in packed.namelist()]


NAMES = [
    "../../../etc/passwd",
    "..\\..\\x.png",
    "/etc/passwd",
    "a\r\nX: y.png",
    "x.png\0.exe",
    "照片.png",
    "%2e%2e%2fx",
    "a" * 300,
]


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_decides_nothing(exam: World, browser: Browser, name: str) -> None:
    proctor = browser.of("proctor1")
    incident = proctor.post(f"/api/v1/sittings/{exam.sitting_id}/incidents", json={"text": "停电"}).json()["id"]
    picture = b"\x89PNG\r\n\x1a\n" + name.encode()

    reply = proctor.post(f"/api/v1/sittings/incidents/{incident}/photos", files={"file": (name, picture, "text/html")})

    assert reply.status_code == 201
    served = proctor.get(f"/api/v1/sittings/incidents/photos/{reply.json()['id']}")
    assert (served.content, served.headers["content-type"]) == (picture, "image/png")
    assert name not in str(served.headers)


def test_what_was_uploaded_is_served_as_a_picture_only(exam: World, browser: Browser) -> None:
    """Neither a page behind the first bytes of a picture nor one behind a whole picture gets through."""
    planner = browser.of("planner")
    place = f"/api/v1/programme/trainees/{exam.trainees[0]}/photo"
    page = b"<html><script>alert(1)</script>"

    refused = planner.put(place, content=page, headers={"content-type": "image/png"})
    broken = planner.put(place, content=b"\x89PNG\r\n\x1a\n" + page, headers={"content-type": "image/png"})
    taken = planner.put(place, content=png() + page, headers={"content-type": "image/png"})

    assert (refused.status_code, broken.status_code, taken.status_code) == (422, 422, 200)
    served = browser.of("proctor1").get(f"/api/v1/sittings/seats/{_seat(exam)}/photo")
    assert served.headers["content-type"] == "image/jpeg" and served.headers["x-content-type-options"] == "nosniff"
    assert b"script" not in served.content


def _seat(world: World) -> int:
    with database.reading() as session:
        return walking.seat_of(session, world.trainees[0], world)


def bomb(size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/worksheets/sheet1.xml", b" " * size)
    return buffer.getvalue()


def far_cell() -> bytes:
    """A roster that claims to reach to the last cell there can be."""
    with zipfile.ZipFile(io.BytesIO(worlds.roster([("甲", "1", "矿", "岗", "")]))) as packed:
        parts = {one: packed.read(one) for one in packed.namelist()}
    place = "xl/worksheets/sheet1.xml"
    parts[place] = parts[place].replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return buffer.getvalue()


UPLOADS = {
    "a bomb of 200 MB": (bomb(200 * 1024 * 1024), "sheet_large"),
    "a cell at the end of the world": (far_cell(), "sheet_large"),
    "a zip in name only": (b"PK\x03\x04" + b"\0" * 5000, "file_unreadable"),
    "a page": (b"<html></html>", "file_unreadable"),
    "three megabytes": (b"PK" + b"\0" * 3 * 1024 * 1024, "file_large"),
    "five megabytes": (b"PK" + b"\0" * 5 * 1024 * 1024, "body_too_large"),
}


@pytest.mark.parametrize(("content", "code"), UPLOADS.values(), ids=UPLOADS)
def test_uploads_that_would_exhaust_us_are_refused(exam: World, browser: Browser, content: bytes, code: str) -> None:
    place = f"/api/v1/programme/classes/{exam.class_id}/roster"

    reply = browser.of("planner").post(place, files={"file": ("名册.xlsx", content)})

    assert (reply.json()["code"], reply.headers["content-type"]) == (code, "application/problem+json")


# --- the wire ---


def test_no_header_is_made_of_what_was_sent(exam: World, browser: Browser) -> None:
    header = "%0d%0aSet-Cookie:%20a=b"
    for path in (f"/sign-in?next=/x{header}", f"/x{header}", "/journal?event=%0d%0aX:%20y"):
        reply = browser.stranger().get(path)

        assert "a=b" not in reply.headers.get("set-cookie", "") and "x" not in reply.headers
        assert "\n" not in "".join(reply.headers.values())


def test_signing_in_again_takes_no_token_that_was_brought(exam: World, browser: Browser) -> None:
    client = browser.stranger()
    client.cookies.set("peikao", "A" * 43, domain="127.0.0.1")
    body = {"username": "planner", "password": worlds.PASSWORD}

    reply = client.post("/api/v1/session", json=body)

    assert reply.status_code == 200 and "A" * 43 not in reply.headers["set-cookie"]
    assert client.post("/api/v1/session", json=body).headers["set-cookie"] != reply.headers["set-cookie"]


@pytest.mark.parametrize("method", ["TRACE", "PATCH", "CONNECT", "PROPFIND", "HEAD", "POST"])
def test_methods_that_no_route_has_are_refused(exam: World, browser: Browser, method: str) -> None:
    routes = walking.routes(browser.app)  # type: ignore[arg-type]
    declared = {(route.method, route.path) for route in routes}
    with database.reading() as session:
        ids = walking.real_ids(session, exam)
    client = browser.of("administrator")
    for path in sorted({route.path for route in routes}):
        if (method, path) not in declared and not (method == "HEAD" and ("GET", path) in declared):
            reply = client.request(method, walking.filled(path, ids))
            assert reply.status_code in (404, 405), path


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/css",
        "/static/../main.py",
        "/static/%2e%2e/base.html",
        "/.git/config",
        "/.env",
        "/var/peikao.db",
        "/static/js/..%2f..%2fbase.html",
    ],
)
def test_no_file_but_ours_is_served(browser: Browser, empty_url: str, path: str) -> None:
    assert browser.stranger().get("/static/css/base.css").status_code == 200
    assert browser.stranger().get(path).status_code == 404


def test_every_reply_carries_every_fence(exam: World, browser: Browser) -> None:
    """Whoever asks for whatever: nothing is kept, guessed, framed or told to others, and no other origin is let in."""
    with database.reading() as session:
        ids = walking.real_ids(session, exam)
    routes = [one for one in walking.gets(browser.app) if not one.path.endswith("/events")]  # type: ignore[arg-type]
    fences = {name.decode(): value.decode() for name, value in FENCES}
    origin = {"origin": "https://evil.example"}
    for kind in ("arranger", "planner", "stranger"):
        client: TestClient = browser.stranger() if kind == "stranger" else browser.of(kind)
        for route in routes:
            headers = client.get(walking.filled(route.path, ids), headers=origin).headers
            assert {name: headers.get(name) for name in fences} == fences, route.path
            # Rates are asked for again and again, and answered from the same browser's cache only after asking (ETag).
            assert headers["cache-control"] in ("no-store", "no-cache", "private, no-cache"), route.path
            assert "access-control-allow-origin" not in headers and "server" not in headers
    assert {"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(
        fences["content-security-policy"].split("; ")
    )
    assert "unsafe-inline" not in fences["content-security-policy"]


def test_nobody_writes_a_line_into_the_log(exam: World, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="peikao"):
        body = {"kind": "enterprise", "name": "青松煤矿", "county": "x\nERROR peikao forged"}
        browser.of("administrator").post("/api/v1/organisations", json=body)
        browser.of("administrator").get(f"/api/v1/papers/{10**30}%0aERROR%20peikao%20forged")
        browser.of("planner").get(f"/api/v1/programme/classes?year={10**30}")
        browser.of("planner").put(
            f"/api/v1/programme/trainees/{10**30}/photo",
            content=png(),
            headers={"content-type": "image/png", "x": "a"},
        )

    lines = [record.getMessage() for record in caplog.records if record.name == "peikao"]
    assert len(lines) >= 2
    assert [line for line in lines if "\n" in line or "forged" in line] == []
