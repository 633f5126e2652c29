"""JPEG (ITU-T T.81): segments, of which those stay that say what the picture looks like."""

import struct
from dataclasses import dataclass, field

from service.kernel.pictures.parts import Broken, Size, damaged, followed

SOI, EOI, SOS, DRI, DQT, DHT = 0xD8, 0xD9, 0xDA, 0xDD, 0xDB, 0xC4
# Baseline, extended and progressive: what browsers show. Every other frame is none that we know.
FRAMES = (0xC0, 0xC1, 0xC2)
OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCC, 0xCD, 0xCE, 0xCF, 0xDC, 0xDE, 0xDF)
RESTARTS = range(0xD0, 0xD8)
TABLES = frozenset({DQT, DHT, DRI})
JFIF, EXIF, ADOBE = 0xE0, 0xE1, 0xEE
# Grey, or three colours; four are made for printing presses, and every program shows them otherwise.
COMPONENTS = (1, 3)
# A progressive picture has about ten scans; thousands would keep whoever shows it busy for minutes.
MOST_SCANS = 64
# The tag of a picture that lies on its side, and the value of one that stands upright (Exif 2.32, 4.6.4).
TURNED, UPRIGHT = 0x0112, 1


@dataclass
class _Reading:
    """What has been read so far: the parts that stay, and the size once it is known."""

    parts: list[bytes] = field(default_factory=lambda: [bytes((0xFF, SOI))])
    size: Size | None = None
    scans: int = 0


def cleaned(content: bytes, most: Size) -> tuple[bytes, Size]:
    """The same picture of the segments that are kept, and its size.

    Raises:
        Broken: too wide or high, lying on its side, incomplete, or of a kind that browsers do not show.
    """
    found, place = _Reading(), 2
    while True:
        marker, place = _marker(content, place)
        if marker == EOI:
            break
        if marker in RESTARTS or marker in {SOI, 0x00, 0x01}:
            raise damaged()
        body, place = _segment(content, place)
        _take(found, marker, body, most)
        if marker == SOS:
            begin, place = place, _end_of_scan(content, place)
            found.parts.append(content[begin:place])
    if found.size is None or not found.scans:
        raise damaged()
    if place != len(content):
        raise followed()
    return b"".join((*found.parts, bytes((0xFF, EOI)))), found.size


def _marker(content: bytes, place: int) -> tuple[int, int]:
    if content[place : place + 1] != b"\xff":
        raise damaged()
    # Any number of fill bytes may stand before a marker (B.1.1.2).
    while content[place : place + 1] == b"\xff":
        place += 1
    if place >= len(content):
        raise damaged()
    return content[place], place + 1


def _segment(content: bytes, place: int) -> tuple[bytes, int]:
    length = int.from_bytes(content[place : place + 2], "big")
    if length < 2 or place + length > len(content):
        raise damaged()
    return content[place + 2 : place + length], place + length


def _end_of_scan(content: bytes, place: int) -> int:
    """Where the next marker stands; within a scan 0xFF is followed by zero or a restart."""
    while True:
        place = content.find(b"\xff", place)
        if place < 0 or place + 1 >= len(content):
            raise damaged()
        after = content[place + 1]
        if after and after not in RESTARTS and after != 0xFF:
            return place
        place += 1 if after == 0xFF else 2


def _take(found: _Reading, marker: int, body: bytes, most: Size) -> None:
    if marker in OTHER_FRAMES:
        raise Broken("picture_coding", "这种编码的JPEG浏览器不能显示。请另存为普通的JPEG或PNG图片。")
    if marker in FRAMES:
        if found.size is not None:
            raise damaged()
        found.size = _size(body).within(most)
    if marker == SOS:
        found.scans += 1
        if found.size is None or found.scans > MOST_SCANS:
            raise damaged()
    if marker == EXIF and _turned(body):
        reason = "照片的方向写在附加信息里，附加信息（含拍摄地点）不保存。请用图片软件旋转到正确方向并另存后再上传。"
        raise Broken("picture_turned", reason)
    kept = _kept(marker, body)
    if kept is not None:
        found.parts.append(bytes((0xFF, marker)) + struct.pack(">H", len(kept) + 2) + kept)


def _size(body: bytes) -> Size:
    if len(body) < 6:
        raise damaged()
    depth, height, width, components = struct.unpack_from(">BHHB", body)
    if len(body) != 6 + 3 * components or depth != 8:
        raise damaged()
    if components not in COMPONENTS:
        raise Broken("picture_colours", "图片用的是印刷用的四色（CMYK）。请另存为RGB颜色的图片后再上传。")
    return Size(width, height)


def _kept(marker: int, body: bytes) -> bytes | None:
    """What stays of a segment: nothing that only tells of the maker, the place or an earlier state of the picture."""
    if marker in TABLES or marker in FRAMES or marker == SOS:
        return body
    if marker == JFIF and body.startswith(b"JFIF\0") and len(body) >= 14:
        # Without its thumbnail.
        return body[:12] + b"\0\0"
    if marker == ADOBE and body.startswith(b"Adobe") and len(body) >= 12:
        # Says whether the three colours are RGB.
        return body[:12]
    return None


def _turned(body: bytes) -> bool:
    """Whether a picture says that it must be turned to stand upright; what cannot be read says nothing."""
    if not body.startswith(b"Exif\0\0"):
        return False
    tiff = body[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return False
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    if start + 2 > len(tiff):
        return False
    (count,) = struct.unpack_from(f"{order}H", tiff, start)
    for place in range(start + 2, min(start + 2 + 12 * count, len(tiff) - 11), 12):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, place)
        if tag == TURNED:
            return bool(value != UPRIGHT)
    return False
