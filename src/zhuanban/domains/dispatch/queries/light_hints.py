"""Hints that records were written for the light and not for the site: they accuse nobody, they say where to look, with the evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from zhuanban.domains.dispatch.models import DailyTrack, LightDay, ProjectLight
from zhuanban.domains.dispatch.rules.light_rules import RANK
from zhuanban.domains.plans.models import Node
from zhuanban.domains.portfolio.models import InvestmentEntry, Project
from zhuanban.kernel import clock, parameters, show
from zhuanban.kernel.models import Event
from zhuanban.kernel.words import Words, listed

DAYS = parameters.declare("dispatch.hint_days", gettext_lazy("疑点：看多少天"), int, pgettext_lazy("parameter unit", "天"))
LEAST = parameters.declare("dispatch.hint_least", gettext_lazy("疑点：至少几份日报"), int, pgettext_lazy("parameter unit", "份"))
SHARE = parameters.declare("dispatch.hint_share", gettext_lazy("疑点：占比达到多少"), float)
NODES = parameters.declare("dispatch.hint_nodes", gettext_lazy("疑点：至少几个节点或几次自报"), int, pgettext_lazy("parameter unit", "个"))
AT_ONCE = parameters.declare("dispatch.hint_at_once", gettext_lazy("疑点：一天补报几天"), int, pgettext_lazy("parameter unit", "天"))

KINDS: dict[str, Words] = {
    "same_text": gettext_lazy("日报文字不变"),
    "same_workers": gettext_lazy("工人数不变"),
    "round_workers": gettext_lazy("工人数都是整十"),
    "round_money": gettext_lazy("投资额都是整千万"),
    "at_once": gettext_lazy("一天补报多天"),
    "due_day": gettext_lazy("节点都踩着期限那天完成"),
    "own_better": gettext_lazy("自报总好于系统"),
}
MOST = 100
"""Hints of a kind on one page."""
ROUND_MONEY = 10_000_000
NODE_DAYS, OWN_DAYS = 365, 90


@dataclass(frozen=True)
class Hint:
    """One thing to look at: which project, of which kind, what was counted in words, and where the records are."""

    project: int
    kind: str
    words: str
    url: str
    name: str = ""
    area: str = ""
    level: str = ""

    @property
    def label(self) -> str:
        return str(KINDS[self.kind])


def hints(user: Any, kind: str = "") -> list[Hint]:
    """What a person should look at, kind by kind, the most striking first; `kind` asks for one alone. About ten queries."""
    today = clock.today()
    finders = {
        **dict.fromkeys(("same_text", "same_workers", "round_workers"), _of_tracks),
        "at_once": _at_once,
        "round_money": _round_money,
        "due_day": _due_day,
        "own_better": _own_better,
    }
    wanted = [finders[kind]] if kind else list(dict.fromkeys(finders.values()))
    found = [hint for finder in wanted for hint in finder(user, today) if not kind or hint.kind == kind]
    return _with_names(found)


def _with_names(found: list[Hint]) -> list[Hint]:
    """The hints with the projects' names and lights: two queries."""
    ids = {hint.project for hint in found}
    projects = {row.pk: row for row in Project.objects.filter(pk__in=ids).select_related("area")}
    levels = dict(ProjectLight.objects.filter(pk__in=ids).values_list("pk", "level"))
    order = list(KINDS)
    named = [
        Hint(each.project, each.kind, each.words, each.url, row.name, show.place(row.area), levels.get(each.project, ""))
        for each in found
        if (row := projects.get(each.project))
    ]
    return sorted(named, key=lambda each: order.index(each.kind))


def _tracks(user: Any, today: date) -> QuerySet[DailyTrack]:
    return DailyTrack.objects.visible_to(user).filter(day__gt=today - timedelta(days=parameters.value(DAYS)), day__lte=today)


def _days_url(project: int) -> str:
    return reverse("dispatch:track_history", args=[project])


def _of_tracks(user: Any, today: date) -> Iterator[Hint]:
    """Reports that say the same every day, and workers that come in tens."""
    days, least, share = parameters.value(DAYS), parameters.value(LEAST), parameters.value(SHARE)
    rows = _tracks(user, today).annotate(rest=F("workers_actual") % 10).order_by().values("project")
    worked = Q(workers_actual__gt=0)
    counted = rows.annotate(
        n=Count("pk"),
        said=Count("pk", filter=~Q(done_today="")),
        texts=Count("done_today", distinct=True, filter=~Q(done_today="")),
        text=Min("done_today"),
        worked=Count("pk", filter=worked),
        numbers=Count("workers_actual", distinct=True, filter=worked),
        tens=Count("pk", filter=worked & Q(rest=0)),
        workers=Min("workers_actual", filter=worked),
    ).filter(n__gte=least)
    for row in counted.filter(Q(said__gte=least, texts=1) | Q(worked__gte=least)).order_by("-n", "project")[: MOST * 5]:
        url = _days_url(row["project"])
        if row["said"] >= least and row["texts"] == 1:
            words = _("近 %(days)s 天 %(n)s 份日报写的都是“%(text)s”") % {
                "days": days,
                "n": row["said"],
                "text": row["text"][:40],
            }
            yield Hint(row["project"], "same_text", words, url)
        if row["worked"] >= least and row["numbers"] == 1:
            words = _("%(n)s 份日报都是 %(workers)s 人") % {"n": row["worked"], "workers": row["workers"]}
            yield Hint(row["project"], "same_workers", words, url)
        elif row["worked"] >= least and row["tens"] >= share * row["worked"]:
            words = _("%(n)s 份日报中 %(tens)s 份的工人数是整十") % {"n": row["worked"], "tens": row["tens"]}
            yield Hint(row["project"], "round_workers", words, url)


