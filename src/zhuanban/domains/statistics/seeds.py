"""Loads the checks of a pack, the kinds of differences and the parameters; rows that are there already stay as they are."""

from __future__ import annotations

from pathlib import Path

import yaml

from zhuanban.domains.statistics.models import CheckRule, DifferenceKind
from zhuanban.kernel.seeds import load_parameters

SEED = Path(__file__).parent / "seed"


def load() -> None:
    book = yaml.safe_load((SEED / "checks.yaml").read_text(encoding="utf-8"))
    CheckRule.objects.bulk_create(
        [CheckRule(position=at, effective_from=book["effective_from"], **each) for at, each in enumerate(book["checks"])],
        ignore_conflicts=True,
    )
    book = yaml.safe_load((SEED / "differences.yaml").read_text(encoding="utf-8"))
    same = {"effective_from": book["effective_from"], "source": book["source"]}
    DifferenceKind.objects.bulk_create(
        [DifferenceKind(position=at, **same, **each) for at, each in enumerate(book["kinds"])], ignore_conflicts=True
    )
    load_parameters(SEED / "parameters.yaml")
