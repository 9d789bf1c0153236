"""Files: what is taken, what is refused and why, kept once, served only when whole."""

import errno
import hashlib
import io
import os
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest
import xlsxwriter
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile

from zhuanban.kernel import files, filetypes
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.models import Dossier, StoredFile

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper():
    return get_user_model().objects.create(username="keeper", name="李四")


@pytest.fixture
def project():
    return Dossier.objects.create(kind="project", ref="CC-1", title="长春一号项目")


@pytest.fixture(autouse=True)
def media(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def store(project, keeper):
    return lambda name, content, **options: files.store(project, SimpleUploadedFile(name, content), by=keeper, **options)


def png(width: int = 4, height: int = 3) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    pixels = zlib.compress(b"\0\0\0\0\0" * 3)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def jpeg(width: int = 4000, height: int = 3000) -> bytes:
    exif = b"\xff\xe1" + struct.pack(">H", 30) + b"Exif\0\0" + b"\xff\xc0" + b"\0" * 20
    return b"\xff\xd8" + exif + b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\0" * 9 + b"\xff\xd9"


def webp(width: int, height: int) -> bytes:
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def heic(width: int, height: int) -> bytes:
    ispe = struct.pack(">I", 20) + b"ispe" + struct.pack(">III", 0, width, height)
    return struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + struct.pack(">I", 8 + len(ispe)) + b"meta" + ispe


def iso_media(brand: bytes) -> bytes:
    return struct.pack(">I", 24) + b"ftyp" + brand + b"\0\0\0\0" + brand + b"isom" + b"\0" * 50


def office(main: str, extra: dict[str, bytes] | None = None, types: str = "") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "[Content_Types].xml", f'<Override ContentType="application/vnd.openxmlformats-officedocument.{main}.main+xml"/>{types}'
        )
        for name, data in (extra or {"main.xml": b"<a/>"}).items():
            package.writestr(name, data)
    return content.getvalue()


def workbook(rows: int = 3) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for row in range(rows):
            sheet.write_row(row, 0, ["长春市", "新开工", 100, 0])
    return content.getvalue()


