"""Tables for a terminal, where a Chinese character is two columns wide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width


def width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: frozenset[int] = frozenset()) -> str:
    """Columns as wide as their widest cell, two spaces apart; those numbered in `right` are set flush right.

    >>> print(table(["项目", "n"], [["厂房", "12"], ["线", "3"]], frozenset({1})))
    项目   n
    ----  --
    厂房  12
    线     3
    """
    body = [list(row) for row in rows]
    widths = [max(width(row[column]) for row in [list(heads), *body]) for column in range(len(heads))]
    ruled = [list(heads), ["-" * size for size in widths], *body]
    return "\n".join(
        "  ".join(_set(cell, size, column in right) for column, (cell, size) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in ruled
    )


def _set(cell: str, size: int, flush_right: bool) -> str:
    space = " " * (size - width(cell))
    return space + cell if flush_right else cell + space
