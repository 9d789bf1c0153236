"""What a photo tells of itself: when and where it was taken, read from the EXIF block of a JPEG.

Only the few tags that matter are read, from the file's first part; a block that is broken tells nothing and hurts nobody.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

HEAD = 256 * 1024
"""How much of a file is looked at: the block stands before the picture and holds at most 64 KB."""
EXIF_POINTER, GPS_POINTER = 0x8769, 0x8825
TAKEN, OFFSET, TAKEN_PLAIN = 0x9003, 0x9011, 0x0132
LAT_SIDE, LAT, LON_SIDE, LON = 1, 2, 3, 4
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}
LETTERS = {1: "B", 3: "H", 4: "I", 7: "B", 9: "i"}
MOST_ENTRIES, MOST_BYTES = 400, 4096


@dataclass(frozen=True)
class Told:
    """Latitude and longitude in degrees, north and east positive. What is not told is None."""

    taken_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None


def read(head: bytes, zone: tzinfo) -> Told:
    """What the first bytes of a file tell. `zone` is where the camera's clock is taken to stand if it does not say."""
    try:
        block = _block(head)
        return _told(block, zone) if block else Told()
    except (struct.error, ValueError, IndexError, ArithmeticError, KeyError, UnicodeDecodeError):
        return Told()


def _block(head: bytes) -> bytes:
    """The TIFF block of a JPEG's APP1 segment; empty if there is none."""
    if head[:2] != b"\xff\xd8":
        return b""
    at = 2
    while at + 4 <= len(head) and head[at] == 0xFF and head[at + 1] not in (0xD9, 0xDA):
        kind, size = head[at + 1], struct.unpack(">H", head[at + 2 : at + 4])[0]
        if kind == 0xE1 and head[at + 4 : at + 10] == b"Exif\0\0":
            return head[at + 10 : at + 2 + size]
        at += 2 + size
    return b""


def _told(block: bytes, zone: tzinfo) -> Told:
    order = {b"II": "<", b"MM": ">"}[block[:2]]
    first = struct.unpack(order + "I", block[4:8])[0]
    main = _directory(block, order, first)
    camera = _directory(block, order, main[EXIF_POINTER][0]) if EXIF_POINTER in main else {}
    place = _directory(block, order, main[GPS_POINTER][0]) if GPS_POINTER in main else {}
    latitude, longitude = _degrees(place, LAT, LAT_SIDE, "S", 90), _degrees(place, LON, LON_SIDE, "W", 180)
    if latitude is None or longitude is None:
        latitude = longitude = None
    return Told(_instant(camera, main, zone), latitude, longitude)


def _directory(block: bytes, order: str, at: int) -> dict[int, Any]:
    """Tag -> value of one directory: text for ASCII, else the list of its numbers."""
    count = struct.unpack(order + "H", block[at : at + 2])[0]
    found: dict[int, Any] = {}
    for number in range(min(count, MOST_ENTRIES)):
        entry = block[at + 2 + number * 12 : at + 14 + number * 12]
        tag, kind, length = struct.unpack(order + "HHI", entry[:8])
        size = SIZES.get(kind, 0) * length
        if not 0 < size <= MOST_BYTES:
            continue
        start = struct.unpack(order + "I", entry[8:])[0]
        raw = entry[8 : 8 + size] if size <= 4 else block[start : start + size]
        found[tag] = _value(raw, kind, order, length)
    return found


def _value(raw: bytes, kind: int, order: str, length: int) -> Any:
    if kind == 2:
        return raw.split(b"\0", 1)[0].decode("ascii")
    if kind in (5, 10):
        pairs = struct.unpack(f"{order}{length * 2}{'I' if kind == 5 else 'i'}", raw)
        return [top / bottom if bottom else None for top, bottom in zip(pairs[::2], pairs[1::2], strict=True)]
    return list(struct.unpack(f"{order}{length}{LETTERS[kind]}", raw))


def _degrees(place: dict[int, Any], tag: int, side: int, negative: str, most: int) -> float | None:
    """Degrees from degrees, minutes and seconds; None where any of them is unknown or beyond the earth."""
    parts = place.get(tag)
    if not isinstance(parts, list) or len(parts) != 3 or any(part is None for part in parts):
        return None
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    if not 0 <= degrees <= most:
        return None
    return round(-degrees if str(place.get(side, "")).upper().startswith(negative) else degrees, 6)


def _instant(camera: dict[int, Any], main: dict[int, Any], zone: tzinfo) -> datetime | None:
    """`2023:02:10 08:11:05` with its offset `+08:00` where the camera tells one."""
    text = camera.get(TAKEN) or main.get(TAKEN_PLAIN)
    if not isinstance(text, str) or not text.strip(" 0:"):
        return None
    plain = datetime.strptime(text.strip(), "%Y:%m:%d %H:%M:%S")
    offset = camera.get(OFFSET)
    if isinstance(offset, str) and len(offset) == 6 and offset[0] in "+-":
        span = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
        zone = timezone(span if offset[0] == "+" else -span)
    return plain.replace(tzinfo=zone).astimezone(UTC)
