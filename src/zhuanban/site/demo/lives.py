"""The life of an invented project up to the demo's day: stages, dates, months of investment, and what was noted of them."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from zhuanban.site.demo import shapes
from zhuanban.site.demo.drafts import Draft

TODAY = date(2023, 2, 10)
OPENING = date(2022, 1, 1)
LAST_MONTH = date(2023, 1, 1)
CONTINUED_SHARE = 0.428
NOT_STARTED, LATE_START = 0.022, 0.074
"""Shares of the year's new starts that have not begun, and that began only after June."""
LATE_RESUMPTION = 0.027
REVISED_SHARE = 0.12
"""Of the new starts, how many were registered with another planned investment."""
CARRIED = "截至2021年底累计"
MISSING_SHARE, LATE_SHARE = 0.015, 0.09
"""Of the monthly reports: never made; not yet made for the last month."""
PLANNED_OVER_DONE = ((0.88, 0.95, 1.05), (0.988, 1.054, 1.17), (1.0, 1.18, 1.27))
"""A year's plan over what the year brought: most projects end near their plan, some are behind, one in a hundred far behind. Each step is
(share of projects up to here, least, most)."""
ENCLOSED_SECTORS = {"industry", "social", "service", "housing"}


def give_life(rng: Random, drafts: list[Draft], words: dict[str, Any]) -> None:
    """Half of the list is continued, half starts in 2022. Rail lines are old; shares are met exactly, by shuffling."""
    rails = [draft for draft in drafts if any(work["kind"] == "rail_line" for work in draft.works)]
    others = [draft for draft in drafts if draft not in rails]
    rng.shuffle(others)
    continued = rails + others[: round(len(drafts) * CONTINUED_SHARE) - len(rails)]
    fresh = others[len(continued) - len(rails) :]
    for place, draft in enumerate(continued):
        _continued(rng, draft, late=place >= len(continued) * (1 - LATE_RESUMPTION), fixed=draft in rails, words=words)
    for place, draft in enumerate(fresh):
        share = place / len(fresh)
        if share < NOT_STARTED:
            _waiting(rng, draft, words)
        else:
            _fresh(rng, draft, late=share < NOT_STARTED + LATE_START, words=words)


def _continued(rng: Random, draft: Draft, *, late: bool, fixed: bool, words: dict[str, Any]) -> None:
    values = draft.values
    needed = shapes.months_needed(rng, values["planned_investment"])
    start = shapes.day_in(rng, date(rng.choice([2019, 2020, 2020, 2021, 2021, 2021]), 4, 1), date(2021, 10, 20))
    if shapes.month_after(start, needed) < date(2022, 6, 1):
        start = shapes.day_in(rng, date(2021, 4, 6), date(2021, 10, 20))
        needed = max(needed, 11)
    if fixed:
        start, needed = date(2020, 4, 20) + timedelta(days=rng.randint(0, 500)), max(needed, 52)
    finish = shapes.month_after(start, needed)
    values |= {"continuity": "continued", "stage": "under_construction", "stage_since": start, "start_actual": start.isoformat()}
    values |= {"start_planned": start.isoformat()[:7], "finish_planned": finish.isoformat()[:7], **_production(draft, finish)}
    draft.registered = shapes.day_in(rng, date(2021, 11, 22), date(2021, 12, 28))
    draft.register(draft.registered)
    resumed = _resumption(rng, late)
    draft.move(resumed, "resume", resumed_on=resumed.isoformat())
    _go_on(rng, draft, start, finish, words, steady=fixed)


def _resumption(rng: Random, late: bool) -> date:
    """Before the epidemic of March and April, after it, or late; all by the third quarter."""
    if late:
        return shapes.day_in(rng, date(2022, 7, 4), date(2022, 9, 23))
    first, last = rng.choices(
        [(date(2022, 2, 21), date(2022, 3, 9)), (date(2022, 4, 29), date(2022, 5, 31)), (date(2022, 6, 1), date(2022, 6, 28))], [3, 5, 2]
    )[0]
    return shapes.day_in(rng, first, last)


def _fresh(rng: Random, draft: Draft, *, late: bool, words: dict[str, Any]) -> None:
    windows = [
        (date(2022, 2, 24), date(2022, 3, 9)),
        (date(2022, 4, 25), date(2022, 4, 30)),
        (date(2022, 5, 5), date(2022, 5, 31)),
        (date(2022, 6, 1), date(2022, 6, 29)),
    ]
    first, last = (date(2022, 7, 4), date(2022, 10, 14)) if late else rng.choices(windows, [12, 8, 42, 38])[0]
    start = shapes.day_in(rng, first, last)
    amount = draft.values["planned_investment"]
    if rng.random() < REVISED_SHARE:
        draft.values["planned_investment"] = shapes.natural(amount * rng.choice([0.85, 0.9, 1.1, 1.2]))
    _prepare(rng, draft, start)
    planned = start - timedelta(days=rng.randint(-20, 45))
    draft.values |= {"start_planned": planned.isoformat()[:7]}
    finish = shapes.month_after(start, shapes.months_needed(rng, draft.values["planned_investment"]))
    draft.values |= {"finish_planned": finish.isoformat()[:7], **_production(draft, finish)}
    draft.reach(start, "under_construction", start_actual=start.isoformat())
    if amount != draft.values["planned_investment"]:
        draft.move(_later(draft, start + timedelta(days=12)), "revise", planned_investment=amount)
    _go_on(rng, draft, start, finish, words)


def _prepare(rng: Random, draft: Draft, ready_by: date) -> None:
    """Registered in reserve, through the papers, ready some days before the start."""
    ready = ready_by - timedelta(days=rng.randint(3, 18))
    papers = ready - timedelta(days=rng.randint(15, 60))
    draft.registered = papers - timedelta(days=rng.randint(12, 110))
    draft.values |= {"continuity": "new_start", "stage": "reserve", "stage_since": draft.registered}
    draft.register(draft.registered)
    draft.reach(papers, "pre_stage")
    _prove(draft, "approval", papers)
    draft.reach(ready, "ready")
    _prove(draft, "land", ready - timedelta(days=6))
    _prove(draft, "planning", ready - timedelta(days=3))
    _prove(draft, "construction_permit", ready)


def _waiting(rng: Random, draft: Draft, words: dict[str, Any]) -> None:
    """Listed for a start in 2022 and not begun."""
    draft.registered = shapes.day_in(rng, date(2021, 12, 1), date(2022, 2, 25))
    draft.values |= {"continuity": "new_start", "stage": "reserve", "stage_since": draft.registered, "start_planned": "2022-08"}
    draft.register(draft.registered)
    papers = shapes.day_in(rng, date(2022, 4, 6), date(2022, 8, 30))
    draft.reach(papers, "pre_stage")
    _prove(draft, "approval", papers)
    if rng.random() < 0.5:
        ready = shapes.day_in(rng, date(2022, 10, 8), date(2022, 12, 20))
        draft.reach(ready, "ready")
        _prove(draft, "land", ready - timedelta(days=9))
        _prove(draft, "planning", ready)
    draft.move(date(2022, 12, 26), "revise", start_planned="2023-04")
    draft.values["content_and_scale"] = f"未开工原因：{rng.choice(words['not_started'])}。"
    draft.plans = {
        2022: draft.values["planned_investment"] // 4 // 100_000 * 100_000,
        2023: draft.values["planned_investment"] // 3 // 100_000 * 100_000,
    }


def _production(draft: Draft, finish: date) -> dict[str, str]:
    months = 3 if draft.values["sector"] in {"industry", "energy"} else 1
    made = draft.values["sector"] in {"industry", "energy", "agriculture", "service"}
    return {"production_planned": shapes.month_after(finish, months).isoformat()[:7]} if made else {}


def _go_on(rng: Random, draft: Draft, start: date, finish: date, words: dict[str, Any], *, steady: bool = False) -> None:
    """From the start to today: months of money, enclosure, a stop, the end."""
    values = draft.values
    slip = 0 if rng.random() < 0.66 else rng.randint(1, 5)
    ends = shapes.month_after(finish, slip)
    stopped = None
    if not steady and ends > date(2023, 3, 1) and rng.random() < 0.033:
        stopped = shapes.day_in(rng, date(2022, 8, 15), date(2023, 1, 12))
        stopped = max(stopped, draft.history[-1].at.date() + timedelta(days=2))
    _spend(rng, draft, start, ends, stopped)
    _milestones(rng, draft, start, ends, stopped, words)
    values["entered_bank"] = rng.random() < 0.96
    values["entered_statistics"] = values["entered_bank"] and rng.random() < 0.93
    values["winter_building"] = values["stage"] == "under_construction" and rng.random() < 0.12
    values["content_and_scale"] = _content(draft)
    if values["stage"] == "under_construction" and not draft.works and rng.random() < 0.3:
        draft.works = _parts(rng, draft)
    if not draft.proofs:
        for place, kind in enumerate(("approval", "land", "planning", "construction_permit")):
            _prove(draft, kind, start - timedelta(days=70 - 20 * place))


def planned_over_done(draw: float) -> float:
    """The ratio that a draw between 0 and 1 stands for."""
    below = 0.0
    for share, least, most in PLANNED_OVER_DONE:
        if draw < share:
            return least + (most - least) * (draw - below) / (share - below)
        below = share
    return PLANNED_OVER_DONE[-1][2]


def _spend(rng: Random, draft: Draft, start: date, ends: date, stopped: date | None) -> None:
    amount = round(draft.values["planned_investment"] * rng.uniform(0.94, 1.02) / 10_000) * 10_000
    last = min(LAST_MONTH, stopped.replace(day=1)) if stopped else LAST_MONTH
    before, months = shapes.spending(start, ends, amount, OPENING, last)
    done = [(month, spent, "") for month, spent in months if rng.random() > (LATE_SHARE if month == LAST_MONTH else MISSING_SHARE)]
    draft.months = ([(date(2021, 12, 1), before, CARRIED)] if before else []) + done
    this_year = sum(spent for month, spent, _source in done if month.year == 2022)
    _before, coming = shapes.spending(start, ends, amount, date(2023, 1, 1), date(2023, 12, 1))
    plans = {2022: this_year * planned_over_done(rng.random()), 2023: sum(spent for _month, spent in coming) * rng.uniform(0.9, 1.1)}
    draft.plans = {year: round(plan / 100_000) * 100_000 for year, plan in plans.items() if plan >= 100_000}


def _milestones(rng: Random, draft: Draft, start: date, ends: date, stopped: date | None, words: dict[str, Any]) -> None:
    values = draft.values
    if draft.months and rng.random() < 0.55:
        recent = [place for place, (month, _amount, _source) in enumerate(draft.months) if month >= date(2022, 6, 1)]
        if recent and (place := rng.choice(recent)) is not None:
            draft.report(_later(draft, shapes.month_after(draft.months[place][0], 1) + timedelta(days=rng.randint(1, 7))), place)
    if stopped:
        day = _later(draft, stopped)
        reason = rng.choice(words["suspended"])
        draft.move(day, "suspend", {"reason": reason}, stage="suspended", stage_since=day, end_reason=reason)
        return
    if values["sector"] in ENCLOSED_SECTORS and start < date(2022, 8, 15) and ends > date(2022, 12, 1) and rng.random() < 0.5:
        day = _later(draft, shapes.day_in(rng, date(2022, 10, 10), date(2022, 11, 18)))
        if day <= TODAY:
            draft.move(day, "revise", warm_enclosed=True)
    finished = shapes.day_in(rng, ends, shapes.month_after(ends, 1))
    if finished > date(2023, 2, 3):
        return
    day = _later(draft, finished)
    if day > TODAY:
        return
    draft.reach(day, "completed", finish_actual=day.isoformat())
    _prove(draft, "acceptance", day)
    made = day + timedelta(days=rng.randint(12, 80))
    if "production_planned" not in values or made > date(2023, 2, 3):
        return
    draft.reach(made, "in_production", production_actual=made.isoformat())
    _prove(draft, "production", made)
    full = made + timedelta(days=rng.randint(70, 120))
    if full < date(2023, 2, 3) and rng.random() < 0.5:
        draft.reach(full, "full_capacity")
        _prove(draft, "full_capacity", full)


def _later(draft: Draft, day: date) -> date:
    """That day, or the one after the last note."""
    return max(day, draft.history[-1].at.date() + timedelta(days=1))


def _prove(draft: Draft, kind: str, day: date) -> None:
    number = f"长演{ {'approval': '备', 'land': '地', 'planning': '规', 'construction_permit': '施', 'acceptance': '验'}.get(kind, '证') }〔{day.year}〕{int(draft.ref[8:])}号"
    draft.proofs.append((kind, number, day, ""))


def _content(draft: Draft) -> str:
    values = draft.values
    made = "、".join(f"{value}{unit}" for _name, value, unit in draft.capacities)
    return f"主要建设{values['short_name']}及配套设施" + (f"，设计规模{made}。" if made else "。")


def _parts(rng: Random, draft: Draft) -> list[dict[str, Any]]:
    """Workshops or buildings with a state each."""
    plant = draft.values["sector"] in {"industry", "agriculture", "energy"}
    names = ["1号厂房", "2号厂房", "联合车间", "动力站房", "研发楼"] if plant else ["主体结构", "地下工程", "室外管网", "装饰装修"]
    chosen = names[: rng.randint(2, len(names))]
    kind = "workshop" if plant else "building"
    states = sorted(
        (rng.choice(["done", "building", "building", "waiting"]) for _each in chosen), key=["done", "building", "waiting"].index
    )
    return [
        {"key": f"{draft.ref}-{place}", "name": name, "kind": kind, "state": states[place], "describes": ""}
        for place, name in enumerate(chosen)
    ]


def pipeline_life(rng: Random, draft: Draft, stage: str, words: dict[str, Any], *, season: str = "") -> None:
    """A project that is still to come: from the first contact to the reserve for 2023, or to its end."""
    values = draft.values
    values["content_and_scale"] = _content(draft)
    if stage == "reserve":
        day = shapes.day_in(rng, date(2022, 5, 9), date(2023, 1, 20))
        values |= {"stage": "reserve", "stage_since": day, "continuity": "new_start", "start_planned": f"2023-{rng.randint(3, 10):02d}"}
        draft.registered = day
        draft.register(day)
        if rng.random() < 0.6:
            draft.plans = {2023: values["planned_investment"] // rng.randint(3, 6) // 100_000 * 100_000}
        return
    first = shapes.day_in(rng, date(2022, 3, 1), date(2022, 8, 26))
    draft.registered = first
    values |= {"stage": "lead", "stage_since": first, "first_contact_on": first.isoformat()}
    if stage == "lead" and rng.random() < 0.3:
        values["planned_investment"] = None
    draft.register(first)
    if stage == "lead":
        return
    talks = first + timedelta(days=rng.randint(6, 12))
    draft.reach(talks, "negotiating")
    if stage == "signed":
        window = (date(2022, 11, 10), date(2023, 1, 13)) if season == "冬季" else (date(2022, 9, 8), date(2022, 10, 28))
        signed = shapes.day_in(rng, *window)
        draft.reach(signed, "signed")
        _prove(draft, "agreement", signed)
    if stage == "cancelled":
        day, reason = shapes.day_in(rng, date(2022, 10, 8), date(2022, 12, 28)), rng.choice(words["cancelled"])
        draft.move(day, "cancel", {"reason": reason}, stage="cancelled", stage_since=day, end_reason=reason)
