"""Loads the tiers, the nine duties and the office hours from their seed files; rows that are there already stay as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from zhuanban.domains.responsibility.models import DutyType, Tier
from zhuanban.kernel.seeds import load_parameters

SEED = Path(__file__).parent / "seed"


def load() -> None:
    book = _read("tiers.yaml")
    Tier.objects.bulk_create([Tier(effective_from=book["effective_from"], **each) for each in book["tiers"]], ignore_conflicts=True)
    kinds = [(kind, key, name) for kind, duties in _read("duties.yaml").items() for key, name in duties.items()]
    DutyType.objects.bulk_create(
        [DutyType(key=key, name=name, kind=kind, position=place) for place, (kind, key, name) in enumerate(kinds, 1)],
        ignore_conflicts=True,
    )
    load_parameters(SEED / "parameters.yaml")


def _read(name: str) -> Any:
    return yaml.safe_load((SEED / name).read_text(encoding="utf-8"))
