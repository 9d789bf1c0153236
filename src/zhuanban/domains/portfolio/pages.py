"""The portfolio's listing in its layouts, the project page, and the pages for pairs and goals."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.apps import apps
from django.db.models import Exists, ForeignKey, IntegerField, OuterRef, Q, QuerySet
from django.forms import CharField, Field, RegexField
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from zhuanban.domains.people.models import Area, User
from zhuanban.domains.portfolio import figures, queries, rules
from zhuanban.domains.portfolio.forms import CONTESTABLE
from zhuanban.domains.portfolio.models import (
    CityStrategy,
    Contest,
    IndustryGoal,
    ListMembership,
    MergeProposal,
    Project,
    ProjectList,
    StrategyTheme,
    Tag,
)
from zhuanban.kernel import access, actions, charts, clock, columns, dates, files, pages, panels, show
from zhuanban.kernel.errors import Failure, Unknown
from zhuanban.kernel.figures import Scope
from zhuanban.kernel.forms import MoneyField
from zhuanban.kernel.listings import (
    YES_NO,
    Chip,
    Column,
    Filter,
    Layout,
    Listing,
    Query,
    by_choice,
    by_flag,
    by_least_money,
    by_most_money,
    by_year,
)
from zhuanban.kernel.models import Deadline, Event, StoredFile
from zhuanban.kernel.people import SignedInRequest
from zhuanban.kernel.words import Words

Stage = Project.Stage
pages.KIND_ICONS["portfolio.project"] = "building-factory-2"


def areas(user) -> list[tuple[str, str]]:
    return [(area.key, show.place(area)) for area in Area.objects.exclude(kind=Area.Kind.CITY)]


def by_list(rows, text: str):
    level, _dash, year = text.partition("-")
    return rows.filter(
        Exists(ListMembership.objects.filter(project=OuterRef("pk"), list__level=level, list__year=int(year), removed_on=None))
    )


def lists(user) -> list[tuple[str, str]]:
    return [(f"{each.level}-{each.year}", each.name) for each in ProjectList.objects.order_by("-year", "level")]


def by_tag(rows, text: str):
    return rows.filter(Exists(Tag.projects.through.objects.filter(project=OuterRef("pk"), tag=int(text))))


# Layouts ----------------------------------------------------------------------------------------------------------

COLUMN = 12
"""Cards in a board column before it is asked for more."""


def board(query: Query) -> dict[str, Any]:
    """One column per stage, each paged on its own: a query of twelve cards a column and one for all counts."""
    counts = queries.stage_counts(query.rows)
    shown = [stage for stage in Stage if counts.get(stage)]
    columns = []
    for stage in shown:
        cards = list(query.rows.filter(stage=stage).order_by("-money_order", "-pk").select_related("area")[: COLUMN + 1])
        columns.append(
            {
                "stage": stage,
                "count": counts[stage],
                "cards": cards[:COLUMN],
                "more": len(cards) > COLUMN,
                "more_url": "?" + query.url(**{"stage": stage.value, "as": None}),
                "next_url": f"{reverse('portfolio:board_more', args=[stage.value])}?{query.url()}",
            }
        )
    return {"columns": columns}


@require_GET
def board_more(request: SignedInRequest, stage: str) -> HttpResponse:
    """The next cards of one column."""
    if stage not in Stage.values:
        raise Unknown()
    query = Query(projects, request.user, request.GET)
    skip = request.GET.get("last", "")
    rows = query.rows.filter(stage=stage).order_by("-money_order", "-pk").select_related("area")
    if skip.isdigit():
        last = get_object_or_404(query.rows, pk=int(skip))
        rows = rows.filter(Q(money_order__lt=last.money_order) | Q(money_order=last.money_order, pk__lt=last.pk))
    cards = list(rows[: COLUMN + 1])
    return render(
        request,
        "portfolio/board_cards.html",
        {"cards": cards[:COLUMN], "more": len(cards) > COLUMN, "next_url": f"{request.path}?{query.url()}"},
    )


def cards(query: Query) -> dict[str, Any]:
    for row in query.page.rows:
        row.progress = (
            None
            if row.completion is None
            else charts.progress_tick(float(row.completion), tone="blue", title=show.text_of(row.completion, "percent"))
        )
    return {"page": query.page, "cards": query.page.rows}


def tile_map(query: Query) -> dict[str, Any]:
    """Districts and zones as tiles, shaded by planned investment."""
    totals = {row["area"]: row for row in queries.by_area(query.rows)}
    tiles = queries.area_tiles(totals, lambda area: "?" + query.url(**{"as": None, "area": area.key}))
    return {
        "map": charts.tile_map(tiles, title=_("各地计划总投资"), fmt=show.large_round, unit=show.large_unit()),
        "areas": _area_rows(query, totals),
        "unplaced": totals.get(None),
    }


def _area_rows(query: Query, totals: dict[str | None, dict[str, Any]]) -> list[dict[str, Any]]:
    """The table beside the tiles: each area with its share of the rows, and where its link leads."""
    names = {area.key: show.place(area) for area in Area.objects.all()}
    return [{**row, "name": names[key], "url": "?" + query.url(**{"as": None, "area": key})} for key, row in totals.items() if key]


projects = Listing(
    name="portfolio.projects",
    title=gettext_lazy("项目库"),
    rows=lambda user: Project.objects.visible_to(user),
    search="dossier__search_text",
    order="-planned_investment",
    related=("area", "owner_org", "dossier"),
    prepare=queries.add_year_to_date,
    columns=(
        Column("name", gettext_lazy("项目"), link=True, sort="name"),
        Column("ref", gettext_lazy("编号"), kind="code", sort="ref", narrow=False),
        Column("area", gettext_lazy("属地"), kind="place"),
        Column("stage", gettext_lazy("阶段"), choices=Stage.choices, sort="stage"),
        Column("sector", gettext_lazy("领域"), choices=Project.Sector.choices, edit="portfolio.revise", narrow=False),
        Column("planned_investment", gettext_lazy("总投资"), kind="money", sort="money_order", edit="portfolio.revise"),
        Column("invested", gettext_lazy("年度完成"), kind="money", path="invested_year", narrow=False),
        Column("completion", gettext_lazy("完成年计划"), kind="percent", narrow=False),
        Column(
            "start_planned",
            gettext_lazy("计划开工"),
            kind="date",
            sort="start_order",
            edit="portfolio.revise",
            narrow=False,
        ),
        Column(
            "finish_planned",
            gettext_lazy("计划竣工"),
            kind="date",
            sort="finish_order",
            edit="portfolio.revise",
            narrow=False,
        ),
        Column("owner_org", gettext_lazy("项目单位"), path="owner_org__name", narrow=False),
        Column("project_code", gettext_lazy("项目代码"), kind="code", edit="portfolio.revise", narrow=False),
    ),
    filters=(
        Filter("area", gettext_lazy("属地"), by_choice("area"), areas),
        Filter("stage", gettext_lazy("阶段"), by_choice("stage"), lambda user: Stage.choices),
        Filter("sector", gettext_lazy("领域"), by_choice("sector"), lambda user: Project.Sector.choices),
        Filter(
            "industry",
            gettext_lazy("主导产业"),
            by_choice("industry"),
            lambda user: [(str(row.pk), row.name) for row in IndustryGoal.objects.all()],
        ),
        Filter(
            "theme",
            gettext_lazy("六城联动"),
            by_choice("theme"),
            lambda user: [(str(row.pk), row.name) for row in StrategyTheme.objects.all()],
        ),
        Filter("list", gettext_lazy("清单"), by_list, lists),
        Filter("tag", gettext_lazy("标签"), by_tag, lambda user: [(str(tag.pk), str(tag)) for tag in Tag.objects.order_by("name")]),
        Filter("continuity", gettext_lazy("新续建"), by_choice("continuity"), lambda user: Project.Continuity.choices),
        Filter("least", gettext_lazy("总投资不低于"), by_least_money("planned_investment"), kind="money"),
        Filter("most", gettext_lazy("总投资不高于"), by_most_money("planned_investment"), kind="money"),
        Filter("start", gettext_lazy("开工年份"), by_year("start_actual"), kind="year"),
        Filter("synthetic", gettext_lazy("合成数据"), by_flag(Q(synthetic=True)), lambda user: YES_NO),
    ),
    chips=(
        Chip("under_way", gettext_lazy("在建"), lambda user: Q(stage=Stage.UNDER_CONSTRUCTION)),
        Chip("suspended", gettext_lazy("停工"), lambda user: Q(stage=Stage.SUSPENDED), tone="red"),
        Chip("ready", gettext_lazy("具备开工条件"), lambda user: Q(stage=Stage.READY)),
        Chip("winter", gettext_lazy("冬季施工"), lambda user: Q(winter_building=True)),
        Chip(
            "unreported",
            gettext_lazy("上月缺报"),
            lambda user: Q(pk__in=figures.missing_report(Project.objects.all(), clock.today()).values("pk")),
        ),
        Chip(
            "contested",
            gettext_lazy("数据有异议"),
            lambda user: Q(pk__in=Contest.objects.filter(state=Contest.State.OPEN).values("project")),
        ),
        Chip("no_code", gettext_lazy("缺项目代码"), lambda user: Q(project_code=None)),
        Chip("green", gettext_lazy("绿色通道"), lambda user: Q(green_channel_until__gte=clock.today())),
    ),
    layouts=(
        Layout("board", gettext_lazy("看板"), "layout-kanban", "portfolio/board.html", board),
        Layout("cards", gettext_lazy("卡片"), "layout-grid", "portfolio/cards.html", cards),
        Layout("map", gettext_lazy("一张图"), "map-2", "portfolio/map.html", tile_map),
    ),
    bulk=(
        "portfolio.advance",
        "portfolio.join_list",
        "portfolio.leave_list",
        "portfolio.tag",
        "portfolio.untag",
        "portfolio.open_green_channel",
    ),
    offers=lambda user: [("portfolio.register", area) for area in queries.areas_for(user, "portfolio.register")[:1]],
    empty=gettext_lazy("项目库收录全市重大项目：从线索到达产，一个项目一本卷宗。"),
)


@require_GET
def project_list(request: SignedInRequest) -> HttpResponse:
    return pages.listing(request, projects.name)


# The project on one screen ------------------------------------------------------------------------------------------

FACTS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        gettext_lazy("身份"),
        (
            "project_code",
            "permission_regime",
            "investment_kind",
            "build_kind",
            "continuity",
            "sector",
            "industry_code",
            "industry",
            "theme",
            "secrecy",
        ),
    ),
    (gettext_lazy("在哪里、谁来建"), ("area", "host_area", "site", "owner_org", "contractor", "land_area_m2", "floor_area_m2")),
    (
        pgettext_lazy("many", "日期"),
        (
            "first_contact_on",
            "landed_on",
            "start_planned",
            "start_actual",
            "resumed_on",
            "finish_planned",
            "finish_actual",
            "production_planned",
            "production_actual",
        ),
    ),
)
WIDE = {"site", "project_code", "owner_org", "contractor"}
"""Facts that take a whole line."""
HEADER_VERBS = ("portfolio.revise", "portfolio.report_investment", "portfolio.advance")
"""The page's buttons in their order, the one that moves the project last; all other verbs stand in the menu beside them."""


