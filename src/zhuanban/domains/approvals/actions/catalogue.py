"""The verbs of the catalogue: each makes a further version of an item and of the catalogue; none changes what was in force before."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhuanban.domains.approvals.forms import catalogue as forms
from zhuanban.domains.approvals.models import CatalogueVersion, Desk, Item, ItemVersion, Paper, Prerequisite
from zhuanban.domains.approvals.queries import catalogue as queries
from zhuanban.domains.approvals.rules import catalogue as rules
from zhuanban.domains.approvals.rules.permits import circle
from zhuanban.domains.approvals.seeds import successor
from zhuanban.domains.people.models import Area, Organisation
from zhuanban.kernel import clock
from zhuanban.kernel.actions import INSIDE, action
from zhuanban.kernel.errors import Refused
from zhuanban.kernel.models import Dossier
from zhuanban.kernel.words import kept


def stamped(by: Any) -> dict[str, Any]:
    """Who wrote a new row, and when."""
    at = clock.now()
    return {"created_at": at, "created_by": by, "updated_at": at, "updated_by": by}


def further(item: Item, by: Any, effective_from: date, basis: str, change: str, **changes: Any) -> ItemVersion:
    """The item's next version under a version of the catalogue of its own. Changes of the catalogue wait for one another: two that are
    harmless alone could close a circle together."""
    Dossier.objects.select_for_update().get(pk=item.dossier.pk)
    before = item.versions.order_by("-effective_from", "-pk").first()
    if before is None or effective_from < before.effective_from:
        raise Refused(_("已有更晚生效的版本，不能插到它之前。"))
    number = (CatalogueVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    version = CatalogueVersion.objects.create(number=number, effective_from=effective_from, basis=basis, change=change[:300], **stamped(by))
    return successor(before, version, basis=basis, **changes)


def _told(words: str, item: Item, **more: Any) -> str:
    return words % {"item": item.name, **more}


@action(
    "approvals.change_limit",
    on=Item,
    label=gettext_lazy("调整时限"),
    form=forms.LimitForm,
    when=rules.has_no_limit,
    creates=ItemVersion,
    readers=INSIDE,
)
def change_limit(
    item: Item, *, by, effective_from: date, basis: str, unit: str, promised_days: int | None = None, statutory_days: int | None = None
) -> ItemVersion:
    """Give an item another limit from a day on; cases that are accepted already keep theirs. All open plans are computed anew."""
    with kept():
        change = _told(_("%(item)s：承诺时限 %(days)s"), item, days="—" if promised_days is None else promised_days)
    return further(item, by, effective_from, basis, change, promised_days=promised_days, statutory_days=statutory_days, unit=unit)


@action(
    "approvals.add_prerequisite",
    on=Item,
    label=gettext_lazy("增加前置"),
    form=forms.PrerequisiteForm,
    creates=ItemVersion,
    readers=INSIDE,
)
def add_prerequisite(item: Item, *, by, effective_from: date, basis: str, needs: Item, only_when: dict | None = None) -> ItemVersion:
    """Let an item wait for another one. Refused where items would then wait for each other in a circle, naming them."""
    with kept():
        change = _told(_("%(item)s：增加前置 %(needs)s"), item, needs=needs.name)
    row = further(item, by, effective_from, basis, change)
    if row.prerequisites.filter(needs=needs).exists():
        raise Refused(_("“%(needs)s”已是“%(item)s”的前置。") % {"needs": needs.name, "item": item.name})
    Prerequisite.objects.create(version=row, needs=needs, condition=only_when or {})
    if wrong := circle_after(row):
        names = dict(Item.objects.filter(code__in=wrong).values_list("code", "name"))
        way = " → ".join(names[code] for code in (*wrong, wrong[0]))
        raise Refused(_("这样会互为前置：%(way)s。") % {"way": way})
    return row


def circle_after(row: ItemVersion) -> list[str]:
    """The items that wait for each other in a circle on some day from this version's first on; empty where there are none."""
    later = ItemVersion.objects.filter(effective_from__gt=row.effective_from).values_list("effective_from", flat=True).distinct()
    for day in (row.effective_from, *later):
        if wrong := circle({entry.code: list(entry.needs) for entry in queries.book(day).entries}):
            return wrong
    return []


@action(
    "approvals.remove_prerequisite",
    on=Item,
    label=gettext_lazy("取消前置"),
    form=forms.NoPrerequisiteForm,
    creates=ItemVersion,
    readers=INSIDE,
)
def remove_prerequisite(item: Item, *, by, effective_from: date, basis: str, needs: Item) -> ItemVersion:
    """Let an item no longer wait for another one."""
    with kept():
        change = _told(_("%(item)s：取消前置 %(needs)s"), item, needs=needs.name)
    row = further(item, by, effective_from, basis, change)
    if not row.prerequisites.filter(needs=needs).delete()[0]:
        raise Refused(_("“%(needs)s”不是“%(item)s”的前置。") % {"needs": needs.name, "item": item.name})
    return row


@action(
    "approvals.change_lists",
    on=Item,
    label=gettext_lazy("容缺与承诺清单"),
    form=forms.ListsForm,
    when=rules.not_handled,
    creates=ItemVersion,
    readers=INSIDE,
)
def change_lists(
    item: Item, *, by, effective_from: date, basis: str, make_good_days: int, tolerant: bool = False, commitment: bool = False
) -> ItemVersion:
    """Put an item on the lists of 容缺受理 and 告知承诺制, or take it off."""
    with kept():
        yes, no = _("列入"), _("不列入")
        change = _told(
            _("%(item)s：容缺受理%(tolerant)s，告知承诺%(commitment)s"),
            item,
            tolerant=yes if tolerant else no,
            commitment=yes if commitment else no,
        )
    return further(item, by, effective_from, basis, change, tolerant=tolerant, commitment=commitment, make_good_days=make_good_days)


@action(
    "approvals.weigh_paper",
    on=Item,
    label=gettext_lazy("材料主次"),
    form=forms.PaperForm,
    when=rules.has_no_papers,
    creates=ItemVersion,
    readers=INSIDE,
)
def weigh_paper(item: Item, *, by, effective_from: date, basis: str, paper: str, main: str) -> ItemVersion:
    """Say whether the item stands on a paper, or whether it may follow under 容缺受理."""
    with kept():
        weight = _("主要材料") if main == "main" else _("次要材料，可容缺")
        name = Paper.objects.filter(version__item=item, key=paper).values_list("name", flat=True).first() or paper
        change = _told(_("%(item)s：%(paper)s为%(weight)s"), item, paper=name, weight=weight)
    row = further(item, by, effective_from, basis, change)
    if not row.papers.filter(key=paper).update(main=main == "main"):
        raise Refused(_("“%(item)s”没有这份材料。") % {"item": item.name})
    return row


@action("approvals.set_desk", on=Area, label=gettext_lazy("指定受理单位"), form=forms.DeskForm, creates=Desk, readers=INSIDE)
def set_desk(area: Area, *, by, department: str, organisation: Organisation) -> Desk:
    """Name the organisation that is a department in this area; cases go to its desk from now on."""
    row, _made = Desk.objects.update_or_create(
        department=department,
        area=area,
        defaults={"organisation": organisation, **stamped(by)},
        create_defaults={"organisation": organisation, **stamped(by)},
    )
    return row
