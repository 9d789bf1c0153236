"""Readers of plan files: Microsoft Project XML (MSPDI) and Primavera XER. Whatever is wrong with a file: PlanFileError."""

from __future__ import annotations

from dataclasses import replace

from zhuanban.engines.schedules.model import PlanFile
from zhuanban.engines.schedules.readers import mspdi, xer
from zhuanban.engines.schedules.readers.errors import REASONS, REMARKS, Note, PlanFileError
from zhuanban.engines.schedules.readers.limits import MAX_BYTES
from zhuanban.engines.schedules.readers.xer_tables import is_xer

__all__ = ["REASONS", "REMARKS", "Note", "PlanFileError", "is_xer", "read_plan", "read_plans"]

COMPRESSED = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"Rar!")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_plans(content: bytes, filename: str = "") -> tuple[PlanFile, ...]:
    """Every plan in the file, the largest first (an XER file may hold several projects). `filename` only names a nameless plan.

    Raises PlanFileError for whatever is no plan: wrong format, broken, too large, nested too deep, with entities.
    """
    if not content:
        raise PlanFileError("empty")
    if len(content) > MAX_BYTES:
        raise PlanFileError("too_large", size=len(content), limit=MAX_BYTES)
    if content.startswith(COMPRESSED):
        raise PlanFileError("compressed")
    if content.startswith(OLE):
        raise PlanFileError("mpp")
    if is_xer(content):
        return xer.read(content)
    if mspdi.is_xml(content):
        plan = mspdi.read(content)
        return (plan if plan.name else replace(plan, name=filename.rpartition("/")[2].rpartition("\\")[2]),)
    raise PlanFileError("unknown_format")


def read_plan(content: bytes, filename: str = "", project: str = "") -> PlanFile:
    """The plan in the file: the project of that name, or else the one with most activities (its notes say that there are others)."""
    plans = read_plans(content, filename)
    if not project:
        return plans[0]
    found = next((plan for plan in plans if plan.name == project), None)
    if found is None:
        raise PlanFileError("no_such_project", value=project, known=", ".join(plan.name for plan in plans))
    return found
