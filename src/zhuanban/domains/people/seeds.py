"""Loads areas with their codes, and the limits of sign-in, from their seed files; rows that are there already stay as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from zhuanban.domains.people.models import Area, AreaCode
from zhuanban.kernel.models import Parameter

SEED = Path(__file__).parent / "seed"


@transaction.atomic
def load() -> None:
    """Areas, codes and parameters, each once."""
    load_areas()
    load_parameters()


def load_areas() -> None:
    known = set(Area.objects.values_list("pk", flat=True))
    for position, each in enumerate(_read("areas.yaml")["areas"]):
        if each["key"] not in known:
            _add_area(each, position)


def _add_area(each: dict[str, Any], position: int) -> None:
    column, row = each.get("tile", (None, None))
    words = {name: each[name] for name in ("key", "name", "full_name", "name_en", "kind")}
    area = Area.objects.create(
        **words, parent_id=each.get("parent"), host_id=each.get("host"), tile_column=column, tile_row=row, position=position
    )
    AreaCode.objects.bulk_create([AreaCode(area=area, **code) for code in each["codes"]])


def load_parameters() -> None:
    known = set(Parameter.objects.values_list("name", "effective_from"))
    rows = _read("parameters.yaml")
    Parameter.objects.bulk_create([Parameter(**row) for row in rows if (row["name"], row["effective_from"]) not in known])


def _read(name: str) -> Any:
    return yaml.safe_load((SEED / name).read_text(encoding="utf-8"))
