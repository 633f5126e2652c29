"""One place renders every error: problem+json (RFC 9457) under ``/api`` and ``/oauth2``, a page elsewhere."""

import logging
import secrets
from collections.abc import Callable, Sequence
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import DataError, IntegrityError, StatementError
from starlette.exceptions import HTTPException

from service.kernel import database, errors, language, rendering

log = logging.getLogger("peikao")
Headers = Sequence[tuple[bytes, bytes]]

# Headers of every reply: they shut other hosts out of our pages, and our pages out of theirs.
FENCES = (
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
        b"connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
    (b"x-content-type-options", b"nosniff"),
    # To ourselves alone our pages say where they are: under ``no-referrer`` their forms would hide their origin too.
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# The same for a reply that is data and no page: it needs nothing from anywhere, and nobody may show it in a frame.
DATA_FENCES = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# A browser that came over HTTPS once does not come without it for a year; over plain HTTP it is not said, and a room
# without a certificate stays reachable.
_STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")

# Scripts, styles and pictures of our own pages are the same for everybody; all else is somebody's and is kept nowhere.
_FOR_ALL = "/static/"
_NOT_KEPT = (b"cache-control", b"no-store")

# How much of what is wrong with a request is told: enough to mend it by, and never as much as was sent.
MOST_FAULTS, DEEPEST, LONGEST_WORD, LONGEST_SENTENCE = 20, 12, 60, 200

TITLES = {
    400: "请求有误",
    401: "请先登录",
    403: "不允许这样做",
    404: "没有找到",
    405: "不支持的方法",
    409: "现在不能这样做",
    413: "内容过大",
    422: "填写有误",
    429: "尝试过多",
    500: "系统出错",
    503: "暂时不能使用",
}


def install(
    app: FastAPI,
    *,
    after_refusal: Callable[[Request, errors.RightMissing], None],
    entrance: Callable[[Request], str],
) -> None:
    """Mount the handlers.

    ``after_refusal`` records an attempt on a right the caller lacks; ``entrance`` says where somebody who is not signed
    in may sign in for what they asked.
    """
    app.state.entrance = entrance

    def service_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, errors.ServiceError)
        if isinstance(error, errors.RightMissing):
            after_refusal(request, error)
        detail = language.say(rendering.language_of(request), error.detail, error.values)
        extra = {"source": error.source} if error.source else {}
        return render(request, error.status, error.code, detail, **extra)

    app.add_exception_handler(errors.ServiceError, service_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(IntegrityError, _conflict)
    app.add_exception_handler(DataError, _beyond)
    app.add_exception_handler(OverflowError, _beyond)
    app.add_exception_handler(StatementError, _statement)
    for kind in database.OUT_OF_ORDER:
        app.add_exception_handler(kind, out_of_order)
    app.add_exception_handler(Exception, _unexpected)


def fenced(headers: Headers, path: str, scheme: str) -> Headers:
    """The headers of a reply with the fences around it; unless a route says otherwise, no cache keeps it."""
    silent = not path.startswith(_FOR_ALL) and all(name.lower() != b"cache-control" for name, _ in headers)
    strict = [_STRICT_TRANSPORT] if scheme == "https" else []
    return [*headers, *FENCES, *strict, *([_NOT_KEPT] if silent else [])]


def asked(request: Request) -> str:
    """The path as it was sent, percent-encoded: nothing in it breaks a line of a log or a reference in a reply."""
    raw: bytes = request.scope.get("raw_path") or quote(request.url.path).encode()
    return raw.partition(b"?")[0].decode("latin-1")


def in_short(error: BaseException) -> str:
    """What a database says in its first line: which constraint, not whose values, and one line in a log."""
    return (str(getattr(error, "orig", None) or error).splitlines() or [""])[0]


# RFC 9110 §15.5.2 asks for the first; RFC 6585 §4 allows the second, in seconds.
_MORE = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "60"}}