@require_GET
def project_page(request: SignedInRequest, pk: int) -> HttpResponse:
    rows = Project.objects.visible_to(request.user).select_related(
        "area", "host_area", "owner_org", "contractor", "industry", "theme", "dossier"
    )
    project = get_object_or_404(rows.prefetch_related("proofs", "works__parts", "capacities", "products", "tags", "funds"), pk=pk)
    day = _as_at(request)
    offered = actions.offered(request.user, project)
    context = {
        "project": project,
        "as_at": day,
        "then": _differences(project, day) if day else None,
        "primary": sorted(
            (each for each in offered if each["action"].name in HEADER_VERBS), key=lambda each: HEADER_VERBS.index(each["action"].name)
        ),
        "others": sorted((each for each in offered if each["action"].name not in HEADER_VERBS), key=lambda each: bool(each["reason"])),
        "may": {each["action"].verb: not each["reason"] for each in offered},
        "next_stage": Stage(rules.next_stage(project)).label if rules.next_stage(project) else "",
        "steps": steps(project),
        "checklist": rules.checklist(project),
        "proofs": list(project.proofs.all()),
        "facts": [_group(project, label, names) for label, names in FACTS],
        "contests": _contests(request, project),
        **_money(project),
        "works": [work for work in project.works.all() if work.parent_id is None],
        "lists": project.memberships.filter(removed_on=None).select_related("list").order_by("-list__year"),
        "deadlines": _deadlines(request.user, project)[:8],
        "files": _files(request.user, project),
        "pairs": _pairs(request, project),
        "panels": panels.panels_of("portfolio.project", project, request.user),
        "events": timeline(project, 8, hidden=actions.hidden_from(request.user, project.pk)),
        "today": clock.today(),
    }
    return render(request, "portfolio/project.html", context)


