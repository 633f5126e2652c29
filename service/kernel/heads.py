"""What the head of a request may hold, and what is said of one that holds more.

httptools sets no limit of its own and keeps what has come of a head in memory. No browser sends a tenth of what is
allowed here; nothing of the service has a longer address than a search with every field filled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from service.kernel import language

Headers = Sequence[tuple[bytes, bytes]]

# Of the whole head: its first line and every line of a header.
HEAD_BYTES = 64 * 1024
HEADER_LINES = 100
# RFC 9110 §4.1 asks everybody to understand 8,000 bytes at least.
URL_BYTES = 8 * 1024
# Around a header's name and value stand a colon, a blank and the end of the line.
_AROUND = 4


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a head is not read: a status of RFC 9110 or RFC 6585, and a Chinese sentence."""

    status: int
    detail: str


UNREADABLE = Refusal(400, "请求不符合 HTTP 格式，无法读取。请从首页重新进入；若用程序发送，请核对请求的写法。")
TOO_LONG = Refusal(414, "网址过长，无法读取。请减少查询条件，或从首页重新进入。")
TOO_MUCH = Refusal(
    431, "请求头过大或行数过多，无法读取。请清除浏览器里本站的 Cookie 后再试；若用程序发送，请减少请求头。"
)


def refusal_of_begun(head: int, url: int) -> Refusal | None:
    """What is wrong with a head of which so many bytes came, of them so many of its address; it is not whole yet."""
    if url > URL_BYTES:
        return TOO_LONG
    return TOO_MUCH if head > HEAD_BYTES else None


def refusal_of(url: bytes, headers: Headers) -> Refusal | None:
    """What is wrong with a whole head."""
    size = len(url) + sum(len(name) + len(value) + _AROUND for name, value in headers)
    return TOO_MUCH if len(headers) > HEADER_LINES else refusal_of_begun(size, len(url))


def written(refusal: Refusal) -> bytes:
    """The whole reply, in both languages: which one is asked for stands in the head that was not read."""
    body = "".join(f"{language.say(tongue, refusal.detail)}\n" for tongue in language.LANGUAGES).encode()
    lines = (
        f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}",
        "content-type: text/plain; charset=utf-8",
        f"content-length: {len(body)}",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "connection: close",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