TAKEN = {
    "现场.JPG": (jpeg(), "image/jpeg"),
    "现场.jpeg": (jpeg(), "image/jpeg"),
    "a.png": (png(), "image/png"),
    "a.webp": (webp(800, 600), "image/webp"),
    "IMG_0001.HEIC": (heic(4032, 3024), "image/heic"),
    "a.gif": (b"GIF89a" + struct.pack("<HH", 20, 10) + b"\0\0\0;", "image/gif"),
    "批复.pdf": (b"%PDF-1.7\n%%EOF", "application/pdf"),
    "请示.docx": (office("wordprocessingml.document"), filetypes.KINDS["docx"].content_type),
    "台账.xlsx": (workbook(), filetypes.KINDS["xlsx"].content_type),
    "汇报.pptx": (office("presentationml.presentation"), filetypes.KINDS["pptx"].content_type),
    "a.csv": ("项目,金额\n一号,3.5\n".encode("gb18030"), "text/csv"),
    "b.csv": ("\ufeff项目,金额\r\n".encode(), "text/csv"),
    "BM.txt": (b"BM starts like a bitmap", "text/plain"),
    "a.mp3": (b"ID3\x04\0\0\0\0\0\0" + b"\0" * 20, "audio/mpeg"),
    "a.m4a": (iso_media(b"M4A "), "audio/mp4"),
    "语音.m4a": (iso_media(b"mp42"), "audio/mp4"),
    "a.mp4": (iso_media(b"iso5"), "video/mp4"),
    "a.amr": (b"#!AMR\n" + b"\x3c\0" * 20, "audio/amr"),
    "a.ogg": (b"OggS\0\2" + b"\0" * 20, "audio/ogg"),
    "a.wav": (b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 20, "audio/wav"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_file_is_taken_for_what_its_content_is(store, media, name):
    content, content_type = TAKEN[name]
    stored = store(name, content)
    digest = hashlib.sha256(content).hexdigest()
    assert (stored.name, stored.content_type, stored.size, stored.sha256) == (name, content_type, len(content), digest)
    assert (media / digest[:2] / digest[2:4] / digest).read_bytes() == content


@pytest.mark.parametrize(
    ("name", "content", "key", "words"),
    [
        ("a.pdf", png(), "extension_disagrees", "内容却是 png"),
        ("a.xlsx", office("wordprocessingml.document"), "extension_disagrees", "docx"),
        ("a.exe", b"MZ\x90\0\3\0\0\0" + b"\0" * 60, "type_not_taken", "可以上传"),
        ("照片.jpg", b"MZ\x90\0\3\0\0\0" + b"\0" * 60, "type_not_taken", "可以上传"),
        ("a.jpg", b"", "empty", "空的"),
        ("a.zip", office("x").replace(b"[Content_Types]", b"[Xontent_Types]"), "archive", "压缩包"),
        ("a.rar", b"Rar!\x1a\x07\0" + b"\0" * 20, "archive", "压缩包"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_office", "旧版"),
        ("a.xlsm", office("x", types="application/vnd.ms-excel.sheet.macroEnabled.main+xml"), "macros", "宏"),
        ("a.xlsx", workbook()[:-40], "damaged", "损坏"),
        ("a.txt", b"<html><script>alert(1)</script>", "web_page", "网页"),
        ("a.svg", b'<?xml version="1.0"?><svg onload="x()"/>', "web_page", "SVG"),
        ("a.txt", b"\x1b[31mred", "type_not_taken", "可以上传"),
        ("a.txt", b"{\\rtf1 text}", "type_not_taken", "可以上传"),
        ("a.mov", iso_media(b"qt  "), "type_not_taken", "可以上传"),
        ("计划.xml", b"<?xml version='1.0'?><Project/>", "type_not_taken", "可以上传"),
        ("a.png", png(20000, 20000), "too_many_pixels", "20000×20000"),
        ("a.jpg", jpeg(30000, 30000), "too_many_pixels", "像素"),
        ("a.webp", webp(16000, 16000), "too_many_pixels", "像素"),
        ("a.heic", heic(30000, 30000), "too_many_pixels", "像素"),
        ("a.png", png(0, 10), "damaged", "损坏"),
        ("a.jpg", jpeg()[:20], "damaged", "损坏"),
    ],
)
def test_what_is_not_taken_is_refused_in_words_and_leaves_nothing(store, media, name, content, key, words):
    with pytest.raises(BadValue, match=words) as refused:
        store(name, content)
    assert refused.value.key == key
    assert not StoredFile.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_a_zip_bomb_is_refused_without_unpacking_it(store):
    with pytest.raises(BadValue, match="过大"):
        store("a.xlsx", office("spreadsheetml.sheet", {"xl/a.xml": b"0" * (40 * 1024 * 1024)}))


def test_a_bomb_that_lies_about_its_size_is_refused(store):
    """The directory says 10 bytes where 40 MB are packed."""
    content = office("spreadsheetml.sheet", {"xl/a.xml": b"0" * (40 * 1024 * 1024)})
    with pytest.raises(BadValue, match="损坏"):
        store("a.xlsx", content.replace(struct.pack("<I", 40 * 1024 * 1024), struct.pack("<I", 10)))


def test_a_large_honest_workbook_is_taken(store):
    """Sheets of equal rows pack well, yet nothing like a bomb."""
    assert store("a.xlsx", workbook(20_000)).size > 200_000


def test_a_password_protected_part_is_refused(store):
    content = bytearray(office("spreadsheetml.sheet"))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + at] |= 1
    with pytest.raises(BadValue, match="损坏"):
        store("a.xlsx", bytes(content))


def test_xml_is_taken_where_the_caller_asks_for_it_and_never_with_entities(store):
    assert store("计划.xml", b"<?xml version='1.0'?><Project/>", allowed={"xml"}).content_type == "application/xml"
    with pytest.raises(BadValue, match="实体"):
        store("计划.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", allowed={"xml"})
    with pytest.raises(BadValue, match="可以上传：xml"):
        store("a.png", png(), allowed={"xml"})


def test_a_name_without_extension_gets_the_one_of_its_content(store):
    assert store("image", png()).name == "image.png"


def test_too_large_a_file_stops_as_soon_as_it_is_known(store, media, settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    with pytest.raises(BadValue, match="超过 1 MB"):
        store("a.txt", b"a" * (1024 * 1024 + 1))
    assert store("a.txt", b"a" * (1024 * 1024)).size == 1024 * 1024
    with pytest.raises(BadValue, match="MB"):
        store("b.txt", b"b" * 11, max_bytes=10)
    assert list((media / "incoming").iterdir()) == []


@pytest.mark.parametrize("name", ["某某机密文件.pdf", "机 密.pdf", "机_密.pdf", "ＴＯＰ secret.pdf"])
def test_a_name_that_speaks_of_state_secrets_is_refused(store, name):
    with pytest.raises(BadValue, match="国家秘密"):
        store(name, b"%PDF-1.7", stop_words=["机密", "绝密", "top secret"])


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\桌面\\开工.pdf", "开工.pdf"),
        ("照片\u202egpj.exe", "照片gpj.exe"),
        ("零\u200b宽\ufeff.pdf", "零宽.pdf"),
        ("a\x00b\r\nSet-Cookie.pdf", "ab Set-Cookie.pdf"),
        ('a"b<c>:|?*.pdf', "a_b_c_____.pdf"),
        ("...", "文件"),
        ("", "文件"),
        (".htaccess", "htaccess"),
        ("坏\ud800.pdf", "坏.pdf"),
        ("e\u0301.pdf", "é.pdf"),
    ],
)
def test_names_are_made_safe(raw, safe):
    assert files.safe_name(raw) == safe


def test_a_long_name_is_cut_and_keeps_its_extension():
    name = files.safe_name("长春" * 200 + ".xlsx")
    assert name.endswith("春.xlsx") or name.endswith("长.xlsx")
    assert len(name.encode()) <= files.MAX_NAME_BYTES


def test_equal_content_is_kept_once(store, media):
    first, second = store("a.png", png()), store("b.png", png())
    assert first.sha256 == second.sha256
    assert len([path for path in media.rglob("*") if path.is_file() and path.name == first.sha256]) == 1


def test_a_download_is_an_attachment_that_no_browser_interprets(store):
    answer = files.response(store('开工 "仪式".csv'.replace('"', ""), "项目\n".encode()))
    assert b"".join(answer.streaming_content) == "项目\n".encode()
    assert answer["Content-Type"] == "text/csv"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''%E5%BC%80%E5%B7%A5%20%E4%BB%AA%E5%BC%8F.csv"
    assert answer["Content-Length"] == "7"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-store"


def test_a_changed_or_missing_file_is_not_served_and_heals_when_sent_again(store, caplog):
    stored = store("a.png", png())
    path = files.path_of(stored.sha256)
    path.write_bytes(png()[:-1] + b"x")
    with pytest.raises(files.Damaged, match="完整性"):
        files.response(stored)
    path.unlink()
    with pytest.raises(files.Damaged, match="完整性"):
        files.response(stored)
    assert ["is not what was stored" in caplog.text, "is missing" in caplog.text] == [True, True]
    store("a.png", png())
    assert files.response(stored)["Content-Type"] == "image/png"


def test_a_full_disk_is_an_error_that_leaves_nothing_half_written(store, media, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store("a.png", png())
    assert list((media / "incoming").iterdir()) == []
    assert not StoredFile.objects.exists()


def test_files_without_a_row_are_swept_after_a_day(store, media):
    kept, orphan = store("a.png", png()), store("b.csv", b"a,b")
    young = store("c.csv", b"c,d")
    cut_off = media / "incoming" / "tmp123"
    cut_off.write_bytes(b"half")
    StoredFile.objects.exclude(pk=kept.pk).delete()
    two_days_ago = time.time() - 2 * 86400
    for path in (files.path_of(kept.sha256), files.path_of(orphan.sha256), cut_off):
        os.utime(path, (two_days_ago, two_days_ago))
    assert files.sweep_orphans() == 2
    assert [files.path_of(stored.sha256).exists() for stored in (kept, orphan, young)] == [True, False, True]
    assert not cut_off.exists()


def test_a_file_stored_anew_while_sweeping_stays(store):
    """Its row was looked for, then the same content came again."""
    stored = store("a.png", png())
    assert files._sweep(files.path_of(stored.sha256), before=time.time() - 60) is False
    assert files.path_of(stored.sha256).exists()
