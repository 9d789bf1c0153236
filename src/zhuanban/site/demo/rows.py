"""Turns drafts into database rows, a slice at a time: dossiers with their chains, projects, everything that hangs on them, and rights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.urls import reverse

from zhuanban.domains.people.models import Area, Organisation
from zhuanban.domains.portfolio.access import own_levels, zone_host
from zhuanban.domains.portfolio.models import (
    AnnualPlan,
    Capacity,
    Fund,
    IndustryGoal,
    InvestmentEntry,
    ListMembership,
    Product,
    Project,
    ProjectList,
    Proof,
    StrategyTheme,
    Tag,
    Work,
)
from zhuanban.kernel import access, timeline
from zhuanban.kernel.columns import PartialDateColumn
from zhuanban.kernel.columns import from_iso as partial
from zhuanban.kernel.models import Access, Dossier, Event
from zhuanban.kernel.search import search_text
from zhuanban.site.demo.accounts import ACCOUNTS
from zhuanban.site.demo.drafts import Draft, Firm, instant

CITY_DESK = "dispatcher-city"
ORDER: tuple[type[models.Model], ...] = (
    Dossier, Project, AnnualPlan, InvestmentEntry, Fund, Capacity, Product, Work, Proof, ListMembership, Tag.projects.through, Access, Event,
)  # fmt: skip
"""Rows are written in this order, so that every foreign key finds its row."""
NUMBERED = (Dossier, InvestmentEntry, Work)
"""Tables whose keys are given out here, because other rows of the same slice name them."""
PARTIAL = {field.name for field in Project._meta.concrete_fields if isinstance(field, PartialDateColumn)}
MONEY = {"planned_investment", "land_area_m2", "floor_area_m2"}


class Writer:
    """Knows what is there once (areas, goals, lists ...) and writes slices of drafts."""

    def __init__(self) -> None:
        self.areas = Area.objects.select_related("host").in_bulk()
        self.goals = dict(IndustryGoal.objects.values_list("key", "pk"))
        self.themes = dict(StrategyTheme.objects.values_list("key", "pk"))
        self.lists = {f"{each.level}-{each.year}": each.pk for each in ProjectList.objects.all()}
        self.tags = {each.key if each.season else each.name: each.pk for each in Tag.objects.all()}
        self.organisations: dict[str, int] = {}
        self.names: dict[int, str] = {}
        self.principals: dict[str, int] = {}
        self.desks = {account.area: account.username for account in reversed(ACCOUNTS) if account.role == "centre_dispatcher"}
        self.ids: dict[type[models.Model], int] = {}
        self.link = reverse("portfolio:project", args=[0])
        self.rows: dict[type[models.Model], list[Any]] = {}

    def write_firms(self, firms: Sequence[Firm]) -> None:
        made = Organisation.objects.bulk_create(
            [
                Organisation(
                    name=firm.name, kind=firm.kind, uscc=firm.uscc, area_id=firm.area, synthetic=firm.synthetic, search_text=search_text(firm.name, firm.uscc)
                )
                for firm in firms
            ],
            batch_size=500,
        )  # fmt: skip
        for firm, row in zip(firms, made, strict=True):
            self.organisations[firm.key] = row.pk
            self.names[row.pk] = firm.name

    def forget(self, firms: Iterable[Firm]) -> None:
        """The firms of a block that is written: no later block names them."""
        for firm in firms:
            self.names.pop(self.organisations.pop(firm.key), None)

    def begin(self) -> None:
        """Number from the last keys given out; until `reset_sequences` nobody else may write."""
        self.ids = {model: model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0 for model in NUMBERED}

    def write(self, drafts: Sequence[Draft]) -> None:
        """One slice, in one transaction."""
        self.rows = {model: [] for model in ORDER}
        projects = [self._project(draft) for draft in drafts]
        self._rights(projects)
        with transaction.atomic():
            for model in ORDER:
                getattr(model, "all_rows", model._default_manager).bulk_create(self.rows[model])

    def reset_sequences(self) -> None:
        """Let the database give out keys after those given here."""
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(NUMBERED)):
                cursor.execute(statement)

    def _next(self, model: type[models.Model]) -> int:
        self.ids[model] += 1
        return self.ids[model]

    def _project(self, draft: Draft) -> Project:
        pk = self._next(Dossier)
        area = self.areas.get(draft.area or "")
        stamps = self._stamps(draft, draft.history[0].at)
        project = Project(dossier_id=pk, ref=draft.ref, area=area, **columns(draft.values), **stamps)
        project.host_area = zone_host(area) if draft.synthetic else None
        project.owner_org_id = self.organisations.get(draft.owner or "")
        project.contractor_id = self.organisations.get(draft.contractor or "")
        project.industry_id = self.goals.get(draft.industry or "")
        project.theme_id = self.themes.get(draft.theme or "")
        project.updated_at, project.version = draft.history[-1].at, 1 + sum(bool(move.changes) for move in draft.history)
        self.rows[Project].append(project)
        entries = self._money(draft, pk)
        self._parts(draft, pk, stamps)
        self._chain(draft, self._dossier(project, draft), entries)
        return project

    def _dossier(self, project: Project, draft: Draft) -> Dossier:
        owner = self.names.get(project.owner_org_id or 0, "")
        text = search_text(project.name, project.short_name, project.aliases, project.ref, project.project_code, owner)
        area = draft.area or next(iter(self.areas))
        dossier = Dossier(pk=project.pk, kind="portfolio.project", ref=draft.ref, title=project.name, area=area, search_text=text)
        dossier.url = self.link.replace("0", str(project.pk))
        self.rows[Dossier].append(dossier)
        return dossier

    def _stamps(self, draft: Draft, at: datetime) -> dict[str, Any]:
        return {"created_at": at, "updated_at": at, "source": draft.source, "synthetic": draft.synthetic, "import_batch": "demo"}

    def _money(self, draft: Draft, pk: int) -> list[int]:
        """Plans, months and funds; returns the keys of the monthly rows."""
        keys = []
        for month, amount, source in draft.months:
            stamps = self._stamps(draft, reported_at(month, draft.ref)) | ({"source": source} if source else {})
            keys.append(self._next(InvestmentEntry))
            self.rows[InvestmentEntry].append(InvestmentEntry(pk=keys[-1], project_id=pk, month=month, amount=Decimal(amount), **stamps))
        for year, plan in draft.plans.items():
            stamps = self._stamps(draft, max(draft.history[0].at, instant(date(year, 1, 12), draft.ref)))
            self.rows[AnnualPlan].append(AnnualPlan(project_id=pk, year=year, amount=Decimal(plan), **stamps))
        stamps = self._stamps(draft, draft.history[-1].at)
        for source, planned, in_place in draft.funds:
            self.rows[Fund].append(Fund(project_id=pk, fund_source=source, planned=Decimal(planned), in_place=Decimal(in_place), **stamps))
        return keys

    def _parts(self, draft: Draft, pk: int, stamps: dict[str, Any]) -> None:
        rows = self.rows
        rows[Capacity] += [Capacity(project_id=pk, name=name, value=Decimal(value), unit=unit) for name, value, unit in draft.capacities]
        rows[Product] += [Product(project_id=pk, name=name, platform=platform) for name, platform in draft.products]
        rows[Proof] += [
            Proof(project_id=pk, kind=kind, number=number, issued_on=day, note=note, **stamps) for kind, number, day, note in draft.proofs
        ]
        rows[ListMembership] += [
            ListMembership(list_id=self.lists[key], project_id=pk, added_on=day) for key, day in draft.lists.items() if key in self.lists
        ]
        through = Tag.projects.through
        rows[through] += [through(tag_id=self.tags[word], project_id=pk) for word in draft.tags]
        works: dict[str, int] = {}
        for position, work in enumerate(draft.works):
            works[work["key"]] = key = self._next(Work)
            told = {name: work[name] for name in ("name", "kind", "state", "describes")}
            rows[Work].append(
                Work(pk=key, project_id=pk, parent_id=works.get(work.get("parent") or ""), position=position, **told, **stamps)
            )

    def _chain(self, draft: Draft, dossier: Dossier, entries: list[int]) -> None:
        actor = self.desks.get(draft.area or "", CITY_DESK)
        for move in draft.history:
            subject = "" if move.entry is None else f"portfolio.investmententry:{entries[move.entry]}"
            data = ({"changes": move.changes} if move.changes else {}) | {"said": move.said}
            self.rows[Event].append(timeline.chain(dossier, move.verb, actor=actor, subject=subject, at=move.at, data=data))

    def _rights(self, projects: list[Project]) -> None:
        levels = {project.pk: own_levels(project) for project in projects}
        missing = {key for each in levels.values() for key in each} - self.principals.keys()
        if missing:
            self.principals |= access.principal_ids(missing)
        self.rows[Access] += [
            Access(principal_id=self.principals[key], dossier_id=pk, level=level)
            for pk, each in levels.items()
            for key, level in each.items()
        ]


def columns(values: dict[str, Any]) -> dict[str, Any]:
    """Plain values as the model's columns take them."""
    return {name: column(name, value) for name, value in values.items() if value is not None}


def column(name: str, value: Any) -> Any:
    if name in PARTIAL:
        return partial(value)
    return Decimal(str(value)) if name in MONEY else value


def reported_at(month: date, ref: str) -> datetime:
    """Between the 2nd and the 9th of the month after."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 2 + int(ref[-2:]) % 8)
    return instant(following, ref).astimezone(UTC)
