"""`zhuanban demo`: from nothing, or from what is there, to a city that can be served."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils.translation import gettext as _

from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Parameter
from zhuanban.site import schema
from zhuanban.site.demo import accounts, city, load, today
from zhuanban.site.server import leave_database
from zhuanban.site.tables import table

Say = Callable[[str], None]
STEPS_OF_TEN = 10
"""Without a terminal progress is a line every ten per cent."""


def prepare(scale: int, unapplied: Callable[[], list[str]], say: Say, *, reset: bool = False) -> None:
    """Bring the database to this version and load the city unless it is there; a second demo waits for the first."""
    with _alone():
        if reset:
            _reset()
        if made := schema.make_tables():
            say(_("建表：%(count)s 张") % {"count": made})
        elif missing := unapplied():
            say(_("建表：%(count)s 个迁移") % {"count": len(missing)})
            call_command("migrate", interactive=False, verbosity=0)
        _refuse_other_scale(scale)
        begun = time.monotonic()
        loaded = load.load(city.generate(city.facts(), scale), Progress(say))
        if loaded.fresh:
            say(
                _("已装载 %(count)s 个项目，用时 %(seconds).1f 秒。")
                % {"count": f"{loaded.projects:,}", "seconds": time.monotonic() - begun}
            )
        else:
            accounts.apply_password()
        today.hold_today()


def welcome(address: str) -> str:
    """The address, and one fresh one-time link per role."""
    with transaction.atomic():
        rows = [[role, name, f"{address}{path}"] for role, name, path in accounts.login_links()]
    told = _("城市已就绪：%(address)s　演示中的今天可在页面顶部改动。") % {"address": address}
    links = _("各岗位的一次性登录链接（24 小时内有效，各用一次；再次运行本命令即得新链接）：")
    parts = [told, "", links, "", table([_("岗位"), _("演示账号"), _("链接")], rows)]
    if os.environ.get("DEMO_PASSWORD"):
        parts += ["", _("各账号的密码为 DEMO_PASSWORD 所给；账号名见 %(file)s。") % {"file": settings.DATA_DIR / "demo-accounts.json"}]
    return "\n".join(parts)


class Progress:
    """Tells how far the load is: in place on a terminal, else in a line every ten per cent."""

    def __init__(self, say: Say) -> None:
        self.say, self.live = say, sys.stderr.isatty()
        self.words, self.told = "", -1

    def __call__(self, done: int, total: int, words: str) -> None:
        percent = 100 * done // total if total else 0
        if self.live:
            end = "\n" if done >= total else ""
            print(f"\r  {words} {done:,}/{total:,} ({percent} %)\033[K", end=end, file=sys.stderr, flush=True)
        elif words != self.words or percent // STEPS_OF_TEN != self.told:
            self.say(f"  {words} {percent} %")
        self.words, self.told = words, percent // STEPS_OF_TEN


def _refuse_other_scale(scale: int) -> None:
    mark = Parameter.objects.filter(name=load.MARK).order_by("-pk").values_list("value", flat=True).first()
    if mark and mark["scale"] != scale:
        raise Refused(_("这个数据库里是 --scale %(scale)s 的演示城市，请换一个数据库。") % {"scale": mark["scale"]})


def _reset() -> None:
    """Delete the embedded database and its files. A database server's is left to the operator."""
    if not settings.EMBEDDED:
        raise Refused(_("--reset 只删除内嵌数据库；请自行重建 DATABASE_URL 所指的数据库。"))
    leave_database()
    for suffix in ("", "-wal", "-shm"):
        Path(f"{settings.DATABASES['default']['NAME']}{suffix}").unlink(missing_ok=True)


@contextmanager
def _alone() -> Iterator[None]:
    with (settings.DATA_DIR / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
