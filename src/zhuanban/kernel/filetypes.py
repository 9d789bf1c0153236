"""What a file is, found from its content; and what is refused: other types, bombs, oversized images, macros, damage."""

from __future__ import annotations

import codecs
import re
import struct
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import BinaryIO

import filetype

from zhuanban.engines.schedules.readers import is_xer
from zhuanban.kernel.badvalue import BadValue, gettext_noop

HEAD = 8192
CHUNK = 1024 * 1024
MAX_PIXELS = 120_000_000
"""The largest phone cameras that send whole pictures make 108 million."""
MAX_UNPACKED, MAX_RATIO, RATIO_FROM, MAX_PARTS = 300 * 1024 * 1024, 150, 20 * 1024 * 1024, 5000
"""An Office file unpacks to at most this many bytes, and above RATIO_FROM to at most so many times its size."""


@dataclass(frozen=True)
class Kind:
    """A type we take: its extensions, the usual one first, and its media type."""

    extensions: tuple[str, ...]
    content_type: str


_OOXML = "application/vnd.openxmlformats-officedocument."
KINDS = {
    "jpeg": Kind(("jpg", "jpeg"), "image/jpeg"),
    "png": Kind(("png",), "image/png"),
    "webp": Kind(("webp",), "image/webp"),
    "heic": Kind(("heic", "heif"), "image/heic"),
    "gif": Kind(("gif",), "image/gif"),
    "pdf": Kind(("pdf",), "application/pdf"),
    "docx": Kind(("docx",), _OOXML + "wordprocessingml.document"),
    "xlsx": Kind(("xlsx",), _OOXML + "spreadsheetml.sheet"),
    "pptx": Kind(("pptx",), _OOXML + "presentationml.presentation"),
    "csv": Kind(("csv",), "text/csv"),
    "txt": Kind(("txt",), "text/plain"),
    "xml": Kind(("xml",), "application/xml"),
    "xer": Kind(("xer",), "application/octet-stream"),
    "mp3": Kind(("mp3",), "audio/mpeg"),
    "m4a": Kind(("m4a",), "audio/mp4"),
    "amr": Kind(("amr",), "audio/amr"),
    "ogg": Kind(("ogg", "oga"), "audio/ogg"),
    "wav": Kind(("wav",), "audio/wav"),
    "mp4": Kind(("mp4",), "video/mp4"),
}
IMAGES = frozenset({"jpeg", "png", "webp", "heic", "gif"})
PAPERS = frozenset({"pdf", "docx", "xlsx", "pptx", "csv", "txt"})
RECORDINGS = frozenset({"mp3", "m4a", "amr", "ogg", "wav", "mp4"})
USUAL = IMAGES | PAPERS | RECORDINGS

