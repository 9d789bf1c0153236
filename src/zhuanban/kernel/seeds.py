"""Loads the kernel's rules: parameters with their sources, and the official calendar as far as it is published."""

from __future__ import annotations

from pathlib import Path

import yaml

from zhuanban.kernel import calendar_seed, deadlines
from zhuanban.kernel.models import CalendarYear, Parameter

SEED = Path(__file__).parent / "seed"


def load() -> None:
    load_parameters(SEED / "parameters.yaml")
    load_calendar()


def load_parameters(path: Path) -> None:
    """Add the parameter versions of a seed file that are not there yet."""
    known = set(Parameter.objects.values_list("name", "effective_from"))
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    Parameter.objects.bulk_create([Parameter(**row) for row in rows if (row["name"], row["effective_from"]) not in known])


def load_calendar() -> None:
    """Load the years of the seed that are not in the database."""
    loaded = set(CalendarYear.objects.values_list("year", flat=True))
    missing = [each for each in calendar_seed.read() if each.day.year not in loaded]
    if missing:
        deadlines.load_calendar(
            {each.day: (each.is_workday, each.name) for each in missing}, missing[0].source, {each.day.year for each in missing}
        )
