"""The projects that the articles name, carrying only what they state."""

from __future__ import annotations

from datetime import date
from typing import Any

from zhuanban.kernel.columns import from_iso as partial
from zhuanban.site.demo.drafts import Draft, Firm

CITY_AREA = "220100"
THIRD_MODEL = "（第三款，报道未列名）"
RECORDED = date(2023, 2, 1)
"""When the register took the articles' projects in; only the plant whose groundbreaking day is printed was in it before."""
WORK_STATES = {"interior": "building", "running": "building"}
PERMITS = {"土地使用证": "land", "规划许可证": "planning", "施工许可证": "construction_permit"}


def real_projects(facts: dict[str, Any]) -> tuple[list[Firm], list[Draft]]:
    """In the order of the facts; references CC-2022-00001 and on."""
    codes = {area["ref"]: area["code"] for area in facts["areas"]}
    firms: dict[str, Firm] = {}
    drafts = []
    for number, told in enumerate(facts["projects"], 1):
        area = codes[told["area"]] if told.get("area") else None
        owner = told.get("owner_org")
        if owner:
            firms.setdefault(owner, Firm(owner, owner, "enterprise", area or CITY_AREA, None, synthetic=False))
        drafts.append(_draft(number, told, area, owner))
    return list(firms.values()), drafts


def _draft(number: int, told: dict[str, Any], area: str | None, owner: str | None) -> Draft:
    nodes = told.get("nodes", {})
    started = nodes.get("groundbreaking", {}).get("actual")
    since = date.fromisoformat(started) if started else RECORDED
    values: dict[str, Any] = {
        "name": told["name"],
        "aliases": "、".join(told.get("aliases", [])),
        "stage": told["stage"],
        "stage_since": since,
    }
    code = told.get("gb4754", "")
    values |= {"industry_code": code, "sector": "industry" if code else "", "content_and_scale": _content(told)}
    values |= {"planned_investment": told.get("planned_investment"), "start_actual": started, "continuity": "new_start" if started else ""}
    values["production_planned"] = nodes.get("production", {}).get("planned")
    draft = Draft(
        f"CC-2022-{number:05d}", values, since, synthetic=False, fact=told["ref"], source="长春市重大项目公开报道（2022—2023）", area=area, owner=owner,
        industry=told.get("industry"),
    )  # fmt: skip
    draft.register(since)
    if enclosed := partial(nodes.get("warm_enclosure", {}).get("actual")):
        draft.move(enclosed.last, "revise", warm_enclosed=True)
    if "jobs" in told:
        draft.move(RECORDED, "revise", jobs_planned=told["jobs"]["value"])
    _attach(draft, told)
    return draft


def _content(told: dict[str, Any]) -> str:
    """The stated facts that have no column of their own, in one sentence each."""
    words = []
    if "earthworks" in told:
        words.append(f"场地土方{told['earthworks']['volume_m3'] // 10_000}万立方米。")
    for span in told.get("durations", []):
        words.append(f"自首次接洽至落地{span['days']}天。" if "days" in span else f"开工至建成{span['months']}个月。")
    if "worker_housing" in told:
        words.append("在临时用地上为工人搭建临时宿舍，疫情期间闭环生产。")
    return "".join(words)


def _attach(draft: Draft, told: dict[str, Any]) -> None:
    if "capacity" in told:
        draft.capacities.append(("新能源汽车", told["capacity"]["value"], "辆/年"))
    models = told.get("models")
    if models:
        names = [*models["series"], *[THIRD_MODEL] * (models["count"] - len(models["series"]))]
        draft.products = [(name, models["platform"]) for name in names]
    draft.works = [_work(work) for work in told.get("works", [])]
    if "earthworks" in told:
        draft.works.append({"key": "earthworks", "name": "场地土方", "kind": "work_item", "state": "done", "describes": _content(told)})
    if "permits" in told:
        note = f"三证{told['permits']['days']['value']}天办齐，报道未列文号和日期"
        draft.proofs = [(PERMITS[name], "", None, note) for name in told["permits"]["set"]]
    draft.tags = list(told.get("tags", []))
    if "基础设施" in draft.tags:
        draft.tags.append("winter_advance")
        draft.values["winter_building"] = True
    if (told.get("planned_investment") or 0) >= 50_000_000:
        draft.lists["city-2022"] = draft.registered


def _work(work: dict[str, Any]) -> dict[str, Any]:
    state = (work.get("state") or "").split(" ")[0]
    measured = "pct" in work
    text = f"截至{work['on']}完成超{work['pct']}%，预计{work['forecast_done']}完成" if measured else "、".join(work.get("stages", []))
    return {
        "key": work["ref"],
        "parent": work.get("parent"),
        "name": work["name"],
        "kind": "work_item" if work.get("parent") else "workshop",
        "state": "building" if measured else WORK_STATES.get(state, "unknown"),
        "describes": text or ("封闭后内部施工" if state == "interior" else ""),
    }
