"""Panels that a domain adds to another's page without being known there, for instance who carries a project on the project's page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from zhuanban.kernel.words import Words


@dataclass(frozen=True)
class Panel:
    """What a panel's template is given beside the page's own context, as `panel.context`. `place` is `head` for a mark beside the
    page's name; without it the panel stands among the page's panels."""

    title: Words
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    place: str = ""


Maker = Callable[[Any, Any], Panel | None]
_makers: dict[str, list[Maker]] = defaultdict(list)


def panel(kind: str) -> Callable[[Maker], Maker]:
    """Register a function `(row, user) -> Panel or None` for the pages of this kind of dossier."""

    def register(make: Maker) -> Maker:
        _makers[kind].append(make)
        return make

    return register


def panels_of(kind: str, row: Any, user: Any) -> list[Panel]:
    """The panels of a row's page for this person, in the order in which the domains are registered."""
    made = (make(row, user) for make in _makers[kind])
    return [each for each in made if each is not None]
