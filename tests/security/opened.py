"""What a reply says to whoever unpacks it: workbooks, packages, printed sheets and whatever is packed in these.

A secret that a program packed is not in the bytes of the reply, and a PDF sets its words in numbers of glyphs. Here
everything is unpacked as far as it goes, and cells and words in print stand between angle brackets, as they would on
a page, so that one pattern finds them in all.
"""

import base64
import binascii
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator

# Nothing that the service makes is packed deeper.
DEEP = 5
PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"%PDF-")
_IN_TEXT = re.compile(rb"[A-Za-z0-9+/_-]{60,}")
_STREAM = re.compile(rb"<<(?P<about>(?:(?!endobj).)*?)>>\s*stream\r?\n(?P<body>.*?)\r?\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"\((?:\\.|[^\\()])*\)|<(?:[0-9A-Fa-f\s]{4,})>", re.DOTALL)
_RUN = re.compile(rb"\bBT\b(.*?)\bET\b", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|\r?\n|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_BLOCK = re.compile(rb"beginbf(char|range)(.*?)endbf\1", re.DOTALL)
_CODE = re.compile(rb"<([0-9A-Fa-f]+)>|(\[)|(\])")


def text_of(content: bytes, media: str = "") -> str:
    """All that can be read in a reply of this media type, packed or not."""
    if media.startswith("text/csv"):
        rows = csv.reader(content.decode("utf-8-sig", errors="replace").splitlines())
        return content.decode(errors="replace") + "".join(f">{cell}<" for row in rows for cell in row)
    return "\n".join(part.decode(errors="replace") for part in _opened(content, 0))


def _opened(content: bytes, depth: int) -> Iterator[bytes]:
    yield content
    if depth == DEEP:
        return
    for part in _inside(content):
        yield from _opened(part, depth + 1)


def _inside(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield name.encode()
                yield packed.read(name)
            yield packed.comment
    elif content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    elif content.startswith(b"%PDF-"):
        yield from _printed(content)
    else:
        yield from _written_out(content)


def _written_out(content: bytes) -> Iterator[bytes]:
    """Packed things within a text, as base64."""
    for found in _IN_TEXT.findall(content):
        plain = found.translate(bytes.maketrans(b"-_", b"+/"))
        try:
            part = base64.b64decode(plain[: len(plain) // 4 * 4])
        except binascii.Error:
            continue
        if part.startswith(PACKED):
            rest = plain[len(plain) // 4 * 4 :]
            yield part + (base64.b64decode(rest + b"=" * (4 - len(rest))) if len(rest) > 1 else b"")


def _printed(pdf: bytes) -> Iterator[bytes]:
    """The streams of a PDF, its attached files among them, and its words by each of its tables of letters.

    Which table belongs to which words is not looked up: read by another one, they say nothing.
    """
    streams = [_inflated(found["about"], found["body"]) for found in _STREAM.finditer(pdf)]
    yield from streams
    tables = [_letters(stream) for stream in streams if b"begincmap" in stream]
    for stream in streams:
        runs = [b"".join(_bytes_of(shown) for shown in _SHOWN.findall(run)) for run in _RUN.findall(stream)]
        for table in tables if runs else ():
            words = ["".join(table.get(run[at : at + 2], "") for at in range(0, len(run), 2)) for run in runs]
            yield "".join(words).encode()
            yield "".join(f">{word}<" for word in words).encode()


def _inflated(about: bytes, body: bytes) -> bytes:
    if b"FlateDecode" not in about:
        return body
    try:
        return zlib.decompressobj().decompress(body)
    except zlib.error:
        return body


def _bytes_of(shown: bytes) -> bytes:
    """A string of a PDF (ISO 32000-1 §7.3.4)."""
    if shown.startswith(b"<"):
        digits = re.sub(rb"\s", b"", shown[1:-1])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())

    def meant(found: re.Match[bytes]) -> bytes:
        said = found[1]
        if said.isdigit():
            return bytes([int(said, 8) & 0xFF])
        return b"" if said.endswith(b"\n") else _LETTERS.get(said, said)

    return _ESCAPED.sub(meant, shown[1:-1])


def _letters(table: bytes) -> dict[bytes, str]:
    """What each glyph's number stands for, by a ToUnicode table (ISO 32000-1 §9.10.3)."""
    found: dict[bytes, str] = {}
    for kind, block in _BLOCK.findall(table):
        codes = _CODE.findall(block)
        if kind == b"char":
            for (number, *_), (letter, *_) in zip(codes[::2], codes[1::2], strict=True):
                found[bytes.fromhex(number.decode())] = _utf16(letter)
        else:
            found |= _ranges(codes)
    return found


def _ranges(codes: list[tuple[bytes, bytes, bytes]]) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    rest = iter(codes)
    for first, *_ in rest:
        last = next(rest)[0]
        letter, opening, _ = next(rest)
        numbers = range(int(first, 16), int(last, 16) + 1)
        for at, number in enumerate(numbers):
            said = _utf16(next(rest)[0]) if opening else _utf16(letter[:-4] + b"%04X" % (int(letter[-4:], 16) + at))
            found[number.to_bytes(len(first) // 2)] = said
        if opening:
            next(rest)
    return found


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", errors="replace")