def _at_once(user: Any, today: date) -> Iterator[Hint]:
    """Many days filed on one."""
    rows = _tracks(user, today).annotate(on=TruncDate("filed_at")).order_by().values("project", "on").annotate(n=Count("day"))
    for row in rows.filter(n__gte=parameters.value(AT_ONCE)).order_by("-n", "project")[:MOST]:
        words = _("%(day)s一天补报了 %(n)s 天的日报") % {"day": show.short_day(row["on"]), "n": row["n"]}
        yield Hint(row["project"], "at_once", words, _days_url(row["project"]))


def _round_money(user: Any, today: date) -> Iterator[Hint]:
    """Months whose investment is always a round number."""
    seen = ProjectLight.objects.visible_to(user).values("pk")
    rows = InvestmentEntry.objects.filter(project__in=seen, month__gt=today - timedelta(days=NODE_DAYS), amount__gt=0, corrects=None)
    counted = (
        rows.annotate(rest=F("amount") % ROUND_MONEY)
        .order_by()
        .values("project")
        .annotate(n=Count("pk"), even=Count("pk", filter=Q(rest=0)))
    )
    for row in counted.filter(n__gte=parameters.value(NODES), even__gte=F("n")).order_by("-n", "project")[:MOST]:
        words = _("近一年报的 %(n)s 个月都是 1000 万元的整数倍") % {"n": row["n"]}
        yield Hint(row["project"], "round_money", words, reverse("portfolio:project", args=[row["project"]]))


def _due_day(user: Any, today: date) -> Iterator[Hint]:
    """Nodes that are always reached on the very day that they are due."""
    least, share = parameters.value(NODES), parameters.value(SHARE)
    rows = Node.objects.visible_to(user).filter(reached_on__gt=today - timedelta(days=NODE_DAYS), due_on__isnull=False, precision="day")
    counted = rows.order_by().values("project").annotate(n=Count("pk"), exact=Count("pk", filter=Q(reached_on=F("due_on"))))
    for row in counted.filter(n__gte=least, exact__gte=F("n") * share).order_by("-exact", "project")[:MOST]:
        words = _("近一年完成的 %(n)s 个节点中 %(exact)s 个正好在期限当天") % {"n": row["n"], "exact": row["exact"]}
        yield Hint(row["project"], "due_day", words, reverse("portfolio:project", args=[row["project"]]))


def _own_better(user: Any, today: date) -> Iterator[Hint]:
    """Own lights that were better than the rules' each time that they were given."""
    seen = ProjectLight.objects.visible_to(user).values("pk")
    since = clock.now() - timedelta(days=OWN_DAYS)
    events = Event.objects.filter(verb="dispatch.state_own_light", at__gte=since, dossier__in=seen)
    said: dict[int, list[tuple[date, str]]] = defaultdict(list)
    for pk, at, level in events.order_by("at").values_list("dossier", "at", "data__said__level"):
        said[pk].append((timezone.localdate(at), level))
    least = parameters.value(NODES)
    often = {pk: told for pk, told in said.items() if len(told) >= least}
    computed: dict[int, list[LightDay]] = defaultdict(list)
    for row in LightDay.objects.filter(project__in=often).order_by("day"):
        computed[row.project_id].append(row)
    for pk, told in often.items():
        pairs = [(level, _computed_on(computed[pk], day)) for day, level in told]
        if all(rules and RANK[level] < RANK[rules] for level, rules in pairs):
            words = _("近 %(days)s 天自报 %(n)s 次，每次都好于系统") % {"days": OWN_DAYS, "n": len(pairs)}
            yield Hint(pk, "own_better", words, reverse("portfolio:project", args=[pk]))


def _computed_on(rows: list[LightDay], day: date) -> str:
    return next((row.computed for row in reversed(rows) if row.day <= day), "")


def counted(found: list[Hint]) -> list[tuple[str, Words, int]]:
    """(kind, its name, how many) of the kinds."""
    numbers: dict[str, int] = defaultdict(int)
    for hint in found:
        numbers[hint.kind] += 1
    return [(kind, label, numbers[kind]) for kind, label in KINDS.items()]


def summary(found: list[Hint]) -> str:
    """The kinds that were found, in words."""
    return listed(label for _kind, label, n in counted(found) if n)
