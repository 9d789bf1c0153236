"""Marks on views: which may be opened without signing in, and which run by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

View = TypeVar("View", bound=Callable)


def public(view: View) -> View:
    """A view that anybody may open. Every other view asks for a signed-in person."""
    view.public = True  # type: ignore[attr-defined]
    return view


def background(view: View) -> View:
    """A view that pages call by themselves: it does not count as the person's activity, so it keeps no session alive."""
    view.background = True  # type: ignore[attr-defined]
    return view
