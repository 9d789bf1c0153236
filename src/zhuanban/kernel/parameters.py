"""Rules that are data: values with an effective date and a source, never overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from zhuanban.kernel import clock, memo
from zhuanban.kernel.models import Parameter
from zhuanban.kernel.words import Words


@dataclass(frozen=True)
class Declared:
    """A parameter the code reads: what it means and what kind of value it takes."""

    name: str
    label: Words
    kind: type
    unit: Words = ""


@dataclass(frozen=True)
class Value:
    """A value in force, and which version of the rule it is."""

    value: Any
    effective_from: date
    source: str

    @property
    def version(self) -> str:
        return f"{self.effective_from:%Y-%m-%d}"


REGISTRY: dict[str, Declared] = {}


def declare(name: str, label: Words, kind: type, unit: Words = "") -> str:
    """Name a parameter; returns the name."""
    REGISTRY[name] = Declared(name, label, kind, unit)
    return name


def in_force(name: str, on: date | None = None) -> Value:
    """The value in force on a day (today). Raises LookupError when no version is effective yet."""
    day = on or clock.today()
    found = memo.once(("kernel.parameter", name, day), lambda: _in_force(name, day))
    if found is None:
        raise LookupError(f"parameter {name} has no version in force")
    return found


def _in_force(name: str, day: date) -> Value | None:
    row = Parameter.objects.filter(name=name, effective_from__lte=day).order_by("-effective_from", "-pk").first()
    return Value(row.value, row.effective_from, row.source) if row else None


def value(name: str, on: date | None = None) -> Any:
    return in_force(name, on).value
