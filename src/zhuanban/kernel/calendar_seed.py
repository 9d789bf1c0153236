"""The seed of the official calendar: reads ``seed/calendar_days.csv`` and rewrites it from the PyPI package chinese-calendar.

``python -m zhuanban.kernel.calendar_seed`` regenerates the file after the State Council's notice has reached the package (every
November). The product reads only the file: the package raises an error for years it does not know and is a tool of development.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

CALENDAR_DAYS = Path(__file__).parent / "seed" / "calendar_days.csv"
SATURDAY = 5


class SeedDay(NamedTuple):
    """A weekday that is a holiday, or a weekend day that is worked."""

    day: date
    is_workday: bool
    name: str
    source: str


def read(path: Path = CALENDAR_DAYS) -> list[SeedDay]:
    """The seeded irregular days; the years that occur in them are the years with an official table."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            SeedDay(date.fromisoformat(row["date"]), row["is_workday"] == "1", row["name"], row["source"]) for row in csv.DictReader(file)
        ]


def write(days: Iterable[SeedDay], path: Path = CALENDAR_DAYS) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "is_workday", "name", "source"])
        writer.writerows((each.day.isoformat(), int(each.is_workday), each.name, each.source) for each in sorted(days))


def days_of_the_package() -> Iterator[SeedDay]:
    """What the installed chinese-calendar says, its holidays on weekends left out as they change nothing."""
    from chinese_calendar.constants import Holiday, holidays, workdays

    source = f"国务院办公厅节假日安排通知（chinese-calendar {version('chinese-calendar')}）"
    names = {holiday.value: holiday.chinese for holiday in Holiday}
    for day, name in holidays.items():
        if day.weekday() < SATURDAY:
            yield SeedDay(day, False, names[name], source)
    for day, name in workdays.items():
        yield SeedDay(day, True, f"{names[name]}调休上班", source)


if __name__ == "__main__":
    write(days_of_the_package())
