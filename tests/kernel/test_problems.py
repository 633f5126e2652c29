"""Every error over HTTP: problem+json (RFC 9457) for programs, a page for people, never a detail of the inside."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from pydantic import ValidationError

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import language, rendering, settings
from service.main import BIGGEST_BODY, create_app
from tests.conftest import Browser
from tests.world import World

NO_RIGHT = "您的账号没有“查看试卷状态”这项权限。如工作需要，请联系市应急管理局指定的负责人。"
FALLING = "2024年的累计比例（60%）不能高于2025年的累计比例（50%）。"
PLAN = {"year": 2024, "people_target": 60, "cumulative_percent": 60, "source": "二(二)"}
LATER = {**PLAN, "year": 2025, "cumulative_percent": 50}
BUREAU = {"kind": "bureau", "name": "市应急管理局"}
KINDS = "Input should be 'bureau', 'county', 'hr', 'agency', 'finance', 'institution' or 'enterprise'"
SHORT = "String should have at least 2 characters"
RACE = "有人刚刚做了同样的事，或者编号已被使用。请刷新后再看。"
PLANS, BODIES = "/api/v1/programme/plans", "/api/v1/organisations"


def problem(status: int, title: str, code: str, detail: str, path: str, **extra: object) -> dict[str, object]:
    """The whole body of a problem."""
    body = {"type": f"urn:peikao:problem:{code}", "title": title, "status": status, "detail": detail, "code": code}
    return {**body, "instance": path, **extra}


@pytest.fixture(scope="module")
def broken(standing: World) -> TestClient:
    """A service in which somebody forgot something: these routes fail as no route should."""
    app = create_app()

    def fail(_: Annotated[Actor, may(Right.PUBLIC)]) -> None:
        raise ZeroDivisionError("the password is 12345678")

    app.get("/api/v1/broken")(fail)
    app.get("/broken")(fail)
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


# --- for programs ---


@pytest.mark.parametrize(
    ("who", "method", "path", "body", "expected"),
    [
        pytest.param(
            "", "GET", "/api/v1/session", None,
            problem(401, "请先登录", "not_signed_in", "请先登录，再继续。", "/api/v1/session"),
            id="401 nobody is signed in",
        ),
        pytest.param(
            "institution", "GET", "/api/v1/papers", None,
            problem(403, "不允许这样做", "right_missing", NO_RIGHT, "/api/v1/papers", source="权限表（本系统规则）"),
            id="403 the right is missing",
        ),
        pytest.param(
            "planner", "GET", "/api/v1/programme/classes/77", None,
            problem(404, "没有找到", "not_found", "没有找到，或者不属于您。", "/api/v1/programme/classes/77"),
            id="404 no such thing, or not yours",
        ),
        pytest.param(
            "planner", "PUT", PLANS, LATER,
            problem(409, "现在不能这样做", "plan_percent", FALLING, PLANS, source="二(一)(二) 培训对象与实施进度"),
            id="409 the state does not allow it",
        ),
        pytest.param(
            "administrator", "POST", BODIES, BUREAU,
            problem(409, "现在不能这样做", "conflict", RACE, BODIES),
            id="409 the database refuses a repetition",
        ),
        pytest.param(
            "administrator", "POST", BODIES, {"kind": "club", "name": "甲"},
            problem(
                422, "填写有误", "malformed", f"body.kind: {KINDS}；body.name: {SHORT}", BODIES,
                faults=[{"where": ["body", "kind"], "what": KINDS}, {"where": ["body", "name"], "what": SHORT}],
            ),
            id="422 every fault with its place",
        ),
    ],
)  # fmt: skip
def test_a_program_gets_a_whole_problem(
    door: Browser,
    who: str,
    method: str,
    path: str,
    body: dict[str, object] | None,
    expected: dict[str, object],
) -> None:
    assert door.of("planner").put(PLANS, json=PLAN).status_code == 200
    client = door.of(who) if who else door.stranger()

    reply = client.request(method, path, json=body)

    assert (reply.status_code, reply.json()) == (expected["status"], expected)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers.get("www-authenticate") == ("Bearer" if reply.status_code == 401 else None)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "title"),
    [
        pytest.param("GET", "/api/v1/nothing", {}, 404, "没有找到", id="404 no such route"),
        pytest.param("PATCH", "/api/v1/session", {}, 405, "不支持的方法", id="405 another method"),
        pytest.param(
            "POST", "/api/v1/programme/classes/1/roster", {"content-type": "multipart/form-data"}, 400, "请求有误",
            id="400 a form without boundary",
        ),
    ],
)  # fmt: skip
def test_what_the_framework_refuses_is_a_problem_too(
    door: Browser, method: str, path: str, headers: dict[str, str], status: int, title: str
) -> None:
    reply = door.of("planner").request(method, path, headers=headers)

    body = reply.json()
    assert (reply.status_code, body.pop("detail") != "", reply.headers["content-type"]) == (
        status,
        True,
        "application/problem+json",
    )
    assert body == {
        "type": f"urn:peikao:problem:http_{status}",
        "title": title,
        "status": status,
        "code": f"http_{status}",
        "instance": path,
    }


def test_an_unmapped_error_is_a_bare_500_with_a_number_that_the_log_explains(
    broken: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="peikao"):
        reply = broken.get("/api/v1/broken")

    number = reply.json()["incident"]
    told = f"系统出错，事件编号 {number}。请把编号告诉管理员，已保存的内容没有丢失。"
    expected = problem(500, "系统出错", "unexpected", told, "/api/v1/broken", incident=number)
    assert (reply.status_code, reply.json()) == (500, expected)
    assert re.fullmatch("[0-9a-f]{8}", number)
    assert [record.message for record in caplog.records] == [f"incident {number} at GET /api/v1/broken"]
    assert "the password is 12345678" in caplog.text
    assert "12345678" not in reply.text


def test_every_incident_has_a_number_of_its_own(broken: TestClient) -> None:
    assert len({broken.get("/api/v1/broken").json()["incident"] for _ in range(10)}) == 10


# --- for people ---


def page(text: str) -> tuple[str, str]:
    """The heading and the first sentence of a page of refusal."""
    found = re.search(r"<h1>(.*?)</h1>\s*<p>(.*?)</p>", text, re.DOTALL)
    assert found is not None, text
    return found[1], found[2].replace("&#34;", '"')


def test_a_person_who_is_not_signed_in_is_sent_to_sign_in(door: Browser) -> None:
    reply = door.stranger().get("/accounts?text=张")

    assert (reply.status_code, reply.headers["location"]) == (303, "/sign-in?next=/accounts%3Ftext%3D%25E5%25BC%25A0")


def test_a_person_without_the_right_reads_why_on_a_page(door: Browser) -> None:
    reply = door.of("institution").get("/accounts")

    assert (reply.status_code, reply.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert page(reply.text) == ("不允许这样做", NO_RIGHT.replace("查看试卷状态", "查看账号与职责"))


def test_a_page_that_is_not_there_says_so_on_a_page(door: Browser) -> None:
    reply = door.stranger().get("/no-such-page")

    assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert page(reply.text)[0] == "没有找到"


def test_a_page_that_fails_gives_a_number_and_no_detail(broken: TestClient) -> None:
    reply = broken.get("/broken")

    heading, sentence = page(reply.text)
    assert (reply.status_code, heading) == (500, "系统出错")
    assert re.fullmatch("系统出错，事件编号 [0-9a-f]{8}。请把编号告诉管理员，已保存的内容没有丢失。", sentence)
    assert "12345678" not in reply.text


# --- languages ---


@pytest.fixture
def translated(tmp_path: Path, standing: World) -> Iterator[TestClient]:
    """The service with a small English catalogue of its own."""
    parts = tmp_path / "templates" / "locale" / "parts"
    parts.mkdir(parents=True)
    words = {
        "请先登录": "Sign in first",
        "请先登录，再继续。": "Please sign in to go on.",
        "不允许这样做": "Not allowed",
        "您的账号没有“{right}”这项权限。如工作需要，请联系市应急管理局指定的负责人。": "You lack the right “{right}”.",
        "查看试卷状态": "see papers",
    }
    parts.joinpath("a.po").write_text("\n".join(f'msgid "{zh}"\nmsgstr "{en}"\n' for zh, en in words.items()))
    app = create_app()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PEIKAO_TEMPLATES", str(tmp_path / "templates"))
        settings.current.cache_clear()
        language.catalogue.cache_clear()
        yield TestClient(app, follow_redirects=False)
    settings.current.cache_clear()
    language.catalogue.cache_clear()


ZH, EN = ("请先登录", "请先登录，再继续。"), ("Sign in first", "Please sign in to go on.")


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        pytest.param({}, ZH, id="nothing asked for"),
        pytest.param({"accept-language": "en-GB,en;q=0.9"}, EN, id="English asked for"),
        pytest.param({"accept-language": "zh-CN,en;q=0.5"}, ZH, id="Chinese before English"),
        pytest.param({"accept-language": "de"}, ZH, id="a language we do not have"),
        pytest.param({"cookie": "peikao_language=en"}, EN, id="a person's choice of English"),
        pytest.param({"accept-language": "en", "cookie": "peikao_language=zh"}, ZH, id="a person's choice wins"),
    ],
)
def test_a_problem_speaks_the_language_that_was_asked_for(
    translated: TestClient, headers: dict[str, str], said: tuple[str, str]
) -> None:
    body = translated.get("/api/v1/session", headers=headers).json()

    assert (body["title"], body["detail"]) == said


def test_words_inside_a_sentence_are_translated_too(translated: TestClient) -> None:
    signed_in = translated.post("/api/v1/session", json={"username": "institution", "password": "a-password-for-tests"})
    assert signed_in.status_code == 200

    body = translated.get("/api/v1/papers", headers={"accept-language": "en"}).json()

    assert (body["title"], body["detail"]) == ("Not allowed", "You lack the right “see papers”.")


@pytest.mark.parametrize(
    ("path", "headers", "tongue"),
    [
        pytest.param("/api/v1/session", {"accept-language": "en"}, "en", id="a program by header"),
        pytest.param("/accounts", {"accept-language": "en"}, "zh", id="a page does not follow the header"),
        pytest.param("/accounts", {"cookie": "peikao_language=en"}, "en", id="a page follows the person's choice"),
        pytest.param("/accounts", {"cookie": "peikao_language=fr"}, "zh", id="a choice we do not have"),
    ],
)
def test_pages_follow_a_person_and_programs_their_header(path: str, headers: dict[str, str], tongue: str) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]

    assert rendering.language_of(Request({"type": "http", "path": path, "headers": raw})) == tongue


# --- the fences around every request ---


@pytest.fixture
def client(door: Browser) -> TestClient:
    return door.stranger()


TOO_LARGE = problem(413, "内容过大", "body_too_large", "上传内容过大。", "/api/v1/session")


@pytest.mark.parametrize(
    ("length", "status"),
    [
        pytest.param(str(BIGGEST_BODY), 422, id="just allowed"),
        pytest.param(str(BIGGEST_BODY + 1), 413, id="one byte more"),
        pytest.param("-1", 413, id="a negative length"),
        pytest.param("many", 413, id="no number"),
    ],
)
def test_a_body_is_measured_by_its_length_before_it_is_read(client: TestClient, length: str, status: int) -> None:
    assert client.post("/api/v1/session", content=b"{}", headers={"content-length": length}).status_code == status


@pytest.mark.parametrize(
    "length",
    [
        pytest.param("many", id="no number"),
        pytest.param(str(BIGGEST_BODY + 1), id="one byte more"),
    ],
)
def test_a_body_too_large_is_a_problem_like_any_other(client: TestClient, length: str) -> None:
    reply = client.post("/api/v1/session", content=b"{}", headers={"content-length": length})

    assert (reply.headers["content-type"], reply.text[:1]) == ("application/problem+json", "{")
    assert reply.json() == TOO_LARGE


def test_a_body_that_hides_its_length_is_measured_while_it_is_read(client: TestClient) -> None:
    pieces = (b" " * 1024 * 1024 for _ in range(5))

    reply = client.post("/api/v1/session", content=pieces)

    assert (reply.status_code, reply.json()["code"]) == (413, "http_413")


@pytest.mark.parametrize(
    ("method", "site", "refused"),
    [
        pytest.param("POST", "cross-site", True, id="a form on another site"),
        pytest.param("POST", "same-site", True, id="a neighbour under the same domain"),
        pytest.param("DELETE", "cross-site", True, id="deleting from another site"),
        pytest.param("PUT", "cross-site", True, id="putting from another site"),
        pytest.param("POST", "anything", True, id="a word that no browser knows"),
        pytest.param("POST", "same-origin", False, id="our own page"),
        pytest.param("POST", "none", False, id="typed by the person"),
        pytest.param("POST", None, False, id="a program"),
        pytest.param("GET", "cross-site", False, id="a link on another site"),
    ],
)
def test_changes_come_from_our_own_pages_or_from_programs(
    client: TestClient, method: str, site: str | None, refused: bool
) -> None:
    reply = client.request(method, "/api/v1/session", headers={"sec-fetch-site": site} if site else {})

    wanted = problem(403, "不允许这样做", "other_site", "请求来自其他网站，已拒绝。", "/api/v1/session")
    assert (reply.json() == wanted) is refused
    assert (reply.status_code == 403) is refused


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        pytest.param({"origin": "http://evil.example"}, True, id="a page elsewhere"),
        pytest.param({"origin": "null"}, True, id="a form that hides where it is"),
        pytest.param({"origin": "null", "sec-fetch-site": "same-origin"}, False, id="hidden, but the browser knows"),
        pytest.param({"origin": "null", "authorization": "Bearer x"}, True, id="a hidden page with a token"),
        pytest.param({"origin": "http://exam.county:8443"}, True, id="another port of the same host"),
        pytest.param({"origin": "http://exam.county.evil.example"}, True, id="a name that begins like ours"),
        pytest.param({"origin": "http://[::"}, True, id="no address at all"),
        pytest.param({"origin": "file://"}, True, id="a file"),
        pytest.param({"origin": "http://exam.county"}, False, id="our own page"),
        pytest.param({"origin": "https://exam.county"}, False, id="our own page behind a proxy that ends TLS"),
        pytest.param({"origin": "https://exam.example:8443"}, False, id="by the address that was set"),
        pytest.param({"origin": "http://10.1.2.3:8080"}, False, id="by a further address that was set"),
        pytest.param({"origin": "http://10.1.2.3"}, True, id="and by no other port of it"),
        pytest.param({"origin": "http://evil.example", "sec-fetch-site": "same-origin"}, False, id="the browser knows"),
        pytest.param({"origin": "http://exam.county", "sec-fetch-site": "cross-site"}, True, id="and knows better"),
        pytest.param({"authorization": "Bearer nothing"}, False, id="a program says neither"),
        pytest.param({"origin": "http://evil.example", "authorization": "Bearer x"}, True, id="a page with a token"),
    ],
)
def test_where_a_browser_does_not_say_the_site_its_origin_counts(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], refused: bool
) -> None:
    monkeypatch.setenv("PEIKAO_PUBLIC_URL", "https://exam.example:8443")
    monkeypatch.setenv("PEIKAO_FURTHER_ADDRESSES", '["http://10.1.2.3:8080/"]')
    settings.current.cache_clear()
    reply = client.post("/api/v1/session", headers={"host": "exam.county", **given})

    wanted = problem(403, "不允许这样做", "other_site", "请求来自其他网站，已拒绝。", "/api/v1/session")
    assert (reply.json() == wanted) is refused
    assert (reply.status_code == 403) is refused
    assert client.get("/health", headers=given).status_code == 200, "looking is for everybody"


@pytest.mark.parametrize("wrong", ["10.1.2.3:8080", "http://10.1.2.3/exam", "ftp://10.1.2.3", "http://"])
def test_a_further_address_that_could_never_match_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(ValidationError, match="further_addresses"):
        settings.Settings(further_addresses=[wrong])


def native_forms() -> set[str]:
    """Where the forms of all pages go that no script takes over, read from the templates."""
    found = set()
    for page in settings.ROOT.joinpath("templates").rglob("*.html"):
        for form in re.findall(r"<form\b[^>]*>", page.read_text(encoding="utf-8")):
            action = re.search(r' action="([^"]*)"', form)
            if ' method="post"' in form and action and not re.search(r" data-(api|print-paper)\b", form):
                found.add(action.group(1))
    return found


def test_no_form_may_hide_where_it_is_and_ours_need_not(client: TestClient) -> None:
    """Whoever says ``null`` may be a neighbour under our domain; of forms on our pages a browser names the origin."""
    forms = native_forms()
    assert forms == {"/bank/drafts/editing", "/my-result", "/my-result/certificate", "/verify"}
    for path in sorted(forms):
        assert client.post(path, headers={"origin": "null"}).status_code == 403, path
    named = {one: client.post(one, headers={"origin": str(client.base_url)}).status_code for one in sorted(forms)}
    assert named == {one: client.post(one).status_code for one in sorted(forms)}
    assert named["/my-result"] == 404


SHUT_OUT = {
    "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize("path", ["/health", "/sign-in", "/api/v1/session", "/no-such-page", "/static/icon.svg"])
def test_every_reply_shuts_other_hosts_out(client: TestClient, path: str) -> None:
    headers = client.get(path).headers

    assert {name: headers.get(name) for name in SHUT_OUT} == SHUT_OUT


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("POST", "/sign-in", 403, id="a request from another site"),
        pytest.param("GET", "/broken", 500, id="a page that fails"),
    ],
)
def test_a_page_of_refusal_or_failure_shuts_them_out_too(
    broken: TestClient, method: str, path: str, status: int
) -> None:
    reply = broken.request(method, path, headers={"sec-fetch-site": "cross-site"})

    assert {name: reply.headers.get(name) for name in SHUT_OUT} == SHUT_OUT
    assert reply.status_code == status


def test_the_service_answers_that_it_is_alive(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
