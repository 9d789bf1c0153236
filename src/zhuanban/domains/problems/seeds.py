"""Loads the kinds of problems and the ladder's parameters; rows that are there already stay as they are."""

from __future__ import annotations

from pathlib import Path

import yaml

from zhuanban.domains.problems.models import ProblemKind
from zhuanban.kernel.seeds import load_parameters

SEED = Path(__file__).parent / "seed"


def load() -> None:
    book = yaml.safe_load((SEED / "kinds.yaml").read_text(encoding="utf-8"))
    ProblemKind.objects.bulk_create([ProblemKind(position=at, **each) for at, each in enumerate(book["kinds"])], ignore_conflicts=True)
    load_parameters(SEED / "parameters.yaml")
