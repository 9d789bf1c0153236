"""What the generator hands to the loader: plain values, no database rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

BEIJING = timezone(timedelta(hours=8))


@dataclass
class Firm:
    """An organisation, known by `key` while the city is made."""

    key: str
    name: str
    kind: str
    area: str
    uscc: str | None
    synthetic: bool = True


@dataclass
class Move:
    """One event of a project's past. `entry` is the index of the monthly row that it wrote."""

    at: datetime
    verb: str
    changes: dict[str, list[Any]]
    said: dict[str, Any]
    entry: int | None = None


@dataclass
class Draft:
    """A project: `values` are its columns (money in whole yuan, dates of known precision as ISO text), the rest hangs on it."""

    ref: str
    values: dict[str, Any]
    registered: date
    synthetic: bool = True
    fact: str = ""
    source: str = ""
    area: str | None = None
    owner: str | None = None
    contractor: str | None = None
    industry: str | None = None
    theme: str | None = None
    plans: dict[int, int] = field(default_factory=dict)
    months: list[tuple[date, int, str]] = field(default_factory=list)
    funds: list[tuple[str, int, int]] = field(default_factory=list)
    capacities: list[tuple[str, int, str]] = field(default_factory=list)
    products: list[tuple[str, str]] = field(default_factory=list)
    works: list[dict[str, Any]] = field(default_factory=list)
    proofs: list[tuple[str, str, date | None, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    lists: dict[str, date] = field(default_factory=dict)
    history: list[Move] = field(default_factory=list)

    @property
    def invested(self) -> int:
        return sum(amount for _month, amount, _source in self.months)

    def register(self, day: date) -> None:
        """The first event; from here on `move` keeps values and events in step."""
        self.values.setdefault("warm_enclosed", False)
        money = self.values.get("planned_investment")
        said = {"name": self.values["name"], "stage": self.values["stage"], "planned_investment": yuan(money)}
        self.history.append(
            Move(instant(day, self.ref), "portfolio.register", {}, {key: value for key, value in said.items() if value is not None})
        )

    def move(self, day: date, verb: str, said: dict[str, Any] | None = None, **new: Any) -> None:
        """Change values on a day and note what they were."""
        changes = {key: [as_json(self.values.get(key)), as_json(value)] for key, value in new.items() if self.values.get(key) != value}
        self.values.update(new)
        self.history.append(Move(self._after(day), f"portfolio.{verb}", changes, said or {key: pair[1] for key, pair in changes.items()}))

    def reach(self, day: date, stage: str, **new: Any) -> None:
        self.move(day, "advance", {"on": day.isoformat()}, stage=stage, stage_since=day, **new)

    def report(self, day: date, entry: int) -> None:
        month, amount, _source = self.months[entry]
        said = {"month": f"{month:%Y-%m}", "amount": yuan(amount)}
        self.history.append(Move(self._after(day), "portfolio.report_investment", {}, said, entry))

    def _after(self, day: date) -> datetime:
        at = instant(day, f"{self.ref}{len(self.history)}")
        return max(at, self.history[-1].at + timedelta(minutes=7)) if self.history else at


@dataclass
class Block:
    """So many projects with the firms that they need: what is held in memory at a time."""

    firms: list[Firm]
    drafts: list[Draft]


@dataclass
class City:
    """What the city has once. `pairs` and `contests` name projects of the first block and are there when it was made."""

    facts: dict[str, Any]
    invented: dict[str, Any]
    scale: int
    seed: int
    agencies: list[Firm]
    pairs: list[tuple[str, str, float, str]] = field(default_factory=list)
    contests: list[dict[str, Any]] = field(default_factory=list)


def instant(day: date, salt: str) -> datetime:
    """A moment of that working day, always the same for the same salt, in UTC."""
    minutes = sum(salt.encode()) * 37 % 480
    return datetime.combine(day, time(8, 40), BEIJING).astimezone(UTC) + timedelta(minutes=minutes)


def yuan(amount: int | None) -> str | None:
    return None if amount is None else f"{amount}.00"


def as_json(value: Any) -> Any:
    """How an event keeps a column: money with two decimals, dates as ISO text."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else yuan(value) if isinstance(value, int) and value >= 1_000_000 else value
