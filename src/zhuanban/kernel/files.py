"""Files of a dossier: received safely, kept once by the hash of their content, served only when the hash still agrees."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import re
import tempfile
import time
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.base import File
from django.http import FileResponse
from django.utils.translation import gettext as _

from zhuanban.kernel import clock
from zhuanban.kernel.badvalue import BadValue, gettext_noop
from zhuanban.kernel.errors import Failure
from zhuanban.kernel.filetypes import CHUNK, USUAL, recognise
from zhuanban.kernel.models import Dossier, StoredFile

logger = logging.getLogger(__name__)

MAX_NAME_BYTES = 180
"""Leaves room for what file systems (255 bytes) and download folders add."""
ORPHAN_AGE = 24 * 3600
"""Seconds that a file without a row is left alone: its transaction may still be open."""

TOO_LARGE = gettext_noop("文件超过 %(limit)s MB，请压缩或拆分后再上传。")
STATE_SECRET = gettext_noop("文件名含有“%(word)s”。本系统不得存储、处理国家秘密；如确不涉密，请改名后再上传。")

READERS: dict[str, Callable[[Any, StoredFile], bool]] = {}
"""First part of a file's kind -> may this person read it? For files that not everybody who sees the dossier may read."""

_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_RESERVED = re.compile(r'[<>:"|?*]')


class Damaged(Failure):
    """A stored file is missing, or its content is no longer what was stored."""

    status, code = 503, "file_damaged"

    def __init__(self, stored: StoredFile, what: str) -> None:
        super().__init__(_("文件“%(name)s”没有通过完整性核对，暂不能下载；请联系系统管理员恢复。") % {"name": stored.name})
        logger.error("stored file %s (sha256 %s) %s", stored.pk, stored.sha256, what)


@dataclass(frozen=True)
class Received:
    """A file that is on the disk, without its row yet."""

    name: str
    content_type: str
    size: int
    sha256: str


def store(
    dossier: Dossier,
    upload: File,
    *,
    by: Any,
    kind: str = "",
    data_class: str = StoredFile.DataClass.INTERNAL,
    allowed: Collection[str] = USUAL,
    stop_words: Iterable[str] = (),
    max_bytes: int | None = None,
) -> StoredFile:
    """Keep an uploaded file. Raises BadValue in the user's words when it is not to be kept.

    The content is on the disk before its row is written: a crash leaves at most a file without a row, which is swept.
    """
    received = receive(upload, allowed=allowed, stop_words=stop_words, max_bytes=max_bytes)
    return record(dossier, received, by=by, kind=kind, data_class=data_class)


def receive(upload: File, *, allowed: Collection[str] = USUAL, stop_words: Iterable[str] = (), max_bytes: int | None = None) -> Received:
    """The slow half, to be called before a transaction takes its locks.

    `allowed` names kinds of `filetypes.KINDS`; `stop_words` are refused in the name.
    """
    name = safe_name(upload.name or "")
    refuse_state_secrets(name, stop_words)
    arrived, digest, size = _write(upload, max_bytes or settings.UPLOAD_MAX_BYTES)
    try:
        with arrived.open("rb") as file:
            found, name = recognise(file, name, allowed)
        _keep(arrived, digest)
    finally:
        arrived.unlink(missing_ok=True)
    return Received(name, found.content_type, size, digest)


def record(dossier: Dossier, received: Received, *, by: Any, kind: str = "", data_class: str = StoredFile.DataClass.INTERNAL) -> StoredFile:
    """The row of a received file; to be written within a day."""
    return StoredFile.objects.create(dossier=dossier, kind=kind, data_class=data_class, by=by, at=clock.now(), **asdict(received))


