"""Loads the catalogue of approval items and the parameters of approvals; what is there already stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from zhuanban.domains.approvals.models import CatalogueVersion, Item, ItemVersion, Paper, Prerequisite
from zhuanban.domains.approvals.rules.permits import circle
from zhuanban.kernel import clock
from zhuanban.kernel.seeds import load_parameters

SEED = Path(__file__).parent / "seed"
OWN = {"statutory": "statutory_days", "promised": "promised_days", "unit": "unit", "tolerant": "tolerant", "commitment": "commitment"}


def load() -> None:
    for file in sorted(SEED.glob("parameters*.yaml")):
        load_parameters(file)
    load_catalogue(SEED / "catalogue.yaml")


def load_catalogue(path: Path) -> None:
    """The versions that are not there yet, in order. Raises ValueError when items would wait for each other in a circle."""
    book = yaml.safe_load(path.read_text(encoding="utf-8"))
    known = set(CatalogueVersion.objects.values_list("number", flat=True))
    at = clock.now()
    for told in (each for each in book["versions"] if each["number"] not in known):
        version = CatalogueVersion.objects.create(
            number=told["number"], effective_from=told["effective_from"], basis=told["basis"], change=told.get("change", ""),
            source=path.name, created_at=at, updated_at=at,
        )  # fmt: skip
        _items(version, told.get("items", []), at)
        for change in told.get("changes", []):
            _change(version, change)


def _items(version: CatalogueVersion, rows: list[dict[str, Any]], at: Any) -> None:
    """The items of a version with all that they ask for."""
    if wrong := circle({row["code"]: row.get("needs", {}) for row in rows}):
        raise ValueError(f"items wait for each other in a circle: {', '.join(wrong)}")
    Item.objects.bulk_create(
        [
            Item(
                code=row["code"], name=row["name"], short_name=row["short"], name_en=row["english"], document_name=row.get("document", ""), stage=row["stage"],
                department=row["department"], kind=row["kind"], position=place, created_at=at, updated_at=at,
            )
            for place, row in enumerate(rows, 1)
        ]
    )  # fmt: skip
    items = {item.code: item for item in Item.objects.all()}
    ItemVersion.objects.bulk_create([_version(version, items[row["code"]], row, at) for row in rows])
    mine = {row.item_id: row for row in version.changed_items.all()}
    needs, papers = [], []
    for row in rows:
        own = mine[items[row["code"]].pk]
        needs += [Prerequisite(version=own, needs=items[code], condition=condition) for code, condition in row.get("needs", {}).items()]
        papers += [
            Paper(version=own, key=key, name=name, main=weight == "main", form=form, position=place)
            for place, (key, name, weight, form) in enumerate(row.get("papers", []), 1)
        ]
    Prerequisite.objects.bulk_create(needs)
    Paper.objects.bulk_create(papers)


def _version(version: CatalogueVersion, item: Item, row: Mapping[str, Any], at: Any) -> ItemVersion:
    told = {OWN[name]: row[name] for name in OWN if name in row}
    return ItemVersion(
        item=item, catalogue=version, effective_from=version.effective_from, basis=row["basis"], condition=row.get("when", {}),
        created_at=at, updated_at=at, **told,
    )  # fmt: skip


def _change(version: CatalogueVersion, change: dict[str, Any]) -> None:
    """The item's version before, but for what the change tells."""
    before = Item.objects.get(code=change["code"]).version_on(version.effective_from)
    told = {OWN.get(name, name): value for name, value in change.items() if name != "code"}
    successor(before, version, **told)


def successor(before: ItemVersion, version: CatalogueVersion, **changes: Any) -> ItemVersion:
    """The item's next version: as the one before, with its prerequisites and papers, but for the changes."""
    needs, papers = list(before.prerequisites.all()), list(before.papers.all())
    kept: dict[str, Any] = {
        name: getattr(before, name)
        for name in ("item_id", "basis", "statutory_days", "promised_days", "unit", "condition", "tolerant", "make_good_days", "commitment")
    }
    stamps: dict[str, Any] = {
        "created_at": version.created_at, "updated_at": version.updated_at, "created_by_id": version.created_by_id, "updated_by_id": version.updated_by_id,
    }  # fmt: skip
    row = ItemVersion.objects.create(**kept | stamps | {"catalogue": version, "effective_from": version.effective_from} | changes)
    rows: list[Any] = [*needs, *papers]
    for each in rows:
        each.pk, each.version, each._state.adding = None, row, True
    Prerequisite.objects.bulk_create(needs)
    Paper.objects.bulk_create(papers)
    return row
