"""The invented remainder of the city: deterministic by seed, plausible, marked synthetic, and exact in the printed totals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from zhuanban.kernel.codes import make_uscc
from zhuanban.site.demo.drafts import Block, City, Draft, Firm
from zhuanban.site.demo.lives import give_life, pipeline_life
from zhuanban.site.demo.real import CITY_AREA, real_projects
from zhuanban.site.demo.shapes import money, one_amount

HERE = Path(__file__).parent
SEED = 20230210
RESERVED = "YY"
"""Organisation codes of the invented start with this; registration authorities give out digits or MA."""
RESERVE_2023 = 968
SIGNED = {"220113": (15, "秋季"), "220183": (19, "秋季"), "220122": (25, "冬季")}
LEADS, NEGOTIATIONS, CANCELLED, TWINS, OWNED = 46, 58, 6, 6, 3
RURAL = {"220112", "220113", "220122", "220182", "220183", "220184"}
RAIL_MONEY = (21_300_000_000, 17_600_000_000, 14_250_000_000, 11_900_000_000, 9_480_000_000, 7_260_000_000)
"""Yuan, for the six rail projects."""


@cache
def facts() -> dict[str, Any]:
    """What the articles state: our copy."""
    return yaml.safe_load((HERE / "changchun_2022.yaml").read_text(encoding="utf-8"))


@cache
def invented() -> dict[str, Any]:
    return yaml.safe_load((HERE / "invented.yaml").read_text(encoding="utf-8"))


def generate(facts: dict[str, Any], scale: int = 1, seed: int = SEED) -> City:
    """The city of these facts; `scale` times the projects of the year's list. Blocks are made while they are read."""
    words = invented()
    agencies = [
        Firm(each["key"], each["name"], each["kind"], each["area"], _uscc(number, each["kind"], each["area"]))
        for number, each in enumerate(words["agencies"], 1)
    ]
    return City(facts, words, scale, seed, agencies)


def blocks(city: City) -> Iterator[Block]:
    """The true city first, with its real projects and pipeline; then as many copies of its kind as the scale asks for."""
    maker = Maker(city)
    yield maker.first_block()
    for number in range(1, city.scale):
        yield maker.further_block(number)


def _uscc(number: int, kind: str, area: str) -> str:
    authority, entity = ("9", "1") if kind in {"enterprise", "bank", "utility"} else ("1", "2")
    return make_uscc(authority, entity, area, f"{RESERVED}{number:06d}")