def safe_name(raw: str) -> str:
    """The bare name: no folders, control, bidi or invisible characters, nothing that a file system refuses, not too long.

    >>> safe_name("C:\\\\项目\\\\..\\\\开工\\u202e照片?.jpg")
    '开工照片_.jpg'
    """
    name = unicodedata.normalize("NFC", raw.replace("\\", "/").rpartition("/")[2])
    name = "".join(
        " " if letter in "\t\r\n" else letter for letter in name if letter in "\t\r\n" or unicodedata.category(letter) not in _DROPPED
    )
    name = re.sub(r"\s+", " ", _RESERVED.sub("_", name)).strip(" .")
    stem, dot, extension = name.rpartition(".")
    if not (dot and stem and re.fullmatch(r"[A-Za-z0-9]{1,8}", extension)):
        stem, dot, extension = name, "", ""
    room = MAX_NAME_BYTES - len(extension) - len(dot)
    return (stem.encode()[:room].decode(errors="ignore").rstrip(" .") or "文件") + dot + extension


def refuse_state_secrets(name: str, stop_words: Iterable[str]) -> None:
    """The keyword stop-list of what must not be in this system; spaces, width and case make no difference."""
    plain = _plain(name)
    for word in stop_words:
        if _plain(word) and _plain(word) in plain:
            raise BadValue(STATE_SECRET, key="state_secret", word=word)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def readable(user: Any, stored: StoredFile) -> bool:
    """Whether a person who sees the dossier may read this file of it."""
    reader = READERS.get(stored.kind.partition(".")[0])
    return reader is None or reader(user, stored)


def path_of(digest: str) -> Path:
    return Path(settings.MEDIA_ROOT) / digest[:2] / digest[2:4] / digest


def _write(upload: File, limit: int) -> tuple[Path, str, int]:
    """Write the upload beside the kept files, hashing as it comes; the caller removes or renames it."""
    folder = Path(settings.MEDIA_ROOT) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as target:
        try:
            for chunk in upload.chunks():
                size += len(chunk)
                if size > limit:
                    raise BadValue(TOO_LARGE, key="too_large", limit=limit // (1024 * 1024))
                digest.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        except BaseException:
            Path(target.name).unlink(missing_ok=True)
            raise
    return Path(target.name), digest.hexdigest(), size


def _keep(arrived: Path, digest: str) -> None:
    """Rename into place and make the name durable. An equal file is replaced, which renews its age and heals it."""
    path = path_of(digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(fcntl.LOCK_SH):
        arrived.replace(path)
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def open_checked(stored: StoredFile) -> BinaryIO:
    """The content, after reading it once and comparing its hash. Raises Damaged."""
    try:
        file = path_of(stored.sha256).open("rb")
    except FileNotFoundError as error:
        raise Damaged(stored, "is missing") from error
    if hashlib.file_digest(file, "sha256").hexdigest() != stored.sha256:
        file.close()
        raise Damaged(stored, "is not what was stored")
    file.seek(0)
    return file


def response(stored: StoredFile) -> FileResponse:
    """A download: never shown inside the site's own origin, never kept by a cache."""
    answer = FileResponse(open_checked(stored), as_attachment=True, filename=stored.name, content_type=stored.content_type)
    answer.block_size = CHUNK // 4
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, no-store"
    return answer


def sweep_orphans(older_than: float = ORPHAN_AGE) -> int:
    """Delete files without a row, and uploads cut off; returns how many. Ages are the file system's, so the machine's clock."""
    before = time.time() - older_than
    root = Path(settings.MEDIA_ROOT)
    swept = sum(_sweep(path, before) for path in (root / "incoming").glob("*"))
    for batch in _batches(root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"), 500):
        used = set(StoredFile.objects.filter(sha256__in=[path.name for path in batch]).values_list("sha256", flat=True))
        swept += sum(_sweep(path, before) for path in batch if path.name not in used)
    return swept


def _sweep(path: Path, before: float) -> bool:
    """Delete an old file. One stored anew since its row was looked for is young by now, and none is stored meanwhile."""
    with _locked(fcntl.LOCK_EX):
        if _mtime(path) >= before:
            return False
        path.unlink()
        return True


@contextmanager
def _locked(mode: int) -> Iterator[None]:
    """Between storing and sweeping, across processes."""
    with (Path(settings.MEDIA_ROOT) / ".lock").open("a") as lock:
        fcntl.flock(lock, mode)
        yield


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _batches(paths: Iterable[Path], size: int) -> Iterator[list[Path]]:
    batch: list[Path] = []
    for path in paths:
        batch.append(path)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch
