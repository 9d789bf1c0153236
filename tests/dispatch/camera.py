"""A picture of one colour as a camera writes it: a JPEG with an EXIF block of time and place."""

from __future__ import annotations

import struct

# The smallest grey JPEG (8 × 8 pixels, one component); its quantisation table takes a colour's number, so that pictures differ.
_TABLES = bytes.fromhex(
    "ffdb004300" + "01" * 64 + "ffc0000b080008000801011100"
    "ffc40014000100000000000000000000000000000009ffc40014100100000000000000000000000000000000ffda0008010100003f0054dfffd9"
)


def picture(taken: str = "", place: tuple[float, float] | None = None, colour: int = 0) -> bytes:
    """`taken` as `2023:02:10 08:11:05`, `place` in degrees."""
    comment = b"\xff\xfe" + struct.pack(">H", 6) + struct.pack(">I", colour)
    return b"\xff\xd8" + (_app1(taken, place) if taken or place else b"") + comment + _TABLES


def _app1(taken: str, place: tuple[float, float] | None) -> bytes:
    block = b"Exif\0\0" + _tiff(taken, place)
    return b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block


def _tiff(taken: str, place: tuple[float, float] | None) -> bytes:
    pointers = [(0x8769, 4, 1)] * bool(taken) + [(0x8825, 4, 1)] * bool(place)
    main_size = 2 + 12 * len(pointers) + 4
    after, parts, entries = 8 + main_size, b"", []
    for tag, kind, count in pointers:
        entries.append(struct.pack("<HHII", tag, kind, count, after + len(parts)))
        parts += _camera(taken, after + len(parts)) if tag == 0x8769 else _gps(place, after + len(parts))
    main = struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", 0)
    return b"II*\0" + struct.pack("<I", 8) + main + parts


def _camera(taken: str, at: int) -> bytes:
    text = taken.encode() + b"\0"
    return struct.pack("<H", 1) + struct.pack("<HHII", 0x9003, 2, len(text), at + 18) + struct.pack("<I", 0) + text


def _gps(place, at: int) -> bytes:
    values = b"".join(_degrees(abs(each)) for each in place)
    data = at + 2 + 4 * 12 + 4
    rows = [
        struct.pack("<HHI4s", 1, 2, 2, b"N\0\0\0" if place[0] >= 0 else b"S\0\0\0"),
        struct.pack("<HHII", 2, 5, 3, data),
        struct.pack("<HHI4s", 3, 2, 2, b"E\0\0\0" if place[1] >= 0 else b"W\0\0\0"),
        struct.pack("<HHII", 4, 5, 3, data + 24),
    ]
    return struct.pack("<H", 4) + b"".join(rows) + struct.pack("<I", 0) + values


def _degrees(value: float) -> bytes:
    whole = int(value)
    minutes = int((value - whole) * 60)
    seconds = round(((value - whole) * 60 - minutes) * 60 * 10_000)
    return struct.pack("<6I", whole, 1, minutes, 1, seconds, 10_000)
