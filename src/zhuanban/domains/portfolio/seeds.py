"""Loads the portfolio's rules from its seed files; rows that are there already stay as they are."""

from __future__ import annotations

from pathlib import Path

import yaml

from zhuanban.domains.portfolio.models import StageGate
from zhuanban.kernel.seeds import load_parameters

SEED = Path(__file__).parent / "seed"


def load() -> None:
    """Gates and parameters, each once."""
    load_gates()
    load_parameters(SEED / "parameters.yaml")


def load_gates() -> None:
    book = yaml.safe_load((SEED / "stage_gates.yaml").read_text(encoding="utf-8"))
    StageGate.objects.bulk_create(
        [
            StageGate(stage=each["stage"], requirement=need, effective_from=book["effective_from"], source=each["source"])
            for each in book["gates"]
            for need in each["needs"]
        ],
        ignore_conflicts=True,
    )
