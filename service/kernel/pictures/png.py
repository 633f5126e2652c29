"""PNG (ISO/IEC 15948): chunks with checksums, of which those stay that say what the picture looks like."""

import struct
import zlib
from collections.abc import Iterator

from service.kernel.pictures.parts import Broken, Size, damaged, followed

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Whatever else a picture carries says something of its maker, and nothing that a reader of the question would see.
KEPT = (b"IHDR", b"sRGB", b"gAMA", b"PLTE", b"tRNS", b"IDAT", b"IEND")
ONCE = frozenset(KEPT) - {b"IDAT"}
ANIMATED = frozenset({b"acTL", b"fcTL", b"fdAT"})
# Channels and permitted depths by colour type (table 11.1 of the standard).
COLOURS = {
    0: (1, (1, 2, 4, 8, 16)),
    2: (3, (8, 16)),
    3: (1, (1, 2, 4, 8)),
    4: (2, (8, 16)),
    6: (4, (8, 16)),
}
# Where the passes of an interlaced picture begin, and how far apart their pixels lie: x, y, dx, dy.
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
MOST_FILTER = 4
Chunk = tuple[bytes, bytes]


def cleaned(content: bytes, most: Size) -> tuple[bytes, Size]:
    """The same picture of the chunks that are kept, and its size.

    Raises:
        Broken: too wide or high, animated, incomplete, or something is not as the standard has it.
    """
    chunks = list(_chunks(content))
    names = [name for name, _ in chunks]
    if names[0] != b"IHDR" or len(chunks[0][1]) != struct.calcsize(">IIBBBBB"):
        raise damaged()
    if ANIMATED & set(names):
        raise Broken("picture_animated", "不能用会动的图片。请另存为不会动的PNG或JPEG图片。")
    # A critical chunk that we do not know changes how the picture is read.
    if any(names.count(name) > 1 for name in ONCE) or any(_critical(name) and name not in KEPT for name in names):
        raise damaged()
    width, height, depth, colour, *methods, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    size = Size(width, height).within(most)
    if colour not in COLOURS or depth not in COLOURS[colour][1] or methods != [0, 0] or interlaced not in {0, 1}:
        raise damaged()
    if (colour == 3) > (b"PLTE" in names) or not _in_order(names):
        raise damaged()
    _unpack(
        b"".join(body for name, body in chunks if name == b"IDAT"), _rows(size, depth * COLOURS[colour][0], interlaced)
    )
    return SIGNATURE + b"".join(_chunk(*one) for one in chunks if one[0] in KEPT), size


def _chunks(content: bytes) -> Iterator[Chunk]:
    place = len(SIGNATURE)
    while True:
        if place + 12 > len(content):
            raise damaged()
        length, name = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        if end > len(content):
            raise damaged()
        body = content[place + 8 : end - 4]
        if zlib.crc32(name + body) != int.from_bytes(content[end - 4 : end], "big"):
            raise damaged()
        yield name, body
        place = end
        if name == b"IEND":
            break
    if place != len(content):
        raise followed()


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _critical(name: bytes) -> bool:
    return name[:1].isupper()


def _in_order(names: list[bytes]) -> bool:
    """What is needed to read the pixels stands before them, and they stand together."""
    pixels = [place for place, name in enumerate(names) if name == b"IDAT"]
    before = [place for place, name in enumerate(names) if name in {b"sRGB", b"gAMA", b"PLTE", b"tRNS"}]
    return bool(pixels) and pixels[-1] - pixels[0] + 1 == len(pixels) and max(before, default=0) < pixels[0]


def _rows(size: Size, bits: int, interlaced: int) -> list[tuple[int, int]]:
    """(rows, bytes of each with its filter) of every pass."""
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    found = []
    for x, y, across, down in passes:
        wide, high = -(-(size.width - x) // across), -(-(size.height - y) // down)
        if wide > 0 and high > 0:
            found.append((high, 1 + -(-wide * bits // 8)))
    return found


def _unpack(packed: bytes, rows: list[tuple[int, int]]) -> None:
    """Read the pixels, and never more of them than the size has: a bomb is no picture of its size.

    Raises:
        Broken: there are fewer or more, or they are not packed as they should be.
    """
    wanted = sum(count * length for count, length in rows)
    unpacker = zlib.decompressobj()
    try:
        pixels = unpacker.decompress(packed, wanted + 1)
    except zlib.error:
        raise damaged() from None
    if len(pixels) != wanted or not unpacker.eof:
        raise damaged()
    if unpacker.unused_data:
        raise followed()
    begin = 0
    for count, length in rows:
        if max(pixels[begin : begin + count * length : length]) > MOST_FILTER:
            raise damaged()
        begin += count * length
