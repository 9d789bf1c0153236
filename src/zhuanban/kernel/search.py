"""Search: one text per dossier with names, codes, pinyin and initials; every term must be contained."""

from __future__ import annotations

import re
from functools import lru_cache

from django.db.models import Q, QuerySet

from zhuanban.kernel.badvalue import clean
from zhuanban.kernel.masks import strip_forbidden

MOST_TERMS = 6


def search_text(*words: str | None) -> str:
    """The words in lower case, each Chinese one also as pinyin and as initials."""
    parts: list[str] = []
    for word in words:
        if word:
            parts += [word.lower(), *_pinyin(word)]
    return " ".join(dict.fromkeys(parts))


@lru_cache(maxsize=4096)
def _pinyin(word: str) -> tuple[str, ...]:
    if word.isascii():
        return ()
    from pypinyin import Style, lazy_pinyin  # its tables take half a second to load: only a process that writes names needs them

    whole = "".join(lazy_pinyin(word, errors="ignore"))
    initials = "".join(lazy_pinyin(word, style=Style.FIRST_LETTER, errors="default"))
    return whole, re.sub(r"[^0-9a-z]", "", initials.lower())


def terms(query: str) -> list[str]:
    return clean(strip_forbidden(query)).lower().split()[:MOST_TERMS]


def matching(rows: QuerySet, query: str, path: str = "search_text") -> QuerySet:
    """The rows whose search text contains every term of the query."""
    wanted = Q()
    for term in terms(query):
        wanted &= Q(**{f"{path}__contains": term})
    return rows.filter(wanted)
