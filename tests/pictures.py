"""Pictures for tests, written byte by byte: PNG and JPEG that a browser shows, and what can be hidden in either."""

import struct
import zlib
from collections.abc import Sequence

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MARKER = b"UNDERGROUND-PLACE-45.32N-130.97E"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int = 60,
    height: int = 40,
    colour: tuple[int, int, int] = (200, 40, 30),
    *,
    before: Sequence[tuple[bytes, bytes]] = (),
    rows: bytes | None = None,
) -> bytes:
    """A plane of one colour with a diagonal across; ``before`` are chunks that stand before the pixels."""
    if rows is None:
        rows = b"".join(
            b"\0" + b"".join(bytes((0, 0, 0)) if x * height // width == y else bytes(colour) for x in range(width))
            for y in range(height)
        )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), *before, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return SIGNATURE + b"".join(chunk(*one) for one in parts)


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg(
    width: int = 64, height: int = 48, *, before: bytes = b"", frame: int = 0xC0, end: bytes = b"\xff\xd9"
) -> bytes:
    """A grey baseline picture, light at the left and dark at the right; ``before`` are segments after its start."""
    across, down = -(-width // 8), -(-height // 8)
    bits, last = "", 0
    for _ in range(down):
        for column in range(across):
            value = 60 - 120 * column // max(1, across - 1)
            bits += _difference(value - last) + "0"
            last = value
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")
    # Twelve categories, each of four bits; and one alternating code, which says that nothing follows.
    direct = bytes((0, 0, 0, 12)) + bytes(12) + bytes(range(12))
    alternating = bytes((1,)) + bytes(15) + bytes((0,))
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            before,
            segment(0xDB, b"\0" + bytes((8, *[1] * 63))),
            segment(frame, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"),
            segment(0xC4, b"\x00" + direct),
            segment(0xC4, b"\x10" + alternating),
            segment(0xDA, b"\x01\x01\0\0\x3f\0"),
            scan,
            end,
        )
    )


def _difference(value: int) -> str:
    """A direct coefficient as its category, in four bits here, and the bits of its value (F.1.2.1)."""
    size = abs(value).bit_length()
    said = f"{value if value > 0 else value + (1 << size) - 1:0{size}b}" if size else ""
    return f"{size:04b}{said}"


def exif(orientation: int = 1) -> bytes:
    """An Exif segment that says which side is up, and in its text where the picture was taken."""
    tiff = b"MM\0\x2a" + struct.pack(">I", 8) + struct.pack(">HHHIHH", 1, 0x0112, 3, 1, orientation, 0) + bytes(4)
    return segment(0xE1, b"Exif\0\0" + tiff + MARKER)
