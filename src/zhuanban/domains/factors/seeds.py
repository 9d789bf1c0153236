"""Loads the kinds of factors, materials, instruments and programmes, and the clocks; rows that are there already stay as they are."""

from __future__ import annotations

from pathlib import Path

import yaml

from zhuanban.domains.factors.models import Factor, FundingProgramme, Instrument, Material
from zhuanban.kernel.seeds import load_parameters

SEED = Path(__file__).parent / "seed"


def load() -> None:
    book = yaml.safe_load((SEED / "kinds.yaml").read_text(encoding="utf-8"))
    Factor.objects.bulk_create([Factor(position=at, **each) for at, each in enumerate(book["factors"])], ignore_conflicts=True)
    Material.objects.bulk_create([Material(position=at, **each) for at, each in enumerate(book["materials"])], ignore_conflicts=True)
    Instrument.objects.bulk_create([Instrument(position=at, **each) for at, each in enumerate(book["instruments"])], ignore_conflicts=True)
    known = set(FundingProgramme.objects.values_list("key", flat=True))
    for at, each in enumerate(book["programmes"]):
        if each["key"] not in known:
            row = FundingProgramme.objects.create(key=each["key"], name=each["name"], source=each.get("source", ""), position=at)
            row.instruments.set(each["instruments"])
    load_parameters(SEED / "parameters.yaml")
