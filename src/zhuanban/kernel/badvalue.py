"""What every reader of typed values shares: the error it raises and the cleaning it starts with."""

import re
import unicodedata
from collections.abc import Callable

EMPTY_MARKS = frozenset({"", "-", "--", "—", "——", "–", "/", "\\", "无", "暂无"})
"""What people type into a cell that has nothing to say."""

_INVISIBLE = dict.fromkeys([0x00AD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0xFFFE])
_MINUS = {ord("−"): "-"}


def gettext_noop(message: str) -> str:
    """Marks a message for the catalogue and leaves it as it is."""
    return message


class BadValue(ValueError):
    """A typed value that cannot be taken.

    ``message`` tells what is wrong in the user's words (Chinese); ``key`` and ``parts`` are stable for machines.
    """

    def __init__(self, template: str, *, key: str, **parts: object) -> None:
        self.template, self.key, self.parts = template, key, parts
        self.message = self.translated(str)
        super().__init__(self.message)

    def translated(self, gettext: Callable[[str], str]) -> str:
        """The same sentence in another language, by that language's catalogue."""
        parts = {name: gettext("、").join(map(str, part)) if isinstance(part, tuple) else part for name, part in self.parts.items()}
        return gettext(self.template) % parts


def clean(text: str) -> str:
    """The text as meant: full-width forms made plain (NFKC), invisible characters dropped, white space single and trimmed.

    >>> clean("　３．５ 亿元\\u200b ")
    '3.5 亿元'
    """
    plain = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).translate(_MINUS)
    return re.sub(r"\s+", " ", plain).strip()


def is_empty(raw: object) -> bool:
    """Whether a cell says nothing: no value, white space, or one of the usual marks.

    >>> [is_empty(cell) for cell in (None, "　", "—", "无", "/", 0, "0")]
    [True, True, True, True, True, False, False]
    """
    return raw is None or (isinstance(raw, str) and clean(raw) in EMPTY_MARKS)
