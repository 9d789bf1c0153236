"""What a first page is made of: figures, and sections in three places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeAlias

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from zhuanban.domains.cockpit.queries import cards, desks
from zhuanban.domains.cockpit.queries import changes as changes_
from zhuanban.domains.cockpit.queries import owed as owed_
from zhuanban.domains.cockpit.queries import projects as projects_
from zhuanban.domains.portfolio.models import Project
from zhuanban.kernel import clock
from zhuanban.kernel.figures import Scope

PLACES = HEAD, TOP, MAIN, SIDE, WIDE, ROW = "head", "top", "main", "side", "wide", "row"
"""Figures under the title, across the page above the columns, the wide column, the narrow one beside it, across the page below them, and
three in a row at the end."""


@dataclass(frozen=True)
class Section:
    """A part of the page: a template of `cockpit/parts`, and what reads what it needs. The page stands before `later` ones are read:
    each is asked for by a request of its own (see `homes.part_of`)."""

    name: str
    place: str
    read: Callable[[], dict[str, Any]]
    later: bool = False

    @cached_property
    def context(self) -> dict[str, Any]:
        return self.read()

    @property
    def template(self) -> str:
        return f"cockpit/parts/{self.name}.html"


@dataclass(frozen=True)
class Home:
    """`lead` says the line under the title. Making a page reads nothing: what it shows is read when it is printed."""

    sections: list[Section]
    lead: Callable[[], str] | None = None

    def at(self, place: str) -> list[Section]:
        return [section for section in self.sections if section.place == place]


Maker: TypeAlias = Callable[[Any], Home]


def figures(user: Any, *names: str) -> Section:
    """The numbers that concern the person, as cards that open to their evidence."""
    return Section("figures", HEAD, lambda: {"figures": cards.headline(Scope.today(user=user), names)}, later=True)


def owed(user: Any, title: str = "", *, shown: int = owed_.SHOWN, empty: str = "", todays: bool = True, later: bool = True) -> Section:
    """What I owe today."""

    def read() -> dict[str, Any]:
        return {"desk": owed_.desk(user, shown=shown, todays=todays), "title": title or _("我要办的"), "empty": empty}

    return Section("owed", MAIN, read, later)


def changes(user: Any, place: str = SIDE, limit: int = changes_.SHOWN) -> Section:
    """What changed since I was here."""
    return Section("changes", place, partial(changes_.changes, user, limit), later=True)


def watched(user: Any) -> Section:
    """The projects that need a look, with the quick filters over them."""

    def read() -> dict[str, Any]:
        return {
            "rows": projects_.watched(user),
            "attention": projects_.attention(),
            "title": _("需要看的项目"),
            "as_of": clock.now(),
            "year": projects_.portfolio.reporting_year(clock.today()),
        }

    return Section("watched", WIDE, read, later=True)


def carried(user: Any, rows: Callable[[], QuerySet[Project]], title: str) -> Section:
    """One's own projects as cards."""
    return Section("carried", WIDE, lambda: {"cards": projects_.cards(user, rows()), "title": title}, later=True)


def late(user: Any) -> Section:
    """Who holds the most that is past its day."""
    return Section("late", ROW, lambda: {"rows": desks.late_by_holder(user)}, later=True)
