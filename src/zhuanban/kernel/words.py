"""Words that are shown: a text, or one that is translated when it is printed; and enumerations of them."""

from collections.abc import Iterable
from typing import TypeAlias

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

Words: TypeAlias = str | Promise


def listed(parts: Iterable[object]) -> str:
    """An enumeration as the interface's language writes it: 甲、乙, on English pages A, B."""
    return _("、").join(map(str, parts))


def clauses(parts: Iterable[object]) -> str:
    """Short sentences one after another: 甲；乙, on English pages A; B."""
    return _("；").join(map(str, parts))


def kept() -> override:
    """While this is open, words are made in the house's own language: for texts that are stored and read by others than who writes them."""
    return override(settings.LANGUAGE_CODE)
