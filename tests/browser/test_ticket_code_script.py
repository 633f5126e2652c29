"""The tablet reads tickets by itself: whatever the service refuses its script refuses, from one table of cases."""

import random
from collections.abc import Callable, Iterator

import cbor2
import pytest
from playwright.sync_api import Page

from service.sittings.actions import packing
from service.sittings.rules import ticket_code
from service.sittings.rules.ticket_code import TicketCode, UnreadableError
from tests.browser.conftest import Server, Watched
from tests.sittings import test_ticket_code as table

pytestmark = pytest.mark.browser

READ = """async ([texts, jwk]) => {
  const { decode, publicKey, Unreadable } = await import("/static/js/ticket_code.js");
  const key = await publicKey(jwk);
  const read = async (text) => {
    try {
      const { sitting, seat, issue, expires } = await decode(text, key);
      return [sitting, seat, issue, expires];
    } catch (error) {
      return error instanceof Unreadable ? null : String(error);
    }
  };
  return Promise.all(texts.map(read));
}"""


@pytest.fixture
def read(watched: Watched, server: Server) -> Callable[[list[str]], list[object]]:
    """What the script makes of texts: four numbers, nothing for a refusal, or the words of any other error."""
    page: Page = watched.page()
    page.goto(f"{server.url}/sign-in")
    return lambda texts: page.evaluate(READ, [texts, packing.public_key("ticket")])


def by_service(text: str) -> list[int] | None:
    try:
        code = ticket_code.decode(text, table.verify)
    except UnreadableError:
        return None
    return [code.sitting_id, code.seat_id, code.issue, code.expires]


def signed(payload: bytes) -> str:
    message = cbor2.dumps(["Signature1", ticket_code.PROTECTED, b"", payload])
    return wrapped(payload, table.sign(message))


def wrapped(payload: object, signature: object, *, tag: int = 18, header: object = ticket_code.PROTECTED) -> str:
    return table._text(cbor2.dumps(cbor2.CBORTag(tag, [header, {}, payload, signature])))


SOUND = [
    TicketCode(1, 5, 1, 1_795_000_000),
    TicketCode(0, 0, 0, 0),
    TicketCode(23, 24, 255, 256),
    TicketCode(65_535, 65_536, 2**32 - 1, 2**32),
    TicketCode(2**31 - 1, 2**31 - 1, 99, 4_102_444_800),
]


def test_what_the_service_signs_is_read(read: Callable[[list[str]], list[object]]) -> None:
    texts = [ticket_code.encode(code, table.sign) for code in SOUND for _ in range(10)]

    assert read(texts) == [by_service(text) for text in texts]
    assert None not in read(texts)


def spoiled() -> Iterator[str]:
    """Every flipped bit, every misread character, other shapes, other keys, and noise."""
    raw = ticket_code.from_base45(table.TEXT.removeprefix(ticket_code.PREFIX))
    yield from (table._text(table._flipped(raw, bit)) for bit in range(8 * len(raw)))
    yield from table._misreadings(table.TEXT)
    payload, signature = cbor2.loads(raw).value[2:]
    yield ticket_code.encode(table.CODE, lambda message: bytes(64))
    yield ticket_code.encode(table.CODE, lambda message: table.sign(message + b"!"))
    yield wrapped(payload, signature, tag=17)
    yield wrapped(payload, signature, header=b"")
    yield wrapped(payload, signature, header=cbor2.dumps({1: -8}))
    yield wrapped(payload.decode("latin-1"), signature)
    yield wrapped(payload, list(signature))
    yield table._text(raw + b"\0")
    # The same content in a longer form of CBOR: a length in two bytes, an array without a stated length.
    yield table._text(raw.replace(b"\x58\x40", b"\x59\x00\x40"))
    yield table._text(b"\xd2\x9f" + raw[2:] + b"\xff")
    for content in ([2, 1, 5, 1, 0], [1, 1, 5, 1], [1, 1, 5, 1, 0, 0], {"sitting": 1}, [1, "one", 5, 1, 0], 7, None):
        yield signed(cbor2.dumps(content))
    yield from ("", "EX1:", "EX1", "ex1:" + table.TEXT[4:], table.TEXT.lower(), table.TEXT[:40], "26000101", "考号")
    yield from (ticket_code.PREFIX + text for text in ("GGW", ":::", "V5", "0", "BB80", "bb8", "BB,", "ＢＢ8"))
    drawn = random.Random(7)
    for _ in range(500):
        yield table._text(drawn.randbytes(drawn.randrange(1, 120)))
        yield ticket_code.PREFIX + "".join(drawn.choices(ticket_code.ALPHABET, k=drawn.randrange(160)))


def test_whatever_the_service_refuses_the_script_refuses(read: Callable[[list[str]], list[object]]) -> None:
    texts = [text for text in spoiled() if by_service(text) is None]
    assert len(texts) > 2_000
    assert read([table.TEXT]) == [by_service(table.TEXT)]

    taken = [(text, found) for text, found in zip(texts, read(texts), strict=True) if found is not None]

    assert taken == []


def test_a_signature_has_its_one_length(read: Callable[[list[str]], list[object]]) -> None:
    """The same two numbers with a leading zero more: a signature of ours, not in the form that we write."""

    def longer(message: bytes) -> bytes:
        mark = table.sign(message)
        return mark[:32] + b"\0" + mark[32:]

    text = ticket_code.encode(table.CODE, longer)

    assert read([text]) == [None]