class Maker:
    """Makes one block after the other; keeps only counters between them."""

    def __init__(self, city: City) -> None:
        self.city, self.words, self.facts = city, city.invented, city.facts
        self.next_ref, self.next_firm, self.next_code = 101, 1001, 10_001
        self._start(0)

    def _start(self, number: int) -> None:
        self.rng = Random(f"{self.city.seed}-{number}")
        self.names: set[str] = set()
        self.firms: dict[str, Firm] = {}
        self.pool: dict[tuple[str, str], list[str]] = {}

    def first_block(self) -> Block:
        firms, real = real_projects(self.facts)
        portfolio = self.facts["portfolio"]
        listed_real = [draft for draft in real if "city-2022" in draft.lists]
        count = portfolio["projects_2022"]["value"] - len(listed_real)
        total = portfolio["planned_investment"]["value"] - sum(draft.values["planned_investment"] for draft in listed_real)
        listed = self.listed(count, total, rail=portfolio["rail_lines_building"]["value"])
        wanted = portfolio["winter_advance"]["value"] - sum("winter_advance" in draft.tags for draft in real)
        _tag_winter(listed, wanted)
        pipeline = self.pipeline()
        self.adopt(listed)
        self.city.pairs, twins = self.twins(listed)
        self.city.contests = self.contests(listed)
        _mark_2023(self.rng, [*listed, *pipeline])
        return Block([*firms, *self.firms.values()], [*real, *listed, *pipeline, *twins])

    def further_block(self, number: int) -> Block:
        self._start(number)
        drafts = self.listed(self.facts["portfolio"]["projects_2022"]["value"], None, rail=0)
        for draft in drafts:
            draft.history = [draft.history[0], *draft.history[1:][-1:]]
            draft.proofs = draft.proofs[-1:]
        _rewind(drafts)
        return Block(list(self.firms.values()), drafts)

    # ------------------------------------------------------------------------------------------------ the year's list

    def listed(self, count: int, total: int | None, rail: int) -> list[Draft]:
        """The invented projects of the 2022 list: half of them continued, half started in the year, some not yet."""
        rails = RAIL_MONEY[:rail]
        places = [self.place() for _each in range(count - len(rails))]
        amounts = money(self.rng, [sector for _area, sector in places], None if total is None else total - sum(rails))
        drafts = [self.draft(area, sector, amount) for (area, sector), amount in zip(places, amounts, strict=True)]
        drafts = [self.rail(line, amount) for line, amount in zip(self.words["rail_lines"], rails, strict=False)] + drafts
        give_life(self.rng, drafts, self.words)
        for draft in drafts:
            self.finish(draft)
            draft.lists["city-2022"] = date(2022, 1, 18) if draft.registered <= date(2022, 1, 18) else draft.registered
            if draft.values["planned_investment"] >= 2_000_000_000 or self.rng.random() < 0.04:
                draft.lists["province-2022"] = max(draft.lists["city-2022"], date(2022, 2, 24))
        return drafts

    def place(self) -> tuple[str, str]:
        """An area and a sector that go together."""
        areas = self.words["areas"]
        area = self.rng.choices(list(areas), [each["weight"] for each in areas.values()])[0]
        sectors = self.words["sectors"]
        rural = area in RURAL
        bias = {"industry": areas[area]["industry"], "agriculture": 2.4 if rural else 0.04, "energy": 1.8 if rural else 0.4}
        weights = [each["weight"] * bias.get(sector, 1) for sector, each in sectors.items()]
        return area, self.rng.choices(list(sectors), weights)[0]

    def draft(self, area: str, sector: str, amount: int, *, government: bool | None = None) -> Draft:
        rng = self.rng
        if government is None:
            government = rng.random() < self.words["sectors"][sector]["government"]
        goals = self.words["things"][sector]
        goal = rng.choices(list(goals), [each["weight"] for each in goals.values()])[0]
        things = goals[goal]["list"]
        thing, code, unit, rate, _weight = rng.choices(things, [each[4] for each in things])[0]
        owner = self.agency(area, sector) if government else self.firm(area, goal or sector, thing)
        name, short = self.name(thing, owner, government, area)
        ref = f"CC-2022-{self.next_ref:0{5 if self.city.scale < 50 else 6}d}"
        self.next_ref += 1
        values = {"name": name, "short_name": short, "sector": sector, "industry_code": code, "planned_investment": amount}
        values["investment_kind"] = "government" if government else "enterprise"
        draft = Draft(ref, values, date(2022, 1, 4), area=area, owner=owner, industry=goal or None, source="演示数据生成")
        draft.theme = self.words["themes"].get(goal) or self.words["themes"].get(sector)
        if unit:
            exact = amount / 1e8 * rate * rng.uniform(0.7, 1.3)
            draft.capacities.append((_product(thing), max(1, round(exact / 10) * 10 if rate > 20 else round(exact)), unit))
        return draft

    def rail(self, line: str, amount: int) -> Draft:
        draft = self.draft(self.rng.choice(["220105", "220106", "220103", "220104"]), "transport", amount, government=True)
        draft.values |= {"name": f"{line}{self.word()}至{self.word()}段轨道交通工程", "short_name": f"轨道{line}", "industry_code": "4811"}
        draft.capacities = [("运营里程", round(amount / 7e8), "公里")]
        draft.works = [
            {"key": f"rail-{line}", "name": f"{line}一期", "kind": "rail_line", "state": "building", "describes": "区间掘进和车站主体施工"}
        ]
        return draft

    def name(self, thing: str, owner: str, government: bool, area: str) -> tuple[str, str]:
        """A name nobody else in the block has, and a short form of it."""
        for _try in range(200):
            word = self.place_word(thing) if government else _word_of(owner, self.firms) or self.word()
            phase = self.phase(thing) if self.rng.random() < 0.25 or _try > 3 else ""
            if _try > 20:
                word = f"{word}{self.word()}"
            short = f"{word}{thing.removesuffix('项目')}"[:20]
            name = f"{word}{thing.removesuffix('项目')}{phase}" + ("项目" if thing.endswith(("项目", "园", "基地", "中心")) else "")
            if not self.names & {name, area + short}:
                self.names |= {name, area + short}
                return name, short
        raise AssertionError("the word list is too short for so many projects")

    def place_word(self, thing: str) -> str:
        """A place; two of them before a long word, so that public works of one kind are told apart."""
        return self.word() + (self.word() if len(thing) > 5 else "")

    def phase(self, thing: str) -> str:
        """A second phase suits everything, an upgrade only what makes things."""
        if thing.endswith(("工程", "小区改造项目", "连接线")) or "扩" in thing:
            return "（二期）"
        return self.rng.choice(self.words["phases"] if thing.endswith(("项目", "基地")) else self.words["phases"][:2])

    def word(self) -> str:
        company = self.words["company"]
        while (first := self.rng.choice(company["first"])) == (second := self.rng.choice(company["second"])):
            pass
        return first + second

    def firm(self, area: str, trade: str, thing: str) -> str:
        """The key of a firm of this trade: one that has a project already, but not of this kind, or a new one."""
        known = self.pool.setdefault((area, trade), [])
        if known and self.rng.random() < 0.4 and (chosen := self.rng.choice(known)) not in self.pool.setdefault(("owners", thing), []):
            self.pool["owners", thing].append(chosen)
            return chosen
        kinds = self.words["owners"].get(trade) or self.words["owners"]["industry"]
        firm = self._found(f"{self.word()}{self.rng.choice(kinds)}（长春）有限公司", "enterprise", area)
        known.append(firm.key)
        self.pool.setdefault(("owners", thing), []).append(firm.key)
        return firm.key

    def builder(self) -> str:
        known = self.pool.setdefault(("", "builder"), [])
        if len(known) < 36:
            known.append(
                self._found(f"{self.word()}{self.rng.choice(self.words['owners']['builder'])}有限公司", "enterprise", CITY_AREA).key
            )
            return known[-1]
        return self.rng.choice(known)

    def agency(self, area: str, sector: str) -> str:
        """The public builder of an area and sector."""
        known = self.pool.setdefault((area, f"public {sector}"), [])
        if not known:
            name = f"{self.words['areas'][area]['name']}{self.words['sectors'][sector]['builder']}（演示）"
            known.append(self._found(name, "government", area).key)
        return known[0]

    def _found(self, name: str, kind: str, area: str) -> Firm:
        firm = Firm(f"firm-{self.next_firm}", name, kind, area, _uscc(self.next_firm, kind, area))
        self.next_firm += 1
        self.firms[firm.key] = firm
        return firm

    def finish(self, draft: Draft) -> None:
        """What every invented project has: code, builder, ground, people, place."""
        rng, values = self.rng, draft.values
        government, amount = values["investment_kind"] == "government", values["planned_investment"]
        early = values["stage"] in {"lead", "negotiating", "signed"}
        if not early and rng.random() < 0.93:
            values["project_code"] = self.code(draft, government)
        if values.get("start_actual"):
            draft.contractor = self.builder()
        values["permission_regime"] = (
            "examination" if government else "verification" if values["sector"] in {"energy", "transport"} else "filing"
        )
        values["build_kind"] = "extension" if "扩" in values["name"] else "renovation" if "技改" in values["name"] else "new"
        _locate(rng, values, self.words, draft.area)
        secret = 0.3 if values["stage"] in {"lead", "negotiating"} else 0.0
        values["secrecy"] = "trade_secret" if rng.random() < secret else "public" if government and rng.random() < 0.6 else "internal"
        if amount is None:
            return
        _ground(rng, values, amount)
        if values["sector"] in {"industry", "service", "agriculture", "energy"}:
            values["jobs_planned"] = max(8, round(amount / rng.uniform(0.9e6, 4e6)) // 5 * 5)
        elif values["sector"] == "social":
            values["jobs_planned"] = max(10, round(amount / 2.5e6) // 5 * 5)
        _fund(rng, draft, government)

    def code(self, draft: Draft, government: bool) -> str:
        """A project code in the form of its time; the serial is drawn once for the whole city."""
        serial, self.next_code = self.next_code, self.next_code + 7
        approved = min(draft.registered, date(2022, 12, 31))
        kind = {"renovation": "02", "equipment": "03"}.get(draft.values.get("build_kind", ""), "01")
        head = f"{approved.year % 100:02d}{approved.month:02d}-{draft.area}-{'04' if not government else '47'}-{kind}"
        return f"{head}-{serial % 1_000_000:06d}"

    # -------------------------------------------------------------------------------------------------- what is coming

    def pipeline(self) -> list[Draft]:
        """The reserve for 2023, projects signed since autumn, talks, leads, and a few that came to nothing."""
        kinds = [("reserve", "", RESERVE_2023), ("negotiating", "", NEGOTIATIONS), ("lead", "", LEADS), ("cancelled", "", CANCELLED)]
        kinds += [("signed", area, count) for area, (count, _season) in SIGNED.items()]
        drafts = []
        for stage, fixed, count in kinds:
            for _each in range(count):
                area, sector = self.place()
                sector = sector if stage == "reserve" else "industry"
                draft = self.draft(fixed or area, sector, one_amount(self.rng, sector, 260_000_000))
                pipeline_life(self.rng, draft, stage, self.words, season=SIGNED.get(fixed, (0, ""))[1])
                self.finish(draft)
                drafts.append(draft)
        return drafts

    def twins(self, listed: list[Draft]) -> tuple[list[tuple[str, str, float, str]], list[Draft]]:
        """The same project entered twice under another name (全称/简称, 一期/二期), for a person to judge."""
        chosen = self.rng.sample([draft for draft in listed if draft.values["investment_kind"] == "enterprise"], TWINS)
        pairs, drafts = [], []
        for number, original in enumerate(chosen):
            values = original.values
            assert original.area, "what this class drew has a place"
            twin = self.draft(original.area, values["sector"], values["planned_investment"] + (0, 2_000_000)[number % 2], government=False)
            twin.owner, twin.industry, twin.theme, twin.capacities = original.owner, original.industry, original.theme, []
            short = values["short_name"]
            twin.values |= {
                "name": (f"{short}（一期）", f"{short}建设项目", f"长春{short}")[number % 3],
                "short_name": short,
                "industry_code": values["industry_code"],
            }
            pipeline_life(self.rng, twin, "negotiating", self.words)
            self.finish(twin)
            why = ("名称相近：仅期数不同，单位相同", "简称与全称，单位相同", "名称仅多“长春”，投资额相近")[number % 3]
            pairs.append((original.ref, twin.ref, (0.88, 0.93, 0.9)[number % 3], why))
            drafts.append(twin)
        return pairs, drafts

    def adopt(self, listed: list[Draft]) -> None:
        """Give the firms whose accounts the demo opens three projects each, in their own area."""
        for firm in self.city.agencies:
            if firm.kind != "enterprise":
                continue
            fits = [
                draft for draft in listed if draft.area == firm.area and draft.values["sector"] == "industry" and draft.owner in self.firms
            ]
            fits.sort(key=lambda draft: draft.values["stage"] != "under_construction")
            apart = {draft.values["short_name"][2:]: draft for draft in reversed(fits)}
            for draft in list(apart.values())[-OWNED:]:
                _rename(draft, self.firms[draft.owner or ""].name[:2], firm.name[:2])
                draft.owner = firm.key

    def contests(self, listed: list[Draft]) -> list[dict[str, Any]]:
        """Numbers that somebody says are wrong."""
        chosen = self.rng.sample([draft for draft in listed if draft.values["sector"] == "industry"], len(self.words["contests"]))
        made = []
        for draft, words in zip(chosen, self.words["contests"], strict=True):
            stated = draft.values[words["field"]]
            made.append({**words, "ref": draft.ref, "stated": str(stated), "claimed": str(round(stated * words["factor"] / 10) * 10)})
        return made


def _rename(draft: Draft, old: str, new: str) -> None:
    for column in ("name", "short_name", "content_and_scale"):
        draft.values[column] = draft.values[column].replace(old, new)
    draft.history[0].said["name"] = draft.values["name"]


def _word_of(owner: str, firms: dict[str, Firm]) -> str:
    """The two characters that a firm is known by; its projects carry them."""
    return firms[owner].name[:2] if owner in firms else ""


def _product(thing: str) -> str:
    for ending in ("产业化项目", "产业园", "项目", "基地", "工程", "生产线", "智能工厂", "中心"):
        thing = thing.removesuffix(ending)
    return thing


def _ground(rng: Random, values: dict[str, Any], amount: int) -> None:
    """Land at 2,000 to 6,000 yuan a square metre for industry, floors by the sector's habits; no areas for lines and fields."""
    if values["sector"] in {"transport", "energy"} or values["industry_code"] in {"4813", "4852", "0515", "5010"}:
        return
    land = amount / rng.uniform(2_000, 6_000)
    ratio = {"housing": (1.6, 2.6), "social": (0.5, 1.2), "service": (0.6, 2.0)}.get(values["sector"], (0.45, 1.1))
    values["land_area_m2"] = round(min(land, 2_400_000), -2)
    values["floor_area_m2"] = round(values["land_area_m2"] * rng.uniform(*ratio), -2)


def _locate(rng: Random, values: dict[str, Any], words: dict[str, Any], area: str | None) -> None:
    middle = words["areas"][area]
    reach = 0.14 if area in RURAL else 0.035
    values["longitude"] = round(middle["at"][0] + rng.gauss(0, reach), 5)
    values["latitude"] = round(middle["at"][1] + rng.gauss(0, reach * 0.7), 5)
    one, other = rng.sample(words["streets"], 2)
    values["site"] = f"{middle['name']}{one}路与{other}街交会处"


def _fund(rng: Random, draft: Draft, government: bool) -> None:
    """Where the money comes from; what is in place runs a little ahead of what is built."""
    if draft.values["stage"] in {"lead", "negotiating", "signed", "cancelled"}:
        return
    amount = draft.values["planned_investment"]
    sources = ["budget", "special_bond", "policy_financial_instrument"] if government else ["own", "bank_loan", "manufacturing_term_loan"]
    if not government and rng.random() < 0.06:
        sources[2] = "equipment_renewal_subsidised_loan"
    count = rng.choices([1, 2, 3], [4, 5, 1])[0]
    cuts = sorted(round(rng.uniform(0.25, 0.8) * amount / 1e5) * 100_000 for _each in range(count - 1))
    shares = [high - low for low, high in zip([0, *cuts], [*cuts, amount], strict=True)]
    ready = min(1.0, draft.invested / amount * rng.uniform(1.0, 1.25) + (0.04 if draft.values.get("start_actual") else 0))
    draft.funds = [(source, share, round(share * ready / 1e4) * 10_000) for source, share in zip(sources, shares, strict=False) if share]


def _tag_winter(listed: list[Draft], wanted: int) -> None:
    """The winter push: the rail lines, the greatest infrastructure and the greatest plants that are being built."""
    going = [draft for draft in listed if draft.values["stage"] == "under_construction"]
    going.sort(key=lambda draft: (all(work["kind"] != "rail_line" for work in draft.works), -draft.values["planned_investment"]))
    roads = [draft for draft in going if draft.values["sector"] in {"transport", "municipal", "energy"}][: wanted * 4 // 10]
    plants = [draft for draft in going if draft.values["sector"] in {"industry", "service", "housing"}][: wanted - len(roads)]
    for draft in [*roads, *plants]:
        draft.tags.append("winter_advance")
        draft.values["winter_building"] = True


def _mark_2023(rng: Random, drafts: list[Draft]) -> None:
    """Next year's list: what is not finished, and the riper part of the reserve."""
    for draft in drafts:
        open_still = draft.values["stage"] in {"under_construction", "suspended", "ready", "pre_stage"}
        if open_still or (draft.values["stage"] == "reserve" and draft.values["planned_investment"] >= 50_000_000 and rng.random() < 0.42):
            draft.lists["city-2023"] = max(date(2023, 1, 16), draft.registered)


def _rewind(drafts: list[Draft]) -> None:
    """With a shortened past the last change is kept and the rest is taken as registered."""
    for draft in drafts:
        draft.history[0].said["stage"] = draft.history[-1].changes.get("stage", [draft.values["stage"]])[0]