_BY_GUESS = {
    "image/jpeg": "jpeg",
    "image/png": "png",
    "image/apng": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/x-wav": "wav",
    "audio/amr": "amr",
}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"})
_MP4_BRANDS = frozenset({b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4A ", b"M4V ", b"MSNV"})
_MAIN_PARTS = {
    b"wordprocessingml.document.main+xml": "docx",
    b"spreadsheetml.sheet.main+xml": "xlsx",
    b"presentationml.presentation.main+xml": "pptx",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_WEB_PAGE = re.compile(rb"<\s*(!doctype\s+html|html|svg|script|body|iframe)\b", re.IGNORECASE)

OLD_OFFICE = gettext_noop("这是旧版（doc、xls、ppt）或加了密码的 Office 文件，请另存为不带密码的 docx、xlsx 或 pptx 再上传。")
ARCHIVE = gettext_noop("不收压缩包，请解压后逐个上传。")
MACROS = gettext_noop("文件里带有宏，请另存为不带宏的 docx、xlsx 或 pptx 再上传。")
DAMAGED = gettext_noop("文件已损坏或没有传完整，请在本机打开核对后重新上传。")
BOMB = gettext_noop("文件解开后过大，不能接收。")
WEB_PAGE = gettext_noop("内容是网页或 SVG，不能接收；请存为 PDF 或图片。")
EXTERNAL = gettext_noop("XML 文件里带有 DTD 或实体定义，不能接收。")
EMPTY = gettext_noop("文件是空的。")
TOO_MANY_PIXELS = gettext_noop("图片有 %(width)s×%(height)s 像素，超过 %(limit)s 万像素，请缩小后再上传。")
UNKNOWN = gettext_noop("认不出文件的类型，或不收此类文件（%(name)s）。可以上传：%(allowed)s。")
DISAGREES = gettext_noop("文件名是 .%(extension)s，内容却是 %(found)s；请核对是否改过扩展名。")


def recognise(file: BinaryIO, name: str, allowed: Collection[str] = USUAL) -> tuple[Kind, str]:
    """The file's kind, and its name with an extension. Raises BadValue when it is not to be kept."""
    stem, dot, extension = name.rpartition(".")
    extension = extension.lower() if dot and stem else ""
    possible = [kind for kind in _possible_kinds(file, name, allowed) if kind in allowed]
    if not possible:
        raise _unknown(name, allowed)
    if not extension:
        return KINDS[possible[0]], f"{name}.{KINDS[possible[0]].extensions[0]}"
    for kind in possible:
        if extension in KINDS[kind].extensions:
            return KINDS[kind], name
    raise BadValue(DISAGREES, key="extension_disagrees", extension=extension, found=possible[0])


def _unknown(name: str, allowed: Collection[str]) -> BadValue:
    return BadValue(UNKNOWN, key="type_not_taken", name=name, allowed=tuple(kind for kind in KINDS if kind in allowed))


def _possible_kinds(file: BinaryIO, name: str, allowed: Collection[str]) -> tuple[str, ...]:
    """The kinds that this content can be: a text may be called csv or txt, an ISO media file mp4 or m4a."""
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise BadValue(EMPTY, key="empty")
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return (_office_kind(file),)
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise BadValue(OLD_OFFICE, key="old_office")
    if head[:5] == b"%PDF-":
        return ("pdf",)
    if head[4:8] == b"ftyp":
        return _iso_media_kinds(file, head)
    plan = ("xer",) if is_xer(head) else ()  # text too, but with control characters and several encodings in one file
    if _is_text(file):
        return (*plan, *_text_kinds(file, head))
    if plan:
        return plan
    return _binary_kinds(file, head, name, allowed)


def _binary_kinds(file: BinaryIO, head: bytes, name: str, allowed: Collection[str]) -> tuple[str, ...]:
    guess = filetype.guess(head)
    mime = guess.mime if guess else ""
    kind = _BY_GUESS.get(mime)
    if kind is None:
        archive = mime.startswith("application/") and guess.extension in {"rar", "7z", "gz", "tar", "bz2", "xz", "cab", "zst"}
        raise BadValue(ARCHIVE, key="archive") if archive else _unknown(name, allowed)
    if kind in IMAGES:
        _check_pixels(_SIZES[kind](file, head))
    return (kind,)


def _iso_media_kinds(file: BinaryIO, head: bytes) -> tuple[str, ...]:
    length = min(struct.unpack(">I", head[:4])[0], len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, length, 4))}
    if head[8:12] in _HEIC_BRANDS and b"avif" not in brands:
        _check_pixels(_heic_size(file))
        return ("heic",)
    if head[8:12] == b"qt  " or not brands & _MP4_BRANDS:
        return ()
    return ("m4a", "mp4") if head[8:12] == b"M4A " else ("mp4", "m4a")


# -- text ----------------------------------------------------------------------------------------------------------


def _is_text(file: BinaryIO) -> bool:
    return _reads_as(file, "utf-8") or _reads_as(file, "gb18030")


def _reads_as(file: BinaryIO, encoding: str) -> bool:
    """Whether all of it is text of that encoding, without control characters."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(CHUNK):
            if _CONTROL.search(decoder.decode(chunk)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _text_kinds(file: BinaryIO, head: bytes) -> tuple[str, ...]:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not start.startswith(b"<"):
        return () if start.startswith(b"{\\rtf") else ("txt", "csv")
    if _WEB_PAGE.search(start):
        raise BadValue(WEB_PAGE, key="web_page")
    file.seek(0)
    if re.search(rb"<!(DOCTYPE|ENTITY)", file.read(), re.IGNORECASE):
        raise BadValue(EXTERNAL, key="xml_with_dtd")
    return ("xml",)


# -- Office files --------------------------------------------------------------------------------------------------


def _office_kind(file: BinaryIO) -> str:
    """Which Office Open XML file this is; every part is unpacked once within bounds, so that damage shows here and not later."""
    try:
        with zipfile.ZipFile(file) as package:
            _refuse_bomb(package)
            if "[Content_Types].xml" not in package.namelist():
                raise BadValue(ARCHIVE, key="archive")
            with package.open("[Content_Types].xml") as listed:
                types = listed.read(CHUNK)
            for part in package.infolist():
                with package.open(part) as content:
                    while content.read(CHUNK):
                        pass
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error, ValueError) as error:
        if isinstance(error, BadValue):
            raise
        raise BadValue(DAMAGED, key="damaged") from error
    if b"macroEnabled" in types or b"vbaProject" in types:
        raise BadValue(MACROS, key="macros")
    for main_part, kind in _MAIN_PARTS.items():
        if main_part in types:
            return kind
    raise BadValue(ARCHIVE, key="archive")


def _refuse_bomb(package: zipfile.ZipFile) -> None:
    """By the sizes that the package declares; a part that holds more than it declares fails its checksum when read."""
    parts = package.infolist()
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED or (unpacked > RATIO_FROM and unpacked > packed * MAX_RATIO):
        raise BadValue(BOMB, key="bomb")


# -- images: width and height from their headers -------------------------------------------------------------------


def _check_pixels(size: tuple[int, int] | None) -> None:
    if size is None or 0 in size:
        raise BadValue(DAMAGED, key="damaged")
    if size[0] * size[1] > MAX_PIXELS:
        raise BadValue(TOO_MANY_PIXELS, key="too_many_pixels", width=size[0], height=size[1], limit=MAX_PIXELS // 10_000)


def _png_size(file: BinaryIO, head: bytes) -> tuple[int, int] | None:
    return struct.unpack(">II", head[16:24]) if head[12:16] == b"IHDR" and len(head) >= 24 else None


def _gif_size(file: BinaryIO, head: bytes) -> tuple[int, int] | None:
    return struct.unpack("<HH", head[6:10]) if len(head) >= 10 else None


def _webp_size(file: BinaryIO, head: bytes) -> tuple[int, int] | None:
    if len(head) < 30:
        return None
    if head[12:16] == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", head[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _jpeg_size(file: BinaryIO, head: bytes) -> tuple[int, int] | None:
    """From the first frame header (SOFn); the segments before it are skipped by their lengths."""
    file.seek(2)
    while True:
        marker = file.read(2)
        while len(marker) == 2 and marker == b"\xff\xff":
            marker = b"\xff" + file.read(1)
        length = file.read(2)
        if len(marker) < 2 or len(length) < 2 or marker[0] != 0xFF:
            return None
        if 0xC0 <= marker[1] <= 0xCF and marker[1] not in (0xC4, 0xC8, 0xCC):
            frame = file.read(5)
            return (struct.unpack(">HH", frame[1:5])[1], struct.unpack(">HH", frame[1:5])[0]) if len(frame) == 5 else None
        file.seek(struct.unpack(">H", length)[0] - 2, 1)


def _heic_size(file: BinaryIO) -> tuple[int, int] | None:
    """The largest of the image sizes (`ispe` boxes) in the metadata, which stands at the start."""
    file.seek(0)
    start = file.read(CHUNK)
    sizes = [struct.unpack(">II", start[at.end() + 4 : at.end() + 12]) for at in re.finditer(b"ispe", start) if at.end() + 12 <= len(start)]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


_SIZES = {"png": _png_size, "gif": _gif_size, "webp": _webp_size, "jpeg": _jpeg_size}
