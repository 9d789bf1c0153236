"""Loads the parameters of tracks, lights, meetings and rankings; rows that are there already stay as they are."""

from __future__ import annotations

from pathlib import Path

from zhuanban.domains.dispatch import light_seeds
from zhuanban.kernel.seeds import load_parameters

SEED = Path(__file__).parent / "seed"


def load() -> None:
    for file in sorted(SEED.glob("parameters*.yaml")):
        load_parameters(file)
    light_seeds.load(SEED / "light_rules.yaml")
