"""What a listing showed on a day, kept to be compared with."""

from __future__ import annotations

import json
import zlib
from typing import Any

from django.db import models


class ListingSnapshot(models.Model):
    """The rows of a listing in one area on one day (清单快照), as plain values: columns by name, rows by key.

    `area` is the value of the listing's filter of that name, empty for listings without one. `packed` is compressed JSON, about 15 bytes
    a cell. Values are raw, so that they can be shown in either language; nobody reads a row of it that the listing does not show him.
    """

    listing = models.CharField(max_length=60)
    area = models.CharField(max_length=12, blank=True)
    day = models.DateField()
    at = models.DateTimeField()
    count = models.PositiveIntegerField()
    packed = models.BinaryField()
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "area", "day"], name="listing_kept_once_a_day")]

    def __str__(self) -> str:
        return f"{self.listing} {self.area} {self.day}"

    @property
    def content(self) -> dict[str, Any]:
        """`{"columns": [...], "rows": {key: [values]}}`."""
        return json.loads(zlib.decompress(bytes(self.packed)))


def pack(content: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), 6)
