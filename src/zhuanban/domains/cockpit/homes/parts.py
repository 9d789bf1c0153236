"""What a first page is made of: figures, and sections in three places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.queries import cards
from zhuanban.domains.cockpit.queries import changes as changes_
from zhuanban.domains.cockpit.queries import owed as owed_
from zhuanban.domains.cockpit.queries import projects as projects_
from zhuanban.kernel import clock
from zhuanban.kernel.figures import Scope

MAIN, SIDE, WIDE, TOP, ROW = "main", "side", "wide", "top", "row"
"""The wide column, the narrow one beside it, across the page below them, across the page above them, and three in a row at the end."""


@dataclass(frozen=True)
class Section:
    """A part of the page: a template of `cockpit/parts`, and what it needs. `later` ones lie below what a person reads first: the page
    stands before they are asked for, each by a request of its own (see `homes.part_of`)."""

    name: str
    place: str = MAIN
    context: dict[str, Any] = field(default_factory=dict)
    later: bool = False

    @property
    def template(self) -> str:
        return f"cockpit/parts/{self.name}.html"

    @property
    def shown(self) -> str:
        """What the page itself prints of it."""
        return "cockpit/parts/later.html" if self.later else self.template


@dataclass(frozen=True)
class Home:
    """`lead` is the line under the title; `figures` stand above the sections."""

    sections: list[Section]
    figures: list[dict[str, Any]] = field(default_factory=list)
    lead: str = ""

    def at(self, place: str) -> list[Section]:
        return [section for section in self.sections if section.place == place]


Maker: TypeAlias = Callable[[Any], Home]


def figures(user: Any, *names: str) -> list[dict[str, Any]]:
    return cards.headline(Scope.today(user=user), names)


def owed(user: Any, title: str = "", *, shown: int = owed_.SHOWN, empty: str = "", todays: bool = True) -> Section:
    """What I owe today."""
    desk = owed_.desk(user, shown=shown, todays=todays)
    return Section("owed", MAIN, {"desk": desk, "title": title or _("我要办的"), "empty": empty})


def changes(user: Any, place: str = SIDE, limit: int = changes_.SHOWN) -> Section:
    """What changed since I was here."""
    return Section("changes", place, changes_.changes(user, limit))


def watched(user: Any, title: str = "", place: str = WIDE) -> Section:
    """The projects that need a look, with the quick filters over them."""
    context = {
        "rows": projects_.watched(user),
        "attention": projects_.attention(),
        "title": title or _("需要看的项目"),
        "as_of": clock.now(),
        "year": projects_.portfolio.reporting_year(clock.today()),
    }
    return Section("watched", place, context)


def carried(user: Any, rows: Any, title: str, *, place: str = WIDE) -> Section:
    """One's own projects as cards."""
    return Section("carried", place, {"cards": projects_.cards(user, rows), "title": title})
