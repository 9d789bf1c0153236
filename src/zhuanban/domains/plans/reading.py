"""Plans from files: read, calculated again and compared with what their tool stored, before anything of them is used."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _

from zhuanban.domains.plans import computing, documents, imports
from zhuanban.domains.plans.documents import Document
from zhuanban.engines.schedules import CycleError, ScheduleError, ScheduleResult
from zhuanban.engines.schedules.files import CheckedPlan, checked
from zhuanban.engines.schedules.model import PlanFile
from zhuanban.engines.schedules.readers import PlanFileError, is_xer, read_plans
from zhuanban.kernel import files, parameters
from zhuanban.kernel.badvalue import BadValue
from zhuanban.kernel.words import listed

MOST_BYTES = 40 * 1024 * 1024
MOST_ACTIVITIES = 5000
MOST_SHOWN = 100
"""Differences that are kept to be shown; all are counted."""
TAKEN = frozenset({"xml", "xer"})


@dataclass(frozen=True)
class Imported:
    """A file that was read, checked and put on the disk; nothing is written yet."""

    name: str
    received: files.Received
    document: Document
    result: ScheduleResult
    check: dict[str, Any]


class SeveralProjects(Exception):
    """A file holds several projects, and none of them was named. `known` are their names with the number of activities."""

    def __init__(self, known: list[tuple[str, int]], asked: str) -> None:
        super().__init__(asked)
        self.known, self.asked = known, asked

    @property
    def words(self) -> str:
        names = listed([name for name, _count in self.known])
        told = {"n": len(self.known), "names": names, "asked": self.asked}
        if self.asked:
            return _("文件里没有名为“%(asked)s”的项目，只有：%(names)s。") % told
        return _("文件里有 %(n)s 个项目，请选择导入哪一个：%(names)s。") % told


def read(upload: File, part: str = "") -> Imported:
    """Read an uploaded plan; of a file with several projects the one named. Raises SeveralProjects where none of them is, and ValidationError
    in the user's words for whatever cannot be used.
    """
    name = files.safe_name(upload.name or "")
    if (upload.size or 0) > MOST_BYTES:
        raise ValidationError(_("文件超过 %(n)s MB。"), params={"n": MOST_BYTES // 1024 // 1024})
    content = b"".join(upload.chunks())
    plan = _plan(content, name, part)
    found = _checked(plan)
    own, guessed = imports.described(plan)
    return Imported(name, _received(content, name), documents.written(plan, own), found.result, told_of(found) | {"guessed": guessed})


def _plan(content: bytes, name: str, part: str) -> PlanFile:
    try:
        plans = read_plans(content, name)
    except PlanFileError as wrong:
        raise ValidationError(wrong.words) from None
    meant = [plan for plan in plans if plan.name == part] if part else list(plans)
    if len(meant) != 1:
        raise SeveralProjects([(plan.name, len(plan.activities)) for plan in plans], part)
    plan = meant[0]
    if len(plan.activities) > MOST_ACTIVITIES:
        raise ValidationError(
            _("计划有 %(n)s 道工序，一个项目最多 %(most)s 道；请按子项目分别导出。"),
            params={"n": len(plan.activities), "most": MOST_ACTIVITIES},
        )
    if not plan.activities:
        raise ValidationError(_("文件里没有工序。"))
    return replace(plan, name=plan.name or name)


def _checked(plan: PlanFile) -> CheckedPlan:
    try:
        return checked(plan)
    except CycleError as wrong:
        raise ValidationError(_("逻辑关系成环：%(ids)s。请在原软件里解开后再导入。"), params={"ids": " → ".join(wrong.ids[:12])}) from None
    except (ScheduleError, ValueError, OverflowError) as wrong:
        raise ValidationError(_("计划算不出来：%(why)s"), params={"why": str(wrong)[:200]}) from None


def _received(content: bytes, name: str) -> files.Received:
    """Put the file on the disk, under its own name where that says what it is."""
    suffix = ".xer" if is_xer(content) else ".xml"
    kept = name if name.lower().endswith(suffix) else f"{name}{suffix}"
    try:
        return files.receive(File(io.BytesIO(content), name=kept), allowed=TAKEN, stop_words=parameters.value("kernel.file_stop_words"))
    except BadValue as bad:
        raise ValidationError(bad.translated(_)) from None


def told_of(found: CheckedPlan) -> dict[str, Any]:
    """The check as it is kept and shown."""
    plan, check = found.plan, found.check
    return {
        "tool": plan.tool,
        "data_date": plan.data_date.isoformat(),
        "activities": len(plan.activities),
        "outside": len(check.outside),
        "links": len(plan.links),
        "calendars": len(plan.calendars),
        "finish": str(computing.finish_of(found.result) or ""),
        "tallies": [[tally.field, tally.compared, tally.equal_position, tally.equal_clock] for tally in check.tallies.values()],
        "differences": len(check.differences),
        "reasons": Counter(str(each.likely) for each in check.differences).most_common(),
        "shown": [
            [each.activity, each.field, value_of(each.stored), value_of(each.ours), each.minutes, str(each.likely)]
            for each in check.differences[:MOST_SHOWN]
        ],
        "findings": [[each.code, str(each.severity), len(each.activities)] for each in found.findings],
        "notes": [getattr(each, "words", str(each)) for each in plan.notes][:20],
    }


def value_of(value: datetime | int) -> str | int:
    return value.isoformat(sep=" ", timespec="minutes") if isinstance(value, datetime) else value
