"""Loads the catalogue of facts and the parameters of claims; rows that are there already stay as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from zhuanban.domains.enterprises.models import FactKind
from zhuanban.kernel.seeds import load_parameters

SEED = Path(__file__).parent / "seed"
FACTS = SEED / "library" / "facts.yaml"
BOOK = SEED / "library" / "policies.yaml"


def load() -> None:
    load_facts()
    for path in sorted(SEED.glob("parameters_*.yaml")):
        load_parameters(path)


def load_facts() -> None:
    if FactKind.objects.exists():
        return
    FactKind.objects.bulk_create([FactKind(position=place, **row) for place, row in enumerate(read(FACTS)["facts"], 1)])


def read(path: Path) -> Any:
    """A seed file's contents; the quick reader where it is built in."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
