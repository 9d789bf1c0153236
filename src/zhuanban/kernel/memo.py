"""What one page asks many times is read once: while a page that only reads is made, and never around a verb."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Found = TypeVar("Found")
_seen: ContextVar[dict[Hashable, Any] | None] = ContextVar("kernel_memo", default=None)


@contextmanager
def remembered() -> Iterator[None]:
    """While this is open, what goes through `once` is read once. Nested ones share the outer one's memory."""
    if _seen.get() is not None:
        yield
        return
    token = _seen.set({})
    try:
        yield
    finally:
        _seen.reset(token)


def once(key: Hashable, read: Callable[[], Found]) -> Found:
    """What `read` answers, kept under a key (begin it with a name of your own) while a page is made; elsewhere read anew each time.

    >>> with remembered():
    ...     once("day", lambda: 1), once("day", lambda: 2)
    (1, 1)
    >>> once("day", lambda: 1), once("day", lambda: 2)
    (1, 2)
    """
    seen = _seen.get()
    if seen is None:
        return read()
    if key not in seen:
        seen[key] = read()
    found: Found = seen[key]
    return found
