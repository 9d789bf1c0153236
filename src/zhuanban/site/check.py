"""`zhuanban check`: whether an installation is safe and complete. Django's own checks, and what a city needs beside them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.db import connection
from django.utils.translation import gettext as _

from zhuanban.domains.people.models import Area, RoleGrant
from zhuanban.domains.people.rules import FEWEST_SECURITY_ADMINISTRATORS
from zhuanban.kernel import clock
from zhuanban.kernel.models import CalendarYear, Checkpoint, ScheduleFiring

LEAST_FREE_BYTES = 2 * 1024**3
LEAST_POSTGRESQL = 150_000
QUIET_WORKER = timedelta(minutes=15)
"""The sweep is due every five minutes; a worker that has not fired it for so long is not there."""


@dataclass(frozen=True)
class Finding:
    """Something to mend; a serious one makes the command fail."""

    serious: bool
    name: str
    words: str

    def __str__(self) -> str:
        kind = _("错误") if self.serious else _("提醒")
        return f"[{kind}] {self.name}: {self.words}"

    def as_dict(self) -> dict[str, object]:
        return {"serious": self.serious, "name": self.name, "words": self.words}


def findings(unapplied: Callable[[], list[str]]) -> list[Finding]:
    found = [*_of_django(), *_of_disk()]
    missing = unapplied()
    if missing:
        return [*found, Finding(True, "migrations", _("缺少 %(count)s 个迁移，请运行 zhuanban migrate。") % {"count": len(missing)})]
    return [*found, *_of_database(), *_of_records()]


def verdict(found: list[Finding]) -> str:
    serious = sum(each.serious for each in found)
    return _("错误 %(serious)s 处，提醒 %(others)s 处。") % {"serious": serious, "others": len(found) - serious}


def _of_django() -> Iterator[Finding]:
    for message in checks.run_checks(include_deployment_checks=settings.PRODUCTION, databases=["default"]):
        if not message.is_silenced():
            yield Finding(message.level >= checks.ERROR, message.id or "django", message.msg)


def _of_disk() -> Iterator[Finding]:
    folder = Path(settings.DATA_DIR)
    if not os.access(folder, os.W_OK):
        yield Finding(True, "data", _("数据目录不可写：%(folder)s") % {"folder": folder})
        return
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        yield Finding(False, "data", _("数据目录所在磁盘只剩 %(free)s MB。") % {"free": free // 1024**2})
    if settings.EMBEDDED and settings.PRODUCTION and Path(settings.DATABASES["default"]["NAME"]).stat().st_mode & 0o077:
        yield Finding(True, "data", _("数据库文件对其他用户可读，请执行 chmod 600。"))


def _of_database() -> Iterator[Finding]:
    """The server's version; or whether the embedded file is sound, which other SQLite tools cannot tell for want of Django's functions."""
    if connection.vendor == "postgresql":
        if connection.pg_version < LEAST_POSTGRESQL:  # type: ignore[attr-defined]
            yield Finding(True, "database", _("需要 PostgreSQL 15 或更高版本。"))
        return
    with connection.cursor() as cursor:
        unsound = [row[0] for row in cursor.execute("PRAGMA integrity_check(5)") if row[0] != "ok"]
        unsound += [f"{table}: {row}" for table, row, *_rest in cursor.execute("PRAGMA foreign_key_check")]
    yield from (Finding(True, "database", _("数据库文件已损坏：%(what)s") % {"what": what}) for what in unsound[:5])


def _of_records() -> Iterator[Finding]:
    if not Area.objects.filter(pk=settings.CITY["area"]).exists():
        yield Finding(True, "areas", _("还没有区划，请运行 zhuanban migrate。"))
    if not CalendarYear.objects.filter(year=clock.today().year).exists():
        yield Finding(False, "calendar", _("工作日历没有 %(year)s 年的节假日安排，期限按暂定计算。") % {"year": clock.today().year})
    security = RoleGrant.objects.in_force_on(clock.today()).filter(role="sec_admin", user__is_active=True).values("user").distinct().count()
    if security < FEWEST_SECURITY_ADMINISTRATORS:
        yield Finding(True, "administrators", _("在用的安全管理员不足两名，请运行 zhuanban create-admin。"))
    last = ScheduleFiring.objects.filter(name="deadlines.sweep").order_by("-due").first()
    if last is None or clock.machine_now() - last.fired_at > QUIET_WORKER:
        yield Finding(False, "worker", _("最近没有后台进程在运行：期限不会被清扫，请检查 zhuanban worker。"))
    if not Checkpoint.objects.exists():
        yield Finding(False, "audit", _("事件链还没有封存过（每晚自动封存，也可运行 zhuanban audit seal）。"))
