"""The words of a PDF as our documents are written: text is drawn in glyphs of embedded fonts, each of which says what its glyphs mean."""

from __future__ import annotations

import re
import zlib

OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.S)
DRAWN = re.compile(rb"/(\w+) [\d.]+ Tf|\(((?:\\.|[^\\()])*)\)|<([0-9A-Fa-f]+)>", re.S)
ESCAPED = re.compile(rb"\\(?:([0-7]{1,3})|(.))", re.S)
PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pdf_words(content: bytes) -> str:
    """All text in the order in which it is drawn, page by page."""
    objects = {int(number): body for number, body in OBJECT.findall(content)}
    fonts = {number: _letters(_stream(objects[int(found[1])])) for number, body in objects.items() if (found := _named(body, b"ToUnicode"))}
    pages = [body for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)]
    return "".join(_page(objects, fonts, page) for page in pages)


def _named(body: bytes, name: bytes) -> re.Match[bytes] | None:
    """The number of the object that an entry points to."""
    return re.search(rb"/" + name + rb"\s*(\d+) 0 R", body)


def _stream(body: bytes) -> bytes:
    raw = body.split(b"stream", 1)[1].split(b"endstream", 1)[0].lstrip(b"\r\n")
    return zlib.decompressobj().decompress(raw) if b"FlateDecode" in body else raw


def _letters(cmap: bytes) -> dict[int, str]:
    """Glyph -> letters, from a font's map."""
    found: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.S):
        for glyph, text in re.findall(rb"<(\w+)>\s*<(\w+)>", block):
            found[int(glyph, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.S):
        for first, last, text in re.findall(rb"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for step in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + step] = chr(int(text, 16) + step)
    return found


def _page(objects: dict[int, bytes], fonts: dict[int, dict[int, str]], page: bytes) -> str:
    resources = _named(page, b"Resources")
    known = dict(re.findall(rb"/(\w+) (\d+) 0 R", objects[int(resources[1])] if resources else page))
    contents = _named(page, b"Contents")
    assert contents, "a page without contents"
    told, letters = [], {}
    for font, text, digits in DRAWN.findall(_stream(objects[int(contents[1])])):
        if font:
            letters = fonts.get(int(known[font]), {})
        else:
            glyphs = bytes.fromhex(digits.decode()) or ESCAPED.sub(_unescaped, text)
            told += [letters.get(int.from_bytes(glyphs[at : at + 2], "big"), "") for at in range(0, len(glyphs) - 1, 2)]
    return "".join(told)


def _unescaped(found: re.Match[bytes]) -> bytes:
    return bytes([int(found[1], 8)]) if found[1] else PLAIN.get(found[2], found[2])
