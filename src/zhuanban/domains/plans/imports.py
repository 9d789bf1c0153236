"""What a plan file does not say and a forecast must know: which node an activity reaches, its class of work, how the frost reaches it.

It is read from the activities' names, told with the import check, and mended by hand afterwards (`plans.describe`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from zhuanban.engines.schedules.model import Activity, Kind, PlanFile

Own = dict[str, dict[str, Any]]
NODES = (
    ("warm_enclosure", ("暖封闭", "封闭完成", "断水", "enclosed", "enclosure", "weathertight", "watertight")),
    ("joint_acceptance", ("联合验收", "交工验收")),
    ("record", ("竣工备案", "竣工验收备案", "备案")),
    ("full_capacity", ("达产",)),
    ("production", ("投产", "投用", "运营", "start of production")),
    ("trial", ("试生产", "试运行", "试产", "trial")),
    ("topping_out", ("封顶", "topping out")),
    ("completed", ("完工", "竣工", "completion")),
    ("start", ("开工", "ground breaking", "groundbreaking")),
)
"""What a milestone that reaches a node is called; the first that fits a name."""
CLASSES = (
    ("commissioning", ("调试", "试运行", "试生产", "验收", "招标", "采购", "commissioning", "procure", "approval", "acceptance")),
    ("masonry", ("砌", "抹灰", "沥青", "masonry", "brick", "plaster")),
    ("steel", ("钢结构", "钢柱", "钢梁", "吊装", "steel")),
    ("envelope", ("屋面", "幕墙", "围护", "外墙", "门窗", "墙板", "roof", "facade", "cladding", "envelope", "window")),
    ("earthwork", ("土方", "桩", "基坑", "场平", "场地平整", "管网", "earthwork", "excavat", "pile", "grading")),
    ("concrete", ("混凝土", "基础", "主体", "承台", "浇筑", "结构", "concrete", "foundation", "footing", "structure")),
    (
        "indoor",
        ("装修", "安装", "隔墙", "机电", "设备", "地坪", "涂料", "管道", "电气", "通风", "消防", "interior", "install", "drywall", "paint"),
    ),
)
"""What work of a class is called; the first that fits a name."""
OUTDOOR = frozenset({"earthwork", "concrete", "masonry", "steel", "envelope"})
UNKNOWN = "indoor"
"""The class of work whose name says nothing: sheltered, with the spread of indoor work, since no duration is certain."""


def described(plan: PlanFile) -> tuple[Own, dict[str, Any]]:
    """The product's keys by activity, and what is told of the guessing: nodes found, classes by number, names that say nothing.

    Indoor work waits for its building only where the file has one enclosure; with several nobody knows which, and it counts as sheltered.
    """
    nodes = reached(plan.activities)
    closing = [key for key, code in nodes.items() if code == "warm_enclosure"]
    own: Own = {key: {"node": code, "flagged": True} for key, code in nodes.items()}
    counts: Counter[str] = Counter()
    unnamed = 0
    for each in filter(works, plan.activities):
        found = class_of(each)
        unnamed += not found
        counts[found or UNKNOWN] += 1
        own.setdefault(each.id, {}).update(placed(found, each, closing))
    named = {each.id: each.name for each in plan.activities}
    told = {"nodes": [[code, named[key]] for key, code in nodes.items()], "classes": counts.most_common(), "unnamed": unnamed}
    return own, told


def placed(found: str, each: Activity, closing: list[str]) -> dict[str, Any]:
    """Class, exposure and enclosure of an activity of a class; an unknown one stands indoors."""
    told: dict[str, Any] = {"work_class": found or UNKNOWN}
    if found in OUTDOOR:
        told["exposure"] = "outdoor"
    elif found == "indoor" and len(closing) == 1 and each.id != closing[0]:
        told |= {"exposure": "enclosable", "enclosure": closing[0]}
    return told


def works(each: Activity) -> bool:
    """Whether it is work that takes time, in the network."""
    return each.kind is Kind.TASK and each.duration > 0


def class_of(each: Activity) -> str:
    return _fitting(each.name, CLASSES)


def reached(activities: Iterable[Activity]) -> Mapping[str, str]:
    """Milestone -> the node that it reaches, each node once but for the enclosures of several buildings; the last of a name counts."""
    found: dict[str, str] = {}
    last: dict[str, str] = {}
    for each in activities:
        code = _fitting(each.name, NODES) if milestone(each) else ""
        if not code:
            continue
        if code != "warm_enclosure" and code in last:
            del found[last[code]]
        found[each.id], last[code] = code, each.id
    return found


def milestone(each: Activity) -> bool:
    return each.duration == 0 and each.kind in {Kind.TASK, Kind.START_MILESTONE, Kind.FINISH_MILESTONE}


def _fitting(name: str, table: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    plain = name.casefold()
    return next((code for code, words in table if any(word in plain for word in words)), "")