def _files(user, project: Project) -> list[StoredFile]:
    """The newest files that this person may read."""
    return [file for file in StoredFile.objects.filter(dossier=project.pk).order_by("-at")[:30] if files.readable(user, file)][:10]


def _deadlines(user, project: Project) -> QuerySet[Deadline]:
    """What is owed on the project, the most pressing first; people from outside, and offices that were let in for something of their own,
    read only what they owe themselves."""
    rows = Deadline.objects.filter(dossier=project.pk, state__in=["open", "paused"]).select_related("holder").order_by("due_on")
    inside = any(not key.startswith("org:") for key in access.inside(user, project.pk))
    return rows if inside else rows.filter(holder__in=user.principal_ids())


def _as_at(request: SignedInRequest):
    text = request.GET.get("as_at", "").strip()
    if not text:
        return None
    day = dates.parse_ledger_date(text)
    if day is None or day.last > clock.today():
        raise Failure(_("“截至日期”不能晚于今天。"))
    return day.last


def _differences(project: Project, day) -> dict[str, Any]:
    """What the project's facts were on a day, where they differ from now."""
    values = queries.as_at(project, day)
    if values is None:
        return {"missing": True, "changes": []}
    skip = actions.NEVER_RECORDED | {"stage_since", "synthetic", "source", "import_batch", "deleted_at", "ref"}
    now = {name: value for name, value in actions.snapshot(project).items() if name not in skip}
    changed = [(name, values[name], value) for name, value in now.items() if _text(values[name]) != _text(value)]
    return {"missing": False, "changes": [show.change(Project, name, before, after) for name, before, after in changed]}


