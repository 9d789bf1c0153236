"""The column snapshot: all enterprises' facts of a day as arrays mapped from disk, over which policies are reckoned for everybody at once.

A snapshot is a folder of its own beside the others; `current` names the one in use and is replaced in one step, so that a reader never
meets half a snapshot. Facts are kept once, in the database; a snapshot can be thrown away.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from zhuanban.domains.enterprises.models import EnterpriseFile
from zhuanban.domains.enterprises.queries import everybody
from zhuanban.domains.policies.rules import claim_book
from zhuanban.engines.eligibility.columns import Columns
from zhuanban.engines.eligibility.schema import Schema
from zhuanban.kernel import clock

CHUNK = 500
KEPT = 2
"""Snapshots kept: the one in use, and the one that a slow reader may still have open."""
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Snapshot:
    """Facts by column; `files` are the keys of the enterprises' files row by row, `areas` the places of their areas in `area_keys`."""

    stamp: str
    day: date
    built_at: datetime
    columns: Columns
    files: Any
    areas: Any
    area_keys: tuple[str, ...]

    @property
    def rows(self) -> int:
        return self.columns.rows


def home() -> Path:
    return Path(settings.DATA_DIR) / "snapshots"


def schema() -> Schema:
    return Schema.from_rows(claim_book.schema_rows())


@dataclass(frozen=True)
class Gathered:
    """The facts of all enterprises on a day, packed."""

    day: date
    columns: Columns
    files: Any
    areas: Any
    area_keys: tuple[str, ...]

    def snapshot(self, stamp: str) -> Snapshot:
        """The same without a folder, for one use."""
        return Snapshot(stamp, self.day, clock.now(), self.columns, self.files, self.areas, self.area_keys)


def gather(day: date, progress: Progress = lambda done, total, words: None) -> Gathered:
    """One pass over the files by key, three queries a chunk. Memory: the facts of all enterprises as Python values while they are packed."""
    kinds, total = schema(), EnterpriseFile.objects.count()
    files: list[int] = []
    areas: list[str] = []
    rows: list[dict[str, Any]] = []
    progress(0, total, "")
    for chunk in _chunks():
        keys, facts = everybody(day, kinds, files=EnterpriseFile.objects.filter(pk__in=[pk for pk, _area in chunk]))
        area_of = dict(chunk)
        files += keys
        areas += [area_of[key] for key in keys]
        rows += facts
        progress(len(files), total, "")
    known = sorted(set(areas))
    places = {key: place for place, key in enumerate(known)}
    packed = np.array([places[area] for area in areas], dtype=np.uint16)
    return Gathered(day, Columns.of(kinds, rows), np.array(files, dtype=np.int64), packed, tuple(known))


def build(progress: Progress = lambda done, total, words: None, day: date | None = None) -> str:
    """Write a snapshot of the facts as they hold on a day (today), put it in use, and drop older ones. Returns its stamp."""
    found, now = gather(day or clock.today(), progress), clock.now()
    stamp = f"{now:%Y%m%d%H%M%S%f}"
    making = home() / f"making-{stamp}-{os.getpid()}"
    shutil.rmtree(making, ignore_errors=True)
    found.columns.save(making)
    np.save(making / "_files.npy", found.files)
    np.save(making / "_areas.npy", found.areas)
    about = {"stamp": stamp, "day": found.day.isoformat(), "built_at": now.isoformat(), "areas": found.area_keys}
    (making / "about.json").write_text(json.dumps(about), encoding="utf-8")
    making.rename(home() / stamp)
    _put_in_use(stamp)
    return stamp


def _chunks() -> Iterator[list[tuple[int, str]]]:
    last = 0
    while chunk := list(EnterpriseFile.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "area")[:CHUNK]):
        last = chunk[-1][0]
        yield chunk


def _put_in_use(stamp: str) -> None:
    pointer = home() / f"current-{stamp}"
    pointer.write_text(stamp, encoding="utf-8")
    pointer.replace(home() / "current")
    standing = sorted(path for path in home().iterdir() if path.is_dir() and path.name[:1].isdigit())
    for old in standing[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def current() -> Snapshot | None:
    """The snapshot in use; None before the first one was built."""
    try:
        return _load((home() / "current").read_text(encoding="utf-8").strip(), str(home()))
    except (FileNotFoundError, NotADirectoryError):
        return None


@lru_cache(maxsize=2)
def _load(stamp: str, home: str) -> Snapshot:
    folder = Path(home) / stamp
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    columns = Columns.load(schema(), folder)
    files, areas = (np.load(folder / name, mmap_mode="r") for name in ("_files.npy", "_areas.npy"))
    built = datetime.fromisoformat(about["built_at"])
    return Snapshot(stamp, date.fromisoformat(about["day"]), built, columns, files, areas, tuple(about["areas"]))