def render(request: Request, status: int, code: str, detail: str, **extra: object) -> Response:
    """The same refusal for a program or for a person."""
    tongue = rendering.language_of(request)
    title = language.say(tongue, TITLES.get(status, TITLES[500]))
    if request.url.path.startswith(("/api/", "/oauth2/")):
        body = {"type": f"urn:peikao:problem:{code}", "title": title, "status": status, "detail": detail, "code": code}
        return JSONResponse(
            {**body, "instance": asked(request), **extra},
            status_code=status,
            media_type="application/problem+json",
            headers={"Cache-Control": "no-store", **_MORE.get(status, {})},
        )
    if status == 401:
        return RedirectResponse(request.app.state.entrance(request), status_code=303)
    return rendering.page(request, "problem.html", {"title": title, "detail": detail, "code": code}, status=status)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults, more = _faults(error)
    said = [f"{'.'.join(map(str, where))}: {what}" for where, what in faults]
    if more:
        said.append(language.say(rendering.language_of(request), "还有 {count} 处", {"count": more}))
    told = [{"where": list(where), "what": what} for where, what in faults]
    return render(request, 422, "malformed", "；".join(said), faults=told, **({"more": more} if more else {}))


def _faults(error: RequestValidationError) -> tuple[list[tuple[tuple[int | str, ...], str]], int]:
    """The first faults, each with where it is and what it is, and how many more there are.

    A body that several parts of a route read is at fault once; and whoever sends a megabyte of faults gets a page back.
    """
    found: dict[tuple[tuple[int | str, ...], str], None] = {}
    for fault in error.errors():
        where = tuple(part[:LONGEST_WORD] if isinstance(part, str) else part for part in fault["loc"][:DEEPEST])
        found[where, fault["msg"][:LONGEST_SENTENCE]] = None
    return list(found)[:MOST_FAULTS], max(0, len(found) - MOST_FAULTS)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail, tongue = str(error.detail), rendering.language_of(request)
    if error.status_code == 404:
        detail = language.say(tongue, "这个地址没有内容。请核对链接，或从首页进入。")
    elif error.status_code == 400 and error.__cause__ is not None:
        # The body could not be read at all; why, only the parser knows, and its words help nobody.
        detail = language.say(
            tongue, "内容读不懂：不是完整的JSON或表单，嵌套太深，或有一个数太长。什么都没有改动，请核对后重新发送。"
        )
    return render(request, error.status_code, f"http_{error.status_code}", detail)


def _conflict(request: Request, error: Exception) -> Response:
    # The database is the last guard against two people doing the same thing at once; the first one won.
    log.warning("a database constraint refused %s %s: %s", request.method, asked(request), in_short(error))
    detail = language.say(rendering.language_of(request), "有人刚刚做了同样的事，或者编号已被使用。请刷新后再看。")
    return render(request, 409, "conflict", detail)


def _beyond(request: Request, error: Exception) -> Response:
    # SQLite's driver and PostgreSQL refuse a number or a text they cannot hold, each in its own way.
    log.warning("a value no database can hold at %s %s: %s", request.method, asked(request), in_short(error))
    detail = language.say(rendering.language_of(request), "有一个数值或文字超出了系统能保存的范围，请核对。")
    return render(request, 422, "value_beyond_range", detail)


def _statement(request: Request, error: Exception) -> Response:
    # A value that could not even be written down for the database, such as an instant before the calendar begins.
    assert isinstance(error, StatementError)
    if isinstance(error.orig, OverflowError | ValueError):
        return _beyond(request, error)
    raise error


def out_of_order(request: Request, error: Exception) -> Response:
    """A full disk, a database that is away or held for too long: nothing was stored, the same request will do later."""
    log.error("the database could not be used at %s %s: %s", request.method, asked(request), in_short(error))
    detail = language.say(
        rendering.language_of(request), "服务器现在不能保存，什么都没有改动。请稍候再试；答案留在本机，会自动重新发送。"
    )
    reply = render(request, 503, "database_unavailable", detail)
    reply.headers["Retry-After"] = "5"
    return reply


def _unexpected(request: Request, error: Exception) -> Response:
    number = secrets.token_hex(4)
    log.error("incident %s at %s %s", number, request.method, asked(request), exc_info=error)
    text = "系统出错，事件编号 {number}。请把编号告诉管理员，已保存的内容没有丢失。"
    detail = language.say(rendering.language_of(request), text, {"number": number})
    reply = render(request, 500, "unexpected", detail, incident=number)
    # Starlette sends this one from outside of every middleware.
    reply.raw_headers.extend(FENCES)
    return reply
