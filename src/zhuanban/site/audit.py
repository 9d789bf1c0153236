"""`zhuanban audit`: the faults of the timeline, located in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.kernel import timeline
from zhuanban.kernel.models import Dossier
from zhuanban.site.tables import table

WORDS = {
    "event is missing": gettext_lazy("事件缺失"),
    "all events are missing": gettext_lazy("全部事件缺失"),
    "event was added": gettext_lazy("多出一条事件"),
    "event was added after the head": gettext_lazy("链尾之后多出事件"),
    "event was changed": gettext_lazy("事件被改动"),
    "head does not match the last event": gettext_lazy("链尾与最后一条事件不符"),
    "checkpoint was changed": gettext_lazy("封存记录被改动"),
    "chain is shorter than its seal": gettext_lazy("事件链短于封存时"),
    "chain differs from its seal": gettext_lazy("事件链与封存时不同"),
}
"""What each fault of `timeline.verify` is called."""


@dataclass(frozen=True)
class Found:
    """A fault and the dossier it is in; dossier 0 stands for the seals, whose number is `event`."""

    dossier: int
    ref: str
    title: str
    event: int
    fault: str

    @property
    def words(self) -> str:
        return str(WORDS[self.fault])


def faults() -> list[Found]:
    found = list(timeline.verify())
    known = Dossier.objects.in_bulk({each.dossier for each in found})
    return [_located(each, known.get(each.dossier)) for each in found]


def _located(fault: timeline.Fault, dossier: Dossier | None) -> Found:
    if fault.dossier == 0:
        return Found(0, "", _("封存记录"), fault.seq, fault.what)
    return Found(fault.dossier, dossier.ref if dossier else "", dossier.title if dossier else _("（卷宗已不存在）"), fault.seq, fault.what)


def as_table(found: list[Found]) -> str:
    heads = [_("卷宗号"), _("编号"), _("名称"), _("事件序号"), _("问题")]
    return table(
        heads, [[str(each.dossier or "—"), each.ref, each.title, str(each.event), each.words] for each in found], frozenset({0, 3})
    )