def _text(value: Any) -> str:
    try:
        return str(Decimal(str(value)).normalize())
    except InvalidOperation:
        return str(value)


def steps(project: Project) -> list[dict[str, Words]]:
    """The way from lead to full capacity, with where the project stands."""
    stage = Stage.UNDER_CONSTRUCTION if project.stage == Stage.SUSPENDED else project.stage
    way = rules.STEPS[:-1]
    if stage not in way:
        return (
            [{"label": project.get_stage_display(), "state": "now"}]
            if stage == Stage.CANCELLED
            else [{"label": Stage(each).label, "state": "done"} for each in way]
        )
    here = way.index(stage)
    return [
        {
            "label": Stage(each).label,
            "state": "done" if at < here else "now" if at == here else "next",
            "note": (
                _("停工")
                if project.stage == Stage.SUSPENDED
                else _("暖封闭 ✓")
                if project.warm_enclosed and each == Stage.UNDER_CONSTRUCTION
                else ""
            )
            if at == here
            else "",
        }
        for at, each in enumerate(way)
    ]


def _group(project: Project, label: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """One group of facts: what is known as a list, what is not by its names only."""
    facts = [_fact(project, name) for name in names]
    unknown = [str(fact["label"]) for fact in facts if not fact["known"]]
    return {"label": label, "known": [fact for fact in facts if fact["known"]], "unknown": unknown}


def _fact(project: Project, name: str) -> dict[str, Any]:
    """One fact in words; an area in square metres keeps its unit in the label."""
    field = columns.named(Project, name)
    value = getattr(project, name)
    shown = (
        getattr(project, f"get_{name}_display")()
        if getattr(field, "choices", None)
        else show.place(value)
        if isinstance(value, Area)
        else value
    )
    kind = "money" if name == "planned_investment" else "number" if name.endswith("_m2") else "text"
    return {
        "name": name,
        "label": field.verbose_name,
        "value": show.text_of(shown, kind),
        "known": value not in (None, ""),
        "wide": name in WIDE,
    }


def _money(project: Project) -> dict[str, Any]:
    """Planned and completed money, the year's curve of this project, and its funds."""
    today = clock.today()
    year = queries.reporting_year(today)
    plan, actual = queries.curve(Project.all_rows.filter(pk=project.pk), year)
    known = any(value for _label, value in (*plan, *actual) if value)
    queries.add_year_to_date([project])
    funds = list(project.funds.all())
    title = _("%(year)s 年投资") % {"year": year}
    return {
        "year": year,
        "curve": charts.s_curve(
            plan,
            actual,
            title=title,
            fmt=show.money,
            names=(_("计划"), _("完成")),
            width=500,
            height=210,
            today_label=show.month(today.month) if year == today.year else "",
        )
        if known
        else "",
        "invested_total": queries.invested([project.pk], today.replace(year=1990, month=1, day=1), today).get(project.pk),
        "funds": funds,
        "fund_planned": _sum_of_known(fund.planned for fund in funds),
        "fund_in_place": _sum_of_known(fund.in_place for fund in funds),
    }


def _sum_of_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of the amounts that are known; None when none is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def _contests(request: SignedInRequest, project: Project) -> list[dict[str, Any]]:
    rows = sorted(project.contests.select_related("by", "deadline").order_by("-pk"), key=lambda row: row.state != Contest.State.OPEN)[:5]
    decide = actions.REGISTRY["portfolio.decide_contest"]
    may = decide.name in request.user.verbs and access.may_act(request.user, decide.name, project.dossier)
    return [
        {
            "contest": row,
            "label": CONTESTABLE.get(row.field, row.field),
            "stated": _worded(row.field, row.stated),
            "claimed": _worded(row.field, row.claimed),
            "decide": may and row.state == Contest.State.OPEN,
        }
        for row in rows
    ]


def _worded(name: str, text: str) -> str:
    return show.change(Project, name, None, text or None)[2]


def _pairs(request: SignedInRequest, project: Project) -> list[MergeProposal]:
    if "portfolio.merge" not in request.user.verbs:
        return []
    rows = MergeProposal.objects.filter(Q(project=project) | Q(other=project), state=MergeProposal.State.OPEN).select_related(
        "project", "other"
    )
    return list(rows[:3])


PAGE_OF_EVENTS = 60


def timeline(project: Project, limit: int = PAGE_OF_EVENTS, before: int = 0, hidden: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The newest events in words, or the newest before one of them. One query for the events, one for the names of their
    actors, and one for each kind of row that they name."""
    rows = Event.objects.filter(dossier_id=project.pk).exclude(verb__in=hidden).order_by("-seq")
    events = list((rows.filter(seq__lt=before) if before else rows)[:limit])
    names = dict(User.objects.filter(username__in={event.actor for event in events}).values_list("username", "name"))
    named = _named_rows(events)
    return [_told(event, names.get(event.actor, event.actor), named) for event in events]


def _told(event: Event, actor: str, named: dict[str, str]) -> dict[str, Any]:
    known = actions.REGISTRY.get(event.verb)
    changes = event.data.get("changes") or {}
    said = event.data.get("said") or {}
    hidden = {"money_order", "stage_since"}
    reason = said.get("reason") or said.get("note") or said.get("answer") or ""
    told = (
        []
        if event.subject
        else [_changed(name, pair[0], pair[1], named) for name, pair in changes.items() if name not in hidden and pair[1] != reason]
    )
    return {
        "event": event,
        "at": timezone.localtime(event.at),
        "actor": actor,
        "label": known.label if known else event.verb,
        "changes": told,
        "said": [] if told or known is None else _said(known, said, named),
        "reason": reason,
        "tone": "is-red" if event.verb in {"portfolio.suspend", "portfolio.cancel", "portfolio.override_gate"} else "",
    }


def _changed(name: str, before: Any, after: Any, named: dict[str, str]) -> tuple[str, str, str]:
    """One change in words; a row that a column points to goes by the name that was read for all events at once."""
    kind = POINTERS.get(name)
    if kind is None:
        return show.change(Project, name, before, after)
    label = show.change(Project, name, None, None)[0]
    was, became = (named.get(f"{kind}:{value}", show.DASH) for value in (before, after))
    return label, was, became


POINTERS: dict[str, str] = {
    field.attname: field.related_model._meta.label_lower for field in Project._meta.concrete_fields if isinstance(field, ForeignKey)
}
"""Which rows the project's columns point to."""


def _said(known: actions.Action, said: dict[str, Any], named: dict[str, str]) -> list[tuple[str, str]]:
    """What was filled in, by the labels of the verb's form; the reason is told apart."""
    fields = known.form.base_fields if known.form else {}
    shown = [(name, field) for name, field in fields.items() if name in said and name not in {"reason", "note", "answer"}]
    return [(str(field.label), _in_words(field, said, name, named)) for name, field in shown]


def _in_words(field: Field, said: dict[str, Any], name: str, named: dict[str, str]) -> str:
    """One answer; of several chosen, each by its name."""
    if isinstance(said[name], list):
        return "、".join(_in_words(field, said | {name: each}, name, named) for each in said[name])
    return _row_named(field, said[name], named) or _answered(field, said, name)


def _row_named(field: Field, value: Any, named: dict[str, str]) -> str:
    """The name of the row that was chosen. What a person typed as text stays text, also where it looks like a row."""
    return "" if type(field) in {CharField, RegexField} else named.get(str(value), "")


def _answered(field, said: dict[str, Any], name: str) -> str:
    value = said[name]
    if name == "claimed":
        return _worded(said.get("field", ""), value)
    if isinstance(field, MoneyField):
        return show.money(Decimal(str(value)))
    return str(dict(getattr(field, "choices", ())).get(value, value))


ROW = re.compile(r"([a-z]+\.[a-z]+):([0-9]{1,18}|[a-z_]{1,40})")


def _named_rows(events: list[Event]) -> dict[str, str]:
    """The rows that events name, as `portfolio.tag:3` or by a column that points to them, by that name: one query for each kind."""
    texts = set()
    for event in events:
        for value in (event.data.get("said") or {}).values():
            texts |= set(map(str, value)) if isinstance(value, list) else {str(value)}
        for name, pair in (event.data.get("changes") or {}).items():
            if name in POINTERS and not event.subject:
                texts |= {f"{POINTERS[name]}:{value}" for value in pair if value is not None}
    wanted: dict[str, set[str]] = {}
    for text in texts:
        if found := ROW.fullmatch(text):
            wanted.setdefault(found[1], set()).add(found[2])
    known = {model._meta.label_lower: model for model in apps.get_models()}
    return {
        f"{kind}:{pk}": str(row)
        for kind, pks in wanted.items()
        if kind in known
        for pk, row in known[kind]._default_manager.in_bulk(_keys(known[kind], pks)).items()
    }


def _keys(model: Any, pks: set[str]) -> list[str]:
    """Those of the texts that can be a key of the model."""
    numbered = isinstance(model._meta.pk.target_field if model._meta.pk.is_relation else model._meta.pk, IntegerField)
    return [pk for pk in pks if pk.isdigit() or not numbered]


@require_GET
def history(request: SignedInRequest, pk: int) -> HttpResponse:
    """The whole timeline of a project, a page of sixty events at a time."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    before = request.GET.get("before", "")
    hidden = actions.hidden_from(request.user, project.pk)
    events = timeline(project, before=int(before) if before.isdigit() else 0, hidden=hidden)
    older = events[-1]["event"].seq if events and events[-1]["event"].seq > 1 else 0
    context = {"project": project, "events": events, "older": older, "newest": not before, "page_title": _("时间线")}
    return render(request, "portfolio/history.html", context)


# Pairs -------------------------------------------------------------------------------------------------------------


@require_GET
def pair_list(request: SignedInRequest) -> HttpResponse:
    """Projects that may be one and the same, the likeliest first."""
    if "portfolio.merge" not in request.user.verbs:
        raise Unknown()
    rows = (
        MergeProposal.objects.visible_to(request.user).filter(state=MergeProposal.State.OPEN).select_related("project__area", "other__area")
    )
    pairs = list(rows.order_by("-score", "pk")[:100])
    return render(request, "portfolio/pairs.html", {"pairs": pairs, "page_title": _("疑似重复")})


@require_GET
def pair_page(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a merge of the pair would do, before anybody decides."""
    if "portfolio.merge" not in request.user.verbs:
        raise Unknown()
    proposal = get_object_or_404(MergeProposal.objects.visible_to(request.user).select_related("project", "other"), pk=pk)
    preview = queries.merge_preview(proposal)
    facts = [
        {**each, "kept": _fact(proposal.project, each["field"])["value"], "gone": _fact(proposal.other, each["field"])["value"]}
        for each in preview["facts"]
    ]
    context = {
        "proposal": proposal,
        "facts": facts,
        "moving": preview["moving"],
        "offered": actions.offered(request.user, proposal),
        "page_title": _("合并预览"),
    }
    return render(request, "portfolio/pair.html", context)


def _count(n: int) -> str:
    return _("%(n)s 个") % {"n": n}


# Goals -------------------------------------------------------------------------------------------------------------


@require_GET
def goals(request: SignedInRequest) -> HttpResponse:
    """Strategies, six cities and the 1+6 industries with what the portfolio brings to each."""
    scope = Scope.today(user=request.user)
    rows, year = figures.on_list(scope), figures.list_year(scope)
    listing = f"{reverse('portfolio:projects')}?list=city-{year}"
    themes = [{**each, "url": f"{listing}&theme={each['theme']}"} for each in queries.by_theme(rows)]
    industries = [{**each, "url": f"{listing}&industry={each['industry']}"} for each in queries.by_industry(rows)]
    context = {
        "page_title": _("战略与产业"),
        "year": year,
        "themes": themes,
        "industries": industries,
        "strategies": CityStrategy.objects.prefetch_related("themes").order_by("level", "pk"),
        "theme_chart": charts.bars(
            [charts.Bar(each["theme__name"], float(each["money"] or 0), href=each["url"], note=_count(each["n"])) for each in themes],
            title=_("六城联动"),
            unit=show.large_unit(),
            fmt=show.large_round,
        ),
        "industry_chart": charts.bars(
            [
                charts.Bar(each["industry__name"], float(each["money"] or 0), href=each["url"], note=_count(each["n"]))
                for each in industries
            ],
            title=_("“1+6”主导产业"),
            unit=show.large_unit(),
            fmt=show.large_round,
        ),
    }
    return render(request, "portfolio/goals.html", context)
